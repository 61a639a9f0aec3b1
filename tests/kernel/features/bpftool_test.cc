// The answers that bpftool gives too, one by one. bpftool 7.1 is wrong in two ways, and where it differs from us the
// kernel itself is asked here who is right:
//
//  * It does not know the words with which Linux 6.10 and later refuse a helper to a type of program ("program of this
//    type cannot use helper"), and takes them for a consent. Shown by that refusal.
//  * It asks whether `tracing` is there by a way of tracing that this kernel may deny, and takes EPERM for absence; the
//    same for `ext` and `lsm`. Shown by a program that loads, or by the EPERM.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "ebpf/features/probe.h"
#include "ebpf/sys/bpf.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;

namespace {

const std::string& bpftool_output() {
  static const std::string output = [] {
    std::string text;
    std::FILE* const pipe = ::popen("PATH=$PATH:/usr/sbin:/sbin bpftool feature probe -j 2>/dev/null", "r");
    if (pipe == nullptr) return text;
    char buffer[4096];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, count);
    ::pclose(pipe);
    return text;
  }();
  return output;
}

// What it says to `have_<word><suffix>`; nothing where it does not know the word.
std::optional<bool> their_answer(const std::string& key) {
  const std::string wanted = "\"" + key + "\":";
  const auto at = bpftool_output().find(wanted);
  if (at == std::string::npos) return std::nullopt;
  return bpftool_output().compare(at + wanted.size(), 4, "true") == 0;
}

std::string word(const Feature& feature) {
  const std::string name = features::name(feature);
  return name.substr(name.find(':') + 1);
}

// The verifier's words about one call.
std::string verifier_on(ProgramType type, AttachType attach, std::uint32_t helper) {
  const struct {
    std::uint8_t code, registers;
    std::int16_t offset;
    std::int32_t imm;
  } slots[] = {{0x85, 0, 0, static_cast<std::int32_t>(helper)}, {0x95, 0, 0, 0}};
  std::string log(8192, '\0');
  sys::ProgLoadAttr attr;
  attr.prog_type = type;
  attr.expected_attach_type = attach;
  attr.insns = sys::to_u64(slots);
  attr.insn_cnt = 2;
  attr.license = sys::to_u64("GPL");
  attr.log_level = 1;
  attr.log_buf = sys::to_u64(log.data());
  attr.log_size = static_cast<std::uint32_t>(log.size());
  if (type == ProgramType::syscall) attr.prog_flags = sys::kProgSleepable;
  (void)sys::prog_load(attr);
  return log.c_str();
}

// With which attach type bpftool and we load programs of types that want one.
AttachType attach_of(ProgramType type) {
  switch (type) {
    case ProgramType::cgroup_sock_addr:
      return AttachType::cgroup_inet4_connect;
    case ProgramType::cgroup_sockopt:
      return AttachType::cgroup_getsockopt;
    case ProgramType::sk_lookup:
      return AttachType::sk_lookup;
    case ProgramType::cgroup_sock:
      return AttachType::cgroup_inet_sock_create;
    default:
      return {};
  }
}

std::set<std::string> their_helpers(const std::string& type) {
  std::set<std::string> out;
  const std::string wanted = "\"" + type + "_available_helpers\":[";
  auto at = bpftool_output().find(wanted);
  if (at == std::string::npos) return out;
  at += wanted.size();
  const auto end = bpftool_output().find(']', at);
  while (at < end) {
    const auto open = bpftool_output().find('"', at);
    if (open >= end) break;
    const auto close = bpftool_output().find('"', open + 1);
    out.insert(bpftool_output().substr(open + 1 + std::strlen("bpf_"), close - open - 1 - std::strlen("bpf_")));
    at = close + 1;
  }
  return out;
}

void need_bpftool() {
  test::require_root_and_bpf();
  if (bpftool_output().find("program_types") == std::string::npos) SKIP_TEST("bpftool feature probe says nothing");
}

}  // namespace

TEST_CASE("bpftool: types of programs") {
  need_bpftool();
  int compared = 0;
  for (const Feature& each : all(Group::program)) {
    const auto theirs = their_answer("have_" + word(each) + "_prog_type");
    if (!theirs) continue;
    const Answer ours = probe(each);
    CAPTURE(word(each));
    CAPTURE(ours.sentence);
    ++compared;
    if (ours.verdict == Verdict::denied) {
      CHECK_FALSE(*theirs);
      CHECK(ours.os_error == EPERM);
    } else if (*theirs != (ours.verdict == Verdict::supported)) {
      // The proof for tracing: a program on a tracepoint's types, whose attach type is one of those.
      CHECK(word(each) == "tracing");
      CHECK_FALSE(*theirs);
      CHECK(probe(feature(AttachType::trace_raw_tp)).verdict == Verdict::supported);
      CHECK(probe(feature(AttachType::trace_fentry)).os_error == EPERM);
    }
  }
  CHECK(compared > 25);
}

TEST_CASE("bpftool: types of maps") {
  need_bpftool();
  int compared = 0;
  for (const Feature& each : all(Group::map)) {
    const auto theirs = their_answer("have_" + word(each) + "_map_type");
    if (!theirs) continue;
    CAPTURE(word(each));
    CHECK(*theirs == (probe(each).verdict == Verdict::supported));
    ++compared;
  }
  CHECK(compared > 25);
}

TEST_CASE("bpftool: large programs, loops, instructions") {
  need_bpftool();
  const std::pair<const char*, const char*> pairs[] = {
      {"have_large_insn_limit", "misc:large_programs"},
      {"have_bounded_loops", "misc:bounded_loops"},
      {"have_v2_isa_extension", "isa:v2"},
      {"have_v3_isa_extension", "isa:v3"},
  };
  for (const auto& [theirs, ours] : pairs) {
    CAPTURE(std::string(ours));
    REQUIRE(their_answer(theirs));
    CHECK(*their_answer(theirs) == (probe(*parse_feature(ours)).verdict == Verdict::supported));
  }
}

TEST_CASE("bpftool: helpers of every type of program") {
  need_bpftool();
  int same = 0, refuted = 0;
  for (const Feature& each : all(Group::program)) {
    const auto type = ProgramType{each.number};
    const std::set<std::string> theirs = their_helpers(word(each));
    if (theirs.empty()) continue;  // it does not ask for those of tracing, struct_ops, ext and lsm
    const auto ours = probe_helpers(type);
    for (std::uint32_t id = 1; id < ours.size(); ++id) {
      const std::string label(insn::helper_name(static_cast<insn::helper>(id)));
      if (ours[id].verdict == Verdict::unknown) continue;  // a loud one, which neither tries
      const bool is_ours = ours[id].verdict == Verdict::supported;
      if (theirs.contains(label) == is_ours) {
        ++same;
        continue;
      }
      CAPTURE(word(each));
      CAPTURE(label);
      if (is_ours) {
        // Newer than bpftool, or callable when attached in another way than it tries.
        const bool known_to_it = bpftool_output().find("\"bpf_" + label + "\"") != std::string::npos;
        const bool other_way = verifier_on(type, attach_of(type), id).find("helper") == std::string::npos ||
                               label == "copy_from_user" || label == "copy_from_user_task" || label == "setsockopt" ||
                               label == "getsockopt";
        CHECK((!known_to_it || other_way));
      } else {
        CHECK(verifier_on(type, attach_of(type), id).find("program of this type cannot use helper") !=
              std::string::npos);
        ++refuted;
      }
    }
  }
  MESSAGE(same, " answers are the same, ", refuted, " of bpftool's are refuted by the verifier");
  CHECK(same > 1500);
}
