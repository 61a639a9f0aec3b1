// The library's error type and `Result<T>`.
//
// An Error is a code to branch on, the kernel's errno where there was one, and one sentence that is built from the
// outside in: the failing function states the cause, and each caller on the way up puts the name of its own object in
// front with `in()`:
//
//     load "count": map "hits": create: EPERM: ... and what to do about it
//
// Nothing in this library throws; every function that can fail returns Result<T>.
#pragma once

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ebpf/base/text.h"

namespace ebpf {

// What went wrong, in the terms in which a caller would react to it. The sentence says the rest.
enum class errc : std::uint8_t {
  io = 1,             // a file could not be opened, read or written; os_error() says why
  malformed,          // bytes are not what their format promises (ELF, BTF, .BTF.ext, an instruction)
  unsupported_input,  // well-formed input that asks for something this library does not do
  invalid_argument,   // the caller asked for something that makes no sense
  not_found,          // no such map, program, variable, section, type, key
  already_exists,     // a key, name or pin that must be new is there already
  type_mismatch,      // a C++ type does not fit the variable, key or value it is used for
  out_of_range,       // an index or offset is outside its object
  read_only,          // a write to a constant, a frozen map or read-only memory
  map_incompatible,   // an existing map differs from the one that is wanted
  not_supported,      // this kernel does not have it (too old, or configured without)
  denied,             // the kernel has it, but not for this process (capability, lockdown, LSM, sysctl)
  verifier_rejected,  // the verifier refused the program; verifier() has the log
  busy,               // the object is in use in a way that excludes this
  system,             // any other errno from the kernel; os_error() has it
};

// What is known about a program that the verifier refused.
struct VerifierReport {
  std::string log;          // the whole log, as the kernel wrote it
  std::string instruction;  // the last instruction that the verifier looked at, e.g. "27: (79) r3 = *(u64 *)(r1 +0)"
  std::string source;       // the source line that it belongs to, e.g. "counter.bpf.c:31: value = *p;"; may be empty
  std::string reason;       // the verifier's decisive line
  std::string meaning;      // what that means, and what to do about it, for the causes that are common; may be empty
};

// A code, an errno (or 0) and a sentence. Copyable; cheap to move. It is one pointer, and all that handles what it
// points to is out of line: hundreds of functions return one, and each is the smaller for it. Of an error that was
// moved from nothing may be asked.
class [[nodiscard]] Error {
 public:
  Error(errc code, std::string message) : Error(code, 0, std::move(message)) {}
  Error(errc code, int os_error, std::string message);
  Error(const Error& other);
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12 at -O2, of a Result that holds an error
#endif
  Error(Error&& other) noexcept : content_(std::exchange(other.content_, nullptr)) {}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
  Error& operator=(const Error& other) { return *this = Error(other); }
  Error& operator=(Error&& other) noexcept {
    std::swap(content_, other.content_);
    return *this;
  }
  ~Error() {
    if (content_ != nullptr) drop();
  }

  errc code() const;
  // The errno behind the failure as a positive number, or 0 where no system call failed.
  int os_error() const;
  const std::string& message() const;
  // Not null exactly when code() is errc::verifier_rejected.
  const VerifierReport* verifier() const;
  // The whole verifier log; empty for other errors.
  std::string_view verifier_log() const;

  // This error with "context: " in front of the sentence.
  Error in(std::string_view context) &&;
  // This error as a refusal by the verifier.
  Error with(VerifierReport report) &&;

 private:
  struct Content;
  void drop() noexcept;

  Content* content_;
};

template <class T>
using Result = std::expected<T, Error>;

// Shorthand for `return std::unexpected(Error(code, cat(parts...)))`; an int in front of the parts is an errno.
template <class First, class... Rest>
  requires(!std::integral<First>)
[[gnu::always_inline]] inline std::unexpected<Error> fail(errc code, const First& first, const Rest&... rest);
template <std::same_as<int> Errno, class... Parts>
[[gnu::always_inline]] inline std::unexpected<Error> fail(errc code, Errno os_error, const Parts&... all);

// The symbolic name of an errno, "EPERM"; "errno 4095" for one that this library does not know.
std::string errno_name(int os_error);

// The code that an errno stands for when nothing more is known about the call that failed.
errc errno_code(int os_error);

// ENOTSUPP of the kernel's own <linux/errno.h>, which bpf(2) answers, too, and which is no errno for user space.
inline constexpr int kEnotsupp = 524;

// An Error for a failed system call: "<what>: EPERM".
Error errno_error(int os_error, std::string_view what);

// Prints the sentence and a newline to standard error. Returns EXIT_FAILURE, so that main() can return it.
int report(const Error& error);

// What is behind fail(), as join() is behind cat().
std::unexpected<Error> fail_joined(errc code, int os_error, std::uint64_t kinds, ...);

template <class... Parts>
[[gnu::always_inline]] inline std::unexpected<Error> fail_parts(errc code, int os_error, Parts... all) {
  return fail_joined(code, os_error, parts::kKinds<Parts...>, all.word...);
}

template <class First, class... Rest>
  requires(!std::integral<First>)
[[gnu::always_inline]] inline std::unexpected<Error> fail(errc code, const First& first, const Rest&... rest) {
  return fail_parts(code, 0, parts::part(first), parts::part(rest)...);
}

template <std::same_as<int> Errno, class... Parts>
[[gnu::always_inline]] inline std::unexpected<Error> fail(errc code, Errno os_error, const Parts&... all) {
  return fail_parts(code, os_error, parts::part(all)...);
}

// What the macros below are made of. There are hundreds of them, so that what they do not need is not there.
namespace error_detail {

// Whether there is nothing to destroy in a result whose error was moved from, if it had one.
template <class R>
inline constexpr bool kNothingToDestroy = false;
template <class T>
inline constexpr bool kNothingToDestroy<std::expected<T, Error>> =
    std::is_void_v<T> || std::is_trivially_destructible_v<T>;

// The result of a call: a Result, or a Found.
template <class R, bool = kNothingToDestroy<R>>
struct Held {
  R held;
  [[gnu::always_inline]] R& result() { return held; }
};
template <class R>
union Undestroyed {
  R result;
  ~Undestroyed() {}
};
template <class R>
struct Held<R, true> {
  Undestroyed<R> held;
  [[gnu::always_inline]] R& result() { return held.result; }
};
template <class R>
Held(R) -> Held<R>;

// An error on its way into the result of the function that returns it.
struct Passed {
  Error&& error;
  template <class T>
  operator std::expected<T, Error>() const {
    return std::expected<T, Error>(std::unexpect, std::move(error));
  }
};

}  // namespace error_detail

}  // namespace ebpf

// Inside the library:   EBPF_TRY(auto section, file.section(3));
// declares `section`, or returns the error of the expression from the function. EBPF_CHECK does the same for
// Result<void>.
#define EBPF_TRY(declaration, ...) EBPF_TRY_(EBPF_TRY_NAME_(ebpf_try_, __COUNTER__), declaration, __VA_ARGS__)
#define EBPF_TRY_(held, declaration, ...)                                    \
  ::ebpf::error_detail::Held held{__VA_ARGS__};                              \
  if (!held.result()) [[unlikely]]                                           \
    return ::ebpf::error_detail::Passed{::std::move(held.result()).error()}; \
  declaration = *::std::move(held.result())
#define EBPF_CHECK(...)                                                                        \
  do {                                                                                         \
    if (::ebpf::error_detail::Held ebpf_check{__VA_ARGS__}; !ebpf_check.result()) [[unlikely]] \
      return ::ebpf::error_detail::Passed{::std::move(ebpf_check.result()).error()};           \
  } while (false)
#define EBPF_TRY_NAME_(prefix, counter) EBPF_TRY_NAME2_(prefix, counter)
#define EBPF_TRY_NAME2_(prefix, counter) prefix##counter
