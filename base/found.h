// Found<T>: what a look-up by name answers with: a pointer to the thing, or why there is none.
//
//     auto program = objects.program("count");
//     if (!program) return report(program.error());   // no program "cuont"; did you mean "count"?
//     program->attach();
//
// Using the thing without having looked whether it is there is a mistake of the caller. It does not go on with a null
// pointer: it prints the sentence and stops the process, so `spec.variable("rate")->set(5u)` may be written in one line
// where the name is known to be there.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ebpf/base/error.h"
#include "ebpf/base/text.h"

namespace ebpf {

namespace found_detail {

[[noreturn]] void stop(const Error& error);

// The names of things, for who does not know of what type they are.
struct Names {
  const void* things;
  std::size_t count;
  std::string_view (*at)(const void* things, std::size_t i);
};
// What find_by_name() does.
Result<std::size_t> place_of(const Names& names, std::string_view name, std::string_view what);

}  // namespace found_detail

template <class T>
class Found {
 public:
  Found(T& thing) : thing_(&thing) {}  // NOLINT(google-explicit-constructor): a look-up returns what it found
  Found(Failure why) : error_(std::make_unique<Error>(why)) {}  // NOLINT

  explicit operator bool() const { return thing_ != nullptr; }
  bool has_value() const { return thing_ != nullptr; }
  // Precondition: there is none.
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

  T& operator*() const { return checked(); }
  T* operator->() const { return &checked(); }

 private:
  T& checked() const {
    if (thing_ == nullptr) [[unlikely]]
      found_detail::stop(*error_);
    return *thing_;
  }

  T* thing_ = nullptr;
  std::unique_ptr<Error> error_;
};

// The candidate nearest to a name, the first of several that are as near; empty where none is near, and for names and
// lists that are too long to be looked through.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);
// `; did you mean "count"?` for the candidate nearest to a name that does not exist; nothing where none is near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

// Looks a name up among things that have a `name`. Errors: not_found, with the nearest name; invalid_argument where
// several things have it (static variables of different files).
template <class T, class Range>
Found<T> find_by_name(Range& range, std::string_view name, std::string_view what) {
  const found_detail::Names names = {
      .things = std::data(range),
      .count = std::size(range),
      .at = [](const void* things, std::size_t i) -> std::string_view { return static_cast<const T*>(things)[i].name; },
  };
  auto place = found_detail::place_of(names, name, what);
  if (!place) return fail_in(std::move(place));
  return std::data(range)[*place];
}

}  // namespace ebpf
