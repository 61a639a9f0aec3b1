// Memory, Global<T> and AtomicSpan<T>: the values of a BPF program's global variables as C++ objects.
//
// A Memory is a mapping of an array map into this process: the very bytes that the BPF program reads and writes.
// Globals and spans are typed views into it. Each view keeps the mapping alive, so a view can outlive the Collection,
// and the map's descriptor, that it came from.
//
//     auto packets = objects.variable("packets")->as<std::uint64_t>();      // Result<Global<std::uint64_t>>
//     packets->fetch_add(1);
//     auto ports = objects.variable("ports")->as_span<std::uint16_t>();     // Result<AtomicSpan<std::uint16_t>>
//     for (std::uint16_t port : *ports) ...
//
// Needs Linux 5.5 (BPF_F_MMAPABLE); Variable::get and set work without.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>

#include "ebpf/atomic_ref.h"
#include "ebpf/base/error.h"
#include "ebpf/sys/mmap.h"

namespace ebpf {

// A shared mapping of a map's values. Copies share it; the last one to go unmaps it. Copying is safe from several
// threads.
class Memory {
 public:
  Memory() = default;
  explicit Memory(sys::Mapping mapping) : mapping_(std::make_shared<const sys::Mapping>(std::move(mapping))) {}

  explicit operator bool() const { return mapping_ != nullptr; }
  // In bytes.
  std::size_t size() const { return mapping_ ? mapping_->size() : 0; }
  // False for a frozen map, or one that programs alone may write.
  bool writable() const { return mapping_ && mapping_->writable(); }

  // Copies bytes word by word: no aligned word of up to 8 bytes is torn, but words may be of different moments.
  // Errors: out_of_range; read_only.
  Result<void> read(std::size_t offset, std::span<std::byte> out) const;
  Result<void> write(std::size_t offset, std::span<const std::byte> bytes) const;

 private:
  template <AtomicWord T>
  friend class Global;
  template <AtomicWord T>
  friend class AtomicSpan;
  friend class Variable;

  // Where the object at `offset` stands. Errors: out_of_range, type_mismatch for one that is not aligned, read_only.
  Result<std::byte*> place(std::size_t offset, std::size_t size, std::size_t alignment, bool to_write) const;

  std::shared_ptr<const sys::Mapping> mapping_;
};

// One variable of a BPF program. Global<const T> is what a constant (.rodata) gives: it has no store, so that writing
// to it does not compile. Copyable; every operation is safe from several threads and against the BPF program itself.
template <AtomicWord T>
class Global : public AtomicRef<T> {
 private:
  friend class Variable;
  Global(T* object, Memory memory) : AtomicRef<T>(object), memory_(std::move(memory)) {}

  Memory memory_;
};

// An array in a BPF program's memory: a random-access range whose elements are AtomicRef<T>.
template <AtomicWord T>
class AtomicSpan {
 public:
  class iterator {
   public:
    using value_type = std::remove_const_t<T>;
    using difference_type = std::ptrdiff_t;
    using reference = AtomicRef<T>;
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;  // C++17's: a proxy is no reference
    using pointer = void;

    iterator() = default;
    reference operator*() const { return AtomicRef<T>(at_); }
    reference operator[](difference_type n) const { return AtomicRef<T>(at_ + n); }
    iterator& operator++() { return *this += 1; }
    iterator& operator--() { return *this -= 1; }
    iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    iterator operator--(int) {
      auto old = *this;
      --*this;
      return old;
    }
    iterator& operator+=(difference_type n) {
      at_ += n;
      return *this;
    }
    iterator& operator-=(difference_type n) {
      at_ -= n;
      return *this;
    }
    friend iterator operator+(iterator it, difference_type n) { return it += n; }
    friend iterator operator+(difference_type n, iterator it) { return it += n; }
    friend iterator operator-(iterator it, difference_type n) { return it -= n; }
    friend difference_type operator-(iterator a, iterator b) { return a.at_ - b.at_; }
    friend bool operator==(iterator a, iterator b) { return a.at_ == b.at_; }
    friend auto operator<=>(iterator a, iterator b) { return a.at_ <=> b.at_; }

   private:
    friend class AtomicSpan;
    explicit iterator(T* at) : at_(at) {}
    T* at_ = nullptr;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Precondition: index < size().
  AtomicRef<T> operator[](std::size_t index) const { return AtomicRef<T>(first_ + index); }
  // Errors: out_of_range.
  Result<AtomicRef<T>> at(std::size_t index) const {
    if (index >= size_) return fail(errc::out_of_range, "index past the end of the array");
    return AtomicRef<T>(first_ + index);
  }
  iterator begin() const { return iterator(first_); }
  iterator end() const { return iterator(first_ + size_); }

 private:
  friend class Variable;
  AtomicSpan(T* first, std::size_t size, Memory memory) : first_(first), size_(size), memory_(std::move(memory)) {}

  T* first_;
  std::size_t size_;
  Memory memory_;
};

}  // namespace ebpf
