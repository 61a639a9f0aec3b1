// What the parts of `ebpf features` share: the answers of one run, and the ways to show them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/features/probe.h"
#include "tools/cli/command.h"

namespace ebpf::cli {

struct Found {
  features::Feature feature;
  features::Answer answer;
};

bool is_supported(const features::Feature& feature);

// features_text.cc: for people, and as a C header.
void print_features(std::span<const Found> found, bool with_colour);
void print_macros(std::span<const Found> found);

// features_json.cc: one object, whose layout is in docs/cli.md; and bpftool's.
void print_features_json(std::span<const Found> found);
void print_bpftool_json();

// What a "no" of a feature is as an exit status, and as a line without its end.
ExitStatus status_of(const features::Answer& answer);
std::string explanation(std::string_view name, const features::Feature& feature, const features::Answer& answer);
// Why, in one line: without what was tried, and what a program could do about it.
std::string_view cause(const features::Answer& answer);
// What a kernel needs that does not have a feature: "Linux 5.18", "Linux 6.7 with CONFIG_NETKIT", or the option alone
// where the kernel is new enough. Empty where that is not known.
std::string remedy(const features::Feature& feature);

// features_for.cc: --for. Null in a binary that reads no objects, which is half as large.
using ForObject = ExitStatus (*)(const std::string& path, bool json);
extern const ForObject kFeaturesFor;
// So many of the command's options, the first, are not for such a binary.
inline constexpr std::size_t kOptionsForObjects = 1;

// features_check.cc: --require.
ExitStatus require_features(std::string_view list);

// features_diff.cc: --diff, of two files that --json wrote.
ExitStatus diff_features(const std::string& before, const std::string& after);

}  // namespace ebpf::cli
