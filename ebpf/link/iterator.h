// Iterators: programs that the kernel calls for each task, map, socket, … and whose output is read like a file.
//
//     EBPF_TRY(auto link, attach_iterator(*program));
//     EBPF_TRY(std::string text, read_iterator(link));
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ebpf/link/link.h"
#include "ebpf/map.h"
#include "ebpf/program.h"

namespace ebpf {

// What to iterate over, where an iterator is not over everything. At most one of them.
struct IteratorOptions {
  const Map* map = nullptr;      // iter/bpf_map_elem, iter/bpf_sk_storage_map: required
  std::uint32_t task_id = 0;     // iter/task*: one thread (6.1)
  std::uint32_t process_id = 0;  // iter/task*: the threads of one process (6.1)
  int cgroup_fd = -1;            // iter/cgroup: where it starts (6.1)
};

// For programs of "iter/…" sections. Linux 5.8; CAP_BPF and CAP_PERFMON. Errors: denied; type_mismatch;
// not_supported for an option that this kernel does not know.
Result<Link> attach_iterator(const Program& program, const IteratorOptions& options = {});

// A run of the iterator, to be read(2) to its end: each descriptor is one.
Result<Fd> open_iterator(const Link& link);

// Runs it and takes all that it writes, up to `max_bytes`. Errors: out_of_range where there is more.
Result<std::string> read_iterator(const Link& link, std::size_t max_bytes = std::size_t{64} << 20);

}  // namespace ebpf
