// Files that the library reads (objects, vmlinux BTF, /proc, tracefs) and the two file systems that it needs mounted.
// Internal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/sys/fd.h"

namespace ebpf::sys {

// All of a file, also of one whose size is not known beforehand, as in /proc and tracefs. errc::out_of_range where it
// is longer than `max_bytes`, errc::io for all that open(2) and read(2) can say; the sentence names the path.
Result<std::vector<std::byte>> read_whole_file(const std::string& path, std::size_t max_bytes);

// As read_whole_file(), for a file of text.
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes);

// A text that is too long to be held, read in pieces. Move-only.
class LineReader {
 public:
  // Errors: errc::io, with the path.
  static Result<LineReader> open(const std::string& path);
  // Some whole lines, valid until the next call; empty at the end. A line without an end counts as one where the file
  // ends with it. Errors: errc::io; errc::out_of_range for a line that does not fit into a piece.
  Result<std::string_view> next();

 private:
  LineReader() = default;

  std::string path_;
  Fd fd_;
  std::string piece_;      // what was read
  std::size_t begin_ = 0;  // in it, of the line whose end is still to come
};

// Where tracefs is mounted: /sys/kernel/tracing (4.1), or else /sys/kernel/debug/tracing. errc::not_found otherwise,
// with the command that mounts it.
Result<std::string> tracefs_path();

// The directory in which a path names something: "/sys/fs/bpf" for "/sys/fs/bpf/hits", "." for "hits".
std::string directory_of(const std::string& path);

// Whether a pin could be made in `directory`: errc::invalid_argument where it is not on a bpf file system, with the
// command that mounts one, errc::io where it cannot be looked at.
Result<void> require_bpffs(const std::string& directory);

}  // namespace ebpf::sys
