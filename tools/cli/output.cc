// write(2), until all is written.
#include "tools/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ebpf::cli {
namespace {

// 0, or an errno.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int first_output_error = 0;

}  // namespace

void print_text(std::string_view text) {
  if (first_output_error == 0) first_output_error = write_all(STDOUT_FILENO, text);
}

void print_line(const Json& json) { print(json.text(), '\n'); }

Result<void> output_error() {
  if (first_output_error == 0) return {};
  return fail(errc::io, first_output_error, "write to standard output: ", errno_name(first_output_error));
}

// Where nobody takes that, there is nobody to tell.
void print_error_text(std::string_view text) { (void)write_all(STDERR_FILENO, text); }

void diagnose_text(std::string_view sentence) { print_error_text(cat("ebpf: ", sentence, '\n')); }

void print_error(const Error& error) { diagnose_text(error.message()); }

Result<void> write_file(const std::string& path, std::span<const std::byte> bytes) {
  constexpr int kReadAndWriteForAll = 0666;  // what umask(2) leaves of it
  const auto failed = [&](int why) { return fail(errc::io, why, "write ", quoted(path), ": ", errno_name(why)); };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kReadAndWriteForAll);
  if (file < 0) return failed(errno);
  const int why = write_all(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  // What does not fit on the disk may show only here.
  const int closed = ::close(file) == 0 ? 0 : errno;
  if (why != 0 || closed != 0) return failed(why != 0 ? why : closed);
  return {};
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.append(width - out.size(), ' ');
  return out;
}

std::string right_aligned(std::string_view text, std::size_t width) {
  std::string out(text.size() < width ? width - text.size() : 0, ' ');
  return out.append(text);
}

}  // namespace ebpf::cli
