// Variables and data sections of the objects in testdata/.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

constexpr std::uint32_t kReadOnlyForPrograms = 1u << 7, kMmapable = 1u << 10;

struct ExpectedVariable {
  std::string_view name;
  std::string_view section;
  std::uint32_t size;
  std::string_view type;
  std::uint64_t value = 0;  // where size is at most 8
  bool is_static = false;
  bool is_hidden = false;
};

constexpr ExpectedVariable kVariables[] = {
    {"bss_u8", ".bss", 1, "__u8"},
    {"bss_s8", ".bss", 1, "__s8"},
    {"bss_u16", ".bss", 2, "__u16"},
    {"bss_s16", ".bss", 2, "__s16"},
    {"bss_u32", ".bss", 4, "__u32"},
    {"bss_s32", ".bss", 4, "__s32"},
    {"bss_u64", ".bss", 8, "__u64"},
    {"bss_s64", ".bss", 8, "__s64"},
    {"bss_bool", ".bss", 1, "_Bool"},
    {"bss_color", ".bss", 4, "enum color"},
    {"bss_text", ".bss", 32, "char[32]"},
    {"bss_array", ".bss", 64, "__u32[16]"},
    {"bss_matrix", ".bss", 30, "__u16[3][5]"},
    {"bss_stats", ".bss", 56, "struct stats"},
    {"mirror_of_bss", ".bss", 40, "struct scalars"},
    {"mirror_of_data", ".bss", 40, "struct scalars"},
    {"mirror_of_rodata", ".bss", 40, "struct scalars"},
    {"big", ".bss", 8192, "__u64[1024]"},
    {"data_u8", ".data", 1, "__u8", 0x11},
    {"data_s8", ".data", 1, "__s8", 0xfe},
    {"data_u16", ".data", 2, "__u16", 0x2233},
    {"data_s16", ".data", 2, "__s16", 0xfed4},
    {"data_u32", ".data", 4, "__u32", 0x44556677},
    {"data_s32", ".data", 4, "__s32", 0xfffeee90},
    {"data_u64", ".data", 8, "__u64", 0x8899aabbccddeeff},
    {"data_s64", ".data", 8, "__s64", static_cast<std::uint64_t>(-5000000000LL)},
    {"data_bool", ".data", 1, "_Bool", 1},
    {"data_color", ".data", 4, "enum color", 1000},
    {"data_text", ".data", 16, "char[16]"},
    {"data_array", ".data", 16, "__u32[4]"},
    {"data_stats", ".data", 56, "struct stats"},
    {"data_structs", ".data", 48, "struct traffic[3]"},
    {"knob_u8", ".rodata", 1, "const volatile __u8", 8},
    {"knob_s8", ".rodata", 1, "const volatile __s8", 0xf8},
    {"knob_u16", ".rodata", 2, "const volatile __u16", 16},
    {"knob_s16", ".rodata", 2, "const volatile __s16", 0xfff0},
    {"sample_rate", ".rodata", 4, "const volatile __u32", 1},
    {"knob_s32", ".rodata", 4, "const volatile __s32", 0xffffffe0},
    {"knob_u64", ".rodata", 8, "const volatile __u64", 64},
    {"knob_s64", ".rodata", 8, "const volatile __s64", static_cast<std::uint64_t>(-64)},
    {"knob_bool", ".rodata", 1, "const volatile _Bool", 0},
    {"knob_color", ".rodata", 4, "const volatile enum color", 0},
    {"custom_data", ".data.custom", 4, "__u32", 0x1234},
    {"custom_data_array", ".data.custom", 24, "__u64[3]"},
    {"custom_rodata", ".rodata.custom", 4, "const volatile __u32", 0x4321},
    {"custom_bss", ".bss.custom", 8, "__u64"},
    {"static_bss", ".bss", 8, "volatile __u64", 0, true},
    {"static_data", ".data", 4, "volatile __u32", 3, true},
    {"hidden_data", ".data", 4, "__u32", 9, false, true},
    {"weak_data", ".data", 4, "__u32", 7},
    {"count.calls", ".bss", 4, "volatile __u32", 0, true},
    {"packets", ".bss", 8, "__u64"},
    {"bytes", ".bss", 8, "__u64"},
    {"events", ".bss", 4, "__u32"},
    {"sampled", ".bss", 8, "__u64"},
    {"hits_by_length", ".bss", 128, "__u64[16]"},
};

void check_variables(const std::string& object, bool with_types) {
  CAPTURE(object);
  const CollectionSpec spec = parsed(object);
  for (const ExpectedVariable& expected : kVariables) {
    CAPTURE(std::string(expected.name));
    const auto variable = spec.variable(expected.name);
    REQUIRE(variable);
    CHECK(variable->section == expected.section);
    CHECK(variable->size == expected.size);
    CHECK(variable->is_constant == expected.section.starts_with(".rodata"));
    CHECK(variable->is_static == expected.is_static);
    CHECK(variable->is_hidden == expected.is_hidden);
    CHECK(variable->byte_order == spec.byte_order);
    if (with_types)
      CHECK(variable->types.describe(variable->type) == expected.type);
    else
      CHECK(variable->type == 0);
    if (expected.section.starts_with(".bss"))
      CHECK(variable->value.empty());
    else
      REQUIRE(variable->value.size() == expected.size);
    if (expected.size <= 8 && !expected.section.starts_with(".bss")) CHECK(number(*variable) == expected.value);
  }
}

TEST_CASE("spec: every variable of globals.bpf.c, by each compiler, in each byte order, with BTF and without") {
  check_variables("globals.bpf.o", true);
  check_variables("globals_clang14.bpf.o", true);
  check_variables("globals_eb.bpf.o", true);
  check_variables("globals_stripped.bpf.o", true);
  check_variables("globals_nobtf.bpf.o", false);
  check_variables("globals_clang14_nobtf.bpf.o", false);
}

TEST_CASE("spec: places of variables are those of the symbol table, in ascending order") {
  for (const std::string object : {"globals.bpf.o", "globals_nobtf.bpf.o", "maps.bpf.o", "tracing.bpf.o"}) {
    CAPTURE(object);
    const test::Patchable file{test::testdata(object)};
    const CollectionSpec spec = parsed(object);
    REQUIRE(!spec.variables.empty());
    for (const VariableSpec& variable : spec.variables) {
      CAPTURE(variable.name);
      const std::uint64_t symbol = file.symbol(variable.name);
      CHECK(test::get<std::uint64_t>(file.bytes, symbol + test::kSymbolValue) == variable.offset);
      CHECK(test::get<std::uint64_t>(file.bytes, symbol + test::kSymbolSize) == variable.size);
      CHECK(test::get<std::uint16_t>(file.bytes, symbol + test::kSymbolSection) == file.index(variable.section));
      if (!variable.value.empty()) {
        const auto* begin = file.bytes.data() + file.content(variable.section) + variable.offset;
        CHECK(std::equal(variable.value.begin(), variable.value.end(), begin));
      }
    }
    CHECK(std::is_sorted(spec.variables.begin(), spec.variables.end(), [](const auto& a, const auto& b) {
      return std::pair(a.section, a.offset) < std::pair(b.section, b.offset);
    }));
    for (std::size_t i = 1; i < spec.variables.size(); ++i) {
      const VariableSpec& a = spec.variables[i - 1];
      const VariableSpec& b = spec.variables[i];
      if (a.section == b.section) CHECK(a.offset + a.size <= b.offset);
    }
  }
}

TEST_CASE("spec: data sections are maps of one element") {
  const test::Patchable file{test::testdata("globals.bpf.o")};
  const CollectionSpec spec = parsed("globals.bpf.o");
  CHECK(spec.maps.size() == 6);
  for (const std::string name : {".bss", ".data", ".rodata", ".data.custom", ".rodata.custom", ".bss.custom"}) {
    CAPTURE(name);
    const auto map = spec.map(name);
    REQUIRE(map);
    const bool constant = name.starts_with(".rodata");
    CHECK(map->is_data);
    CHECK(map->type == MapType::array);
    CHECK(map->key_size == 4);
    CHECK(map->max_entries == 1);
    CHECK(map->value_size == file.size(name));
    CHECK(map->flags == (kMmapable | (constant ? kReadOnlyForPrograms : 0)));
    CHECK(map->freeze == constant);
    if (name.starts_with(".bss")) {
      CHECK(map->data.empty());
    } else {
      REQUIRE(map->data.size() == map->value_size);
      CHECK(std::equal(map->data.begin(), map->data.end(), file.bytes.data() + file.content(name)));
    }
    const auto type = spec.types.type(map->value_type);
    REQUIRE(type.has_value());
    CHECK(type->is(btf::Kind::data_section));
    CHECK(type->name() == name);
    CHECK(type->size() == map->value_size);
    for (std::uint32_t i = 0; i < type->vlen(); ++i) {
      const auto entry = type->section_variable(i);
      const auto variable = spec.variable(spec.types.type(entry.type)->name());
      if (variable) CHECK(variable->offset == entry.offset);
    }
  }
}

}  // namespace
}  // namespace ebpf
