// Names of features, and the lists of them: one table of groups says for each how its features are called and counted.
#include "ebpf/features/feature.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

constexpr std::uint32_t kHelperCount = 212;

struct GroupRow {
  const char* word;
  // Of a group with words of its own.
  const Row* (*row)(std::uint32_t number) = nullptr;
  // Of a group whose words are those of the kernel's numbers.
  std::string_view (*word_of)(std::uint32_t number) = nullptr;
  const Release* (*release)(std::uint32_t number) = nullptr;
};

template <class Type>
std::string_view type_word(std::uint32_t number) {
  return ebpf::name(Type{number});
}

// In the order of Group.
constexpr GroupRow kGroups[] = {
    {"system", system_row},
    {"mount", mount_row},
    {"cap", capability_row},
    {"config"},
    {"prog", nullptr, type_word<ProgramType>, program_release},
    {"map", nullptr, type_word<MapType>, map_release},
    {"map_flag", map_flag_row},
    {"attach", nullptr, type_word<AttachType>, attach_release},
    {"link", nullptr, type_word<LinkType>, link_release},
    {"btf", btf_row},
    {"isa", isa_row},
    {"misc", misc_row},
    {"helper"},
    {"kfunc"},
};
static_assert(std::size(kGroups) == kGroupCount);

const GroupRow& row_of(Group group) { return kGroups[static_cast<std::size_t>(group)]; }

std::string_view word(Group group, std::uint32_t number) {
  const GroupRow& row = row_of(group);
  if (row.word_of != nullptr) return row.word_of(number);
  const Row* const own = row.row(number);
  return own != nullptr ? own->word : std::string_view();
}

// Null behind the end of the group's table, and of a group that has none.
const Release* release_of(Group group, std::uint32_t number) {
  const GroupRow& row = row_of(group);
  if (row.release != nullptr) return row.release(number);
  const Row* const own = row.row != nullptr ? row.row(number) : nullptr;
  return own != nullptr ? &own->release : nullptr;
}
const Release* release_of(const Feature& feature) {
  const bool is_helper = feature.group == Group::helper;
  return release_of(is_helper ? Group::program : feature.group, feature.number);
}

// "unspec" is a number of the kernel's, but no type.
bool is_type(Group group, std::uint32_t number) { return word(group, number) != "unspec"; }

std::optional<Group> group_by_name(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kGroups); ++i)
    if (kGroups[i].word == name) return static_cast<Group>(i);
  return std::nullopt;
}

Failure no_such(std::string_view name, const std::vector<std::string>& names) {
  std::vector<std::string_view> candidates(names.begin(), names.end());
  return fail(errc::not_found, "there is no feature ", quoted(name), did_you_mean(name, candidates));
}

std::vector<std::string> names_of(std::span<const Feature> features) {
  std::vector<std::string> names;
  names.reserve(features.size());
  for (const Feature& each : features) names.push_back(name(each));
  return names;
}

// "xdp:redirect_map"
Result<Feature> parse_helper(std::string_view whole, std::string_view rest) {
  const auto colon = rest.find(':');
  const std::string_view type_name = rest.substr(0, colon);
  const auto type = program_type_by_name(type_name);
  std::vector<std::string> names;
  if (!type || *type == ProgramType::unspec || colon == std::string_view::npos) {
    for (const Feature& each : all(Group::program))
      names.push_back(
          cat("helper:", word(Group::program, each.number), colon == std::string_view::npos ? "" : rest.substr(colon)));
    if (colon == std::string_view::npos && insn::helper_by_name(rest))
      return fail(errc::not_found, "there is no feature ", quoted(whole),
                  "; a helper is asked for with a type of "
                  "program: \"helper:xdp:",
                  rest, "\"");
    return no_such(whole, names);
  }
  const auto id = insn::helper_by_name(rest.substr(colon + 1));
  if (id && *id != insn::helper::unspec) return feature(*type, *id);
  for (std::uint32_t i = 1; i < kHelperCount; ++i) names.push_back(name(feature(*type, static_cast<insn::helper>(i))));
  return no_such(whole, names);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// "bpf_iter_num_new" or "xdp:bpf_xdp_metadata_rx_hash"
Result<Feature> parse_kfunc(std::string_view whole, std::string_view rest) {
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos && is_identifier(rest)) return kfunc(std::string(rest));
  const auto type = program_type_by_name(rest.substr(0, colon));
  const std::string_view function = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  if (type && *type != ProgramType::unspec && is_identifier(function)) return kfunc(std::string(function), *type);
  std::vector<std::string> names;
  for (const Feature& each : all(Group::program))
    names.push_back(cat("kfunc:", word(Group::program, each.number), ":", function));
  return no_such(whole, names);
}

Result<Feature> parse_option(std::string_view whole, std::string_view rest) {
  if (rest.starts_with("CONFIG_") && is_identifier(rest)) return config_option(std::string(rest));
  const std::vector<Feature> known = all(Group::config);
  return no_such(whole, names_of(known));
}

}  // namespace

Feature feature(MapType type) { return {.group = Group::map, .number = static_cast<std::uint32_t>(type)}; }
Feature feature(ProgramType type) { return {.group = Group::program, .number = static_cast<std::uint32_t>(type)}; }
Feature feature(AttachType type) { return {.group = Group::attach, .number = static_cast<std::uint32_t>(type)}; }
Feature feature(LinkType type) { return {.group = Group::link, .number = static_cast<std::uint32_t>(type)}; }
Feature feature(ProgramType type, insn::helper helper) {
  return {
      .group = Group::helper, .number = static_cast<std::uint32_t>(type), .helper = static_cast<std::uint32_t>(helper)};
}
Feature kfunc(std::string name, ProgramType type) {
  return {.group = Group::kfunc, .number = static_cast<std::uint32_t>(type), .word = std::move(name)};
}
Feature config_option(std::string name) { return {.group = Group::config, .word = std::move(name)}; }

std::string_view name(Group group) { return row_of(group).word; }

std::string name(const Feature& feature) {
  const std::string_view group = name(feature.group);
  const std::string_view type = ebpf::name(ProgramType{feature.number});
  switch (feature.group) {
    case Group::config:
      return cat(group, ":", feature.word);
    case Group::kfunc:
      return feature.number == 0 ? cat(group, ":", feature.word) : cat(group, ":", type, ":", feature.word);
    case Group::helper:
      return cat(group, ":", type, ":", insn::helper_name(static_cast<insn::helper>(feature.helper)));
    default:
      return cat(group, ":", word(feature.group, feature.number));
  }
}

Result<Feature> parse_feature(std::string_view whole) {
  const auto colon = whole.find(':');
  const auto group = group_by_name(whole.substr(0, colon));
  if (!group || colon == std::string_view::npos) {
    std::vector<std::string> names;
    for (const GroupRow& row : kGroups)
      names.push_back(cat(row.word, ":", colon == std::string_view::npos ? whole : whole.substr(colon + 1)));
    return no_such(whole, names);
  }
  const std::string_view rest = whole.substr(colon + 1);
  if (*group == Group::helper) return parse_helper(whole, rest);
  if (*group == Group::kfunc) return parse_kfunc(whole, rest);
  if (*group == Group::config) return parse_option(whole, rest);
  const std::vector<Feature> known = all(*group);
  for (const Feature& each : known)
    if (word(*group, each.number) == rest) return each;
  return no_such(whole, names_of(known));
}

Version since(const Feature& feature) {
  const Release* const release = is_known(feature) ? release_of(feature) : nullptr;
  if (release == nullptr) return {};
  return feature.group == Group::helper ? std::max(helper_since(feature.helper), release->since) : release->since;
}

std::string_view needs_config(const Feature& feature) {
  const Release* const release = release_of(feature);
  return release != nullptr ? option_name(release->option) : std::string_view();
}

bool is_known(const Feature& feature) {
  if (feature.group == Group::config) return true;
  const bool is_function = feature.group == Group::helper || feature.group == Group::kfunc;
  const bool is_any_type = feature.group == Group::kfunc && feature.number == 0;
  const Group group = is_function ? Group::program : feature.group;
  return is_any_type || (release_of(group, feature.number) != nullptr && is_type(group, feature.number) &&
                         feature.helper < kHelperCount);
}

std::vector<Feature> all(Group group) {
  std::vector<Feature> out;
  if (group == Group::config)
    for (std::uint32_t i = 1; !option_name(i).empty(); ++i) out.push_back(config_option(std::string(option_name(i))));
  if (group == Group::helper)
    for (const Feature& type : all(Group::program))
      for (std::uint32_t id = 1; id < kHelperCount; ++id)
        out.push_back({.group = group, .number = type.number, .helper = id});
  for (std::uint32_t number = 0; release_of(group, number) != nullptr; ++number)
    if (is_type(group, number)) out.push_back({.group = group, .number = number});
  return out;
}

}  // namespace ebpf::features
