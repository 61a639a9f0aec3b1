// Programs with jump tables (gotox, BPF_MAP_TYPE_INSN_ARRAY): the object is made by hand, the kernel checks and runs
// it.
#include <string>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"
#include "tests/unit/spec/jump_tables.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

CollectionSpec read(bool relocations = false) {
  return ok(CollectionSpec::parse(jump_table_object(relocations).bytes(), "tables.bpf.o"));
}

// What a socket filter returns for a packet that it sees as so many bytes long.
std::uint32_t run_with_length(Collection& objects, const char* program, std::size_t length) {
  const std::vector<std::byte> frame(kHeaderLength + length);
  return ok(objects.program(program)->test_run({.data = frame})).return_value;
}

}  // namespace

TEST_CASE("jump tables: a program and a subprogram jump to where their tables say") {
  require_root_and_bpf();
  test_requires(map_type(MapType::insn_array));
  for (const bool relocations : {false, true}) {
    CAPTURE(relocations);
    const std::size_t before = open_fd_count();
    {
      Collection objects = ok(Collection::load(read(relocations)));
      CHECK(open_fd_count() == before + 3);  // the programs keep their tables
      for (std::uint32_t length = 40; length < 48; ++length) {
        CAPTURE(length);
        CHECK(run_with_length(objects, "pick", length) == 10 * (length & 3));
        CHECK(run_with_length(objects, "call", length) == 100 + 10 * (length & 1));
        CHECK(run_with_length(objects, "first", length) == 5);
      }
    }
    CHECK(open_fd_count() == before);
  }
}

TEST_CASE("jump tables: one that leads elsewhere in its function is followed, or refused by the verifier") {
  require_root_and_bpf();
  test_requires(map_type(MapType::insn_array));
  CollectionSpec spec = read();
  std::vector<std::uint32_t>& targets = spec.program("pick")->jump_tables[0].targets;
  std::swap(targets[0], targets[3]);
  Collection objects = ok(Collection::load(spec));
  CHECK(run_with_length(objects, "pick", 40) == 30);
  CHECK(run_with_length(objects, "pick", 43) == 0);
  // Into the middle of the load of the table's address.
  targets[1] = 3;
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "program \"pick\""));
}

TEST_CASE("jump tables: a damaged spec is refused before anything is created") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read();
  SUBCASE("a target past the end of the function") {
    spec.program("pick")->jump_tables[0].targets[2] = 1000;
    CHECK(contains(error_of(Collection::load(spec)).message(), "leads to instruction 1000"));
  }
  SUBCASE("a table that is not there") {
    spec.program("pick")->jump_tables.clear();
    CHECK(contains(error_of(Collection::load(spec)).message(), "\"BPF.JT.1.0\", which does not exist"));
  }
  SUBCASE("used by what is no load of an address") {
    for (Reference& reference : spec.program("pick")->references) reference.slot = 0;
    CHECK(contains(error_of(Collection::load(spec)).message(), "no ld_imm64"));
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("jump tables: a kernel without them is named as the cause") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  // What a kernel before 6.19 says of the type.
  sys::set_bpf_hook([](sys::Command command, void* attr, unsigned size) -> long {
    const auto plain = static_cast<sys::Command>(static_cast<std::uint32_t>(command) & ~sys::kWithCommonAttr);
    const bool is_table = plain == sys::Command::map_create &&
                          static_cast<const sys::MapCreateAttr*>(attr)->map_type == MapType::insn_array;
    return is_table ? -EINVAL : sys::straight_bpf(command, attr, size);
  });
  auto loaded = Collection::load(read());
  sys::set_bpf_hook(nullptr);
  const Error error = error_of(std::move(loaded));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "program \"pick\": jump table \"BPF.JT.1.0\""));
  CHECK(contains(error.message(), "Linux 6.19"));
  CHECK(open_fd_count() == before);
}
