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
constexpr std::string_view kOptionPrefix = "CONFIG_";

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

// The first part of a name up to a colon, and what is behind that; without a colon all is the first part.
struct Parts {
  std::string_view first;
  std::string_view rest;
  bool has_colon;
};
Parts split(std::string_view name) {
  const auto colon = name.find(':');
  if (colon == std::string_view::npos) return {name, {}, false};
  return {name.substr(0, colon), name.substr(colon + 1), true};
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// "xdp:redirect_map", of a helper or a kfunc. False where it is none.
bool find_function(std::string_view name, Feature& out) {
  const bool is_kfunc = out.group == Group::kfunc;
  const Parts parts = split(name);
  const std::string_view function = parts.has_colon ? parts.rest : parts.first;
  const auto type = parts.has_colon ? program_type_by_name(parts.first) : ProgramType::unspec;
  if (!type || (*type == ProgramType::unspec && (parts.has_colon || !is_kfunc))) return false;
  out.number = static_cast<std::uint32_t>(*type);
  if (is_kfunc) {
    out.word = function;
    return is_identifier(function);
  }
  out.helper = static_cast<std::uint32_t>(insn::helper_by_name(function).value_or(insn::helper::unspec));
  return out.helper != 0;
}

// The rest of the feature, whose group is known.
bool find_feature(std::string_view name, Feature& out) {
  if (out.group == Group::helper || out.group == Group::kfunc) return find_function(name, out);
  if (out.group == Group::config) {
    out.word = name;
    return name.starts_with(kOptionPrefix) && is_identifier(name);
  }
  for (out.number = 0; release_of(out.group, out.number) != nullptr; ++out.number)
    if (is_type(out.group, out.number) && word(out.group, out.number) == name) return true;
  return false;
}

// ---- What was meant by a name that there is not: part by part, so that no other such name is suggested ----

// All words are in lower case, all options in upper case.
std::string in_case(std::string_view text, bool upper) {
  std::string out(text);
  for (char& c : out) {
    const char letter = static_cast<char>(c | 0x20);
    if (letter >= 'a' && letter <= 'z') c = static_cast<char>(upper ? letter - 0x20 : letter);
  }
  return out;
}

std::string_view nearest_word(Group group, std::string_view name) {
  std::vector<std::string_view> words;
  if (group == Group::config)
    for (std::uint32_t i = 1; !option_name(i).empty(); ++i) words.push_back(option_name(i));
  if (group == Group::helper)
    for (std::uint32_t id = 1; id < kHelperCount; ++id)
      words.push_back(insn::helper_name(static_cast<insn::helper>(id)));
  for (std::uint32_t number = 0; release_of(group, number) != nullptr; ++number)
    if (is_type(group, number)) words.push_back(word(group, number));
  return nearest(name, words);
}

// Empty where nothing is near.
std::string nearest_function(Group group, std::string_view name) {
  Parts parts = split(name);
  // "helper:redirect_map": with a type that has nearly all of them.
  if (group == Group::helper && !parts.has_colon) parts = {"xdp", name, true};
  const std::string_view type = nearest_word(Group::program, in_case(parts.first, false));
  std::string function(parts.rest);
  if (group == Group::helper) {
    function = in_case(function, false);
    if (function.starts_with("bpf_")) function.erase(0, 4);
    function = nearest_word(group, function);
  }
  return type.empty() || !is_identifier(function) ? std::string() : cat(type, ":", function);
}

std::string nearest_feature(std::string_view name) {
  const Parts parts = split(name);
  std::vector<std::string_view> groups;
  for (const GroupRow& row : kGroups) groups.push_back(row.word);
  const std::string_view word = parts.has_colon ? nearest(in_case(parts.first, false), groups) : std::string_view();
  const auto group = group_by_name(word);
  if (!group) return {};
  const bool is_option = *group == Group::config;
  std::string rest = in_case(parts.rest, is_option);
  if (is_option && !rest.starts_with(kOptionPrefix)) rest.insert(0, kOptionPrefix);
  const bool is_function = *group == Group::helper || *group == Group::kfunc;
  rest = is_function ? nearest_function(*group, parts.rest) : std::string(nearest_word(*group, rest));
  return rest.empty() ? rest : cat(word, ":", rest);
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
  const bool is_helper = feature.group == Group::helper;
  std::string out = cat(name(feature.group), ":");
  // What has no word of its own is called by its number.
  const auto add = [&](std::string_view known, std::uint32_t number) {
    out += !known.empty() ? std::string(known) : feature.group == Group::map_flag ? cat(hex(number)) : cat(number);
  };
  if (is_helper || (feature.group == Group::kfunc && feature.number != 0)) {
    add(ebpf::name(ProgramType{feature.number}), feature.number);
    out += ':';
  }
  if (is_helper)
    add(insn::helper_name(static_cast<insn::helper>(feature.helper)), feature.helper);
  else if (feature.group == Group::config || feature.group == Group::kfunc)
    out += feature.word;
  else
    add(word(feature.group, feature.number), feature.number);
  return out;
}

Result<Feature> parse_feature(std::string_view whole) {
  const Parts parts = split(whole);
  const auto group = group_by_name(parts.first);
  Feature found;
  if (group) found.group = *group;
  if (group && parts.has_colon && find_feature(parts.rest, found)) return found;
  const std::string meant = nearest_feature(whole);
  if (!meant.empty())
    return fail(errc::not_found, "there is no feature ", quoted(whole), "; did you mean ", quoted(meant), "?");
  const bool lacks_type = group == Group::helper && !split(parts.rest).has_colon;
  return fail(errc::not_found, "there is no feature ", quoted(whole),
              !parts.has_colon ? "; a name begins with its group: \"map:hash\""
              : lacks_type     ? "; a helper is asked for as \"helper:xdp:redirect_map\""
                               : "");
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
