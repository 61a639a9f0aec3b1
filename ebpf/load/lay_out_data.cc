// Pass: the initial values of variables go over the bytes that the compiler put into their sections.
#include <algorithm>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// What variables are laid over: a data section, or that of an arena.
std::size_t bytes_of_variables(const MapPlan& map) {
  return map.spec->is_data ? map.attributes.value_size : map.spec->data.size();
}

bool has_variables(const MapPlan& map) { return map.spec->is_data || map.spec->type == MapType::arena; }

Result<void> lay_out(LoadPlan& plan, const VariableSpec& variable) {
  if (variable.value.empty()) return {};
  MapPlan* map = plan.map(variable.section);
  if (map == nullptr || !has_variables(*map))
    return fail(errc::invalid_argument, "there is no data section ", quoted(variable.section));
  if (variable.value.size() != variable.size || !in_bounds(variable.offset, variable.size, bytes_of_variables(*map)))
    return fail(errc::out_of_range, "its ", variable.value.size(), " bytes at ", hex(variable.offset),
                " do not fit into section ", quoted(variable.section), " (", bytes_of_variables(*map), " bytes)");
  if (map->image.empty()) {
    if (all_zero(variable.value)) return {};  // .bss stays as small as it is
    map->image.resize(bytes_of_variables(*map));
  }
  std::copy(variable.value.begin(), variable.value.end(), map->image.begin() + variable.offset);
  return {};
}

}  // namespace

Result<void> lay_out_data(LoadPlan& plan) {
  for (MapPlan& map : plan.maps) {
    if (!has_variables(map) || map.spec->data.empty()) continue;
    if (map.spec->is_data && map.spec->data.size() != map.attributes.value_size)
      return fail(errc::invalid_argument, "map ", quoted(map.spec->name), ": it has ", map.spec->data.size(),
                  " bytes of data for a value of ", map.attributes.value_size);
    map.image = map.spec->data;
  }
  for (const VariableSpec& variable : plan.spec.variables)
    EBPF_CHECK_IN(lay_out(plan, variable), "variable ", quoted(variable.name));
  return {};
}

}  // namespace ebpf::loader
