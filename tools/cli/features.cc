// ebpf features: what the kernel can do, and what it denies. The command line; the rest is in features_*.cc.
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Group;

// Without being asked for, all but the thousands of helpers and the hundreds of kfuncs.
constexpr Group kDefaultGroups[] = {
    Group::system,   Group::mount,  Group::capability, Group::config, Group::program, Group::map,
    Group::map_flag, Group::attach, Group::link,       Group::btf,    Group::isa,     Group::misc,
};

// Gives up all capabilities of this process, for good.
Result<void> drop_capabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return fail_errno(errno, "capset");
  return {};
}

Result<std::vector<Group>> groups_of(const Arguments& arguments) {
  std::vector<Group> out;
  if (arguments.operands.empty()) out.assign(std::begin(kDefaultGroups), std::end(kDefaultGroups));
  for (const std::string_view word : arguments.operands) {
    if (word == "all") {
      out.assign(std::begin(kDefaultGroups), std::end(kDefaultGroups));
      out.push_back(Group::helper);
      out.push_back(Group::kfunc);
      continue;
    }
    std::vector<std::string_view> names = {"all"};
    bool known = false;
    for (std::size_t i = 0; i < features::kGroupCount; ++i) {
      names.push_back(features::name(static_cast<Group>(i)));
      if (names.back() != word) continue;
      out.push_back(static_cast<Group>(i));
      known = true;
    }
    if (!known) return fail(errc::invalid_argument, "there is no group ", quoted(word), did_you_mean(word, names));
  }
  return out;
}

ExitStatus usage_error(std::string_view sentence) {
  print_error(Error(errc::invalid_argument, cat("features: ", sentence)));
  return kUsage;
}

// What --json, --macros and plain text show.
ExitStatus show(const Arguments& arguments) {
  const auto groups = groups_of(arguments);
  if (!groups) return usage_error(groups.error().message());
  const std::string_view layout = arguments.value("--json");
  if (arguments.has("--json") && layout == "bpftool") return print_bpftool_json(), kOk;
  if (!layout.empty()) return usage_error(cat("there is no layout ", quoted(layout), "; --json=bpftool is one"));
  const std::vector<Found> found = probe_groups(*groups);
  if (arguments.has("--json"))
    print_features_json(found);
  else if (arguments.has("--macros"))
    print_macros(found);
  else
    print_features(found, ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr);
  return kOk;
}

ExitStatus run_features(const Arguments& arguments) {
  if (arguments.has("--diff")) {
    if (arguments.operands.size() != 1) return usage_error("--diff takes two files: --diff BEFORE AFTER");
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
    {.name = "--json",
     .value = "",
     .help = "one JSON object; --json=bpftool in bpftool's layout",
     .may_have_value = true},
    {"--require", "LIST", "names of features, separated by commas: exit status 0 where all are there"},
    {"--for", "OBJECT", "whether this kernel has what an object's programs and maps need"},
    {"--diff", "BEFORE AFTER", "what differs between two files that --json wrote"},
    {"--unprivileged", "", "as seen without capabilities"},
    {"--macros", "", "as a C header"},
    {"--loud", "", "also helpers that the kernel writes to its log about (trace_printk, probe_write_user)"},
    {"--help", "", "print this"},
};

}  // namespace

std::vector<Found> probe_groups(std::span<const Group> groups) {
  std::vector<Found> found;
  for (const Group group : groups) {
    if (group == Group::helper) {
      for (const features::Feature& type : features::all(Group::program)) {
        const auto number = ProgramType{type.number};
        std::vector<features::Answer> answers = features::probe_helpers(number);
        for (std::size_t id = 1; id < answers.size(); ++id)
          found.push_back({features::feature(number, static_cast<insn::helper>(id)), std::move(answers[id])});
      }
    } else if (group == Group::kfunc) {
      for (std::string& name : features::list_kfuncs()) {
        features::Feature feature = features::kfunc(std::move(name));
        features::Answer answer = features::probe(feature);
        found.push_back({std::move(feature), std::move(answer)});
      }
    } else {
      for (features::Feature& feature : features::all(group)) {
        features::Answer answer = features::probe(feature);
        found.push_back({std::move(feature), std::move(answer)});
      }
    }
  }
  return found;
}

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
