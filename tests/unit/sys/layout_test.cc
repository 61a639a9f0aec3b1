// The structs of attr.h and info.h have their fields where the system's <linux/bpf.h> has them, for all that the header
// of Debian 12 (Linux 6.1) knows; and nothing in them is left for chance to fill. The compiler does most of the
// testing.
#include <linux/bpf.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <new>
#include <utility>

#include "ebpf/sys/attr.h"
#include "ebpf/sys/info.h"
#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

// A field lies where theirs does, and is as wide.
#define EBPF_SAME(Ours, field, theirs, their_field)                       \
  static_assert(offsetof(Ours, field) == offsetof(theirs, their_field) && \
                sizeof(std::declval<Ours&>().field) == sizeof(std::declval<theirs&>().their_field))

EBPF_SAME(MapCreateAttr, map_type, bpf_attr, map_type);
EBPF_SAME(MapCreateAttr, key_size, bpf_attr, key_size);
EBPF_SAME(MapCreateAttr, value_size, bpf_attr, value_size);
EBPF_SAME(MapCreateAttr, max_entries, bpf_attr, max_entries);
EBPF_SAME(MapCreateAttr, map_flags, bpf_attr, map_flags);
EBPF_SAME(MapCreateAttr, inner_map_fd, bpf_attr, inner_map_fd);
EBPF_SAME(MapCreateAttr, numa_node, bpf_attr, numa_node);
EBPF_SAME(MapCreateAttr, map_name, bpf_attr, map_name);
EBPF_SAME(MapCreateAttr, map_ifindex, bpf_attr, map_ifindex);
EBPF_SAME(MapCreateAttr, btf_fd, bpf_attr, btf_fd);
EBPF_SAME(MapCreateAttr, btf_key_type_id, bpf_attr, btf_key_type_id);
EBPF_SAME(MapCreateAttr, btf_value_type_id, bpf_attr, btf_value_type_id);
EBPF_SAME(MapCreateAttr, btf_vmlinux_value_type_id, bpf_attr, btf_vmlinux_value_type_id);
EBPF_SAME(MapCreateAttr, map_extra, bpf_attr, map_extra);

EBPF_SAME(MapElemAttr, map_fd, bpf_attr, map_fd);
EBPF_SAME(MapElemAttr, key, bpf_attr, key);
EBPF_SAME(MapElemAttr, value, bpf_attr, value);
EBPF_SAME(MapElemAttr, next_key, bpf_attr, next_key);
EBPF_SAME(MapElemAttr, flags, bpf_attr, flags);

EBPF_SAME(MapBatchAttr, in_batch, bpf_attr, batch.in_batch);
EBPF_SAME(MapBatchAttr, out_batch, bpf_attr, batch.out_batch);
EBPF_SAME(MapBatchAttr, keys, bpf_attr, batch.keys);
EBPF_SAME(MapBatchAttr, values, bpf_attr, batch.values);
EBPF_SAME(MapBatchAttr, count, bpf_attr, batch.count);
EBPF_SAME(MapBatchAttr, map_fd, bpf_attr, batch.map_fd);
EBPF_SAME(MapBatchAttr, elem_flags, bpf_attr, batch.elem_flags);
EBPF_SAME(MapBatchAttr, flags, bpf_attr, batch.flags);

EBPF_SAME(ProgLoadAttr, prog_type, bpf_attr, prog_type);
EBPF_SAME(ProgLoadAttr, insn_cnt, bpf_attr, insn_cnt);
EBPF_SAME(ProgLoadAttr, insns, bpf_attr, insns);
EBPF_SAME(ProgLoadAttr, license, bpf_attr, license);
EBPF_SAME(ProgLoadAttr, log_level, bpf_attr, log_level);
EBPF_SAME(ProgLoadAttr, log_size, bpf_attr, log_size);
EBPF_SAME(ProgLoadAttr, log_buf, bpf_attr, log_buf);
EBPF_SAME(ProgLoadAttr, kern_version, bpf_attr, kern_version);
EBPF_SAME(ProgLoadAttr, prog_flags, bpf_attr, prog_flags);
EBPF_SAME(ProgLoadAttr, prog_name, bpf_attr, prog_name);
EBPF_SAME(ProgLoadAttr, prog_ifindex, bpf_attr, prog_ifindex);
EBPF_SAME(ProgLoadAttr, expected_attach_type, bpf_attr, expected_attach_type);
EBPF_SAME(ProgLoadAttr, prog_btf_fd, bpf_attr, prog_btf_fd);
EBPF_SAME(ProgLoadAttr, func_info_rec_size, bpf_attr, func_info_rec_size);
EBPF_SAME(ProgLoadAttr, func_info, bpf_attr, func_info);
EBPF_SAME(ProgLoadAttr, func_info_cnt, bpf_attr, func_info_cnt);
EBPF_SAME(ProgLoadAttr, line_info_rec_size, bpf_attr, line_info_rec_size);
EBPF_SAME(ProgLoadAttr, line_info, bpf_attr, line_info);
EBPF_SAME(ProgLoadAttr, line_info_cnt, bpf_attr, line_info_cnt);
EBPF_SAME(ProgLoadAttr, attach_btf_id, bpf_attr, attach_btf_id);
EBPF_SAME(ProgLoadAttr, attach_prog_fd, bpf_attr, attach_prog_fd);
EBPF_SAME(ProgLoadAttr, attach_btf_obj_fd, bpf_attr, attach_btf_obj_fd);
EBPF_SAME(ProgLoadAttr, core_relo_cnt, bpf_attr, core_relo_cnt);
EBPF_SAME(ProgLoadAttr, fd_array, bpf_attr, fd_array);
EBPF_SAME(ProgLoadAttr, core_relos, bpf_attr, core_relos);
EBPF_SAME(ProgLoadAttr, core_relo_rec_size, bpf_attr, core_relo_rec_size);

EBPF_SAME(ObjPinAttr, pathname, bpf_attr, pathname);
EBPF_SAME(ObjPinAttr, bpf_fd, bpf_attr, bpf_fd);
EBPF_SAME(ObjPinAttr, file_flags, bpf_attr, file_flags);

EBPF_SAME(ProgAttachAttr, target_fd, bpf_attr, target_fd);
EBPF_SAME(ProgAttachAttr, attach_bpf_fd, bpf_attr, attach_bpf_fd);
EBPF_SAME(ProgAttachAttr, attach_type, bpf_attr, attach_type);
EBPF_SAME(ProgAttachAttr, attach_flags, bpf_attr, attach_flags);
EBPF_SAME(ProgAttachAttr, replace_bpf_fd, bpf_attr, replace_bpf_fd);

EBPF_SAME(TestRunAttr, prog_fd, bpf_attr, test.prog_fd);
EBPF_SAME(TestRunAttr, retval, bpf_attr, test.retval);
EBPF_SAME(TestRunAttr, data_size_in, bpf_attr, test.data_size_in);
EBPF_SAME(TestRunAttr, data_size_out, bpf_attr, test.data_size_out);
EBPF_SAME(TestRunAttr, data_in, bpf_attr, test.data_in);
EBPF_SAME(TestRunAttr, data_out, bpf_attr, test.data_out);
EBPF_SAME(TestRunAttr, repeat, bpf_attr, test.repeat);
EBPF_SAME(TestRunAttr, duration, bpf_attr, test.duration);
EBPF_SAME(TestRunAttr, ctx_size_in, bpf_attr, test.ctx_size_in);
EBPF_SAME(TestRunAttr, ctx_size_out, bpf_attr, test.ctx_size_out);
EBPF_SAME(TestRunAttr, ctx_in, bpf_attr, test.ctx_in);
EBPF_SAME(TestRunAttr, ctx_out, bpf_attr, test.ctx_out);
EBPF_SAME(TestRunAttr, flags, bpf_attr, test.flags);
EBPF_SAME(TestRunAttr, cpu, bpf_attr, test.cpu);
EBPF_SAME(TestRunAttr, batch_size, bpf_attr, test.batch_size);

EBPF_SAME(GetIdAttr, start_id, bpf_attr, start_id);
EBPF_SAME(GetIdAttr, prog_id, bpf_attr, prog_id);
EBPF_SAME(GetIdAttr, map_id, bpf_attr, map_id);
EBPF_SAME(GetIdAttr, btf_id, bpf_attr, btf_id);
EBPF_SAME(GetIdAttr, link_id, bpf_attr, link_id);
EBPF_SAME(GetIdAttr, next_id, bpf_attr, next_id);
EBPF_SAME(GetIdAttr, open_flags, bpf_attr, open_flags);

EBPF_SAME(InfoAttr, bpf_fd, bpf_attr, info.bpf_fd);
EBPF_SAME(InfoAttr, info_len, bpf_attr, info.info_len);
EBPF_SAME(InfoAttr, info, bpf_attr, info.info);

EBPF_SAME(ProgQueryAttr, target_fd, bpf_attr, query.target_fd);
EBPF_SAME(ProgQueryAttr, attach_type, bpf_attr, query.attach_type);
EBPF_SAME(ProgQueryAttr, query_flags, bpf_attr, query.query_flags);
EBPF_SAME(ProgQueryAttr, attach_flags, bpf_attr, query.attach_flags);
EBPF_SAME(ProgQueryAttr, prog_ids, bpf_attr, query.prog_ids);
EBPF_SAME(ProgQueryAttr, prog_cnt, bpf_attr, query.prog_cnt);
EBPF_SAME(ProgQueryAttr, prog_attach_flags, bpf_attr, query.prog_attach_flags);

EBPF_SAME(RawTracepointOpenAttr, name, bpf_attr, raw_tracepoint.name);
EBPF_SAME(RawTracepointOpenAttr, prog_fd, bpf_attr, raw_tracepoint.prog_fd);

EBPF_SAME(BtfLoadAttr, btf, bpf_attr, btf);
EBPF_SAME(BtfLoadAttr, btf_log_buf, bpf_attr, btf_log_buf);
EBPF_SAME(BtfLoadAttr, btf_size, bpf_attr, btf_size);
EBPF_SAME(BtfLoadAttr, btf_log_size, bpf_attr, btf_log_size);
EBPF_SAME(BtfLoadAttr, btf_log_level, bpf_attr, btf_log_level);

EBPF_SAME(TaskFdQueryAttr, pid, bpf_attr, task_fd_query.pid);
EBPF_SAME(TaskFdQueryAttr, fd, bpf_attr, task_fd_query.fd);
EBPF_SAME(TaskFdQueryAttr, flags, bpf_attr, task_fd_query.flags);
EBPF_SAME(TaskFdQueryAttr, buf_len, bpf_attr, task_fd_query.buf_len);
EBPF_SAME(TaskFdQueryAttr, buf, bpf_attr, task_fd_query.buf);
EBPF_SAME(TaskFdQueryAttr, prog_id, bpf_attr, task_fd_query.prog_id);
EBPF_SAME(TaskFdQueryAttr, fd_type, bpf_attr, task_fd_query.fd_type);
EBPF_SAME(TaskFdQueryAttr, probe_offset, bpf_attr, task_fd_query.probe_offset);
EBPF_SAME(TaskFdQueryAttr, probe_addr, bpf_attr, task_fd_query.probe_addr);

EBPF_SAME(LinkCreateAttr, prog_fd, bpf_attr, link_create.prog_fd);
EBPF_SAME(LinkCreateAttr, target_fd, bpf_attr, link_create.target_fd);
EBPF_SAME(LinkCreateAttr, target_ifindex, bpf_attr, link_create.target_ifindex);
EBPF_SAME(LinkCreateAttr, attach_type, bpf_attr, link_create.attach_type);
EBPF_SAME(LinkCreateAttr, flags, bpf_attr, link_create.flags);
EBPF_SAME(LinkCreateAttr, target_btf_id, bpf_attr, link_create.target_btf_id);
EBPF_SAME(LinkCreateAttr, iter.iter_info, bpf_attr, link_create.iter_info);
EBPF_SAME(LinkCreateAttr, iter.iter_info_len, bpf_attr, link_create.iter_info_len);
EBPF_SAME(LinkCreateAttr, perf_event.bpf_cookie, bpf_attr, link_create.perf_event.bpf_cookie);
EBPF_SAME(LinkCreateAttr, kprobe_multi.flags, bpf_attr, link_create.kprobe_multi.flags);
EBPF_SAME(LinkCreateAttr, kprobe_multi.cnt, bpf_attr, link_create.kprobe_multi.cnt);
EBPF_SAME(LinkCreateAttr, kprobe_multi.syms, bpf_attr, link_create.kprobe_multi.syms);
EBPF_SAME(LinkCreateAttr, kprobe_multi.addrs, bpf_attr, link_create.kprobe_multi.addrs);
EBPF_SAME(LinkCreateAttr, kprobe_multi.cookies, bpf_attr, link_create.kprobe_multi.cookies);
EBPF_SAME(LinkCreateAttr, tracing.target_btf_id, bpf_attr, link_create.tracing.target_btf_id);
EBPF_SAME(LinkCreateAttr, tracing.cookie, bpf_attr, link_create.tracing.cookie);

EBPF_SAME(LinkUpdateAttr, link_fd, bpf_attr, link_update.link_fd);
EBPF_SAME(LinkUpdateAttr, new_prog_fd, bpf_attr, link_update.new_prog_fd);
EBPF_SAME(LinkUpdateAttr, flags, bpf_attr, link_update.flags);
EBPF_SAME(LinkUpdateAttr, old_prog_fd, bpf_attr, link_update.old_prog_fd);

EBPF_SAME(LinkDetachAttr, link_fd, bpf_attr, link_detach.link_fd);

EBPF_SAME(EnableStatsAttr, type, bpf_attr, enable_stats.type);

EBPF_SAME(IterCreateAttr, link_fd, bpf_attr, iter_create.link_fd);
EBPF_SAME(IterCreateAttr, flags, bpf_attr, iter_create.flags);

EBPF_SAME(ProgBindMapAttr, prog_fd, bpf_attr, prog_bind_map.prog_fd);
EBPF_SAME(ProgBindMapAttr, map_fd, bpf_attr, prog_bind_map.map_fd);
EBPF_SAME(ProgBindMapAttr, flags, bpf_attr, prog_bind_map.flags);

EBPF_SAME(ProgInfo, type, bpf_prog_info, type);
EBPF_SAME(ProgInfo, id, bpf_prog_info, id);
EBPF_SAME(ProgInfo, tag, bpf_prog_info, tag);
EBPF_SAME(ProgInfo, jited_prog_len, bpf_prog_info, jited_prog_len);
EBPF_SAME(ProgInfo, xlated_prog_len, bpf_prog_info, xlated_prog_len);
EBPF_SAME(ProgInfo, jited_prog_insns, bpf_prog_info, jited_prog_insns);
EBPF_SAME(ProgInfo, xlated_prog_insns, bpf_prog_info, xlated_prog_insns);
EBPF_SAME(ProgInfo, load_time, bpf_prog_info, load_time);
EBPF_SAME(ProgInfo, created_by_uid, bpf_prog_info, created_by_uid);
EBPF_SAME(ProgInfo, nr_map_ids, bpf_prog_info, nr_map_ids);
EBPF_SAME(ProgInfo, map_ids, bpf_prog_info, map_ids);
EBPF_SAME(ProgInfo, name, bpf_prog_info, name);
EBPF_SAME(ProgInfo, ifindex, bpf_prog_info, ifindex);
EBPF_SAME(ProgInfo, netns_dev, bpf_prog_info, netns_dev);
EBPF_SAME(ProgInfo, netns_ino, bpf_prog_info, netns_ino);
EBPF_SAME(ProgInfo, nr_jited_ksyms, bpf_prog_info, nr_jited_ksyms);
EBPF_SAME(ProgInfo, nr_jited_func_lens, bpf_prog_info, nr_jited_func_lens);
EBPF_SAME(ProgInfo, jited_ksyms, bpf_prog_info, jited_ksyms);
EBPF_SAME(ProgInfo, jited_func_lens, bpf_prog_info, jited_func_lens);
EBPF_SAME(ProgInfo, btf_id, bpf_prog_info, btf_id);
EBPF_SAME(ProgInfo, func_info_rec_size, bpf_prog_info, func_info_rec_size);
EBPF_SAME(ProgInfo, func_info, bpf_prog_info, func_info);
EBPF_SAME(ProgInfo, nr_func_info, bpf_prog_info, nr_func_info);
EBPF_SAME(ProgInfo, nr_line_info, bpf_prog_info, nr_line_info);
EBPF_SAME(ProgInfo, line_info, bpf_prog_info, line_info);
EBPF_SAME(ProgInfo, jited_line_info, bpf_prog_info, jited_line_info);
EBPF_SAME(ProgInfo, nr_jited_line_info, bpf_prog_info, nr_jited_line_info);
EBPF_SAME(ProgInfo, line_info_rec_size, bpf_prog_info, line_info_rec_size);
EBPF_SAME(ProgInfo, jited_line_info_rec_size, bpf_prog_info, jited_line_info_rec_size);
EBPF_SAME(ProgInfo, nr_prog_tags, bpf_prog_info, nr_prog_tags);
EBPF_SAME(ProgInfo, prog_tags, bpf_prog_info, prog_tags);
EBPF_SAME(ProgInfo, run_time_ns, bpf_prog_info, run_time_ns);
EBPF_SAME(ProgInfo, run_cnt, bpf_prog_info, run_cnt);
EBPF_SAME(ProgInfo, recursion_misses, bpf_prog_info, recursion_misses);
EBPF_SAME(ProgInfo, verified_insns, bpf_prog_info, verified_insns);
EBPF_SAME(ProgInfo, attach_btf_obj_id, bpf_prog_info, attach_btf_obj_id);
EBPF_SAME(ProgInfo, attach_btf_id, bpf_prog_info, attach_btf_id);

EBPF_SAME(MapInfo, type, bpf_map_info, type);
EBPF_SAME(MapInfo, id, bpf_map_info, id);
EBPF_SAME(MapInfo, key_size, bpf_map_info, key_size);
EBPF_SAME(MapInfo, value_size, bpf_map_info, value_size);
EBPF_SAME(MapInfo, max_entries, bpf_map_info, max_entries);
EBPF_SAME(MapInfo, map_flags, bpf_map_info, map_flags);
EBPF_SAME(MapInfo, name, bpf_map_info, name);
EBPF_SAME(MapInfo, ifindex, bpf_map_info, ifindex);
EBPF_SAME(MapInfo, btf_vmlinux_value_type_id, bpf_map_info, btf_vmlinux_value_type_id);
EBPF_SAME(MapInfo, netns_dev, bpf_map_info, netns_dev);
EBPF_SAME(MapInfo, netns_ino, bpf_map_info, netns_ino);
EBPF_SAME(MapInfo, btf_id, bpf_map_info, btf_id);
EBPF_SAME(MapInfo, btf_key_type_id, bpf_map_info, btf_key_type_id);
EBPF_SAME(MapInfo, btf_value_type_id, bpf_map_info, btf_value_type_id);
EBPF_SAME(MapInfo, map_extra, bpf_map_info, map_extra);

EBPF_SAME(BtfInfo, btf, bpf_btf_info, btf);
EBPF_SAME(BtfInfo, btf_size, bpf_btf_info, btf_size);
EBPF_SAME(BtfInfo, id, bpf_btf_info, id);
EBPF_SAME(BtfInfo, name, bpf_btf_info, name);
EBPF_SAME(BtfInfo, name_len, bpf_btf_info, name_len);
EBPF_SAME(BtfInfo, kernel_btf, bpf_btf_info, kernel_btf);

EBPF_SAME(LinkInfo, type, bpf_link_info, type);
EBPF_SAME(LinkInfo, id, bpf_link_info, id);
EBPF_SAME(LinkInfo, prog_id, bpf_link_info, prog_id);
EBPF_SAME(LinkInfo, raw_tracepoint.tp_name, bpf_link_info, raw_tracepoint.tp_name);
EBPF_SAME(LinkInfo, raw_tracepoint.tp_name_len, bpf_link_info, raw_tracepoint.tp_name_len);
EBPF_SAME(LinkInfo, tracing.attach_type, bpf_link_info, tracing.attach_type);
EBPF_SAME(LinkInfo, tracing.target_obj_id, bpf_link_info, tracing.target_obj_id);
EBPF_SAME(LinkInfo, tracing.target_btf_id, bpf_link_info, tracing.target_btf_id);
EBPF_SAME(LinkInfo, cgroup.cgroup_id, bpf_link_info, cgroup.cgroup_id);
EBPF_SAME(LinkInfo, cgroup.attach_type, bpf_link_info, cgroup.attach_type);
EBPF_SAME(LinkInfo, iter.target_name, bpf_link_info, iter.target_name);
EBPF_SAME(LinkInfo, iter.target_name_len, bpf_link_info, iter.target_name_len);
EBPF_SAME(LinkInfo, iter.map_id, bpf_link_info, iter.map.map_id);
EBPF_SAME(LinkInfo, iter.cgroup.cgroup_id, bpf_link_info, iter.cgroup.cgroup_id);
EBPF_SAME(LinkInfo, iter.cgroup.order, bpf_link_info, iter.cgroup.order);
EBPF_SAME(LinkInfo, iter.task.tid, bpf_link_info, iter.task.tid);
EBPF_SAME(LinkInfo, iter.task.pid, bpf_link_info, iter.task.pid);
EBPF_SAME(LinkInfo, netns.netns_ino, bpf_link_info, netns.netns_ino);
EBPF_SAME(LinkInfo, netns.attach_type, bpf_link_info, netns.attach_type);
EBPF_SAME(LinkInfo, xdp.ifindex, bpf_link_info, xdp.ifindex);

EBPF_SAME(IterTarget, map.map_fd, bpf_iter_link_info, map.map_fd);
EBPF_SAME(IterTarget, cgroup.order, bpf_iter_link_info, cgroup.order);
EBPF_SAME(IterTarget, cgroup.cgroup_fd, bpf_iter_link_info, cgroup.cgroup_fd);
EBPF_SAME(IterTarget, cgroup.cgroup_id, bpf_iter_link_info, cgroup.cgroup_id);
EBPF_SAME(IterTarget, task.tid, bpf_iter_link_info, task.tid);
EBPF_SAME(IterTarget, task.pid, bpf_iter_link_info, task.pid);
EBPF_SAME(IterTarget, task.pid_fd, bpf_iter_link_info, task.pid_fd);
#undef EBPF_SAME

// The whole struct, where Linux 6.1 has all of it.
static_assert(sizeof(MapBatchAttr) == sizeof(bpf_attr::batch));
static_assert(sizeof(TestRunAttr) == sizeof(bpf_attr::test));
static_assert(sizeof(InfoAttr) == sizeof(bpf_attr::info));
static_assert(sizeof(TaskFdQueryAttr) == sizeof(bpf_attr::task_fd_query));
static_assert(sizeof(LinkUpdateAttr) == sizeof(bpf_attr::link_update));
static_assert(sizeof(LinkDetachAttr) == sizeof(bpf_attr::link_detach));
static_assert(sizeof(EnableStatsAttr) == sizeof(bpf_attr::enable_stats));
static_assert(sizeof(IterCreateAttr) == sizeof(bpf_attr::iter_create));
static_assert(sizeof(ProgBindMapAttr) == sizeof(bpf_attr::prog_bind_map));
static_assert(sizeof(ProgInfo) == sizeof(bpf_prog_info));
static_assert(sizeof(BtfInfo) == sizeof(bpf_btf_info));
static_assert(sizeof(IterTarget) == sizeof(bpf_iter_link_info));

// Whether an object made in memory full of ones is all zero: fields, padding and unions.
template <class T>
bool starts_as_zero() {
  alignas(T) std::byte memory[sizeof(T)];
  std::memset(memory, 0xff, sizeof memory);
  const T* object = new (memory) T;
  const auto* bytes = reinterpret_cast<const std::byte*>(object);
  return std::all_of(bytes, bytes + sizeof(T), [](std::byte b) { return b == std::byte{0}; });
}

TEST_CASE_TEMPLATE("every byte of a new struct is zero", T, CommonAttr, MapCreateAttr, MapElemAttr, MapBatchAttr,
                   ProgLoadAttr, ObjPinAttr, ProgAttachAttr, TestRunAttr, GetIdAttr, InfoAttr, ProgQueryAttr,
                   RawTracepointOpenAttr, BtfLoadAttr, TaskFdQueryAttr, IterTarget, LinkCreateAttr, LinkUpdateAttr,
                   LinkDetachAttr, EnableStatsAttr, IterCreateAttr, ProgBindMapAttr, TokenCreateAttr,
                   ProgStreamReadAttr, ProgAssocStructOpsAttr, ProgInfo, MapInfo, BtfInfo, LinkInfo, TokenInfo) {
  CHECK(starts_as_zero<T>());
}

TEST_CASE("a part of a union that is set leaves the rest zero") {
  LinkCreateAttr attr;
  attr.tcx.relative_fd = 0xffffffff;
  std::uint32_t words[sizeof attr / 4];
  std::memcpy(words, &attr, sizeof attr);
  CHECK(words[4] == 0xffffffff);
  CHECK(std::count(std::begin(words), std::end(words), 0u) == 15);
}

}  // namespace
}  // namespace ebpf::sys
