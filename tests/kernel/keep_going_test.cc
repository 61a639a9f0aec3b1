// LoadOptions::keep_going: programs that cannot be loaded are left out and told, the rest works.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

const LoadOptions kKeepGoing{.keep_going = true};

// What the verifier refuses everywhere: r0 is read, and was never written.
void spoil(ProgramSpec& program) {
  program.code = {insn::make_slot(0x95, 0, 0, 0, 0)};
  program.references.clear();
  program.lines.clear();
  program.core_relocations.clear();
}

std::vector<std::string> refused_names(const Collection& objects) {
  std::vector<std::string> names;
  for (const RefusedProgram& program : objects.refused) names.push_back(program.name);
  return names;
}

// The error of the only program that was refused.
const Error& only_refusal(const Collection& objects) {
  REQUIRE(objects.refused.size() == 1);
  return objects.refused.front().error;
}

std::uint32_t dispatch(Collection& objects, std::uint32_t slot) {
  ok(objects.variable("slot")->set(slot));
  return run(objects, "dispatch");
}

}  // namespace

TEST_CASE("keep going: what the verifier refuses is left out, with the error that it would have ended the load with") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("subprograms");
  spoil(*spec.program("alone"));
  const std::string alone = error_of(Collection::load(spec)).message();
  Collection objects = ok(Collection::load(spec, kKeepGoing));
  const Error& error = only_refusal(objects);
  CHECK(refused_names(objects) == std::vector<std::string>{"alone"});
  CHECK(error.message() == alone);
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.verifier_log(), "R0 !read_ok"));
  CHECK(objects.programs.size() == spec.programs.size() - 1);
  const auto missing = objects.program("alone");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == alone);
  CHECK(error_of(objects.take_program("alone")).message() == alone);
  run(objects, "chain");
}

TEST_CASE("keep going: where nothing is wrong nothing is told") {
  require_root_and_bpf();
  const Collection objects = ok(Collection::load(read_object("maps"), kKeepGoing));
  CHECK(objects.refused.empty());
  CHECK(objects.notes == load_object("maps").notes);
}

TEST_CASE("keep going: an object of which no program can be loaded still has its maps") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  {
    const CollectionSpec spec = read_object("rejected");
    const Collection objects = ok(Collection::load(spec, kKeepGoing));
    CHECK(objects.programs.empty());
    CHECK(objects.refused.size() == spec.programs.size());
    for (const RefusedProgram& program : objects.refused) {
      CHECK(program.error.code() == errc::verifier_rejected);
      CHECK(contains(program.error.message(), "load \"rejected\": program \"" + program.name + "\": verifier"));
    }
    ok(objects.map("map")->update(std::uint32_t{1}, std::uint64_t{2}));
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("keep going: the element of a program array that a refused program would be in stays empty, and is told") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("maps");
  spoil(*spec.program("tail_second"));
  Collection objects = ok(Collection::load(spec, kKeepGoing));
  CHECK(refused_names(objects) == std::vector<std::string>{"tail_second"});
  CHECK(dispatch(objects, 0) == 11);
  CHECK(dispatch(objects, 2) == 99);
  CHECK(std::any_of(objects.notes.begin(), objects.notes.end(), [](const std::string& note) {
    return contains(note, "prog_array") && contains(note, "element 2") && contains(note, "tail_second");
  }));
}

TEST_CASE("keep going: an element is emptied where a pinned program array has an older program there") {
  private_mounts();
  const LoadOptions options{.pin_root = "/sys/fs/bpf/keep_going_test", .keep_going = true};
  REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
  CollectionSpec spec = read_object("maps");
  spec.map("prog_array")->pinning = Pinning::by_name;
  Collection before = ok(Collection::load(spec, options));
  CHECK(dispatch(before, 2) == 22);
  spoil(*spec.program("tail_second"));
  Collection after = ok(Collection::load(spec, options));
  CHECK(dispatch(after, 0) == 11);
  CHECK(dispatch(after, 2) == 99);
  ok(unpin(options.pin_root + "/prog_array"));
  CHECK(rmdir(options.pin_root.c_str()) == 0);
}

TEST_CASE("keep going: a program that is switched off leaves its element empty, too; a name of nothing is refused") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("maps");
  spec.program("tail_second")->autoload = false;
  Collection objects = ok(Collection::load(spec, kKeepGoing));
  CHECK(objects.refused.empty());
  CHECK(dispatch(objects, 2) == 99);
  spec.map("prog_array")->slots.push_back({1, "no_such_program"});
  CHECK(contains(error_of(Collection::load(spec, kKeepGoing)).message(), "no_such_program"));
}

TEST_CASE("keep going: programs whose attach target, symbol, type or map is not there") {
  require_root_and_bpf();
  test_requires(kernel_btf());
  CollectionSpec spec = read_object("subprograms");
  const auto refusal = [&](const char* named) {
    Collection objects = ok(Collection::load(spec, kKeepGoing));
    const Error& error = only_refusal(objects);
    CAPTURE(error.message());
    CHECK(contains(error.message(), "program \"alone\": "));
    CHECK(contains(error.message(), named));
    CHECK(error.message() == error_of(Collection::load(spec)).message());
    run(objects, "chain");
  };
  ProgramSpec& alone = *spec.program("alone");
  SUBCASE("the attach target") {
    alone.program_type = ProgramType::tracing;
    alone.attach_type = AttachType::trace_fentry;
    alone.attach_by_btf = true;
    alone.attach_to = "no_such_function_anywhere";
    refusal("no_such_function_anywhere");
  }
  SUBCASE("no attach target at all") {
    alone.program_type = ProgramType::tracing;
    alone.attach_type = AttachType::trace_fentry;
    alone.attach_by_btf = true;
    refusal("attach_to");
  }
  SUBCASE("the type of program") {
    alone.program_type = ProgramType::unspec;
    refusal("program_type");
  }
  SUBCASE("a map") {
    alone.code = {insn::make_slot(0x18, 1, 0, 0, 0), insn::make_slot(0, 0, 0, 0, 0)};
    alone.references = {{.slot = 0, .kind = ReferenceKind::map, .name = "no_such_map"}};
    refusal("no_such_map");
  }
  SUBCASE("a subprogram") {
    alone.references = {{.slot = 0, .kind = ReferenceKind::call, .name = "no_such_subprogram"}};
    refusal("no_such_subprogram");
  }
  SUBCASE("a symbol of the kernel") {
    alone.code = {insn::make_slot(0x18, 1, 0, 0, 0), insn::make_slot(0, 0, 0, 0, 0)};
    alone.references = {{.slot = 0, .kind = ReferenceKind::external_value, .name = "bpf_prog_put"}};
    const CollectionSpec externs = read_object("externs");
    spec.externs = externs.externs;
    for (ExternSpec& external : spec.externs)
      if (external.name == "bpf_prog_put") external.name = "no_such_symbol_anywhere";
    spec.types = externs.types;
    alone.references.front().name = "no_such_symbol_anywhere";
    alone.type = 0;
    for (FunctionSpec& function : spec.subprograms) function.type = 0;
    for (ProgramSpec& program : spec.programs) program.type = 0;
    refusal("no_such_symbol_anywhere");
  }
}

TEST_CASE("keep going: what is wrong with a map ends the load") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read_object("maps");
  spec.map("hash")->key_size = 0;
  const Error error = error_of(Collection::load(spec, kKeepGoing));
  CHECK(contains(error.message(), "map \"hash\""));
  CHECK(open_fd_count() == before);
}
