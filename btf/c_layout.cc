// How C lays a type out.
#include "ebpf/btf/c_layout.h"
#include "ebpf/base/sort.h"

#include <algorithm>
#include <bit>

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kPointerSize = 8;
constexpr std::uint32_t kMaxAlign = 4096;
// By-value nesting, of anonymous types only: of named ones the inner is always looked at before the outer.
constexpr int kMaxNesting = 64;

struct ScalarName {
  std::string_view name;
  std::uint8_t size;
};

// C's types by the names that gcc and clang give them in debug information, with their sizes on the BPF target. On it,
// and nowhere else among the names, `long double` is a double: what has that name in a kernel or program is larger.
constexpr ScalarName kScalarNames[] = {
    {"__int128 unsigned", 16},
    {"__int128", 16},
    {"_Bool", 1},
    {"char", 1},
    {"double", 8},
    {"float", 4},
    {"int", 4},
    {"long int", 8},
    {"long long int", 8},
    {"long long unsigned int", 8},
    {"long long", 8},
    {"long unsigned int", 8},
    {"long", 8},
    {"short int", 2},
    {"short unsigned int", 2},
    {"short", 2},
    {"signed char", 1},
    {"unsigned __int128", 16},
    {"unsigned char", 1},
    {"unsigned int", 4},
    {"unsigned long long", 8},
    {"unsigned long", 8},
    {"unsigned short", 2},
};

// By the logarithm of the size.
constexpr std::string_view kSigned[] = {"signed char", "short", "int", "long long", "__int128"};
constexpr std::string_view kUnsigned[] = {"unsigned char", "unsigned short", "unsigned int", "unsigned long long",
                                          "unsigned __int128"};

void set_align(Shape& shape, std::uint32_t align) {
  shape.align_log2 = static_cast<std::uint8_t>(std::countr_zero(align));
}

}  // namespace

Scalar scalar_of(Type type) {
  const std::string_view name = type.name();
  const std::uint32_t size = type.size();
  for (const ScalarName& known : kScalarNames)
    if (known.name == name && known.size == size) return {ScalarWord::own_name, {}};
  if (type.is(Kind::floating) && (size == 4 || size == 8)) return {ScalarWord::alias, size == 4 ? "float" : "double"};
  if (type.is(Kind::floating) || !std::has_single_bit(size) || size > 16) return {ScalarWord::bytes, {}};
  const IntInfo info = type.integer();
  if (info.is_bool && size == 1) return {ScalarWord::alias, "_Bool"};
  if (info.is_char && size == 1) return {ScalarWord::alias, "char"};
  return {ScalarWord::alias, (info.is_signed ? kSigned : kUnsigned)[std::countr_zero(size)]};
}

// Remembered, since the search by name takes its time and most members end in one of a dozen scalars.
Extent Layout::scalar_extent(Type type) {
  Shape& shape = shapes_[type.id()];
  const std::uint32_t size = type.size();
  if (!shape.known) {
    shape.known = true;
    if (scalar_of(type).word != ScalarWord::bytes) set_align(shape, size);
    const IntInfo info = type.integer();
    shape.partial = info.bits != 0 && (info.bits != size * 8 || info.bit_offset != 0);
  }
  return {size, 1u << shape.align_log2, shape.partial ? type.id() : 0};
}

std::optional<Extent> Layout::extent(TypeId id, int depth) {
  std::uint64_t count = 1;
  for (int hops = 0; hops < kMaxDepth; ++hops) {
    const Type& type = types_[id];
    Extent one = {};
    switch (type.kind()) {
      case Kind::type_definition:
      case Kind::const_qualifier:
      case Kind::volatile_qualifier:
      case Kind::restrict_qualifier:
      case Kind::type_tag:
        id = type.referenced();
        continue;
      case Kind::array:
        if (__builtin_mul_overflow(count, std::uint64_t{type.array().count}, &count)) return std::nullopt;
        id = type.array().element;
        continue;
      case Kind::pointer:
        one = {kPointerSize, kPointerSize};
        break;
      case Kind::integer:
      case Kind::floating:
        one = scalar_extent(type);
        break;
      case Kind::enumeration:
      case Kind::enumeration64:
        one = {type.size(), type.size()};
        if (!std::has_single_bit(type.size()) || type.size() > 8) return std::nullopt;
        break;
      case Kind::structure:
      case Kind::union_type:
        one = {type.size(), 1u << shape(type, depth).align_log2};
        break;
      default:
        return std::nullopt;
    }
    // Bits must be countable.
    if (__builtin_mul_overflow(one.size, count, &one.size) || one.size >= std::uint64_t{1} << 56) return std::nullopt;
    return one;
  }
  return std::nullopt;
}

// Old tables have bit-fields as integers of fewer bits than their size has, at an offset within it.
std::optional<Field> Layout::field(Type composite, std::uint32_t index, int depth) {
  const Member member = composite.member(index);
  const auto extent = this->extent(member.type, depth + 1);
  if (!extent) return std::nullopt;
  Field out = {member, member.bit_offset, extent->size * 8, extent->align, member.bitfield_size};
  if (!composite.kind_flag() && extent->partial != 0) {
    const IntInfo info = types_[extent->partial].integer();
    out.offset += info.bit_offset;
    out.bitfield = info.bits;
  }
  if (out.bitfield != 0) {
    if (out.bitfield > out.bits || out.bits > 128) return std::nullopt;
    out.bits = out.bitfield;
  }
  return out;
}

// By offset: C lists members so, other languages may not. False where one of them has no place in C.
bool Layout::collect(Type composite, std::vector<Field>& out, int depth) {
  const std::size_t first = out.size();
  bool sorted = true;
  for (std::uint32_t i = 0; i < composite.vlen(); ++i) {
    const auto field = this->field(composite, i, depth);
    if (!field) return false;
    sorted = sorted && (out.size() == first || out.back().offset <= field->offset);
    out.push_back(*field);
  }
  if (!sorted) stable_sort(out, [](const Field& a, const Field& b) { return a.offset < b.offset; }, first);
  return true;
}

std::uint64_t Layout::natural_place(const Field& field, std::uint64_t position, bool packed) {
  if (field.bitfield == 0) return round_up(position, packed ? 8 : std::uint64_t{field.align} * 8);
  const std::uint64_t unit = std::uint64_t{field.align} * 8;
  return packed || position % unit + field.bits <= unit ? position : round_up(position, unit);
}

namespace {

// Whether the fields do not overlap and lie inside.
bool is_disjoint(std::span<const Field> fields, std::uint64_t size_bits) {
  std::uint64_t position = 0;
  for (const Field& field : fields) {
    if (field.offset < position || (field.bitfield == 0 && field.offset % 8 != 0)) return false;
    position = field.offset + field.bits;
  }
  return position <= size_bits;
}

bool is_aligned(const Field& field) {
  const std::uint64_t unit = std::uint64_t{field.align} * 8;
  return field.bitfield == 0 ? field.offset % unit == 0 : field.offset % unit + field.bits <= unit;
}

Shape shape_of_structure(std::span<const Field> fields, std::uint64_t size) {
  Shape shape = {.known = true};
  std::uint32_t align = 1;
  for (const Field& field : fields) {
    align = std::max(align, field.align);
    shape.packed = shape.packed || !is_aligned(field);
  }
  shape.packed = shape.packed || size % align != 0;
  shape.opaque = !is_disjoint(fields, size * 8);
  if (!shape.packed && !shape.opaque) set_align(shape, align);
  return shape;
}

Shape shape_of_union(std::span<const Field> fields, std::uint64_t size) {
  Shape shape = {.known = true};
  std::uint32_t align = 1;
  std::uint64_t largest = 0;
  for (const Field& field : fields) {
    shape.opaque = shape.opaque || field.offset != 0;
    align = std::max(align, field.align);
    largest = std::max(largest, round_up(field.bits, 8) / 8);
  }
  shape.packed = size % align != 0;
  shape.opaque = shape.opaque || largest > size;
  if (shape.packed || shape.opaque) return shape;
  // What is larger than its members was declared so: `aligned` to more than they are.
  std::uint32_t wanted = align;
  while (wanted < kMaxAlign && round_up(largest, wanted) < size) wanted *= 2;
  shape.aligned = wanted != align && round_up(largest, wanted) == size;
  set_align(shape, shape.aligned ? wanted : align);
  return shape;
}

}  // namespace

const Shape& Layout::shape(Type composite, int depth) {
  if (const Shape& shape = shapes_[composite.id()]; shape.known) return shape;
  const std::size_t first = scratch_.size();
  look_at(composite, scratch_, depth);
  scratch_.resize(first);
  return shapes_[composite.id()];
}

// Appends the fields that the shape follows from.
void Layout::look_at(Type composite, std::vector<Field>& out, int depth) {
  Shape& shape = shapes_[composite.id()];
  // A type that is asked for while it is being looked at contains itself.
  shape = {.known = true, .opaque = true};
  const std::size_t first = out.size();
  if (depth > kMaxNesting || !collect(composite, out, depth)) return;
  const std::span<const Field> fields = std::span(out).subspan(first);
  const std::uint64_t size = composite.size();
  shape = composite.is(Kind::structure) ? shape_of_structure(fields, size) : shape_of_union(fields, size);
}

Shape Layout::append_fields(Type composite, std::vector<Field>& out) {
  const std::size_t first = out.size();
  const Shape& shape = shapes_[composite.id()];
  if (!shape.known)
    look_at(composite, out, 0);
  else if (!shape.opaque)
    collect(composite, out, 0);
  if (shape.opaque) out.resize(first);
  return shape;
}

}  // namespace ebpf::btf
