// Error: the names of errno values and the codes they stand for. The table follows errno(3); ENOTSUPP (524) is not in
// user space's <errno.h> but comes out of bpf(2).
#include "ebpf/base/error.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "ebpf/base/words.h"

namespace ebpf {
namespace {

struct ErrnoRow {
  int value;
  errc code;
  std::string_view name;
};

constexpr ErrnoRow kErrnos[] = {
    {EPERM, errc::denied, "EPERM"},
    {ENOENT, errc::not_found, "ENOENT"},
    {ESRCH, errc::not_found, "ESRCH"},
    {EINTR, errc::system, "EINTR"},
    {EIO, errc::io, "EIO"},
    {ENXIO, errc::not_found, "ENXIO"},
    {E2BIG, errc::out_of_range, "E2BIG"},
    {ENOEXEC, errc::system, "ENOEXEC"},
    {EBADF, errc::invalid_argument, "EBADF"},
    {EAGAIN, errc::busy, "EAGAIN"},
    {ENOMEM, errc::system, "ENOMEM"},
    {EACCES, errc::denied, "EACCES"},
    {EFAULT, errc::system, "EFAULT"},
    {EBUSY, errc::busy, "EBUSY"},
    {EEXIST, errc::already_exists, "EEXIST"},
    {EXDEV, errc::invalid_argument, "EXDEV"},
    {ENODEV, errc::not_found, "ENODEV"},
    {ENOTDIR, errc::invalid_argument, "ENOTDIR"},
    {EISDIR, errc::invalid_argument, "EISDIR"},
    {EINVAL, errc::invalid_argument, "EINVAL"},
    {ENFILE, errc::system, "ENFILE"},
    {EMFILE, errc::system, "EMFILE"},
    {ENOTTY, errc::invalid_argument, "ENOTTY"},
    {EFBIG, errc::out_of_range, "EFBIG"},
    {ENOSPC, errc::system, "ENOSPC"},
    {EROFS, errc::read_only, "EROFS"},
    {EDOM, errc::invalid_argument, "EDOM"},
    {ERANGE, errc::out_of_range, "ERANGE"},
    {ENAMETOOLONG, errc::invalid_argument, "ENAMETOOLONG"},
    {ENOSYS, errc::not_supported, "ENOSYS"},
    {ELOOP, errc::invalid_argument, "ELOOP"},
    {ENODATA, errc::not_found, "ENODATA"},
    {EPROTO, errc::system, "EPROTO"},
    {EOVERFLOW, errc::out_of_range, "EOVERFLOW"},
    {EBADFD, errc::invalid_argument, "EBADFD"},
    {EILSEQ, errc::system, "EILSEQ"},
    {EPROTONOSUPPORT, errc::not_supported, "EPROTONOSUPPORT"},
    {EOPNOTSUPP, errc::not_supported, "EOPNOTSUPP"},
    {EADDRINUSE, errc::busy, "EADDRINUSE"},
    {ENETDOWN, errc::system, "ENETDOWN"},
    {ENOBUFS, errc::system, "ENOBUFS"},
    {ETIMEDOUT, errc::system, "ETIMEDOUT"},
    {EALREADY, errc::already_exists, "EALREADY"},
    {ESTALE, errc::busy, "ESTALE"},
    {EDQUOT, errc::system, "EDQUOT"},
    {ECANCELED, errc::system, "ECANCELED"},
    {kEnotsupp, errc::not_supported, "ENOTSUPP"},
};

// What of the table is in the program.
constexpr auto kNames = words<[] {
  std::array<std::string_view, std::size(kErrnos)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kErrnos[i].name;
  return names;
}>();
struct Code {
  std::uint16_t value;
  errc code;
};
constexpr auto kCodes = [] {
  std::array<Code, std::size(kErrnos)> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = {static_cast<std::uint16_t>(kErrnos[i].value), kErrnos[i].code};
  return codes;
}();

// kCodes.size() where there is none.
std::size_t index_of(int value) {
  std::size_t i = 0;
  while (i < kCodes.size() && kCodes[i].value != value) ++i;
  return i;
}

}  // namespace

struct Error::Content {
  std::string message;
  std::shared_ptr<const VerifierReport> verifier = {};
  int os_error = 0;
  errc code = errc::system;
};

Error::Error(errc code, int os_error, std::string message)
    : content_(new Content{.message = std::move(message), .os_error = os_error, .code = code}) {}
Error::Error(const Error& other) : content_(new Content(*other.content_)) {}
void Error::drop() noexcept { delete content_; }

errc Error::code() const { return content_->code; }
int Error::os_error() const { return content_->os_error; }
const std::string& Error::message() const { return content_->message; }
const VerifierReport* Error::verifier() const { return content_->verifier.get(); }
std::string_view Error::verifier_log() const {
  return content_->verifier ? std::string_view(content_->verifier->log) : std::string_view();
}

Error Error::in(std::string_view context) && {
  content_->message.insert(0, cat(context, ": "));
  return std::move(*this);
}

Error Error::with(VerifierReport report) && {
  content_->verifier = std::make_shared<const VerifierReport>(std::move(report));
  content_->code = errc::verifier_rejected;
  return std::move(*this);
}

Failure fail_joined(errc code, int os_error, std::uint64_t kinds, ...) {
  std::va_list words;
  va_start(words, kinds);
  Error error(code, os_error, parts::join(kinds, words));
  va_end(words);
  return Failure(std::move(error));
}

Failure fail_errno_joined(int os_error, std::uint64_t kinds, ...) {
  std::va_list words;
  va_start(words, kinds);
  const std::string what = parts::join(kinds, words);
  va_end(words);
  return fail(errno_code(os_error), os_error, what, ": ", errno_name(os_error));
}

Failure fail_in_joined(Error&& error, std::uint64_t kinds, ...) {
  std::va_list words;
  va_start(words, kinds);
  const std::string context = parts::join(kinds, words);
  va_end(words);
  return Failure(std::move(error).in(context));
}

std::string errno_name(int os_error) {
  const std::size_t row = index_of(os_error);
  return row < kNames.size() ? std::string(kNames[row]) : cat("errno ", os_error);
}

errc errno_code(int os_error) {
  const std::size_t row = index_of(os_error);
  return row < kCodes.size() ? kCodes[row].code : errc::system;
}

int report(const Error& error) {
  const std::string line = cat(error.message(), '\n');
  // Where nobody takes that, there is nobody to tell.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  return EXIT_FAILURE;
}

}  // namespace ebpf
