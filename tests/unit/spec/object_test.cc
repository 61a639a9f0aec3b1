// What CollectionSpec::parse makes of the objects in testdata/. What is expected stands in their sources; places and
// sizes are those of the symbol table, as a parser of our own in elf_bytes.h reads it.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ebpf/asm/opcode.h"
#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

CollectionSpec parsed(const std::string& object) {
  auto spec = CollectionSpec::parse(test::testdata(object), object);
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  return *std::move(spec);
}

const FunctionSpec& subprogram(const CollectionSpec& spec, std::string_view name) {
  for (const FunctionSpec& function : spec.subprograms)
    if (function.name == name) return function;
  FAIL("no subprogram " << std::string(name));
  return spec.subprograms.front();
}

// Little-endian number of a variable's value, whichever order the object has.
std::uint64_t number(const VariableSpec& variable) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < variable.value.size(); ++i) {
    const std::size_t place = variable.byte_order == ByteOrder::little ? i : variable.value.size() - 1 - i;
    out |= std::to_integer<std::uint64_t>(variable.value[place]) << (8 * i);
  }
  return out;
}

constexpr std::uint32_t kNoPrealloc = 1, kNumaNode = 4, kReadOnlyForPrograms = 1u << 7, kMmapable = 1u << 10;

struct ExpectedMap {
  std::string_view name;
  std::uint32_t type;  // BPF_MAP_TYPE_*
  std::uint32_t key_size, value_size, max_entries;
  std::uint32_t flags = 0;
  std::uint64_t map_extra = 0;
};

constexpr ExpectedMap kMaps[] = {
    {"hash", 1, 4, 16, 128},
    {"hash_by_size", 1, 12, 20, 16},
    {"hash_on_node", 1, 8, 16, 16, kNoPrealloc | kNumaNode},
    {"hash_with_lock", 1, 4, 8, 4},
    {"array", 2, 4, 8, 8},
    {"array_mmapable", 2, 4, 8, 512, kMmapable},
    {"percpu_hash", 5, 4, 8, 16},
    {"percpu_array", 6, 4, 16, 4},
    {"lru_hash", 9, 4, 4, 64},
    {"lru_percpu_hash", 10, 4, 4, 64},
    {"lpm_trie", 11, 8, 4, 32, kNoPrealloc},
    {"queue", 22, 0, 4, 8},
    {"stack", 23, 0, 8, 8},
    {"bloom_filter", 30, 0, 4, 100, 0, 3},
    {"ringbuf", 27, 0, 0, 4096},
    {"user_ringbuf", 31, 0, 0, 4096},
    {"perf_event_array", 4, 4, 4, 0},
    {"stack_trace", 7, 4, 128, 64},
    {"cgroup_array", 8, 4, 4, 2},
    {"prog_array", 3, 4, 4, 3},
    {"inner_first", 2, 4, 8, 2},
    {"inner_second", 2, 4, 8, 2},
    {"array_of_maps", 12, 4, 4, 4},
    {"hash_of_maps", 13, 4, 4, 4},
    {"hash_of_unnamed_maps", 13, 16, 4, 4},
    {"devmap", 14, 4, 8, 4},
    {"devmap_hash", 25, 4, 4, 4},
    {"cpumap", 16, 4, 8, 1},
    {"xskmap", 17, 4, 4, 4},
    {"sockmap", 15, 4, 8, 4},
    {"sockhash", 18, 16, 4, 4},
    {"reuseport_sockarray", 20, 4, 8, 4},
    {"cgroup_storage", 19, 16, 16, 0},
    {"percpu_cgroup_storage", 21, 16, 16, 0},
    {"sk_storage", 24, 4, 16, 0, kNoPrealloc},
    {"inode_storage", 28, 4, 16, 0, kNoPrealloc},
    {"task_storage", 29, 4, 16, 0, kNoPrealloc},
    {"cgrp_storage", 32, 4, 16, 0, kNoPrealloc},
    {"arena", 33, 0, 0, 4, kMmapable},
};

TEST_CASE("spec: BTF-defined maps with all attributes, by each compiler and in each byte order") {
  for (const std::string object : {"maps.bpf.o", "maps_clang14.bpf.o", "maps_eb.bpf.o", "maps_stripped.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.license == "GPL");
    REQUIRE(spec.maps.size() == std::size(kMaps) + 1);
    for (const ExpectedMap& expected : kMaps) {
      CAPTURE(std::string(expected.name));
      const auto map = spec.map(expected.name);
      REQUIRE(map);
      CHECK(map->section == ".maps");
      CHECK(static_cast<std::uint32_t>(map->type) == expected.type);
      CHECK(map->key_size == expected.key_size);
      CHECK(map->value_size == expected.value_size);
      CHECK(map->max_entries == expected.max_entries);
      CHECK(map->flags == expected.flags);
      CHECK(map->map_extra == expected.map_extra);
      CHECK(map->numa_node == 0);
      CHECK(map->pinning == Pinning::none);
      CHECK(!map->is_data);
      CHECK(!map->freeze);
      CHECK(map->data.empty());
      CHECK(map->contents.empty());
    }
    CHECK(spec.types.describe(spec.map("hash")->key_type) == "__u32");
    CHECK(spec.types.describe(spec.map("hash")->value_type) == "struct pair");
    CHECK(spec.map("hash_by_size")->key_type == 0);
    CHECK(spec.map("hash_by_size")->value_type == 0);
    CHECK(spec.types.describe(spec.map("hash_on_node")->key_type) == "__u64");
    CHECK(spec.map("queue")->key_type == 0);
    // The order of the file, then the data sections.
    CHECK(spec.maps.back().name == ".bss");
    CHECK(spec.maps.back().is_data);
  }
}

TEST_CASE("spec: static contents of program arrays and of maps of maps") {
  for (const std::string object : {"maps.bpf.o", "maps_clang14.bpf.o", "maps_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    const auto programs = spec.map("prog_array");
    REQUIRE(programs);
    REQUIRE(programs->slots.size() == 2);
    CHECK(programs->slots[0].index == 0);
    CHECK(programs->slots[0].name == "tail_first");
    CHECK(programs->slots[1].index == 2);
    CHECK(programs->slots[1].name == "tail_second");
    CHECK(programs->inner.empty());

    const auto array = spec.map("array_of_maps");
    REQUIRE(array);
    REQUIRE(array->slots.size() == 2);
    CHECK(array->slots[0].index == 0);
    CHECK(array->slots[0].name == "inner_first");
    CHECK(array->slots[1].index == 3);
    CHECK(array->slots[1].name == "inner_second");
    REQUIRE(array->inner.size() == 1);
    CHECK(array->inner[0].type == MapType::array);
    CHECK(array->inner[0].max_entries == 2);
    CHECK(array->inner[0].value_size == 8);

    const auto hash = spec.map("hash_of_maps");
    REQUIRE(hash);
    REQUIRE(hash->slots.size() == 1);
    CHECK(hash->slots[0].index == 1);
    CHECK(hash->slots[0].name == "inner_first");

    const auto unnamed = spec.map("hash_of_unnamed_maps");
    REQUIRE(unnamed);
    CHECK(unnamed->slots.empty());
    REQUIRE(unnamed->inner.size() == 1);
    CHECK(unnamed->inner[0].type == MapType::hash);
    CHECK(unnamed->inner[0].key_size == 8);
    CHECK(unnamed->inner[0].value_size == 16);
    CHECK(unnamed->inner[0].max_entries == 8);
    CHECK(spec.types.describe(unnamed->inner[0].value_type) == "struct pair");
    CHECK(unnamed->inner[0].inner.empty());
  }
}

TEST_CASE("spec: pinning") {
  for (const std::string object : {"pinning.bpf.o", "pinning_clang14.bpf.o", "pinning_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.map("shared")->pinning == Pinning::by_name);
    CHECK(spec.map("unpinned")->pinning == Pinning::none);
  }
}

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

TEST_CASE("spec: programs of globals.bpf.c") {
  for (const std::string object :
       {"globals.bpf.o", "globals_clang14.bpf.o", "globals_eb.bpf.o", "globals_nobtf.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.name == object.substr(0, object.find('.')));
    CHECK(spec.license == "Dual MIT/GPL");
    CHECK(spec.kernel_version == 0);
    CHECK(spec.byte_order == (object == "globals_eb.bpf.o" ? ByteOrder::big : ByteOrder::little));
    CHECK(spec.notes.empty());
    CHECK(spec.externs.empty());
    CHECK(spec.subprograms.empty());
    REQUIRE(spec.programs.size() == 5);
    for (const auto& [name, section] : {std::pair<std::string, std::string>{"count", "socket"},
                                        {"mirror", "syscall"},
                                        {"custom_sections", "syscall"},
                                        {"fill_big", "syscall"},
                                        {"aggregates", "syscall"}}) {
      CAPTURE(name);
      const auto program = spec.program(name);
      REQUIRE(program);
      CHECK(program->section == section);
      CHECK(program->program_type == (section == "socket" ? ProgramType::socket_filter : ProgramType::syscall));
      CHECK(program->autoload);
      CHECK(!program->is_static);
      REQUIRE(!program->code.empty());
      CHECK(program->code.back().opcode == 0x95);  // exit
      CHECK(program->ifindex == 0);
      const bool has_btf = object.find("nobtf") == std::string::npos;
      CHECK((program->type != 0) == has_btf);
      CHECK(program->lines.empty() == !has_btf);
      if (has_btf) {
        CHECK(spec.types.type(program->type)->name() == name);
        CHECK(program->lines.front().slot == 0);
        CHECK(spec.types.string(program->lines.front().file_name).ends_with("globals.bpf.c"));
      }
    }
  }
}

// Each ld_imm64 with a relocation refers to the data section's map, at the variable's place.
TEST_CASE("spec: references to variables are to their places in their sections' maps") {
  for (const std::string object :
       {"globals.bpf.o", "globals_clang14.bpf.o", "globals_eb.bpf.o", "globals_nobtf.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    const auto program = spec.program("custom_sections");
    REQUIRE(program);
    std::map<std::string, bool> used;
    CHECK(std::is_sorted(program->references.begin(), program->references.end(),
                         [](const Reference& a, const Reference& b) { return a.slot < b.slot; }));
    for (const Reference& reference : program->references) {
      REQUIRE(reference.kind == ReferenceKind::map_value);
      REQUIRE(reference.slot + 1 < program->code.size());
      CHECK(program->code[reference.slot].opcode == 0x18);  // ld_imm64
      for (const VariableSpec& variable : spec.variables)
        if (variable.section == reference.name && reference.offset - variable.offset < variable.size)
          used[variable.name] = true;
    }
    for (const std::string name :
         {"custom_data", "custom_data_array", "custom_rodata", "custom_bss", "hidden_data", "weak_data"})
      CHECK_MESSAGE(used.contains(name), name);
    CHECK(used.size() == 6);
  }
}

using Calls = std::vector<std::pair<ReferenceKind, std::string>>;

Calls references_to_functions(const FunctionSpec& function) {
  Calls calls;
  for (const Reference& reference : function.references)
    if (reference.kind == ReferenceKind::call || reference.kind == ReferenceKind::function)
      calls.emplace_back(reference.kind, reference.name);
  return calls;
}

TEST_CASE("spec: subprograms, and who calls them") {
  for (const std::string object : {"subprograms.bpf.o", "subprograms_clang14.bpf.o", "subprograms_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.programs.size() == 8);
    CHECK(spec.subprograms.size() == 7);
    constexpr auto call = ReferenceKind::call;
    constexpr auto function = ReferenceKind::function;
    CHECK(references_to_functions(*spec.program("chain")) == Calls{{call, "triple_of_next"}});
    CHECK(references_to_functions(*spec.program("middle")) == Calls{{call, "next_of"}});
    CHECK(references_to_functions(*spec.program("global_call")) == Calls{{call, "doubled"}});
    CHECK(references_to_functions(*spec.program("weak_call")) == Calls{{call, "weak_offset"}});
    CHECK(references_to_functions(*spec.program("map_in_subprogram")) ==
          Calls{{call, "number_at"}, {call, "number_at"}});
    CHECK(references_to_functions(*spec.program("each_element")) == Calls{{function, "add_element"}});
    CHECK(references_to_functions(*spec.program("looped")) == Calls{{function, "add_index"}});
    CHECK(references_to_functions(*spec.program("alone")).empty());
    CHECK(references_to_functions(subprogram(spec, "triple_of_next")) == Calls{{call, "next_of"}});
    CHECK(references_to_functions(subprogram(spec, "add_index")) == Calls{{call, "next_of"}});
    CHECK(references_to_functions(subprogram(spec, "next_of")).empty());

    CHECK(subprogram(spec, "next_of").is_static);
    CHECK(!subprogram(spec, "doubled").is_static);
    CHECK(!subprogram(spec, "weak_offset").is_static);
    for (const FunctionSpec& each : spec.subprograms) {
      CHECK(each.section == ".text");
      CHECK(spec.types.type(each.type)->name() == each.name);
      CHECK(each.lines.front().slot == 0);
      CHECK(each.lines.back().slot < each.code.size());
    }

    // Relocations within .text.
    const FunctionSpec& number_at = subprogram(spec, "number_at");
    bool map = false;
    bool visited = false;
    for (const Reference& reference : number_at.references) {
      map = map || (reference.kind == ReferenceKind::map && reference.name == "numbers");
      visited = visited || (reference.kind == ReferenceKind::map_value && reference.name == ".bss" &&
                            reference.offset == spec.variable("visited")->offset);
    }
    CHECK(map);
    CHECK(visited);
  }
}

TEST_CASE("spec: each call's reference is at a call, each other one at an ld_imm64") {
  for (const std::string& object : test::testdata_names()) {
    const auto spec = CollectionSpec::parse(test::testdata(object), object);
    if (!spec) continue;
    CAPTURE(object);
    std::vector<const FunctionSpec*> functions;
    for (const FunctionSpec& f : spec->subprograms) functions.push_back(&f);
    for (const ProgramSpec& p : spec->programs) functions.push_back(&p);
    for (const FunctionSpec* function : functions) {
      CAPTURE(function->name);
      REQUIRE(!function->code.empty());
      std::uint32_t last = UINT32_MAX;
      for (const Reference& reference : function->references) {
        REQUIRE(reference.slot < function->code.size());
        REQUIRE(reference.slot != last);
        last = reference.slot;
        const bool call = reference.kind == ReferenceKind::call || reference.kind == ReferenceKind::external_call;
        REQUIRE(function->code[reference.slot].opcode == (call ? 0x85 : 0x18));
      }
    }
  }
}

TEST_CASE("spec: externs") {
  struct Expected {
    std::string_view name, section;
    bool weak, function;
  };
  constexpr Expected kExterns[] = {
      {"bpf_task_from_pid", ".ksyms", false, true},
      {"bpf_task_release", ".ksyms", false, true},
      {"ebpf_test_no_such_kfunc", ".ksyms", true, true},
      {"bpf_prog_put", ".ksyms", false, false},
      {"ebpf_test_no_such_symbol", ".ksyms", true, false},
      {"CONFIG_HZ", ".kconfig", false, false},
      {"CONFIG_BPF_SYSCALL", ".kconfig", false, false},
      {"LINUX_KERNEL_VERSION", ".kconfig", false, false},
      {"CONFIG_EBPF_TEST_NO_SUCH_OPTION", ".kconfig", true, false},
  };
  for (const std::string object : {"externs.bpf.o", "externs_clang14.bpf.o", "externs_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.externs.size() == std::size(kExterns));
    for (const Expected& expected : kExterns) {
      CAPTURE(std::string(expected.name));
      const auto found = std::find_if(spec.externs.begin(), spec.externs.end(),
                                      [&](const ExternSpec& e) { return e.name == expected.name; });
      REQUIRE(found != spec.externs.end());
      CHECK(found->section == expected.section);
      CHECK(found->is_weak == expected.weak);
      CHECK(found->is_function == expected.function);
      REQUIRE(found->type != 0);
      CHECK(spec.types.type(found->type)->name() == expected.name);
    }
    const auto kfunc = spec.program("kfunc");
    REQUIRE(kfunc);
    REQUIRE(kfunc->references.size() == 2);
    CHECK(kfunc->references[0].kind == ReferenceKind::external_call);
    CHECK(kfunc->references[0].name == "bpf_task_from_pid");
    CHECK(kfunc->references[1].name == "bpf_task_release");
    bool address = false;
    for (const Reference& r : spec.program("ksym")->references)
      address = address || (r.kind == ReferenceKind::external_value && r.name == "bpf_prog_put");
    CHECK(address);
    bool option = false;
    for (const Reference& r : spec.program("kconfig")->references)
      option = option || (r.kind == ReferenceKind::external_value && r.name == "CONFIG_HZ");
    CHECK(option);
  }
}

TEST_CASE("spec: CO-RE records, by function") {
  const CollectionSpec spec = parsed("core.bpf.o");
  CHECK(spec.program("fields")->core_relocations.size() >= 2);  // how many depends on the optimiser
  CHECK(spec.program("existence")->core_relocations.size() == 2);
  CHECK(spec.program("sizes")->core_relocations.size() == 2);
  CHECK(spec.program("enumerators")->core_relocations.size() == 2);
  CHECK(spec.program("nothing")->core_relocations.empty());
  for (const ProgramSpec& program : spec.programs)
    for (const auto& relocation : program.core_relocations) CHECK(relocation.slot < program.code.size());
  CHECK(spec.program("existence")->core_relocations[0].kind == btf::CoreKind::field_exists);
  CHECK(spec.types.type(spec.program("existence")->core_relocations[0].type)->name() == "task_struct___other");
}

// ---- comparisons between objects

void check_same(const CollectionSpec& a, const CollectionSpec& b) {
  CHECK(a.license == b.license);
  std::map<std::string, const MapSpec*> maps;
  for (const MapSpec& map : b.maps) maps[map.name] = &map;
  CHECK(a.maps.size() == b.maps.size());
  for (const MapSpec& map : a.maps) {
    CAPTURE(map.name);
    REQUIRE(maps.contains(map.name));
    const MapSpec& other = *maps[map.name];
    CHECK(map.type == other.type);
    CHECK(map.key_size == other.key_size);
    CHECK(map.value_size == other.value_size);
    CHECK(map.max_entries == other.max_entries);
    CHECK(map.flags == other.flags);
    CHECK(map.map_extra == other.map_extra);
    CHECK(map.pinning == other.pinning);
    CHECK(map.is_data == other.is_data);
    CHECK(map.freeze == other.freeze);
    CHECK(map.inner.size() == other.inner.size());
    REQUIRE(map.slots.size() == other.slots.size());
    for (std::size_t i = 0; i < map.slots.size(); ++i) {
      CHECK(map.slots[i].index == other.slots[i].index);
      CHECK(map.slots[i].name == other.slots[i].name);
    }
    if (!map.is_data) CHECK(a.types.describe(map.key_type) == b.types.describe(other.key_type));
  }
  CHECK(a.variables.size() == b.variables.size());
  for (const VariableSpec& variable : a.variables) {
    CAPTURE(variable.name);
    const auto other = b.variable(variable.name);
    REQUIRE(other);
    CHECK(variable.section == other->section);
    CHECK(variable.size == other->size);
    CHECK(variable.types.describe(variable.type) == other->types.describe(other->type));
    CHECK(variable.is_constant == other->is_constant);
    CHECK(variable.is_static == other->is_static);
    CHECK(variable.is_hidden == other->is_hidden);
    CHECK(variable.value.empty() == other->value.empty());
    if (variable.size <= 8) CHECK(number(variable) == number(*other));
  }
  CHECK(a.programs.size() == b.programs.size());
  for (const ProgramSpec& program : a.programs) {
    CAPTURE(program.name);
    const auto other = b.program(program.name);
    REQUIRE(other);
    CHECK(program.section == other->section);
    CHECK(program.program_type == other->program_type);
    CHECK(program.attach_type == other->attach_type);
    CHECK(program.attach_to == other->attach_to);
    CHECK(references_to_functions(program) == references_to_functions(*other));
  }
  CHECK(a.subprograms.size() == b.subprograms.size());
  CHECK(a.externs.size() == b.externs.size());
}

constexpr const char* kAll[] = {"globals", "maps", "packet",  "pinning",  "subprograms",
                                "tracing", "core", "externs", "rejected", "sections"};

TEST_CASE("spec: clang-14 and clang-19 give the same maps, variables and programs") {
  for (const std::string name : kAll) {
    CAPTURE(name);
    check_same(parsed(name + ".bpf.o"), parsed(name + "_clang14.bpf.o"));
  }
}

TEST_CASE("spec: a big-endian object says the same as a little-endian one, instruction by instruction") {
  for (const std::string name : kAll) {
    CAPTURE(name);
    const CollectionSpec little = parsed(name + ".bpf.o");
    const CollectionSpec big = parsed(name + "_eb.bpf.o");
    CHECK(big.byte_order == ByteOrder::big);
    check_same(little, big);
    for (const ProgramSpec& program : little.programs) {
      CAPTURE(program.name);
      const auto other = big.program(program.name);
      REQUIRE(other);
      // Big-endian code may be compiled differently (byte swaps), but not in these.
      if (name == "packet") continue;
      REQUIRE(program.code.size() == other->code.size());
      CHECK(program.lines.size() == other->lines.size());
      CHECK(program.code == other->code);
    }
    for (const VariableSpec& variable : little.variables) CHECK(variable.offset == big.variable(variable.name)->offset);
  }
}

TEST_CASE("spec: taking the debug information out changes nothing but BTF's absence from DWARF") {
  for (const std::string name : {"globals", "maps", "packet", "pinning", "subprograms", "tracing"}) {
    CAPTURE(name);
    check_same(parsed(name + ".bpf.o"), parsed(name + "_stripped.bpf.o"));
  }
}

bool same_functions(const FunctionSpec& a, const FunctionSpec& b) {
  return a.name == b.name && a.section == b.section && a.code == b.code && a.type == b.type && a.lines == b.lines &&
         a.core_relocations == b.core_relocations && a.is_static == b.is_static &&
         std::equal(a.references.begin(), a.references.end(), b.references.begin(), b.references.end(),
                    [](const Reference& x, const Reference& y) {
                      return x.slot == y.slot && x.kind == y.kind && x.offset == y.offset && x.name == y.name;
                    });
}

TEST_CASE("spec: the same bytes give the same spec") {
  for (const std::string& object : test::testdata_names()) {
    CAPTURE(object);
    const test::Bytes bytes = test::testdata(object);
    const auto a = CollectionSpec::parse(bytes, object);
    const auto b = CollectionSpec::parse(bytes, object);
    REQUIRE(a.has_value() == b.has_value());
    if (!a) {
      CHECK(a.error().message() == b.error().message());
      CHECK(a.error().code() == b.error().code());
      continue;
    }
    CHECK(a->notes == b->notes);
    CHECK(
        std::equal(a->types.bytes().begin(), a->types.bytes().end(), b->types.bytes().begin(), b->types.bytes().end()));
    CHECK(std::equal(a->programs.begin(), a->programs.end(), b->programs.begin(), b->programs.end(), same_functions));
    CHECK(std::equal(a->subprograms.begin(), a->subprograms.end(), b->subprograms.begin(), b->subprograms.end(),
                     same_functions));
    CHECK(std::equal(a->maps.begin(), a->maps.end(), b->maps.begin(), b->maps.end(),
                     [](const MapSpec& x, const MapSpec& y) { return x.name == y.name && x.data == y.data; }));
    CHECK(std::equal(a->variables.begin(), a->variables.end(), b->variables.begin(), b->variables.end(),
                     [](const VariableSpec& x, const VariableSpec& y) {
                       return x.name == y.name && x.offset == y.offset && x.value == y.value;
                     }));
  }
}

TEST_CASE("spec: every object that is meant to be readable is") {
  for (const std::string& object : test::testdata_names()) {
    static const std::vector<std::string> kRefused = {"bad_map_attribute.bpf.o", "legacy_map.bpf.o",
                                                      "map_key_mismatch.bpf.o",  "map_nested_twice.bpf.o",
                                                      "map_without_type.bpf.o",  "static_map.bpf.o"};
    if (std::find(kRefused.begin(), kRefused.end(), object) != kRefused.end()) continue;
    const auto spec = CollectionSpec::parse(test::testdata(object), object);
    CHECK_MESSAGE(spec.has_value(), spec.error().message());
  }
}

TEST_CASE("spec: a spec outlives the bytes that it was read from") {
  CollectionSpec spec;
  {
    test::Bytes bytes = test::testdata("globals.bpf.o");
    spec = CollectionSpec::parse(bytes, "globals.bpf.o").value();
    std::fill(bytes.begin(), bytes.end(), std::byte{0xcc});
  }
  CHECK(spec.program("count")->section == "socket");
  CHECK(spec.types.describe(spec.variable("knob_u8")->type) == "const volatile __u8");
  // So does a variable outlive its spec.
  VariableSpec variable = *spec.variable("data_u32");
  spec = {};
  CHECK(variable.get<std::uint32_t>() == 0x44556677u);
}

TEST_CASE("spec: the object's name") {
  CHECK(object_name("counter.bpf.o") == "counter");
  CHECK(object_name("/a/b.c/counter.bpf.o") == "counter");
  CHECK(object_name("counter") == "counter");
  CHECK(object_name("") == "");
  CHECK(object_name("dir/") == "");
  CHECK(object_name(".o") == "");
}

}  // namespace
}  // namespace ebpf
