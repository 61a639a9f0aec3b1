// What is said when the verifier refuses a program, and the logs of those that it accepts.
#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/kernel/assembled.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// Thousands of branches, both ways of each of which come together again; at the end what `last` says.
std::vector<insn::Slot> branches(int count, insn::Item last) {
  using namespace insn;
  std::vector<std::string> labels;
  labels.reserve(static_cast<std::size_t>(count));
  std::vector<Item> items;
  items.push_back(mov(r6, r1));
  for (int i = 0; i < count; ++i) {
    labels.push_back("l" + std::to_string(i));
    items.push_back(load<std::uint32_t>(r0, r6, 0));
    items.push_back(jump_if(gt, r0, i, labels.back()));
    items.push_back(mov(r0, i));
    items.push_back(label(labels.back()));
    items.push_back(mov(r0, 1));
  }
  items.push_back(last);
  items.push_back(exit_());
  return ok(insn::assemble(items)).slots;
}

}  // namespace

TEST_CASE("a refused program: log, instruction, source line and reason") {
  require_root_and_bpf();
  std::vector<std::string> source{""};
  std::ifstream file(runfile("testdata/rejected.bpf.c"));
  for (std::string line; std::getline(file, line);) source.push_back(line);
  struct Case {
    const char* program;
    const char* in_source;  // part of the line that is at fault; null where the compiler leaves no single one
    const char* in_reason;
  };
  const Case cases[] = {
      {"no_bounds_check", "*data", "invalid access to packet"},     {"unbounded_index", "table[skb->len]", ""},
      {"unchecked_lookup", "*value = 1", "map_value_or_null"},      {"endless", nullptr, ""},
      {"fault_in_subprogram", "*data", "invalid access to packet"},
  };
  for (const std::string object : {"rejected", "rejected_clang14"}) {
    for (const Case& c : cases) {
      const std::string program = c.program;
      CAPTURE(object);
      CAPTURE(program);
      CollectionSpec spec = read_object(object);
      keep_program(spec, program);
      const std::size_t before = open_fd_count();
      const Error error = error_of(Collection::load(spec));
      CHECK(open_fd_count() == before);
      CAPTURE(error.message());
      CHECK(error.code() == errc::verifier_rejected);
      CHECK(error.os_error() != 0);
      CHECK(contains(error.message(), program));
      REQUIRE(error.verifier() != nullptr);
      const VerifierReport& report = *error.verifier();
      CHECK_FALSE(report.log.empty());
      CHECK(error.verifier_log() == report.log);
      CHECK_FALSE(report.reason.empty());
      CHECK(contains(report.reason, c.in_reason));
      CHECK(contains(error.message(), report.reason.substr(0, report.reason.find('\n'))));
      CHECK_FALSE(report.instruction.empty());
      CHECK_FALSE(contains(error.message(), "\n\n"));
      if (c.in_source == nullptr) continue;
      CHECK(contains(report.source, "rejected.bpf.c:"));
      CHECK(contains(report.source, c.in_source));
      // The number is that of the line in the file.
      const std::size_t colon = report.source.find("rejected.bpf.c:") + std::strlen("rejected.bpf.c:");
      const std::size_t line = static_cast<std::size_t>(std::atoi(report.source.c_str() + colon));
      REQUIRE(line < source.size());
      CHECK(contains(source[line], c.in_source));
    }
  }
}

TEST_CASE("of a whole object the program that is refused is named, and nothing is left of the others") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read_object("rejected");
  const Error error = error_of(Collection::load(spec));
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "rejected"));
  CHECK(open_fd_count() == before);
}

TEST_CASE("a program without an object is refused with a report, too") {
  require_root_and_bpf();
  using namespace insn;
  static constexpr auto code = assemble(mov(r0, r5), exit_());
  const Error error = error_of(Program::load(assembled("unset", ProgramType::socket_filter, code.slots), "GPL"));
  CHECK(error.code() == errc::verifier_rejected);
  REQUIRE(error.verifier());
  CHECK(contains(error.message(), "unset"));
  CHECK(contains(error.verifier()->reason, "R5 !read_ok"));
  CHECK(contains(error.verifier()->instruction, "r0 = r5"));
  CHECK(error.verifier()->source.empty());
}

TEST_CASE("a program without instructions") {
  require_root_and_bpf();
  const Error error = error_of(Program::load(assembled("empty", ProgramType::socket_filter, {}), "GPL"));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "empty"));
}

TEST_CASE("the logs of programs that load are kept where the caller asks for them") {
  require_root_and_bpf();
  CHECK(ok(Program::load(returning_seven(), "GPL")).verifier_log().empty());
  const Program program = ok(Program::load(returning_seven(), "GPL", {.verifier_log_level = 2}));
  CHECK(contains(program.verifier_log(), "r0 = 7"));
  CHECK(contains(program.verifier_log(), "processed 2 insns"));

  LoadOptions options;
  options.verifier_log_level = 1;
  Collection objects = ok(Collection::load(read_object("subprograms"), options));
  for (const Program& each : objects.programs) CHECK(contains(each.verifier_log(), "processed"));
}

TEST_CASE("the log level of one program: its own counts before that of the load") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("subprograms");
  const std::string chosen = spec.programs.front().name;
  spec.programs.front().verifier_log_level = 1;
  for (const Program& each : ok(Collection::load(spec)).programs) {
    CAPTURE(each.name);
    CHECK(contains(each.verifier_log(), "processed") == (each.name == chosen));
  }
  spec.programs.front().verifier_log_level = 0;
  for (const Program& each : ok(Collection::load(spec, {.verifier_log_level = 1})).programs) {
    CAPTURE(each.name);
    CHECK(each.verifier_log().empty() == (each.name == chosen));
  }
}

TEST_CASE("a log of megabytes arrives whole") {
  require_root_and_bpf();
  const auto slots = branches(3000, insn::mov(insn::r0, 9));
  const Program program =
      ok(Program::load(assembled("branches", ProgramType::socket_filter, slots), "GPL", {.verifier_log_level = 2}));
  const std::string& log = program.verifier_log();
  CHECK(log.size() > 4 * 65536);
  CHECK(contains(log.substr(0, 300), "r6 = r1"));
  CHECK(contains(log.substr(log.size() - 200), "processed"));
  CHECK_FALSE(log.ends_with('\0'));
}

TEST_CASE("a refusal behind a log of megabytes has its reason, whatever the limit") {
  require_root_and_bpf();
  const auto slots = branches(3000, insn::mov(insn::r0, insn::r5));
  const ProgramSpec spec = assembled("refused", ProgramType::socket_filter, slots);
  SUBCASE("no limit to speak of") {
    const Error error = error_of(Program::load(spec, "GPL", {.verifier_log_level = 2}));
    CHECK(error.code() == errc::verifier_rejected);
    CHECK(error.verifier_log().size() > 4 * 65536);
    CHECK(contains(error.verifier_log().substr(0, 300), "r6 = r1"));
    CHECK(contains(error.verifier()->reason, "R5 !read_ok"));
  }
  SUBCASE("quiet at first") {
    const Error error = error_of(Program::load(spec, "GPL"));
    CHECK(error.code() == errc::verifier_rejected);
    CHECK(contains(error.verifier()->reason, "R5 !read_ok"));
    CHECK(contains(error.verifier()->instruction, "r0 = r5"));
  }
  SUBCASE("a limit: the end of the log is kept") {
    const Error error = error_of(Program::load(spec, "GPL", {.verifier_log_level = 2, .verifier_log_limit = 70000}));
    CHECK(error.code() == errc::verifier_rejected);
    CHECK(error.verifier_log().size() <= 70000);
    CHECK(error.verifier_log().size() > 1000);
    CHECK(contains(error.verifier()->reason, "R5 !read_ok"));
  }
}
