// SeqGlobal<T>: a structure in a BPF program's memory whose members must agree with each other: copies of it are of one
// moment, although it is written to meanwhile.
//
// A sequence counter stands beside it, odd while somebody writes. A reader that saw it odd or changed reads again; a
// writer waits for nobody. The program's side is bpf/include/ebpf/seq.h, which says what it asks of writers:
//
//     auto totals = objects.variable("totals")->as_seq<const Totals>(&Totals::sequence);   // Result<SeqGlobal<…>>
//     auto copy = totals->snapshot();                                                      // Result<Totals>
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/memory.h"

namespace ebpf {

// T may be const, where the program alone writes. Keeps the mapping alive; may be copied, and used from several
// threads.
template <PlainStruct T>
class SeqGlobal {
 public:
  using Counter = std::conditional_t<std::is_const_v<T>, const std::uint64_t, std::uint64_t>;
  using value_type = std::remove_const_t<T>;

  // How often is tried. A write by a program takes well under a microsecond, a try some nanoseconds; a program that was
  // put off in the middle of a write, where it may be, or that never ended one, can keep the counter odd for longer.
  static constexpr std::uint32_t kTries = 1'000'000;

  // The counter of a structure may be a member of it, or a variable of its own.
  SeqGlobal(GlobalStruct<T> object, Global<Counter> counter)
      : object_(std::move(object)), counter_(std::move(counter)) {}
  // A member: ebpf::SeqGlobal totals(object->bss.totals, &counter::totals::sequence) of a generated header's view.
  SeqGlobal(GlobalStruct<T> object, std::uint64_t std::remove_const_t<T>::* counter)
      : object_(std::move(object)), counter_(object_.field(counter)) {}

  // A copy of one moment, the counter in it included where it is a member. Allocates nothing. Errors: busy where the
  // structure was being written to each time that was tried.
  Result<value_type> snapshot(std::uint32_t tries = kTries) const {
    for (std::uint32_t i = 0; i < tries; ++i) {
      const std::uint64_t before = counter_.load(std::memory_order_acquire);
      if (before % 2 != 0) {
        pause();
        continue;
      }
      const value_type copy = object_.snapshot();
      std::atomic_thread_fence(std::memory_order_acquire);
      if (counter_.load(std::memory_order_relaxed) == before) return copy;
    }
    return fail(errc::busy, "the structure is being written to, or a writer has not come to its end");
  }

  // Writes all of it but the counter, which readers see as one change. Threads that write wait for each other; a
  // program must not write to it, too. Errors: busy where the counter stays odd.
  Result<void> write(const value_type& value, std::uint32_t tries = kTries) const
    requires(!std::is_const_v<T>)
  {
    for (std::uint32_t i = 0; i < tries; ++i) {
      std::uint64_t even = counter_.load(std::memory_order_relaxed);
      if (even % 2 != 0 || !counter_.compare_exchange(even, even + 1, std::memory_order_acquire)) {
        pause();
        continue;
      }
      std::atomic_thread_fence(std::memory_order_release);
      write_around_counter(value);
      counter_.store(even + 2, std::memory_order_release);
      return {};
    }
    return fail(errc::busy, "somebody else is writing to the structure, or has not come to an end with it");
  }

  // Twice the number of writes so far, and one more while one is under way: whether anything changed costs one load.
  std::uint64_t sequence() const { return counter_.load(std::memory_order_acquire); }

 private:
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  void write_around_counter(const value_type& value) const {
    const auto bytes = as_byte_span(value);
    auto* object = const_cast<std::byte*>(static_cast<const std::byte*>(object_.address()));
    const auto* counter = static_cast<const std::byte*>(counter_.address());
    const bool inside = counter >= object && counter < object + sizeof(T);
    if (!inside) return object_.write(value);
    const auto at = static_cast<std::size_t>(counter - object);
    const std::size_t behind = at + sizeof(std::uint64_t);
    atomic_detail::write_words(object, bytes.data(), at);
    atomic_detail::write_words(object + behind, bytes.data() + behind, sizeof(T) - behind);
  }

  GlobalStruct<T> object_;
  Global<Counter> counter_;
};

}  // namespace ebpf
