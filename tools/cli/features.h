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

// All features of the groups, probed. Of helpers that is some 6,700 questions.
std::vector<Found> probe_groups(std::span<const features::Group> groups);

// features_text.cc: for people, and as a C header.
void print_features(std::span<const Found> found, bool with_colour);
void print_macros(std::span<const Found> found);

// features_json.cc: one object, whose layout is in docs/cli.md; and bpftool's.
void print_features_json(std::span<const Found> found);
void print_bpftool_json();

// What a "no" of a feature is as an exit status, and as a sentence.
ExitStatus status_of(const features::Answer& answer);
std::string explanation(const features::Feature& feature, const features::Answer& answer);

// features_for.cc: --for. Null in a binary that reads no objects, which is half as large.
using ForObject = ExitStatus (*)(const std::string& path, bool json);
extern const ForObject kFeaturesFor;

// features_check.cc: questions with an exit status for an answer.
ExitStatus require_features(std::string_view list);
// Of two files that --json wrote.
ExitStatus diff_features(const std::string& before, const std::string& after);

}  // namespace ebpf::cli
