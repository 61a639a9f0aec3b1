// A CollectionSpec is plain values: made from nothing, added to, taken from, copied.
#include <algorithm>
#include <string>

#include "ebpf/asm/opcode.h"
#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

CollectionSpec globals() { return CollectionSpec::parse(test::testdata("globals.bpf.o"), "globals.bpf.o").value(); }

TEST_CASE("editing: a spec without an object") {
  CollectionSpec spec;
  spec.name = "handmade";
  spec.maps.push_back({.name = "hits", .type = MapType::hash, .key_size = 4, .value_size = 8, .max_entries = 16});
  ProgramSpec program;
  program.name = "two";
  program.section = "xdp";
  program.program_type = ProgramType::xdp;
  program.code = {insn::make_slot(0xb7, 0, 0, 0, 2), insn::make_slot(0x95, 0, 0, 0, 0)};
  spec.programs.push_back(program);
  VariableSpec variable;
  variable.name = "rate";
  variable.section = ".data";
  variable.size = 4;
  spec.variables.push_back(variable);

  CHECK(spec.map("hits")->max_entries == 16);
  CHECK(spec.program("two")->code.size() == 2);
  REQUIRE(spec.variable("rate")->set(7).has_value());
  CHECK(spec.variable("rate")->get<std::int32_t>() == 7);
  CHECK(spec.types.empty());
}

TEST_CASE("editing: parts are added to a spec that was read, and taken out") {
  CollectionSpec spec = globals();
  const auto programs = spec.programs.size();
  spec.maps.push_back({.name = "extra", .type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1});
  CHECK(spec.map("extra")->type == MapType::array);
  std::erase_if(spec.programs, [](const ProgramSpec& p) { return p.name == "mirror"; });
  CHECK(spec.programs.size() == programs - 1);
  CHECK(!spec.program("mirror"));
  CHECK(spec.program("count"));
  std::erase_if(spec.variables, [](const VariableSpec& v) { return v.name == "packets"; });
  CHECK(!spec.variable("packets"));
  std::erase_if(spec.maps, [](const MapSpec& m) { return m.name == "extra"; });
  CHECK(spec.map("extra").error().code() == errc::not_found);
  spec.map(".data.custom")->max_entries = 2;
  CHECK(spec.map(".data.custom")->max_entries == 2);
}

TEST_CASE("editing: a copy is independent, in its values and in its types") {
  CollectionSpec spec = globals();
  CollectionSpec copy = spec;
  REQUIRE(copy.variable("sample_rate")->set(1000).has_value());
  CHECK(spec.variable("sample_rate")->get<std::uint32_t>() == 1u);
  CHECK(copy.variable("sample_rate")->get<std::uint32_t>() == 1000u);
  copy.program("count")->autoload = false;
  CHECK(spec.program("count")->autoload);
  copy.program("count")->code.clear();
  CHECK(!spec.program("count")->code.empty());

  const auto function = spec.program("count")->type;
  REQUIRE(copy.types.set_function_linkage(function, btf::Linkage::static_linkage).has_value());
  CHECK(copy.types.type(function)->linkage() == btf::Linkage::static_linkage);
  CHECK(spec.types.type(function)->linkage() == btf::Linkage::global);
}

TEST_CASE("editing: a constant look-up finds the same things") {
  const CollectionSpec spec = globals();
  CHECK(&*spec.map(".bss") ==
        &*std::find_if(spec.maps.begin(), spec.maps.end(), [](const MapSpec& m) { return m.name == ".bss"; }));
  CHECK(spec.program("count").has_value());
  CHECK(spec.variable("packets")->section == ".bss");
}

}  // namespace
}  // namespace ebpf
