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
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace ebpf {

// What can be read and written as one.
template <class T>
concept AtomicWord = std::is_trivially_copyable_v<T> && !std::is_volatile_v<T> &&
                     (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

// T may be const: then there is nothing to write with. Does not own the memory, see Global and AtomicSpan. May be
// copied, and used from several threads.
template <AtomicWord T>
class AtomicRef {
 public:
  using value_type = std::remove_const_t<T>;

  // `object` is aligned to its size.
  explicit AtomicRef(T* object) : object_(object) {}

  value_type load(std::memory_order order = std::memory_order_seq_cst) const {
    if constexpr (std::same_as<value_type, bool>) {
      // A BPF program may have left any byte here; only 0 and 1 may become a bool.
      return __atomic_load_n(reinterpret_cast<const std::uint8_t*>(object_), static_cast<int>(order)) != 0;
    } else {
      value_type out;
      __atomic_load(const_cast<value_type*>(object_), &out, static_cast<int>(order));
      return out;
    }
  }
  operator value_type() const { return load(); }  // NOLINT(google-explicit-constructor): as std::atomic_ref

  void store(value_type value, std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    __atomic_store(object_, &value, static_cast<int>(order));
  }

  value_type exchange(value_type value, std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    value_type out;
    __atomic_exchange(object_, &value, &out, static_cast<int>(order));
    return out;
  }

  // Where the object holds `expected`, writes `desired` and returns true; otherwise puts what it holds into `expected`.
  bool compare_exchange(value_type& expected, value_type desired,
                        std::memory_order order = std::memory_order_seq_cst) const
    requires(!std::is_const_v<T>)
  {
    return __atomic_compare_exchange(object_, &expected, &desired, /*weak=*/false, static_cast<int>(order),
                                     static_cast<int>(failure_order(order)));
  }

  // Integers only. Each returns what was there before.
  value_type fetch_add(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires(std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>)
  {
    return __atomic_fetch_add(object_, n, static_cast<int>(order));
  }
  value_type fetch_sub(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires(std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>)
  {
    return __atomic_fetch_sub(object_, n, static_cast<int>(order));
  }
  value_type fetch_and(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires(std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>)
  {
    return __atomic_fetch_and(object_, n, static_cast<int>(order));
  }
  value_type fetch_or(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires(std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>)
  {
    return __atomic_fetch_or(object_, n, static_cast<int>(order));
  }
  value_type fetch_xor(value_type n, std::memory_order order = std::memory_order_seq_cst) const
    requires(std::integral<T> && !std::same_as<T, bool> && !std::is_const_v<T>)
  {
    return __atomic_fetch_xor(object_, n, static_cast<int>(order));
  }

 private:
  // A failed exchange only reads: release means nothing for it.
  static constexpr std::memory_order failure_order(std::memory_order order) {
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order;
  }

  T* object_;
};

}  // namespace ebpf
