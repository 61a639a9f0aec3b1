// The tables of //ebpf/features against the kernel that runs: a feature is there from the release on that its row
// names, and not before, unless an option of the configuration leaves it out. Rows that a distribution's kernel makes
// wrong, by a back-port, are listed here with that kernel.
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "ebpf/features/probe.h"
#include "ebpf/kernel/config.h"
#include "ebpf/sys/kernel_version.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;

namespace {

// What a stable or distribution kernel has earlier than the release of the table: "5.10" for any kernel of that series.
struct Backport {
  std::string_view feature;
  Version series;
};
constexpr Backport kBackports[] = {
    {"", {0, 0}},
};

constexpr Group kVersioned[] = {Group::program, Group::map, Group::map_flag, Group::attach,
                                Group::link,    Group::btf, Group::isa,      Group::misc};

Version running() {
  const std::uint32_t code = sys::running_kernel_version().value_or(0);
  return {static_cast<std::uint8_t>(code >> 16), static_cast<std::uint8_t>(code >> 8)};
}

bool is_backport(const std::string& feature, Version kernel) {
  for (const Backport& each : kBackports)
    if (each.feature == feature && each.series == kernel) return true;
  return false;
}

const KernelConfig* configuration() {
  static const auto config = KernelConfig::running();
  return config ? &*config : nullptr;
}

// Whether the configuration lets the feature be absent from a kernel that is new enough. What cannot be read may.
bool may_be_left_out(const Feature& feature) {
  const std::string_view option = needs_config(feature);
  return !option.empty() && (configuration() == nullptr || !configuration()->is_set(option));
}

}  // namespace

TEST_CASE("features: answers are those of the kernel's version") {
  test::require_root_and_bpf();
  const Version kernel = running();
  int judged = 0;
  for (const Group group : kVersioned) {
    for (const Feature& feature : all(group)) {
      const Answer answer = probe(feature);
      const std::string label = features::name(feature);
      CAPTURE(label);
      CAPTURE(answer.sentence);
      CAPTURE(text(since(feature)));
      if (answer.verdict == Verdict::supported) {
        CHECK((since(feature) <= kernel || is_backport(label, kernel)));
        ++judged;
      }
      if (answer.verdict == Verdict::absent) {
        CHECK((since(feature) > kernel || may_be_left_out(feature)));
        ++judged;
      }
    }
  }
  MESSAGE(judged, " features were judged on Linux ", text(kernel));
  CHECK(judged > 120);
}

TEST_CASE("features: helpers come with their release") {
  test::require_root_and_bpf();
  const Version kernel = running();
  std::set<std::uint32_t> callable;
  for (const Feature& type : all(Group::program)) {
    const auto answers = probe_helpers(ProgramType{type.number});
    for (std::uint32_t id = 1; id < answers.size(); ++id)
      if (answers[id].verdict == Verdict::supported) callable.insert(id);
  }
  // What depends on the configuration, on lockdown, on a type of program that is denied here, or is too loud to try.
  const std::set<std::string_view> left_out = {
      "trace_printk",
      "trace_vprintk",
      "probe_write_user",
      "override_return",
      "rc_repeat",
      "rc_keydown",
      "rc_pointer_rel",
      "bprm_opts_set",
      "ima_inode_hash",
      "ima_file_hash",
      "lwt_seg6_store_bytes",
      "lwt_seg6_adjust_srh",
      "lwt_seg6_action",
      "inode_storage_get",
      "inode_storage_delete",
      "skb_get_xfrm_state",
      "read_branch_records",
      "get_route_realm",
      "get_func_ret",
      "skc_to_mptcp_sock",
      "d_path",
      "get_cgroup_classid",
      "skb_cgroup_classid",
      "get_func_arg",
      "get_func_arg_cnt",
      "get_branch_snapshot",
  };
  for (std::uint32_t id = 1; id < 212; ++id) {
    const std::string label(insn::helper_name(static_cast<insn::helper>(id)));
    CAPTURE(label);
    const Version since = features::since(feature(ProgramType::socket_filter, static_cast<insn::helper>(id)));
    CAPTURE(text(since));
    if (callable.contains(id))
      CHECK(since <= kernel);
    else if (!left_out.contains(label))
      CHECK(since > kernel);
  }
}

TEST_CASE("features: a helper asked for alone has the answer that it has among all") {
  test::require_root_and_bpf();
  for (const ProgramType type : {ProgramType::sched_act, ProgramType::raw_tracepoint_writable, ProgramType::xdp,
                                 ProgramType::tracing, ProgramType::cgroup_sockopt}) {
    forget();
    // The two that share their table with another type are filled from that one.
    (void)probe_helpers(type == ProgramType::sched_act ? ProgramType::sched_cls : ProgramType::raw_tracepoint);
    const auto together = probe_helpers(type);
    forget();
    for (std::uint32_t id = 1; id < together.size(); ++id) {
      const Feature alone = feature(type, static_cast<insn::helper>(id));
      CAPTURE(features::name(alone));
      CHECK(probe(alone).verdict == together[id].verdict);
    }
  }
}

namespace {

// The trace event of bpf_trace_printk(), which the kernel switches on for who loads a program that calls it: as it was.
class PrintEvent {
 public:
  PrintEvent() { std::ifstream(kPath) >> state_; }
  PrintEvent(const PrintEvent&) = delete;
  PrintEvent& operator=(const PrintEvent&) = delete;
  ~PrintEvent() {
    if (!state_.empty()) std::ofstream(kPath) << state_;
  }

 private:
  static constexpr const char* kPath = "/sys/kernel/tracing/events/bpf_trace/bpf_trace_printk/enable";
  std::string state_;
};

}  // namespace

TEST_CASE("features: who may print is known without a program that does") {
  test::private_mounts();
  const PrintEvent event;
  int told = 0;
  for (const insn::helper helper : {insn::helper::trace_printk, insn::helper::trace_vprintk}) {
    for (const Feature& type : all(Group::program)) {
      const Feature asked = feature(ProgramType{type.number}, helper);
      CAPTURE(features::name(asked));
      allow_loud_probes(false);
      CHECK(is_too_loud(asked));
      const Answer quiet = probe(asked);
      if (quiet.verdict == Verdict::unknown) continue;
      // The same of all at once.
      CHECK(probe_helpers(ProgramType{type.number})[asked.helper].verdict == quiet.verdict);
      allow_loud_probes(true);
      CHECK(probe(asked).verdict == quiet.verdict);
      CHECK_FALSE(is_too_loud(asked));
      told += quiet.verdict == Verdict::supported;
    }
  }
  allow_loud_probes(false);
  // snprintf_btf came with 5.10, trace_vprintk with 5.16.
  if (running() >= Version{5, 16}) CHECK(told > 40);
  if (running() >= Version{5, 10}) CHECK(told > 20);
  CHECK(probe(feature(ProgramType::kprobe, insn::helper::probe_write_user)).verdict != Verdict::supported);
  CHECK_FALSE(is_too_loud(feature(ProgramType::xdp, insn::helper::map_lookup_elem)));
}

TEST_CASE("features: kfuncs are found by the kernel's types, and refused to types that may not call them") {
  test::require_root_and_bpf();
  if (running() < Version{6, 4}) SKIP_TEST("needs Linux 6.4");
  CHECK(probe(kfunc("bpf_iter_num_new")).verdict == Verdict::supported);
  CHECK(probe(kfunc("bpf_iter_num_new", ProgramType::xdp)).verdict == Verdict::supported);
  CHECK(probe(kfunc("bpf_dynptr_from_xdp", ProgramType::xdp)).verdict == Verdict::supported);
  CHECK(probe(kfunc("bpf_dynptr_from_xdp", ProgramType::sched_cls)).verdict == Verdict::absent);
  // Of those for device-bound programs the verifier tells nothing to others.
  CHECK(probe(kfunc("bpf_xdp_metadata_rx_hash", ProgramType::xdp)).verdict != Verdict::absent);
  CHECK(probe(kfunc("vfs_read")).verdict == Verdict::absent);
  CHECK(probe(kfunc("no_such_function_of_the_kernel")).verdict == Verdict::absent);
}
