// The command as one static program, on whatever kernel this is: `ebpf check` and `ebpf run` by their status and
// output. What they print is told in detail by command_test.sh, which runs on the host.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

struct Output {
  int status;
  std::string text;
};

Output command(const std::string& arguments) {
  std::FILE* pipe = popen((runfile("tools/ebpf") + " " + arguments + " 2>&1").c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  return {WEXITSTATUS(pclose(pipe)), text};
}

}  // namespace

TEST_CASE("check: what every kernel takes is accepted") {
  require_root_and_bpf();
  for (const std::string object : {"globals", "maps", "packet", "subprograms", "tracing"}) {
    const Output output = command("check --json " + object_path(object));
    CAPTURE(output.text);
    CHECK(output.status == 0);
    CHECK(contains(output.text, "\"ok\":true"));
  }
}

TEST_CASE("check: what the verifier refuses is status 1, with its reason") {
  require_root_and_bpf();
  const Output output = command("check " + object_path("rejected"));
  CAPTURE(output.text);
  CHECK(output.status == 1);
  CHECK(contains(output.text, "invalid access to packet"));
}

TEST_CASE("check: programs that only later kernels take are accepted there, and refused by name elsewhere") {
  require_root_and_bpf();
  const Output output = command("check --json " + object_path("callbacks"));
  CAPTURE(output.text);
  const bool has_loops = !kernel(5, 17).missing;
  CHECK(output.status == (has_loops ? 0 : 1));
  CHECK(contains(output.text, "looped"));
  CHECK(contains(output.text, "\"loaded\":false") == !has_loops);
}

TEST_CASE("check: struct_ops programs are loaded with their maps") {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::struct_ops));
  const Output output = command("check --json " + object_path("struct_ops"));
  CAPTURE(output.text);
  CHECK(output.status == 0);
  CHECK(contains(output.text, "\"name\":\"future_avoid\""));
  CHECK_FALSE(contains(output.text, "dormant_window"));
  const Output all = command("check --all --json " + object_path("struct_ops"));
  CAPTURE(all.text);
  CHECK(all.status == 1);
  CHECK(contains(all.text,
                 "\"name\":\"dormant_window\",\"section\":\"struct_ops/dormant_window\",\"type\":\"struct_ops\","
                 "\"loaded\":true"));
  CHECK(contains(all.text, "program \\\"spare_init\\\": it is of type struct_ops, and a callback of no map"));
}

TEST_CASE("check: a program that replaces a function of another says that it needs one") {
  require_root_and_bpf();
  const Output output = command("check --json " + object_path("attach_to_program"));
  CAPTURE(output.text);
  CHECK(output.status == 1);
  CHECK(
      contains(output.text, "\"name\":\"stricter\",\"section\":\"freplace/decide\",\"type\":\"ext\",\"loaded\":false"));
  CHECK(contains(output.text, "replaces a function of another program, and none is given"));
}

TEST_CASE("run: struct_ops maps are attached") {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::struct_ops));
  // Its names are in the object: where another one of these tests runs, it is told so.
  const Output output = command("run " + object_path("struct_ops_plain") + " --watch first_acks --for 1 --json");
  CAPTURE(output.text);
  if (contains(output.text, "EEXIST")) SKIP_TEST("its congestion controls are registered by somebody else");
  CHECK(output.status == 0);
  CHECK(contains(output.text, "ebpf: 0 of 5 programs attached, and 2 struct_ops maps with their callbacks"));
}

TEST_CASE("run: a watched global is shown each second") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));  // counter.bpf.c has atomic instructions that return a value
  const Output output = command("run " + runfile("examples/counter/counter.bpf.o") + " --watch packets --for 2 --json");
  CAPTURE(output.text);
  CHECK(output.status == 0);
  CHECK(contains(output.text, "\"values\":{\"packets\":"));
}

TEST_CASE("btf dump: the types of a program by their number, those of a module by its name") {
  require_root_and_bpf();
  Collection objects = load_object("globals");
  const std::uint32_t id = ok(objects.programs.front().info()).btf_id;
  REQUIRE(id != 0);
  const Output loaded = command("btf dump id " + std::to_string(id));
  CHECK(loaded.status == 0);
  CHECK(contains(loaded.text, "VAR 'packets'"));
  const Output absent = command("btf dump --module ebpf_test_no_such_module");
  CHECK(absent.status == 1);
  CHECK(contains(absent.text, "ebpf_test_no_such_module"));
  test_requires(kernel_btf(), kernel(5, 11), module("veth"));
  if (access("/sys/kernel/btf/veth", F_OK) != 0) SKIP_TEST("veth is built into this kernel");
  const Output module = command("btf dump --module veth");
  CHECK(module.status == 0);
  CHECK(contains(module.text, "FUNC 'veth_xmit'"));
  const Output header = command("btf dump --module veth --format c --root veth_priv");
  CAPTURE(header.text);
  CHECK(header.status == 0);
  CHECK(contains(header.text, "struct veth_priv {"));
}
