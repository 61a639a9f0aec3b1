// bpf(2): one typed function per command. Internal.
//
// The functions are thin. They pass the struct of attr.h with its own size, own the descriptor that comes back, and
// turn an errno into an Error that names the command ("BPF_MAP_CREATE: EPERM"); which object it was, and what could be
// done about it, is for the caller to say. Where a struct is taken by non-const reference the kernel writes to it, also
// on failure. Each is one system call (the two that retry say so) and is safe to call from any thread. The first Linux
// that has a command stands in uapi.h; what they mean is told by bpf(2) and by the comments of <linux/bpf.h>.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/sys/attr.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/info.h"
#include "ebpf/sys/uapi.h"

namespace ebpf::sys {

// The kernel's name of a command, "BPF_MAP_CREATE"; "BPF_?" for one that this library does not know.
std::string_view name(Command command);

// ---- The call itself, and the place where tests and tracers stand ----

// Takes the place of bpf(2): answers as straight_bpf() does, which it may call to let a command through.
using BpfHook = long (*)(Command command, void* attr, unsigned size);

// Puts a hook in front of every bpf(2) call of the process from now on, or takes it away again (nullptr); returns the
// one before. For tests (counting calls, failing the Nth) and for tracing. Safe to call from any thread. A hook runs on
// the thread that makes the call, on several at once, and may still be running in another thread after it was replaced:
// so it is a function, not an object that could be gone.
BpfHook set_bpf_hook(BpfHook hook) noexcept;

// bpf(2) through the hook, or straight where there is none, which costs one load and a predicted branch. What the
// system call returned, or -errno. Leaves errno alone.
long raw_bpf(Command command, void* attr, unsigned size) noexcept;

// bpf(2) past the hook, otherwise as raw_bpf(). A command that has kWithCommonAttr takes a CommonAttr, too, which
// stands right behind the `size` bytes of its own struct.
long straight_bpf(Command command, void* attr, unsigned size) noexcept;

// ---- Maps ----

Result<Fd> map_create(const MapCreateAttr& attr);
// The same, with a log of why it was refused: `log` holds text up to a NUL afterwards, where the kernel wrote any. By
// 7.3; EINVAL and no log before.
Result<Fd> map_create_with_log(const MapCreateAttr& attr, std::span<char> log);
// From here on system calls can only read the map. Programs, and mappings that exist, are not affected: EBUSY where a
// writable mapping exists.
Result<void> map_freeze(int fd);

// The element operations: 0, or -errno as it is, because an absent key is no reason to compose a sentence. No memory is
// allocated. `key` and `value` are as long as the map says, and for a per-CPU map a value is possible_cpus() times its
// size rounded up to 8. A map without keys (queue, stack, bloom filter) takes a null key. map_get_next_key with a null
// `key` gives the first one, and -ENOENT after the last.
int map_lookup_elem(int fd, const void* key, void* value, std::uint64_t flags) noexcept;
int map_update_elem(int fd, const void* key, const void* value, std::uint64_t flags) noexcept;
int map_delete_elem(int fd, const void* key, std::uint64_t flags) noexcept;
int map_lookup_and_delete_elem(int fd, const void* key, void* value, std::uint64_t flags) noexcept;
int map_get_next_key(int fd, const void* key, void* next_key) noexcept;

// The same for many elements at once. attr.count comes back as the number of elements that were done; it means nothing
// after -EFAULT. The end of a map is -ENOENT with the last elements. -ENOSPC means a hash bucket that holds more than
// `count` has room for; -EINTR, before 6.15, a map that changes faster than it can be read; neither is a signal.
int map_lookup_batch(MapBatchAttr& attr) noexcept;
int map_lookup_and_delete_batch(MapBatchAttr& attr) noexcept;
int map_update_batch(MapBatchAttr& attr) noexcept;
int map_delete_batch(MapBatchAttr& attr) noexcept;

// ---- Programs ----

// Tries up to five times where the kernel says EAGAIN: the verifier gives up when a signal arrives.
Result<Fd> prog_load(ProgLoadAttr& attr);
Result<void> prog_attach(const ProgAttachAttr& attr);
Result<void> prog_detach(const ProgAttachAttr& attr);
// ENOSPC where there are more programs than attr has room for; attr.count then says how many.
Result<void> prog_query(ProgQueryAttr& attr);
// Tries again where a signal ended a run (EINTR), with `attr` as it was, up to a hundred times: a profiling timer that
// fires more often than the run takes must not keep this going for ever.
Result<void> prog_test_run(TestRunAttr& attr);
Result<void> prog_bind_map(const ProgBindMapAttr& attr);
// The number of bytes that were read; 0 where the stream is empty.
Result<std::uint32_t> prog_stream_read(const ProgStreamReadAttr& attr);
Result<void> prog_assoc_struct_ops(const ProgAssocStructOpsAttr& attr);

// ---- Pins, identifiers, information ----

Result<void> obj_pin(const ObjPinAttr& attr);
Result<Fd> obj_get(const ObjPinAttr& attr);

// The smallest identifier above `start`; errc::not_found where there is none.
Result<std::uint32_t> prog_get_next_id(std::uint32_t start);
Result<std::uint32_t> map_get_next_id(std::uint32_t start);
Result<std::uint32_t> btf_get_next_id(std::uint32_t start);
Result<std::uint32_t> link_get_next_id(std::uint32_t start);

// The object may be gone (errc::not_found) although its identifier was just listed.
Result<Fd> prog_get_fd_by_id(const GetIdAttr& attr);
Result<Fd> map_get_fd_by_id(const GetIdAttr& attr);
Result<Fd> btf_get_fd_by_id(const GetIdAttr& attr);
Result<Fd> link_get_fd_by_id(const GetIdAttr& attr);

// Fills `info`, which also tells the kernel which arrays the caller has room for. Returns how many bytes of it this
// kernel knows. EBADFD, not EBADF, for a number that is no descriptor; EINVAL for one that is not of BPF.
Result<std::uint32_t> obj_get_info(int fd, ProgInfo& info);
Result<std::uint32_t> obj_get_info(int fd, MapInfo& info);
Result<std::uint32_t> obj_get_info(int fd, BtfInfo& info);
Result<std::uint32_t> obj_get_info(int fd, LinkInfo& info);
Result<std::uint32_t> obj_get_info(int fd, TokenInfo& info);

// ---- BTF, links and the rest ----

Result<Fd> btf_load(BtfLoadAttr& attr);
Result<Fd> raw_tracepoint_open(const RawTracepointOpenAttr& attr);
Result<void> task_fd_query(TaskFdQueryAttr& attr);
Result<Fd> link_create(const LinkCreateAttr& attr);
Result<void> link_update(const LinkUpdateAttr& attr);
Result<void> link_detach(int fd);
// The kernel collects statistics for as long as the descriptor is open.
Result<Fd> enable_stats(StatsType type);
Result<Fd> iter_create(const IterCreateAttr& attr);
Result<Fd> token_create(const TokenCreateAttr& attr);

}  // namespace ebpf::sys
