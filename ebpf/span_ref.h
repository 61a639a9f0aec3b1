// RefSpan: a row of objects in memory that is shared with BPF programs, seen through references to them: AtomicRef for
// words, StructRef (struct_ref.h) for anything longer.
//
// It is a random-access range that algorithms which only read accept, those of C++20 and the older ones. One that would
// move elements about, as sorting does, does not compile: two words of shared memory cannot be exchanged in one step.
// Elements may lie further apart than they are long: the same member of each structure in an array is such a row.
//
// As with std::span, how many elements there are is part of the type where it is known (kExtent), as it is of an array
// in a structure: size() is a constant then. Any such row is a row of std::dynamic_extent, too.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>

#include "ebpf/atomic_ref.h"
#include "ebpf/base/error.h"

namespace ebpf {

template <class Ref>
class RefIterator {
 public:
  using value_type = typename Ref::value_type;
  using difference_type = std::ptrdiff_t;
  using reference = Ref;
  using iterator_concept = std::random_access_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // C++17's: a proxy is no reference
  using pointer = void;

  RefIterator() = default;
  RefIterator(std::byte* at, std::size_t stride) : at_(at), stride_(static_cast<difference_type>(stride)) {}

  reference operator*() const { return Ref(reinterpret_cast<typename Ref::element_type*>(at_)); }
  reference operator[](difference_type n) const { return *(*this + n); }
  RefIterator& operator++() { return *this += 1; }
  RefIterator& operator--() { return *this -= 1; }
  RefIterator operator++(int) {
    auto old = *this;
    ++*this;
    return old;
  }
  RefIterator operator--(int) {
    auto old = *this;
    --*this;
    return old;
  }
  RefIterator& operator+=(difference_type n) {
    at_ += n * stride_;
    return *this;
  }
  RefIterator& operator-=(difference_type n) { return *this += -n; }
  friend RefIterator operator+(RefIterator it, difference_type n) { return it += n; }
  friend RefIterator operator+(difference_type n, RefIterator it) { return it += n; }
  friend RefIterator operator-(RefIterator it, difference_type n) { return it -= n; }
  friend difference_type operator-(RefIterator a, RefIterator b) { return (a.at_ - b.at_) / a.stride_; }
  friend bool operator==(RefIterator a, RefIterator b) { return a.at_ == b.at_; }
  friend auto operator<=>(RefIterator a, RefIterator b) { return a.at_ <=> b.at_; }

 private:
  std::byte* at_ = nullptr;
  difference_type stride_ = 1;
};

namespace view_detail {

// How many elements a row has; takes no room where its type says it.
template <std::size_t kExtent>
struct RowSize {
  explicit constexpr RowSize(std::size_t size) {
    if (size != kExtent) [[unlikely]]
      __builtin_trap();
  }
  static constexpr std::size_t count = kExtent;
};
template <>
struct RowSize<std::dynamic_extent> {
  explicit constexpr RowSize(std::size_t size) : count(size) {}
  std::size_t count;
};

}  // namespace view_detail

// Does not own the memory. May be copied, and used from several threads.
template <class Ref, std::size_t kExtent = std::dynamic_extent>
class RefSpan {
 public:
  static constexpr std::size_t extent = kExtent;
  using element_type = typename Ref::element_type;
  using iterator = RefIterator<Ref>;

  // `stride` is in bytes, from one element to the next; each element is aligned as Ref wants it. A size other than
  // kExtent stops the process.
  RefSpan(element_type* first, std::size_t size, std::size_t stride = sizeof(element_type))
      : first_(reinterpret_cast<std::byte*>(const_cast<std::remove_const_t<element_type>*>(first))),
        size_(size),
        stride_(stride) {}

  // Of the same row.
  template <std::size_t kOther>
  explicit(kExtent != std::dynamic_extent) RefSpan(const RefSpan<Ref, kOther>& other)
      : RefSpan(other.place(0), other.size(), other.stride()) {}

  constexpr std::size_t size() const { return size_.count; }
  constexpr bool empty() const { return size() == 0; }
  // In bytes, from one element to the next.
  std::size_t stride() const { return stride_; }
  // Precondition: index < size().
  Ref operator[](std::size_t index) const { return Ref(place(index)); }
  // Errors: out_of_range.
  Result<Ref> at(std::size_t index) const {
    if (index >= size()) return fail(errc::out_of_range, "index past the end of the array");
    return (*this)[index];
  }
  iterator begin() const { return iterator(first_, stride_); }
  iterator end() const { return iterator(first_ + size() * stride_, stride_); }

 protected:
  template <class, std::size_t>
  friend class RefSpan;
  element_type* place(std::size_t index) const { return reinterpret_cast<element_type*>(first_ + index * stride_); }

 private:
  std::byte* first_;
  [[no_unique_address]] view_detail::RowSize<kExtent> size_;
  std::size_t stride_;
};

// A row of atomics. AtomicSpan (memory.h) is one that keeps the mapping alive.
template <AtomicWord T, std::size_t kExtent = std::dynamic_extent>
class AtomicSpanRef : public RefSpan<AtomicRef<T>, kExtent> {
 public:
  using RefSpan<AtomicRef<T>, kExtent>::RefSpan;

  // All elements added up, each read on its own and relaxed: a total that moves on while it is formed. In 64 bits,
  // signed as T is; of floating-point numbers as double. For arrays with an element for each CPU.
  auto sum() const
    requires std::is_arithmetic_v<T>
  {
    using Total = std::conditional_t<std::is_floating_point_v<T>, double,
                                     std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;
    using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::uint64_t>;  // wraps, as the program's do
    Sum total = 0;
    for (const AtomicRef<T> element : *this)
      total += static_cast<Sum>(static_cast<Total>(element.load(std::memory_order_relaxed)));
    return static_cast<Total>(total);
  }
};

}  // namespace ebpf
