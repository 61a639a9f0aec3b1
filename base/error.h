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
  friend class Failure;
  struct Content;
  explicit Error(Content* content) : content_(content) {}
  void drop() noexcept;

  Content* content_;
};

template <class T>
using Result = std::expected<T, Error>;

// An error on its way up: what the functions below return, and a function that can fail returns on. It becomes the
// Result or the Error that it is returned as, once. Without a destructor, and so passed in a register: there are
// hundreds of places that return one.
class [[nodiscard]] Failure {
 public:
  explicit Failure(Error&& error) : content_(std::exchange(error.content_, nullptr)) {}
  operator Error() const { return Error(content_); }  // NOLINT(google-explicit-constructor)
  template <class T>
  operator std::expected<T, Error>() const {  // NOLINT(google-explicit-constructor)
    return std::expected<T, Error>(std::unexpect, Error(content_));
  }

 private:
  Error::Content* content_;
};

// `return fail(errc::not_found, "there is no map ", quoted(name));` An int in front of the parts is an errno.
template <class First, class... Rest>
  requires(!std::integral<First>)
[[gnu::always_inline]] inline Failure fail(errc code, const First& first, const Rest&... rest);
template <std::same_as<int> Errno, class... Parts>
[[gnu::always_inline]] inline Failure fail(errc code, Errno os_error, const Parts&... all);

// For a failed system call: "<parts>: EPERM", with the code that errno_code() gives.
template <class... Parts>
[[gnu::always_inline]] inline Failure fail_errno(int os_error, const Parts&... all);

// The error of a Result, or an Error, with the object that it happened to in front:
// `return fail_in(std::move(created), "map ", quoted(name));`. Without parts it is passed on as it is.
template <class Failed, class... Parts>
[[gnu::always_inline]] inline Failure fail_in(Failed&& failed, const Parts&... all);

// The symbolic name of an errno, "EPERM"; "errno 4095" for one that this library does not know.
std::string errno_name(int os_error);

// The code that an errno stands for when nothing more is known about the call that failed.
errc errno_code(int os_error);

// ENOTSUPP of the kernel's own <linux/errno.h>, which bpf(2) answers, too, and which is no errno for user space.
inline constexpr int kEnotsupp = 524;

// Prints the sentence and a newline to standard error. Returns EXIT_FAILURE, so that main() can return it.
int report(const Error& error);

// What is behind them, as join() is behind cat().
Failure fail_joined(errc code, int os_error, std::uint64_t kinds, ...);
Failure fail_errno_joined(int os_error, std::uint64_t kinds, ...);
Failure fail_in_joined(Error&& error, std::uint64_t kinds, ...);

template <class... Parts>
[[gnu::always_inline]] inline Failure fail_parts(errc code, int os_error, Parts... all) {
  return fail_joined(code, os_error, parts::kKinds<Parts...>, all.word...);
}
template <class... Parts>
[[gnu::always_inline]] inline Failure fail_errno_parts(int os_error, Parts... all) {
  return fail_errno_joined(os_error, parts::kKinds<Parts...>, all.word...);
}
template <class... Parts>
[[gnu::always_inline]] inline Failure fail_in_parts(Error&& error, Parts... all) {
  return fail_in_joined(std::move(error), parts::kKinds<Parts...>, all.word...);
}

template <class First, class... Rest>
  requires(!std::integral<First>)
[[gnu::always_inline]] inline Failure fail(errc code, const First& first, const Rest&... rest) {
  return fail_parts(code, 0, parts::part(first), parts::part(rest)...);
}

template <std::same_as<int> Errno, class... Parts>
[[gnu::always_inline]] inline Failure fail(errc code, Errno os_error, const Parts&... all) {
  return fail_parts(code, os_error, parts::part(all)...);
}

template <class... Parts>
[[gnu::always_inline]] inline Failure fail_errno(int os_error, const Parts&... all) {
  return fail_errno_parts(os_error, parts::part(all)...);
}

template <class Failed, class... Parts>
[[gnu::always_inline]] inline Failure fail_in(Failed&& failed, const Parts&... all) {
  static_assert(!std::is_lvalue_reference_v<Failed>, "the error is taken out of it: std::move()");
  if constexpr (requires { std::move(failed).error(); })
    return fail_in(std::move(failed).error(), all...);
  else if constexpr (sizeof...(all) == 0)
    return Failure(std::move(failed));
  else
    return fail_in_parts(std::move(failed), parts::part(all)...);
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

}  // namespace error_detail

}  // namespace ebpf

// Inside the library:   EBPF_TRY(auto section, file.section(3));
// declares `section`, or returns the error of the expression from the function. EBPF_CHECK does the same for
// Result<void>. EBPF_CHECK_IN(read(map), "map ", quoted(map.name)) puts in front what it happened to, and so does
// EBPF_TRY_IN(auto fd, open(path), "object ", quoted(path)); what is behind the call is looked at only after an error.
#define EBPF_TRY(declaration, ...) EBPF_TRY_(EBPF_TRY_NAME_(ebpf_try_, __COUNTER__), declaration, __VA_ARGS__)
#define EBPF_TRY_(held, declaration, ...)               \
  ::ebpf::error_detail::Held held{__VA_ARGS__};         \
  if (!held.result()) [[unlikely]]                      \
    return ::ebpf::fail_in(::std::move(held.result())); \
  declaration = *::std::move(held.result())
#define EBPF_TRY_IN(declaration, call, ...) \
  EBPF_TRY_IN_(EBPF_TRY_NAME_(ebpf_try_, __COUNTER__), declaration, call, __VA_ARGS__)
#define EBPF_TRY_IN_(held, declaration, call, ...)                   \
  ::ebpf::error_detail::Held held{call};                             \
  if (!held.result()) [[unlikely]]                                   \
    return ::ebpf::fail_in(::std::move(held.result()), __VA_ARGS__); \
  declaration = *::std::move(held.result())
#define EBPF_CHECK(...)                                                                        \
  do {                                                                                         \
    if (::ebpf::error_detail::Held ebpf_check{__VA_ARGS__}; !ebpf_check.result()) [[unlikely]] \
      return ::ebpf::fail_in(::std::move(ebpf_check.result()));                                \
  } while (false)
#define EBPF_CHECK_IN(call, ...)                                                        \
  do {                                                                                  \
    if (::ebpf::error_detail::Held ebpf_check{call}; !ebpf_check.result()) [[unlikely]] \
      return ::ebpf::fail_in(::std::move(ebpf_check.result()), __VA_ARGS__);            \
  } while (false)
#define EBPF_TRY_NAME_(prefix, counter) EBPF_TRY_NAME2_(prefix, counter)
#define EBPF_TRY_NAME2_(prefix, counter) prefix##counter
