// testdata/globals, in the ways in which it is compiled: its types, and its variables in one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/kernel/objects.h"

namespace ebpf::test {

// As in globals.bpf.c.
enum class Color : std::uint32_t { red = 0, green = 5, blue = 1000 };

struct Traffic {
  std::uint64_t packets;
  std::uint64_t bytes;
  bool operator==(const Traffic&) const = default;
};

struct Stats {
  Traffic rx;
  Traffic tx;
  std::uint32_t drops[4];
  bool active;
  Color color;
};

inline const std::string kWithBtf[] = {"globals", "globals_clang14", "globals_stripped"};
inline const std::string kAll[] = {"globals", "globals_clang14", "globals_stripped", "globals_nobtf",
                                   "globals_clang14_nobtf"};

template <class T>
Global<T> global(const Collection& objects, std::string_view name) {
  return ok(objects.variable(name)->as<T>());
}

template <class T>
T value(const Collection& objects, std::string_view name) {
  return ok(objects.variable(name)->get<T>());
}

}  // namespace ebpf::test
