// Finding the parts of an object for a generated header.
#include "ebpf/skeleton.h"

#include <algorithm>

#include "ebpf/base/text.h"

namespace ebpf {
namespace {

constexpr std::string_view kWayOut = "; the header was generated from another object: generate it anew from this one";

// The bytes of a section, with its variables' values over what the section itself has: as loading lays them out.
void copy_initial(const CollectionSpec& spec, const MapSpec& section, std::span<std::byte> out) {
  std::copy(section.data.begin(), section.data.end(), out.begin());
  for (const VariableSpec& variable : spec.variables)
    if (variable.section == section.name)
      std::copy(variable.value.begin(), variable.value.end(), out.begin() + variable.offset);
}

}  // namespace

void SkeletonSpec::go_wrong(Error error) {
  if (!error_) error_ = std::move(error).in(cat("object ", quoted(spec_->name)));
}

MapSpec& SkeletonSpec::map(std::string_view name) {
  if (auto found = spec_->map(name)) return *found;
  go_wrong(Error(errc::not_found, cat("it has no map ", quoted(name), kWayOut)));
  return no_map_;
}

ProgramSpec& SkeletonSpec::program(std::string_view name) {
  if (auto found = spec_->program(name)) return *found;
  go_wrong(Error(errc::not_found, cat("it has no program ", quoted(name), kWayOut)));
  return no_program_;
}

void SkeletonSpec::read_section(const SkeletonSection& expected, std::span<const SkeletonVariable> variables,
                                std::span<std::byte> out) {
  if (spec_->byte_order != kHostByteOrder)
    return go_wrong(Error(errc::unsupported_input, "it is for machines of the other byte order"));
  const auto section = spec_->map(expected.name);
  if (!section) return go_wrong(Error(errc::not_found, cat("it has no section ", quoted(expected.name), kWayOut)));
  check_layout(*section, expected, variables);
  if (!error_) copy_initial(*spec_, *section, out.first(expected.size));
}

// A structure over the section's bytes is right only where each variable stands where it stood.
void SkeletonSpec::check_layout(const MapSpec& section, const SkeletonSection& expected,
                                std::span<const SkeletonVariable> variables) {
  if (section.value_size != expected.size)
    return go_wrong(Error(errc::type_mismatch, cat("section ", quoted(expected.name), " has ", section.value_size,
                                                   " bytes, not ", expected.size, kWayOut)));
  for (const SkeletonVariable& wanted : variables) {
    const auto is_wanted = [&](const VariableSpec& variable) {
      return variable.section == expected.name && variable.name == wanted.name && variable.offset == wanted.offset &&
             variable.size == wanted.size;
    };
    if (std::none_of(spec_->variables.begin(), spec_->variables.end(), is_wanted))
      return go_wrong(
          Error(errc::type_mismatch, cat("section ", quoted(expected.name), " has no variable ", quoted(wanted.name),
                                         " of ", wanted.size, " bytes at ", wanted.offset, kWayOut)));
  }
  for (const VariableSpec& variable : spec_->variables)
    if (variable.section == expected.name && !in_bounds(variable.offset, variable.value.size(), section.value_size))
      return go_wrong(Error(errc::out_of_range, cat("variable ", quoted(variable.name), " is outside of its section")));
}

void write_section(CollectionSpec& spec, std::string_view name, std::span<const std::byte> bytes) {
  const auto section = spec.map(name);
  if (!section) return;
  const auto of_section = bytes.first(std::min<std::size_t>(bytes.size(), section->value_size));
  // .bss stays as small as it is.
  if (all_zero(of_section) && section->data.empty())
    section->data.clear();
  else
    section->data.assign(of_section.begin(), of_section.end());
  for (VariableSpec& variable : spec.variables)
    if (variable.section == name && in_bounds(variable.offset, variable.size, of_section.size())) {
      const auto value = of_section.subspan(variable.offset, variable.size);
      variable.value.assign(value.begin(), value.end());
    }
}

void SkeletonLoader::go_wrong(Error error) {
  if (!error_) error_ = std::move(error).in(cat("load ", quoted(spec_.name)));
}

// By its place, too: static variables of different files may have one name.
Result<const Variable*> SkeletonLoader::find_variable(std::string_view section, const SkeletonVariable& wanted) const {
  for (const Variable& variable : collection_.variables)
    if (variable.name == wanted.name && variable.section() == section && variable.offset() == wanted.offset)
      return &variable;
  return fail(errc::not_found, "there is no variable ", quoted(wanted.name), " in section ", quoted(section));
}

std::optional<Map> SkeletonLoader::take_map(std::string_view name) {
  if (auto found = collection_.map(name)) return std::move(*found);
  if (const auto wanted = spec_.map(name); !wanted || wanted->autocreate)
    go_wrong(Error(errc::not_found, cat("there is no map ", quoted(name))));
  return std::nullopt;
}

std::optional<Program> SkeletonLoader::take_program(std::string_view name) {
  if (auto found = collection_.program(name)) return std::move(*found);
  if (const auto wanted = spec_.program(name); !wanted)
    go_wrong(Error(errc::not_found, cat("there is no program ", quoted(name))));
  return std::nullopt;
}

}  // namespace ebpf
