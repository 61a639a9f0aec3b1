// CPrinter: definitions.
//
// Gaps are written as unnamed bit-fields, which take room and no name; they change neither the alignment of a structure
// nor what its BTF says. A gap of many words is an array with a name that nobody else has.
#include <algorithm>
#include <limits>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/c_printer_impl.h"

namespace ebpf::btf {
namespace {

constexpr std::uint64_t kMaxPaddingWords = 64;
constexpr int kMaxNesting = 64;
// Compilers may disagree about the alignment of 128-bit integers; up to this one they do not.
constexpr std::uint32_t kCertainAlign = 8;

// A constant expression of the value's own type.
void append_value(std::string& out, Type enumeration, std::int64_t value) {
  const bool is_signed = enumeration.kind_flag();
  const bool is_wide = enumeration.is(Kind::enumeration64);
  if (is_signed && value == std::numeric_limits<std::int64_t>::min()) {
    out.append("-9223372036854775807LL - 1");  // C has no negative literals
    return;
  }
  if (is_signed && value < 0) out += '-';
  append_number(out, static_cast<std::uint64_t>(is_signed && value < 0 ? -value : value));
  if (is_wide) out.append(is_signed ? "LL" : "ULL");
}

// The least size that holds all values of an enumeration.
std::uint32_t packed_size(Type enumeration) {
  std::int64_t least = 0;
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < enumeration.vlen(); ++i) {
    const std::int64_t value = enumeration.enumerator(i).value;
    if (enumeration.kind_flag() && value < 0)
      least = std::min(least, value);
    else
      most = std::max(most, static_cast<std::uint64_t>(value));
  }
  for (const std::uint32_t size : {1u, 2u, 4u}) {
    const std::uint64_t half = std::uint64_t{1} << (size * 8 - 1);
    if (least < 0 ? least >= -static_cast<std::int64_t>(half) && most < half : most < half * 2) return size;
  }
  return 8;
}

struct Mode {
  std::uint32_t size;
  std::string_view attribute;
};
constexpr Mode kModes[] = {
    {2, " __attribute__((mode(HI)))"},
    {8, " __attribute__((mode(DI)))"},
};

// C makes an enumeration as large as `int`, or twice that. `packed` makes it as small as its values allow; a mode says
// the size, but makes small ones signed, so it is for those whose values need less.
std::string_view size_attribute(Type enumeration) {
  const std::uint32_t size = enumeration.size();
  const std::uint32_t least = packed_size(enumeration);
  if (size == std::max(least, 4u)) return {};
  if (size == least) return " __attribute__((packed))";
  for (const Mode& mode : kModes)
    if (mode.size == size) return mode.attribute;
  return {};
}

}  // namespace

void CPrinter::Impl::print_definition(Type type, std::string& out) {
  charge(out);
  switch (type.kind()) {
    case Kind::type_definition:
      return print_typedef(type, out);
    case Kind::integer:
    case Kind::floating:
      return print_scalar(type, out);
    case Kind::structure:
    case Kind::union_type:
      if (type.name().empty()) return;
      append_tag_name(type, out);
      print_composite(type, out, 0);
      out.append(";\n\n");
      return;
    case Kind::enumeration:
    case Kind::enumeration64:
      append_tag_name(type, out);
      print_enumeration(type, out);
      out.append(";\n\n");
      return;
    case Kind::forward: {
      std::string unused;
      append_tag_name(type, unused);  // its definition may be known by now
      if (tags_.entry(identifiers_(type.name())).is_forward) declare_forward(type, out);
      return;
    }
    default:
      return;
  }
}

void CPrinter::Impl::print_typedef(Type type, std::string& out) {
  out.append("typedef ");
  std::string name;
  append_ordinary_name(type, name);
  declare(type.referenced(), name, out, 0);
  out.append(";\n\n");
}

// A scalar that C knows under its name needs no definition.
void CPrinter::Impl::print_scalar(Type type, std::string& out) {
  const Scalar scalar = scalar_of(type);
  if (scalar.word == ScalarWord::own_name) return;
  states_[type.id()].version = ordinary_.claim(identifiers_(type.name()));
  out.append("typedef ");
  if (scalar.word == ScalarWord::alias)
    out.append(scalar.c_type);
  else
    out.append(cat("struct { unsigned char bytes[", type.size(), "]; }"));
  out += ' ';
  append_ordinary_name(type, out);
  out.append(";\n\n");
}

// From the brace on: " {", members, "}", attributes.
void CPrinter::Impl::print_composite(Type composite, std::string& out, int depth) {
  if (depth > kMaxNesting) return go_wrong(cat("type ", composite.id(), " is nested too deep"));
  const std::size_t first = fields_.size();
  const Shape shape = layout_.append_fields(composite, fields_);
  out.append(" {\n");
  ++indent_;
  if (shape.opaque)
    print_opaque(composite, out);
  else
    print_fields(composite, shape, first, out, depth);
  fields_.resize(first);
  --indent_;
  indent(out);
  out += '}';
  if (shape.packed) out.append(" __attribute__((packed))");
  if (shape.aligned) out.append(cat(" __attribute__((aligned(", 1u << shape.align_log2, ")))"));
}

void CPrinter::Impl::print_opaque(Type composite, std::string& out) {
  indent(out);
  out.append("/* C cannot express this layout. */\n");
  indent(out);
  out.append(cat("unsigned char __bytes[", composite.size(), "];\n"));
}

// Those that begin at `first` in fields_.
void CPrinter::Impl::print_fields(Type composite, const Shape& shape, std::size_t first, std::string& out, int depth) {
  const bool is_union = composite.is(Kind::union_type);
  const std::size_t last = fields_.size();
  std::uint64_t position = 0;
  std::uint64_t end = 0;
  for (std::size_t i = first; i < last && !error_; ++i) {
    const Field field = fields_[i];  // by value: what it contains may make the list grow
    Field certain = field;
    if (field.bitfield == 0) certain.align = std::min(field.align, kCertainAlign);
    if (Layout::natural_place(certain, position, shape.packed) != field.offset)
      print_padding(position, field.offset, out);
    print_field(field, out, depth);
    end = std::max(end, field.offset + field.bits);
    if (!is_union) position = end;
  }
  const std::uint64_t size = std::uint64_t{composite.size()} * 8;
  if (shape.aligned || round_up(end, (1u << shape.align_log2) * 8) == size) return;
  if (!is_union) return print_padding(end, size, out);
  indent(out);
  out.append(cat("unsigned char __pad[", composite.size(), "];\n"));
}

void CPrinter::Impl::print_field(const Field& field, std::string& out, int depth) {
  const Member& member = field.member;
  if (!member.name.empty()) {
    indent(out);
    declare(member.type, identifiers_.member(member.name), out, depth);
  } else if (const auto inner = anonymous_composite(member.type)) {
    indent(out);
    out.append(inner->is(Kind::structure) ? "struct" : "union");
    print_composite(*inner, out, depth + 1);
  } else {
    print_padding(field.offset, field.offset + field.bits, out);
    return;
  }
  if (field.bitfield != 0) {
    out.append(": ");
    append_number(out, field.bits);
  }
  out.append(";\n");
}

// Each bit-field lies within one unit of its type, so that no rule about straddling moves it.
void CPrinter::Impl::print_padding(std::uint64_t from, std::uint64_t to, std::string& out) {
  if (to - from > kMaxPaddingWords * 64 && to % 8 == 0) {
    const std::uint64_t first_byte = round_up(from, 8);
    print_padding(from, first_byte, out);
    indent(out);
    out.append(cat("unsigned char __pad", first_byte / 8, "[", (to - first_byte) / 8, "];\n"));
    return;
  }
  constexpr std::pair<std::uint64_t, std::string_view> kUnits[] = {
      {8, "char"}, {16, "short"}, {32, "int"}, {64, "long"}};
  while (from < to) {
    const std::uint64_t bits = std::min(to - from, 64 - from % 64);
    const auto* unit = std::begin(kUnits);
    while (from % unit->first + bits > unit->first) ++unit;
    indent(out);
    out.append(unit->second).append(": ");
    append_number(out, bits);
    out.append(";\n");
    from += bits;
  }
}

// C has no enumerations without enumerators; BTF has them for forward declarations, which C has not either.
void CPrinter::Impl::print_enumeration(Type enumeration, std::string& out) {
  out.append(" {\n");
  const std::uint32_t count = enumeration.vlen();
  for (std::uint32_t i = 0; i < count && !error_; ++i) {
    charge(out);
    const Enumerator enumerator = enumeration.enumerator(i);
    const std::string_view name = identifiers_(enumerator.name);
    out.append(static_cast<std::size_t>(indent_) + 1, '\t');
    append_versioned(out, name, ordinary_.claim(name));
    out.append(" = ");
    append_value(out, enumeration, enumerator.value);
    out.append(",\n");
  }
  if (count == 0)
    out.append(static_cast<std::size_t>(indent_) + 1, '\t').append(cat("__no_enumerators_", enumeration.id(), ",\n"));
  indent(out);
  out += '}';
  out.append(size_attribute(enumeration));
  states_[enumeration.id()].progress = Progress::done;
}

}  // namespace ebpf::btf
