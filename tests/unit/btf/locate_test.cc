// Members found by paths in C's words, and walks over all types of a table.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

using namespace ebpf;
using namespace ebpf::btf;
using namespace ebpf::test;

namespace {

// struct counters { u32 packets; u32 drops : 3; u32 errors : 13; };
// struct port { u64 id; struct { u32 flags; union { u32 speed; struct counters rx; }; }; };
// struct device { char name[16]; const port_t ports[4]; struct counters tail[]; };
struct Device {
  Spec types;
  TypeId u32, counters, port, device, ports;

  Device() {
    BtfWriter w;
    u32 = w.integer("u32", 4);
    const auto u64 = w.integer("u64", 8);
    const auto character = w.integer("char", 1);
    constexpr auto bits = [](std::uint32_t size, std::uint32_t offset) { return size << 24 | offset; };
    counters = w.composite(kStruct, "counters", 8,
                           {{"packets", u32, 0}, {"drops", u32, bits(3, 32)}, {"errors", u32, bits(13, 35)}}, true);
    const auto choice = w.composite(kUnion, "", 8, {{"speed", u32, 0}, {"rx", counters, 0}});
    const auto inner = w.composite(kStruct, "", 12, {{"flags", u32, 0}, {"", choice, 32}});
    port = w.composite(kStruct, "port", 24, {{"id", u64, 0}, {"", inner, 64}});
    const auto alias = w.add(kTypedef, "port_t", 0, port);
    const auto constant = w.add(kConst, "", 0, alias);
    const auto name = w.array(character, u32, 16);
    ports = w.array(constant, u32, 4);
    const auto tail = w.array(counters, u32, 0);
    device = w.composite(kStruct, "device", 112, {{"name", name, 0}, {"ports", ports, 128}, {"tail", tail, 896}});
    types = *Spec::parse(w.finish());
  }
};

}  // namespace

TEST_CASE("a member by its path") {
  const Device d;
  struct Case {
    TypeId in;
    const char* path;
    TypeId type;
    std::uint64_t offset;
    std::uint32_t bit_offset;
    std::uint32_t bits;
  };
  const Case cases[] = {
      {d.device, "", d.device, 0, 0, 0},
      {d.device, "ports", d.ports, 16, 0, 0},
      {d.counters, "packets", d.u32, 0, 0, 0},
      {d.counters, "drops", d.u32, 4, 0, 3},
      {d.counters, "errors", d.u32, 4, 3, 13},
      {d.port, "flags", d.u32, 8, 0, 0},
      {d.port, "rx.packets", d.u32, 12, 0, 0},
      {d.device, "ports[3].speed", d.u32, 16 + 3 * 24 + 12, 0, 0},
      {d.device, "ports[1].rx.errors", d.u32, 16 + 24 + 16, 3, 13},
      {d.device, "tail[2].packets", d.u32, 112 + 16, 0, 0},
      {d.ports, "[2].flags", d.u32, 2 * 24 + 8, 0, 0},
  };
  for (const Case& c : cases) {
    const std::string path = c.path;
    CAPTURE(path);
    const auto place = d.types.locate(c.in, path);
    REQUIRE_MESSAGE(place.has_value(), place.error().message());
    CHECK(place->type == c.type);
    CHECK(place->offset == c.offset);
    CHECK(place->bit_offset == c.bit_offset);
    CHECK(place->bitfield_size == c.bits);
  }
}

// struct old { int low : 3; int high : 3; }; as it was before structures had a place for the sizes of bit-fields.
TEST_CASE("a bit-field of old BTF is one by its type") {
  BtfWriter w;
  const auto three = w.add(kInt, "int", 0, 4, {kSigned | 3});
  const auto shifted = w.add(kInt, "int", 0, 4, {kSigned | 6u << 16 | 4});
  const auto whole = w.integer("int", 4, kSigned);
  const auto old = w.composite(kStruct, "old", 4, {{"low", three, 0}, {"high", three, 3}, {"next", shifted, 0}});
  const auto odd = w.composite(kStruct, "odd", 8, {{"within", whole, 5}});
  const Spec types = *Spec::parse(w.finish());
  const auto place = [&](std::string_view path) { return types.locate(old, path).value(); };
  CHECK(place("low").bitfield_size == 3);
  CHECK(place("low").bit_offset == 0);
  CHECK(place("high").bitfield_size == 3);
  CHECK(place("high").bit_offset == 3);
  CHECK(place("next").bitfield_size == 4);
  CHECK(place("next").bit_offset == 6);
  CHECK(types.locate(odd, "within").error().code() == errc::not_found);
}

TEST_CASE("a path that leads nowhere says where it ends") {
  const Device d;
  struct Case {
    const char* path;
    errc code;
    const char* words;
  };
  const Case cases[] = {
      {"port", errc::not_found, "struct device has no such member"},
      {"ports[1].rx.bytes", errc::not_found, "struct counters has no such member"},
      {"ports[4].id", errc::out_of_range, "no element 4"},
      {"name.first", errc::not_found, "has no members"},
      {"ports[0][0]", errc::not_found, "is no array"},
      {"ports[0].rx.drops.x", errc::not_found, "a bit-field has no members"},
      {"tail[4294967295]", errc::io, ""},  // reaches far, and is in reach
      {"ports[", errc::invalid_argument, "is no path"},
      {"ports[x]", errc::invalid_argument, "is no path"},
      {"ports[-1]", errc::invalid_argument, "is no path"},
      {"ports[99999999999]", errc::invalid_argument, "is no path"},
      {"ports..id", errc::invalid_argument, "is no path"},
      {".", errc::invalid_argument, "is no path"},
      {"]", errc::invalid_argument, "is no path"},
  };
  for (const Case& c : cases) {
    const std::string path = c.path;
    CAPTURE(path);
    const auto place = d.types.locate(d.device, path);
    if (c.code == errc::io) {
      CHECK(place.has_value());
      continue;
    }
    REQUIRE_FALSE(place.has_value());
    CAPTURE(place.error().message());
    CHECK(place.error().code() == c.code);
    CHECK(place.error().message().find(c.words) != std::string::npos);
  }
}

TEST_CASE("structures that contain themselves end a search, too") {
  BtfWriter w;
  const auto self = w.next_id();
  w.composite(kStruct, "", 8, {{"", self, 0}, {"", self, 0}});
  const auto types = Spec::parse(w.finish());
  REQUIRE(types.has_value());
  CHECK(types->locate(self, "x").error().code() == errc::malformed);
}

TEST_CASE("iteration: every type of the table, in the order of ids, also where places are sparse") {
  const Device d;
  TypeId expected = 1;
  for (const Type type : d.types) {
    CHECK(type.id() == expected);
    CHECK(type.name() == d.types.type(expected)->name());
    ++expected;
  }
  CHECK(expected == d.types.type_count());
  for ([[maybe_unused]] const Type type : Spec()) FAIL("an empty table has no types");

  // Above a mebibyte of types only every sixteenth place is kept.
  BtfWriter w;
  for (std::uint32_t i = 0; i < 100'000; ++i) w.add_raw(0, i % 3 == 0 ? kStruct << 24 : kPtr << 24, 0);
  const auto large = Spec::parse(w.finish());
  REQUIRE(large.has_value());
  CHECK(large->stride() > 1);
  TypeId last = 0;
  for (const Type type : *large) {
    if (type.id() % 997 == 0) CHECK(type.kind() == large->type(type.id())->kind());
    last = type.id();
  }
  CHECK(last == 100'000);
}

TEST_CASE("iteration: of a table that continues another one, its own types only") {
  BtfWriter w;
  w.integer("int", 4);
  w.pointer(1);
  const auto base = std::make_shared<const Spec>(*Spec::parse(w.finish()));
  BtfWriter more;
  more.add_raw(1, kStruct << 24, 0);  // named by the base's string
  more.pointer(3);
  const auto split = Spec::parse(more.finish(), base);
  REQUIRE_MESSAGE(split.has_value(), split.error().message());
  CHECK(split->first_id() == 3);
  CHECK(split->type_count() == 5);
  std::vector<TypeId> ids;
  for (const Type type : *split) ids.push_back(type.id());
  CHECK(ids == std::vector<TypeId>{3, 4});
  CHECK(split->type(3)->name() == "int");
  CHECK(split->type(1)->is(Kind::integer));
  CHECK(split->find("int", Kind::integer) == 1);
  CHECK(split->find("int", Kind::structure) == 3);
}
