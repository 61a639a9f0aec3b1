// Variable: a global or static variable of a program that is loaded, or a part of one.
//
// `as<T>`, `as_span<T>`, `as_struct<T>` and `as_struct_span<T>` check the C++ type against the variable once and give
// views (memory.h) whose accesses are single instructions. `field` leads to a member or an element by its path in C's
// words, "rx.queues[3].packets", which is a variable again.
//
// `get` and `set` copy the whole variable; they also work where the map cannot be mapped into memory (Linux before 5.5,
// or a map made without BPF_F_MMAPABLE): then they read and write the map, which is not atomic in any way: a `set`
// reads the whole section, changes its part and writes it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/memory.h"
#include "ebpf/seq_global.h"
#include "ebpf/spec/host_type.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

class Map;

// Copies are of the same variable. Const methods are safe from several threads.
class Variable {
 public:
  std::string name;  // of a function's static variable: "function.variable"; of a part of one: with its path

  const std::string& section() const { return section_; }
  // In bytes, from the section's beginning.
  std::uint32_t offset() const { return offset_; }
  // In bytes.
  std::uint32_t size() const { return size_; }
  // Its VAR in types(), or the type of a part; 0 without BTF.
  btf::TypeId type() const { return type_; }
  const btf::Spec& types() const { return types_; }
  // In .rodata: nobody can write to it once the program is loaded.
  bool is_constant() const { return is_constant_; }
  // Of a file or a function, which no other file of the program sees; and __hidden, which was for its own files alone.
  bool is_static() const { return is_static_; }
  bool is_hidden() const { return is_hidden_; }
  // Whether views of its memory can be had; otherwise get and set go through the map and are not atomic.
  bool is_mapped() const { return static_cast<bool>(memory_); }

  // The variable as an atomic of type T, of 1, 2, 4 or 8 bytes; `const T` for a constant. Errors: type_mismatch naming
  // both types; read_only for a constant seen through a T that is not const; not_supported where it is not mapped.
  template <AtomicWord T>
  Result<Global<T>> as() const {
    EBPF_CHECK(check_view(host_type<T>(), !std::is_const_v<T>));
    return named(memory_.as<T>(offset_));
  }

  // An array of T, with all its dimensions in a row; as_span<T, 16>() of so many. Errors: as as(), and type_mismatch
  // for another number of elements.
  template <AtomicWord T, std::size_t kExtent = std::dynamic_extent>
  Result<AtomicSpan<T, kExtent>> as_span() const {
    const HostType host = row_type<T, kExtent>();
    EBPF_CHECK(check_view(host, !std::is_const_v<T>));
    EBPF_TRY(const AtomicSpan<T>& row, named(memory_.as_span<T>(offset_, host.count)));
    return AtomicSpan<T, kExtent>(row);
  }

  // A structure or union of any size. T is laid out as the program's: compared are the sizes, and what T says of its
  // members (EBPF_MEMBERS). Errors: as as().
  template <PlainStruct T>
  Result<GlobalStruct<T>> as_struct() const {
    EBPF_CHECK(check_view(host_type<T>(), !std::is_const_v<T>));
    return named(memory_.as_struct<T>(offset_));
  }

  // An array of structures, with all its dimensions in a row. Errors: as as_span().
  template <PlainStruct T, std::size_t kExtent = std::dynamic_extent>
  Result<StructSpan<T, kExtent>> as_struct_span() const {
    const HostType host = row_type<T, kExtent>();
    EBPF_CHECK(check_view(host, !std::is_const_v<T>));
    EBPF_TRY(const StructSpan<T>& row, named(memory_.as_struct_span<T>(offset_, host.count)));
    return StructSpan<T, kExtent>(row);
  }

  // A structure with a sequence counter among its members, whose copies are of one moment: as_seq<Totals>(
  // &Totals::sequence), or of `const Totals` where the program alone writes. Errors: as as().
  template <PlainStruct T>
  Result<SeqGlobal<T>> as_seq(std::uint64_t std::remove_const_t<T>::*counter) const {
    EBPF_TRY(const GlobalStruct<T>& object, as_struct<T>());
    return SeqGlobal<T>(object, counter);
  }

  // A member or an element, by its path in C's words: "rx.packets", "drops[2]", "[1].packets" in an array. Errors:
  // not_found and out_of_range, which name the part of the path; unsupported_input for a bit-field, which shares its
  // word with others; invalid_argument for a path that is none, and without BTF.
  Result<Variable> field(std::string_view path) const;
  // The views of one, in one step.
  template <AtomicWord T>
  Result<Global<T>> field(std::string_view path) const {
    EBPF_TRY(const Variable& part, field(path));
    return part.as<T>();
  }
  template <AtomicWord T, std::size_t kExtent = std::dynamic_extent>
  Result<AtomicSpan<T, kExtent>> field_span(std::string_view path) const {
    EBPF_TRY(const Variable& part, field(path));
    return part.as_span<T, kExtent>();
  }

  // A copy, of a structure most of all, of which no aligned word is torn; words may be of different moments. As
  // as_struct<const T>()->snapshot(), and with its errors: not_supported where it is not mapped.
  template <PlainStruct T>
  Result<T> snapshot() const {
    EBPF_TRY(const GlobalStruct<const T>& view, as_struct<const T>());
    return view.snapshot();
  }

  // A copy of it, by way of the memory, as snapshot(), or else of the map. Errors: type_mismatch.
  template <class T>
  Result<T> get() const {
    static_assert(std::is_trivially_copyable_v<T>);
    std::array<std::byte, sizeof(T)> bytes;
    EBPF_CHECK(check(host_type<T>()));
    EBPF_CHECK(read(bytes));
    return object_of<T>(bytes);
  }

  // Errors: type_mismatch; read_only for a constant.
  template <class T>
  Result<void> set(const T& value) const {
    static_assert(std::is_trivially_copyable_v<T>);
    EBPF_CHECK(check(host_type<T>()));
    return write(as_byte_span(value));
  }

  // The same for all its bytes, whatever their type. Errors: type_mismatch where there are not size() of them.
  Result<void> read(std::span<std::byte> out) const;
  Result<void> write(std::span<const std::byte> bytes) const;

 private:
  friend class Collection;
  friend class SkeletonLoader;
  friend Result<std::vector<Variable>> variables_of(const Map& map);

  // Where the variables of a map are: in memory, or behind a descriptor.
  struct Storage {
    Memory memory;
    std::shared_ptr<const Fd> map;
    std::uint32_t size;  // of the section, in bytes
  };
  // Maps it where that is wanted and the map has the flag for it; to be read only, where `to_write` is not.
  static Result<Storage> storage_of(const Map& map, bool mapped, bool to_write);

  Variable() = default;
  Variable(const VariableSpec& spec, Storage storage)
      : name(spec.name),
        section_(spec.section),
        offset_(spec.offset),
        size_(spec.size),
        type_(spec.type),
        types_(spec.types),
        is_constant_(spec.is_constant),
        is_static_(spec.is_static),
        is_hidden_(spec.is_hidden),
        memory_(std::move(storage.memory)),
        map_(std::move(storage.map)),
        section_size_(storage.size) {}

  template <class T, std::size_t kExtent>
  HostType row_type() const {
    if constexpr (kExtent == std::dynamic_extent)
      return row_of(host_type<T>(), size_);
    else
      return host_type<T[kExtent]>();
  }
  Result<void> check(const HostType& host) const;
  // check(), and whether a view of that kind can be had.
  Result<void> check_view(const HostType& host, bool to_write) const;
  Result<void> read_section(std::span<std::byte> section) const;
  Failure in_words(Error&& error) const;
  template <class View>
  Result<View> named(Result<View> view) const {
    if (!view) [[unlikely]]
      return in_words(std::move(view).error());
    return view;
  }

  std::string section_;
  std::uint32_t offset_;
  std::uint32_t size_;
  btf::TypeId type_;
  btf::Spec types_;
  bool is_constant_;
  bool is_static_;
  bool is_hidden_;
  Memory memory_;
  std::shared_ptr<const Fd> map_;  // only where it is not mapped
  std::uint32_t section_size_;
};

}  // namespace ebpf
