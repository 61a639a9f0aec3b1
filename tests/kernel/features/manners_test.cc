// How probes behave: nothing is asked twice or in vain, nothing stays behind, nothing is logged; and what they say
// where things are hidden from them: by seccomp, by missing capabilities, by an empty root directory.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "ebpf/asm/asm.h"
#include "ebpf/features/probe.h"
#include "ebpf/kernel/types.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/features/filters.h"
#include "tests/kernel/features/in_child.h"
#include "tests/kernel/features/rights.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;
using ebpf::test::in_child;
using ebpf::test::install_filter;
using ebpf::test::kBpf;
using ebpf::test::keep_only;
using ebpf::test::kNetAdmin;
using ebpf::test::kPerfmon;

namespace {

std::atomic<int> calls = 0;
long counting_hook(sys::Command command, void* attr, unsigned size) {
  calls.fetch_add(1);
  return sys::straight_bpf(command, attr, size);
}

void probe_everything() {
  for (std::size_t i = 0; i < kGroupCount; ++i)
    if (static_cast<Group>(i) != Group::helper)
      for (const Feature& each : all(static_cast<Group>(i))) (void)probe(each);
  for (const Feature& type : all(Group::program)) (void)probe_helpers(ProgramType{type.number});
  (void)list_kfuncs();
}

std::string expect(std::string_view name, Verdict verdict, Denier denier) {
  const auto feature = parse_feature(name);
  if (!feature) return feature.error().message();
  const Answer answer = probe(*feature);
  if (answer.verdict == verdict && answer.denied_by == denier) return {};
  return std::string(name) + " is " + std::string(features::name(answer.verdict)) + " by \"" +
         std::string(features::name(answer.denied_by)) + "\": " + answer.sentence + "\n";
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

TEST_CASE("features: an answer costs calls once, and what is not asked for none") {
  test::require_root_and_bpf();
  forget();
  sys::set_bpf_hook(counting_hook);
  calls = 0;
  (void)probe(config_option("CONFIG_BPF"));
  CHECK(calls == 0);
  CHECK(probe(feature(MapType::array)).verdict == Verdict::supported);
  const int once = calls;
  CHECK(once > 0);
  CHECK(once < 20);
  CHECK(probe(feature(MapType::array)).verdict == Verdict::supported);
  CHECK(calls == once);
  sys::set_bpf_hook(nullptr);
}

TEST_CASE("features: of what there is not nothing is known") {
  for (const Feature& none :
       {feature(MapType{9999}), feature(MapType::unspec), feature(ProgramType{9999}), feature(AttachType{9999}),
        feature(LinkType{9999}), feature(ProgramType::xdp, insn::helper{9999}), kfunc("bpf_x", ProgramType{9999}),
        feature(ProgramType{9999}, insn::helper::map_lookup_elem), Feature{.group = Group::misc, .number = 9999},
        Feature{.group = Group::map_flag, .number = 9999}}) {
    CHECK(probe(none).verdict == Verdict::unknown);
    CHECK(text(since(none)).empty());
    (void)features::name(none);
  }
  for (const Answer& each : probe_helpers(ProgramType{9999})) CHECK(each.verdict == Verdict::unknown);
}

TEST_CASE("features: threads get the same answers") {
  test::require_root_and_bpf();
  forget();
  std::array<std::string, 4> seen;
  std::vector<std::thread> threads;
  for (std::string& mine : seen)
    threads.emplace_back([&mine] {
      for (const Feature& each : all(Group::map)) mine += features::name(probe(each).verdict);
    });
  for (std::thread& each : threads) each.join();
  for (const std::string& each : seen) CHECK(each == seen.front());
  CHECK(seen.front().find("supported") != std::string::npos);
}

TEST_CASE("features: nothing is left behind, tainted or logged") {
  test::require_root_and_bpf();
  forget();
  const std::size_t descriptors = test::open_fd_count();
  const std::string taint = first_line("/proc/sys/kernel/tainted");
  const int log = ::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (log >= 0) ::lseek(log, 0, SEEK_END);
  probe_everything();
  char message[8192];
  for (ssize_t count; log >= 0 && (count = ::read(log, message, sizeof message)) > 0;) {
    const std::string line(message, static_cast<std::size_t>(count));
    // Of a seccomp filter, which this process has not got: another test's, which runs beside this one.
    if (line.find("audit: type=1326") != std::string::npos) continue;
    CAPTURE(line);
    for (const char* word : {"bpf", "BPF", "manners", "trace_printk"}) CHECK(line.find(word) == std::string::npos);
  }
  if (log >= 0) ::close(log);
  CHECK(first_line("/proc/sys/kernel/tainted") == taint);
  CHECK(test::open_fd_count() == descriptors);
}

TEST_CASE("features: under a seccomp filter that refuses bpf(2)") {
  test::require_root_and_bpf();
  for (const std::uint32_t error : {std::uint32_t{EPERM}, std::uint32_t{ENOSYS}, std::uint32_t{EACCES}}) {
    CAPTURE(error);
    CHECK(in_child([&] {
            forget();
            if (!install_filter(SECCOMP_RET_ERRNO | error)) return std::string("no filter");
            std::string out;
            for (const char* name : {"map:hash", "prog:xdp", "helper:xdp:redirect_map", "misc:bounded_loops",
                                     "btf:func", "link:xdp", "attach:sk_lookup", "system:bpf_syscall"})
              out += expect(name, Verdict::denied, Denier::seccomp);
            probe_everything();
            return out;
          }) == "");
  }
}

TEST_CASE("features: under a seccomp filter that kills who calls bpf(2)") {
  test::require_root_and_bpf();
  for (const std::uint32_t action : {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP}) {
    CAPTURE(action);
    CHECK(in_child([&] {
            forget();
            if (!install_filter(action)) return std::string("no filter");
            std::string out;
            for (const char* name : {"map:hash", "prog:xdp", "helper:xdp:redirect_map", "btf:func", "link:cgroup"})
              out += expect(name, Verdict::denied, Denier::seccomp);
            probe_everything();
            return out;
          }) == "");
  }
}

TEST_CASE("features: under a seccomp filter that refuses one command") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          constexpr int kProgLoad = 5;
          if (!install_filter(SECCOMP_RET_ERRNO | EPERM, kProgLoad)) return std::string("no filter");
          return expect("map:hash", Verdict::supported, Denier::none) +
                 expect("prog:xdp", Verdict::denied, Denier::seccomp);
        }) == "");
}

TEST_CASE("features: without capabilities, one at a time") {
  test::require_root_and_bpf();
  if (probe(*parse_feature("prog:syscall")).verdict != Verdict::supported) SKIP_TEST("needs CAP_BPF: Linux 5.14");
  const bool unprivileged = first_line("/proc/sys/kernel/unprivileged_bpf_disabled") == "0";
  // Without any: the map is refused by the sysctl, unless everybody may make maps.
  CHECK(in_child([&] {
          forget();
          if (!keep_only(0)) return std::string("capset");
          const Denier by = unprivileged ? Denier::capability : Denier::sysctl;
          return expect("cap:bpf", Verdict::denied, Denier::capability) + expect("prog:xdp", Verdict::denied, by) +
                 expect("prog:kprobe", Verdict::denied, by) +
                 (unprivileged ? std::string() : expect("isa:may_goto", Verdict::denied, by));
        }) == "");
  // Without CAP_BPF.
  CHECK(in_child([&] {
          forget();
          if (!keep_only(kPerfmon | kNetAdmin)) return std::string("capset");
          const Denier by = unprivileged ? Denier::capability : Denier::sysctl;
          return expect("prog:xdp", Verdict::denied, by) + expect("cap:net_admin", Verdict::supported, Denier::none);
        }) == "");
  // Without CAP_PERFMON.
  CHECK(in_child([] {
          forget();
          if (!keep_only(kBpf | kNetAdmin)) return std::string("capset");
          return expect("map:hash", Verdict::supported, Denier::none) +
                 expect("prog:xdp", Verdict::supported, Denier::none) +
                 expect("prog:kprobe", Verdict::denied, Denier::capability) +
                 expect("prog:tracepoint", Verdict::denied, Denier::capability) +
                 // The kernel hides such helpers from who lacks it, so that absence cannot be told.
                 expect("helper:xdp:probe_read_kernel", Verdict::unknown, Denier::none);
        }) == "");
  // Without CAP_NET_ADMIN.
  CHECK(in_child([] {
          forget();
          if (!keep_only(kBpf | kPerfmon)) return std::string("capset");
          return expect("map:hash", Verdict::supported, Denier::none) +
                 expect("prog:kprobe", Verdict::supported, Denier::none) +
                 expect("prog:xdp", Verdict::denied, Denier::capability) +
                 expect("helper:xdp:redirect_map", Verdict::denied, Denier::capability);
        }) == "");
}

// Denies bpf(2) to this process from now on; nothing, or why it does not.
std::string deny_by_lsm() {
  using namespace insn;
  const auto kernel = KernelTypes::running();
  const auto hook = kernel ? (*kernel)->types().find("bpf_lsm_bpf", btf::Kind::function) : std::nullopt;
  if (!hook) return "the kernel's types have no bpf_lsm_bpf";
  const Item items[] = {call_helper(helper::get_current_pid_tgid), rsh(r0, 32),     mov(r1, r0),  mov(r0, 0),
                        jump_if(ne, r1, ::getpid(), "out"),        mov(r0, -EPERM), label("out"), exit_()};
  const auto code = assemble(items);
  if (!code) return code.error().message();
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::lsm;
  attr.expected_attach_type = AttachType::lsm_mac;
  attr.attach_btf_id = *hook;
  attr.insns = sys::to_u64(code->slots.data());
  attr.insn_cnt = static_cast<std::uint32_t>(code->slots.size());
  attr.license = sys::to_u64("GPL");
  auto program = sys::prog_load(attr);
  if (!program) return program.error().message();
  sys::RawTracepointOpenAttr open;
  open.prog_fd = static_cast<std::uint32_t>(program->get());
  auto link = sys::raw_tracepoint_open(open);
  if (!link) return link.error().message();
  (void)program->release();  // until the process ends
  (void)link->release();
  return {};
}

TEST_CASE("features: a security module that denies is named") {
  test::require_root_and_bpf();
  if (first_line("/sys/kernel/security/lsm").find("bpf") == std::string::npos)
    SKIP_TEST("needs the LSM of BPF: lsm=…,bpf");
  CHECK(in_child([] {
          const std::string problem = deny_by_lsm();
          if (!problem.empty()) return "no program on bpf_lsm_bpf: " + problem;
          forget();
          return expect("map:hash", Verdict::denied, Denier::lsm) + expect("prog:xdp", Verdict::denied, Denier::lsm);
        }) == "");
}

TEST_CASE("features: in an empty root directory, without /proc and /sys") {
  test::require_root_and_bpf();
  char folder[] = "/tmp/features-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  CHECK(in_child([&] {
          forget();
          if (::chroot(folder) != 0 || ::chdir("/") != 0) return std::string("chroot");
          std::string out = expect("map:hash", Verdict::supported, Denier::none) +
                            expect("prog:xdp", Verdict::supported, Denier::none) +
                            expect("helper:xdp:redirect_map", Verdict::supported, Denier::none) +
                            expect("mount:tracefs", Verdict::unknown, Denier::none) +
                            expect("config:CONFIG_BPF", Verdict::unknown, Denier::none) +
                            expect("system:jit", Verdict::unknown, Denier::none) +
                            expect("cap:bpf", Verdict::supported, Denier::none);
          probe_everything();
          return out;
        }) == "");
  ::rmdir(folder);
}
