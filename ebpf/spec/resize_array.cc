// CollectionSpec::resize_array: the types, the section and the variable get another size together.
#include "ebpf/base/text.h"
#include "ebpf/btf/resize.h"
#include "ebpf/spec/spec.h"

namespace ebpf {
namespace {

Result<void> resize(CollectionSpec& spec, VariableSpec& variable, std::uint32_t count) {
  const Found<MapSpec> section = spec.map(variable.section);
  if (!section || !section->is_data)
    return fail(errc::unsupported_input, "it is not in a data section, but in ", quoted(variable.section));
  if (variable.type == 0)
    return fail(errc::invalid_argument,
                "nothing is known about its elements: the object has no BTF (compile it with -g)");
  // BTF does not list all variables (static ones may be missing), so the others are asked for themselves.
  for (const VariableSpec& other : spec.variables)
    if (other.section == variable.section && other.offset > variable.offset)
      return fail(errc::invalid_argument, "variable ", quoted(other.name), " comes behind it in section ",
                  quoted(variable.section), "; only the last one can be resized");
  EBPF_TRY(btf::ResizedArray resized, btf::resize_array(spec.types, section->value_type, variable.type, count));
  spec.types = std::move(resized.types);
  for (VariableSpec& each : spec.variables) each.types = spec.types;
  section->value_size = resized.section_size;
  if (!section->data.empty()) section->data.resize(resized.section_size);
  variable.size = resized.variable_size;
  if (!variable.value.empty()) variable.value.resize(resized.variable_size);
  return {};
}

}  // namespace

Result<void> CollectionSpec::resize_array(std::string_view variable_name, std::uint32_t count) {
  Found<VariableSpec> found = variable(variable_name);
  if (!found) return fail_in(std::move(found));
  EBPF_CHECK_IN(resize(*this, *found, count), "resize variable ", quoted(variable_name));
  return {};
}

}  // namespace ebpf
