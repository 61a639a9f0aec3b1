// ByteView: the one place where bytes from a file or from the kernel are looked at.
//
// A view knows its length and the byte order of what it shows. Reading past the end is not possible: `read`, `slice`
// and `c_string` answer with nullopt, and `field`, which is for records whose length was just checked by `slice`, stops
// the process rather than read out of bounds. Offsets and lengths are 64-bit and are compared so that no sum can wrap.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace ebpf {

enum class ByteOrder : std::uint8_t { little, big };

constexpr ByteOrder kHostByteOrder = std::endian::native == std::endian::little ? ByteOrder::little : ByteOrder::big;

// Reverses the bytes of an integer. (std::byteswap is C++23, but g++ 12 has it only in later libraries.)
template <std::integral T>
constexpr T byte_swap(T value) {
  using U = std::make_unsigned_t<T>;
  auto in = static_cast<U>(value);
  if constexpr (sizeof(T) == 1)
    return value;
  else if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(in));
  else if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(in));
  else
    return static_cast<T>(__builtin_bswap64(in));
}

// An integer of `order`, as the host counts; and back, the operation being its own inverse.
template <std::integral T>
constexpr T to_host(T value, ByteOrder order) {
  return order == kHostByteOrder ? value : byte_swap(value);
}

// True when [offset, offset + length) lies within [0, size), for any values.
constexpr bool in_bounds(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

constexpr bool all_zero(std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes)
    if (byte != std::byte{0}) return false;
  return true;
}

// A view of bytes that somebody else owns. Trivially copyable; as safe to share between threads as the bytes are.
class ByteView {
 public:
  constexpr ByteView() = default;
  constexpr explicit ByteView(std::span<const std::byte> bytes, ByteOrder order = kHostByteOrder)
      : bytes_(bytes), order_(order) {}

  constexpr std::span<const std::byte> span() const { return bytes_; }
  constexpr const std::byte* data() const { return bytes_.data(); }
  constexpr std::size_t size() const { return bytes_.size(); }
  constexpr bool empty() const { return bytes_.empty(); }
  constexpr ByteOrder order() const { return order_; }
  constexpr ByteView with_order(ByteOrder order) const { return ByteView(bytes_, order); }

  // [offset, offset + length), or nothing where that is not all inside.
  constexpr std::optional<ByteView> slice(std::uint64_t offset, std::uint64_t length) const {
    if (!in_bounds(offset, length, size())) return std::nullopt;
    return ByteView(bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)), order_);
  }

  // The integer at `offset`, converted from the view's byte order. No alignment is needed.
  template <std::integral T>
  std::optional<T> read(std::uint64_t offset) const {
    if (!in_bounds(offset, sizeof(T), size())) return std::nullopt;
    return load<T>(static_cast<std::size_t>(offset));
  }

  // As read(), for an offset that the caller knows to be inside. Being wrong about that stops the process.
  template <std::integral T>
  T field(std::size_t offset) const {
    if (!in_bounds(offset, sizeof(T), size())) [[unlikely]]
      __builtin_trap();
    return load<T>(offset);
  }

  // The NUL-terminated string at `offset`; nothing where it does not end inside the view.
  std::optional<std::string_view> c_string(std::uint64_t offset) const {
    if (offset >= size()) return std::nullopt;
    const auto* start = reinterpret_cast<const char*>(bytes_.data()) + offset;
    const void* end = std::memchr(start, 0, size() - static_cast<std::size_t>(offset));
    if (end == nullptr) return std::nullopt;
    return std::string_view(start, static_cast<std::size_t>(static_cast<const char*>(end) - start));
  }

 private:
  template <std::integral T>
  T load(std::size_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return to_host(value, order_);
  }

  std::span<const std::byte> bytes_;
  ByteOrder order_ = kHostByteOrder;
};

// The bytes of a trivially copyable value, for handing it to a function that takes bytes.
template <class T>
  requires std::is_trivially_copyable_v<T>
std::span<const std::byte> as_byte_span(const T& value) {
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace ebpf
