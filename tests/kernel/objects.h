// What the kernel tests share: test objects read and loaded in one line, results unwrapped so that a failure prints the
// library's own sentence, and input for BPF_PROG_TEST_RUN.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "ebpf/ebpf.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

namespace ebpf::test {

// The value, or the end of the test case with the error's sentence.
template <class T>
T ok(Result<T> result) {
  if (!result) FAIL(result.error().message());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// The error, or the end of the test case where there is none.
template <class T>
Error error_of(Result<T> result) {
  if (result) FAIL("this was to fail, and did not");
  return std::move(result).error();
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// testdata/NAME.bpf.o
inline std::string object_path(const std::string& name) { return runfile(("testdata/" + name + ".bpf.o").c_str()); }

inline CollectionSpec read_object(const std::string& name) { return ok(CollectionSpec::read_file(object_path(name))); }

inline Collection load_object(const std::string& name) { return ok(Collection::load(read_object(name))); }

// Leaves one program in the spec.
inline void keep_program(CollectionSpec& spec, std::string_view name) {
  std::erase_if(spec.programs, [&](const ProgramSpec& program) { return program.name != name; });
  REQUIRE(spec.programs.size() == 1);
}

// An Ethernet frame of an experimental protocol. A socket filter does not see the header: for it the length is
// kFrameLength - kHeaderLength.
constexpr std::size_t kFrameLength = 64;
constexpr std::size_t kHeaderLength = 14;
inline constexpr std::array<std::byte, kFrameLength> kFrame = [] {
  std::array<std::byte, kFrameLength> frame{};
  for (std::size_t i = 0; i < 12; ++i) frame[i] = std::byte{0x02};
  frame[12] = std::byte{0x88};
  frame[13] = std::byte{0xb5};
  return frame;
}();

// Runs a program once: on the frame where it is one that takes packets. Returns what it returned.
inline std::uint32_t run(Collection& objects, std::string_view name) {
  const Program& program = *objects.program(name);
  TestRun input;
  if (program.type() != ProgramType::syscall) input.data = kFrame;
  return ok(program.test_run(input)).return_value;
}

}  // namespace ebpf::test
