// perf events: opened, enabled, and with a program on them.
#include "ebpf/sys/perf.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>
#include <system_error>

#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

std::uint64_t count_of(const Fd& event) {
  std::uint64_t count = 0;
  REQUIRE(::read(event.get(), &count, sizeof count) == sizeof count);
  return count;
}

TEST_CASE("a software event counts once it is enabled, and no more once it is disabled") {
  perf_event_attr attr = {};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_TASK_CLOCK;
  attr.disabled = 1;
  const auto event = perf_event_open(attr, {.pid = 0, .cpu = -1});
  if (!event) SKIP_TEST("no software events: " + event.error().message());
  CHECK((::fcntl(event->get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(count_of(*event) == 0);

  REQUIRE(perf_enable(event->get()));
  for (int i = 0; i < 1000; ++i) ::syscall(SYS_getppid);
  REQUIRE(perf_disable(event->get()));
  const std::uint64_t count = count_of(*event);
  CHECK(count > 0);
  CHECK(count_of(*event) == count);
}

TEST_CASE("an event that there is not, and a descriptor that is none") {
  perf_event_attr attr = {};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  const auto nowhere = perf_event_open(attr, {.pid = -1, .cpu = -1});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message() == "perf_event_open: EINVAL");

  const auto enabled = perf_enable(-1);
  REQUIRE_FALSE(enabled);
  CHECK(enabled.error().message() == "PERF_EVENT_IOC_ENABLE: EBADF");
  const auto set = perf_set_bpf(-1, -1);
  REQUIRE_FALSE(set);
  CHECK(set.error().message() == "PERF_EVENT_IOC_SET_BPF: EBADF");
}

// A tracepoint program that adds one to the only element of `map` each time, and returns 0.
Result<Fd> load_counter(const Fd& map) {
  const bpf_insn instructions[] = {
      // r1 = &value of element 0 (two slots)
      {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .off = 0, .imm = map.get()},
      {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      // lock *(u64 *)(r1 + 0) += 1
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .src_reg = 0, .off = 0, .imm = 1},
      {.code = BPF_STX | BPF_DW | BPF_ATOMIC, .dst_reg = 1, .src_reg = 2, .off = 0, .imm = BPF_ADD},
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  ProgLoadAttr attr;
  attr.prog_type = ProgramType::tracepoint;
  attr.insns = to_u64(instructions);
  attr.insn_cnt = std::size(instructions);
  attr.license = to_u64("GPL");
  return prog_load(attr);
}

TEST_CASE("a program on a tracepoint runs when it is hit") {
  test::private_mounts();
  const auto tracefs = tracefs_path();
  REQUIRE(tracefs);
  const auto text = read_text_file(*tracefs + "/events/sched/sched_switch/id", 64);
  if (!text) SKIP_TEST("no tracepoint sched_switch: " + text.error().message());
  std::uint64_t id = 0;
  REQUIRE(std::from_chars(text->data(), text->data() + text->size(), id).ec == std::errc());

  MapCreateAttr attr;
  attr.map_type = MapType::array;
  attr.key_size = 4;
  attr.value_size = 8;
  attr.max_entries = 1;
  const auto map = map_create(attr);
  REQUIRE(map);
  const auto program = load_counter(*map);
  if (!program) FAIL(program.error().message());

  // The event counts on one CPU: this thread goes there, so that its own switches are seen.
  cpu_set_t cpu;
  CPU_ZERO(&cpu);
  CPU_SET(0, &cpu);
  REQUIRE(::sched_setaffinity(0, sizeof cpu, &cpu) == 0);
  const auto event = perf_open_tracepoint(id, {.pid = -1, .cpu = 0});
  REQUIRE(event);
  REQUIRE(perf_set_bpf(event->get(), program->get()));
  REQUIRE(perf_enable(event->get()));
  const auto twice = perf_set_bpf(event->get(), program->get());
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code() == errc::already_exists);

  // Sleeping gives the CPU away, which is a hit.
  ::usleep(1000);
  const std::uint32_t key = 0;
  std::uint64_t hits = 0;
  REQUIRE(map_lookup_elem(map->get(), &key, &hits, 0) == 0);
  CHECK(hits > 0);
}

}  // namespace
}  // namespace ebpf::sys
