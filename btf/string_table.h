// StringTable: the strings of BTF that is being written, each once. Internal.
//
// Found through a hash table of offsets with linear probing, which costs 8 bytes for each place: a kernel's BTF has a
// hundred thousand names, and a node for each would take longer to allocate than the rest takes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/btf/btf.h"

namespace ebpf::btf {

class StringTable {
 public:
  // Only the empty string, at 0.
  StringTable();

  // Makes all strings of `base`, and of its own base, known: add() finds them, own() does not hold them, and new ones
  // follow behind. To be called on an empty table.
  void continue_after(std::shared_ptr<const Spec> base);
  // Takes over the own strings of `table` as they stand, so that they keep their offsets. To be called before
  // anything was added, and on the same base as that of `table`.
  void begin_with(const Spec& table);

  // The offset of a text, which is added where it is not there yet. The text is not to contain NUL.
  std::uint32_t add(std::string_view text);
  // The text at an offset that add() gave.
  std::string_view at(std::uint32_t offset) const;

  // Those that are not the base's, as they are to be written.
  std::span<const char> own() const { return own_; }
  // The offset behind the last.
  std::uint64_t end() const { return std::uint64_t{start_} + own_.size(); }

 private:
  struct Place {
    std::uint32_t hash;
    std::uint32_t offset;  // 0: free
  };

  void learn(std::string_view text, std::uint32_t offset);
  void grow();
  Place* place_of(std::string_view text, std::uint32_t hash);

  std::shared_ptr<const Spec> base_;
  std::uint32_t start_ = 0;  // where own_ begins
  std::vector<char> own_;
  std::vector<Place> places_;  // a power of two of them, or none
  std::size_t used_ = 0;
};

}  // namespace ebpf::btf
