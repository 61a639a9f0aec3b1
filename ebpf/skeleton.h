// What the headers that bpf2cpp writes are made of: finding the parts of an object by name, once, with their types.
// Programs include a generated header and not this one.
//
// A generated Spec asks a SkeletonSpec for its parts in its constructor, a generated Object a SkeletonLoader. Both give
// something for every question and remember the first error; what was made after an error is thrown away without having
// been used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/collection.h"
#include "ebpf/link/link.h"
#include "ebpf/memory.h"
#include "ebpf/spec/kernel_pointer.h"
#include "ebpf/spec/spec.h"
#include "ebpf/typed_map.h"
#include "ebpf/typed_program.h"

namespace ebpf {

// A variable of a data section, as the generated header has it.
struct SkeletonVariable {
  std::string_view name;
  std::uint32_t offset;  // in bytes, from the section's beginning
  std::uint32_t size;    // in bytes
};

struct SkeletonSection {
  std::string_view name;
  std::uint32_t size;  // in bytes
};

// The text in a fixed array, up to its first NUL or its end.
template <std::size_t N>
constexpr std::string_view text_of(const std::array<char, N>& characters) {
  const std::string_view all(characters.data(), N);
  return all.substr(0, all.find('\0'));
}

namespace skeleton_detail {
// Internal: what a structure with a flexible array has behind it, `offset` bytes from its beginning.
template <class T, class Struct>
auto* flexible_array(Struct* object, std::size_t offset) {
  using Byte = std::conditional_t<std::is_const_v<Struct>, const std::byte, std::byte>;
  using Element = std::conditional_t<std::is_const_v<Struct>, const T, T>;
  return reinterpret_cast<Element*>(reinterpret_cast<Byte*>(object) + offset);
}
}  // namespace skeleton_detail

// Asked by a generated Spec.
class SkeletonSpec {
 public:
  explicit SkeletonSpec(CollectionSpec spec) : spec_(std::make_unique<CollectionSpec>(std::move(spec))) {}

  template <class Spec>
  static Result<Spec> open(std::span<const std::byte> object, std::string_view name) {
    return make<Spec>(CollectionSpec::parse(object, name));
  }
  template <class Spec>
  static Result<Spec> open_file(const std::string& path) {
    return make<Spec>(CollectionSpec::read_file(path));
  }

  // Valid as long as what take() gives.
  MapSpec& map(std::string_view name);
  ProgramSpec& program(std::string_view name);

  // A structure with the section's initial bytes.
  template <class Section>
  std::unique_ptr<Section> section(const SkeletonSection& expected, std::initializer_list<SkeletonVariable> variables) {
    static_assert(std::is_trivially_copyable_v<Section>);
    auto section = std::make_unique<Section>();
    read_section(expected, variables, std::as_writable_bytes(std::span(section.get(), 1)));
    return section;
  }

  std::unique_ptr<CollectionSpec> take() { return std::move(spec_); }

 private:
  template <class Spec>
  static Result<Spec> make(Result<CollectionSpec> parsed) {
    if (!parsed) return fail_in(std::move(parsed));
    SkeletonSpec from(*std::move(parsed));
    Spec spec(from);
    if (from.error_) return fail_in(*std::move(from.error_));
    return spec;
  }
  void read_section(const SkeletonSection& expected, std::span<const SkeletonVariable> variables,
                    std::span<std::byte> out);
  void check_layout(const MapSpec& section, const SkeletonSection& expected,
                    std::span<const SkeletonVariable> variables);
  void go_wrong(Error error);

  std::unique_ptr<CollectionSpec> spec_;
  MapSpec no_map_;
  ProgramSpec no_program_;
  std::optional<Error> error_;
};

// Puts a section's bytes, which may have been changed, back: into the section and its variables.
void write_section(CollectionSpec& spec, std::string_view section, std::span<const std::byte> bytes);

// Asked by a generated Object.
class SkeletonLoader {
 public:
  template <class Object>
  static Result<Object> load(const CollectionSpec& spec, const LoadOptions& options) {
    EBPF_TRY(Collection collection, Collection::load(spec, options));
    SkeletonLoader from(spec, std::move(collection));
    Object object(from);
    if (from.error_) return fail_in(*std::move(from.error_));
    return object;
  }

  // View: Global, AtomicSpan, GlobalStruct or StructSpan.
  template <class View>
  View variable(std::string_view section, const SkeletonVariable& wanted);

  template <class Typed>
  Typed map(std::string_view name) {
    std::optional<Map> map = take_map(name);
    if (!map) return Typed(TrustedMap{Map()});
    if (auto ok = Typed::matches(*map); !ok) go_wrong(std::move(ok).error());
    return Typed(TrustedMap{*std::move(map)});
  }

  template <class Typed>
  Typed program(std::string_view name, std::string_view section) {
    return Typed(section, take_program(name));
  }

  // Of the collection.
  std::vector<std::string> notes() { return std::move(collection_.notes); }
  std::vector<RefusedProgram> refused() { return std::move(collection_.refused); }

 private:
  template <class View>
  struct ViewTraits;

  SkeletonLoader(const CollectionSpec& spec, Collection collection) : spec_(spec), collection_(std::move(collection)) {}
  Result<const Variable*> find_variable(std::string_view section, const SkeletonVariable& wanted) const;
  // Nothing where the specification switches it off, or with an error.
  std::optional<Map> take_map(std::string_view name);
  std::optional<Program> take_program(std::string_view name);
  void go_wrong(Error error);

  const CollectionSpec& spec_;
  Collection collection_;
  std::optional<Error> error_;
};

template <class T>
struct SkeletonLoader::ViewTraits<Global<T>> {
  static Result<Global<T>> bind(const Variable& variable) { return variable.as<T>(); }
  static Global<T> nowhere() { return {AtomicRef<T>(nullptr), Memory()}; }
};
template <class T, std::size_t kExtent>
struct SkeletonLoader::ViewTraits<AtomicSpan<T, kExtent>> {
  static Result<AtomicSpan<T, kExtent>> bind(const Variable& variable) { return variable.as_span<T, kExtent>(); }
  static AtomicSpan<T, kExtent> nowhere() { return {AtomicSpanRef<T, kExtent>(nullptr, kExtent), Memory()}; }
};
template <class T>
struct SkeletonLoader::ViewTraits<GlobalStruct<T>> {
  static Result<GlobalStruct<T>> bind(const Variable& variable) { return variable.as_struct<T>(); }
  static GlobalStruct<T> nowhere() { return {StructRef<T>(nullptr), Memory()}; }
};
template <class T, std::size_t kExtent>
struct SkeletonLoader::ViewTraits<StructSpan<T, kExtent>> {
  static Result<StructSpan<T, kExtent>> bind(const Variable& variable) { return variable.as_struct_span<T, kExtent>(); }
  static StructSpan<T, kExtent> nowhere() { return {StructSpanRef<T, kExtent>(nullptr, kExtent), Memory()}; }
};

template <>
struct SkeletonLoader::ViewTraits<Variable> {
  static Result<Variable> bind(const Variable& variable) { return variable; }
  static Variable nowhere() { return {}; }
};

template <class View>
View SkeletonLoader::variable(std::string_view section, const SkeletonVariable& wanted) {
  const Result<const Variable*> variable = find_variable(section, wanted);
  if (!variable) {
    go_wrong(variable.error());
    return ViewTraits<View>::nowhere();
  }
  Result<View> view = ViewTraits<View>::bind(**variable);
  if (view) return *std::move(view);
  go_wrong(std::move(view).error());
  return ViewTraits<View>::nowhere();
}

}  // namespace ebpf
