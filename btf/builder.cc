// Builder: types into words, and what is wrong with them. The layouts are those of <linux/btf.h>.
#include "ebpf/btf/builder.h"

#include <limits>
#include <string>
#include <utility>

#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kMaxBitOffset = 0xffffff;  // of a member beside a bit-field
constexpr std::uint32_t kMaxBitfield = 0xff;

// Kinds that are nothing without a name: the kernel refuses them, and so would a reader be right to.
constexpr bool needs_name(Kind kind) {
  switch (kind) {
    case Kind::forward:
    case Kind::type_definition:
    case Kind::function:
    case Kind::variable:
    case Kind::data_section:
    case Kind::decl_tag:
    case Kind::type_tag:
      return true;
    default:
      return false;
  }
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

Builder Builder::split(std::shared_ptr<const Spec> base) {
  Builder out;
  out.first_id_ = base->type_count();
  out.strings_.continue_after(base);
  out.base_ = std::move(base);
  return out;
}

Builder Builder::with_strings_of(const Spec& types) {
  Builder out = types.base() ? split(types.base()) : Builder();
  out.strings_.begin_with(types);
  return out;
}

Result<Builder> Builder::continuing(const Spec& types) {
  Builder out = with_strings_of(types);
  EBPF_TRY(const Records& records, Records::read(types));
  for (TypeId id = records.first_id(); id < records.end_id(); ++id) out.add_record(records[id]);
  return out;
}

void Builder::mistake(errc code, std::string_view what) {
  if (first_mistake_) return;
  const TypeId id = next_id() - 1;
  first_mistake_ = Error(
      code, cat("BTF: type ", id, " (",
                starts_.empty() ? "VOID" : kind_name(record_kind(words_[starts_.back() + kInfoWord])), "): ", what));
}

std::uint32_t Builder::add_string(std::string_view text) {
  if (has_nul(text)) {
    mistake(errc::invalid_argument, cat("the name ", quoted(text), " has a NUL in it"));
    return 0;
  }
  if (strings_.end() + text.size() > kMaxNameOffset) {
    // It may be there already, but where the limit is so near that does not matter.
    mistake(errc::out_of_range, cat("more than ", kMaxNameOffset, " bytes of names"));
    return 0;
  }
  return strings_.add(text);
}

TypeId Builder::begin(Kind kind, std::string_view name, std::size_t entries, std::uint32_t size_or_type,
                      bool kind_flag) {
  const TypeId id = next_id();
  starts_.push_back(static_cast<std::uint32_t>(words_.size()));
  push(0);
  push(make_info(kind, static_cast<std::uint32_t>(entries & kMaxEntries), kind_flag));
  push(size_or_type);
  words_[starts_.back() + kNameWord] = add_string(name);
  if (name.empty() && needs_name(kind)) mistake(errc::invalid_argument, "it needs a name");
  if (entries > kMaxEntries) mistake(errc::out_of_range, cat(entries, " entries; ", kMaxEntries, " are the most"));
  if (id > kMaxTypes) mistake(errc::out_of_range, cat(kMaxTypes, " types are the most"));
  return id;
}

TypeId Builder::add_integer(const NewInteger& type) {
  const TypeId id = begin(Kind::integer, type.name, 0, type.size);
  const std::uint32_t bits = type.bits != 0 ? type.bits : type.size * 8;
  if (bits == 0 || type.size > 16 || type.bit_offset + bits > type.size * 8)
    mistake(errc::out_of_range, cat(bits, " bits at ", type.bit_offset, " do not fit ", type.size, " bytes"));
  const std::uint32_t encoding = (type.is_signed ? 1u : 0u) | (type.is_char ? 2u : 0u) | (type.is_bool ? 4u : 0u);
  push(encoding << 24 | std::uint32_t{type.bit_offset} << 16 | (bits & 0xff));
  return id;
}

TypeId Builder::add_floating(std::string_view name, std::uint32_t size) { return begin(Kind::floating, name, 0, size); }

TypeId Builder::add_pointer(TypeId to) { return begin(Kind::pointer, {}, 0, to); }

TypeId Builder::add_array(const ArrayInfo& type) {
  const TypeId id = begin(Kind::array, {}, 0, 0);
  push(type.element);
  push(type.index);
  push(type.count);
  return id;
}

TypeId Builder::add_composite(Kind kind, const NewComposite& type) {
  bool has_bitfields = false;
  for (const Member& member : type.members) has_bitfields |= member.bitfield_size != 0;
  const TypeId id = begin(kind, type.name, type.members.size(), type.size, has_bitfields);
  for (const Member& member : type.members) {
    if (has_bitfields && member.bit_offset > kMaxBitOffset)
      mistake(errc::out_of_range, cat("member ", quoted(member.name), " is at bit ", member.bit_offset,
                                      "; beside bit-fields ", kMaxBitOffset, " is the last"));
    if (member.bitfield_size > kMaxBitfield)
      mistake(errc::out_of_range, cat("member ", quoted(member.name), " has ", member.bitfield_size, " bits"));
    const std::uint32_t size = member.bitfield_size & kMaxBitfield;
    const std::uint32_t name = add_string(member.name);
    push(name);
    push(member.type);
    push(has_bitfields ? size << 24 | (member.bit_offset & kMaxBitOffset) : member.bit_offset);
  }
  return id;
}

TypeId Builder::add_structure(const NewComposite& type) { return add_composite(Kind::structure, type); }
TypeId Builder::add_union(const NewComposite& type) { return add_composite(Kind::union_type, type); }

TypeId Builder::add_forward(std::string_view name, bool is_union) { return begin(Kind::forward, name, 0, 0, is_union); }

TypeId Builder::add_enumeration(const NewEnumeration& type) {
  const TypeId id = begin(Kind::enumeration, type.name, type.enumerators.size(), type.size, type.is_signed);
  const std::int64_t least = type.is_signed ? std::numeric_limits<std::int32_t>::min() : 0;
  const std::int64_t most =
      type.is_signed ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::uint32_t>::max();
  for (const Enumerator& enumerator : type.enumerators) {
    if (enumerator.value < least || enumerator.value > most)
      mistake(errc::out_of_range, cat("the value of ", quoted(enumerator.name), ", ", enumerator.value,
                                      ", does not fit 32 bits; use add_enumeration64"));
    push(add_string(enumerator.name));
    push(static_cast<std::uint32_t>(enumerator.value));
  }
  return id;
}

TypeId Builder::add_enumeration64(const NewEnumeration& type) {
  const TypeId id = begin(Kind::enumeration64, type.name, type.enumerators.size(), type.size, type.is_signed);
  for (const Enumerator& enumerator : type.enumerators) {
    const auto bits = static_cast<std::uint64_t>(enumerator.value);
    push(add_string(enumerator.name));
    push(static_cast<std::uint32_t>(bits));
    push(static_cast<std::uint32_t>(bits >> 32));
  }
  return id;
}

TypeId Builder::add_typedef(std::string_view name, TypeId type) { return begin(Kind::type_definition, name, 0, type); }
TypeId Builder::add_const(TypeId type) { return begin(Kind::const_qualifier, {}, 0, type); }
TypeId Builder::add_volatile(TypeId type) { return begin(Kind::volatile_qualifier, {}, 0, type); }
TypeId Builder::add_restrict(TypeId type) { return begin(Kind::restrict_qualifier, {}, 0, type); }

TypeId Builder::add_prototype(const NewPrototype& type) {
  const TypeId id = begin(Kind::function_prototype, {}, type.parameters.size(), type.returns);
  for (const Parameter& parameter : type.parameters) {
    push(add_string(parameter.name));
    push(parameter.type);
  }
  return id;
}

TypeId Builder::add_function(std::string_view name, TypeId prototype, Linkage linkage) {
  return begin(Kind::function, name, static_cast<std::size_t>(linkage), prototype);
}

TypeId Builder::add_variable(std::string_view name, TypeId type, Linkage linkage) {
  const TypeId id = begin(Kind::variable, name, 0, type);
  push(static_cast<std::uint32_t>(linkage));
  return id;
}

TypeId Builder::add_data_section(const NewSection& section) {
  const TypeId id = begin(Kind::data_section, section.name, section.variables.size(), section.size);
  for (const SectionVariable& variable : section.variables) {
    push(variable.type);
    push(variable.offset);
    push(variable.size);
  }
  return id;
}

TypeId Builder::add_decl_tag(const NewTag& tag) {
  const TypeId id = begin(Kind::decl_tag, tag.text, 0, tag.type, tag.is_attribute);
  push(static_cast<std::uint32_t>(tag.component));
  return id;
}

TypeId Builder::add_type_tag(const NewTag& tag) {
  return begin(Kind::type_tag, tag.text, 0, tag.type, tag.is_attribute);
}

TypeId Builder::add_record(std::span<const std::uint32_t> record) {
  const std::uint32_t info = record.size() >= kRecordHead ? record[kInfoWord] : 0;
  const std::uint32_t kind = kind_of(info);
  if (kind == 0 || kind > kMaxKind || record.size() != record_size(info) / kWord) {
    const TypeId id = begin(Kind::pointer, {}, 0, 0);  // keeps the numbers of what follows
    mistake(errc::invalid_argument, "a record of this kind is not of this length");
    return id;
  }
  const TypeId id = next_id();
  starts_.push_back(static_cast<std::uint32_t>(words_.size()));
  words_.insert(words_.end(), record.begin(), record.end());
  bool names_inside = true;
  for_each_name(record, [&](std::uint32_t offset) { names_inside &= offset < strings_.end(); });
  if (!names_inside) mistake(errc::invalid_argument, "a name is outside the strings");
  if (id > kMaxTypes) mistake(errc::out_of_range, cat(kMaxTypes, " types are the most"));
  return id;
}

void Builder::set_referenced(TypeId type, TypeId to) {
  const bool is_own = type >= first_id_ && type < next_id();
  const std::uint32_t start = is_own ? starts_[type - first_id_] : 0;
  if (is_own && roles_of(words_[start + kInfoWord]).refers) {
    words_[start + kTypeWord] = to;
  } else if (!first_mistake_) {
    first_mistake_ = Error(errc::invalid_argument, cat("BTF: type ", type, " is none that refers to another one"));
  }
}

Result<void> Builder::check_references() const {
  const TypeId end = next_id();
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    const std::size_t stop = i + 1 < starts_.size() ? starts_[i + 1] : words_.size();
    const auto record = std::span(words_).subspan(starts_[i], stop - starts_[i]);
    TypeId largest = 0;
    for_each_reference(record, [&](TypeId id) { largest = id > largest ? id : largest; });
    if (largest >= end)
      return fail(errc::invalid_argument, "BTF: type ", first_id_ + i, " (", kind_name(record_kind(record[kInfoWord])),
                  ") refers to type ", largest, ", which was not added");
  }
  return {};
}

Result<std::vector<std::byte>> Builder::encode(ByteOrder order) const {
  if (first_mistake_) return fail_in(Error(*first_mistake_));
  EBPF_CHECK(check_references());
  if (base_ && base_->byte_order() != order)
    return fail(errc::invalid_argument, "BTF: the table is to be of another byte order than the one it continues");
  if (words_.size() > std::numeric_limits<std::uint32_t>::max() / kWord)
    return fail(errc::out_of_range, "BTF: more than 4 GiB of types");
  return encode_table(words_, strings_.own(), order);
}

Result<Spec> Builder::spec(ByteOrder order) const {
  EBPF_TRY(auto bytes, encode(order));
  return Spec::parse(std::move(bytes), base_);
}

}  // namespace ebpf::btf
