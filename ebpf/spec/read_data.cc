// Data sections and what is in them.
//
// Each of .data*, .rodata* and .bss* becomes an array map of one element whose value is the section. Its variables are
// those that the symbol table lists; BTF, where there is any, adds their types. The variables of .addr_space.1 are in
// the object's arena.
#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/hash_table.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

constexpr std::uint64_t kLargestSection = 1u << 30;  // the kernel's own limit for an array's value is near 2 GiB

bool is_read_only(std::string_view section) { return section.starts_with(".rodata"); }

Result<void> read_data_map(const ObjectReader& reader, const elf::Section& section, MapSpec& map) {
  if (section.size > kLargestSection)
    return fail(errc::out_of_range, "it has ", section.size, " bytes; at most 1 GiB can be a map");
  map.name = section.name;
  map.section = section.name;
  map.type = MapType::array;
  map.key_size = sizeof(std::uint32_t);
  map.value_size = static_cast<std::uint32_t>(section.size);
  map.max_entries = 1;
  map.flags = kMmapable;
  map.is_data = true;
  if (is_read_only(section.name)) {
    map.flags |= kReadOnlyForPrograms;
    map.freeze = true;
  }
  if (const auto type = reader.data_section_type(section.name)) map.value_type = type->id();
  map.data.assign(section.data.span().begin(), section.data.span().end());
  return {};
}

// The first entry of a data section at an offset or behind it: entries are sorted by offset.
std::uint32_t first_entry_at(btf::Type section, std::uint64_t offset) {
  std::uint32_t low = 0;
  std::uint32_t high = section.vlen();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (section.section_variable(middle).offset < offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The VAR of a variable. Where variables without a size share its offset, it is the one of its own size.
Result<btf::TypeId> variable_type(const ObjectReader& reader, const elf::Symbol& symbol, std::string_view section) {
  const auto type = reader.data_section_type(section);
  if (!type) return btf::TypeId{0};
  std::optional<std::uint32_t> other_size;
  for (std::uint32_t i = first_entry_at(*type, symbol.value); i < type->vlen(); ++i) {
    const btf::SectionVariable entry = type->section_variable(i);
    if (entry.offset != symbol.value) break;
    if (entry.size != symbol.size) {
      other_size = entry.size;
      continue;
    }
    EBPF_TRY(const btf::Type variable, reader.spec.types.type(entry.type));
    if (!variable.is(btf::Kind::variable)) return fail(errc::malformed, "BTF says that it is no variable");
    return entry.type;
  }
  if (!other_size) return btf::TypeId{0};
  return fail(errc::malformed, "it has ", symbol.size, " bytes, but BTF says ", *other_size);
}

Result<void> read_variable(const ObjectReader& reader, const elf::Symbol& symbol, const elf::Section& section,
                           VariableSpec& variable) {
  if (!in_bounds(symbol.value, symbol.size, section.size))
    return fail(errc::malformed, "it is at ", hex(symbol.value), ", ", symbol.size,
                " bytes, outside of its section of ", section.size, " bytes");
  variable.name = symbol.name;
  variable.section = section.name;
  variable.offset = static_cast<std::uint32_t>(symbol.value);
  variable.size = static_cast<std::uint32_t>(symbol.size);
  variable.is_constant = is_read_only(section.name);
  variable.is_static = symbol.binding == elf::Binding::local;
  if (section.name == kArenaSection) variable.section = reader.arena;
  variable.is_hidden = symbol.visibility == elf::Visibility::hidden || symbol.visibility == elf::Visibility::internal;
  variable.byte_order = reader.file.byte_order();
  EBPF_TRY(variable.type, variable_type(reader, symbol, section.name));
  variable.types = reader.spec.types;
  if (const auto bytes = section.data.slice(symbol.value, symbol.size))
    variable.value.assign(bytes->span().begin(), bytes->span().end());
  return {};
}

bool is_variable(const elf::Symbol& symbol) {
  const bool has_value = symbol.type == elf::SymbolType::object || symbol.type == elf::SymbolType::none;
  return has_value && symbol.size > 0 && !symbol.name.empty() && !symbol.name.starts_with('.');
}

// Static variables that share a name, of the files that an object was linked from, are told apart by their files.
// `files` has the file of each variable.
void name_clashing(std::vector<VariableSpec>& variables, std::span<const std::string_view> files) {
  HashTable<std::string_view> times;
  for (const VariableSpec& variable : variables) ++times.put(variable.name).value;
  std::vector<std::size_t> clashing;
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (variables[i].is_static && !files[i].empty() && *times.find(variables[i].name) > 1) clashing.push_back(i);
  for (const std::size_t i : clashing) variables[i].name = cat(files[i], ":", variables[i].name);
}

Result<void> read_variables(ObjectReader& reader) {
  // As for functions: variables do not overlap, and what they hold is copied once.
  std::uint64_t copied = 0;
  std::string_view file;  // whose symbols these are: a file's symbol comes before those of its static objects
  std::vector<std::string_view> files;
  for (const elf::Symbol& symbol : reader.symbols) {
    if (symbol.type == elf::SymbolType::file) file = symbol.name;
    if (symbol.section >= reader.sections.size() || !is_variable(symbol)) continue;
    const Role role = reader.sections[symbol.section].role;
    if (role != Role::data && role != Role::arena) continue;
    const elf::Section& section = reader.sections[symbol.section].section;
    VariableSpec& variable = reader.spec.variables.emplace_back();
    EBPF_CHECK_IN(read_variable(reader, symbol, section, variable), "variable ", quoted(symbol.name), " in section ",
                  quoted(section.name));
    copied += variable.value.size();
    if (copied > 4 * reader.file.size()) return fail(errc::malformed, "its variables overlap over and over");
    files.push_back(file);
  }
  name_clashing(reader.spec.variables, files);
  stable_sort(reader.spec.variables, [](const VariableSpec& a, const VariableSpec& b) {
    return std::pair(std::string_view(a.section), a.offset) < std::pair(std::string_view(b.section), b.offset);
  });
  return {};
}

// The section's bytes go to the arena, of which there must be one: nothing in the object says which.
Result<void> read_arena_data(ObjectReader& reader, const elf::Section& section) {
  MapSpec* arena = nullptr;
  for (MapSpec& map : reader.spec.maps) {
    if (map.type != MapType::arena) continue;
    if (arena != nullptr)
      return fail(errc::unsupported_input, "its variables could be in two arenas, ", quoted(arena->name), " and ",
                  quoted(map.name));
    arena = &map;
  }
  if (arena == nullptr)
    return fail(errc::malformed, "it has variables of an arena, but the object defines no map of type arena");
  arena->data.assign(section.data.span().begin(), section.data.span().end());
  reader.arena = arena->name;
  return {};
}

}  // namespace

Result<void> read_data(ObjectReader& reader) {
  // Sections do not overlap; headers that say so would have the same bytes copied over and over.
  std::uint64_t copied = 0;
  for (const SectionEntry& entry : reader.sections) {
    if (entry.section.size == 0) continue;
    if (entry.role == Role::arena)
      EBPF_CHECK_IN(read_arena_data(reader, entry.section), "section ", quoted(entry.section.name));
    if (entry.role != Role::data) continue;
    MapSpec& map = reader.spec.maps.emplace_back();
    EBPF_CHECK_IN(read_data_map(reader, entry.section, map), "section ", quoted(entry.section.name));
    copied += map.data.size();
    if (copied > 4 * reader.file.size()) return fail(errc::malformed, "its data sections overlap over and over");
  }
  return read_variables(reader);
}

}  // namespace ebpf::spec_detail
