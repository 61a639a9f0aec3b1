// resize_array(): an array at the end of a data section, with another number of elements.
#include <algorithm>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/btf/builder.h"
#include "ebpf/btf/records.h"
#include "ebpf/btf/resize.h"

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kSectionEntry = 3;  // words: variable, offset, size

// The array that a variable is, and the qualifiers around it, the outermost first. Typedefs are left out: they would be
// of an array of the old size.
struct QualifiedArray {
  std::vector<TypeId> qualifiers;
  ArrayInfo array;
};

Result<QualifiedArray> array_of(const Spec& types, Type variable) {
  QualifiedArray out = {};
  TypeId id = variable.referenced();
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    EBPF_TRY(const Type type, types.type(id));
    if (type.is(Kind::array)) {
      out.array = type.array();
      return out;
    }
    if (type.is_qualifier())
      out.qualifiers.push_back(id);
    else if (!type.is(Kind::type_definition))
      break;
    id = type.referenced();
  }
  return fail(errc::invalid_argument, "it is ", types.describe(variable.referenced()), ", which is no array");
}

// The words that say where the variable is: itself, its offset, its size. It must be the last one.
Result<std::span<std::uint32_t>> last_entry(std::span<std::uint32_t> section, TypeId variable) {
  std::span<std::uint32_t> entry;
  std::uint32_t last = 0;
  for (std::size_t at = kRecordHead; at < section.size(); at += kSectionEntry) {
    if (section[at] == variable) entry = section.subspan(at, kSectionEntry);
    last = std::max(last, section[at + 1]);
  }
  if (entry.empty()) return fail(errc::invalid_argument, "it is not in that section");
  if (entry[1] != last) return fail(errc::invalid_argument, "it is not the last variable of its section");
  return entry;
}

}  // namespace

Result<ResizedArray> resize_array(const Spec& types, TypeId section, TypeId variable, std::uint32_t count) {
  EBPF_TRY(const Type variable_type, types.type(variable));
  EBPF_TRY(const Type section_type, types.type(section));
  if (!variable_type.is(Kind::variable) || !section_type.is(Kind::data_section))
    return fail(errc::invalid_argument, "BTF does not say what it is");
  EBPF_TRY(QualifiedArray found, array_of(types, variable_type));
  EBPF_TRY(const std::uint64_t element, types.size_of(found.array.element));
  EBPF_TRY(Records records, Records::read(types));
  if (!records.has(section) || !records.has(variable))
    return fail(errc::invalid_argument, "its type is in the base of the table");
  const std::span<std::uint32_t> section_words = records.edit(section);
  EBPF_TRY(const std::span<std::uint32_t> entry, last_entry(section_words, variable));
  const std::uint64_t size = element * count;  // both have 32 bits at most: an element is in a section
  if (element > UINT32_MAX || count == 0 || size > UINT32_MAX - entry[1])
    return fail(errc::out_of_range, cat(count, " elements of ", element, " bytes are none, or too many"));

  entry[2] = static_cast<std::uint32_t>(size);
  section_words[kTypeWord] = entry[1] + entry[2];
  // The new types come behind all others: the array, then its qualifiers from the inside out.
  const auto qualifiers = static_cast<TypeId>(found.qualifiers.size());
  records.edit(variable)[kTypeWord] = records.end_id() + qualifiers;
  Builder out = Builder::with_strings_of(types);
  for (TypeId id = records.first_id(); id < records.end_id(); ++id) out.add_record(records[id]);
  found.array.count = count;
  TypeId inner = out.add_array(found.array);
  for (auto id = found.qualifiers.rbegin(); id != found.qualifiers.rend(); ++id) {
    if (!records.has(*id)) return fail(errc::invalid_argument, "its type is in the base of the table");
    const std::span<std::uint32_t> qualifier = records.edit(*id);
    qualifier[kTypeWord] = inner;
    inner = out.add_record(qualifier);
  }
  EBPF_TRY(Spec resized, out.spec(types.byte_order()));
  return ResizedArray{std::move(resized), section_words[kTypeWord], static_cast<std::uint32_t>(size)};
}

}  // namespace ebpf::btf
