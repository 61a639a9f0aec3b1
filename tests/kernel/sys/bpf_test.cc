// bpf(2) on the kernel of this machine: what goes in arrives, and what comes back is understood.
#include "ebpf/sys/bpf.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/sys/file.h"
#include "ebpf/sys/kernel_version.h"
#include "ebpf/sys/mmap.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

MapCreateAttr map_of(MapType type, std::uint32_t max_entries) {
  MapCreateAttr attr;
  attr.map_type = type;
  attr.key_size = sizeof(std::uint32_t);
  attr.value_size = sizeof(std::uint64_t);
  attr.max_entries = max_entries;
  std::strcpy(attr.map_name, "sys_test");
  return attr;
}

Fd created(const MapCreateAttr& attr) {
  auto fd = map_create(attr);
  if (!fd) FAIL(fd.error().message());
  return std::move(*fd);
}

// A socket filter that returns 2.
Fd loaded_program() {
  const bpf_insn instructions[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 2},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  ProgLoadAttr attr;
  attr.prog_type = ProgramType::socket_filter;
  attr.insns = to_u64(instructions);
  attr.insn_cnt = std::size(instructions);
  attr.license = to_u64("MIT");
  std::strcpy(attr.prog_name, "sys_test");
  auto fd = prog_load(attr);
  if (!fd) FAIL(fd.error().message());
  return std::move(*fd);
}

TEST_CASE("a map is made, close-on-exec, and says what it is") {
  test::require_root_and_bpf();
  const Fd map = created(map_of(MapType::hash, 16));
  CHECK(map.get() >= 3);
  CHECK((::fcntl(map.get(), F_GETFD) & FD_CLOEXEC) != 0);

  MapInfo info;
  const auto known = obj_get_info(map.get(), info);
  REQUIRE(known);
  CHECK(*known >= offsetof(MapInfo, name));
  CHECK(*known <= sizeof info);
  CHECK(info.type == MapType::hash);
  CHECK(info.key_size == 4);
  CHECK(info.value_size == 8);
  CHECK(info.max_entries == 16);
  CHECK(std::string_view(info.name) == "sys_test");
  CHECK(info.id != 0);
}

TEST_CASE("elements come and go") {
  test::require_root_and_bpf();
  const Fd map = created(map_of(MapType::hash, 2));
  std::uint32_t key = 5;
  std::uint64_t value = 50;
  std::uint64_t read = 0;
  CHECK(map_lookup_elem(map.get(), &key, &read, 0) == -ENOENT);
  CHECK(map_update_elem(map.get(), &key, &value, kElemExist) == -ENOENT);
  CHECK(map_update_elem(map.get(), &key, &value, kElemNoExist) == 0);
  CHECK(map_update_elem(map.get(), &key, &value, kElemNoExist) == -EEXIST);
  CHECK(map_lookup_elem(map.get(), &key, &read, 0) == 0);
  CHECK(read == 50);

  std::uint32_t next = 0;
  CHECK(map_get_next_key(map.get(), nullptr, &next) == 0);
  CHECK(next == 5);
  CHECK(map_get_next_key(map.get(), &next, &next) == -ENOENT);

  CHECK(map_delete_elem(map.get(), &key, 0) == 0);
  CHECK(map_delete_elem(map.get(), &key, 0) == -ENOENT);
}

TEST_CASE("a queue gives what it was given, and no more") {
  test::require_root_and_bpf();
  MapCreateAttr attr = map_of(MapType::queue, 1);
  attr.key_size = 0;
  const auto map = map_create(attr);
  if (!map) SKIP_TEST("no queue maps: " + map.error().message());
  std::uint64_t value = 7;
  std::uint64_t read = 0;
  CHECK(map_update_elem(map->get(), nullptr, &value, 0) == 0);
  CHECK(map_update_elem(map->get(), nullptr, &value, 0) == -E2BIG);
  CHECK(map_lookup_and_delete_elem(map->get(), nullptr, &read, 0) == 0);
  CHECK(read == 7);
  CHECK(map_lookup_and_delete_elem(map->get(), nullptr, &read, 0) == -ENOENT);
}

TEST_CASE("elements in batches") {
  test::require_root_and_bpf();
  const Fd map = created(map_of(MapType::array, 8));
  std::uint32_t keys[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  std::uint64_t values[8] = {10, 11, 12, 13, 14, 15, 16, 17};
  MapBatchAttr update;
  update.map_fd = static_cast<std::uint32_t>(map.get());
  update.keys = to_u64(keys);
  update.values = to_u64(values);
  update.count = 8;
  const int updated = map_update_batch(update);
  if (updated == -EINVAL) SKIP_TEST("no batch commands in this kernel");
  REQUIRE(updated == 0);
  CHECK(update.count == 8);

  std::uint64_t read[8] = {};
  std::uint32_t read_keys[8] = {};
  std::uint32_t position = 0;
  MapBatchAttr lookup;
  lookup.map_fd = static_cast<std::uint32_t>(map.get());
  lookup.out_batch = to_u64(&position);
  lookup.keys = to_u64(read_keys);
  lookup.values = to_u64(read);
  lookup.count = 5;
  CHECK(map_lookup_batch(lookup) == 0);
  CHECK(lookup.count == 5);
  CHECK(read[4] == 14);
  lookup.in_batch = to_u64(&position);
  CHECK(map_lookup_batch(lookup) == -ENOENT);
  CHECK(lookup.count == 3);
  CHECK(read[2] == 17);
}

TEST_CASE("a per-CPU value is as many values as there are possible CPUs") {
  test::require_root_and_bpf();
  const auto cpus = possible_cpus();
  REQUIRE(cpus);
  const Fd map = created(map_of(MapType::percpu_array, 1));
  std::vector<std::uint64_t> values(*cpus, 3);
  const std::uint64_t guard = 0x6775617264;
  values.push_back(guard);
  const std::uint32_t key = 0;
  CHECK(map_update_elem(map.get(), &key, values.data(), 0) == 0);
  std::vector<std::uint64_t> read(*cpus, 0);
  read.push_back(guard);
  CHECK(map_lookup_elem(map.get(), &key, read.data(), 0) == 0);
  CHECK(read == values);
}

TEST_CASE("a descriptor that is none is an error everywhere") {
  test::require_root_and_bpf();
  std::uint64_t memory = 0;
  CHECK(map_lookup_elem(-1, &memory, &memory, 0) == -EBADF);
  CHECK(map_update_elem(-1, &memory, &memory, 0) == -EBADF);
  CHECK(map_delete_elem(-1, &memory, 0) == -EBADF);
  CHECK(map_get_next_key(-1, &memory, &memory) == -EBADF);
  const auto frozen = map_freeze(-1);
  REQUIRE_FALSE(frozen);
  CHECK(frozen.error().os_error() == EBADF);
  CHECK(frozen.error().message() == "BPF_MAP_FREEZE: EBADF");
  MapInfo info;
  const auto known = obj_get_info(-1, info);
  REQUIRE_FALSE(known);
  // The kernel has a word of its own here, and always had.
  CHECK(known.error().message() == "BPF_OBJ_GET_INFO_BY_FD: EBADFD");
}

TEST_CASE("a map that the kernel refuses says so") {
  test::require_root_and_bpf();
  const auto map = map_create(map_of(MapType::array, 0));
  REQUIRE_FALSE(map);
  CHECK(map.error().code() == errc::invalid_argument);
  CHECK(map.error().message() == "BPF_MAP_CREATE: EINVAL");
}

TEST_CASE("shared memory of an array is the array, until it is frozen") {
  test::require_root_and_bpf();
  MapCreateAttr attr = map_of(MapType::array, 4);
  attr.map_flags = kMapMmapable;
  const auto map = map_create(attr);
  if (!map) SKIP_TEST("no BPF_F_MMAPABLE: " + map.error().message());
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::uint32_t key = 1;
  const std::uint64_t value = 42;
  {
    auto mapping = map_shared(map->get(), page, true);
    REQUIRE(mapping);
    CHECK(mapping->size() == page);
    CHECK(mapping->writable());
    CHECK(map_update_elem(map->get(), &key, &value, 0) == 0);
    CHECK(std::memcmp(mapping->data() + 8, &value, sizeof value) == 0);

    const auto busy = map_freeze(map->get());
    REQUIRE_FALSE(busy);
    CHECK(busy.error().code() == errc::busy);

    const Mapping moved = std::move(*mapping);
    CHECK(mapping->data() == nullptr);
    CHECK(std::memcmp(moved.data() + 8, &value, sizeof value) == 0);
  }
  CHECK(map_freeze(map->get()));
  CHECK(map_update_elem(map->get(), &key, &value, 0) == -EPERM);
  const auto writable = map_shared(map->get(), page, true);
  REQUIRE_FALSE(writable);
  CHECK(writable.error().message() == "mmap: EPERM");
  const auto readable = map_shared(map->get(), page, false);
  REQUIRE(readable);
  CHECK_FALSE(readable->writable());
  CHECK(std::memcmp(readable->data() + 8, &value, sizeof value) == 0);
}

TEST_CASE("a program is loaded, described and run") {
  test::require_root_and_bpf();
  const Fd program = loaded_program();

  ProgInfo info;
  REQUIRE(obj_get_info(program.get(), info));
  CHECK(info.type == ProgramType::socket_filter);
  CHECK(std::string_view(info.name) == "sys_test");
  CHECK(info.xlated_prog_len == 2 * sizeof(bpf_insn));
  CHECK(info.gpl_compatible == 0);

  char packet[64] = {};
  TestRunAttr run;
  run.prog_fd = static_cast<std::uint32_t>(program.get());
  run.data_in = to_u64(packet);
  run.data_size_in = sizeof packet;
  run.repeat = 10;
  REQUIRE(prog_test_run(run));
  CHECK(run.retval == 2);
}

TEST_CASE("a program that the verifier refuses leaves its log") {
  test::require_root_and_bpf();
  // It ends without having set what it returns.
  const bpf_insn exit = {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0};
  char log[4096] = {};
  ProgLoadAttr attr;
  attr.prog_type = ProgramType::socket_filter;
  attr.insns = to_u64(&exit);
  attr.insn_cnt = 1;
  attr.license = to_u64("GPL");
  attr.log_level = kLogBranches;
  attr.log_buf = to_u64(log);
  attr.log_size = sizeof log;
  const auto program = prog_load(attr);
  REQUIRE_FALSE(program);
  CHECK(program.error().os_error() == EACCES);
  CHECK(std::string_view(log).find("R0 !read_ok") != std::string_view::npos);
}

TEST_CASE("objects are found by their identifiers") {
  test::require_root_and_bpf();
  const Fd map = created(map_of(MapType::array, 1));
  MapInfo info;
  REQUIRE(obj_get_info(map.get(), info));

  CHECK(map_get_next_id(info.id - 1) == info.id);
  GetIdAttr attr;
  attr.map_id = info.id;
  const auto again = map_get_fd_by_id(attr);
  REQUIRE(again);
  MapInfo same;
  REQUIRE(obj_get_info(again->get(), same));
  CHECK(same.id == info.id);

  constexpr std::uint32_t kLastId = 0x7fffffff;
  const auto end = map_get_next_id(kLastId - 1);
  REQUIRE_FALSE(end);
  CHECK(end.error().code() == errc::not_found);
}

TEST_CASE("a pin is made where there is a bpf file system") {
  test::private_mounts();
  const std::string directory = "/sys/fs/bpf";
  CHECK(require_bpffs(directory));
  const std::string path = directory + "/sys_test";
  const Fd map = created(map_of(MapType::array, 1));
  ObjPinAttr attr;
  attr.pathname = to_u64(path.c_str());
  attr.bpf_fd = static_cast<std::uint32_t>(map.get());
  REQUIRE(obj_pin(attr));
  const auto twice = obj_pin(attr);
  REQUIRE_FALSE(twice);
  CHECK(twice.error().message() == "BPF_OBJ_PIN: EEXIST");

  attr.bpf_fd = 0;
  CHECK(obj_get(attr));
  ::unlink(path.c_str());
  CHECK_FALSE(obj_get(attr));
}

}  // namespace
}  // namespace ebpf::sys
