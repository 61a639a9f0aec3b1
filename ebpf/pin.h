// Pins: names on a bpf file system, which keep maps, programs and links alive without a process.
#pragma once

#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

// Errors: already_exists; invalid_argument where the directory is on no bpf file system, with the command that mounts
// one.
Result<void> pin_object(const Fd& fd, const std::string& path);
Result<Fd> open_pinned_object(const std::string& path);
// Whether a descriptor is of a map ("bpf-map"), program ("bpf-prog") or link ("link"), as /proc says, since
// BPF_OBJ_GET_INFO_BY_FD answers for each of them. Says yes where there is no /proc. Errors: invalid_argument.
// Internal.
Result<void> require_object(const Fd& fd, std::string_view kind);
// Removes a pin. What it named lives on while something else holds it. Errors: not_found, io.
Result<void> unpin(const std::string& path);

}  // namespace ebpf
