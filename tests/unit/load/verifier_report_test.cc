// What is taken from the verifier's logs. Those of testdata/rejected.bpf.c are what Linux 6.18 wrote; the others are in
// the forms that the verifier of the kernel named beside each gives.
#include "ebpf/load/verifier_report.h"

#include <string>

#include "tests/support/test.h"

namespace ebpf::loader {
namespace {

struct Log {
  const char* what;
  const char* text;
  const char* instruction;
  const char* reason;
};

constexpr Log kLogs[] = {
    {"packet, 6.18",
     "0: R1=ctx() R10=fp0\n"
     "; __u64* data = (void*)(long)ctx->data; @ rejected.bpf.c:21\n"
     "0: (61) r1 = *(u32 *)(r1 +0)          ; R1=pkt(r=0)\n"
     "; sink = *data; @ rejected.bpf.c:22\n"
     "1: (79) r1 = *(u64 *)(r1 +0)\n"
     "invalid access to packet, off=0 size=8, R1(id=0,off=0,r=0)\n"
     "R1 offset is outside of the packet\n"
     "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "1: (79) r1 = *(u64 *)(r1 +0)",
     "invalid access to packet, off=0 size=8, R1(id=0,off=0,r=0)\nR1 offset is outside of the packet"},
    {"an endless loop, 6.18: the states are no reason",
     "0: R1=ctx() R10=fp0\n"
     "; for (;;) sink++; @ rejected.bpf.c:45\n"
     "0: (05) goto pc-1\n"
     "infinite loop detected at insn 0\n"
     "cur state: R1=ctx() R10=fp0\n"
     "old state: R1=ctx() R10=fp0\n"
     "processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "0: (05) goto pc-1", "infinite loop detected at insn 0"},
    {"a lookup without a check, 5.10: states in their old form",
     "0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n"
     "; __u32 key = 0;\n"
     "0: (b7) r1 = 0\n"
     "1: R1_w=inv0 R10=fp0\n"
     "1: (63) *(u32 *)(r10 -4) = r1\n"
     "7: (85) call bpf_map_lookup_elem#1\n"
     "8: R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R10=fp0 fp-8=mmmm????\n"
     "; *value = 1;\n"
     "8: (7b) *(u64 *)(r0 +0) = r1\n"
     "R0 invalid mem access 'map_value_or_null'\n"
     "processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "8: (7b) *(u64 *)(r0 +0) = r1", "R0 invalid mem access 'map_value_or_null'"},
    {"before any instruction: the control flow",
     "unreachable insn 4\n"
     "processed 0 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "", "unreachable insn 4"},
    {"a loop before 5.3", "back-edge from insn 7 to 3\n", "", "back-edge from insn 7 to 3"},
    {"the whole is too much",
     "0: (b7) r0 = 0\n"
     "1: (95) exit\n"
     "\n"
     "from 3 to 5: R0=0 R10=fp0\n"
     "5: (95) exit\n"
     "from 3 to 5: safe\n"
     "7: safe\n"
     "combined stack size of 2 calls is 576. Too large\n"
     "verification time 71 usec\n"
     "stack depth 304+272\n"
     "processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "5: (95) exit", "combined stack size of 2 calls is 576. Too large"},
    {"in a subprogram, with the caller's state",
     "func#0 @0\n"
     "func#1 @5\n"
     "0: (85) call pc+4\n"
     "caller:\n"
     " R10=fp0\n"
     "callee:\n"
     " frame1: R1=ctx() R10=fp0\n"
     "5: frame1: R1=ctx() R10=fp0\n"
     "5: (79) r1 = *(u64 *)(r1 +0)\n"
     "invalid bpf_context access off=0 size=8\n"
     "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n",
     "5: (79) r1 = *(u64 *)(r1 +0)", "invalid bpf_context access off=0 size=8"},
    {"precision is tracked back behind the instruction",
     "3: (2d) if r1 > r2 goto pc+2\n"
     "last_idx 3 first_idx 0\n"
     "regs=2 stack=0 before 2: (b7) r2 = 4\n"
     "mark_precise: frame0: last_idx 3 first_idx 0 subseq_idx -1\n"
     "mark_precise: frame0: regs=r1 stack= before 2: (b7) r2 = 4\n"
     "parent didn't have regs=2 stack=0 marks\n"
     "4: (bf) r0 = r3\n"
     "R3 !read_ok\n",
     "4: (bf) r0 = r3", "R3 !read_ok"},
    {"too many instructions",
     "999: (05) goto pc-2\n"
     "BPF program is too large. Processed 1000001 insn\n"
     "processed 1000001 insns (limit 1000000) max_states_per_insn 4 total_states 9 peak_states 9 mark_read 1\n",
     "999: (05) goto pc-2", "BPF program is too large. Processed 1000001 insn"},
    {"ends in the middle of a line, with the NUL of the buffer", "0: (95) exit\nR0 !read_o", "0: (95) exit",
     "R0 !read_o"},
    {"no line end, no statistics", "cannot attach", "", "cannot attach"},
    {"an instruction and nothing more", "0: (95) exit\n", "0: (95) exit", ""},
    {"nothing", "", "", ""},
    {"empty lines", "\n\n  \n", "", ""},
};

TEST_CASE("verifier report: logs of many kinds") {
  for (const Log& log : kLogs) {
    CAPTURE(std::string(log.what));
    const VerifierReport report = read_verifier_log(log.text);
    CHECK(report.log == log.text);
    CHECK(report.instruction == log.instruction);
    CHECK(report.reason == log.reason);
    CHECK(report.source.empty());
  }
}

TEST_CASE("verifier report: a log padded with NULs") {
  std::string log = "0: (95) exit\nR0 !read_ok\n";
  log.append(100, '\0');
  const VerifierReport report = read_verifier_log(log);
  CHECK(report.instruction == "0: (95) exit");
  CHECK(report.reason == "R0 !read_ok");
}

TEST_CASE("verifier report: a log whose beginning was cut off") {
  const VerifierReport report = read_verifier_log("u64 *)(r1 +0)\n27: (79) r3 = *(u64 *)(r1 +8)\nR1 is bad\n");
  CHECK(report.instruction == "27: (79) r3 = *(u64 *)(r1 +8)");
  CHECK(report.reason == "R1 is bad");
}

TEST_CASE("verifier report: any text gives a report") {
  std::string text;
  std::uint64_t state = 88172645463325252;
  for (int round = 0; round < 2000; ++round) {
    text.clear();
    const char* const kPieces[] = {
        "\n",  "1: (", "R0",     ": R",        ";", "from ",    " ; ", "processed ", "99999999999999999999",
        "\0x", "safe", ": safe", "cur state:", " ", "\x80\xff", ")"};
    for (int i = 0; i < 30; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      text += kPieces[state % std::size(kPieces)];
    }
    const VerifierReport report = read_verifier_log(text);
    REQUIRE(report.log == text);
    REQUIRE(report.reason.size() <= text.size());
    REQUIRE(!format_report(report).empty());
    std::uint32_t slot = 0;
    (void)instruction_slot(report.instruction, slot);
  }
}

TEST_CASE("verifier report: a long log") {
  std::string log;
  for (int i = 0; i < 200000; ++i) log += std::to_string(i) + ": (bf) r1 = r2\n";
  log += "the end\n";
  const VerifierReport report = read_verifier_log(log);
  CHECK(report.instruction == "199999: (bf) r1 = r2");
  CHECK(report.reason == "the end");
}

TEST_CASE("verifier report: the slot of an instruction") {
  std::uint32_t slot = 7;
  REQUIRE(instruction_slot("27: (79) r3 = *(u64 *)(r1 +0)", slot));
  CHECK(slot == 27);
  REQUIRE(instruction_slot("0: (95) exit", slot));
  CHECK(slot == 0);
  CHECK(!instruction_slot("", slot));
  CHECK(!instruction_slot("(95) exit", slot));
  CHECK(!instruction_slot("-1: (95) exit", slot));
  CHECK(!instruction_slot("99999999999: (95) exit", slot));  // no slot of any program
}

TEST_CASE("verifier report: as lines") {
  VerifierReport report;
  report.source = "counter.bpf.c:31: value = *p;";
  report.instruction = "27: (79) r3 = *(u64 *)(r1 +0)";
  report.reason = "first\nsecond";
  const std::string text = format_report(report);
  const auto source = text.find("\n  counter.bpf.c:31: value = *p;\n");
  const auto instruction = text.find("27: (79) r3");
  const auto first = text.find("first\n");
  const auto second = text.find("second\n");
  REQUIRE(source != std::string::npos);
  CHECK(source < instruction);
  CHECK(instruction < first);
  CHECK(first < second);
  CHECK(second != std::string::npos);
  CHECK(text.find("verifier_log()") != std::string::npos);
  CHECK(!text.ends_with('\n'));
  CHECK(format_report({}).find("verifier_log()") != std::string::npos);
}

}  // namespace
}  // namespace ebpf::loader
