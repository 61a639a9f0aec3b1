// What the kernel is asked for, and what it is asked for again where an older one refuses: without a kernel. A hook
// stands in the place of bpf(2), keeps what was passed, and refuses what the test case says.
#include "ebpf/load/old_kernel.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ebpf/features/probe.h"
#include "ebpf/load/load.h"
#include "ebpf/load/load_types.h"
#include "ebpf/load/map_create.h"
#include "ebpf/sys/bpf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::loader {
namespace {

struct LoadedProgram {
  sys::ProgLoadAttr attr;
  std::string name;
  std::string license;
  std::vector<insn::Slot> code;
  long result;
};

struct Kernel {
  // 0, or the error.
  std::function<int(const sys::MapCreateAttr&)> on_map = [](const auto&) { return 0; };
  std::function<int(const LoadedProgram&)> on_program = [](const auto&) { return 0; };
  std::vector<sys::MapCreateAttr> maps;
  std::vector<LoadedProgram> programs;
  int frozen = 0;
  std::string words_on_map;  // of a refused map, on a kernel that has words
  int asked_for_words = 0;
};
Kernel* current = nullptr;

std::string text(const char (&name)[16]) { return {name, strnlen(name, sizeof name)}; }

long descriptor_or(int error) { return error != 0 ? -error : ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

long load_program(const sys::ProgLoadAttr& attr) {
  LoadedProgram program{.attr = attr, .name = text(attr.prog_name), .license = {}, .code = {}, .result = 0};
  program.license = reinterpret_cast<const char*>(attr.license);
  const auto* code = reinterpret_cast<const insn::Slot*>(attr.insns);
  program.code.assign(code, code + attr.insn_cnt);
  program.result = descriptor_or(current->on_program(program));
  current->programs.push_back(program);
  return program.result;
}

long refuse_with_words(const sys::CommonAttr& common) {
  ++current->asked_for_words;
  CHECK(common.log_level == 1);
  REQUIRE(common.log_size > current->words_on_map.size());
  std::memcpy(reinterpret_cast<char*>(common.log_buf), current->words_on_map.c_str(), current->words_on_map.size() + 1);
  return -EINVAL;
}

long pretend(sys::Command command, void* attr, unsigned size) {
  if (static_cast<std::uint32_t>(command) == sys::kWithCommonAttr)  // and 0, BPF_MAP_CREATE
    return refuse_with_words(*reinterpret_cast<const sys::CommonAttr*>(static_cast<const char*>(attr) + size));
  switch (command) {
    case sys::Command::map_create: {
      const auto& map = *static_cast<const sys::MapCreateAttr*>(attr);
      current->maps.push_back(map);
      return descriptor_or(current->on_map(map));
    }
    case sys::Command::prog_load:
      return load_program(*static_cast<const sys::ProgLoadAttr*>(attr));
    case sys::Command::btf_load:
      return descriptor_or(0);
    case sys::Command::map_freeze:
      ++current->frozen;
      return 0;
    case sys::Command::map_update_elem:
      return 0;
    default:
      return -ENOSYS;
  }
}

struct Pretended : Kernel {
  Pretended() {
    forget_old_kernel();
    features::forget();
    current = this;
    sys::set_bpf_hook(pretend);
  }
  ~Pretended() {
    sys::set_bpf_hook(nullptr);
    forget_old_kernel();
    features::forget();
  }

  const sys::MapCreateAttr& map(std::string_view name) const {
    for (const auto& each : maps)
      if (text(each.map_name) == name) return each;
    FAIL("no map was created with the name " << std::string(name));
    return maps.front();
  }
};

CollectionSpec parsed(const std::string& object) {
  auto spec = CollectionSpec::parse(test::testdata(object), object);
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  return *std::move(spec);
}

LoadPlan loaded(const CollectionSpec& spec) {
  LoadPlan plan{.spec = spec, .options = {}};
  const auto done = run(plan);
  REQUIRE_MESSAGE(done.has_value(), done.error().message());
  return plan;
}

// Where the plan does not matter.
Result<void> load(const CollectionSpec& spec) {
  LoadPlan plan{.spec = spec, .options = {}};
  return run(plan);
}

ProgramSpec assembled(std::vector<insn::Slot> code) {
  ProgramSpec program;
  program.name = "assembled";
  program.program_type = ProgramType::kprobe;
  program.code = std::move(code);
  return program;
}

constexpr insn::Slot kExit = insn::make_slot(0x95, 0, 0, 0, 0);
constexpr insn::Slot helper(std::int32_t number) { return insn::make_slot(0x85, 0, 0, 0, number); }

bool has_dot(const sys::MapCreateAttr& attr) { return text(attr.map_name).find('.') != std::string::npos; }

// ---- what is asked for ----

TEST_CASE("asked for: the names of data sections' maps") {
  Pretended kernel;
  CollectionSpec spec = parsed("globals.bpf.o");
  spec.programs.clear();
  loaded(spec);
  for (const char* name :
       {"globals.bss", "globals.data", "globals.rodata", ".bss.custom", ".data.custom", ".rodata.custom"})
    kernel.map(name);
  CHECK(kernel.maps.size() == 6);
  CHECK(kernel.frozen == 2);
  // The object's name counts with eight characters, and what the kernel does not allow becomes a line.
  kernel.maps.clear();
  spec.name = "an-object of mine";
  loaded(spec);
  kernel.map("an_objec.rodata");
  kernel.map(".data.custom");
}

TEST_CASE("asked for: the types of keys and values, of those maps that take them") {
  Pretended kernel;
  CollectionSpec spec = parsed("maps.bpf.o");
  spec.programs.clear();
  for (MapSpec& map : spec.maps) {
    map.slots.clear();
    if (map.key_type == 0) map.key_type = 1;
    if (map.value_type == 0) map.value_type = 1;
  }
  loaded(spec);
  const MapType without[] = {
      MapType::perf_event_array,
      MapType::cgroup_array,
      MapType::stack_trace,
      MapType::array_of_maps,
      MapType::hash_of_maps,
      MapType::devmap,
      MapType::devmap_hash,
      MapType::cpumap,
      MapType::xskmap,
      MapType::sockmap,
      MapType::sockhash,
      MapType::queue,
      MapType::stack,
      MapType::arena,
  };
  std::size_t found = 0;
  for (const auto& attr : kernel.maps) {
    CAPTURE(text(attr.map_name));
    const bool takes_none = std::ranges::find(without, attr.map_type) != std::end(without);
    found += takes_none;
    if (text(attr.map_name).find(".inner") != std::string::npos || attr.map_type == MapType::ringbuf) continue;
    CHECK((attr.btf_fd == 0) == takes_none);
    CHECK((attr.btf_value_type_id == 0) == takes_none);
    CHECK((attr.btf_key_type_id == 0) == takes_none);
  }
  CHECK(found == std::size(without));  // array_of_maps, and hash_of_maps twice, but no arena
  CHECK(kernel.map("hash").btf_key_type_id == spec.map("hash")->key_type);
  CHECK(kernel.map("hash").btf_value_type_id == spec.map("hash")->value_type);
}

TEST_CASE("asked for: every attribute of a map") {
  Pretended kernel;
  CollectionSpec spec;
  spec.maps.push_back({.name = "all-of-it, at length",
                       .type = MapType::bloom_filter,
                       .key_size = 1,
                       .value_size = 2,
                       .max_entries = 3,
                       .flags = 1u << 2 | 1u << 5,
                       .map_extra = 0x123456789,
                       .numa_node = 4,
                       .ifindex = 5});
  loaded(spec);
  REQUIRE(kernel.maps.size() == 1);
  const sys::MapCreateAttr& attr = kernel.maps.front();
  CHECK(text(attr.map_name) == "all_of_it__at_l");
  CHECK(attr.map_type == MapType::bloom_filter);
  CHECK(attr.key_size == 1);
  CHECK(attr.value_size == 2);
  CHECK(attr.max_entries == 3);
  CHECK(attr.map_flags == (1u << 2 | 1u << 5));
  CHECK(attr.map_extra == 0x123456789);
  CHECK(attr.numa_node == 4);
  CHECK(attr.map_ifindex == 5);
  // Without the flag the node means nothing.
  kernel.maps.clear();
  spec.maps.front().flags = 0;
  loaded(spec);
  CHECK(kernel.maps.front().numa_node == 0);
}

TEST_CASE("asked for: every attribute of a program") {
  Pretended kernel;
  CollectionSpec spec;
  spec.license = "Dual MIT/GPL";
  spec.programs.push_back(assembled({insn::make_slot(0xb7, 0, 0, 0, 7), kExit}));
  ProgramSpec& program = spec.programs.front();
  program.name = "a_name_of_many_characters";
  program.program_type = ProgramType::cgroup_sock_addr;
  program.attach_type = AttachType::cgroup_inet4_connect;
  program.flags = 1u << 4 | 1u << 5;
  program.ifindex = 6;
  program.kernel_version = 0x60102;
  loaded(spec);
  REQUIRE(kernel.programs.size() == 1);
  const LoadedProgram& there = kernel.programs.front();
  CHECK(there.name == "a_name_of_many_");
  CHECK(there.license == "Dual MIT/GPL");
  CHECK(there.code == program.code);
  CHECK(there.attr.prog_type == ProgramType::cgroup_sock_addr);
  CHECK(there.attr.expected_attach_type == AttachType::cgroup_inet4_connect);
  CHECK(there.attr.prog_flags == (1u << 4 | 1u << 5));
  CHECK(there.attr.prog_ifindex == 6);
  CHECK(there.attr.kern_version == 0x60102);
  CHECK(there.attr.log_level == 0);
}

TEST_CASE("asked for: the records of functions and lines, in the sizes that every kernel knows") {
  Pretended kernel;
  CollectionSpec spec = parsed("subprograms.bpf.o");
  loaded(spec);
  for (const LoadedProgram& program : kernel.programs) {
    CAPTURE(program.name);
    CHECK(program.attr.prog_btf_fd != 0);
    CHECK(program.attr.func_info_rec_size == 8);
    CHECK(program.attr.line_info_rec_size == 16);
    CHECK(program.attr.func_info_cnt >= 1);
    CHECK(program.attr.line_info_cnt >= 1);
  }
}

TEST_CASE("asked for: nothing for what is switched off") {
  Pretended kernel;
  CollectionSpec spec = parsed("maps.bpf.o");
  for (ProgramSpec& program : spec.programs) program.autoload = false;
  for (MapSpec& map : spec.maps) map.autocreate = map.name == "hash";
  loaded(spec);
  CHECK(kernel.maps.size() == 1);
  CHECK(kernel.programs.empty());
  CHECK(text(kernel.maps.front().map_name) == "hash");
}

TEST_CASE("asked for: instructions for a map that is switched off are calls of no helper, with libbpf's numbers") {
  Pretended kernel;
  CollectionSpec spec;
  spec.maps.push_back({.name = "first", .type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1});
  spec.maps.push_back(spec.maps.front());
  spec.maps[1].name = "second";
  spec.maps[1].autocreate = false;
  spec.programs.push_back(assembled({insn::make_slot(0x18, 1, 0, 0, 0), insn::make_slot(0, 0, 0, 0, 0),
                                     insn::make_slot(0x18, 2, 0, 0, 0), insn::make_slot(0, 0, 0, 0, 0), kExit}));
  spec.programs.front().references = {{.slot = 0, .kind = ReferenceKind::map, .name = "first"},
                                      {.slot = 2, .kind = ReferenceKind::map_value, .offset = 4, .name = "second"}};
  loaded(spec);
  REQUIRE(kernel.programs.size() == 1);
  const auto& code = kernel.programs.front().code;
  CHECK(code[0].opcode == 0x18);
  CHECK(code[2] == helper(2'001'000'001));
  CHECK(code[3] == helper(2'001'000'001));
  CHECK(code[4] == kExit);
}

TEST_CASE("asked for: a map that is switched off cannot be in one that is not") {
  Pretended kernel;
  CollectionSpec spec = parsed("maps.bpf.o");
  spec.map("inner_first")->autocreate = false;
  const auto plan = load(spec);
  REQUIRE(!plan.has_value());
  CHECK(plan.error().code() == errc::not_found);
  CHECK(plan.error().message().find("\"inner_first\" is not created") != std::string::npos);
  CHECK(kernel.maps.empty());
}

TEST_CASE("asked for: variables at the end of an arena, or at the beginning of a very large one") {
  const auto offset = [](std::size_t bytes, std::uint32_t pages) {
    MapSpec spec;
    spec.type = MapType::arena;
    spec.data.resize(bytes);
    return arena_data_offset(spec, pages);
  };
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const auto at_512_mib = static_cast<std::uint32_t>((1u << 29) / page);
  CHECK(*offset(1, 16) == 15 * page);
  CHECK(*offset(page, 16) == 15 * page);
  CHECK(*offset(page + 1, 16) == 14 * page);
  CHECK(*offset(page, 1) == 0);
  CHECK(*offset(1, at_512_mib) == (1u << 29) - page);
  CHECK(*offset(1, at_512_mib + 1) == 0);
  CHECK(offset(page + 1, 1).error().code() == errc::out_of_range);
  CHECK(offset(1, 0).error().code() == errc::out_of_range);
}

TEST_CASE("asked for: nothing where static contents do not fit their map") {
  Pretended kernel;
  CollectionSpec spec = parsed("maps.bpf.o");
  for (MapSpec& map : spec.maps)
    if (map.name == "hash_of_unnamed_maps") map.slots = {{0, "inner_first"}};  // keys of 16 bytes
  const auto plan = load(spec);
  REQUIRE(!plan.has_value());
  CHECK(plan.error().message().find("map \"hash_of_unnamed_maps\": static contents need keys of 4 bytes") !=
        std::string::npos);
  CHECK(kernel.maps.empty());
}

// ---- what is asked for again ----

TEST_CASE("old kernel: no names before 4.15, asked once") {
  Pretended kernel;
  kernel.on_map = [](const auto& attr) { return attr.map_name[0] != 0 ? EINVAL : 0; };
  kernel.on_program = [](const LoadedProgram& program) { return program.name.empty() ? 0 : E2BIG; };
  CollectionSpec spec;
  spec.maps.push_back({.name = "m", .type = MapType::hash, .key_size = 4, .value_size = 4, .max_entries = 1});
  spec.programs.push_back(assembled({kExit}));
  loaded(spec);
  CHECK(kernel.maps.size() == 1 + 3 + 1);  // asked for, asked about ("a.b", "ab", none), asked for again
  CHECK(kernel.programs.size() == 2);
  CHECK(kernel.programs.back().name.empty());
  kernel.maps.clear();
  loaded(spec);
  CHECK(kernel.maps.size() == 2);
}

TEST_CASE("old kernel: no dots in names before 5.2") {
  Pretended kernel;
  kernel.on_map = [](const auto& attr) { return has_dot(attr) ? EINVAL : 0; };
  MapAttributes map =
      attributes_of({.name = "a.name", .type = MapType::hash, .key_size = 4, .value_size = 4, .max_entries = 1});
  Token token;
  REQUIRE(create_map(map, {}, -1, token));
  CHECK(text(kernel.maps.back().map_name) == "a_name");
}

TEST_CASE("a refused map: the kernel's own words, where it has any") {
  Pretended kernel;
  kernel.on_map = [](const auto&) { return EINVAL; };
  CollectionSpec spec;
  spec.maps.push_back({.name = "m", .type = MapType::hash, .key_size = 4, .value_size = 4, .max_entries = 1});
  for (const auto& [words, told] : {std::pair{"", "this kernel may not know this type of map"},
                                    std::pair{"it is Tuesday\n", "the kernel says: it is Tuesday"},
                                    std::pair{"one\ntwo\n", "the kernel says: one;two"}}) {
    kernel.words_on_map = words;
    kernel.asked_for_words = 0;
    const auto plan = load(spec);
    REQUIRE(!plan.has_value());
    CHECK(plan.error().code() == errc::invalid_argument);
    CHECK(plan.error().message().find(told) != std::string::npos);
    CHECK(plan.error().message().find('\n') == std::string::npos);
    CHECK(kernel.asked_for_words == 1);
  }
  // Denials have no such cause.
  kernel.on_map = [](const auto&) { return EPERM; };
  kernel.asked_for_words = 0;
  CHECK_FALSE(load(spec));
  CHECK(kernel.asked_for_words == 0);
}

TEST_CASE("old kernel: where nothing is allowed no answer is kept") {
  char name[16] = "a.b";
  {
    Pretended kernel;
    kernel.on_map = [](const auto&) { return EPERM; };
    CHECK_FALSE(fit_name(name));
    kernel.on_map = [](const auto& attr) { return has_dot(attr) ? EINVAL : 0; };
    CHECK(fit_name(name));
    CHECK(text(name) == "a_b");
  }
  Pretended kernel;
  char other[16] = "a.b";
  CHECK_FALSE(fit_name(other));
  CHECK(text(other) == "a.b");
}

TEST_CASE("old kernel: a map is made without types where it is refused with them, before 4.18 or by its kind") {
  Pretended kernel;
  kernel.on_map = [](const auto& attr) { return attr.btf_fd != 0 ? 524 : 0; };
  CollectionSpec spec = parsed("pinning.bpf.o");
  spec.programs.clear();
  for (MapSpec& map : spec.maps) map.pinning = Pinning::none;
  loaded(spec);
  CHECK(kernel.maps.back().btf_fd == 0);
  CHECK(kernel.maps.back().btf_value_type_id == 0);
}

TEST_CASE("old kernel: data sections that cannot be mapped, before 5.5") {
  Pretended kernel;
  constexpr std::uint32_t kMmapable = 1u << 10;
  kernel.on_map = [](const auto& attr) { return attr.map_flags & kMmapable ? EINVAL : 0; };
  CollectionSpec spec = parsed("globals.bpf.o");
  spec.programs.clear();
  const LoadPlan plan = loaded(spec);
  for (const MapPlan& map : plan.maps) CHECK((map.attributes.flags & kMmapable) == 0);
  // What is to be mapped because the object says so is not made without.
  MapAttributes map = attributes_of(
      {.name = "m", .type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1, .flags = kMmapable});
  Token token;
  CHECK_FALSE(create_map(map, {}, -1, token));
}

// Which of the sections' programs load on a kernel that knows no attach types is what libbpf's table says.
TEST_CASE("old kernel: attach types that are optional are left out, others are not") {
  Pretended kernel;
  kernel.on_program = [](const LoadedProgram& program) {
    return program.attr.expected_attach_type != AttachType{} ? EINVAL : 0;
  };
  const CollectionSpec all = parsed("sections.bpf.o");
  std::map<std::string, bool> loads;
  for (const ProgramSpec& program : all.programs) {
    if (program.attach_by_btf || program.program_type == ProgramType::struct_ops) continue;
    if (!program.attach_type || *program.attach_type == AttachType{}) continue;
    CollectionSpec spec;
    spec.programs.push_back(program);
    spec.programs.front().autoload = true;
    loads[program.section] = load(spec).has_value();
  }
  const char* const optional[] = {
      "xdp",    "?xdp",       "sockops",        "sk_skb/stream_parser", "sk_skb/stream_verdict", "sk_skb/verdict",
      "sk_msg", "lirc_mode2", "flow_dissector", "cgroup_skb/egress",    "cgroup/sock",           "cgroup/dev",
  };
  CHECK(loads.size() > 60);
  for (const auto& [section, loaded] : loads) {
    CAPTURE(section);
    CHECK(loaded == (std::ranges::find(optional, section) != std::end(optional)));
  }
}

TEST_CASE("old kernel: bpf_probe_read_kernel and its like are bpf_probe_read before 5.5") {
  constexpr std::int32_t kOld[] = {4, 4, 45, 45};  // of 112 to 115
  const auto is_new = [](const insn::Slot& slot) { return slot.opcode == 0x85 && slot.imm >= 112 && slot.imm <= 115; };
  Pretended kernel;
  kernel.on_program = [&](const LoadedProgram& program) {
    return std::ranges::any_of(program.code, is_new) ? EINVAL : 0;
  };
  CollectionSpec spec;
  // The second half of a ld_imm64 is no call, whatever it looks like.
  spec.programs.push_back(assembled({insn::make_slot(0x18, 1, 0, 0, 113), insn::make_slot(0, 0, 0, 0, 113), helper(112),
                                     helper(113), helper(114), helper(115), helper(1), kExit}));
  loaded(spec);
  const auto& code = kernel.programs.back().code;
  CHECK(code[0].imm == 113);
  CHECK(code[1].imm == 113);
  for (std::size_t i = 0; i < 4; ++i) CHECK(code[2 + i] == helper(kOld[i]));
  CHECK(code[6] == helper(1));
  CHECK(kernel.programs.size() ==
        1 + 2 + 1);  // asked for; asked about, with the new helper and the old; asked for again
  kernel.programs.clear();
  loaded(spec);
  CHECK(kernel.programs.size() == 2);
}

TEST_CASE("old kernel: a program that is refused for another reason is not changed") {
  Pretended kernel;
  kernel.on_program = [](const LoadedProgram& program) {
    return program.code.size() == 3 ? EINVAL : 0;  // the questions have more
  };
  CollectionSpec spec;
  spec.programs.push_back(assembled({helper(113), helper(113), kExit}));
  CHECK_FALSE(load(spec));
  for (const LoadedProgram& program : kernel.programs)
    if (program.code.size() == 3) CHECK(program.code[0] == helper(113));
}

}  // namespace
}  // namespace ebpf::loader
