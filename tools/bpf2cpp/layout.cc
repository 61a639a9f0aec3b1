// BTF types as C++ types: definitions. Sizes and offsets are BTF's; what a compiler would leave between members is
// written as members, so that nothing depends on where it would have put them.
#include <algorithm>
#include <bit>
#include <charconv>

#include "ebpf/base/text.h"
#include "tools/bpf2cpp/types.h"

namespace ebpf::bpf2cpp {
namespace {

using btf::Kind;
using btf::Type;
using btf::TypeId;

std::string bytes_type(std::uint64_t size) { return cat("std::array<std::byte, ", size, ">"); }

std::string number(std::uint64_t value, bool is_signed) {
  const auto as_signed = static_cast<std::int64_t>(value);
  if (!is_signed) return value > INT64_MAX ? cat(value, "u") : cat(value);
  // The lowest has no literal of its own.
  return as_signed == INT64_MIN ? "-9223372036854775807 - 1" : cat(as_signed);
}

// The value's bits that the enumeration has room for.
std::uint64_t cut(std::int64_t value, std::uint32_t size, bool is_signed) {
  if (size >= 8) return static_cast<std::uint64_t>(value);
  const int unused = 64 - static_cast<int>(size) * 8;
  const std::uint64_t shifted = static_cast<std::uint64_t>(value) << unused;
  return is_signed ? static_cast<std::uint64_t>(static_cast<std::int64_t>(shifted) >> unused) : shifted >> unused;
}

// The bits that hold all of an enumeration's values.
std::uint32_t bits_needed(Type enumeration) {
  std::uint32_t needed = 0;
  for (std::uint32_t i = 0; i < enumeration.vlen(); ++i) {
    const std::int64_t value = enumeration.enumerator(i).value;
    const auto bits = static_cast<std::uint64_t>(value < 0 ? ~value : value);
    needed = std::max(needed, static_cast<std::uint32_t>(std::bit_width(bits)) + (enumeration.kind_flag() ? 1 : 0));
  }
  return needed;
}

std::string underlying_type(Type enumeration) {
  return cat("std::", enumeration.kind_flag() ? "" : "u", "int", enumeration.size() * 8, "_t");
}

}  // namespace

// The names of a type's members, those of its unnamed members among them, which C++ has in the same scope.
class Types::MemberNames {
 public:
  MemberNames(Types& types, Type composite) {
    std::vector<std::string_view> names;
    collect(types, composite, names, 0);
    claimed_.resize(names.size());
    for (const bool keep : {true, false})
      for (std::size_t i = 0; i < names.size(); ++i)
        if (claimed_[i].empty() && (!keep || scope_.would_keep(names[i]))) claimed_[i] = scope_.claim(names[i]);
  }

  // The next one, in the order in which members are laid out.
  const std::string& next() { return claimed_[next_++]; }
  std::string padding() { return scope_.claim(cat("padding_", ++paddings_)); }
  Hidden hidden() const { return {claimed_.begin(), claimed_.end()}; }

 private:
  static void collect(Types& types, Type composite, std::vector<std::string_view>& names, int depth) {
    if (depth > btf::kMaxDepth) return;
    std::vector<btf::Field> fields;
    types.layout_.append_fields(composite, fields);
    for (const btf::Field& field : fields) {
      if (types.is_anonymous_member(field.member))
        collect(types, *types.strip(field.member.type).type, names, depth + 1);
      else if (!field.member.name.empty())
        names.push_back(field.member.name);
    }
  }

  Scope scope_;
  std::vector<std::string> claimed_;
  std::size_t next_ = 0;
  int paddings_ = 0;
};

struct Types::Within {
  MemberNames names;
  Hidden hidden;
  std::string_view type;  // what the whole is called
  std::vector<FlexibleArray> flexible = {};
  int depth = 0;

  // What lies between two members, in bits: whole bytes where there are any.
  void pad(std::uint64_t from, std::uint64_t to, bool initialised, std::vector<Member>& out) {
    while (from < to) {
      const bool whole = from % 8 == 0 && to - from >= 8;
      const std::uint64_t bits = whole ? (to - from) / 8 * 8 : std::min(8 - from % 8, to - from);
      Member padding = {.type = whole ? bytes_type(bits / 8) : "std::uint8_t", .name = names.padding()};
      padding.offset = from / 8;
      padding.bits = whole ? 0 : static_cast<std::uint32_t>(bits);
      padding.is_padding = true;
      padding.initialised = initialised;
      out.push_back(std::move(padding));
      from += bits;
    }
  }
};

Result<std::vector<Definition>> Types::definitions() {
  std::vector<Definition> out;
  for (const TypeId id : order_) {
    const auto extent = layout_.extent(id);
    if (extent && extent->size == 0) continue;  // C++ has no type without bytes
    out.push_back(define(table_[id]));
    if (members_left_ == 0) return fail(errc::out_of_range, "the types have too many members");
  }
  return out;
}

Definition Types::define(Type type) {
  if (type.is(Kind::type_definition))
    return {
        .kind = DefinitionKind::alias, .name = names_[type.id()], .underlying = names_[strip(type.id()).type->id()]};
  return type.is_enumeration() ? define_enumeration(type) : define_composite(type);
}

Definition Types::define_enumeration(Type type) {
  Definition out = {.kind = DefinitionKind::enumeration, .name = names_[type.id()], .size = type.size()};
  out.underlying = underlying_type(type);
  Scope scope;
  std::vector<std::string> names(type.vlen());
  for (const bool keep : {true, false})
    for (std::uint32_t i = 0; i < type.vlen(); ++i)
      if (const auto name = type.enumerator(i).name; names[i].empty() && (!keep || scope.would_keep(name)))
        names[i] = scope.claim(name);
  for (std::uint32_t i = 0; i < type.vlen(); ++i)
    out.enumerators.push_back(
        {names[i], number(cut(type.enumerator(i).value, type.size(), type.kind_flag()), type.kind_flag())});
  return out;
}

Definition Types::define_composite(Type type) {
  Definition out = {.kind = type.is(Kind::structure) ? DefinitionKind::structure : DefinitionKind::union_type,
                    .name = names_[type.id()],
                    .size = type.size()};
  const btf::Shape& shape = layout_.shape(type);
  const bool initialised = !plain_.contains(type.id());
  if (shape.opaque) {
    out.members.push_back({.type = bytes_type(type.size()), .name = "bytes", .initialised = initialised});
    return out;
  }
  out.is_packed = shape.packed;
  if (shape.aligned) out.alignment = 1u << shape.align_log2;
  MemberNames names(*this, type);
  Hidden hidden = names.hidden();
  Within within = {.names = std::move(names), .hidden = std::move(hidden), .type = out.name};
  lay_out(type, initialised, within, 0, out.members);
  out.flexible = std::move(within.flexible);
  return out;
}

// `base` is where the composite begins in the type that is defined, in bits.
void Types::lay_out(Type composite, bool initialised, Within& within, std::uint64_t base, std::vector<Member>& out) {
  if (++within.depth <= btf::kMaxDepth) {
    std::vector<btf::Field> fields;
    layout_.append_fields(composite, fields);
    if (composite.is(Kind::structure))
      lay_out_structure(fields, composite, initialised, within, base, out);
    else
      lay_out_union(fields, composite, initialised, within, base, out);
  }
  --within.depth;
}

void Types::lay_out_structure(std::span<const btf::Field> fields, Type composite, bool initialised, Within& within,
                              std::uint64_t base, std::vector<Member>& out) {
  std::uint64_t position = 0;
  for (const btf::Field& field : fields) {
    auto written = member(field, initialised, within, base);
    if (!written) continue;
    within.pad(position, field.offset, initialised, out);
    out.push_back(*std::move(written));
    position = field.offset + field.bits;
  }
  within.pad(position, std::uint64_t{composite.size()} * 8, initialised, out);
}

// One member, of the union's whole size, has the initialiser.
void Types::lay_out_union(std::span<const btf::Field> fields, Type composite, bool initialised, Within& within,
                          std::uint64_t base, std::vector<Member>& out) {
  const std::uint64_t size = std::uint64_t{composite.size()} * 8;
  bool covered = false;
  bool has_initialiser = !initialised;
  for (const btf::Field& field : fields) {
    auto written = member(field, /*initialised=*/false, within, base);
    if (!written) continue;
    const bool covers = field.bits == size && field.bitfield == 0;
    covered = covered || covers;
    if (covers && !has_initialiser && !written->type.empty()) written->initialised = has_initialiser = true;
    out.push_back(*std::move(written));
  }
  if (!covered || !has_initialiser) within.pad(0, size, initialised, out);
}

// Nothing for a member without bytes: an array without a length is remembered.
std::optional<Member> Types::member(const btf::Field& field, bool initialised, Within& within, std::uint64_t base) {
  if (members_left_ > 0) --members_left_;
  Member out = {.offset = (base + field.offset) / 8, .bits = field.bitfield, .initialised = initialised};
  if (is_anonymous_member(field.member)) {
    const Type& inner = *strip(field.member.type).type;
    if (members_left_ == 0) return std::nullopt;
    const btf::Shape& shape = layout_.shape(inner);
    out.is_union = inner.is(Kind::union_type);
    out.is_packed = shape.packed;
    if (shape.aligned) out.alignment = 1u << shape.align_log2;
    lay_out(inner, initialised && out.is_union && !shape.packed, within, base + field.offset, out.members);
    if (shape.opaque) out.members = {{.type = bytes_type(inner.size()), .name = within.names.padding()}};
    if (out.members.empty()) return std::nullopt;
    return out;
  }
  if (field.member.name.empty()) {
    if (field.bits == 0) return std::nullopt;
    out.name = within.names.padding();
    out.is_padding = true;
  } else {
    out.name = within.names.next();
    if (field.bitfield == 0) out.bpf_name = field.member.name;
  }
  if (field.bits == 0) {
    const Type& type = *strip(field.member.type).type;
    if (type.is(Kind::array) && !layout_.extent(type.array().element)) return std::nullopt;
    if (out.name == within.type) out.name += '_';  // it becomes a function, and that name is the constructor's
    if (type.is(Kind::array) && layout_.extent(type.array().element)->size > 0)
      within.flexible.push_back({spell(type.array().element, within.hidden), out.name, out.offset});
    return std::nullopt;
  }
  out.type = field.bitfield != 0 ? bit_field_type(field.member.type, field.bitfield, within.hidden)
                                 : spell(field.member.type, within.hidden);
  return out;
}

// gcc does not like a bit-field that has no room for all values of its enumeration; clang takes one of a scoped
// enumeration for unsigned, and warns of its negative values wherever the structure is copied.
std::string Types::bit_field_type(TypeId id, std::uint32_t bits, const Hidden& hidden) {
  const Type& type = *strip(id).type;
  if (type.is_enumeration() && (bits_needed(type) > bits || type.kind_flag())) return underlying_type(type);
  if (type.is(Kind::integer) && type.name() == "char" && !type.integer().is_bool)
    return type.integer().is_signed ? "std::int8_t" : "std::uint8_t";
  return spell(id, hidden);
}

}  // namespace ebpf::bpf2cpp
