// ebpf features: what the kernel can do, and what it denies. The command line; the rest is in features_*.cc.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Group;

// A bit for each group. Without being asked for, all but the thousands of helpers and the hundreds of kfuncs.
using Groups = std::uint32_t;
constexpr Groups bit(Group group) { return Groups{1} << static_cast<unsigned>(group); }
constexpr Groups kAllGroups = (Groups{1} << features::kGroupCount) - 1;
constexpr Groups kDefaultGroups = kAllGroups & ~bit(Group::helper) & ~bit(Group::kfunc);

// Gives up all capabilities of this process, for good.
Result<void> drop_capabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return fail_errno(errno, "capset");
  return {};
}

Result<Groups> groups_of(const Arguments& arguments) {
  Groups out = arguments.operands.empty() ? kDefaultGroups : 0;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < features::kGroupCount; ++i) names.push_back(features::name(static_cast<Group>(i)));
  names.push_back("all");
  for (const std::string_view word : arguments.operands) {
    const auto index = static_cast<std::size_t>(std::ranges::find(names, word) - names.begin());
    if (index == names.size())
      return fail(errc::invalid_argument, "there is no group ", quoted(word), did_you_mean(word, names));
    out |= index == features::kGroupCount ? kAllGroups : bit(static_cast<Group>(index));
  }
  return out;
}

// All features of a group, probed. Of helpers that is some 6,700 questions.
void probe_group(Group group, std::vector<Found>& found) {
  const auto add = [&](features::Feature&& feature) {
    features::Answer answer = features::probe(feature);
    found.push_back({std::move(feature), std::move(answer)});
  };
  if (group == Group::helper) {
    for (const features::Feature& type : features::all(Group::program)) {
      const auto number = ProgramType{type.number};
      std::vector<features::Answer> answers = features::probe_helpers(number);
      for (std::size_t id = 1; id < answers.size(); ++id)
        found.push_back({features::feature(number, static_cast<insn::helper>(id)), std::move(answers[id])});
    }
  }
  if (group == Group::kfunc)
    for (std::string& name : features::list_kfuncs()) add(features::kfunc(std::move(name)));
  if (group != Group::helper)
    for (features::Feature& feature : features::all(group)) add(std::move(feature));
}

ExitStatus usage_error(std::string_view sentence) {
  print_error(Error(errc::invalid_argument, cat("features: ", sentence)));
  return kUsage;
}

// On a terminal that has them, where nobody wants none (no-color.org: an empty variable is no wish).
bool wants_colour() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? std::string_view(value) : std::string_view();
  };
  return ::isatty(STDOUT_FILENO) == 1 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

// What --json, --macros and plain text show.
ExitStatus show(const Arguments& arguments) {
  const auto groups = groups_of(arguments);
  if (!groups) return usage_error(groups.error().message());
  const std::string_view layout = arguments.value("--json");
  if (layout == "bpftool") {
    if (!arguments.operands.empty())
      return usage_error("--json=bpftool takes no groups: its layout has all of its own");
    return print_bpftool_json(), kOk;
  }
  if (!layout.empty()) return usage_error(cat("there is no layout ", quoted(layout), "; --json=bpftool is one"));
  std::vector<Found> found;
  for (std::size_t i = 0; i < features::kGroupCount; ++i)
    if ((*groups >> i & 1) != 0) probe_group(static_cast<Group>(i), found);
  if (arguments.has("--json"))
    print_features_json(found);
  else if (arguments.has("--macros"))
    print_macros(found);
  else
    print_features(found, wants_colour());
  return kOk;
}

// The ways to ask: the first that is given rules out what it does not go with, so that nothing is ignored.
struct Mode {
  std::string_view option;
  bool with_json;
  bool with_rights;  // is_right()
  std::size_t most_operands;
};
constexpr Mode kModes[] = {
    {"--diff", false, false, 1},         {"--require", false, true, 0},    {"--for", true, true, 0},
    {"--macros", false, true, SIZE_MAX}, {"--json", true, true, SIZE_MAX},
};

bool is_right(std::string_view option) { return option == "--unprivileged" || option == "--loud"; }

// What is wrong with a command line; empty where nothing is.
std::string misuse(const Arguments& arguments) {
  const auto* const mode = std::ranges::find_if(kModes, [&](const Mode& each) { return arguments.has(each.option); });
  if (mode == std::end(kModes)) return {};
  bool is_second = false;
  for (const GivenOption& given : arguments.options) {
    const bool is_mode = given.name == mode->option;
    if (is_mode && std::exchange(is_second, true)) return cat(given.name, " is given twice");
    const bool goes = given.name == "--json" ? mode->with_json : mode->with_rights && is_right(given.name);
    if (!is_mode && !goes) return cat(mode->option, " does not go with ", given.name);
  }
  if (arguments.operands.size() > mode->most_operands)
    return cat(mode->option, ": ", quoted(arguments.operands[mode->most_operands]), " is one operand too many");
  const bool is_for = mode->option == "--for";
  return is_for && !arguments.value("--json").empty() ? std::string("--for has no such layout") : std::string();
}

ExitStatus run_features(const Arguments& arguments) {
  if (const std::string wrong = misuse(arguments); !wrong.empty()) return usage_error(wrong);
  if (arguments.has("--diff")) {
    if (arguments.operands.empty()) return usage_error("--diff takes two files: --diff BEFORE AFTER");
    return diff_features(std::string(arguments.value("--diff")), std::string(arguments.operands.front()));
  }
  if (arguments.has("--unprivileged")) {
    const auto dropped = drop_capabilities();
    if (!dropped) return print_error(dropped.error()), kDenied;
  }
  features::allow_loud_probes(arguments.has("--loud"));
  if (arguments.has("--require")) return require_features(arguments.value("--require"));
  if (arguments.has("--for")) {
    if (kFeaturesFor == nullptr) return usage_error("this command reads no objects: use `ebpf features --for`");
    return kFeaturesFor(std::string(arguments.value("--for")), arguments.has("--json"));
  }
  return show(arguments);
}

constexpr Option kOptions[] = {
    {"--for", "OBJECT", "whether this kernel has what an object's programs and maps need"},
    {.name = "--json",
     .value = "",
     .help = "one JSON object; --json=bpftool in bpftool's layout",
     .may_have_value = true},
    {"--require", "LIST", "names of features, separated by commas: exit status 0 where all are there"},
    {"--diff", "BEFORE AFTER", "what differs between two files that --json wrote"},
    {"--unprivileged", "", "as seen without capabilities"},
    {"--macros", "", "as a C header"},
    {"--loud", "", "also helpers that the kernel makes a noise about: trace_printk, probe_write_user"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kFeatures = {
    .name = "features",
    .operands = "[GROUP]...",
    .summary = "Shows what this kernel can do with BPF, and what it denies to this process.",
    .options = kOptions,
    .least_operands = 0,
    .most_operands = SIZE_MAX,
    .run = run_features,
};

}  // namespace ebpf::cli
