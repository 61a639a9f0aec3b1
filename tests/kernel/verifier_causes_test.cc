// Programs that the verifier refuses, one for each of the common causes, and what the error says about each. The same
// has to come out on every kernel, whatever words its verifier has for it.
#include <linux/capability.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/kernel/maps.h"
#include "tests/support/private_mounts.h"
#include "tests/support/privileges.h"

using namespace ebpf;
using namespace ebpf::test;
using namespace ebpf::insn;

namespace {

using Items = std::vector<Item>;

ProgramSpec program(Items items, ProgramType type = ProgramType::socket_filter) {
  ProgramSpec spec;
  spec.name = "refused";
  spec.program_type = type;
  spec.code = ok(assemble(items)).slots;
  return spec;
}

// The report of a refusal, whose sentence has the meaning and whose log is whole.
VerifierReport refusal(const ProgramSpec& spec, const char* license = "GPL") {
  const Error error = error_of(Program::load(spec, license));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  REQUIRE(error.verifier() != nullptr);
  const VerifierReport report = *error.verifier();
  CAPTURE(report.log);
  CHECK_FALSE(report.reason.empty());
  CHECK_FALSE(report.meaning.empty());
  CHECK(contains(error.message(), report.meaning));
  CHECK(contains(report.log, report.reason.substr(0, report.reason.find('\n'))));
  return report;
}

#define CHECK_MEANING(spec, ...)                   \
  do {                                             \
    const VerifierReport report = refusal(spec);   \
    INFO(report.log);                              \
    INFO(report.meaning);                          \
    for (const char* const part : {__VA_ARGS__}) { \
      CAPTURE(std::string(part));                  \
      CHECK(contains(report.meaning, part));       \
    }                                              \
  } while (false)

Items operator+(Items a, const Items& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// r0 = lookup of key 0 in a map; r6 has the context.
Items lookup(const Map& map) {
  return {mov(r6, r1), store_imm<std::uint64_t>(r10, -8, 0), mov(r2, r10),
          add(r2, -8), load_map_fd(r1, map.fd().get()),      call_helper(helper::map_lookup_elem)};
}

// The same, and out where it is null.
Items checked_lookup(const Map& map) {
  return lookup(map) + Items{jump_if(ne, r0, 0, "found"), exit_(), label("found")};
}

const Items kReturnZero = {mov(r0, 0), exit_()};

}  // namespace

// ---- memory ----

TEST_CASE("causes: packet bounds that were not checked") {
  require_root_and_bpf();
  const Items code = {load<std::uint32_t>(r2, r1, 0), load<std::uint64_t>(r3, r2, 0)};
  CHECK_MEANING(program(code + kReturnZero, ProgramType::xdp), "packet bounds were not checked", "r=0");
}

TEST_CASE("causes: data_end read through; an offset into the packet that may be anything") {
  require_root_and_bpf();
  const Items end = {load<std::uint32_t>(r2, r1, 4), load<std::uint8_t>(r3, r2, 0)};
  CHECK_MEANING(program(end + kReturnZero, ProgramType::xdp), "data_end");
  const Items far = {mov(r6, r1), call_helper(helper::ktime_get_ns), load<std::uint32_t>(r2, r6, 0), add(r2, r0)};
  CHECK_MEANING(program(far + kReturnZero, ProgramType::xdp), "offset into the packet");
}

TEST_CASE("causes: a pointer that may be null") {
  require_root_and_bpf();
  const Map map = make_hash();
  CHECK_MEANING(program(lookup(map) + Items{load<std::uint64_t>(r3, r0, 0)} + kReturnZero), "may be null");
  CHECK_MEANING(program(lookup(map) + Items{add(r0, 4)} + kReturnZero), "may be null");
}

TEST_CASE("causes: a plain number as a pointer") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{mov(r2, 8), load<std::uint64_t>(r3, r2, 0)} + kReturnZero), "plain number",
                "bpf_probe_read_kernel");
}

TEST_CASE("causes: the bounds of a map's value, by a constant and by a variable") {
  require_root_and_bpf();
  const Map map = make_hash();
  CHECK_MEANING(program(checked_lookup(map) + Items{load<std::uint64_t>(r3, r0, 8)} + kReturnZero), "has 8 bytes");
  const Items variable = {load<std::uint32_t>(r2, r6, 0), add(r0, r2), load<std::uint8_t>(r3, r0, 0)};
  CHECK_MEANING(program(checked_lookup(map) + variable + kReturnZero), "bound it just before the access");
}

TEST_CASE("causes: the size that a helper is given") {
  require_root_and_bpf();
  const Items code = {load<std::uint32_t>(r4, r1, 0), mov(r3, r10), add(r3, -64), mov(r2, 0),
                      call_helper(helper::skb_load_bytes)};
  CHECK_MEANING(program(code + kReturnZero), "size that is given to the helper");
}

TEST_CASE("causes: a write to what is read-only") {
  require_root_and_bpf();
  const Map map = make(MapType::hash, 4, 8, 4, kReadOnlyForPrograms);
  CHECK_MEANING(program(checked_lookup(map) + Items{store_imm<std::uint64_t>(r0, 0, 1)} + kReturnZero), "read-only");
}

TEST_CASE("causes: a field of the context that is not the program's; a context pointer that was changed") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{load<std::uint32_t>(r2, r1, 200)} + kReturnZero, ProgramType::xdp),
                "context at offset 200");
  const Items changed = {mov(r6, r1), call_helper(helper::ktime_get_ns), and_(r0, 4), add(r6, r0),
                         load<std::uint32_t>(r2, r6, 0)};
  CHECK_MEANING(program(changed + kReturnZero), "constant offsets");
}

TEST_CASE("causes: a misaligned access") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{store_imm<std::uint64_t>(r10, -12, 0)} + kReturnZero), "multiple of the size");
}

// ---- registers and the stack ----

TEST_CASE("causes: registers without a value: never set, taken by a call, no return value") {
  require_root_and_bpf();
  CHECK_MEANING(program({mov(r0, r5), exit_()}), "R5 has no value");
  CHECK_MEANING(program({call_helper(helper::ktime_get_ns), mov(r0, r1), exit_()}), "R1 has no value", "calls");
  CHECK_MEANING(program({exit_()}), "no value was put into R0");
}

TEST_CASE("causes: bytes of the stack that were not written") {
  require_root_and_bpf();
  const ProgramSpec spec = program(Items{load<std::uint64_t>(r2, r10, -8)} + kReturnZero);
  // Since Linux 6.3 that is refused only where CAP_PERFMON is missing.
  with_capabilities_only({CAP_BPF}, [&] { CHECK_MEANING(spec, "bytes of the stack"); });
}

TEST_CASE("causes: a stack that is too deep, in one function and in two") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{store_imm<std::uint64_t>(r10, -520, 0)} + kReturnZero), "512 bytes");
  const Items two = {store_imm<std::uint64_t>(r10, -304, 0), call_function("deeper"), exit_(), label("deeper"),
                     store_imm<std::uint64_t>(r10, -304, 0)};
  CHECK_MEANING(program(two + kReturnZero), "512 bytes", "all that call it");
}

TEST_CASE("causes: a function that calls itself") {
  require_root_and_bpf();
  const Items code = {call_function("again"), exit_(), label("again"), call_function("again"), exit_()};
  CHECK_MEANING(program(code), "calls itself");
}

// ---- what is called ----

TEST_CASE("causes: a helper that this kernel does not have") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{call_helper(static_cast<helper>(100000))} + kReturnZero), "does not have that helper");
}

TEST_CASE("causes: a helper that is not for programs of this type") {
  require_root_and_bpf();
  CHECK_MEANING(program(Items{mov(r2, 0), call_helper(helper::xdp_adjust_head)} + kReturnZero),
                "does not let programs of this type call bpf_xdp_adjust_head");
}

TEST_CASE("causes: a helper that is under the GPL") {
  require_root_and_bpf();
  const Items code = {store_imm<std::uint64_t>(r10, -8, 0), mov(r1, r10), add(r1, -8), mov(r2, 8),
                      call_helper(helper::trace_printk)};
  const VerifierReport report = refusal(program(code + kReturnZero), "Proprietary");
  CHECK(contains(report.meaning, "GPL"));
}

TEST_CASE("causes: a map of the wrong type; an argument of the wrong kind; computing with a pointer") {
  require_root_and_bpf();
  const Map map = make(MapType::array, 4, 8, 1);
  // Up to 6.12 the verifier blames itself.
  CHECK_MEANING(
      program(Items{load_map_fd(r2, map.fd().get()), mov(r3, 0), call_helper(helper::tail_call)} + kReturnZero), "map");
  const Items reserve = {load_map_fd(r1, map.fd().get()), mov(r2, 8), mov(r3, 0), call_helper(helper::ringbuf_reserve)};
  CHECK_MEANING(program(reserve + kReturnZero), "maps of another type");
  const Items number = {store_imm<std::uint64_t>(r10, -8, 0), mov(r2, r10), add(r2, -8), mov(r1, 1),
                        call_helper(helper::map_lookup_elem)};
  CHECK_MEANING(program(number + kReturnZero), "argument is of another kind");
  CHECK_MEANING(program(Items{mul(r1, 2)} + kReturnZero), "cannot be computed with");
}

// ---- control flow, resources, size ----

TEST_CASE("causes: a loop that never ends") {
  require_root_and_bpf();
  CHECK_MEANING(program({mov(r0, 0), label("again"), jump_if(eq, r0, 0, "again"), exit_()}), "never ends");
}

TEST_CASE("causes: too many branches") {
  require_root_and_bpf();
  Items branches = {load<std::uint32_t>(r2, r1, 0), mov(r0, 0)};
  for (int i = 0; i < 9000; ++i) branches.push_back(jump_if(eq, r2, i, "out"));
  branches.push_back(label("out"));
  branches.push_back(exit_());
  CHECK_MEANING(program(branches), "more ways through the program", "bpf_loop");
}

TEST_CASE("causes: what was acquired and is not given back") {
  require_root_and_bpf();
  const Map map = make(MapType::ringbuf, 0, 0, 4096);
  const Items code = {load_map_fd(r1, map.fd().get()), mov(r2, 8), mov(r3, 0), call_helper(helper::ringbuf_reserve)};
  CHECK_MEANING(program(code + kReturnZero), "not given back");
}

TEST_CASE("causes: a return value that is not allowed") {
  require_root_and_bpf();
  ProgramSpec spec = program({mov(r0, 2), exit_()}, ProgramType::cgroup_sock);
  spec.attach_type = AttachType::cgroup_inet_sock_create;
  CHECK_MEANING(spec, "return value");
}

TEST_CASE("causes: instructions that are not reached, and an end that is missing") {
  require_root_and_bpf();
  CHECK_MEANING(program(kReturnZero + kReturnZero), "instruction 2 cannot be reached");
  CHECK_MEANING(program({mov(r0, 0)}), "control flow leaves");
}

// ---- rights ----

TEST_CASE("causes: a pointer that would leave the kernel, without CAP_PERFMON") {
  require_root_and_bpf();
  const ProgramSpec spec = program({mov(r0, r1), exit_()});
  with_capabilities_only({CAP_BPF}, [&] { CHECK_MEANING(spec, "kernel address", "CAP_PERFMON"); });
}

TEST_CASE("causes: the error has source line, instruction, decisive line and meaning, in this order") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("rejected");
  keep_program(spec, "no_bounds_check");
  const std::string message = error_of(Collection::load(spec)).message();
  CAPTURE(message);
  std::size_t at = 0;
  for (const char* part : {"load \"rejected\": program \"no_bounds_check\": verifier rejected the program",
                           "\n  rejected.bpf.c:", "*data", "\n    1: (79) ", "\n    invalid access to packet",
                           "\n  the packet bounds were not checked", "\n  full log: "}) {
    CAPTURE(std::string(part));
    const std::size_t found = message.find(part, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}
