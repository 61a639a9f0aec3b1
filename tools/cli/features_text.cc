// The answers of `ebpf features` for people, group by group, and as a C header.
#include <algorithm>

#include "ebpf/base/text.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Denier;
using features::Group;
using features::Verdict;

// In the order of Group.
constexpr const char* kTitles[] = {
    "settings of the system",
    "file systems",
    "capabilities of this process",
    "configuration of the kernel",
    "types of programs",
    "types of maps",
    "flags of maps",
    "attach types",
    "types of links",
    "types (BTF)",
    "instructions",
    "what programs and loaders may do",
    "helpers",
    "kfuncs",
};
static_assert(std::size(kTitles) == features::kGroupCount);

// In the order of Verdict: a mark and a colour.
constexpr const char* kMarks[] = {"+", "-", "!", "?"};
constexpr const char* kColours[] = {"\x1b[32m", "\x1b[2m", "\x1b[31m", "\x1b[33m"};

std::string_view without_group(std::string_view name) { return name.substr(name.find(':') + 1); }

// The word, its value, and where it is absent what it needs.
std::string label(const Found& found) {
  std::string out(without_group(features::name(found.feature)));
  if (!found.answer.value.empty() && found.answer.value != "y") out += cat("=", found.answer.value);
  if (found.answer.verdict != Verdict::absent) return out;
  if (const std::string what = remedy(found.feature); !what.empty()) out += cat(" (", what, ")");
  return out;
}

void print_wrapped(const char* mark, const char* colour, const std::vector<std::string>& words) {
  constexpr std::size_t kWidth = 110;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) print("  ", colour, mark, line, *colour != '\0' ? "\x1b[0m" : "", "\n");
    line.clear();
  };
  for (const std::string& word : words) {
    if (line.size() + word.size() + 2 > kWidth) flush();
    line += cat(" ", word);
  }
  flush();
}

// Those of a verdict together; what is denied or unknown, by its reason.
void print_verdict(std::span<const Found> group, Verdict verdict, bool with_colour) {
  const auto index = static_cast<std::size_t>(verdict);
  const char* const colour = with_colour ? kColours[index] : "";
  const auto reason_of = [&](const Found& each) {
    const bool by_reason = verdict == Verdict::denied || verdict == Verdict::unknown;
    return by_reason ? cause(each.answer) : std::string_view();
  };
  std::vector<std::string_view> reasons;
  for (const Found& each : group)
    if (each.answer.verdict == verdict && std::ranges::find(reasons, reason_of(each)) == reasons.end())
      reasons.push_back(reason_of(each));
  for (const std::string_view reason : reasons) {
    std::vector<std::string> words;
    for (const Found& each : group)
      if (each.answer.verdict == verdict && reason_of(each) == reason) words.push_back(label(each));
    print_wrapped(kMarks[index], colour, words);
    if (!reason.empty()) print("      ", features::name(verdict), ": ", reason, "\n");
  }
}

// Of helpers a type of program is a group of its own.
bool same_group(const Found& a, const Found& b) {
  return a.feature.group == b.feature.group &&
         (a.feature.group != Group::helper || a.feature.number == b.feature.number);
}

std::string title(const features::Feature& feature) {
  const std::string out = kTitles[static_cast<std::size_t>(feature.group)];
  if (feature.group != Group::helper) return out;
  return cat(out, " for ", ebpf::name(ProgramType{feature.number}));
}

std::string macro_name(const features::Feature& feature) {
  std::string out;
  for (const char c : features::name(feature)) {
    const bool is_lower = c >= 'a' && c <= 'z';
    out.push_back(c == ':' ? '_' : is_lower ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return out;
}

}  // namespace

void print_features(std::span<const Found> found, bool with_colour) {
  print("+ supported   - absent (with what it needs)   ! denied   ? unknown\n");
  while (!found.empty()) {
    const auto end = std::ranges::find_if(found, [&](const Found& each) { return !same_group(each, found.front()); });
    const auto count = static_cast<std::size_t>(end - found.begin());
    print("\n", title(found.front().feature), "\n");
    for (const Verdict verdict : {Verdict::supported, Verdict::denied, Verdict::unknown, Verdict::absent})
      print_verdict(found.first(count), verdict, with_colour);
    found = found.subspan(count);
  }
}

// 1 and 0; what is denied or unknown is not defined, so that a typing error and a doubt show alike with -Wundef.
void print_macros(std::span<const Found> found) {
  print("/* Written by `ebpf features --macros`. */\n#pragma once\n\n");
  for (const Found& each : found) {
    const std::string macro = macro_name(each.feature);
    if (each.answer.verdict == Verdict::supported || each.answer.verdict == Verdict::absent)
      print("#define EBPF_HAVE_", macro, each.answer.verdict == Verdict::supported ? " 1\n" : " 0\n");
    else
      print("/* EBPF_HAVE_", macro, ": ", features::name(each.answer.verdict), " */\n");
  }
}

}  // namespace ebpf::cli
