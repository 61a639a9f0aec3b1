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

struct HostType {
  HostKind kind;       // of the element, for an array
  std::uint32_t size;  // of all of it, in bytes
  std::uint32_t alignment;
  std::uint32_t count = 1;  // elements of an array; all of its dimensions multiplied
  bool is_array = false;
};

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
  else if constexpr (std::is_integral_v<T>)
    return std::is_signed_v<T> ? HostKind::signed_integer : HostKind::unsigned_integer;
  else if constexpr (std::is_floating_point_v<T>)
    return HostKind::floating;
  else if constexpr (std::is_pointer_v<T>)
    return HostKind::pointer;
  else
    return HostKind::composite;
}

}  // namespace host_detail

template <class T>
constexpr HostType host_type() {
  using Plain = std::remove_cv_t<T>;
  using E = host_detail::Element<Plain>;
  return {
      .kind = host_detail::kind_of<std::remove_cv_t<typename E::type>>(),
      .size = static_cast<std::uint32_t>(sizeof(Plain)),
      .alignment = static_cast<std::uint32_t>(alignof(Plain)),
      .count = E::count,
      .is_array = E::is_array,
  };
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
// program is seen as a std::uint64_t; `char` and `std::byte` stand for any one byte. Of a structure only the size is
// compared. Errors: type_mismatch, naming both sides.
Result<void> check_host_type(const HostType& host, const btf::Spec& types, btf::TypeId type);

}  // namespace ebpf
