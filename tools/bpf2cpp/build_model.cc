// From what an object describes to what its header says: names and types of its maps, programs and data sections.
#include "tools/bpf2cpp/build_model.h"

#include <algorithm>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "tools/bpf2cpp/names.h"
#include "tools/bpf2cpp/types.h"

namespace ebpf::bpf2cpp {
namespace {

constexpr std::string_view kData[] = {".rodata", ".data", ".bss", ".kconfig"};

std::string bytes_type(std::uint64_t size) { return cat("std::array<std::byte, ", size, ">"); }

// "data_custom" as the name of a class: DataCustom.
std::string class_name(std::string_view name) {
  std::string out;
  bool at_start = true;
  for (const char c : name) {
    const bool is_lower = c >= 'a' && c <= 'z';
    if (c != '_') out += at_start && is_lower ? static_cast<char>(c - 'a' + 'A') : c;
    at_start = c == '_';
  }
  return out;
}

// Identifiers for the members of a class, those that need no change first.
template <class Range, class Name>
std::vector<std::string> claim_all(Scope& scope, std::string_view class_name, const Range& things, Name name) {
  // Its constructor's, and that one's parameter.
  scope.claim(class_name);
  scope.claim("from_");
  std::vector<std::string> out(things.size());
  for (const bool keep : {true, false})
    for (std::size_t i = 0; i < things.size(); ++i)
      if (out[i].empty() && (!keep || scope.would_keep(name(things[i])))) out[i] = scope.claim(name(things[i]));
  return out;
}

class Builder {
 public:
  Builder(const CollectionSpec& spec, const Options& options, Model& model)
      : spec_(spec), options_(options), model_(model), types_(spec.types, model.name_space, scope_) {}

  Result<void> build() {
    choose_sections();
    reserve_classes();
    EBPF_CHECK(need_types());
    types_.name();
    EBPF_TRY(model_.types, types_.definitions());
    model_.forward = types_.forward_declarations();
    for (std::size_t i = 0; i < sections_.size(); ++i) fill_section(*sections_[i], model_.sections[i]);
    add_maps();
    add_programs();
    return {};
  }

 private:
  void choose_sections();
  void reserve_classes();
  Result<void> need_types();
  Result<void> need_map_types(const MapSpec& map, std::string_view called);
  Hidden hidden_in_object(const std::vector<std::string>& names) const;
  void fill_section(const MapSpec& map, Section& section);
  std::string view_of(const VariableSpec& variable, const Hidden& hidden);
  bool has_plain_type(const VariableSpec& variable);
  void add_maps();
  void add_programs();
  std::string map_type(const MapSpec& map, const Hidden& hidden);
  std::string element_type(btf::TypeId type, std::uint32_t size, const Hidden& hidden);
  std::vector<const VariableSpec*> variables_of(std::string_view section) const;
  const RecordType* record_of(std::string_view map) const;

  const CollectionSpec& spec_;
  const Options& options_;
  Model& model_;
  Scope scope_;  // of the namespace
  Types types_;
  std::vector<const MapSpec*> sections_;  // of model_.sections
};

// By offset. Those that are hidden belong to the object alone.
std::vector<const VariableSpec*> Builder::variables_of(std::string_view section) const {
  std::vector<const VariableSpec*> out;
  for (const VariableSpec& variable : spec_.variables)
    if (variable.section == section && !variable.is_hidden && variable.size > 0) out.push_back(&variable);
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->offset < b->offset; });
  return out;
}

// Sections with variables, in the order in which they are listed and looked for.
void Builder::choose_sections() {
  Scope names;
  for (const std::string_view kind : kData)
    for (const MapSpec& map : spec_.maps) {
      const bool is_kind = map.name == kind || (map.name.starts_with(kind) && map.name[kind.size()] == '.');
      if (!map.is_data || !is_kind || variables_of(map.name).empty()) continue;
      Section section = {.bpf_name = map.name,
                         .name = names.claim(std::string_view(map.name).substr(1)),
                         .size = map.value_size,
                         .in_object = map.name != kKconfigSection,
                         .is_constant = kind == ".rodata" || kind == ".kconfig"};
      model_.sections.push_back(std::move(section));
      sections_.push_back(&map);
    }
}

// What the header itself calls things comes before the object's types.
void Builder::reserve_classes() {
  scope_.claim(model_.spec_class);
  scope_.claim(model_.object_class);
  for (const std::string_view name : {"Links", "Maps", "Programs", "kObject", "ebpf_members_of"}) scope_.claim(name);
  for (Section& section : model_.sections) section.class_name = scope_.claim(class_name(section.name));
}

const RecordType* Builder::record_of(std::string_view map) const {
  for (const RecordType& record : options_.records)
    if (record.map == map) return &record;
  return nullptr;
}

Result<void> Builder::need_types() {
  for (const RecordType& record : options_.records) {
    const auto map = spec_.map(record.map);
    if (!map) return fail_in(Error(map.error()));
    if (!map_class(*map).contains("{record}"))
      return fail(errc::invalid_argument, "map ", quoted(map->name), ": it is a ", ebpf::name(map->type),
                  ", which has no records");
    EBPF_CHECK(types_.need_named(record.type));
  }
  for (const MapSpec& map : spec_.maps)
    if (!map.is_data) EBPF_CHECK(need_map_types(map, map.name));
  for (const Section& section : model_.sections)
    for (const VariableSpec* variable : variables_of(section.bpf_name))
      if (variable->type != 0) EBPF_CHECK(types_.need(variable->type, cat(variable->name, "_type")));
  for (const std::string& type : options_.types) EBPF_CHECK(types_.need_named(type));
  return {};
}

Result<void> Builder::need_map_types(const MapSpec& map, std::string_view called) {
  const std::string_view mentions = map_class(map);
  if (map.key_type != 0 && mentions.contains("{key}")) EBPF_CHECK(types_.need(map.key_type, cat(called, "_key")));
  if (map.value_type != 0 && mentions.contains("{value}"))
    EBPF_CHECK(types_.need(map.value_type, cat(called, "_value")));
  for (const MapSpec& inner : map.inner) EBPF_CHECK(need_map_types(inner, cat(called, "_inner")));
  return {};
}

// ---- data sections ----

// What hides a type of that name where a part of the object is made: the parts beside it, and the object's own members.
Hidden Builder::hidden_in_object(const std::vector<std::string>& names) const {
  Hidden out(names.begin(), names.end());
  for (const Section& section : model_.sections) out.insert(section.name);
  for (const char* own : {"attach", "from_", "load", "maps", "notes", "programs", "refused"}) out.insert(own);
  return out;
}

void Builder::fill_section(const MapSpec& map, Section& section) {
  const auto variables = variables_of(map.name);
  Scope scope;
  const auto names =
      claim_all(scope, section.class_name, variables, [](const VariableSpec* variable) { return variable->name; });
  const Hidden hidden = hidden_in_object(names);
  std::uint32_t position = 0;
  int paddings = 0;
  const auto pad_to = [&](std::uint32_t offset) {
    if (offset <= position) return;
    section.members.push_back({.type = bytes_type(offset - position),
                               .name = scope.claim(cat("padding_", ++paddings)),
                               .offset = position,
                               .is_padding = true,
                               .initialised = true});
    position = offset;
  };
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const VariableSpec& variable = *variables[i];
    Variable out = {variable.name, names[i], view_of(variable, hidden), variable.offset, variable.size};
    section.variables.push_back(std::move(out));
    if (variable.offset < position) continue;  // another name of the one before
    pad_to(variable.offset);
    const bool plain = has_plain_type(variable);
    section.members.push_back({.type = plain ? types_.spell(variable.type, hidden) : bytes_type(variable.size),
                               .name = names[i],
                               .offset = variable.offset,
                               .initialised = true});
    position = variable.offset + variable.size;
  }
  pad_to(section.size);
}

// Whether C++ can have the variable's type at its place.
bool Builder::has_plain_type(const VariableSpec& variable) {
  if (variable.type == 0) return false;
  const auto referenced = spec_.types.type(variable.type);
  if (!referenced) return false;
  const auto extent = types_.extent(referenced->is(btf::Kind::variable) ? referenced->referenced() : variable.type);
  return extent && extent->size == variable.size && variable.offset % extent->align == 0;
}

std::string Builder::view_of(const VariableSpec& variable, const Hidden& hidden) {
  if (!has_plain_type(variable)) return "ebpf::Variable";
  const Seen seen = types_.see(variable.type, hidden);
  if (seen.shape == Shape::other) return "ebpf::Variable";
  const bool is_word = seen.shape == Shape::word;
  const std::string element = cat(variable.is_constant ? "const " : "", seen.element);
  if (seen.is_array)
    return cat("ebpf::", is_word ? "AtomicSpan<" : "StructSpan<", element, ", ", variable.size / seen.size, ">");
  return cat("ebpf::", is_word ? "Global<" : "GlobalStruct<", element, ">");
}

// ---- maps and programs ----

// A key or value: its type where it has one of that size, otherwise bytes.
std::string Builder::element_type(btf::TypeId type, std::uint32_t size, const Hidden& hidden) {
  const auto extent = type != 0 ? types_.extent(type) : std::nullopt;
  return extent && extent->size == size ? types_.spell(type, hidden) : bytes_type(size);
}

std::string Builder::map_type(const MapSpec& map, const Hidden& hidden) {
  std::string_view pattern = map_class(map);
  const bool needs_inner = pattern.contains("{inner}");
  const bool needs_value = pattern.contains("{value}");
  const bool needs_key = pattern.contains("{key}");
  if (pattern.empty() || (needs_inner && map.inner.empty()) || (needs_value && map.value_size == 0) ||
      (needs_key && map.key_size == 0))
    return "ebpf::OtherMap";
  std::string out = "ebpf::";
  while (!pattern.empty()) {
    const std::size_t brace = pattern.find('{');
    out += pattern.substr(0, brace);
    if (brace == std::string_view::npos) break;
    const std::size_t end = pattern.find('}', brace);
    const std::string_view what = pattern.substr(brace + 1, end - brace - 1);
    pattern.remove_prefix(end + 1);
    if (what == "key") out += element_type(map.key_type, map.key_size, hidden);
    if (what == "value_size") out += cat(map.value_size);
    if (what == "inner") out += map_type(map.inner.front(), hidden);
    if (what == "value") {
      const bool is_stack = map.type == MapType::stack_trace && map.value_type == 0 && map.value_size % 8 == 0;
      out += is_stack ? cat("std::array<std::uint64_t, ", map.value_size / 8, ">")
                      : element_type(map.value_type, map.value_size, hidden);
    }
    if (what == "record") {
      const RecordType* record = record_of(map.name);
      out += record != nullptr ? types_.spell_by_name(record->type, hidden) : "std::byte";
    }
  }
  return out;
}

void Builder::add_maps() {
  std::vector<const MapSpec*> maps;
  for (const MapSpec& map : spec_.maps)
    if (!map.is_data) maps.push_back(&map);
  Scope scope;
  const auto names = claim_all(scope, "Maps", maps, [](const MapSpec* map) { return map->name; });
  const Hidden hidden = hidden_in_object(names);
  for (std::size_t i = 0; i < maps.size(); ++i)
    model_.maps.push_back({maps[i]->name, names[i], map_type(*maps[i], hidden)});
}

void Builder::add_programs() {
  Scope scope;
  const auto names =
      claim_all(scope, "Programs", spec_.programs, [](const ProgramSpec& program) { return program.name; });
  for (std::size_t i = 0; i < spec_.programs.size(); ++i) {
    const ProgramSpec& program = spec_.programs[i];
    const ProgramClass found = program_class(program);
    model_.programs.push_back(
        {program.name, names[i], program.section, cat("ebpf::", found.name), found.attaches_by_name});
  }
}

// ---- names of the whole ----

// A namespace's name for an object's. At global scope it has more neighbours than names have elsewhere.
std::string namespace_for(std::string_view object_name) {
  std::string out = Scope().claim(object_name.empty() ? "object" : object_name);
  while (is_library_function(out)) out += '_';
  return out;
}

bool is_usable(std::string_view name) { return Scope().would_keep(name); }

}  // namespace

Result<void> check_names(const Options& options) {
  std::string_view rest = options.name_space;
  while (!rest.empty()) {
    const std::size_t colons = rest.find("::");
    const std::string_view part = rest.substr(0, colons);
    const bool ends_in_colons = colons != std::string_view::npos && colons + 2 == rest.size();
    if (!is_usable(part) || ends_in_colons)
      return fail(errc::invalid_argument, quoted(options.name_space), " cannot be the name of a namespace");
    rest = colons == std::string_view::npos ? std::string_view() : rest.substr(colons + 2);
  }
  if (!options.class_name.empty() && !is_usable(options.class_name))
    return fail(errc::invalid_argument, quoted(options.class_name), " cannot be the name of a class");
  return {};
}

Result<Model> build_model(const CollectionSpec& spec, std::string_view file_name, const Options& options) {
  Model model;
  model.object_name = spec.name;
  model.file_name = file_name;
  model.name_space = options.name_space.empty() ? namespace_for(spec.name) : options.name_space;
  model.object_class = options.class_name.empty() ? "Object" : options.class_name;
  model.spec_class = options.class_name.empty() ? "Spec" : cat(options.class_name, "Spec");
  EBPF_CHECK(Builder(spec, options, model).build());
  return model;
}

}  // namespace ebpf::bpf2cpp
