// BTF made type by type, for tests. The layout is that of <linux/btf.h> and of Documentation/bpf/btf.rst; nothing is
// checked, so that wrong types can be made as easily as right ones.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::test {

// BTF_KIND_*.
constexpr std::uint32_t kInt = 1, kPtr = 2, kArray = 3, kStruct = 4, kUnion = 5, kEnum = 6, kFwd = 7, kTypedef = 8,
                        kVolatile = 9, kConst = 10, kRestrict = 11, kFunc = 12, kFuncProto = 13, kVar = 14,
                        kDatasec = 15, kFloat = 16, kDeclTag = 17, kTypeTag = 18, kEnum64 = 19;

// INT's encoding, in the word that follows.
constexpr std::uint32_t kSigned = 1u << 24, kChar = 2u << 24, kBool = 4u << 24;

class BtfWriter {
 public:
  explicit BtfWriter(ByteOrder order = ByteOrder::little) : order_(order) { strings_.push_back(std::byte{0}); }
  // A table that continues another one, which has so many types, `void` included, and so many bytes of strings.
  BtfWriter(ByteOrder order, std::uint32_t base_types, std::uint64_t base_strings)
      : order_(order), first_string_(static_cast<std::uint32_t>(base_strings)), count_(base_types - 1) {}

  std::uint32_t string(std::string_view text) {
    if (text.empty()) return 0;
    const auto at = first_string_ + static_cast<std::uint32_t>(strings_.size());
    append_text(strings_, text);
    return at;
  }

  // Appends a type, `more` being the words behind its header. Returns its number.
  std::uint32_t add(std::uint32_t kind, std::string_view name, std::uint32_t vlen, std::uint32_t size_or_type,
                    const std::vector<std::uint32_t>& more = {}, bool kind_flag = false) {
    return add_raw(string(name), (kind_flag ? 1u << 31 : 0) | kind << 24 | vlen, size_or_type, more);
  }
  std::uint32_t add_raw(std::uint32_t name, std::uint32_t info, std::uint32_t size_or_type,
                        const std::vector<std::uint32_t>& more = {}) {
    append<std::uint32_t>(types_, name, order_);
    append<std::uint32_t>(types_, info, order_);
    append<std::uint32_t>(types_, size_or_type, order_);
    for (const std::uint32_t word : more) append<std::uint32_t>(types_, word, order_);
    return ++count_;
  }

  // What is needed most.
  std::uint32_t integer(std::string_view name, std::uint32_t size, std::uint32_t encoding = 0) {
    return add(kInt, name, 0, size, {encoding | size * 8});
  }
  std::uint32_t pointer(std::uint32_t to) { return add(kPtr, "", 0, to); }
  std::uint32_t array(std::uint32_t element, std::uint32_t index, std::uint32_t count) {
    return add(kArray, "", 0, 0, {element, index, count});
  }
  struct Member {
    std::string_view name;
    std::uint32_t type;
    std::uint32_t offset;  // in bits
  };
  std::uint32_t composite(std::uint32_t kind, std::string_view name, std::uint32_t size,
                          const std::vector<Member>& members, bool kind_flag = false) {
    std::vector<std::uint32_t> words;
    for (const Member& m : members) words.insert(words.end(), {string(m.name), m.type, m.offset});
    return add(kind, name, static_cast<std::uint32_t>(members.size()), size, words, kind_flag);
  }

  std::uint32_t next_id() const { return count_ + 1; }

  Bytes finish(std::uint32_t header_size = 24) const {
    Bytes out;
    append<std::uint16_t>(out, 0xeb9f, order_);
    append<std::uint8_t>(out, 1, order_);
    append<std::uint8_t>(out, 0, order_);
    append<std::uint32_t>(out, header_size, order_);
    append<std::uint32_t>(out, 0, order_);
    append<std::uint32_t>(out, static_cast<std::uint32_t>(types_.size()), order_);
    append<std::uint32_t>(out, static_cast<std::uint32_t>(types_.size()), order_);
    append<std::uint32_t>(out, static_cast<std::uint32_t>(strings_.size()), order_);
    out.resize(header_size);
    append(out, types_);
    append(out, strings_);
    return out;
  }

 private:
  ByteOrder order_;
  Bytes types_;
  Bytes strings_;
  std::uint32_t first_string_ = 0;
  std::uint32_t count_ = 0;
};

// .BTF.ext: lists of records, by section.
struct ExtBlock {
  std::uint32_t section;  // a string of the BTF
  std::vector<std::vector<std::uint32_t>> records;
};

inline Bytes ext_list(std::uint32_t record_size, const std::vector<ExtBlock>& blocks, ByteOrder order) {
  Bytes out;
  append<std::uint32_t>(out, record_size, order);
  for (const ExtBlock& block : blocks) {
    append<std::uint32_t>(out, block.section, order);
    append<std::uint32_t>(out, static_cast<std::uint32_t>(block.records.size()), order);
    for (const auto& record : block.records) {
      const std::size_t end = out.size() + record_size;
      for (const std::uint32_t word : record) append<std::uint32_t>(out, word, order);
      out.resize(end);
    }
  }
  return out;
}

// With a header of 24 bytes there are no CO-RE records.
inline Bytes ext_bytes(const Bytes& functions, const Bytes& lines, const Bytes& core, std::uint32_t header_size = 32,
                       ByteOrder order = ByteOrder::little) {
  Bytes out;
  append<std::uint16_t>(out, 0xeb9f, order);
  append<std::uint8_t>(out, 1, order);
  append<std::uint8_t>(out, 0, order);
  append<std::uint32_t>(out, header_size, order);
  std::size_t at = 0;
  for (const Bytes* list : {&functions, &lines, &core}) {
    if (list == &core && header_size < 32) break;
    append<std::uint32_t>(out, static_cast<std::uint32_t>(at), order);
    append<std::uint32_t>(out, static_cast<std::uint32_t>(list->size()), order);
    at += list->size();
  }
  out.resize(header_size);
  append(out, functions);
  append(out, lines);
  if (header_size >= 32) append(out, core);
  return out;
}

}  // namespace ebpf::test
