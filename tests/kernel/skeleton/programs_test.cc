// Programs and links of a generated header, and a change of constants that the program sees.
#include <sys/syscall.h>
#include <unistd.h>

#include <type_traits>
#include <utility>

#include "tests/kernel/objects.h"
#include "tests/kernel/skeleton/globals.skel.h"
#include "tests/kernel/skeleton/probes.skel.h"
#include "tests/kernel/skeleton/tracing.skel.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

extern "C" [[gnu::noinline, gnu::used]] int probed_first(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}

TEST_CASE("skeleton: constants, counters, arrays and structures of a program that runs") {
  require_root_and_bpf();
  auto spec = ok(globals::Spec::open());
  CHECK(spec.rodata().sample_rate == 1);
  CHECK(spec.data().data_stats.tx.bytes == 4);
  CHECK(spec.bss().packets == 0);
  spec.rodata().sample_rate = 2;
  spec.bss().packets = 100;
  spec.data().static_data = 5;
  const auto object = ok(globals::Object::load(spec));

  for (int i = 0; i < 3; ++i) ok(object.programs.count.test_run({.data = kFrame}));
  CHECK(object.bss.packets.load() == 103);
  CHECK(object.bss.count_calls.load() == 3);
  CHECK(object.bss.static_bss.load() == 15);
  CHECK(object.bss.hits_by_length.sum() == 3);
  CHECK(object.bss.sampled.load() == 1);
  object.bss.packets.fetch_add(1);
  CHECK(object.bss.packets.load() == 104);
  static_assert(std::is_same_v<decltype(object.rodata.sample_rate), Global<const std::uint32_t>>);
  CHECK(object.rodata.sample_rate.load() == 2);
  CHECK(object.data.data_stats.snapshot().rx.bytes == 2);
  CHECK(object.data.data_structs[2].field(&globals::traffic::bytes).load() == 300);
}

TEST_CASE("skeleton: .bss stays small where nothing is written to it, and is whole where something is") {
  auto spec = ok(globals::Spec::open());
  CHECK(ok(Result<CollectionSpec>(spec.collection_spec())).map(".bss")->data.empty());
  spec.bss().events = 1;
  const CollectionSpec changed = spec.collection_spec();
  CHECK(changed.map(".bss")->data.size() == changed.map(".bss")->value_size);
  CHECK(ok(changed.variable("events")->get<std::uint32_t>()) == 1);
}

TEST_CASE("skeleton: attach() attaches what attaches by name, and the links hold it") {
  private_mounts();
  auto spec = ok(tracing::Spec::open());
  spec.rodata().target_tgid = static_cast<std::uint32_t>(getpid());
  const auto object = ok(tracing::Object::load(spec));
  tracing::Links links = ok(object.attach());
  REQUIRE(links.on_getppid);
  REQUIRE(links.on_sys_enter);
  const auto call = [] { syscall(SYS_getppid); };
  call();
  CHECK(object.bss.getppid_calls.load() == 1);
  CHECK(object.bss.raw_syscall_counts[SYS_getppid].load() == 1);
  links.on_getppid.reset();
  call();
  CHECK(object.bss.getppid_calls.load() == 1);
  CHECK(object.bss.raw_syscall_counts[SYS_getppid].load() == 2);
  {
    const tracing::Links moved = std::move(links);
  }
  call();
  CHECK(object.bss.raw_syscall_counts[SYS_getppid].load() == 2);

  const Link one = ok(object.programs.on_getppid.attach());
  call();
  CHECK(object.bss.getppid_calls.load() == 2);
}

TEST_CASE("skeleton: a program that is switched off is left out of attach()") {
  private_mounts();
  auto spec = ok(tracing::Spec::open());
  spec.programs.on_getppid.autoload = false;
  const auto object = ok(tracing::Object::load(spec));
  const tracing::Links links = ok(object.attach());
  CHECK_FALSE(links.on_getppid.has_value());
  CHECK(links.on_fork.has_value());
  CHECK(error_of(object.programs.on_getppid.attach()).code() == errc::invalid_argument);
}

TEST_CASE("skeleton: a program has the calls that attach its kind") {
  using Programs = probes::Object::Programs;
  static_assert(std::is_same_v<decltype(Programs::system_call), KprobeProgram>);
  static_assert(std::is_same_v<decltype(Programs::kernel_function), KprobeProgram>);
  static_assert(std::is_same_v<decltype(Programs::kernel_functions), KprobeMultiProgram>);
  static_assert(std::is_same_v<decltype(Programs::kernel_functions_session), KprobeMultiProgram>);
  static_assert(std::is_same_v<decltype(Programs::user_function), UprobeProgram>);
  static_assert(std::is_same_v<decltype(Programs::user_function_return), UprobeProgram>);
  static_assert(std::is_same_v<decltype(Programs::user_functions), UprobeMultiProgram>);
  static_assert(std::is_same_v<decltype(Programs::user_trace_point), TypedProgram>);
  static_assert(std::is_same_v<decltype(Programs::tick), PerfEventProgram>);
  static_assert(std::is_same_v<decltype(Programs::lookup), NetnsProgram>);
  static_assert(std::is_same_v<decltype(Programs::dissect), NetnsProgram>);
  static_assert(std::is_same_v<decltype(Programs::filter), NetfilterProgram>);
}

TEST_CASE("skeleton: a uprobe by its section, and by the call") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe));
  auto spec = ok(probes::Spec::open());
  spec.rodata().target_tgid = static_cast<std::uint32_t>(getpid());
  const auto& programs = spec.programs;
  for (ProgramSpec* program : {&programs.system_call,
                               &programs.system_call_return,
                               &programs.kernel_function,
                               &programs.kernel_function_offset,
                               &programs.kernel_function_return,
                               &programs.kernel_function_missing,
                               &programs.kernel_functions,
                               &programs.kernel_functions_return,
                               &programs.kernel_functions_session,
                               &programs.user_function_return,
                               &programs.user_function_missing,
                               &programs.user_functions,
                               &programs.user_functions_return,
                               &programs.user_functions_session,
                               &programs.user_trace_point,
                               &programs.with_cookie,
                               &programs.with_cookies,
                               &programs.anything,
                               &programs.tick,
                               &programs.lookup,
                               &programs.dissect,
                               &programs.filter})
    program->autoload = false;
  const auto object = ok(probes::Object::load(spec));
  const probes::Links links = ok(object.attach());
  CHECK(links.user_function);
  CHECK_FALSE(links.system_call);
  CHECK(probed_first(1) == 2);
  CHECK(object.bss.entries.load() == 1);
  const Link second = ok(object.programs.user_function.attach_uprobe("/proc/self/exe", "probed_first"));
  CHECK(probed_first(1) == 2);
  CHECK(object.bss.entries.load() == 3);
}
