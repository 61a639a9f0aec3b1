// The types of modules: found where the kernel itself has none, and passed over, with a word, where they make no sense.
// /sys/kernel/btf is one of the test's own, with the kernel's types and those of modules that do not exist.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/sys/file.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

using Bytes = std::vector<std::byte>;

constexpr const char* kFolder = "/sys/kernel/btf";

void write_types(const std::string& name, std::span<const std::byte> bytes) {
  std::ofstream file(std::string(kFolder) + "/" + name, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(file.good());
}

// A module with the one type that testdata/core asks for and no kernel has, and a function.
Bytes good_module(const Bytes& kernel) {
  btf::Builder types = btf::Builder::split(std::make_shared<const btf::Spec>(ok(btf::Spec::parse(kernel))));
  const auto number = types.add_integer({.name = "int", .is_signed = true});
  types.add_structure({.name = "ebpf_test_no_such_type", .size = 4, .members = {{"member", number, 0, 0}}});
  return ok(types.encode());
}

// Makes the folder, once per process. The mount is in a namespace of the test's own.
void own_folder() {
  test_requires(kernel_btf());
  private_mounts();
  static bool done = false;
  if (done) return;
  const Bytes kernel = ok(sys::read_whole_file(std::string(kFolder) + "/vmlinux", std::size_t{256} << 20));
  REQUIRE(mount("none", kFolder, "tmpfs", 0, nullptr) == 0);
  const Bytes good = good_module(kernel);
  write_types("vmlinux", kernel);
  write_types("a_good_one", good);
  write_types("broken", std::as_bytes(std::span("no types at all")));
  write_types("cut_off", std::span(good).first(good.size() / 2));
  REQUIRE(mkdir("/sys/kernel/btf/unreadable", 0700) == 0);
  done = true;
}

}  // namespace

TEST_CASE("kernel types: a module that makes no sense is passed over, and told of") {
  own_folder();
  const KernelTypes::Shared kernel = ok(KernelTypes::running());
  CHECK(kernel->is_running_kernel());
  CHECK(kernel->module_problems().empty());  // nobody has asked yet
  const auto modules = kernel->modules();
  REQUIRE(modules.size() == 1);
  CHECK(modules.front()->name == "a_good_one");
  CHECK(modules.front()->types.find("ebpf_test_no_such_type", btf::Kind::structure).has_value());
  CHECK(modules.front()->types.find("task_struct", btf::Kind::structure).has_value());  // of the base
  std::string problems;
  for (const std::string& problem : kernel->module_problems()) problems += problem + "\n";
  CAPTURE(problems);
  for (const char* name : {"\"broken\"", "\"cut_off\"", "\"unreadable\""}) CHECK(contains(problems, name));
  CHECK(kernel->module_problems().size() == 3);
  CHECK(ok(kernel->module("a_good_one")) == modules.front());
  CHECK(contains(error_of(kernel->module("broken")).message(), "broken"));
  CHECK(error_of(kernel->module("ebpf_test_absent")).code() == errc::not_found);
}

TEST_CASE("kernel types: a load does not fail for modules that make no sense, and finds what others have") {
  own_folder();
  // Raw tracepoint programs can be run since 5.10.
  Collection objects = ok(Collection::load(ok(read_object("core").only("existence"))));
  // The type is in the good module; the member that the program asks for, too, is nowhere.
  CHECK(ok(objects.program("existence")->test_run({})).return_value == 1);
}

TEST_CASE("kernel types: where something is not found, modules that could not be looked into are named") {
  own_folder();
  test_requires(program_type(ProgramType::tracing, AttachType::trace_raw_tp));
  const Error error = error_of(Collection::load(ok(read_object("targets").only("nowhere"))));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "ebpf_test_no_such_function"));
  CHECK(contains(error.message(), "\"broken\" are passed over"));
}
