// Variable: a global or static variable of a program that is loaded.
//
// `as<T>` and `as_span<T>` check the C++ type against the variable once and give views whose accesses are single
// instructions. `get` and `set` copy the whole variable; they also work where the map cannot be mapped into memory
// (Linux before 5.5, or a map made without BPF_F_MMAPABLE): then they read and write the map, which is not atomic in
// any way: a `set` reads the whole section, changes its part and writes it back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/memory.h"
#include "ebpf/spec/host_type.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

// Move-only; const methods are safe from several threads.
class Variable {
 public:
  std::string name;  // of a function's static variable: "function.variable"

  const std::string& section() const { return section_; }
  // In bytes, from the section's beginning.
  std::uint32_t offset() const { return offset_; }
  // In bytes.
  std::uint32_t size() const { return size_; }
  // Its VAR in types(); 0 without BTF.
  btf::TypeId type() const { return type_; }
  const btf::Spec& types() const { return types_; }
  // In .rodata: nobody can write to it once the program is loaded.
  bool is_constant() const { return is_constant_; }
  // Whether views of its memory can be had; otherwise get and set go through the map and are not atomic.
  bool is_mapped() const { return static_cast<bool>(memory_); }

  // The variable as an atomic of type T, of 1, 2, 4 or 8 bytes; `const T` for a constant. Errors: type_mismatch naming
  // both types; read_only for a constant seen through a T that is not const; not_supported where it is not mapped.
  template <AtomicWord T>
  Result<Global<T>> as() const {
    EBPF_TRY(std::byte * place, view(host_type<T>(), sizeof(T), !std::is_const_v<T>));
    return Global<T>(reinterpret_cast<T*>(place), memory_);
  }

  // An array of T, with all its dimensions in a row. Errors: as as().
  template <AtomicWord T>
  Result<AtomicSpan<T>> as_span() const {
    HostType host = host_type<T>();
    host.is_array = true;
    host.count = static_cast<std::uint32_t>(size_ / sizeof(T));
    host.size = static_cast<std::uint32_t>(host.count * sizeof(T));
    EBPF_TRY(std::byte * place, view(host, sizeof(T), !std::is_const_v<T>));
    return AtomicSpan<T>(reinterpret_cast<T*>(place), host.count, memory_);
  }

  // A copy of it. No aligned word is torn, but the words of a larger object may be of different moments.
  // Errors: type_mismatch.
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
  Variable(const VariableSpec& spec, Memory memory)
      : name(spec.name),
        section_(spec.section),
        offset_(spec.offset),
        size_(spec.size),
        type_(spec.type),
        types_(spec.types),
        is_constant_(spec.is_constant),
        memory_(std::move(memory)) {}

  Result<void> check(const HostType& host) const;
  Result<std::byte*> view(const HostType& host, std::size_t alignment, bool to_write) const;
  Result<void> read_section(std::span<std::byte> section) const;

  std::string section_;
  std::uint32_t offset_;
  std::uint32_t size_;
  btf::TypeId type_;
  btf::Spec types_;
  bool is_constant_;
  Memory memory_;
  Fd map_;  // only where it is not mapped
  std::uint32_t section_size_ = 0;
};

}  // namespace ebpf
