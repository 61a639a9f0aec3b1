// Maps that are for one program only (MapSpec::exclusive_program), and the hash by which the kernel knows programs.
#include <algorithm>
#include <string>

#include "ebpf/load/load.h"
#include "ebpf/load/program_hash.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// A copy of a program that differs in one instruction: its constant return value.
ProgramSpec slightly_different(const ProgramSpec& program, std::string name) {
  ProgramSpec other = program;
  other.name = std::move(name);
  for (insn::Slot& slot : other.code) {
    if (slot.opcode != 0xb4 && slot.opcode != 0xb7) continue;  // w0 = 0, r0 = 0
    if (slot.dst() != 0) continue;
    slot.imm = 1;
    return other;
  }
  FAIL("the program returns no constant");
  return other;
}

}  // namespace

TEST_CASE("program hash: its beginning is the tag that the kernel gives the program") {
  require_root_and_bpf();
  test_requires(kernel(6, 18), kernel_btf());
  int programs = 0;
  for (const std::string object : {"globals", "maps", "packet", "subprograms", "tracing", "callbacks", "externs"}) {
    CAPTURE(object);
    const CollectionSpec spec = read_object(object);
    loader::LoadPlan plan{.spec = spec, .options = {.kernel_config = "CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=y\n"}};
    ok(loader::run(plan));
    for (const loader::ProgramPlan& program : plan.programs) {
      CAPTURE(program.spec->name);
      sys::ProgInfo info;
      ok(sys::obj_get_info(program.fd.get(), info));
      const Sha256 hash = loader::program_hash(plan, program);
      CHECK(std::equal(std::begin(info.tag), std::end(info.tag), hash.begin(),
                       [](std::uint8_t a, std::byte b) { return std::byte{a} == b; }));
      ++programs;
    }
  }
  CHECK(programs > 20);
}

TEST_CASE("exclusive maps: their program uses them, another one is refused") {
  require_root_and_bpf();
  test_requires(kernel(6, 18));
  CollectionSpec spec = read_object("pinning");
  spec.map("shared")->pinning = Pinning::none;
  spec.map("unpinned")->exclusive_program = "count";
  {
    Collection objects = ok(Collection::load(spec));
    run(objects, "count");
    CHECK(ok(objects.map("unpinned")->lookup<std::uint64_t>(0u)) == 1);
  }
  spec.programs.push_back(slightly_different(*spec.program("count"), "other"));
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "program \"other\""));
  REQUIRE(error.verifier() != nullptr);
  CHECK(contains(error.verifier()->meaning, "exclusive"));
  // Only the map's own program matters, not the order in which they are loaded.
  spec.map("unpinned")->exclusive_program = "other";
  CHECK(contains(error_of(Collection::load(spec)).message(), "program \"count\""));
}

TEST_CASE("exclusive maps: a data section of a program with subprograms") {
  require_root_and_bpf();
  test_requires(kernel(6, 18));
  for (const char* program : {"chain", "global_call"}) {
    CAPTURE(std::string(program));
    CollectionSpec spec = ok(read_object("subprograms").only(program));
    for (MapSpec& map : spec.maps) map.exclusive_program = program;
    REQUIRE_FALSE(spec.maps.empty());
    Collection objects = ok(Collection::load(spec));
    run(objects, program);
  }
}

TEST_CASE("exclusive maps: a program that is not there, or not loaded") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read_object("maps");
  spec.map("hash")->exclusive_program = "no_such_program";
  CHECK(contains(error_of(Collection::load(spec)).message(),
                 "map \"hash\": it is exclusive to program \"no_such_program\""));
  spec.map("hash")->exclusive_program = "dispatch";
  spec.program("dispatch")->autoload = false;
  CHECK(contains(error_of(Collection::load(spec)).message(), "\"dispatch\", which is not loaded"));
  CHECK(open_fd_count() == before);
}

TEST_CASE("exclusive maps: a kernel that does not know them is named as the cause") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("pinning");
  spec.map("shared")->pinning = Pinning::none;
  spec.map("unpinned")->exclusive_program = "count";
  // What a kernel before 6.18 says.
  sys::set_bpf_hook([](sys::Command command, void* attr, unsigned size) -> long {
    const bool is_exclusive =
        command == sys::Command::map_create && static_cast<const sys::MapCreateAttr*>(attr)->excl_prog_hash != 0;
    return is_exclusive ? -E2BIG : sys::straight_bpf(command, attr, size);
  });
  auto loaded = Collection::load(spec);
  sys::set_bpf_hook(nullptr);
  const Error error = error_of(std::move(loaded));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "map \"unpinned\""));
  CHECK(contains(error.message(), "Linux 6.18"));
}
