// Rare and legal shapes of objects, and the ends of the API that are easily got wrong.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <string>

#include "asm/asm.h"
#include "ebpf/sys/uapi.h"
#include "tests/kernel/objects.h"
#include "tests/support/cgroup.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// A directory of the process's own on the private bpffs.
struct PinRoot {
  explicit PinRoot(const char* name) : path(std::string("/sys/fs/bpf/") + name) {
    private_mounts();
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
  }
  ~PinRoot() {
    for (const char* name : {"jumps", "link", "program"}) ::unlink((path + "/" + name).c_str());
    rmdir(path.c_str());
  }
  LoadOptions options() const {
    LoadOptions out;
    out.pin_root = path;
    return out;
  }
  std::string path;
};

}  // namespace

TEST_CASE("externs: a program that uses none loads from an object that has some") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::syscall));
  const CollectionSpec plain = ok(read_object("externs").only("plain"));
  Collection objects = ok(Collection::load(plain));
  CHECK(run(objects, "plain") == 1);
  // The others are only declared, which does not keep the kernel from taking the types.
  CHECK(objects.notes.empty());
  CHECK(ok(objects.program("plain")->info()).btf_id != 0);
}

TEST_CASE("map-in-map: the inner map has its types, so that its values can hold a lock") {
  require_root_and_bpf();
  test_requires(kernel(6, 2));  // locks in inner maps
  Collection objects = load_object("inner_lock");
  CHECK(objects.notes.empty());
  CHECK(run(objects, "use_inner") == 0);
  CHECK(run(objects, "use_inner") == 0);
  const auto bytes = ok(objects.map("first_locked")->lookup<std::array<std::uint32_t, 2>>(0u));
  REQUIRE(bytes);
  CHECK((*bytes)[1] == 6);
}

TEST_CASE("map-in-map: the sizes of an inner map are rounded like any other's") {
  require_root_and_bpf();
  const PinRoot root("corners_ring");
  Collection objects = ok(Collection::load(read_object("corners"), root.options()));
  CHECK(ok(objects.map("first_ring")->info()).max_entries == 8192);
  CHECK(ok(objects.map("rings")->lookup<std::uint32_t>(1u)) == ok(objects.map("first_ring")->info()).id);
}

TEST_CASE("pinned program array: a second load puts its own programs into it") {
  require_root_and_bpf();
  const PinRoot root("corners_jumps");
  const CollectionSpec spec = read_object("corners");
  const Collection first = ok(Collection::load(spec, root.options()));
  const Collection second = ok(Collection::load(spec, root.options()));
  CHECK(ok(first.map("jumps")->info()).id == ok(second.map("jumps")->info()).id);
  CHECK(ok(second.map("jumps")->lookup<std::uint32_t>(0u)) == ok(second.program("target")->info()).id);
}

TEST_CASE("variables without a size do not hide the one that follows, nor make the object useless") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("empty_variable");
  CHECK(ok(spec.variable("counter")->get<std::uint32_t>()) == 4);
  Collection objects = ok(Collection::load(spec));
  CHECK(run(objects, "count") == 5);
  CHECK(ok(objects.variable("counter")->as<std::uint32_t>()).load() == 5);
  CHECK(ok(objects.variable("calls")->as<std::uint32_t>()).load() == 1);
}

TEST_CASE("aliases: a function keeps its references under each of its names") {
  require_root_and_bpf();
  Collection objects = load_object("aliases");
  CHECK(run(objects, "by_name") == 11);
  CHECK(run(objects, "by_alias") == 13);
}

TEST_CASE("linked objects: a strong function takes a weak one's place, and static ones of a name stay apart") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("overridden");
  CHECK(spec.maps.size() == 3);  // shared, .bss, .data
  CHECK(ok(spec.variable("defined_in_second")->get<std::uint32_t>()) == 5000);
  Collection objects = ok(Collection::load(spec));
  const std::uint32_t length = kFrameLength;  // of a frame that a program of the section "tc" sees
  CHECK(run(objects, "first") == 100 + (length + 10) + 5000);
  CHECK(run(objects, "second") == 100 + (length + 20));
  CHECK(ok(objects.map("shared")->lookup<std::uint64_t>(1u)) == length + 1);
}

TEST_CASE("exceptions: the callback that nobody calls is there, and says what the program returns") {
  require_root_and_bpf();
  test_requires(kernel(6, 7));
  if (!ok(KernelTypes::running())->types().find("bpf_throw", btf::Kind::function))
    SKIP_TEST("this kernel has no bpf_throw()");
  const CollectionSpec spec = read_object("exceptions");
  CHECK(spec.program("throwing")->exception_callback == "on_exception");
  CHECK(spec.program("plain")->exception_callback.empty());
  Collection objects = ok(Collection::load(ok(spec.only("throwing"))));
  CHECK(run(objects, "throwing") == 77);
  CHECK(ok(objects.variable("caught")->get<std::uint64_t>()) == kFrameLength);
}

TEST_CASE("a map that is switched off is not created, and programs do without it") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("optional_map");
  spec.map("events")->autocreate = false;
  ok(spec.variable("use_events")->set(false));
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.map("events").error().code() == errc::not_found);
  CHECK(run(objects, "report") == 2);
  CHECK(ok(objects.map("fallback")->lookup<std::uint32_t>(0u)) == kFrameLength);
  // A data section is a map like any other: its variables go with it.
  spec.map(".rodata")->autocreate = false;
  spec.programs.clear();
  const Collection without = ok(Collection::load(spec));
  CHECK(without.variable("use_events").error().code() == errc::not_found);
}

TEST_CASE("a program that uses a map that is switched off all the same is refused with a sentence") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("optional_map");
  spec.map("events")->autocreate = false;
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "map \"events\" (optional_map.bpf.c:"));
  CHECK(contains(error.message(), "is not created (MapSpec::autocreate is false)"));
}

TEST_CASE("link: detach of a link that only the last holder's closing detaches is refused while it is pinned") {
  require_root_and_bpf();
  const PinRoot root("corners_link");
  test_requires(kernel(5, 15));  // links of tracepoints can be pinned
  Collection objects = load_object("tracing");
  Link link = ok(objects.program("on_fork")->attach());
  REQUIRE(link.pin(root.path + "/link"));
  const Error error = error_of(link.detach());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "pin"));
  CHECK(link.info());  // as it was
  REQUIRE(unpin(root.path + "/link"));
}

TEST_CASE("cgroup: a pinned program does not say to what it attaches, so the caller must") {
  require_root_and_bpf();
  const PinRoot root("corners_cgroup");
  const Cgroup group;
  {
    Collection objects = load_object("packet");
    REQUIRE(objects.program("count_cgroup_egress")->pin(root.path + "/program"));
  }
  const Program program = ok(Program::open_pinned(root.path + "/program"));
  CHECK_FALSE(program.attach_type());
  const Error error = error_of(attach_cgroup(program, group.path()));
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "attach_type"));
  const Link link = ok(attach_cgroup(program, group.path(), {.attach_type = AttachType::cgroup_inet_egress}));
  CHECK(ok(link.info()).attach_type == AttachType::cgroup_inet_egress);
}

TEST_CASE("test_run: a prefix of the packet can be had, and says that it is one") {
  require_root_and_bpf();
  Collection objects = load_object("packet");
  TestRun input{.data = kFrame, .data_out = 14};
  const TestRunResult part = ok(objects.program("count_xdp")->test_run(input));
  CHECK(part.truncated);
  CHECK(part.data.size() == 14);
  CHECK(part.return_value == 2);  // XDP_PASS
  input.data_out = kFrameLength;
  const TestRunResult whole = ok(objects.program("count_xdp")->test_run(input));
  CHECK_FALSE(whole.truncated);
  CHECK(whole.data.size() == kFrameLength);
}

TEST_CASE("log: one that does not fit does not change the verdict") {
  require_root_and_bpf();
  LoadOptions options;
  options.verifier_log_level = 2;
  options.verifier_log_limit = 1;  // the least is 64 KiB
  // fill_big looks at thousands of instructions: its log is far longer.
  CollectionSpec spec = ok(read_object("globals").only("fill_big"));
  Collection objects = ok(Collection::load(spec, options));
  CHECK(objects.program("fill_big")->verifier_log().size() > 10'000);
  // Its end is what is kept.
  CHECK(objects.program("fill_big")->verifier_log().size() <= 65536);
  CHECK(contains(objects.program("fill_big")->verifier_log(), "processed "));
}

TEST_CASE("Program::load loads what it is given, switched off or not") {
  require_root_and_bpf();
  using namespace ebpf::insn;
  static constexpr auto kCode = assemble(mov(r0, 0), exit_());
  ProgramSpec spec;
  spec.name = "off";
  spec.program_type = ProgramType::socket_filter;
  spec.code.assign(kCode.slots.begin(), kCode.slots.end());
  spec.autoload = false;
  CHECK(Program::load(spec, "GPL"));
}

TEST_CASE("arena: mapped where map_extra says, by the process that creates it") {
  require_root_and_bpf();
  test_requires(map_type(MapType::arena));
  constexpr std::uint64_t kPlace = 1ull << 45;
  CollectionSpec spec;
  spec.name = "arena_test";
  spec.maps.push_back(
      {.name = "pages", .type = MapType::arena, .max_entries = 2, .flags = sys::kMapMmapable, .map_extra = kPlace});
  const Collection objects = ok(Collection::load(spec));
  std::ifstream maps("/proc/self/maps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) found = found || line.starts_with("200000000000-");
  CHECK(found);
}

TEST_CASE("arena: its variables are set before the load, and shared with the program afterwards") {
  require_root_and_bpf();
  test_requires(map_type(MapType::arena), program_type(ProgramType::syscall));
  CollectionSpec spec = read_object("arena");
  CHECK(spec.maps.size() == 2);  // pages, .bss
  CHECK(ok(spec.variable("counter")->get<std::uint64_t>()) == 40);
  CHECK(spec.variable("counter")->section == "pages");
  ok(spec.variable("limits")->set(std::array<std::uint32_t, 4>{10, 20, 30, 40}));
  Collection objects = ok(Collection::load(spec));
  const auto counter = ok(objects.variable("counter")->as<std::uint64_t>());
  const auto head = objects.variable("head");
  CHECK(counter.load() == 40);
  CHECK(run(objects, "count") == 42);
  CHECK(counter.load() == 42);
  CHECK(ok(ok(head->field("value")).as<std::uint64_t>()).load() == 30 + 5);
  CHECK(ok(objects.variable("plain")->get<std::uint64_t>()) == 42);
  counter.store(100);
  CHECK(run(objects, "count") == 102);
  // They are in the last page; what the program took for the address of `head` is that address here.
  const std::uint64_t last_page = (1ull << 45) + 15 * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  CHECK(ok(ok(head->field("next")).get<std::uint64_t>()) == last_page + spec.variable("head")->offset);
  CHECK(*reinterpret_cast<const volatile std::uint64_t*>(last_page + spec.variable("counter")->offset) == 102);
}

TEST_CASE("arena: variables need one that is large enough") {
  CollectionSpec spec = read_object("arena");
  spec.map("pages")->max_entries = 0;
  Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::out_of_range);
  CHECK(contains(error.message(), "map \"pages\""));
  spec.map("pages")->max_entries = 1;
  spec.map("pages")->flags |= 1u << 17;
  error = error_of(Collection::load(spec));
  CHECK(error.code() == errc::unsupported_input);
  CHECK(contains(error.message(), "BPF_F_SEGV_ON_FAULT"));
}

TEST_CASE("arena: its memory is mapped with it") {
  require_root_and_bpf();
  test_requires(map_type(MapType::arena));
  MapSpec spec;
  spec.name = "pages";
  spec.type = MapType::arena;
  spec.max_entries = 2;
  spec.flags = sys::kMapMmapable;
  const Memory memory = ok(ok(Map::create(spec)).memory());  // outlives the map
  CHECK(memory.size() == 2 * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
  const std::array<std::byte, 4> wrote = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  std::array<std::byte, 4> read = {};
  REQUIRE(memory.write(4096, wrote));
  REQUIRE(memory.read(4096, read));
  CHECK(read == wrote);
}
