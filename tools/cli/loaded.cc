// From texts to maps and variables in the kernel. Maps and programs come and go meanwhile: one that is gone is passed
// over.
#include "tools/cli/loaded.h"

#include <algorithm>
#include <optional>

#include "ebpf/base/found.h"
#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/program.h"
#include "ebpf/variables_of.h"
#include "tools/cli/output.h"
#include "tools/cli/value.h"

namespace ebpf::cli {
namespace {

constexpr std::size_t kKernelNameLength = 15;

struct LoadedProgram {
  ProgramName name;
  std::vector<std::uint32_t> map_ids;
};

// Maps that may hold variables, whose types have not been looked at yet.
struct LoadedMap {
  std::uint32_t id;
  Map map;
};

struct Machine {
  std::vector<LoadedProgram> programs;
  std::vector<LoadedMap> maps;
};

bool is_gone(const Error& error) { return error.code() == errc::not_found; }

Result<std::vector<LoadedProgram>> list_programs() {
  std::vector<LoadedProgram> out;
  EBPF_TRY(std::optional<std::uint32_t> id, Program::next_id(0));
  while (id) {
    const auto program = Program::from_id(*id);
    if (!program && !is_gone(program.error())) return fail_in(Error(program.error()));
    if (program) {
      EBPF_TRY(ProgramDetails details, program->info());
      out.push_back({{details.id, std::move(details.name)}, std::move(details.map_ids)});
    }
    EBPF_TRY(id, Program::next_id(*id));
  }
  return out;
}

Result<std::vector<LoadedMap>> list_maps() {
  std::vector<LoadedMap> out;
  EBPF_TRY(std::optional<std::uint32_t> id, Map::next_id(0));
  while (id) {
    auto map = Map::from_id(*id);
    if (!map && !is_gone(map.error())) return fail_in(std::move(map));
    if (map) out.push_back({*id, *std::move(map)});
    EBPF_TRY(id, Map::next_id(*id));
  }
  return out;
}

// The variables of the maps with these numbers, or of all. One map with odd types does not hide the others.
Result<std::vector<LoadedSection>> sections_of(const Machine& machine, std::optional<std::vector<std::uint32_t>> ids) {
  std::vector<LoadedSection> out;
  for (const LoadedMap& map : machine.maps) {
    if (ids && std::find(ids->begin(), ids->end(), map.id) == ids->end()) continue;
    auto variables = variables_of(map.map);
    if (!variables) {
      if (variables.error().code() == errc::denied) return fail_in(std::move(variables));
      print_error(variables.error());
      continue;
    }
    if (variables->empty()) continue;
    LoadedSection section{
        .map_id = map.id, .map_name = map.map.name, .programs = {}, .variables = *std::move(variables)};
    for (const LoadedProgram& program : machine.programs)
      if (std::find(program.map_ids.begin(), program.map_ids.end(), map.id) != program.map_ids.end())
        section.programs.push_back(program.name);
    out.push_back(std::move(section));
  }
  return out;
}

// Which maps a name or number means, and what is left of the text.
struct Meant {
  std::vector<std::uint32_t> map_ids;
  std::string_view rest;
};

std::string_view without_dot(std::string_view text) { return text.starts_with('.') ? text.substr(1) : text; }

std::optional<std::uint32_t> leading_number(std::string_view& text) {
  std::string_view rest = text;
  const auto number = take_unsigned(rest, 10, UINT32_MAX);
  if (!number || (!rest.empty() && rest.front() != '.')) return std::nullopt;
  text = without_dot(rest);
  return static_cast<std::uint32_t>(*number);
}

void add_maps_of(const LoadedProgram& program, Meant& meant) {
  meant.map_ids.insert(meant.map_ids.end(), program.map_ids.begin(), program.map_ids.end());
}

Result<Meant> by_number(const Machine& machine, std::uint32_t number, std::string_view rest, bool maps, bool programs) {
  Meant meant{{}, rest};
  if (maps)
    for (const LoadedMap& map : machine.maps)
      if (map.id == number) return Meant{{number}, rest};
  if (programs)
    for (const LoadedProgram& program : machine.programs)
      if (program.name.id == number) return add_maps_of(program, meant), meant;
  return fail(errc::not_found, "there is no ", maps ? "map" : "", maps && programs ? " or " : "",
              programs ? "program" : "", " number ", number);
}

Result<Meant> by_name(const Machine& machine, std::string_view text, bool maps, bool programs) {
  std::vector<std::string_view> names;
  if (programs)
    for (const LoadedProgram& program : machine.programs) names.push_back(program.name.name);
  if (maps)
    for (const LoadedMap& map : machine.maps) names.push_back(map.map.name);
  std::erase(names, std::string_view());
  auto found = split_name(text, names);
  if (!found) {
    // The kernel keeps the beginning of a longer name.
    const std::string_view first = text.substr(0, text.find('.'));
    const std::string_view kept = first.substr(0, kKernelNameLength);
    if (first.size() <= kKernelNameLength || std::find(names.begin(), names.end(), kept) == names.end())
      return fail(errc::not_found, "no program or map called ", quoted(first), " is loaded",
                  did_you_mean(first, names));
    found = NameAndPath{kept, without_dot(text.substr(first.size()))};
  }
  Meant meant{{}, found->path};
  if (programs)
    for (const LoadedProgram& program : machine.programs)
      if (program.name.name == found->name) add_maps_of(program, meant);
  if (maps && meant.map_ids.empty())
    for (const LoadedMap& map : machine.maps)
      if (map.map.name == found->name) meant.map_ids.push_back(map.id);
  return meant;
}

}  // namespace

Result<Selection> select_loaded(std::string_view text) {
  Machine machine;
  EBPF_TRY(machine.maps, list_maps());
  EBPF_TRY(machine.programs, list_programs());
  Selection out;
  if (text.empty()) {
    EBPF_TRY(out.sections, sections_of(machine, std::nullopt));
    return out;
  }
  const bool programs = !text.starts_with("map:");
  const bool maps = !text.starts_with("program:");
  if (!programs || !maps) text.remove_prefix(text.find(':') + 1);
  const std::optional<std::uint32_t> number = leading_number(text);
  EBPF_TRY(Meant meant,
           number ? by_number(machine, *number, text, maps, programs) : by_name(machine, text, maps, programs));
  EBPF_TRY(out.sections, sections_of(machine, std::move(meant.map_ids)));
  out.rest = meant.rest;
  return out;
}

Result<Chosen> choose_variable(const Selection& selection) {
  std::vector<std::string_view> names;
  for (const LoadedSection& section : selection.sections)
    for (const Variable& variable : section.variables) names.push_back(variable.name);
  const auto found = split_name(selection.rest, names);
  if (!found) {
    const std::string_view first = selection.rest.substr(0, selection.rest.find_first_of(".["));
    return fail(errc::not_found, "there is no variable ", quoted(first), did_you_mean(first, names));
  }
  Chosen chosen{nullptr, nullptr, found->path};
  for (const LoadedSection& section : selection.sections)
    for (const Variable& variable : section.variables) {
      if (variable.name != found->name) continue;
      if (chosen.variable != nullptr)
        return fail(errc::invalid_argument, "map ", chosen.section->map_id, " and map ", section.map_id,
                    " both have a variable ", quoted(found->name), ": say which by the map's number, as in ",
                    section.map_id, ".", found->name);
      chosen = {&section, &variable, found->path};
    }
  return chosen;
}

}  // namespace ebpf::cli
