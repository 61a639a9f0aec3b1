// HostType: what C++ knows about a type, in the terms in which BTF describes the other side, and the check that the two
// agree. One description per C++ type, made at compile time, so that the check is one function and not a template.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/spec/kernel_pointer.h"

namespace ebpf {

enum class HostKind : std::uint8_t {
  boolean,
  character,
  signed_integer,
  unsigned_integer,
  enumeration,
  floating,
  pointer,
  composite
};

struct HostMember;

struct HostType {
  HostKind kind;       // of the element, for an array
  std::uint32_t size;  // of all of it, in bytes
  std::uint32_t alignment;
  std::uint32_t count = 1;  // elements of an array; all of its dimensions multiplied
  bool is_array = false;
  // What a structure says of itself, see EBPF_MEMBERS; of an array's element.
  const HostMember* members = nullptr;
  std::uint32_t member_count = 0;
};

struct HostMember {
  std::string_view name;
  std::uint32_t offset;  // in bytes
  HostType type;
};

// C++ does not say what the members of a structure are. One that is to be compared with the program's member by member,
// by name, offset and type, lists them, in its own namespace:
//
//     struct Stats { Traffic rx, tx; std::uint32_t drops[4]; };
//     EBPF_MEMBERS(Stats, rx, tx, drops)
//
// Up to 64 members; what is not listed is not compared.
#define EBPF_MEMBERS(Struct, ...)                                          \
  [[maybe_unused]] constexpr auto ebpf_members_of(const Struct*) {         \
    using EbpfStruct = Struct;                                             \
    return ::std::to_array<::ebpf::HostMember>({EBPF_EACH_(__VA_ARGS__)}); \
  }
#define EBPF_MEMBER_(member) {#member, offsetof(EbpfStruct, member), ::ebpf::host_type<decltype(EbpfStruct::member)>()},
#define EBPF_EACH_(...) __VA_OPT__(EBPF_SCAN64_(EBPF_NEXT_(__VA_ARGS__)))
#define EBPF_NEXT_(member, ...) EBPF_MEMBER_(member) __VA_OPT__(EBPF_NEXT_AGAIN_ EBPF_PARENS_(__VA_ARGS__))
#define EBPF_NEXT_AGAIN_() EBPF_NEXT_
#define EBPF_PARENS_ ()
#define EBPF_SCAN64_(...) EBPF_SCAN16_(EBPF_SCAN16_(EBPF_SCAN16_(EBPF_SCAN16_(__VA_ARGS__))))
#define EBPF_SCAN16_(...) EBPF_SCAN4_(EBPF_SCAN4_(EBPF_SCAN4_(EBPF_SCAN4_(__VA_ARGS__))))
#define EBPF_SCAN4_(...) EBPF_SCAN_(EBPF_SCAN_(EBPF_SCAN_(EBPF_SCAN_(__VA_ARGS__))))
#define EBPF_SCAN_(...) __VA_ARGS__

namespace host_detail {

template <class T>
struct Element {
  using type = T;
  static constexpr std::uint32_t count = 1;
  static constexpr bool is_array = false;
};
template <class T, std::size_t N>
struct Element<T[N]> {
  using type = typename Element<T>::type;
  static constexpr std::uint32_t count = static_cast<std::uint32_t>(N) * Element<T>::count;
  static constexpr bool is_array = true;
};
template <class T, std::size_t N>
struct Element<std::array<T, N>> : Element<T[N]> {};

template <class T>
constexpr HostKind kind_of() {
  if constexpr (std::same_as<T, bool>)
    return HostKind::boolean;
  else if constexpr (std::same_as<T, char> || std::same_as<T, std::byte>)
    return HostKind::character;
  else if constexpr (std::is_enum_v<T>)
    return HostKind::enumeration;
  else if constexpr (std::same_as<T, Int128>)
    return HostKind::signed_integer;
  else if constexpr (std::same_as<T, Uint128> || kIsKernelPointer<T>)
    return HostKind::unsigned_integer;
  else if constexpr (std::is_integral_v<T>)
    return std::is_signed_v<T> ? HostKind::signed_integer : HostKind::unsigned_integer;
  else if constexpr (std::is_floating_point_v<T>)
    return HostKind::floating;
  else if constexpr (std::is_pointer_v<T>)
    return HostKind::pointer;
  else
    return HostKind::composite;
}

template <class T>
concept ListsMembers = requires(const T* object) { ebpf_members_of(object); };

template <class T>
inline constexpr std::array<HostMember, 0> kMembers = {};
template <ListsMembers T>
inline constexpr auto kMembers<T> = ebpf_members_of(static_cast<const T*>(nullptr));

}  // namespace host_detail

template <class T>
constexpr HostType host_type() {
  using Plain = std::remove_cv_t<T>;
  using E = host_detail::Element<Plain>;
  using Each = std::remove_cv_t<typename E::type>;
  return {
      .kind = host_detail::kind_of<Each>(),
      .size = static_cast<std::uint32_t>(sizeof(Plain)),
      .alignment = static_cast<std::uint32_t>(alignof(Plain)),
      .count = E::count,
      .is_array = E::is_array,
      .members = host_detail::kMembers<Each>.data(),
      .member_count = static_cast<std::uint32_t>(host_detail::kMembers<Each>.size()),
  };
}

// An array of that type that has so many bytes, without the rest that is no whole element.
constexpr HostType row_of(HostType element, std::uint32_t bytes) {
  element.count *= bytes / element.size;
  element.size *= bytes / element.size;
  element.is_array = true;
  return element;
}

// The object whose bytes were read, possibly from a kernel or a file that has anything in them: a bool is made from its
// byte being zero or not, since no other value of it may exist in C++.
template <class T>
T object_of(const std::array<std::byte, sizeof(T)>& bytes) {
  if constexpr (std::same_as<std::remove_cv_t<T>, bool>)
    return bytes[0] != std::byte{0};
  else
    return std::bit_cast<T>(bytes);
}

// In words: "unsigned integer of 4 bytes", "array of 16 signed integers of 2 bytes".
std::string describe(const HostType& host);

// Whether a C++ object of this type can stand for the BTF type: the size, and for scalars the kind and the signedness,
// for arrays the number of elements. Enumerations may be seen as integers and the other way round; a pointer of a BPF
// program is seen as a std::uint64_t; `char` and `std::byte` stand for any one byte. Of a structure the size is
// compared, and of the members that it lists (EBPF_MEMBERS) place and type. Errors: type_mismatch, naming both sides.
Result<void> check_host_type(const HostType& host, const btf::Spec& types, btf::TypeId type);

}  // namespace ebpf
