// Memory, and the typed views into it: the values of a BPF program's global variables as C++ objects.
//
// A Memory is a mapping of an array map into this process: the very bytes that the BPF program reads and writes. Each
// view keeps the mapping alive, so a view can outlive the Collection, and the map's descriptor, that it came from.
//
//     auto packets = objects.variable("packets")->as<std::uint64_t>();      // Result<Global<std::uint64_t>>
//     packets->fetch_add(1);
//     auto ports = objects.variable("ports")->as_span<std::uint16_t>();     // Result<AtomicSpan<std::uint16_t>>
//     for (std::uint16_t port : *ports) ...
//     auto stats = objects.variable("stats")->as_struct<Stats>();           // Result<GlobalStruct<Stats>>
//     stats->field(&Stats::drops).load();
//
// Each view is a reference to shared memory and a share in the mapping:
//
//     a word        AtomicRef      (atomic_ref.h)   Global
//     its array     AtomicSpanRef  (span_ref.h)     AtomicSpan
//     a structure   StructRef      (struct_ref.h)   GlobalStruct
//     its array     StructSpanRef                   StructSpan
//
// A view of a const type is what constants (.rodata) give: it has nothing to write with. Views can be copied; every
// operation is safe from several threads and against the BPF program itself. Elements of a span, and what its iterators
// give, are plain references: they need the span, or another view of the same memory, to be there; element() is one
// that does not.
//
// Needs Linux 5.5 (BPF_F_MMAPABLE); Variable::get and set work without.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "ebpf/atomic_ref.h"
#include "ebpf/base/error.h"
#include "ebpf/span_ref.h"
#include "ebpf/struct_ref.h"
#include "ebpf/sys/mmap.h"

namespace ebpf {

template <AtomicWord T>
class Global;
template <AtomicWord T, std::size_t kExtent = std::dynamic_extent>
class AtomicSpan;
template <PlainStruct T>
class GlobalStruct;
template <PlainStruct T, std::size_t kExtent = std::dynamic_extent>
class StructSpan;

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

  // Views of what stands `offset` bytes into it; what that is, the caller knows. Errors: out_of_range; type_mismatch
  // for a place that is not aligned as the view needs it (a word to its size, a structure as C++ does); read_only for a
  // T that is not const, where writable() is false; not_supported where nothing is mapped.
  template <AtomicWord T>
  Result<Global<T>> as(std::size_t offset) const;
  template <PlainStruct T>
  Result<GlobalStruct<T>> as_struct(std::size_t offset) const;
  // Rows of `count` elements, `stride` bytes from one to the next. In a mapped array map of more than one element the
  // stride is the value's size rounded up to 8.
  template <AtomicWord T>
  Result<AtomicSpan<T>> as_span(std::size_t offset, std::size_t count, std::size_t stride = sizeof(T)) const;
  template <PlainStruct T>
  Result<StructSpan<T>> as_struct_span(std::size_t offset, std::size_t count, std::size_t stride = sizeof(T)) const;

  // Copies bytes word by word: no aligned word of up to 8 bytes is torn, but words may be of different moments.
  // Errors: out_of_range; read_only.
  Result<void> read(std::size_t offset, std::span<std::byte> out) const;
  Result<void> write(std::size_t offset, std::span<const std::byte> bytes) const;

 private:
  // Where the object at `offset` stands. Errors: out_of_range, type_mismatch for one that is not aligned, read_only.
  Result<std::byte*> place(std::size_t offset, std::size_t size, std::size_t alignment, bool to_write) const;
  // The same for `count` objects. Errors: also type_mismatch for a stride that is too short or not aligned.
  Result<std::byte*> place_row(std::size_t offset, std::size_t size, std::size_t count, std::size_t stride,
                               std::size_t alignment, bool to_write) const;

  std::shared_ptr<const sys::Mapping> mapping_;
};

// The view that keeps `memory` alive for a reference into it.
template <AtomicWord T>
auto keep(AtomicRef<T> ref, Memory memory) {
  return Global<T>(ref, std::move(memory));
}
template <AtomicWord T, std::size_t kExtent>
auto keep(AtomicSpanRef<T, kExtent> ref, Memory memory) {
  return AtomicSpan<T, kExtent>(ref, std::move(memory));
}
template <PlainStruct T>
auto keep(StructRef<T> ref, Memory memory) {
  return GlobalStruct<T>(ref, std::move(memory));
}
template <PlainStruct T, std::size_t kExtent>
auto keep(StructSpanRef<T, kExtent> ref, Memory memory) {
  return StructSpan<T, kExtent>(ref, std::move(memory));
}

// One variable of a BPF program, or a member of one, of 1, 2, 4 or 8 bytes.
template <AtomicWord T>
class Global : public AtomicRef<T> {
 public:
  Global(AtomicRef<T> ref, Memory memory) : AtomicRef<T>(ref), memory_(std::move(memory)) {}

 private:
  Memory memory_;
};

// An array of words in a BPF program's memory: a random-access range whose elements are AtomicRef<T>.
// AtomicSpan<T, 16> is one of so many; it is an AtomicSpan<T>, too.
template <AtomicWord T, std::size_t kExtent>
class AtomicSpan : public AtomicSpanRef<T, kExtent> {
 public:
  AtomicSpan(AtomicSpanRef<T, kExtent> ref, Memory memory)
      : AtomicSpanRef<T, kExtent>(ref), memory_(std::move(memory)) {}
  template <std::size_t kOther>
  explicit(kExtent != std::dynamic_extent) AtomicSpan(const AtomicSpan<T, kOther>& other)
      : AtomicSpanRef<T, kExtent>(other), memory_(other.memory_) {}

  // (*this)[index] that keeps the mapping. Precondition: index < size().
  Global<T> element(std::size_t index) const { return keep((*this)[index], memory_); }

 private:
  template <AtomicWord, std::size_t>
  friend class AtomicSpan;
  Memory memory_;
};

// A structure in a BPF program's memory. field() gives views that keep the mapping, too.
template <PlainStruct T>
class GlobalStruct : public StructRef<T> {
 public:
  GlobalStruct(StructRef<T> ref, Memory memory) : StructRef<T>(ref), memory_(std::move(memory)) {}

  template <class M, class C>
  auto field(M C::* member) const {
    return keep(StructRef<T>::field(member), memory_);
  }

 private:
  Memory memory_;
};

// An array of structures in a BPF program's memory: a random-access range whose elements are StructRef<T>.
template <PlainStruct T, std::size_t kExtent>
class StructSpan : public StructSpanRef<T, kExtent> {
 public:
  StructSpan(StructSpanRef<T, kExtent> ref, Memory memory)
      : StructSpanRef<T, kExtent>(ref), memory_(std::move(memory)) {}
  template <std::size_t kOther>
  explicit(kExtent != std::dynamic_extent) StructSpan(const StructSpan<T, kOther>& other)
      : StructSpanRef<T, kExtent>(other), memory_(other.memory_) {}

  // (*this)[index] that keeps the mapping. Precondition: index < size().
  GlobalStruct<T> element(std::size_t index) const { return keep((*this)[index], memory_); }

  template <class M, class C>
  auto field(M C::* member) const {
    return keep(StructSpanRef<T, kExtent>::field(member), memory_);
  }
  template <class M, class C>
  auto field(M C::* member, std::size_t index) const {
    return keep(StructSpanRef<T, kExtent>::field(member, index), memory_);
  }

 private:
  template <PlainStruct, std::size_t>
  friend class StructSpan;
  Memory memory_;
};

template <AtomicWord T>
Result<Global<T>> Memory::as(std::size_t offset) const {
  EBPF_TRY(std::byte * at, place(offset, sizeof(T), sizeof(T), !std::is_const_v<T>));
  return Global<T>(AtomicRef<T>(reinterpret_cast<T*>(at)), *this);
}

template <PlainStruct T>
Result<GlobalStruct<T>> Memory::as_struct(std::size_t offset) const {
  EBPF_TRY(std::byte * at, place(offset, sizeof(T), alignof(T), !std::is_const_v<T>));
  return GlobalStruct<T>(StructRef<T>(reinterpret_cast<T*>(at)), *this);
}

template <AtomicWord T>
Result<AtomicSpan<T>> Memory::as_span(std::size_t offset, std::size_t count, std::size_t stride) const {
  EBPF_TRY(std::byte * at, place_row(offset, sizeof(T), count, stride, sizeof(T), !std::is_const_v<T>));
  return AtomicSpan<T>(AtomicSpanRef<T>(reinterpret_cast<T*>(at), count, stride), *this);
}

template <PlainStruct T>
Result<StructSpan<T>> Memory::as_struct_span(std::size_t offset, std::size_t count, std::size_t stride) const {
  EBPF_TRY(std::byte * at, place_row(offset, sizeof(T), count, stride, alignof(T), !std::is_const_v<T>));
  return StructSpan<T>(StructSpanRef<T>(reinterpret_cast<T*>(at), count, stride), *this);
}

}  // namespace ebpf
