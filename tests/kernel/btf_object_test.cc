// BTF in the kernel: loaded, found by number and by name, and read back.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "ebpf/btf/builder.h"
#include "ebpf/kernel/types.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

btf::Spec sample() {
  btf::Builder b;
  const auto number = b.add_integer({.name = "int", .is_signed = true});
  b.add_structure({.name = "pair", .size = 8, .members = {{"a", number, 0, 0}, {"b", number, 32, 0}}});
  return ok(b.spec());
}

}  // namespace

TEST_CASE("btf object: what was loaded is read back as it was") {
  require_root_and_bpf();
  const btf::Spec types = sample();
  const BtfObject loaded = ok(BtfObject::load(types));
  CHECK(loaded.id() != 0);
  CHECK(loaded.fd().valid());
  CHECK(loaded.name().empty());
  CHECK_FALSE(loaded.is_kernel());
  CHECK(loaded.degraded().empty());
  const btf::Spec read = ok(loaded.types());
  CHECK(std::ranges::equal(read.bytes(), types.bytes()));
  const BtfObject same = ok(BtfObject::from_id(loaded.id()));
  CHECK(same.id() == loaded.id());
  CHECK(std::ranges::equal(ok(same.types()).bytes(), types.bytes()));
  // A number that is among all that there are.
  bool found = false;
  for (std::uint32_t id = 0;;) {
    const auto next = ok(BtfObject::next_id(id));
    if (!next) break;
    CHECK(*next > id);
    id = *next;
    found |= id == loaded.id();
  }
  CHECK(found);
}

TEST_CASE("btf object: it goes with its last descriptor") {
  require_root_and_bpf();
  std::uint32_t id = 0;
  {
    const BtfObject loaded = ok(BtfObject::load(sample()));
    id = loaded.id();
  }
  // The kernel frees it after a grace period; a number is not used again soon.
  for (int i = 0; i < 1000 && BtfObject::from_id(id); ++i) ::usleep(1000);
  const Error error = error_of(BtfObject::from_id(id));
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "BTF number"));
}

TEST_CASE("btf object: the kernel's own types, by name and by number") {
  require_root_and_bpf();
  test_requires(kernel(5, 11), kernel_btf());
  const BtfObject vmlinux = ok(BtfObject::from_name("vmlinux"));
  CHECK(vmlinux.name() == "vmlinux");
  CHECK(vmlinux.is_kernel());
  const BtfObject same = ok(BtfObject::from_id(vmlinux.id()));
  CHECK(same.is_kernel());
  const btf::Spec types = ok(same.types());
  const auto running = ok(KernelTypes::running());
  CHECK(types.type_count() == running->types().type_count());
  CHECK(types.find("task_struct", btf::Kind::structure) == running->types().find("task_struct", btf::Kind::structure));
  CHECK(error_of(BtfObject::from_name("no_such_module")).code() == errc::not_found);
}

TEST_CASE("btf object: a module's types need the kernel's") {
  require_root_and_bpf();
  test_requires(kernel(5, 11), kernel_btf(), module("veth"));
  const auto module = BtfObject::from_name("veth");
  if (!module) SKIP_TEST("module veth has no types");
  CHECK(module->is_kernel());
  CHECK(error_of(module->types()).code() == errc::invalid_argument);
  const auto running = ok(KernelTypes::running());
  const auto base = std::shared_ptr<const btf::Spec>(running, &running->types());
  const btf::Spec types = ok(module->types(base));
  CHECK(types.first_id() == base->type_count());
  CHECK(types.find("veth_priv", btf::Kind::structure).has_value());
}

TEST_CASE("btf object: what cannot be is told") {
  require_root_and_bpf();
  btf::Builder split = btf::Builder::split(std::make_shared<const btf::Spec>(sample()));
  split.add_pointer(1);
  CHECK(error_of(BtfObject::load(ok(split.spec()))).code() == errc::invalid_argument);
  btf::Builder wrong;
  wrong.add_array({.element = 0, .index = 0, .count = 1});
  const Error refused = error_of(BtfObject::load(ok(wrong.spec())));
  CHECK(refused.os_error() == EINVAL);
  CHECK(contains(refused.message(), "the kernel says: "));
  Collection objects = load_object("maps");
  Fd map = ok(objects.maps.front().fd().duplicate());
  CHECK(error_of(BtfObject::from_fd(std::move(map))).code() == errc::invalid_argument);
  CHECK_FALSE(BtfObject::from_fd(Fd()).has_value());
}
