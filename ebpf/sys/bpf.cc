// bpf(2): the system call, its hook, and the functions that give each command its types. Follows bpf(2) and
// <linux/bpf.h>; the Command of each function says which part.
#include "ebpf/sys/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "ebpf/base/words.h"

namespace ebpf::sys {
namespace {

constexpr int kLoadAttempts = 5;
constexpr int kTestRunAttempts = 100;

// In the order of Command's values.
constexpr auto kCommandNames = words<[] {
  return std::to_array<std::string_view>({
      "BPF_MAP_CREATE",
      "BPF_MAP_LOOKUP_ELEM",
      "BPF_MAP_UPDATE_ELEM",
      "BPF_MAP_DELETE_ELEM",
      "BPF_MAP_GET_NEXT_KEY",
      "BPF_PROG_LOAD",
      "BPF_OBJ_PIN",
      "BPF_OBJ_GET",
      "BPF_PROG_ATTACH",
      "BPF_PROG_DETACH",
      "BPF_PROG_TEST_RUN",
      "BPF_PROG_GET_NEXT_ID",
      "BPF_MAP_GET_NEXT_ID",
      "BPF_PROG_GET_FD_BY_ID",
      "BPF_MAP_GET_FD_BY_ID",
      "BPF_OBJ_GET_INFO_BY_FD",
      "BPF_PROG_QUERY",
      "BPF_RAW_TRACEPOINT_OPEN",
      "BPF_BTF_LOAD",
      "BPF_BTF_GET_FD_BY_ID",
      "BPF_TASK_FD_QUERY",
      "BPF_MAP_LOOKUP_AND_DELETE_ELEM",
      "BPF_MAP_FREEZE",
      "BPF_BTF_GET_NEXT_ID",
      "BPF_MAP_LOOKUP_BATCH",
      "BPF_MAP_LOOKUP_AND_DELETE_BATCH",
      "BPF_MAP_UPDATE_BATCH",
      "BPF_MAP_DELETE_BATCH",
      "BPF_LINK_CREATE",
      "BPF_LINK_UPDATE",
      "BPF_LINK_GET_FD_BY_ID",
      "BPF_LINK_GET_NEXT_ID",
      "BPF_ENABLE_STATS",
      "BPF_ITER_CREATE",
      "BPF_LINK_DETACH",
      "BPF_PROG_BIND_MAP",
      "BPF_TOKEN_CREATE",
      "BPF_PROG_STREAM_READ_BY_FD",
      "BPF_PROG_ASSOC_STRUCT_OPS",
  });
}>();
static_assert(kCommandNames.size() == kCommandCount);

constinit std::atomic<BpfHook> hook_in_front = nullptr;

// The two forms of a struct that goes to the kernel: one that the kernel writes to, and one that it only reads, which
// bpf(2) still takes as a pointer to what could be written.
template <class Attr>
long call(Command command, Attr& attr) noexcept {
  return raw_bpf(command, &attr, sizeof attr);
}
template <class Attr>
long call(Command command, const Attr& attr) noexcept {
  return raw_bpf(command, const_cast<Attr*>(&attr), sizeof attr);
}

Failure failed(Command command, long result) { return fail_errno(static_cast<int>(-result), name(command)); }

// What a command returned, as the three kinds of answers that there are: nothing, a number, a descriptor.
Result<void> as_done(Command command, long result) {
  if (result < 0) return failed(command, result);
  return {};
}

Result<std::uint32_t> as_number(Command command, long result) {
  if (result < 0) return failed(command, result);
  return static_cast<std::uint32_t>(result);
}

Result<Fd> as_fd(Command command, long result) {
  if (result < 0) return failed(command, result);
  EBPF_TRY_IN(Fd fd, Fd::adopt(static_cast<int>(result)), name(command));
  return fd;
}

// Calls again while the kernel answers `interrupted`, each time with the struct as the caller gave it: a run that was
// cut short may have written to it.
template <class Attr>
long call_again_after(int interrupted, int attempts, Command command, Attr& attr) noexcept {
  const Attr given = attr;
  long result = call(command, attr);
  while (result == -interrupted && --attempts > 0) {
    attr = given;
    result = call(command, attr);
  }
  return result;
}

int call_elem(Command command, int fd, const void* key, const void* value, std::uint64_t flags) noexcept {
  MapElemAttr attr;
  attr.map_fd = static_cast<std::uint32_t>(fd);
  attr.key = to_u64(key);
  attr.value = to_u64(value);
  attr.flags = flags;
  return static_cast<int>(call(command, attr));
}

Result<std::uint32_t> next_id(Command command, std::uint32_t start) {
  GetIdAttr attr;
  attr.start_id = start;
  EBPF_CHECK(as_done(command, call(command, attr)));
  return attr.next_id;
}

template <class Info>
Result<std::uint32_t> fill_info(int fd, Info& info) {
  InfoAttr attr;
  attr.bpf_fd = static_cast<std::uint32_t>(fd);
  attr.info_len = sizeof info;
  attr.info = to_u64(&info);
  EBPF_CHECK(as_done(Command::obj_get_info_by_fd, call(Command::obj_get_info_by_fd, attr)));
  return attr.info_len;
}

}  // namespace

std::string_view name(Command command) {
  const auto index = static_cast<std::size_t>(command);
  return index < kCommandNames.size() ? kCommandNames[index] : "BPF_?";
}

// Release and acquire, so that a hook finds what its installer prepared for it.
BpfHook set_bpf_hook(BpfHook hook) noexcept { return hook_in_front.exchange(hook, std::memory_order_acq_rel); }

long raw_bpf(Command command, void* attr, unsigned size) noexcept {
  if (const BpfHook hook = hook_in_front.load(std::memory_order_acquire)) [[unlikely]]
    return hook(command, attr, size);
  return straight_bpf(command, attr, size);
}

long straight_bpf(Command command, void* attr, unsigned size) noexcept {
  const int saved_errno = errno;
  const bool has_common = (static_cast<std::uint32_t>(command) & kWithCommonAttr) != 0;
  void* const common = has_common ? static_cast<char*>(attr) + size : nullptr;
  const long result = ::syscall(SYS_bpf, command, attr, size, common, has_common ? sizeof(CommonAttr) : 0);
  if (result >= 0) return result;
  return -std::exchange(errno, saved_errno);
}

Result<Fd> map_create(const MapCreateAttr& attr) { return as_fd(Command::map_create, call(Command::map_create, attr)); }

Result<Fd> map_create_with_log(const MapCreateAttr& attr, std::span<char> log) {
  struct {
    MapCreateAttr map;
    CommonAttr common;
  } both = {attr, {}};
  static_assert(offsetof(decltype(both), common) == sizeof both.map);
  both.common.log_buf = to_u64(log.data());
  both.common.log_size = static_cast<std::uint32_t>(log.size());
  both.common.log_level = 1;
  const auto command = static_cast<Command>(static_cast<std::uint32_t>(Command::map_create) | kWithCommonAttr);
  return as_fd(Command::map_create, raw_bpf(command, &both, sizeof both.map));
}

Result<void> map_freeze(int fd) {
  MapElemAttr attr;
  attr.map_fd = static_cast<std::uint32_t>(fd);
  return as_done(Command::map_freeze, call(Command::map_freeze, attr));
}

int map_lookup_elem(int fd, const void* key, void* value, std::uint64_t flags) noexcept {
  return call_elem(Command::map_lookup_elem, fd, key, value, flags);
}

int map_update_elem(int fd, const void* key, const void* value, std::uint64_t flags) noexcept {
  return call_elem(Command::map_update_elem, fd, key, value, flags);
}

int map_delete_elem(int fd, const void* key, std::uint64_t flags) noexcept {
  return call_elem(Command::map_delete_elem, fd, key, nullptr, flags);
}

int map_lookup_and_delete_elem(int fd, const void* key, void* value, std::uint64_t flags) noexcept {
  return call_elem(Command::map_lookup_and_delete_elem, fd, key, value, flags);
}

int map_get_next_key(int fd, const void* key, void* next_key) noexcept {
  // next_key is the same member of the kernel's union as value.
  return call_elem(Command::map_get_next_key, fd, key, next_key, 0);
}

int map_lookup_batch(MapBatchAttr& attr) noexcept { return static_cast<int>(call(Command::map_lookup_batch, attr)); }

int map_lookup_and_delete_batch(MapBatchAttr& attr) noexcept {
  return static_cast<int>(call(Command::map_lookup_and_delete_batch, attr));
}

int map_update_batch(MapBatchAttr& attr) noexcept { return static_cast<int>(call(Command::map_update_batch, attr)); }

int map_delete_batch(MapBatchAttr& attr) noexcept { return static_cast<int>(call(Command::map_delete_batch, attr)); }

Result<Fd> prog_load(ProgLoadAttr& attr) {
  return as_fd(Command::prog_load, call_again_after(EAGAIN, kLoadAttempts, Command::prog_load, attr));
}

Result<void> prog_attach(const ProgAttachAttr& attr) {
  return as_done(Command::prog_attach, call(Command::prog_attach, attr));
}

Result<void> prog_detach(const ProgAttachAttr& attr) {
  return as_done(Command::prog_detach, call(Command::prog_detach, attr));
}

Result<void> prog_query(ProgQueryAttr& attr) { return as_done(Command::prog_query, call(Command::prog_query, attr)); }

Result<void> prog_test_run(TestRunAttr& attr) {
  return as_done(Command::prog_test_run, call_again_after(EINTR, kTestRunAttempts, Command::prog_test_run, attr));
}

Result<void> prog_bind_map(const ProgBindMapAttr& attr) {
  return as_done(Command::prog_bind_map, call(Command::prog_bind_map, attr));
}

Result<std::uint32_t> prog_stream_read(const ProgStreamReadAttr& attr) {
  return as_number(Command::prog_stream_read_by_fd, call(Command::prog_stream_read_by_fd, attr));
}

Result<void> prog_assoc_struct_ops(const ProgAssocStructOpsAttr& attr) {
  return as_done(Command::prog_assoc_struct_ops, call(Command::prog_assoc_struct_ops, attr));
}

Result<void> obj_pin(const ObjPinAttr& attr) { return as_done(Command::obj_pin, call(Command::obj_pin, attr)); }

Result<Fd> obj_get(const ObjPinAttr& attr) { return as_fd(Command::obj_get, call(Command::obj_get, attr)); }

Result<std::uint32_t> prog_get_next_id(std::uint32_t start) { return next_id(Command::prog_get_next_id, start); }
Result<std::uint32_t> map_get_next_id(std::uint32_t start) { return next_id(Command::map_get_next_id, start); }
Result<std::uint32_t> btf_get_next_id(std::uint32_t start) { return next_id(Command::btf_get_next_id, start); }
Result<std::uint32_t> link_get_next_id(std::uint32_t start) { return next_id(Command::link_get_next_id, start); }

Result<Fd> prog_get_fd_by_id(const GetIdAttr& attr) {
  return as_fd(Command::prog_get_fd_by_id, call(Command::prog_get_fd_by_id, attr));
}

Result<Fd> map_get_fd_by_id(const GetIdAttr& attr) {
  return as_fd(Command::map_get_fd_by_id, call(Command::map_get_fd_by_id, attr));
}

Result<Fd> btf_get_fd_by_id(const GetIdAttr& attr) {
  return as_fd(Command::btf_get_fd_by_id, call(Command::btf_get_fd_by_id, attr));
}

Result<Fd> link_get_fd_by_id(const GetIdAttr& attr) {
  return as_fd(Command::link_get_fd_by_id, call(Command::link_get_fd_by_id, attr));
}

Result<std::uint32_t> obj_get_info(int fd, ProgInfo& info) { return fill_info(fd, info); }
Result<std::uint32_t> obj_get_info(int fd, MapInfo& info) { return fill_info(fd, info); }
Result<std::uint32_t> obj_get_info(int fd, BtfInfo& info) { return fill_info(fd, info); }
Result<std::uint32_t> obj_get_info(int fd, LinkInfo& info) { return fill_info(fd, info); }
Result<std::uint32_t> obj_get_info(int fd, TokenInfo& info) { return fill_info(fd, info); }

Result<Fd> btf_load(BtfLoadAttr& attr) { return as_fd(Command::btf_load, call(Command::btf_load, attr)); }

Result<Fd> raw_tracepoint_open(const RawTracepointOpenAttr& attr) {
  return as_fd(Command::raw_tracepoint_open, call(Command::raw_tracepoint_open, attr));
}

Result<void> task_fd_query(TaskFdQueryAttr& attr) {
  return as_done(Command::task_fd_query, call(Command::task_fd_query, attr));
}

Result<Fd> link_create(const LinkCreateAttr& attr) {
  return as_fd(Command::link_create, call(Command::link_create, attr));
}

Result<void> link_update(const LinkUpdateAttr& attr) {
  return as_done(Command::link_update, call(Command::link_update, attr));
}

Result<void> link_detach(int fd) {
  LinkDetachAttr attr;
  attr.link_fd = static_cast<std::uint32_t>(fd);
  return as_done(Command::link_detach, call(Command::link_detach, attr));
}

Result<Fd> enable_stats(StatsType type) {
  EnableStatsAttr attr;
  attr.type = type;
  return as_fd(Command::enable_stats, call(Command::enable_stats, attr));
}

Result<Fd> iter_create(const IterCreateAttr& attr) {
  return as_fd(Command::iter_create, call(Command::iter_create, attr));
}

Result<Fd> token_create(const TokenCreateAttr& attr) {
  return as_fd(Command::token_create, call(Command::token_create, attr));
}

}  // namespace ebpf::sys
