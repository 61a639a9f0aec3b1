// TypeTable: every type of a Spec at the place of its id, for what walks back and forth through a whole table. A Spec
// over a kernel's types keeps only some of the places and counts the way from there to the others. Internal.
#pragma once

#include <vector>

#include "ebpf/btf/btf.h"

namespace ebpf::btf {

class TypeTable {
 public:
  // `types` must outlive it, unchanged.
  explicit TypeTable(const Spec& types);

  std::uint32_t size() const { return static_cast<std::uint32_t>(types_.size()); }
  // `void` for an id that is not in the table; that it was asked for is remembered.
  const Type& operator[](TypeId id) const {
    if (id < types_.size()) [[likely]]
      return types_[id];
    dangling_ = id;
    return types_[0];
  }
  // An id that was asked for and does not exist, or 0.
  TypeId dangling() const { return dangling_; }

 private:
  void append(const Spec& types);

  std::vector<Type> types_;
  mutable TypeId dangling_ = 0;
};

}  // namespace ebpf::btf
