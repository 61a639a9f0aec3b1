// Global functions with the program's context as an argument that is tagged as such (__arg_ctx), which kernels before
// 6.8 know by the name of its type only.
#include <atomic>
#include <string>

#include "ebpf/btf/degrade.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

btf::Spec without_tags(const btf::Spec& types) {
  btf::Features known = btf::Features::all();
  known.remove(btf::Feature::decl_tag);
  return ok(btf::degrade(types, known));
}

std::atomic<int> program_loads = 0;
std::atomic<int> btf_loads = 0;
std::atomic<bool> ignores_tags = false;

// This kernel, counted; or as one that does not look at tags: it never sees any.
long counting(sys::Command command, void* attr, unsigned size) {
  program_loads += command == sys::Command::prog_load;
  btf_loads += command == sys::Command::btf_load;
  if (command != sys::Command::btf_load || !ignores_tags) return sys::straight_bpf(command, attr, size);
  sys::BtfLoadAttr types = *static_cast<const sys::BtfLoadAttr*>(attr);
  const auto* const first = reinterpret_cast<const std::byte*>(types.btf);
  const btf::Spec untagged = without_tags(ok(btf::Spec::parse({first, first + types.btf_size})));
  types.btf = sys::to_u64(untagged.bytes().data());
  types.btf_size = static_cast<std::uint32_t>(untagged.bytes().size());
  return sys::straight_bpf(command, &types, size);
}

// For as long as this lives.
struct Counted {
  explicit Counted(bool without_looking_at_tags = false) {
    program_loads = 0;
    btf_loads = 0;
    ignores_tags = without_looking_at_tags;
    sys::set_bpf_hook(counting);
  }
  ~Counted() { sys::set_bpf_hook(nullptr); }
};

CollectionSpec only(const std::string& program) { return ok(read_object("context_arguments").only(program)); }

// Loads one program by itself: on this kernel, and on one that does not look at tags.
void load(const std::string& program) {
  const CollectionSpec spec = only(program);
  test_requires(program_type(spec.programs.front().program_type));
  CAPTURE(program);
  for (const bool ignored : {false, true}) {
    CAPTURE(ignored);
    const Counted counted(ignored);
    const Collection objects = ok(Collection::load(spec));
    CHECK(ok(objects.program(program)->info()).btf_id != 0);
  }
}

}  // namespace

TEST_CASE("context arguments: one function for programs of several types, which run") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("context_arguments");
  for (ProgramSpec& program : spec.programs)
    program.autoload = program.name == "in_socket" || program.name == "in_tc" || program.name == "in_xdp";
  for (const bool ignored : {false, true}) {
    CAPTURE(ignored);
    const Counted counted(ignored);
    Collection objects = ok(Collection::load(spec));
    CHECK(run(objects, "in_socket") == kFrameLength - kHeaderLength);
    CHECK(run(objects, "in_tc") == kFrameLength);
    CHECK(run(objects, "in_xdp") == kFrameLength);
  }
}

TEST_CASE("context arguments: through a function in between, with qualifiers") {
  require_root_and_bpf();
  load("in_socket");
}

TEST_CASE("context arguments: kprobe, by struct pt_regs and by bpf_user_pt_regs_t") {
  require_root_and_bpf();
  load("in_kprobe");
}

TEST_CASE("context arguments: perf event, by its registers") {
  require_root_and_bpf();
  load("in_perf_event");
}

TEST_CASE("context arguments: raw tracepoint, by its first argument") {
  require_root_and_bpf();
  load("in_raw_tp");
}

TEST_CASE("context arguments: tracepoint, by a structure of the program's own") {
  require_root_and_bpf();
  load("in_tracepoint");
}

TEST_CASE("context arguments: packets and sockets of cgroups, tunnels") {
  require_root_and_bpf();
  for (const char* program : {"in_cgroup_skb", "in_connect", "in_sockops", "in_lwt_xmit"}) load(program);
}

TEST_CASE("context arguments: a kernel that knows the tag is asked once for each program, and once for the types") {
  require_root_and_bpf();
  test_requires(kernel(6, 8));
  const CollectionSpec spec = read_object("context_arguments");
  const Counted counted;
  ok(Collection::load(spec));
  CHECK(program_loads == static_cast<int>(spec.programs.size()));
  CHECK(btf_loads == 1);
}

TEST_CASE("context arguments: a kernel that does not know it is asked twice for the program, and not for the tag") {
  require_root_and_bpf();
  test_requires(kernel(5, 16));  // decl tags: the types are not degraded
  const CollectionSpec spec = only("in_tc");
  const Counted counted(true);
  ok(Collection::load(spec));
  CHECK(program_loads == 2);
  CHECK(btf_loads == 1);
}

TEST_CASE("context arguments: what is refused for another reason is told by it") {
  require_root_and_bpf();
  CollectionSpec spec = only("in_tc");
  for (FunctionSpec& function : spec.subprograms)
    if (function.name == "length_of") {
      function.code.erase(function.code.begin(), function.code.end() - 1);  // all but `exit`
      function.lines.resize(1);
    }
  for (const bool ignored : {false, true}) {
    CAPTURE(ignored);
    const Counted counted(ignored);
    const Error error = error_of(Collection::load(spec));
    CHECK(error.code() == errc::verifier_rejected);
    CHECK(contains(error.message(), "R0 !read_ok"));
  }
}

TEST_CASE("context arguments: without the tag a pointer to anything is none") {
  require_root_and_bpf();
  CollectionSpec spec = only("in_tc");
  spec.types = without_tags(spec.types);
  CHECK(error_of(Collection::load(spec)).code() == errc::verifier_rejected);
}
