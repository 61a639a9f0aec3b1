// StructOpsSpec: a member is edited as if it were a variable of its own, and put back.
#include "ebpf/spec/struct_ops.h"

#include <algorithm>
#include <vector>

#include "ebpf/base/text.h"

namespace ebpf {

Result<StructOpsSpec> StructOpsSpec::of(CollectionSpec& spec, std::string_view map) {
  Found<MapSpec> found = spec.map(map);
  if (!found) return fail_in(std::move(found));
  if (found->type != MapType::struct_ops)
    return fail(errc::invalid_argument, "map ", quoted(map), ": it is a ", name(found->type), ", not a struct_ops");
  return StructOpsSpec(spec, *found);
}

VariableSpec StructOpsSpec::as_variable() const {
  VariableSpec out;
  out.name = map_->name;
  out.size = static_cast<std::uint32_t>(map_->data.size());
  out.type = map_->value_type;
  out.types = spec_->types;
  out.byte_order = spec_->byte_order;
  out.value = map_->data;
  return out;
}

Result<void> StructOpsSpec::set_text(std::string_view member, std::string_view text) const {
  EBPF_TRY_IN(const btf::MemberPlace& place, spec_->types.locate(map_->value_type, member), "map ", quoted(map_->name));
  EBPF_TRY(const btf::Type array, spec_->types.strip(place.type));
  EBPF_TRY(const btf::Type element, spec_->types.strip(array.is(btf::Kind::array) ? array.array().element : 0));
  if (!element.is(btf::Kind::integer) || element.size() != 1)
    return fail(errc::type_mismatch, "map ", quoted(map_->name), ": member ", quoted(member),
                " is no array of characters, but ", spec_->types.describe(place.type));
  const std::uint32_t size = array.array().count;
  if (text.size() >= size || !in_bounds(place.offset, size, map_->data.size()))
    return fail(errc::out_of_range, "map ", quoted(map_->name), ": member ", quoted(member), ": a text of ",
                text.size(), " characters does not fit into its ", size, " bytes");
  const auto out = std::span(map_->data).subspan(place.offset, size);
  std::ranges::fill(out, std::byte{0});
  std::ranges::copy(std::as_bytes(std::span(text)), out.begin());
  return {};
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
    return fail(errc::type_mismatch, "map ", quoted(map_->name), ": member ", quoted(member),
                " is no pointer to a function, but ", spec_->types.describe(structure.member(i).type));
  }
  return fail(errc::not_found, "map ", quoted(map_->name), ": struct ", structure.name(), " has no member ",
              quoted(member), did_you_mean(member, names));
}

std::string_view StructOpsSpec::callback(std::string_view member) const {
  const auto found = std::ranges::find(map_->callbacks, member, &MapCallback::member);
  return found == map_->callbacks.end() ? std::string_view() : std::string_view(found->program);
}

Result<void> StructOpsSpec::set_callback(std::string_view member, std::string_view program) const {
  const Found<ProgramSpec> found = spec_->program(program);
  if (!found) return fail(errc::not_found, "map ", quoted(map_->name), ": ", found.error().message());
  if (found->program_type != ProgramType::struct_ops)
    return fail(errc::type_mismatch, "map ", quoted(map_->name), ": program ", quoted(program), " is of type ",
                name(found->program_type), "; callbacks are of type struct_ops");
  if (callback(member) == program) return {};
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
