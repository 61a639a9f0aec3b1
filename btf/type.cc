// btf::Type: what one record says. The layouts are those of <linux/btf.h>; Spec has checked that the record is whole.
#include "ebpf/btf/btf.h"

namespace ebpf::btf {
namespace {

constexpr std::size_t kHeader = 12;  // struct btf_type: name_off, info, size or type

constexpr std::string_view kKindNames[] = {
    "VOID",  "INT",      "PTR",  "ARRAY",      "STRUCT", "UNION",   "ENUM",  "FWD",      "TYPEDEF",  "VOLATILE",
    "CONST", "RESTRICT", "FUNC", "FUNC_PROTO", "VAR",    "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64",
};
static_assert(std::size(kKindNames) == kMaxKind + 1);

}  // namespace

std::string_view kind_name(Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kKindNames) ? kKindNames[index] : std::string_view("unknown");
}

// `void` is of kind 0, and all else of it zero, too.
std::uint32_t Type::word(std::size_t at) const {
  return id_ == 0 ? 0 : spec_->types_.field<std::uint32_t>(offset_ + at);
}

std::string_view Type::name() const { return spec_->string(word(0)); }

bool Type::is_qualifier() const {
  return is(Kind::const_qualifier) || is(Kind::volatile_qualifier) || is(Kind::restrict_qualifier) ||
         is(Kind::type_tag);
}

std::uint32_t Type::size() const {
  switch (kind()) {
    case Kind::integer:
    case Kind::structure:
    case Kind::union_type:
    case Kind::enumeration:
    case Kind::enumeration64:
    case Kind::floating:
    case Kind::data_section:
      return size_or_type();
    default:
      return 0;
  }
}

TypeId Type::referenced() const {
  switch (kind()) {
    case Kind::pointer:
    case Kind::type_definition:
    case Kind::volatile_qualifier:
    case Kind::const_qualifier:
    case Kind::restrict_qualifier:
    case Kind::function:
    case Kind::function_prototype:
    case Kind::variable:
    case Kind::decl_tag:
    case Kind::type_tag:
      return size_or_type();
    default:
      return 0;
  }
}

IntInfo Type::integer() const {
  if (!is(Kind::integer)) return {};
  const std::uint32_t description = word(kHeader);
  const auto encoding = (description >> 24) & 15;
  return {
      .bits = static_cast<std::uint8_t>(description),
      .bit_offset = static_cast<std::uint8_t>(description >> 16),
      .is_signed = (encoding & 1) != 0,
      .is_char = (encoding & 2) != 0,
      .is_bool = (encoding & 4) != 0,
  };
}

bool Type::is_partial() const {
  const IntInfo info = integer();
  return is(Kind::integer) && info.bits != 0 && (info.bits < size() * 8 || info.bit_offset != 0);
}

ArrayInfo Type::array() const {
  if (!is(Kind::array)) return {};
  return {word(kHeader), word(kHeader + 4), word(kHeader + 8)};
}

Member Type::member(std::uint32_t index) const {
  if (!is_composite()) return {};
  const std::size_t at = kHeader + std::size_t{index} * 12;
  const auto offset = word(at + 8);
  return {
      .name = spec_->string(word(at)),
      .type = word(at + 4),
      .bit_offset = kind_flag() ? offset & 0xffffff : offset,
      .bitfield_size = kind_flag() ? offset >> 24 : 0,
  };
}

Enumerator Type::enumerator(std::uint32_t index) const {
  if (is(Kind::enumeration)) {
    const std::size_t at = kHeader + std::size_t{index} * 8;
    const auto value = static_cast<std::int32_t>(word(at + 4));
    return {spec_->string(word(at)),
            kind_flag() ? value : static_cast<std::int64_t>(static_cast<std::uint32_t>(value))};
  }
  if (!is(Kind::enumeration64)) return {};
  const std::size_t at = kHeader + std::size_t{index} * 12;
  const std::uint64_t low = word(at + 4);
  const std::uint64_t high = word(at + 8);
  return {spec_->string(word(at)), static_cast<std::int64_t>(high << 32 | low)};
}

Parameter Type::parameter(std::uint32_t index) const {
  if (!is(Kind::function_prototype)) return {};
  const std::size_t at = kHeader + std::size_t{index} * 8;
  return {spec_->string(word(at)), word(at + 4)};
}

SectionVariable Type::section_variable(std::uint32_t index) const {
  if (!is(Kind::data_section)) return {};
  const std::size_t at = kHeader + std::size_t{index} * 12;
  return {word(at), word(at + 4), word(at + 8)};
}

Linkage Type::linkage() const {
  // A function keeps it where other kinds keep their count, a variable in a word of its own.
  if (is(Kind::function)) return static_cast<Linkage>(vlen());
  if (is(Kind::variable)) return static_cast<Linkage>(word(kHeader));
  return Linkage::static_linkage;
}

std::int32_t Type::component_index() const {
  return is(Kind::decl_tag) ? static_cast<std::int32_t>(word(kHeader)) : -1;
}

}  // namespace ebpf::btf
