// gunzip(): reads what gzip wrote. The one use in this library is /proc/config.gz, which comes from the kernel but is
// checked as any other bytes: every length, distance and code is bounded, and the result has a limit.
//
// Formats: RFC 1951 (deflate), RFC 1952 (gzip).
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ebpf/base/error.h"

namespace ebpf {

// The content of the first member of a gzip file. Errors: malformed, also where the checksum or the length is not that
// of the content; out_of_range for a content longer than `max_bytes`. Pure, safe to call from any thread.
Result<std::string> gunzip(std::span<const std::byte> bytes, std::size_t max_bytes);

}  // namespace ebpf
