// From a map in the kernel to its variables, by way of its BTF. What that says is checked against the map: anybody can
// have loaded it.
#include "ebpf/variables_of.h"

#include <string>

#include "ebpf/base/bytes.h"
#include "ebpf/base/hash_table.h"
#include "ebpf/base/text.h"
#include "ebpf/btf_object.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {
namespace {

// Sections that libbpf, and this library, freeze once they are filled.
bool holds_constants(std::string_view section, std::uint32_t map_flags) {
  return section.starts_with(".rodata") || section == kKconfigSection || (map_flags & sys::kMapReadOnlyProg) != 0;
}

Result<std::vector<VariableSpec>> describe_section(const btf::Spec& types, btf::Type section, const MapDetails& map) {
  std::vector<VariableSpec> out;
  HashTable<std::string_view> times;
  for (std::uint32_t i = 0; i < section.vlen(); ++i) {
    const btf::SectionVariable entry = section.section_variable(i);
    EBPF_TRY(const btf::Type declared, types.type(entry.type));
    if (!declared.is(btf::Kind::variable)) continue;
    if (!in_bounds(entry.offset, entry.size, map.value_size))
      return fail(errc::malformed, "BTF: variable ", quoted(declared.name()), " is outside of the map's ",
                  map.value_size, " bytes");
    VariableSpec& variable = out.emplace_back();
    variable.name = declared.name();
    variable.section = section.name();
    variable.offset = entry.offset;
    variable.size = entry.size;
    variable.type = entry.type;
    variable.types = types;
    variable.is_constant = holds_constants(section.name(), map.flags);
    variable.is_static = declared.linkage() == btf::Linkage::static_linkage;
    ++times.put(declared.name()).value;
  }
  for (VariableSpec& variable : out)
    if (*times.find(variable.name) > 1) variable.name += cat("@", hex(variable.offset));
  return out;
}

// None where the map is not a section.
Result<std::vector<VariableSpec>> describe_variables(const MapDetails& map) {
  EBPF_TRY(const BtfObject& object, BtfObject::from_id(map.btf_id));
  // The types of a map are those of a program, which stand alone; a map of a kernel type holds no section.
  if (object.is_kernel()) return std::vector<VariableSpec>();
  EBPF_TRY(const btf::Spec& types, object.types());
  const auto section = types.type(map.value_type);
  if (!section || !section->is(btf::Kind::data_section)) return std::vector<VariableSpec>();
  return describe_section(types, *section, map);
}

}  // namespace

Result<std::vector<Variable>> variables_of(const Map& map) {
  std::vector<Variable> out;
  EBPF_TRY(const MapDetails& details, map.info());
  if (details.type != MapType::array || details.max_entries != 1 || details.btf_id == 0 || details.value_type == 0)
    return out;
  EBPF_TRY_IN(const std::vector<VariableSpec>& specs, describe_variables(details), "map ", quoted(map.name));
  if (specs.empty()) return out;
  EBPF_TRY(const Variable::Storage& storage,
           Variable::storage_of(map, /*mapped=*/true, /*to_write=*/!specs.front().is_constant));
  for (const VariableSpec& spec : specs) out.push_back(Variable(spec, storage));
  return out;
}

Result<std::vector<Variable>> variables_of(const Program& program) {
  EBPF_TRY(const ProgramDetails& details, program.info());
  std::vector<Variable> out;
  for (const std::uint32_t id : details.map_ids) {
    EBPF_TRY(const Map& map, Map::from_id(id));
    EBPF_TRY(std::vector<Variable> more, variables_of(map));
    for (Variable& variable : more) out.push_back(std::move(variable));
  }
  return out;
}

Found<const Variable> find_variable(std::span<const Variable> variables, std::string_view name) {
  return find_by_name<const Variable>(variables, name, "variable");
}

}  // namespace ebpf
