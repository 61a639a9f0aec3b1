// AtomicRef<T>: one object in memory that is shared with BPF programs, seen as an atomic.
//
// The other side writes with plain stores or with BPF's atomic instructions, on other CPUs, at any time. Every access
// here is an atomic operation on an aligned object of 1, 2, 4 or 8 bytes, so that none tears, none is left out or
// repeated by the compiler, and ThreadSanitizer has nothing to say. A load compiles to one `mov`.
//
// The operations and their defaults are those of std::atomic_ref, which for a const T needs C++26. Memory orders pair
// with what the BPF program does: the kernel's atomic instructions that return a value are sequentially consistent,
// those that do not are relaxed, and so is a plain store (Documentation/bpf/standardization/instruction-set.rst; the
// kernel's Documentation/atomic_t.txt).
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ebpf {

// What can be read and written as one.
template <class T>
concept AtomicWord = std::is_trivially_copyable_v<T> && !std::is_volatile_v<T> &&
                     (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

// What can be added to.
template <class T>
concept AtomicInteger = AtomicWord<T> && std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>;

namespace atomic_detail {

// Every access is one to an unsigned integer of the object's size, whatever T is: a compiler that saw a structure of
// two 32-bit numbers would think it not aligned enough, and call a library for it. The integer may alias T.
using Word1 [[gnu::may_alias]] = std::uint8_t;
using Word2 [[gnu::may_alias]] = std::uint16_t;
using Word4 [[gnu::may_alias]] = std::uint32_t;
using Word8 [[gnu::may_alias]] = std::uint64_t;

template <std::size_t Size>
auto* as_word(void* object) {
  if constexpr (Size == 1)
    return static_cast<Word1*>(object);
  else if constexpr (Size == 2)
    return static_cast<Word2*>(object);
  else if constexpr (Size == 4)
    return static_cast<Word4*>(object);
  else
    return static_cast<Word8*>(object);
}

// A BPF program may have left any byte in a bool; only 0 and 1 may become one here.
template <class T, class Word>
T from_word(Word word) {
  if constexpr (std::same_as<T, bool>)
    return word != 0;
  else
    return std::bit_cast<T>(static_cast<std::remove_cv_t<Word>>(word));
}

// Copies between ordinary memory and shared memory, in words as long as the shared address and the rest allow: no
// aligned word of up to 8 bytes is torn, but words may be of different moments. Relaxed.
void read_words(std::byte* to, const std::byte* shared, std::size_t size);
void write_words(std::byte* shared, const std::byte* from, std::size_t size);

}  // namespace atomic_detail

// T may be const: then there is nothing to write with. Does not own the memory, see Global and AtomicSpan (memory.h).
// May be copied, and used from several threads.
template <AtomicWord T>
class AtomicRef {
 public:
  using value_type = std::remove_const_t<T>;

  using element_type = T;

  // `object` is aligned to its size.
  explicit AtomicRef(T* object) : object_(object) {}
  AtomicRef(const AtomicRef&) = default;
  // Refers to another object from now on; only for one that has a name: `span[0] = span[1]` does not compile.
  AtomicRef& operator=(const AtomicRef&) & = default;

  // Where it is, to be compared; not to be read through.
  const void* address() const { return object_; }

  value_type load(std::memory_order order = std::memory_order_seq_cst) const {
    return value(__atomic_load_n(word(), static_cast<int>(order)));
  }
  operator value_type() const { return load(); }  // NOLINT(google-explicit-constructor): as std::atomic_ref

  void store(value_type value, std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    __atomic_store_n(word(), bits(value), static_cast<int>(order));
  }

  value_type exchange(value_type value, std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    return this->value(__atomic_exchange_n(word(), bits(value), static_cast<int>(order)));
  }

  // Where the object holds `expected`, writes `desired` and returns true; otherwise puts what it holds into `expected`.
  // All bits are compared, padding included.
  bool compare_exchange(value_type& expected, value_type desired,
                        std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    Bits seen = bits(expected);
    const bool done = __atomic_compare_exchange_n(word(), &seen, bits(desired), /*weak=*/false, static_cast<int>(order),
                                                  static_cast<int>(failure_order(order)));
    if (!done) expected = value(seen);
    return done;
  }

  // Integers only. Each returns what was there before.
  value_type fetch_add(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires AtomicInteger<T>
  {
    return value(__atomic_fetch_add(word(), bits(n), static_cast<int>(order)));
  }
  value_type fetch_sub(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires AtomicInteger<T>
  {
    return value(__atomic_fetch_sub(word(), bits(n), static_cast<int>(order)));
  }
  value_type fetch_and(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires AtomicInteger<T>
  {
    return value(__atomic_fetch_and(word(), bits(n), static_cast<int>(order)));
  }
  value_type fetch_or(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires AtomicInteger<T>
  {
    return value(__atomic_fetch_or(word(), bits(n), static_cast<int>(order)));
  }
  value_type fetch_xor(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires AtomicInteger<T>
  {
    return value(__atomic_fetch_xor(word(), bits(n), static_cast<int>(order)));
  }

 private:
  using Bits = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                                     std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;

  auto* word() const { return atomic_detail::as_word<sizeof(T)>(const_cast<value_type*>(object_)); }
  static Bits bits(value_type value) { return std::bit_cast<Bits>(value); }
  static value_type value(Bits word) { return atomic_detail::from_word<value_type>(word); }

  // A failed exchange only reads: release means nothing for it.
  static constexpr std::memory_order failure_order(std::memory_order order) {
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order;
  }

  T* object_;
};

}  // namespace ebpf
