// What CollectionSpec::parse makes of the objects in testdata/: programs, subprograms, externs and CO-RE records. For
// maps and data see the files beside this one.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

const FunctionSpec& subprogram(const CollectionSpec& spec, std::string_view name) {
  for (const FunctionSpec& function : spec.subprograms)
    if (function.name == name) return function;
  FAIL("no subprogram " << std::string(name));
  return spec.subprograms.front();
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
                                        {"mirror", "tc"},
                                        {"custom_sections", "tc"},
                                        {"fill_big", "tc"},
                                        {"aggregates", "tc"}}) {
      CAPTURE(name);
      const auto program = spec.program(name);
      REQUIRE(program);
      CHECK(program->section == section);
      CHECK(program->program_type == (section == "socket" ? ProgramType::socket_filter : ProgramType::sched_cls));
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

TEST_CASE("spec: subprograms, and who calls them") {
  for (const std::string object : {"subprograms.bpf.o", "subprograms_clang14.bpf.o", "subprograms_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.programs.size() == 6);
    CHECK(spec.subprograms.size() == 5);
    constexpr auto call = ReferenceKind::call;
    CHECK(references_to_functions(*spec.program("chain")) == Calls{{call, "triple_of_next"}});
    CHECK(references_to_functions(*spec.program("middle")) == Calls{{call, "next_of"}});
    CHECK(references_to_functions(*spec.program("global_call")) == Calls{{call, "doubled"}});
    CHECK(references_to_functions(*spec.program("weak_call")) == Calls{{call, "weak_offset"}});
    CHECK(references_to_functions(*spec.program("map_in_subprogram")) ==
          Calls{{call, "number_at"}, {call, "number_at"}});
    CHECK(references_to_functions(*spec.program("alone")).empty());
    CHECK(references_to_functions(subprogram(spec, "triple_of_next")) == Calls{{call, "next_of"}});
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

TEST_CASE("spec: functions whose address is taken") {
  for (const std::string object : {"callbacks.bpf.o", "callbacks_clang14.bpf.o", "callbacks_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.programs.size() == 2);
    CHECK(spec.subprograms.size() == 3);
    constexpr auto function = ReferenceKind::function;
    CHECK(references_to_functions(*spec.program("each_element")) == Calls{{function, "add_element"}});
    CHECK(references_to_functions(*spec.program("looped")) == Calls{{function, "add_index"}});
    CHECK(references_to_functions(subprogram(spec, "add_index")) == Calls{{ReferenceKind::call, "next_of"}});
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
      option = option || (r.kind == ReferenceKind::map_value && r.name == kKconfigSection &&
                          r.offset == spec.variable("CONFIG_HZ")->offset);
    CHECK(option);
    // The strictest alignment first, then the smallest, then by name: as libbpf lays it out.
    const auto& variable = [&](const char* wanted) -> const VariableSpec& { return *spec.variable(wanted); };
    CHECK(variable("CONFIG_EBPF_TEST_NO_SUCH_OPTION").offset == 0);
    CHECK(variable("CONFIG_HZ").offset == 8);
    CHECK(variable("LINUX_KERNEL_VERSION").offset == 12);
    CHECK(variable("CONFIG_BPF_SYSCALL").offset == 16);
    CHECK(variable("CONFIG_BPF_SYSCALL").is_constant);
    const auto map = spec.map(kKconfigSection);
    REQUIRE(map);
    CHECK(map->value_size == 17);
    CHECK(map->freeze);
    CHECK(map->is_data);
    CHECK(spec.types.type(map->value_type)->size() == 17);
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

TEST_CASE("spec: every object that is meant to be readable is") {
  for (const std::string& object : test::testdata_names()) {
    static const std::vector<std::string> kRefused = {
        "bad_map_attribute.bpf.o", "map_key_mismatch.bpf.o",   "map_nested_twice.bpf.o", "map_without_type.bpf.o",
        "static_map.bpf.o",        "struct_ops_pointer.bpf.o", "struct_ops_static.bpf.o"};
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