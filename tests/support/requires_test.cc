// Tests of requires.h: the kernel's own version, and history, say what the answers must be.
#include "tests/support/requires.h"

#include <string>

#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

bool met(const Requirement& requirement) {
  if (requirement.missing) MESSAGE(*requirement.missing);
  return !requirement.missing;
}

}  // namespace

TEST_CASE("requires: a version") {
  CHECK(met(kernel(2, 6)));
  const Requirement future = kernel(200, 1);
  CHECK(future.missing == "Linux 200.1");
}

TEST_CASE("requires: types that every kernel since 5.10 has, and one that none has") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  for (const MapType type :
       {MapType::hash, MapType::lpm_trie, MapType::hash_of_maps, MapType::sk_storage, MapType::ringbuf, MapType::queue})
    CHECK(met(map_type(type)));
  for (const ProgramType type : {ProgramType::socket_filter, ProgramType::xdp, ProgramType::cgroup_sock_addr,
                                 ProgramType::sk_lookup, ProgramType::raw_tracepoint})
    CHECK(met(program_type(type)));
  CHECK(met(program_type(ProgramType::tracing, AttachType::trace_raw_tp)));
  CHECK(met(program_type(ProgramType::tracing, AttachType::trace_iter)));
  CHECK(met(kernel_btf()));
  CHECK(open_fd_count() == before);
}

TEST_CASE("requires: types come with their versions") {
  require_root_and_bpf();
  struct Case {
    Requirement type;
    Requirement since;
  };
  // Only those that no configuration leaves out.
  const Case cases[] = {
      {map_type(MapType::task_storage), kernel(5, 11)},
      {map_type(MapType::bloom_filter), kernel(5, 16)},
      {map_type(MapType::user_ringbuf), kernel(6, 1)},
      {program_type(ProgramType::syscall), kernel(5, 14)},
  };
  for (const Case& c : cases) {
    CAPTURE(c.since.missing.value_or(""));
    CHECK(c.type.missing.has_value() == c.since.missing.has_value());
  }
}

TEST_CASE("requires: what is missing is named") {
  require_root_and_bpf();
  const Requirement requirement = module("no-such-module");
  REQUIRE(requirement.missing);
  CHECK(requirement.missing->starts_with("module no-such-module: modprobe"));
}

TEST_CASE("requires: a type that there is not is on no kernel") {
  CHECK_FALSE(met(map_type(MapType::unspec)));
  CHECK_FALSE(met(map_type(MapType{9999})));
  CHECK_FALSE(met(program_type(ProgramType::unspec)));
  CHECK_FALSE(met(program_type(ProgramType::xdp, AttachType{9999})));
}

TEST_CASE("requires: fentry, fexit and LSM programs are loaded") {
  test_requires(program_type(ProgramType::tracing), program_type(ProgramType::tracing, AttachType::trace_fexit));
  test_requires(program_type(ProgramType::lsm));
  CHECK(met(kernel_btf()));
}

TEST_CASE("requires: programs of struct_ops and those that replace others are loaded") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::struct_ops), program_type(ProgramType::ext));
  const std::size_t before = open_fd_count();
  CHECK(met(program_type(ProgramType::ext)));
  CHECK(open_fd_count() == before);
}

TEST_CASE("requires: kprobes") {
  test_requires(kprobes());
  CHECK(met(program_type(ProgramType::kprobe)));
}

TEST_CASE("requires: a module is loaded") {
  test_requires(module("dummy"));
  CHECK(met(module("dummy")));
}
