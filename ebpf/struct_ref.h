// StructRef<T>: a structure in memory that is shared with BPF programs.
//
// A copy of it is made of atomic loads, word by word, so that no member of up to 8 bytes is ever torn; members may be
// of different moments (seq_global.h is for those that must agree with each other). Members are seen by C++'s pointers
// to members, as what their type calls for:
//
//     stats.snapshot()                                   // a Stats
//     stats.field(&Stats::packets).fetch_add(1)          // an integer, bool, enumeration, …: AtomicRef
//     for (auto drops : stats.field(&Stats::drops)) …    // an array of those: AtomicSpanRef
//     stats.field(&Stats::rx).field(&Traffic::bytes)     // a structure: StructRef; an array of them: StructSpanRef
//
// None of these owns the memory: see GlobalStruct and StructSpan (memory.h), whose members' views keep the mapping.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "ebpf/atomic_ref.h"
#include "ebpf/base/bytes.h"
#include "ebpf/span_ref.h"
#include "ebpf/spec/host_type.h"
#include "ebpf/spec/kernel_pointer.h"

namespace ebpf {

template <class T>
concept PlainStruct =
    std::is_trivially_copyable_v<T> && std::is_object_v<T> && !std::is_array_v<T> && !std::is_volatile_v<T>;

template <PlainStruct T>
class StructRef;
template <PlainStruct T, std::size_t kExtent = std::dynamic_extent>
class StructSpanRef;

namespace view_detail {

// What one element of a type is seen as: a word as an atomic, everything else as a structure.
template <class E>
inline constexpr bool is_word =
    AtomicWord<E> && ((!std::is_class_v<E> && !std::is_union_v<E>) || kIsKernelPointer<std::remove_const_t<E>>);

template <class E>
struct ViewOf {
  using One = StructRef<E>;
  template <std::size_t kExtent>
  using Row = StructSpanRef<E, kExtent>;
};
template <class E>
  requires is_word<E>
struct ViewOf<E> {
  using One = AtomicRef<E>;
  template <std::size_t kExtent>
  using Row = AtomicSpanRef<E, kExtent>;
};

// The member of a structure, without touching either. The memory of a packed structure's member can be where no access
// to it is atomic: that stops the process, if it was not seen at compile time. (Variable::field says it as an error.)
template <class T, class M, class C>
auto* member_place(T* object, M C::* member) {
  using Plain = std::remove_volatile_t<M>;
  using Element = typename host_detail::Element<std::remove_cv_t<M>>::type;
  constexpr std::size_t kAlignment = is_word<Element> ? sizeof(Element) : alignof(Element);
  static_assert(alignof(T) >= alignof(Element),
                "a packed structure's members may lie across words, where no access to them is atomic");
  auto* place =
      const_cast<std::conditional_t<std::is_const_v<T>, const Plain, Plain>*>(std::addressof(object->*member));
  if (reinterpret_cast<std::uintptr_t>(place) % kAlignment != 0) [[unlikely]]
    __builtin_trap();
  return place;
}

// The view of what stands at `place`: M is its type, with the constness that the view has.
template <class M>
auto view_at(M* place) {
  using E = host_detail::Element<std::remove_cv_t<M>>;
  using Element = std::conditional_t<std::is_const_v<M>, const typename E::type, typename E::type>;
  auto* first = reinterpret_cast<Element*>(place);
  if constexpr (E::is_array)
    return typename ViewOf<Element>::template Row<E::count>(first, E::count);
  else
    return typename ViewOf<Element>::One(first);
}

}  // namespace view_detail

// T may be const: then there is nothing to write with. May be copied, and used from several threads.
template <PlainStruct T>
class StructRef {
 public:
  using value_type = std::remove_const_t<T>;
  using element_type = T;

  // `object` is aligned as T is.
  explicit StructRef(T* object) : object_(object) {}
  StructRef(const StructRef&) = default;
  StructRef& operator=(const StructRef&) & = default;

  // Where it is, to be compared; not to be read through.
  const void* address() const { return object_; }

  // A copy, word by word: no aligned word is torn, but words may be of different moments. Relaxed. A bool member of it
  // is to be trusted as far as the program is: compilers for BPF write 0 or 1 to one.
  value_type snapshot() const {
    std::array<std::byte, sizeof(T)> bytes;
    const auto* from = reinterpret_cast<const std::byte*>(object_);
    if constexpr (kWholeWords) {
      for (std::size_t at = 0; at < sizeof(T); at += 8) {
        const std::uint64_t word = __atomic_load_n(atomic_detail::as_word<8>(writable(from + at)), __ATOMIC_RELAXED);
        __builtin_memcpy(bytes.data() + at, &word, 8);
      }
    } else {
      atomic_detail::read_words(bytes.data(), from, sizeof(T));
    }
    return object_of<value_type>(bytes);
  }
  operator value_type() const { return snapshot(); }  // NOLINT(google-explicit-constructor): as AtomicRef

  // Writes all of it, padding too, word by word as snapshot() reads. Whoever else writes to it meanwhile, the program
  // or another thread, may end up with words of both.
  void write(const value_type& value) const
    requires(!std::is_const_v<T>)
  {
    atomic_detail::write_words(reinterpret_cast<std::byte*>(object_), as_byte_span(value).data(), sizeof(T));
  }

  // A member, of this structure or of one that it derives from. Precondition: it is aligned to its size, as in every
  // structure that is not packed.
  template <class M, class C>
    requires(std::is_object_v<M> && std::is_convertible_v<T*, const C*>)
  auto field(M C::* member) const {
    return view_detail::view_at(view_detail::member_place(object_, member));
  }

 private:
  // What a loop in place copies faster than a call; the rest is for read_words.
  static constexpr bool kWholeWords = alignof(T) >= 8 && sizeof(T) <= 256;
  static std::byte* writable(const std::byte* place) { return const_cast<std::byte*>(place); }

  T* object_;
};

// A row of structures. StructSpan (memory.h) is one that keeps the mapping alive.
template <PlainStruct T, std::size_t kExtent>
class StructSpanRef : public RefSpan<StructRef<T>, kExtent> {
 public:
  using RefSpan<StructRef<T>, kExtent>::RefSpan;

  // The same member of every structure, as a row: AtomicSpanRef, or StructSpanRef for a member that is a structure.
  // For members that are no arrays. Precondition: the row is not empty, and as StructRef::field().
  template <class M, class C>
    requires(std::is_object_v<M> && std::is_convertible_v<T*, const C*>)
  auto field(M C::* member) const {
    using E = host_detail::Element<std::remove_cv_t<M>>;
    static_assert(!E::is_array, "a row of arrays: field(member, index) is the row of one element");
    auto* first = view_detail::member_place(this->place(0), member);
    using Row = typename view_detail::ViewOf<std::remove_pointer_t<decltype(first)>>::template Row<kExtent>;
    return Row(first, this->size(), this->stride());
  }

  // The same for one element of a member that is an array: bucket `index` of each CPU's histogram. All dimensions of
  // the array are in a row. Precondition: index is less than their product, and as above.
  template <class M, class C>
    requires(std::is_object_v<M> && std::is_convertible_v<T*, const C*>)
  auto field(M C::* member, std::size_t index) const {
    auto* first = view_detail::member_place(this->place(0), member);
    using E = host_detail::Element<std::remove_cv_t<M>>;
    static_assert(E::is_array, "the member is no array: field(member) is the row of it");
    using Element = std::conditional_t<std::is_const_v<T>, const typename E::type, typename E::type>;
    using Row = typename view_detail::ViewOf<Element>::template Row<kExtent>;
    return Row(reinterpret_cast<Element*>(first) + index, this->size(), this->stride());
  }

  // A member's sum over all structures, or that of one element of it: of per-CPU counters. As AtomicSpanRef::sum().
  template <class M, class C>
  auto sum(M C::* member) const {
    return field(member).sum();
  }
  template <class M, class C>
  auto sum(M C::* member, std::size_t index) const {
    return field(member, index).sum();
  }
};

}  // namespace ebpf
