// The two operations that change BTF, and that copies do not see them.
#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

struct Sample {
  TypeId integer, first, second, third, section, proto, function;
  Spec types;
};

Sample sample(ByteOrder order) {
  BtfWriter w(order);
  Sample s{};
  s.integer = w.integer("int", 4, test::kSigned);
  s.first = w.add(test::kVar, "first", 0, s.integer, {1});
  s.second = w.add(test::kVar, "second", 0, s.integer, {1});
  s.third = w.add(test::kVar, "third", 0, s.integer, {0});
  s.section = w.add(test::kDatasec, ".data", 3, 0, {s.first, 0, 4, s.second, 0, 8, s.third, 0, 16});
  s.proto = w.add(test::kFuncProto, "", 0, 0);
  s.function = w.add(test::kFunc, "f", 1, s.proto);
  auto types = Spec::parse(w.finish());
  REQUIRE(types.has_value());
  s.types = *std::move(types);
  return s;
}

std::vector<std::byte> bytes_of(const Spec& types) { return {types.bytes().begin(), types.bytes().end()}; }

TEST_CASE("btf: laying out a data section sets its size and sorts its variables") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Sample s = sample(order);
    const std::uint32_t offsets[] = {16, 0, 24};
    REQUIRE(s.types.lay_out_section(s.section, 40, offsets).has_value());
    const auto section = s.types.type(s.section);
    REQUIRE(section.has_value());
    CHECK(section->size() == 40);
    CHECK(section->vlen() == 3);
    CHECK(section->name() == ".data");
    const auto check = [&](std::uint32_t index, TypeId type, std::uint32_t offset, std::uint32_t size) {
      CHECK(section->section_variable(index).type == type);
      CHECK(section->section_variable(index).offset == offset);
      CHECK(section->section_variable(index).size == size);
    };
    check(0, s.second, 0, 8);
    check(1, s.first, 16, 4);
    check(2, s.third, 24, 16);
    // What is around it is as before, and all of it still is BTF.
    CHECK(s.types.type(s.third)->name() == "third");
    CHECK(s.types.type(s.function)->name() == "f");
    const auto again = Spec::parse(bytes_of(s.types));
    REQUIRE(again.has_value());
    CHECK(again->type(s.section)->section_variable(1).offset == 16);
  }
}

TEST_CASE("btf: a change to one of two that share their bytes is not seen by the other") {
  Sample s = sample(ByteOrder::little);
  const Spec copy = s.types;
  const auto before = bytes_of(copy);
  CHECK(copy.bytes().data() == s.types.bytes().data());  // shared until then
  const std::uint32_t offsets[] = {0, 8, 16};
  REQUIRE(s.types.lay_out_section(s.section, 32, offsets).has_value());
  CHECK(bytes_of(copy) == before);
  CHECK(copy.type(s.section)->size() == 0);
  CHECK(s.types.type(s.section)->size() == 32);
  CHECK(copy.type(s.section)->name() == ".data");

  const Spec second = s.types;
  const auto laid_out = bytes_of(second);
  REQUIRE(s.types.set_function_linkage(s.function, Linkage::static_linkage).has_value());
  CHECK(bytes_of(second) == laid_out);
  CHECK(second.type(s.function)->linkage() == Linkage::global);
  CHECK(s.types.type(s.function)->linkage() == Linkage::static_linkage);
  CHECK(bytes_of(copy) == before);
  CHECK(s.types.type(s.section)->size() == 32);
}

TEST_CASE("btf: the copy may be the one that is changed, or outlive what it was copied from") {
  Spec copy;
  TypeId function = 0;
  {
    Sample s = sample(ByteOrder::big);
    function = s.function;
    copy = s.types;
    REQUIRE(copy.set_function_linkage(function, Linkage::external).has_value());
    CHECK(s.types.type(function)->linkage() == Linkage::global);
  }
  CHECK(copy.type(function)->linkage() == Linkage::external);
  CHECK(copy.type(function)->name() == "f");
  CHECK(copy.find("first", Kind::variable).has_value());
}

TEST_CASE("btf: linkage is all that set_function_linkage changes") {
  for (const auto linkage : {Linkage::static_linkage, Linkage::global, Linkage::external}) {
    Sample s = sample(ByteOrder::little);
    const auto before = bytes_of(s.types);
    REQUIRE(s.types.set_function_linkage(s.function, linkage).has_value());
    const auto type = s.types.type(s.function);
    CHECK(type->linkage() == linkage);
    CHECK(type->is(Kind::function));
    CHECK(type->referenced() == s.proto);
    const auto after = bytes_of(s.types);
    std::size_t differing = 0;
    for (std::size_t i = 0; i < before.size(); ++i) differing += before[i] != after[i];
    CHECK(differing == (linkage == Linkage::global ? 0 : 1));
  }
}

TEST_CASE("btf: edits of the wrong kind or count are refused and change nothing") {
  Sample s = sample(ByteOrder::little);
  const auto before = bytes_of(s.types);
  const std::uint32_t two[] = {0, 8};
  const std::uint32_t three[] = {0, 8, 16};
  CHECK(s.types.lay_out_section(s.section, 32, two).error().code() == errc::invalid_argument);
  CHECK(s.types.lay_out_section(s.section, 32, {}).error().code() == errc::invalid_argument);
  CHECK(s.types.lay_out_section(s.integer, 32, three).error().code() == errc::invalid_argument);
  CHECK(s.types.lay_out_section(0, 32, three).error().code() == errc::invalid_argument);
  CHECK(s.types.lay_out_section(0, 32, {}).error().code() == errc::invalid_argument);
  CHECK(s.types.lay_out_section(999, 32, three).error().code() == errc::not_found);
  CHECK(s.types.set_function_linkage(s.integer, Linkage::global).error().code() == errc::invalid_argument);
  CHECK(s.types.set_function_linkage(s.proto, Linkage::global).error().code() == errc::invalid_argument);
  CHECK(s.types.set_function_linkage(0, Linkage::global).error().code() == errc::invalid_argument);
  CHECK(s.types.set_function_linkage(999, Linkage::global).error().code() == errc::not_found);
  CHECK(bytes_of(s.types) == before);
}

}  // namespace
}  // namespace ebpf::btf
