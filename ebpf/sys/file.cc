// Reading whole files, and finding tracefs and bpffs by the magic numbers of <linux/magic.h>.
#include "ebpf/sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string_view>

#include "ebpf/base/text.h"
#include "ebpf/sys/fd.h"

namespace ebpf::sys {
namespace {

constexpr std::uint32_t kTracefsMagic = 0x74726163;
constexpr std::uint32_t kBpffsMagic = 0xcafe4a11;
constexpr std::size_t kFirstGuess = 4096;

Failure io_error(std::string_view verb, const std::string& path, int os_error) {
  return fail(errc::io, os_error, verb, " ", quoted(path), ": ", errno_name(os_error));
}

// Room for the size that the file claims and for one byte more, so that a file that keeps to its claim needs no second
// allocation to see its end. A size is a guess: /proc claims 0, and files grow.
std::size_t first_room(int fd, std::size_t limit) {
  struct stat status;
  if (::fstat(fd, &status) != 0 || status.st_size <= 0) return std::min(kFirstGuess, limit);
  return static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size) + 1, limit));
}

// Gives what is behind `bytes`, a vector of bytes or a string, another size. Returns its first byte.
using Resize = char* (*)(void* bytes, std::size_t size);

template <class Bytes>
char* resize(void* bytes, std::size_t size) {
  static_cast<Bytes*>(bytes)->resize(size);
  return reinterpret_cast<char*>(static_cast<Bytes*>(bytes)->data());
}

Result<void> read_file(const std::string& path, std::size_t max_bytes, void* bytes, Resize resize) {
  const int raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (raw < 0) return io_error("open", path, errno);
  EBPF_TRY(const Fd& fd, Fd::adopt(raw));

  // One more than is allowed, to tell a file that is too long from one that just fits.
  const std::size_t limit = max_bytes + (max_bytes < std::numeric_limits<std::size_t>::max() ? 1 : 0);
  std::size_t room = first_room(fd.get(), limit);
  char* first = resize(bytes, room);
  std::size_t used = 0;
  while (true) {
    if (used == room) {
      room = used < limit / 2 ? 2 * used : limit;
      first = resize(bytes, room);
    }
    const ssize_t count = ::read(fd.get(), first + used, room - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read", path, errno);
    used += static_cast<std::size_t>(count);
    if (used > max_bytes) {
      return fail(errc::out_of_range, "read ", quoted(path), ": longer than ", max_bytes, " bytes");
    }
    if (count == 0) break;
  }
  resize(bytes, used);
  return {};
}

bool is_mounted(const char* path, std::uint32_t magic) {
  struct statfs status;
  return ::statfs(path, &status) == 0 && static_cast<std::uint32_t>(status.f_type) == magic;
}

}  // namespace

Result<std::vector<std::byte>> read_whole_file(const std::string& path, std::size_t max_bytes) {
  std::vector<std::byte> bytes;
  EBPF_CHECK(read_file(path, max_bytes, &bytes, resize<std::vector<std::byte>>));
  return bytes;
}

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  std::string text;
  EBPF_CHECK(read_file(path, max_bytes, &text, resize<std::string>));
  return text;
}

Result<LineReader> LineReader::open(const std::string& path) {
  const int raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (raw < 0) return io_error("open", path, errno);
  LineReader out;
  out.path_ = path;
  EBPF_TRY(out.fd_, Fd::adopt(raw));
  return out;
}

Result<std::string_view> LineReader::next() {
  constexpr std::size_t kPiece = 64u << 10;
  std::size_t used = piece_.size() - begin_;
  piece_.erase(0, begin_);
  begin_ = 0;
  piece_.resize(kPiece);
  while (used < kPiece) {
    const ssize_t count = ::read(fd_.get(), piece_.data() + used, kPiece - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_error("read", path_, errno);
    if (count == 0) {
      piece_.resize(used);
      begin_ = used;
      return std::string_view(piece_);
    }
    used += static_cast<std::size_t>(count);
    const std::size_t end = piece_.rfind('\n', used - 1);
    if (end == std::string::npos) continue;
    piece_.resize(used);
    begin_ = end + 1;
    return std::string_view(piece_).substr(0, begin_);
  }
  return fail(errc::out_of_range, "read ", quoted(path_), ": a line is longer than ", kPiece, " bytes");
}

Result<std::string> tracefs_path() {
  // Looking at the second one mounts it where debugfs is there.
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"})
    if (is_mounted(path, kTracefsMagic)) return path;
  return fail(
      errc::not_found,
      "tracefs is not mounted on /sys/kernel/tracing or /sys/kernel/debug/tracing, or this process may not look "
      "there; mount it with: mount -t tracefs tracefs /sys/kernel/tracing");
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> require_bpffs(const std::string& directory) {
  struct statfs status;
  if (::statfs(directory.c_str(), &status) != 0) return io_error("statfs", directory, errno);
  if (static_cast<std::uint32_t>(status.f_type) == kBpffsMagic) return {};
  return fail(errc::invalid_argument, quoted(directory),
              " is not on a bpf file system, where alone an object can be pinned; mount one "
              "with: mount -t bpf bpf /sys/fs/bpf");
}

}  // namespace ebpf::sys
