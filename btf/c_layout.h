// How C lays a type out, and what has to be written so that it lays it out as BTF says. Internal.
//
// BTF records sizes and offsets, but neither alignment nor `packed`. A structure whose members all stand where their
// types may stand, and whose size is a multiple of the strictest of their alignments, is printed plainly, with unnamed
// bit-fields where C would leave a smaller gap. Any other is packed. Whether the source said so is not known, and not
// needed: sizes and offsets come out the same, and so they do for what contains it, because that is decided by the
// alignment that the printed type has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/btf/type_table.h"

namespace ebpf::btf {

// What a scalar is in C.
enum class ScalarWord : std::uint8_t {
  own_name,  // BTF's name is C's, and of that size
  alias,     // there is an integer of that size: the name is a typedef of it
  bytes,     // there is none: the name is a typedef of a structure of bytes
};
struct Scalar {
  ScalarWord word;
  std::string_view c_type;  // of an alias
};
// For an integer or a floating point type.
Scalar scalar_of(Type type);

// Size and alignment in bytes, as the printed type has them.
struct Extent {
  std::uint64_t size;
  std::uint32_t align;
  TypeId partial = 0;  // an integer of fewer bits than its size has: a bit-field of old tables
};

// Of a structure or union; of a scalar the alignment alone.
struct Shape {
  std::uint8_t align_log2 = 0;
  bool known = false;
  bool packed = false;
  bool opaque = false;   // C has no such layout: it is printed as bytes
  bool aligned = false;  // a union that is larger than its members: `aligned` makes it so
  bool partial = false;  // of an integer: it has fewer bits than its size has
};

// A member as C sees it.
struct Field {
  Member member;
  std::uint64_t offset;  // in bits
  std::uint64_t bits;
  std::uint32_t align;     // in bytes
  std::uint32_t bitfield;  // its width in bits, or 0
};

class Layout {
 public:
  explicit Layout(const TypeTable& types) : types_(types), shapes_(types.size()) {}

  // Nothing where C has no such type by value (void, functions, endless chains).
  std::optional<Extent> extent(TypeId id) { return extent(id, 0); }
  const Shape& shape(Type composite) { return shape(composite, 0); }
  // The same, and appends its members by offset, and nothing when it is opaque. The list is the caller's, and grows and
  // shrinks with the nesting of anonymous types.
  Shape append_fields(Type composite, std::vector<Field>& out);

  // Where C puts a field that follows bit `position`, if nothing is written between them. In bits.
  static std::uint64_t natural_place(const Field& field, std::uint64_t position, bool packed);

 private:
  std::optional<Extent> extent(TypeId id, int depth);
  Extent scalar_extent(Type type);
  const Shape& shape(Type composite, int depth);
  void look_at(Type composite, std::vector<Field>& out, int depth);
  bool collect(Type composite, std::vector<Field>& out, int depth);
  std::optional<Field> field(Type composite, std::uint32_t index, int depth);

  const TypeTable& types_;
  std::vector<Shape> shapes_;
  std::vector<Field> scratch_;
};

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace ebpf::btf
