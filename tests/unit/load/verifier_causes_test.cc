// What verifier texts mean, for the forms that kernels have had for each cause.
#include "ebpf/load/verifier_causes.h"

#include <string>

#include "ebpf/load/verifier_report.h"
#include "tests/support/test.h"

namespace ebpf::loader {
namespace {

struct Line {
  const char* text;
  const char* part_of_meaning;
};

// The versions are those of kernels that write it so.
constexpr Line kLines[] = {
    {"invalid access to packet, off=14 size=4, R3(id=2,off=14,r=14)", "r=14: so many bytes"},  // 4.7 to 7.2
    {"R2 offset is outside of the packet", "offset into the packet"},
    {"math between pkt pointer and register with unbounded min value is not allowed", "offset into the packet"},
    {"R0 invalid mem access 'map_value_or_null'", "may be null"},
    {"R1 invalid mem access 'ptr_or_null_task_struct'", "may be null"},
    {"R0 invalid mem access 'rcu_ptr_or_null_task_struct'", "may be null"},
    {"R0 pointer arithmetic on map_value_or_null prohibited, null-check it first", "may be null"},
    {"R1 type=sock_or_null expected=sock_common", "may be null"},
    {"R1 type=mem_or_null expected=fp, pkt, map_value", "may be null"},
    {"Possibly NULL pointer passed to trusted arg0", "may be null"},  // 6.2
    {"Possibly NULL pointer passed to trusted R1", "may be null"},    // 7.0
    {"Possibly NULL pointer passed to helper arg2", "may be null"},   // 6.8
    {"R1 invalid mem access 'inv'", "plain number"},                  // before 5.18
    {"R1 invalid mem access 'scalar'", "plain number"},               // since 5.18
    {"R3 invalid mem access 'pkt_end'", "data_end"},
    {"R1 invalid mem access 'map_ptr'", "kind of pointer"},
    {"R1 invalid mem access 'untrusted_ptr_'", "live object"},
    {"write into map forbidden, value_size=4 off=0 size=4", "read-only"},
    {"R1 cannot write into rdonly_mem", "read-only"},
    {"only read is supported", "read-only"},
    {"R2 min value is negative, either use unsigned or 'var &= const'", "size that is given to the helper"},
    {"R2 unbounded memory access, use 'var &= const' or 'if (var < const)'", "size that is given to the helper"},
    {"R2 invalid zero-sized read: u64=[0,8]", "size that is given to the helper"},
    {"invalid access to map value, value_size=64 off=64 size=8", "has 64 bytes"},
    {"invalid access to memory, mem_size=20 off=18 size=4", "has 20 bytes"},
    {"R0 unbounded memory access, make sure to bounds check any such access", "bound it just before"},
    {"R0 max value is outside of the allowed memory range", "bound it just before"},
    {"R0 min value is negative, either use unsigned index or do a if (index >=0) check.", "bound it just before"},
    {"math between map_value pointer and register with unbounded min value is not allowed", "bound it just before"},
    {"invalid bpf_context access off=76 size=4", "offset 76"},
    {"dereference of modified ctx ptr R1 off=4 disallowed", "constant offsets"},
    {"variable ctx access var_off=(0x0; 0x4) disallowed", "constant offsets"},
    {"access beyond struct task_struct at off 9999 size 8", "preserve_access_index"},
    {"misaligned stack access off (0x0; 0x0)+0+-12 size 8", "multiple of the size"},
    {"misaligned stack access off 0+-12+0 size 8", "multiple of the size"},
    {"misaligned access off 0x2+0+0 size 4", "multiple of the size"},
    {"R0 !read_ok", "no value was put into R0"},
    {"R10 !read_ok", "R10 has no value"},
    {"R4 !read_ok", "R4 has no value"},
    {"invalid indirect read from stack off -8+4 size 8", "padding"},     // before 5.12
    {"invalid indirect read from stack R2 off -8+4 size 8", "padding"},  // 5.12
    {"invalid indirect read from stack R2 var_off (0x0; 0xf)+2 size 4", "padding"},
    {"invalid read from stack off -16+0 size 8", "padding"},
    {"invalid read from stack R2 off -8+4 size 8", "padding"},        // 7.0
    {"invalid stack off=-520 size=8", "outside of the stack frame"},  // before 5.12
    {"invalid write to stack R10 off=-520 size=8", "outside of the stack frame"},
    {"invalid read from stack R10 off=-8 size=8", "not written on this path, or"},
    {"invalid indirect access to stack R2 off=-8 size=16", "outside of the stack frame"},
    {"invalid stack type R2 off=-8 access_size=16", "outside of the stack frame"},
    {"invalid variable-offset write to stack R3 var_off=(0x0; 0xff) size=8", "not a constant"},
    {"R3 variable stack access prohibited for !root, var_off=(0x0; 0x8) off=-8", "not a constant"},
    {"combined stack size of 2 calls is 608. Too large", "512 bytes"},
    {"stack size of subprog 1 is 520. Too large", "512 bytes"},
    {"tail_calls are not allowed when call stack of previous frames is 288 bytes. Too large", "512 bytes"},
    {"the call stack of 9 frames is too deep !", "8 deep"},
    {"recursive call from f() to f()", "calls itself"},
    {"invalid func unknown#500", "does not have that helper"},
    {"unknown func bpf_xdp_adjust_head#44", "call bpf_xdp_adjust_head;"},                            // before 6.10
    {"program of this type cannot use helper bpf_xdp_adjust_head#44", "call bpf_xdp_adjust_head;"},  // since
    {"cannot call GPL-restricted function from non-GPL compatible program", "license"},
    {"LSM programs must have a GPL compatible license", "license"},
    {"calling kernel function bpf_task_acquire is not allowed", "kernel function"},
    {"helper call might sleep in a non-sleepable prog", "may sleep"},
    {"sleepable helper bpf_copy_from_user#148 in rcu_read_lock region", "may sleep"},
    {"program must be sleepable to call sleepable kfunc bpf_iter_task_new", "may sleep"},
    {"program's hash doesn't match map's excl_prog_hash", "exclusive to another program"},
    {"expected prog array map for tail call", "another type than"},
    {"cannot pass map_type 2 into func bpf_tail_call#12", "another type than"},
    {"R1 must be referenced or trusted", "live object"},
    {"Expected an initialized dynptr as arg #1", "dynptr"},
    {"R2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem", "another kind"},
    {"arg#0 reference type('UNKNOWN ') size cannot be determined: -22", "global function"},
    {"R1 pointer arithmetic on ctx prohibited", "computed with"},
    {"R2 32-bit pointer arithmetic prohibited", "computed with"},
    {"infinite loop detected at insn 7", "never ends"},
    {"back-edge from insn 7 to 3", "Linux 5.3"},
    {"BPF program is too large. Processed 1000001 insn", "more ways through"},
    {"The sequence of 8193 jumps is too complex.", "more ways through"},
    {"Unreleased reference id=2 alloc_insn=9", "not given back"},
    {"tail_call would lead to reference leak", "not given back"},
    {"bpf_spin_unlock is missing", "lock"},
    {"function calls are not allowed while holding a lock", "lock"},
    {"BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region", "lock"},
    {"At program exit the register R0 has value (0x2; 0x0) should have been in (0x0; 0x1)", "return value"},
    {"At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]", "return value"},
    {"At program exit the register R0 is not a known value (ctx)", "return value"},
    {"unreachable insn 5", "instruction 5"},
    {"last insn is not an exit or jmp", "leaves the function"},
    {"jump out of range from insn 3 to 9", "leaves the function"},
    {"R0 leaks addr as return value", "CAP_PERFMON"},
    {"R2 leaks addr into map", "CAP_PERFMON"},
    {"R1 pointer comparison prohibited", "CAP_PERFMON"},
    {"R2 stack pointer arithmetic goes out of range, prohibited for !root; off=8", "capability"},
    {"loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN", "capability"},
    {"verifier bug: R1 has an empty map pointer (!map)(1)", "bug of the kernel"},
    {"kernel subsystem misconfigured verifier", "bug of the kernel"},
};

}  // namespace

TEST_CASE("causes: what each text means") {
  for (const Line& line : kLines) {
    const std::string text = line.text;
    const std::string meaning = explain_cause(text);
    CAPTURE(text);
    CAPTURE(meaning);
    CHECK(meaning.find(line.part_of_meaning) != std::string::npos);
    CHECK(meaning.find('$') == std::string::npos);
  }
}

TEST_CASE("causes: every row of the table is reached by one of these texts") {
  for (const VerifierCause& cause : verifier_causes()) {
    bool reached = false;
    const std::string beginning(cause.meaning.substr(0, cause.meaning.find('$')));
    for (const Line& line : kLines) reached = reached || explain_cause(line.text).starts_with(beginning);
    CAPTURE(std::string(cause.meaning));
    CHECK(reached);
  }
}

TEST_CASE("causes: what is not known has no meaning; any line of a reason counts") {
  CHECK(explain_cause("").empty());
  CHECK(explain_cause("R1 is bad").empty());
  CHECK(explain_cause("*").empty());
  CHECK(explain_cause("invalid access to packet, off=").empty());
  CHECK(explain_cause("something first\nR4 !read_ok\nsomething last").starts_with("R4 has no value"));
}

TEST_CASE("causes: statistics that follow a reason without a new line are not of it") {
  const auto report = read_verifier_log(
      "3: (85) call bpf_tail_call#12\nexpected prog array map for tail callprocessed 3 insns (limit 1000000) "
      "max_states_per_insn 0\n");
  CHECK(report.reason == "expected prog array map for tail call");
}

// As Linux 7.3 writes it.
TEST_CASE("causes: the kernel's own account is no reason, and the meaning where the table has none") {
  const std::string account =
      "Verification failed: Program Structure: Subprogram can fall through\n"
      "Reason:\n"
      "  Subprogram 0 reaches its last instruction 0 without an exit or jump, so control could continue\n"
      "  into the next subprogram.\n"
      "At:\n"
      "  insn 0\n"
      "       | ^-- error: subprogram can fall through\n"
      "  Instruction context:\n"
      "  >>> 0 | (b7) r0 = 0\n"
      "Suggestion:\n"
      "  End each subprogram with an exit or an explicit jump that keeps control flow inside the\n"
      "  subprogram.\n"
      "processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";
  const auto known = read_verifier_log("last insn is not an exit or jmp\n" + account);
  CHECK(known.reason == "last insn is not an exit or jmp");
  CHECK(known.meaning.starts_with("control flow leaves the function"));
  const auto unknown = read_verifier_log("something new\n" + account);
  CHECK(unknown.reason == "something new");
  CHECK(unknown.meaning ==
        "Subprogram 0 reaches its last instruction 0 without an exit or jump, so control could continue into the next "
        "subprogram. End each subprogram with an exit or an explicit jump that keeps control flow inside the "
        "subprogram.");
  CHECK(unknown.log.find("Verification failed") != std::string::npos);
}

TEST_CASE("causes: the meaning is in the report, behind the decisive line") {
  const VerifierReport report = read_verifier_log("0: (bf) r0 = r5\nR5 !read_ok\nprocessed 1 insns\n");
  CHECK(report.meaning.starts_with("R5 has no value"));
  const std::string text = format_report(report);
  CHECK(text.find("R5 !read_ok\n  R5 has no value") != std::string::npos);
  CHECK(read_verifier_log("0: (bf) r0 = r5\nR5 is bad\n").meaning.empty());
}

}  // namespace ebpf::loader
