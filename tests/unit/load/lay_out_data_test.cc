// The bytes of data sections with the variables' values over them.
#include <string>

#include "ebpf/load/passes.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"
#include "tests/unit/load/plan_for_test.h"

namespace ebpf::loader {
namespace {

using test::Bytes;
using test::Planned;

MapSpec section(std::string name, std::uint32_t size, Bytes data) {
  MapSpec map;
  map.name = name;
  map.section = std::move(name);
  map.type = MapType::array;
  map.key_size = 4;
  map.value_size = size;
  map.max_entries = 1;
  map.is_data = true;
  map.data = std::move(data);
  return map;
}

VariableSpec variable(std::string name, std::string in, std::uint32_t offset, Bytes value) {
  VariableSpec v;
  v.name = std::move(name);
  v.section = std::move(in);
  v.offset = offset;
  v.size = static_cast<std::uint32_t>(value.size());
  v.value = std::move(value);
  return v;
}

Bytes filled(std::size_t size, unsigned char with) { return Bytes(size, std::byte{with}); }

Error refused(CollectionSpec spec) {
  Planned planned(std::move(spec));
  const auto ok = lay_out_data(planned.plan);
  REQUIRE(!ok.has_value());
  return ok.error();
}

TEST_CASE("lay out data: values go over the section's bytes, and nowhere else") {
  CollectionSpec spec;
  spec.maps = {section(".data", 16, filled(16, 0xaa)), section(".rodata", 4, filled(4, 0xbb))};
  spec.variables = {variable("a", ".data", 4, filled(4, 1)), variable("b", ".data", 12, filled(4, 2))};
  const Bytes original = spec.maps[0].data;
  Planned planned(std::move(spec));
  REQUIRE(lay_out_data(planned.plan).has_value());
  Bytes expected = filled(4, 0xaa);
  test::append(expected, filled(4, 1));
  test::append(expected, filled(4, 0xaa));
  test::append(expected, filled(4, 2));
  CHECK(planned.plan.map(".data")->image == expected);
  CHECK(planned.plan.map(".rodata")->image == filled(4, 0xbb));
  CHECK(planned.spec.maps[0].data == original);  // the spec is not written to
}

TEST_CASE("lay out data: of variables that overlap, the later one wins") {
  CollectionSpec spec;
  spec.maps = {section(".data", 8, filled(8, 0))};
  spec.variables = {variable("whole", ".data", 0, filled(8, 1)), variable("half", ".data", 4, filled(4, 2))};
  Planned planned(std::move(spec));
  REQUIRE(lay_out_data(planned.plan).has_value());
  Bytes expected = filled(4, 1);
  test::append(expected, filled(4, 2));
  CHECK(planned.plan.map(".data")->image == expected);
}

TEST_CASE("lay out data: .bss has bytes only where one of them is not zero") {
  CollectionSpec spec;
  spec.maps = {section(".bss", 1 << 20, {})};
  spec.variables = {variable("untouched", ".bss", 0, {}), variable("zero", ".bss", 8, filled(8, 0))};
  spec.variables[0].size = 8;
  Planned zero(spec);
  REQUIRE(lay_out_data(zero.plan).has_value());
  CHECK(zero.plan.map(".bss")->image.empty());

  spec.variables[0].value = filled(8, 0);
  spec.variables[1].value[7] = std::byte{9};
  Planned set(spec);
  REQUIRE(lay_out_data(set.plan).has_value());
  const auto& image = set.plan.map(".bss")->image;
  REQUIRE(image.size() == 1 << 20);
  CHECK(image[15] == std::byte{9});
  CHECK(std::count(image.begin(), image.end(), std::byte{0}) == (1 << 20) - 1);
}

TEST_CASE("lay out data: a value that does not fit") {
  CollectionSpec spec;
  spec.maps = {section(".data", 16, filled(16, 0))};
  for (const std::uint32_t offset : {13u, 16u, 17u, 0xfffffffcu, 0xffffffffu}) {
    CAPTURE(offset);
    spec.variables = {variable("late", ".data", offset, filled(4, 1))};
    const Error error = refused(spec);
    CHECK(error.code() == errc::out_of_range);
    CHECK(error.message().find("variable \"late\"") != std::string::npos);
    CHECK(error.message().find("\".data\"") != std::string::npos);
  }
  // A value of another length than the variable's.
  spec.variables = {variable("odd", ".data", 0, filled(4, 1))};
  spec.variables[0].size = 8;
  CHECK(refused(spec).code() == errc::out_of_range);
  spec.variables[0].size = 2;
  CHECK(refused(spec).code() == errc::out_of_range);
  // The last place that is inside.
  spec.variables = {variable("last", ".data", 12, filled(4, 1))};
  Planned planned(spec);
  CHECK(lay_out_data(planned.plan).has_value());
}

TEST_CASE("lay out data: a section that is not there, or no data section") {
  CollectionSpec spec;
  spec.maps = {section(".data", 16, filled(16, 0)), section("hash", 16, {})};
  spec.maps[1].is_data = false;
  for (const std::string in : {".rodata", "hash", ""}) {
    spec.variables = {variable("lost", in, 0, filled(4, 1))};
    const Error error = refused(spec);
    CHECK(error.code() == errc::invalid_argument);
    CHECK(error.message().find("variable \"lost\"") != std::string::npos);
    CHECK(error.message().find("\"" + in + "\"") != std::string::npos);
  }
  // Without a value of its own a variable needs no section: its map was removed.
  spec.variables = {variable("unused", ".rodata", 0, {})};
  Planned planned(spec);
  CHECK(lay_out_data(planned.plan).has_value());
}

TEST_CASE("lay out data: a section edited to another size than its bytes") {
  CollectionSpec spec;
  spec.maps = {section(".data", 16, filled(8, 0))};
  const Error error = refused(spec);
  CHECK(error.code() == errc::invalid_argument);
  CHECK(error.message().find("\".data\"") != std::string::npos);
}

TEST_CASE("lay out data: values set in a spec that was read") {
  auto spec = CollectionSpec::parse(test::testdata("globals.bpf.o"), "globals.bpf.o").value();
  REQUIRE(spec.variable("sample_rate")->set(1234).has_value());
  REQUIRE(spec.variable("bss_u16")->set(0x5678).has_value());
  REQUIRE(spec.variable("count.calls")->set(9).has_value());
  Planned planned(spec);
  REQUIRE(lay_out_data(planned.plan).has_value());
  const auto at = [&](const std::string& name) {
    const auto v = planned.spec.variable(name);
    return ByteView(planned.plan.map(v->section)->image, ByteOrder::little).slice(v->offset, v->size);
  };
  CHECK(at("sample_rate")->read<std::uint32_t>(0) == 1234u);
  CHECK(at("bss_u16")->read<std::uint16_t>(0) == 0x5678);
  CHECK(at("count.calls")->read<std::uint32_t>(0) == 9u);
  CHECK(at("knob_u64")->read<std::uint64_t>(0) == 64u);
  CHECK(at("data_u32")->read<std::uint32_t>(0) == 0x44556677u);
  CHECK(at("bss_u64")->read<std::uint64_t>(0) == 0u);
}

}  // namespace
}  // namespace ebpf::loader
