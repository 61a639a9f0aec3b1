// Damaged BTF: cut off, with references that dangle, names that are none, kinds from the future.
#include <string>

#include "ebpf/btf/btf.h"
#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;
using test::Bytes;

Bytes btf_of(const std::string& object) {
  const Bytes bytes = test::testdata(object);
  const auto file = elf::File::parse(bytes);
  REQUIRE(file.has_value());
  const auto section = file->find_section(".BTF");
  REQUIRE(section.has_value());
  REQUIRE(section->has_value());
  return {(*section)->data.span().begin(), (*section)->data.span().end()};
}

errc refused(const Bytes& bytes) {
  const auto types = Spec::parse(bytes);
  REQUIRE(!types.has_value());
  CHECK(types.error().message().starts_with("BTF: "));
  return types.error().code();
}

TEST_CASE("btf: cut off after every byte") {
  for (const std::string object : {"subprograms.bpf.o", "maps_eb.bpf.o"}) {
    const Bytes whole = btf_of(object);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto types = Spec::parse({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
      REQUIRE(!types.has_value());
      REQUIRE(types.error().code() == errc::malformed);
    }
    CHECK(Spec::parse(whole).has_value());
  }
}

// The lengths in the header shrunk: the types end in the middle of a record.
TEST_CASE("btf: types cut off in the middle") {
  const Bytes whole = btf_of("subprograms.bpf.o");
  const auto length = test::get<std::uint32_t>(whole, 12);
  std::size_t errors = 0;
  for (std::uint32_t shorter = 0; shorter < length; ++shorter) {
    Bytes bytes = whole;
    test::put<std::uint32_t>(bytes, 12, shorter);
    const auto types = Spec::parse(bytes);
    if (!types) ++errors;
    if (!types) REQUIRE((types.error().code() == errc::malformed || types.error().code() == errc::unsupported_input));
  }
  CHECK(errors > length * 3 / 4);
}

TEST_CASE("btf: headers") {
  const Bytes good = BtfWriter().finish();
  const auto with = [&](std::uint64_t at, std::uint32_t value) {
    Bytes bytes = good;
    test::put<std::uint32_t>(bytes, at, value);
    return bytes;
  };
  CHECK(Spec::parse(good).has_value());
  CHECK(refused({}) == errc::malformed);
  CHECK(refused(with(0, 0)) == errc::malformed);
  CHECK(refused(with(0, 0x0002eb9f)) == errc::unsupported_input);
  CHECK(refused(with(4, 0)) == errc::malformed);
  CHECK(refused(with(4, 23)) == errc::malformed);
  CHECK(refused(with(4, 0xffffffff)) == errc::malformed);
  CHECK(refused(with(8, 0xffffffff)) == errc::malformed);
  CHECK(refused(with(12, 0xffffffff)) == errc::malformed);
  CHECK(refused(with(16, 0xffffffff)) == errc::malformed);
  CHECK(refused(with(20, 0xffffffff)) == errc::malformed);
  CHECK(refused(with(20, 0)) == errc::malformed);  // no strings, not even the empty one
  Bytes unterminated = good;
  unterminated.back() = std::byte{'x'};
  CHECK(refused(unterminated) == errc::malformed);
}

TEST_CASE("btf: references that dangle") {
  using Make = void (*)(BtfWriter&);
  const Make kBad[] = {
      [](BtfWriter& w) { w.pointer(99); },
      [](BtfWriter& w) { w.add(test::kTypedef, "t", 0, 0xffffffff); },
      [](BtfWriter& w) { w.add(test::kConst, "", 0, 2); },  // just behind the last one
      [](BtfWriter& w) { w.array(99, 1, 1); },
      [](BtfWriter& w) { w.array(1, 99, 1); },
      [](BtfWriter& w) { w.composite(test::kStruct, "s", 4, {{"a", 1, 0}, {"m", 99, 0}}); },
      [](BtfWriter& w) { w.composite(test::kUnion, "u", 4, {{"m", 99, 0}}); },
      [](BtfWriter& w) { w.add(test::kFuncProto, "", 0, 99); },
      [](BtfWriter& w) { w.add(test::kFuncProto, "", 1, 0, {0, 99}); },
      [](BtfWriter& w) { w.add(test::kFunc, "f", 0, 99); },
      [](BtfWriter& w) { w.add(test::kVar, "v", 0, 99, {1}); },
      [](BtfWriter& w) { w.add(test::kDatasec, ".data", 1, 0, {99, 0, 0}); },
      [](BtfWriter& w) { w.add(test::kDeclTag, "t", 0, 99, {0}); },
      [](BtfWriter& w) { w.add(test::kTypeTag, "t", 0, 99); },
      [](BtfWriter& w) { w.add(test::kVolatile, "", 0, 99); },
      [](BtfWriter& w) { w.add(test::kRestrict, "", 0, 99); },
  };
  for (const Make make : kBad) {
    BtfWriter w;
    make(w);
    CHECK(refused(w.finish()) == errc::malformed);
  }
}

TEST_CASE("btf: an error names the type") {
  BtfWriter w;
  const auto integer = w.integer("int", 4);
  w.composite(test::kStruct, "broken", 4, {{"a", integer, 0}, {"b", 77, 0}});
  const auto types = Spec::parse(w.finish());
  REQUIRE(!types.has_value());
  CHECK(types.error().message().find("broken") != std::string::npos);
  CHECK(types.error().message().find("type 2") != std::string::npos);
  CHECK(types.error().message().find("77") != std::string::npos);
}

TEST_CASE("btf: names outside of the strings") {
  const std::uint32_t kOutside[] = {1000, 0x7fffffff, 0xffffffff};
  for (const std::uint32_t outside : kOutside) {
    BtfWriter type;
    type.add_raw(outside, test::kPtr << 24, 0);
    CHECK(refused(type.finish()) == errc::malformed);
    BtfWriter member;
    member.add_raw(0, test::kStruct << 24 | 1, 4, {outside, 0, 0});
    CHECK(refused(member.finish()) == errc::malformed);
    BtfWriter enumerator;
    enumerator.add_raw(0, test::kEnum << 24 | 1, 4, {outside, 0});
    CHECK(refused(enumerator.finish()) == errc::malformed);
    BtfWriter wide;
    wide.add_raw(0, test::kEnum64 << 24 | 1, 8, {outside, 0, 0});
    CHECK(refused(wide.finish()) == errc::malformed);
    BtfWriter parameter;
    parameter.add_raw(0, test::kFuncProto << 24 | 1, 0, {outside, 0});
    CHECK(refused(parameter.finish()) == errc::malformed);
  }
}

TEST_CASE("btf: kinds that are not known") {
  for (const std::uint32_t kind : {0u, 20u, 31u}) {
    BtfWriter w;
    w.integer("int", 4);
    w.add(kind, "strange", 0, 0);
    const auto types = Spec::parse(w.finish());
    REQUIRE(!types.has_value());
    CHECK(types.error().code() == errc::unsupported_input);
    CHECK(types.error().message().find("type 2") != std::string::npos);
    CHECK(types.error().message().find(std::to_string(kind)) != std::string::npos);
  }
}

TEST_CASE("btf: more entries than there are bytes") {
  for (const std::uint32_t kind :
       {test::kStruct, test::kUnion, test::kEnum, test::kEnum64, test::kFuncProto, test::kDatasec}) {
    BtfWriter w;
    w.add(kind, "long", 0xffff, 0);
    CHECK(refused(w.finish()) == errc::malformed);
  }
  BtfWriter w;
  w.add(test::kInt, "int", 0, 4);  // without the word that follows
  CHECK(refused(w.finish()) == errc::malformed);
}

// Each byte of real BTF with each of some values: parse, and ask everything of what is taken.
TEST_CASE("btf: every byte changed") {
  const Bytes whole = btf_of("pinning.bpf.o");
  std::size_t taken = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0xff}) {
      Bytes bytes = whole;
      bytes[at] = static_cast<std::byte>(value);
      const auto types = Spec::parse(std::move(bytes));
      if (!types) {
        REQUIRE(!types.error().message().empty());
        continue;
      }
      ++taken;
      for (TypeId id = 0; id < types->type_count(); ++id) {
        (void)types->strip(id);
        (void)types->size_of(id);
        (void)types->align_of(id);
        REQUIRE(types->describe(id).size() < 4096);
      }
    }
  }
  CHECK(taken > whole.size() / 2);
}

}  // namespace
}  // namespace ebpf::btf
