// Programs that are changed before they are loaded: switched off, given another target, type, or flags.
#include <string>

#include "ebpf/asm/asm.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/attach.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

TEST_CASE("a program that is switched off is not looked at, and not in the collection") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("subprograms");
  ProgramSpec& alone = *spec.program("alone");
  alone.code = {insn::make_slot(0x95, 0, 0, 0, 0)};  // r0 is not set: no verifier takes it
  alone.references.clear();
  alone.lines.clear();
  CHECK(error_of(Collection::load(spec)).code() == errc::verifier_rejected);
  alone.autoload = false;
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.programs.size() == spec.programs.size() - 1);
  CHECK_FALSE(objects.program("alone"));
  run(objects, "chain");
}

TEST_CASE("another type: a socket filter that is loaded for tc and XDP") {
  require_root_and_bpf();
  for (const ProgramType type : {ProgramType::sched_cls, ProgramType::sched_act, ProgramType::xdp}) {
    CAPTURE(std::string(name(type)));
    CollectionSpec spec = ok(read_object("subprograms").only("alone"));
    spec.programs.front().program_type = type;
    Collection objects = ok(Collection::load(spec));
    CHECK(objects.program("alone")->type() == type);
    CHECK(ok(objects.program("alone")->info()).type == type);
    ok(objects.variable("input")->set(std::uint32_t{3}));
    CHECK(run(objects, "alone") == 3);
  }
}

TEST_CASE("another target: a tracepoint and a raw tracepoint are attached where the spec says now") {
  private_mounts();
  CollectionSpec spec = read_object("tracing");
  ok(spec.variable("target_tgid")->set(static_cast<std::uint32_t>(getpid())));
  spec.program("on_fork")->attach_to = "syscalls/sys_enter_getppid";
  spec.program("on_sys_enter")->attach_to = "sys_exit";  // its second argument is what the call returned
  Collection objects = ok(Collection::load(spec));
  {
    const Link link = ok(objects.program("on_fork")->attach());
    call_getppid(5);
  }
  CHECK(number(objects, "forks") == 5);
  const Link link = ok(objects.program("on_sys_enter")->attach());
  call_getppid(1);
  CHECK(number(objects, "raw_syscalls") > 0);
  const auto counts = ok(objects.variable("raw_syscall_counts")->as_span<std::uint64_t>());
  const int parent = getppid();
  if (parent < 512) CHECK(counts[static_cast<std::size_t>(parent)].load() > 0);
}

TEST_CASE("another target: by BTF, a program goes to another tracepoint") {
  require_root_and_bpf();
  test_requires(kernel(6, 0), program_type(ProgramType::tracing, AttachType::trace_raw_tp));  // 6.0 tells the target
  CollectionSpec spec = ok(read_object("targets").only("on_fork"));
  const auto target_of = [&](const CollectionSpec& changed) {
    const Collection objects = ok(Collection::load(changed));
    sys::ProgInfo info;
    ok(sys::obj_get_info(objects.program("on_fork")->fd().get(), info));
    return info.attach_btf_id;
  };
  const auto before = target_of(spec);
  spec.programs.front().attach_to = "sched_process_hang";
  spec.programs.front().code = {insn::make_slot(0xb7, 0, 0, 0, 0), insn::make_slot(0x95, 0, 0, 0, 0)};
  spec.programs.front().references.clear();
  spec.programs.front().lines.clear();
  spec.programs.front().core_relocations.clear();
  const auto after = target_of(spec);
  CHECK(before != 0);
  CHECK(after != 0);
  CHECK(after != before);
  spec.programs.front().attach_to = "no_such_tracepoint";
  CHECK(contains(error_of(Collection::load(spec)).message(), "no_such_tracepoint"));
}

TEST_CASE("flags: with BPF_F_STRICT_ALIGNMENT, a load that this machine allows is refused") {
  require_root_and_bpf();
  using namespace insn;
  static constexpr auto kCode =
      assemble(load<std::uint32_t>(r2, r1, 0), load<std::uint32_t>(r3, r1, 4), mov(r4, r2), add(r4, 8), mov(r0, 2),
               jump_if(gt, r4, r3, "out"), load<std::uint32_t>(r5, r2, 1), label("out"), exit_());
  ProgramSpec spec;
  spec.name = "unaligned";
  spec.program_type = ProgramType::xdp;
  spec.code.assign(kCode.slots.begin(), kCode.slots.end());
  ok(Program::load(spec, "GPL"));
  spec.flags = 1u << 0;
  const Error error = error_of(Program::load(spec, "GPL"));
  REQUIRE(error.verifier() != nullptr);
  CHECK(contains(error.verifier()->reason, "misaligned packet access"));
  CHECK(contains(error.verifier()->meaning, "multiple of the size"));
}
