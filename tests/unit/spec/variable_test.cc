// VariableSpec::set and get: which C++ values fit which variables.
#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

CollectionSpec globals(const std::string& object = "globals.bpf.o") {
  return CollectionSpec::parse(test::testdata(object), object).value();
}

enum class Color : std::uint32_t { red, green = 5, blue = 1000 };
enum class Small : std::uint8_t { zero, most = 255 };
enum class Signed : std::int32_t { minus = -1, plus = 1 };
enum class Wide : std::uint64_t { most = ~std::uint64_t{0} };

struct Traffic {
  std::uint64_t packets;
  std::uint64_t bytes;
};

// Sets a value and reads it back as the variable's own type.
template <class Own, class T>
void check_set(CollectionSpec& spec, const std::string& name, T value, Own expected) {
  CAPTURE(name);
  auto variable = spec.variable(name);
  REQUIRE(variable);
  const auto ok = variable->set(value);
  REQUIRE_MESSAGE(ok.has_value(), ok.error().message());
  CHECK(variable->value.size() == variable->size);
  const auto back = variable->template get<Own>();
  REQUIRE_MESSAGE(back.has_value(), back.error().message());
  CHECK(*back == expected);
}

template <class T>
void check_refused(CollectionSpec& spec, const std::string& name, T value, errc code) {
  CAPTURE(name);
  auto variable = spec.variable(name);
  REQUIRE(variable);
  const auto before = variable->value;
  const auto ok = variable->set(value);
  REQUIRE(!ok.has_value());
  CHECK(ok.error().code() == code);
  CHECK(ok.error().message().find("\"" + name + "\"") != std::string::npos);
  CHECK(variable->value == before);
}

template <class Own>
void check_integer_limits(const std::string& name) {
  using Limits = std::numeric_limits<Own>;
  CollectionSpec spec = globals();
  check_set<Own>(spec, name, Limits::max(), Limits::max());
  check_set<Own>(spec, name, Limits::min(), Limits::min());
  check_set<Own>(spec, name, 0, Own{0});
  check_set<Own>(spec, name, true, Own{1});
  check_set<Own>(spec, name, std::int64_t{100}, Own{100});
  check_set<Own>(spec, name, std::uint8_t{100}, Own{100});
  if constexpr (std::is_signed_v<Own>) {
    check_set<Own>(spec, name, std::int8_t{-1}, Own{-1});
    check_set<Own>(spec, name, std::int64_t{-1}, Own{-1});
    check_refused(spec, name, std::numeric_limits<std::uint64_t>::max(), errc::out_of_range);
    check_refused(spec, name, static_cast<std::uint64_t>(Limits::max()) + 1, errc::out_of_range);
    if constexpr (sizeof(Own) < 8) {
      check_refused(spec, name, std::int64_t{Limits::max()} + 1, errc::out_of_range);
      check_refused(spec, name, std::int64_t{Limits::min()} - 1, errc::out_of_range);
    }
  } else {
    check_refused(spec, name, std::int8_t{-1}, errc::out_of_range);
    check_refused(spec, name, std::numeric_limits<std::int64_t>::min(), errc::out_of_range);
    if constexpr (sizeof(Own) < 8) {
      check_refused(spec, name, std::uint64_t{Limits::max()} + 1, errc::out_of_range);
      check_refused(spec, name, std::int64_t{Limits::max()} + 1, errc::out_of_range);
      check_refused(spec, name, std::numeric_limits<std::uint64_t>::max(), errc::out_of_range);
    }
  }
}

TEST_CASE("variable: the limits of every integer type, in .bss, .data and .rodata") {
  check_integer_limits<std::uint8_t>("bss_u8");
  check_integer_limits<std::int8_t>("bss_s8");
  check_integer_limits<std::uint16_t>("bss_u16");
  check_integer_limits<std::int16_t>("bss_s16");
  check_integer_limits<std::uint32_t>("bss_u32");
  check_integer_limits<std::int32_t>("bss_s32");
  check_integer_limits<std::uint64_t>("bss_u64");
  check_integer_limits<std::int64_t>("bss_s64");
  check_integer_limits<std::uint8_t>("data_u8");
  check_integer_limits<std::int64_t>("data_s64");
  check_integer_limits<std::uint16_t>("knob_u16");
  check_integer_limits<std::int32_t>("knob_s32");
}

TEST_CASE("variable: reading initial values") {
  const CollectionSpec spec = globals();
  CHECK(spec.variable("data_u8")->get<std::uint8_t>() == 0x11);
  CHECK(spec.variable("data_s8")->get<std::int8_t>() == -2);
  CHECK(spec.variable("data_u16")->get<std::uint16_t>() == 0x2233);
  CHECK(spec.variable("data_s16")->get<std::int16_t>() == -300);
  CHECK(spec.variable("data_u32")->get<std::uint32_t>() == 0x44556677u);
  CHECK(spec.variable("data_s32")->get<std::int32_t>() == -70000);
  CHECK(spec.variable("data_u64")->get<std::uint64_t>() == 0x8899aabbccddeeffu);
  CHECK(spec.variable("data_s64")->get<std::int64_t>() == -5000000000);
  CHECK(spec.variable("data_bool")->get<bool>() == true);
  CHECK(spec.variable("data_color")->get<Color>() == Color::blue);
  CHECK(spec.variable("bss_u64")->get<std::uint64_t>() == 0u);  // .bss: zeroes
  CHECK(spec.variable("bss_stats")->value.empty());
  using Four = std::array<std::uint32_t, 4>;
  CHECK(spec.variable("data_array")->get<Four>() == Four{10, 20, 30, 40});
  CHECK(spec.variable("knob_array")->get<Four>() == Four{1, 2, 3, 4});
  const auto knob = spec.variable("knob_struct")->get<Traffic>();
  REQUIRE(knob.has_value());
  CHECK(knob->packets == 7);
  CHECK(knob->bytes == 700);
  const auto structs = spec.variable("data_structs")->get<std::array<Traffic, 3>>();
  REQUIRE(structs.has_value());
  CHECK((*structs)[2].bytes == 300);
  const auto text = spec.variable("data_text")->get<std::array<char, 16>>();
  REQUIRE(text.has_value());
  CHECK(std::string(text->data()) == "initial");
}

TEST_CASE("variable: reading as another type is refused") {
  const CollectionSpec spec = globals();
  const auto code = [](const auto& result) {
    REQUIRE(!result.has_value());
    return result.error().code();
  };
  const auto u32 = spec.variable("data_u32");
  CHECK(code(u32->get<std::int32_t>()) == errc::type_mismatch);
  CHECK(code(u32->get<std::uint64_t>()) == errc::type_mismatch);
  CHECK(code(u32->get<std::uint16_t>()) == errc::type_mismatch);
  CHECK(code(u32->get<float>()) == errc::type_mismatch);
  CHECK(code(u32->get<bool>()) == errc::type_mismatch);
  CHECK(code(u32->get<std::array<std::uint16_t, 2>>()) == errc::type_mismatch);
  CHECK(code(u32->get<std::array<std::uint32_t, 1>>()) == errc::type_mismatch);
  CHECK(code(spec.variable("data_u64")->get<double>()) == errc::type_mismatch);
  CHECK(code(spec.variable("data_structs")->get<Traffic>()) == errc::type_mismatch);
  CHECK(code(spec.variable("data_array")->get<std::array<std::uint32_t, 5>>()) == errc::type_mismatch);
  CHECK(code(spec.variable("data_array")->get<std::array<std::int32_t, 4>>()) == errc::type_mismatch);
  CHECK(code(spec.variable("knob_struct")->get<std::array<std::uint64_t, 2>>()) == errc::type_mismatch);
  // Both sides are named.
  const auto error = u32->get<std::uint64_t>().error();
  CHECK(error.message().find("\"data_u32\"") != std::string::npos);
  CHECK(error.message().find("__u32") != std::string::npos);
  CHECK(error.message().find("unsigned integer of 8 bytes") != std::string::npos);
}

TEST_CASE("variable: booleans") {
  CollectionSpec spec = globals();
  check_set<bool>(spec, "bss_bool", true, true);
  check_set<bool>(spec, "bss_bool", false, false);
  check_set<bool>(spec, "knob_bool", 1, true);
  check_set<bool>(spec, "knob_bool", 0u, false);
  // Anything but 0 and 1 is no value of a bool, whatever its width.
  check_refused(spec, "bss_bool", 2, errc::out_of_range);
  check_refused(spec, "bss_bool", 255u, errc::out_of_range);
  check_refused(spec, "bss_bool", -1, errc::out_of_range);
  check_refused(spec, "bss_bool", 256, errc::out_of_range);
}

TEST_CASE("variable: enumerations") {
  CollectionSpec spec = globals();
  check_set<Color>(spec, "bss_color", Color::blue, Color::blue);
  check_set<Color>(spec, "knob_color", 5, Color::green);
  check_set<std::uint32_t>(spec, "knob_color", Small::most, 255u);
  check_set<std::uint8_t>(spec, "bss_u8", Small::most, std::uint8_t{255});
  check_set<std::uint8_t>(spec, "bss_u8", Color::green, std::uint8_t{5});
  check_refused(spec, "bss_u8", Color::blue, errc::out_of_range);
  check_set<std::int32_t>(spec, "bss_s32", Signed::minus, -1);
  check_refused(spec, "bss_u32", Signed::minus, errc::out_of_range);
  check_set<std::uint64_t>(spec, "bss_u64", Wide::most, ~std::uint64_t{0});
  check_refused(spec, "bss_s64", Wide::most, errc::out_of_range);
  check_refused(spec, "bss_u32", Wide::most, errc::out_of_range);
}

TEST_CASE("variable: characters and bytes stand for any one byte") {
  CollectionSpec spec = globals();
  check_set<std::uint8_t>(spec, "bss_u8", 'x', std::uint8_t{'x'});
  check_set<char>(spec, "bss_s8", 'x', 'x');
  check_set<std::byte>(spec, "bss_u8", std::byte{0xff}, std::byte{0xff});
  check_set<std::byte>(spec, "bss_s8", std::byte{0xff}, std::byte{0xff});
  check_refused(spec, "bss_u32", 'x', errc::type_mismatch);
}

TEST_CASE("variable: arrays and structures, as they are") {
  CollectionSpec spec = globals();
  auto array = spec.variable("bss_array");
  std::array<std::uint32_t, 16> sixteen{};
  sixteen[3] = 77;
  REQUIRE(array->set(sixteen).has_value());
  CHECK(array->value.size() == 64);
  CHECK(array->get<std::array<std::uint32_t, 16>>() == sixteen);
  const std::uint32_t plain[16] = {9};
  REQUIRE(array->set(plain).has_value());
  CHECK((*array->get<std::array<std::uint32_t, 16>>())[0] == 9);
  CHECK(array->set(std::array<std::uint32_t, 15>{}).error().code() == errc::type_mismatch);
  CHECK(array->set(std::array<std::int32_t, 16>{}).error().code() == errc::type_mismatch);
  CHECK(array->set(7u).error().code() == errc::type_mismatch);
  auto matrix = spec.variable("bss_matrix");
  CHECK(matrix->set(std::array<std::array<std::uint16_t, 5>, 3>{}).has_value());
  CHECK(matrix->set(std::array<std::uint16_t, 15>{}).has_value());
  auto structure = spec.variable("knob_struct");
  REQUIRE(structure->set(Traffic{1, 2}).has_value());
  CHECK(structure->get<Traffic>()->bytes == 2);
  CHECK(structure->set(std::uint64_t{1}).error().code() == errc::type_mismatch);
  struct Odd {
    char bytes[15];
  };
  CHECK(structure->set(Odd{}).error().code() == errc::type_mismatch);
  auto text = spec.variable("knob_text");
  REQUIRE(text->set(std::array<char, 16>{'h', 'i'}).has_value());
  CHECK(std::string(text->get<std::array<char, 16>>()->data()) == "hi");
  CHECK(spec.variable("data_u64")->set(1.5).error().code() == errc::type_mismatch);
  CHECK(spec.variable("data_u32")->set(1.5f).error().code() == errc::type_mismatch);
}

TEST_CASE("variable: set_raw takes as many bytes as there are") {
  CollectionSpec spec = globals();
  auto variable = spec.variable("data_u32");
  const test::Bytes four(4, std::byte{0xab});
  REQUIRE(variable->set_raw(four).has_value());
  CHECK(variable->get<std::uint32_t>() == 0xababababu);
  for (const std::size_t size : {0u, 3u, 5u}) {
    const auto ok = variable->set_raw(test::Bytes(size));
    REQUIRE(!ok.has_value());
    CHECK(ok.error().code() == errc::type_mismatch);
    CHECK(ok.error().message().find("\"data_u32\"") != std::string::npos);
  }
  CHECK(variable->get<std::uint32_t>() == 0xababababu);
}

TEST_CASE("variable: without BTF only the size counts") {
  CollectionSpec spec = globals("globals_nobtf.bpf.o");
  check_set<std::uint32_t>(spec, "data_u32", 5, 5u);
  check_set<std::int32_t>(spec, "data_u32", -5, -5);
  check_set<std::uint32_t>(spec, "data_u32", 0xffffffffu, 0xffffffffu);
  check_refused(spec, "data_u32", std::int64_t{1} << 32, errc::out_of_range);
  check_refused(spec, "data_u32", -(std::int64_t{1} << 31) - 1, errc::out_of_range);
  check_set<float>(spec, "data_u32", 1.5f, 1.5f);
  CHECK(spec.variable("data_u32")->get<std::uint64_t>().error().code() == errc::type_mismatch);
  CHECK(spec.variable("data_u32")->set(Traffic{}).error().code() == errc::type_mismatch);
  CHECK(spec.variable("data_array")->set(5).error().code() == errc::type_mismatch);
}

TEST_CASE("variable: in an object of the other byte order") {
  CollectionSpec spec = globals("globals_eb.bpf.o");
  auto variable = spec.variable("data_u32");
  REQUIRE(variable->set(0x01020304u).has_value());
  CHECK(variable->value == test::Bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}});
  auto wide = spec.variable("data_s64");
  REQUIRE(wide->set(-2).has_value());
  CHECK(wide->value.front() == std::byte{0xff});
  CHECK(wide->value.back() == std::byte{0xfe});
  CHECK(spec.variable("knob_struct")->set(Traffic{}).error().code() == errc::unsupported_input);
  CHECK(variable->get<std::uint32_t>().error().code() == errc::unsupported_input);
}

// An object says what it likes: here that a variable of 64 bytes is of a type of 4.
TEST_CASE("variable: a size that is not its type's is noticed before bytes are copied") {
  test::BtfWriter btf;
  const auto u32 = btf.integer("unsigned int", 4);
  const auto var = btf.add(test::kVar, "liar", 0, u32, {1});
  btf.add(test::kDatasec, ".data", 1, 64, {var, 0, 64});
  test::ElfWriter elf;
  const auto data = elf.add({.name = ".data", .flags = 3, .data = test::Bytes(64, std::byte{0x41})});
  elf.add({.name = ".BTF", .data = btf.finish()});
  elf.symbol("liar", 0x11, data, 0, 64);
  const auto spec = CollectionSpec::parse(elf.finish(), "liar.o");
  if (!spec) {
    CHECK(spec.error().code() == errc::malformed);  // refusing such a file is right, too
    return;
  }
  const auto variable = spec->variable("liar");
  REQUIRE(variable);
  // Neither of them may write 64 bytes to a smaller object.
  CHECK(!variable->get<std::uint32_t>().has_value());
  VariableSpec copy = *variable;
  CHECK(!copy.set(std::array<std::uint32_t, 2>{}).has_value());
}

TEST_CASE("variable: a value that was edited to another length is noticed") {
  CollectionSpec spec = globals();
  auto variable = spec.variable("data_u32");
  variable->value.resize(100);
  CHECK(!variable->get<std::uint32_t>().has_value());
  variable->value.resize(2);
  CHECK(!variable->get<std::uint32_t>().has_value());
}

TEST_CASE("host types in words") {
  CHECK(describe(host_type<std::uint32_t>()) == "unsigned integer of 4 bytes");
  CHECK(describe(host_type<const volatile std::int8_t>()) == "signed integer of 1 byte");
  CHECK(describe(host_type<bool>()) == "bool of 1 byte");
  CHECK(describe(host_type<double>()) == "floating point of 8 bytes");
  CHECK(host_type<std::int16_t[4][4]>().count == 16);
  CHECK(host_type<std::array<std::array<char, 3>, 2>>().count == 6);
  CHECK(host_type<Traffic>().kind == HostKind::composite);
  CHECK(host_type<void*>().kind == HostKind::pointer);
  // As the header has it.
  CHECK(describe(host_type<std::array<std::int16_t, 16>>()) == "array of 16 signed integers of 2 bytes");
}

}  // namespace
}  // namespace ebpf
