// Objects that a user could write by mistake: each is refused, or read in the way that its comment promises, with a
// sentence that names the file, the section and the symbol.
#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

struct Refused {
  std::string object;
  errc code;
  std::vector<std::string> names;  // that the sentence mentions
};

TEST_CASE("bad objects: each has its own error") {
  const std::vector<Refused> kRefused = {
      {"bad_map_attribute", errc::unsupported_input, {"map \"painted\"", "\"colour\""}},
      {"map_key_mismatch", errc::malformed, {"map \"contradiction\"", "\"key\"", "4", "8"}},
      {"map_nested_twice", errc::unsupported_input, {"map \"outermost\"", "\"values\"", "once"}},
      {"map_without_type", errc::malformed, {"map \"untyped\"", "type"}},
      {"static_map", errc::unsupported_input, {"map \"hidden_away\"", "static"}},
      {"struct_ops_pointer", errc::unsupported_input, {"map \"pointed\": member \"limits\"", "\"limit\""}},
      {"struct_ops_static", errc::malformed, {"map \"shy\": member \"ssthresh\"", "\"hidden_window\""}},
  };
  for (const Refused& refused : kRefused) {
    const std::string file = refused.object + ".bpf.o";
    CAPTURE(file);
    const auto spec = CollectionSpec::parse(test::testdata(file), file);
    REQUIRE(!spec.has_value());
    const Error& error = spec.error();
    CAPTURE(error.message());
    CHECK(error.code() == refused.code);
    CHECK(error.os_error() == 0);
    CHECK(error.message().find("\"" + file + "\"") != std::string::npos);
    for (const std::string& name : refused.names) CHECK_MESSAGE(error.message().find(name) != std::string::npos, name);
    CHECK(error.message().find('\n') == std::string::npos);
  }
}

TEST_CASE("bad objects: an attribute of a map that is not known can be passed over") {
  const auto spec = CollectionSpec::parse(test::testdata("bad_map_attribute.bpf.o"), "bad_map_attribute.bpf.o",
                                          {.skip_unknown_map_attributes = true});
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  CHECK(spec->map("painted")->max_entries != 0);
  REQUIRE(spec->notes.size() == 1);
  CHECK(spec->notes.front().find("map \"painted\": attribute \"colour\"") != std::string::npos);
}

CollectionSpec parsed(const std::string& object) {
  auto spec = CollectionSpec::parse(test::testdata(object), object);
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  return *std::move(spec);
}

TEST_CASE("bad objects: a program in an unknown section is read, without a type") {
  const CollectionSpec spec = parsed("unknown_section.bpf.o");
  const auto brew = spec.program("brew");
  REQUIRE(brew);
  CHECK(brew->program_type == ProgramType::unspec);
  CHECK(brew->section == "teapot/short_and_stout");
  CHECK(brew->autoload);
  CHECK(spec.program("known")->program_type == ProgramType::socket_filter);
}

TEST_CASE("bad objects: no license is an empty one") {
  const CollectionSpec spec = parsed("no_license.bpf.o");
  CHECK(spec.license.empty());
  CHECK(spec.programs.size() == 1);
}

TEST_CASE("bad objects: what is not defined is an extern") {
  const CollectionSpec function = parsed("undefined_function.bpf.o");
  REQUIRE(function.externs.size() == 1);
  CHECK(function.externs[0].name == "defined_elsewhere");
  CHECK(function.externs[0].section.empty());
  CHECK(!function.externs[0].is_weak);
  const CollectionSpec variable = parsed("undefined_variable.bpf.o");
  REQUIRE(variable.externs.size() == 1);
  CHECK(variable.externs[0].name == "defined_elsewhere");
  CHECK(variable.externs[0].section.empty());
}

TEST_CASE("bad objects: a static function beside a program is a subprogram") {
  const CollectionSpec spec = parsed("static_program.bpf.o");
  REQUIRE(spec.programs.size() == 1);
  CHECK(spec.programs[0].name == "program");
  REQUIRE(spec.subprograms.size() == 1);
  CHECK(spec.subprograms[0].name == "stray");
  CHECK(spec.subprograms[0].is_static);
  const auto calls =
      std::count_if(spec.programs[0].references.begin(), spec.programs[0].references.end(),
                    [](const Reference& r) { return r.kind == ReferenceKind::call && r.name == "stray"; });
  CHECK(calls == 2);
}

TEST_CASE("bad objects: what is no object at all") {
  const auto nothing = CollectionSpec::parse({}, "empty.o");
  REQUIRE(!nothing.has_value());
  CHECK(nothing.error().code() == errc::malformed);
  CHECK(nothing.error().message().find("\"empty.o\"") != std::string::npos);

  const auto executable = CollectionSpec::parse(test::read_bytes("/proc/self/exe"), "a.out");
  REQUIRE(!executable.has_value());
  CHECK(executable.error().code() == errc::unsupported_input);
  CHECK(executable.error().message().find("\"a.out\"") != std::string::npos);

  test::Patchable host{test::testdata("globals.bpf.o")};
  host.set<std::uint16_t>(test::kElfMachine, 62);  // EM_X86_64
  const auto machine = CollectionSpec::parse(host.bytes, "host.o");
  REQUIRE(!machine.has_value());
  CHECK(machine.error().code() == errc::unsupported_input);
  CHECK(machine.error().message().find("62") != std::string::npos);
  CHECK(machine.error().message().find("247") != std::string::npos);

  // Compilers before LLVM 4 wrote no machine.
  host.set<std::uint16_t>(test::kElfMachine, 0);
  CHECK(CollectionSpec::parse(host.bytes, "old.o").has_value());

  test::Patchable stripped{test::testdata("globals.bpf.o")};
  stripped.set<std::uint32_t>(stripped.header(".symtab") + test::kSectionType, 1);
  const auto symbols = CollectionSpec::parse(stripped.bytes, "stripped.o");
  REQUIRE(!symbols.has_value());
  CHECK(symbols.error().code() == errc::malformed);
  CHECK(symbols.error().message().find("symbol table") != std::string::npos);
}

TEST_CASE("look-ups by a name that is not there suggest the nearest one") {
  CollectionSpec spec = parsed("globals.bpf.o");
  const auto message = [](auto found) {
    REQUIRE(!found);
    CHECK(!found.has_value());
    CHECK(found.error().code() == errc::not_found);
    return found.error().message();
  };
  CHECK(message(spec.program("cuont")).find("did you mean \"count\"?") != std::string::npos);
  CHECK(message(spec.program("cuont")).find("program \"cuont\"") != std::string::npos);
  CHECK(message(spec.variable("sample_rat")).find("did you mean \"sample_rate\"?") != std::string::npos);
  CHECK(message(spec.variable("datau32")).find("did you mean \"data_u32\"?") != std::string::npos);
  CHECK(message(spec.map(".rodat")).find("did you mean \".rodata\"?") != std::string::npos);
  CHECK(message(spec.program("something else entirely")).find("did you mean") == std::string::npos);
  CHECK(message(spec.program("")).find("program \"\"") != std::string::npos);
  CHECK(message(spec.program(std::string(100000, 'x'))).find("did you mean") == std::string::npos);
  CHECK(message(std::as_const(spec).map("hits")).find("map \"hits\"") != std::string::npos);
  CHECK(message(CollectionSpec().map("x")).find("did you mean") == std::string::npos);
}

TEST_CASE("did_you_mean: near enough, or nothing") {
  const std::string_view names[] = {"packets", "bytes", "drops"};
  CHECK(did_you_mean("packet", names) == "; did you mean \"packets\"?");
  CHECK(did_you_mean("byte", names) == "; did you mean \"bytes\"?");
  CHECK(did_you_mean("xyzzy", names).empty());
  CHECK(did_you_mean("packets", {}).empty());
  const std::string_view hostile[] = {"pa\x01kets"};
  CHECK(did_you_mean("packets", hostile) == "; did you mean \"pa\\x01kets\"?");
}

TEST_CASE("look-ups of a name that several things have") {
  CollectionSpec spec = parsed("globals.bpf.o");
  spec.variables.push_back(*spec.variable("packets"));
  const auto twice = spec.variable("packets");
  REQUIRE(!twice);
  CHECK(twice.error().code() == errc::invalid_argument);
  CHECK(twice.error().message().find("\"packets\"") != std::string::npos);
}

}  // namespace
}  // namespace ebpf
