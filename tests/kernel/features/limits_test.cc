// What probes say where they see less than they might: with few descriptors, few rights, mounts in odd places, and
// where the answer is another one for another way to attach. Not to know is never to say no.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "ebpf/asm/asm.h"
#include "ebpf/features/probe.h"
#include "ebpf/kernel/types.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"
#include "tests/kernel/features/in_child.h"
#include "tests/kernel/features/rights.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;
using ebpf::test::in_child;
using ebpf::test::kBpf;
using ebpf::test::keep_only;

namespace {

std::string describe(const Feature& feature, const Answer& answer) {
  return name(feature) + " is " + std::string(features::name(answer.verdict)) + ": " + answer.sentence + "\n";
}

// Probed anew; nothing, or what it is instead.
std::string is_not(std::string_view feature_name, Verdict verdict) {
  forget();
  const Feature feature = parse_feature(feature_name).value();
  const Answer answer = probe(feature);
  return answer.verdict != verdict ? std::string() : describe(feature, answer);
}

// The errno of a load.
int load(ProgramType type, AttachType attach, std::span<const insn::Slot> code) {
  sys::ProgLoadAttr attr;
  attr.prog_type = type;
  attr.expected_attach_type = attach;
  attr.insns = sys::to_u64(code.data());
  attr.insn_cnt = static_cast<std::uint32_t>(code.size());
  attr.license = sys::to_u64("GPL");
  const auto fd = sys::prog_load(attr);
  return fd ? 0 : fd.error().os_error();
}

}  // namespace

TEST_CASE("features: without CAP_PERFMON there are loops, or nobody can tell") {
  test::require_root_and_bpf();
  test_requires(test::kernel(5, 8));
  CHECK(is_not("misc:bounded_loops", Verdict::absent) == "");
  CHECK(in_child([] {
          if (!keep_only(kBpf)) return std::string("capset");
          return is_not("misc:bounded_loops", Verdict::absent) + is_not("misc:bounded_loops", Verdict::denied);
        }) == "");
}

TEST_CASE("features: a function that only sessions may call may be called by kprobes") {
  test::require_root_and_bpf();
  test_requires(test::program_type(ProgramType::kprobe), test::kernel(6, 13));
  const auto kernel = KernelTypes::running().value();
  const auto id = kernel->types().find("bpf_session_is_return", btf::Kind::function);
  if (!id) SKIP_TEST("needs bpf_session_is_return (CONFIG_FPROBE)");
  const auto code = insn::assemble(std::array<insn::Item, 3>{insn::call_kfunc(static_cast<std::int32_t>(*id)),
                                                             insn::mov(insn::r0, 0), insn::exit_()})
                        .value();
  REQUIRE(load(ProgramType::kprobe, {}, code.slots) != 0);
  const bool loads = load(ProgramType::kprobe, AttachType::trace_uprobe_session, code.slots) == 0 ||
                     load(ProgramType::kprobe, AttachType::trace_kprobe_session, code.slots) == 0;
  CHECK((probe(kfunc("bpf_session_is_return", ProgramType::kprobe)).verdict == Verdict::supported) == loads);
  CHECK(probe(kfunc("bpf_session_is_return", ProgramType::xdp)).verdict == Verdict::absent);
}

TEST_CASE("features: where descriptors run out nothing that is there is absent or denied") {
  test::require_root_and_bpf();
  constexpr const char* kNames[] = {"map:hash",
                                    "prog:xdp",
                                    "misc:bounded_loops",
                                    "misc:callbacks",
                                    "helper:cgroup_sockopt:setsockopt",
                                    "helper:tracing:get_func_ret"};
  CHECK(in_child([&] {
          std::vector<std::string_view> there;
          for (const char* each : kNames)
            if (is_not(each, Verdict::supported) != "") there.emplace_back(each);
          if (there.size() < 3) return std::string("not even these are there");
          const rlimit few = {.rlim_cur = 8, .rlim_max = 8};
          if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return std::string("setrlimit");
          std::string out;
          // One descriptor less each time, until there is none.
          do {
            for (const std::string_view each : there)
              out += is_not(each, Verdict::absent) + is_not(each, Verdict::denied);
          } while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
          return out;
        }) == "");
}

TEST_CASE("features: the path of a mount has its blanks") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return std::string("unshare");
          for (Answer at = probe(parse_feature("mount:bpffs").value()); at.verdict == Verdict::supported;
               at = probe(parse_feature("mount:bpffs").value())) {
            if (::umount2(at.value.c_str(), MNT_DETACH) != 0) return "umount " + at.value;
            forget();
          }
          char folder[] = "/tmp/features a\\b-XXXXXX";
          if (::mkdtemp(folder) == nullptr) return std::string("mkdtemp");
          const bool mounted = ::mount("bpffs", folder, "bpf", 0, nullptr) == 0;
          forget();
          const Answer found = probe(parse_feature("mount:bpffs").value());
          if (mounted) ::umount2(folder, MNT_DETACH);
          ::rmdir(folder);
          if (!mounted) return std::string("mount");
          return found.value == folder ? std::string() : found.value;
        }) == "");
}

TEST_CASE("features: without securityfs no helper is absent that lockdown may deny") {
  test::require_root_and_bpf();
  test_requires(test::program_type(ProgramType::kprobe));
  // In a mode that allows it, asking for it would leave a warning in the kernel's log.
  CHECK(in_child([] {
          constexpr const char* kPlace = "/sys/kernel/security";
          if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return std::string("unshare");
          (void)::mount("securityfs", kPlace, "securityfs", 0, nullptr);
          const auto mode = sys::read_text_file("/sys/kernel/security/lockdown", 4096);
          if (!mode || mode->find("[none]") != std::string::npos) return std::string();
          allow_loud_probes(true);
          while (::umount2(kPlace, MNT_DETACH) == 0) {
          }
          forget();
          const Feature writes = feature(ProgramType::kprobe, insn::helper::probe_write_user);
          const Answer answer = probe(writes);
          return answer.verdict == Verdict::unknown ? std::string() : describe(writes, answer);
        }) == "");
}
