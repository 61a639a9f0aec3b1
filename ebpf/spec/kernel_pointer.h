// KernelPointer<T>: a pointer of a BPF program, and integers of 128 bits: the types that a structure of BPF C can have
// and C++ has no word of its own for.
#pragma once

#include <cstdint>

namespace ebpf {

// An address in the kernel (or in an arena) as a BPF program stores it: 8 bytes, to be compared, printed and handed
// back, never followed. T says what stands there, and may be incomplete. An aggregate, so that it can be a member of a
// packed structure. There it may be misaligned, which its functions must not be: read `address` then, or copy it first.
template <class T>
struct KernelPointer {
  std::uint64_t address;

  explicit operator bool() const { return address != 0; }
  friend bool operator==(const KernelPointer&, const KernelPointer&) = default;
};

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// Whether a type is a KernelPointer.
template <class T>
inline constexpr bool kIsKernelPointer = false;
template <class T>
inline constexpr bool kIsKernelPointer<KernelPointer<T>> = true;

}  // namespace ebpf
