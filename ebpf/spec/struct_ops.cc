// StructOpsSpec: a member is edited as if it were a variable of its own, and put back.
#include "ebpf/spec/struct_ops.h"

#include <algorithm>
#include <vector>

#include "ebpf/base/text.h"

namespace ebpf {

Result<StructOpsSpec> StructOpsSpec::of(CollectionSpec& spec, std::string_view map) {
  Found<MapSpec> found = spec.map(map);
  if (!found) return std::unexpected(std::move(found).error());
  if (found->type != MapType::struct_ops)
    return fail(errc::invalid_argument,
                cat("map ", quoted(map), ": it is a ", name(found->type), ", not a struct_ops"));
  return StructOpsSpec(spec, *found);
}

Result<VariableSpec> StructOpsSpec::member_variable(std::string_view path) const {
  const auto context = [&](Error error) {
    return std::unexpected(std::move(error).in(cat("map ", quoted(map_->name))));
  };
  auto place = spec_->types.locate(map_->value_type, path);
  if (!place) return context(std::move(place).error());
  if (place->bitfield_size != 0)
    return context(Error(errc::unsupported_input, cat("member ", quoted(path), " is a bit-field")));
  auto size = spec_->types.size_of(place->type);
  if (!size) return context(std::move(size).error());
  if (!in_bounds(place->offset, *size, map_->data.size()))
    return context(Error(errc::out_of_range, cat("member ", quoted(path), " is outside of MapSpec::data")));
  VariableSpec out;
  out.name = cat(map_->name, ".", path);
  out.offset = static_cast<std::uint32_t>(place->offset);
  out.size = static_cast<std::uint32_t>(*size);
  out.type = place->type;
  out.types = spec_->types;
  out.byte_order = spec_->byte_order;
  const auto begin = map_->data.begin() + static_cast<std::ptrdiff_t>(place->offset);
  out.value.assign(begin, begin + static_cast<std::ptrdiff_t>(*size));
  return out;
}

Result<void> StructOpsSpec::put_back(const VariableSpec& as_variable) const {
  std::ranges::copy(as_variable.value, map_->data.begin() + as_variable.offset);
  return {};
}

Result<void> StructOpsSpec::set_text(std::string_view member, std::string_view text) const {
  EBPF_TRY(VariableSpec as_variable, member_variable(member));
  EBPF_TRY(const btf::Type array, spec_->types.strip(as_variable.type));
  const auto element = array.is(btf::Kind::array) ? spec_->types.strip(array.array().element) : array;
  const bool is_text = array.is(btf::Kind::array) && element && element->is(btf::Kind::integer) && element->size() == 1;
  if (!is_text)
    return fail(errc::type_mismatch, cat("member ", quoted(as_variable.name), " is no array of characters, but ",
                                         spec_->types.describe(as_variable.type)));
  if (text.size() >= as_variable.size)
    return fail(errc::out_of_range, cat("member ", quoted(as_variable.name), ": a text of ", text.size(),
                                        " characters does not fit into its ", as_variable.size, " bytes"));
  std::ranges::fill(as_variable.value, std::byte{0});
  std::ranges::copy(std::as_bytes(std::span(text)), as_variable.value.begin());
  return put_back(as_variable);
}

// The type is that of the program's declaration: what the kernel has under the name is looked at when it is loaded.
Result<void> StructOpsSpec::require_function(std::string_view member) const {
  EBPF_TRY(const btf::Type structure, spec_->types.type(map_->value_type));
  std::vector<std::string_view> names;
  for (std::uint32_t i = 0; i < structure.vlen(); ++i) {
    names.push_back(structure.member(i).name);
    if (names.back() != member) continue;
    EBPF_TRY(const btf::Type pointer, spec_->types.strip(structure.member(i).type));
    const auto target = pointer.is(btf::Kind::pointer) ? spec_->types.strip(pointer.referenced()) : pointer;
    if (target && target->is(btf::Kind::function_prototype)) return {};
    return fail(errc::type_mismatch,
                cat("map ", quoted(map_->name), ": member ", quoted(member), " is no pointer to a function, but ",
                    spec_->types.describe(structure.member(i).type)));
  }
  return fail(errc::not_found, cat("map ", quoted(map_->name), ": struct ", structure.name(), " has no member ",
                                   quoted(member), did_you_mean(member, names)));
}

std::string_view StructOpsSpec::callback(std::string_view member) const {
  const auto found = std::ranges::find(map_->callbacks, member, &MapCallback::member);
  return found == map_->callbacks.end() ? std::string_view() : std::string_view(found->program);
}

Result<void> StructOpsSpec::set_callback(std::string_view member, std::string_view program) const {
  const Found<ProgramSpec> found = spec_->program(program);
  if (!found) return fail(errc::not_found, cat("map ", quoted(map_->name), ": ", found.error().message()));
  if (found->program_type != ProgramType::struct_ops)
    return fail(errc::type_mismatch, cat("map ", quoted(map_->name), ": program ", quoted(program), " is of type ",
                                         name(found->program_type), "; callbacks are of type struct_ops"));
  EBPF_CHECK(clear_callback(member));
  map_->callbacks.push_back({std::string(member), found->name});
  return {};
}

Result<void> StructOpsSpec::clear_callback(std::string_view member) const {
  EBPF_CHECK(require_function(member));
  const auto found = std::ranges::find(map_->callbacks, member, &MapCallback::member);
  if (found == map_->callbacks.end()) return {};
  const std::string program = std::move(found->program);
  map_->callbacks.erase(found);
  for (const MapSpec& map : spec_->maps)
    if (std::ranges::find(map.callbacks, program, &MapCallback::program) != map.callbacks.end()) return {};
  if (const Found<ProgramSpec> unused = spec_->program(program)) unused->autoload = false;
  return {};
}

}  // namespace ebpf
