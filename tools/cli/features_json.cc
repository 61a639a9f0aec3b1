// The answers of `ebpf features` as JSON: this project's layout (docs/cli.md), and that of bpftool 7, so that scripts
// written for `bpftool feature probe -j` go on working.
#include <sys/utsname.h>

#include "ebpf/asm/helper.h"
#include "ebpf/base/json.h"
#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Answer;
using features::Group;
using features::Verdict;

constexpr std::uint32_t kSchema = 1;

// ---- bpftool's layout: names of its own for the same things ----

struct Renamed {
  const char* theirs;
  const char* ours;
};
constexpr Renamed kSysctls[] = {
    {"unprivileged_bpf_disabled", "system:unprivileged_bpf"},
    {"bpf_jit_enable", "system:jit"},
    {"bpf_jit_harden", "system:jit_harden"},
    {"bpf_jit_kallsyms", "system:jit_kallsyms"},
    {"bpf_jit_limit", "system:jit_limit"},
};
constexpr Renamed kMisc[] = {
    {"have_large_insn_limit", "misc:large_programs"},
    {"have_bounded_loops", "misc:bounded_loops"},
    {"have_v2_isa_extension", "isa:v2"},
    {"have_v3_isa_extension", "isa:v3"},
    {"have_v4_isa_extension", "isa:v4"},
};
constexpr const char* kTheirOptions[] = {
    "CONFIG_BPF",
    "CONFIG_BPF_SYSCALL",
    "CONFIG_HAVE_EBPF_JIT",
    "CONFIG_BPF_JIT",
    "CONFIG_BPF_JIT_ALWAYS_ON",
    "CONFIG_DEBUG_INFO_BTF",
    "CONFIG_DEBUG_INFO_BTF_MODULES",
    "CONFIG_CGROUPS",
    "CONFIG_CGROUP_BPF",
    "CONFIG_CGROUP_NET_CLASSID",
    "CONFIG_SOCK_CGROUP_DATA",
    "CONFIG_BPF_EVENTS",
    "CONFIG_KPROBE_EVENTS",
    "CONFIG_UPROBE_EVENTS",
    "CONFIG_TRACING",
    "CONFIG_FTRACE_SYSCALLS",
    "CONFIG_FUNCTION_ERROR_INJECTION",
    "CONFIG_BPF_KPROBE_OVERRIDE",
    "CONFIG_NET",
    "CONFIG_XDP_SOCKETS",
    "CONFIG_LWTUNNEL_BPF",
    "CONFIG_NET_ACT_BPF",
    "CONFIG_NET_CLS_BPF",
    "CONFIG_NET_CLS_ACT",
    "CONFIG_NET_SCH_INGRESS",
    "CONFIG_XFRM",
    "CONFIG_IP_ROUTE_CLASSID",
    "CONFIG_IPV6_SEG6_BPF",
    "CONFIG_BPF_LIRC_MODE2",
    "CONFIG_BPF_STREAM_PARSER",
    "CONFIG_NETFILTER_XT_MATCH_BPF",
    "CONFIG_BPFILTER",
    "CONFIG_BPFILTER_UMH",
    "CONFIG_TEST_BPF",
    "CONFIG_HZ",
};

// A value that was read, as a number where it is one and `numbers` are wanted; null where it was not read.
void add_value(Json& json, const Answer& answer, bool numbers) {
  // JSON has decimal numbers only.
  const bool is_decimal = answer.value.find_first_not_of("-0123456789") == std::string::npos;
  const auto number = parse_signed(answer.value);
  if (!numbers || !is_decimal || !number || number->magnitude > INT64_MAX) {
    json.string_or_null(answer.value);
  } else {
    const auto magnitude = static_cast<std::int64_t>(number->magnitude);
    json.number(number->is_negative ? -magnitude : magnitude);
  }
}

void add_system(Json& json) {
  json.key("system_config").open_object();
  for (const Renamed& each : kSysctls) {
    json.key(each.theirs);
    if (const auto feature = features::parse_feature(each.ours)) add_value(json, features::probe(*feature), true);
  }
  // There, a number in the configuration is a text.
  for (const char* const option : kTheirOptions) {
    json.key(option);
    add_value(json, features::probe(features::config_option(option)), false);
  }
  json.close_object();
}

void add_types(Json& json, Group group, std::string_view key, std::string_view suffix) {
  json.key(key).open_object();
  for (const features::Feature& each : features::all(group)) {
    const std::string name = features::name(each);
    const std::string_view word = std::string_view(name).substr(name.find(':') + 1);
    json.key(cat("have_", word, suffix)).boolean(is_supported(each));
  }
  json.close_object();
}

// Those that are loud are left out, as it does.
void add_helpers(Json& json) {
  json.key("helpers").open_object();
  for (const features::Feature& type : features::all(Group::program)) {
    const auto number = ProgramType{type.number};
    json.key(cat(ebpf::name(number), "_available_helpers")).open_array();
    const std::vector<Answer> answers = features::probe_helpers(number);
    for (std::size_t id = 1; id < answers.size(); ++id)
      if (answers[id].verdict == Verdict::supported &&
          !features::is_too_loud(features::feature(number, static_cast<insn::helper>(id))))
        json.string(cat("bpf_", insn::helper_name(static_cast<insn::helper>(id))));
    json.close_array();
  }
  json.close_object();
}

void add_answer(Json& json, const Found& found) {
  const Answer& answer = found.answer;
  json.open_object();
  json.key("name").string(features::name(found.feature));
  json.key("group").string(features::name(found.feature.group));
  json.key("verdict").string(features::name(answer.verdict));
  json.key("denied_by").string_or_null(features::name(answer.denied_by));
  json.key("errno").number(std::int64_t{answer.os_error});
  json.key("value").string_or_null(answer.value);
  json.key("since").string_or_null(features::text(features::since(found.feature)));
  json.key("config").string_or_null(features::needs_config(found.feature));
  json.key("why").string_or_null(answer.sentence);
  json.close_object();
}

}  // namespace

void print_features_json(std::span<const Found> found) {
  utsname names{};
  const bool known = ::uname(&names) == 0;
  Json json;
  json.open_object().key("schema").number(kSchema);
  json.key("kernel").open_object();
  json.key("release").string_or_null(known ? names.release : "");
  json.key("version").string_or_null(known ? names.version : "");
  json.key("machine").string_or_null(known ? names.machine : "");
  json.close_object();
  json.key("features").open_array();
  for (const Found& each : found) add_answer(json, each);
  json.close_array().close_object();
  print_line(json);
}

void print_bpftool_json() {
  Json json;
  json.open_object();
  add_system(json);
  const auto syscall = features::parse_feature("system:bpf_syscall");
  json.key("syscall_config").open_object();
  json.key("have_bpf_syscall").boolean(syscall && features::probe(*syscall).verdict != Verdict::absent);
  json.close_object();
  add_types(json, Group::program, "program_types", "_prog_type");
  add_types(json, Group::map, "map_types", "_map_type");
  add_helpers(json);
  json.key("misc").open_object();
  for (const Renamed& each : kMisc) {
    const auto feature = features::parse_feature(each.ours);
    json.key(each.theirs).boolean(feature && is_supported(*feature));
  }
  json.close_object().close_object();
  print_line(json);
}

}  // namespace ebpf::cli
