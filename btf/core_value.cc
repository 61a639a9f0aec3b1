// What a CO-RE relocation comes to for one access: an offset, a size, a shift, a value.
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::btf {
namespace {

constexpr std::uint64_t kWidestLoad = 8;  // bytes

Failure bad(std::string_view what) { return fail(errc::malformed, "CO-RE: ", what); }

// Where the last member of an access is, and how it is loaded.
struct Place {
  std::uint64_t byte_offset;  // of the load
  std::uint64_t load_size;    // in bytes; of a member that is no bit-field: all of it
  std::uint64_t bits;
  TypeId type;
  bool is_bitfield;
};

// A bit-field is loaded by an aligned load, as wide as its declared type, or wider where it crosses that one's end.
Result<Place> place_of_bitfield(Type declared, std::uint64_t bit_offset, std::uint32_t bits) {
  std::uint64_t size = declared.size();
  if (size == 0) return bad("a bit-field's type has no size");
  const auto aligned = [&] { return bit_offset / 8 / size * size; };
  while (bit_offset + bits > (aligned() + size) * 8) {
    if (size >= kWidestLoad) return bad("a bit-field cannot be read by one load of 8 bytes");
    size *= 2;
  }
  return Place{aligned(), size, bits, declared.id(), true};
}

Result<Place> place_of(const CoreAccess& access, Type type, std::uint32_t bitfield_size) {
  if (bitfield_size != 0) return place_of_bitfield(type, access.bit_offset, bitfield_size);
  EBPF_TRY(const std::uint64_t size, access.types->size_of(type.id()));
  return Place{access.bit_offset / 8, size, size * 8, type.id(), false};
}

// For placing a loaded value's bits at the top of 64, from where a shift to the right brings them down.
std::uint64_t left_shift(const Place& place, const CoreAccess& access) {
  const std::uint64_t first_bit = access.bit_offset - place.byte_offset * 8;
  if (access.types->byte_order() == ByteOrder::little) return 64 - (first_bit + place.bits);
  return (kWidestLoad - place.load_size) * 8 + first_bit;
}

bool is_signed(Type type) {
  return type.is_enumeration() ? type.kind_flag() : type.is(Kind::integer) && type.integer().is_signed;
}

// An array's element has a place and a size; nothing else is asked of one.
Result<CoreValue> element_value(const CoreAccess& access, CoreKind kind) {
  const TypeId element = access.steps.back().type;
  EBPF_TRY(const std::uint64_t size, access.types->size_of(element));
  const auto size32 = static_cast<std::uint32_t>(size);
  if (kind == CoreKind::field_byte_offset) return CoreValue{access.bit_offset / 8, true, size32, element};
  if (kind == CoreKind::field_byte_size) return CoreValue{size};
  return bad("signedness and shifts are asked for an array's element");
}

Result<CoreValue> member_value(const CoreAccess& access, CoreKind kind) {
  if (access.steps.empty()) return bad("a member's relocation without a member");
  const CoreStep& last = access.steps.back();
  if (last.name.empty()) return element_value(access, kind);
  EBPF_TRY(const Type holder, access.types->type(last.type));
  const Member member = holder.member(last.index);
  EBPF_TRY(const Type type, access.types->strip(member.type));
  EBPF_TRY(const Place& place, place_of(access, type, member.bitfield_size));
  // Compilers choose loads for bit-fields as they like: only what does not depend on the load can be checked.
  const bool is_checked = !place.is_bitfield;
  switch (kind) {
    case CoreKind::field_byte_offset:
      return place.is_bitfield
                 ? CoreValue{place.byte_offset, is_checked}
                 : CoreValue{place.byte_offset, is_checked, static_cast<std::uint32_t>(place.load_size), place.type};
    case CoreKind::field_byte_size:
      return CoreValue{place.load_size, is_checked};
    case CoreKind::field_signed:
      return CoreValue{is_signed(type) ? 1u : 0u, true};
    case CoreKind::field_lshift_u64:
      return CoreValue{left_shift(place, access), is_checked};
    case CoreKind::field_rshift_u64:
      return CoreValue{64 - place.bits, true};
    default:
      return bad("a relocation of a kind that is not about members");
  }
}

// A 32-bit enumerator is written with its sign, as libbpf does whatever its type says: types from older tools never say
// that they are signed. Where the type allows it the value may be meant as unsigned; libbpf refuses such instructions.
CoreValue enumerator_value(Type type, std::uint32_t index) {
  const std::int64_t value = type.enumerator(index).value;
  if (!type.is(Kind::enumeration)) return {static_cast<std::uint64_t>(value)};
  CoreValue out{static_cast<std::uint64_t>(static_cast<std::int32_t>(value))};
  if (!type.kind_flag()) out.unsigned_value = static_cast<std::uint32_t>(value);
  return out;
}

}  // namespace

Result<CoreValue> core_value(const CoreAccess& access, CoreKind kind) {
  switch (kind) {
    case CoreKind::field_exists:
    case CoreKind::type_exists:
    case CoreKind::type_matches:
    case CoreKind::enumval_exists:
      return CoreValue{1};
    case CoreKind::type_id_local:
    case CoreKind::type_id_target:
      // Linkers renumber types without looking into instructions.
      return CoreValue{access.root, false};
    case CoreKind::type_size: {
      EBPF_TRY(const std::uint64_t size, access.types->size_of(access.root));
      return CoreValue{size};
    }
    case CoreKind::enumval_value: {
      EBPF_TRY(const Type type, access.types->type(access.steps[0].type));
      return enumerator_value(type, access.steps[0].index);
    }
    default:
      return member_value(access, kind);
  }
}

// A pointer of a 32-bit kernel, and an unsigned integer, are the same number when zeroes are put in front of them.
Result<bool> width_may_change(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id) {
  EBPF_TRY(const Type a, local.type(local_id));
  EBPF_TRY(const Type b, target.type(target_id));
  if (a.is(Kind::pointer) && b.is(Kind::pointer)) return true;
  return a.is(Kind::integer) && b.is(Kind::integer) && !a.integer().is_signed && !b.integer().is_signed;
}

}  // namespace ebpf::btf
