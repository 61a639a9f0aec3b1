// Where functions are in files: of this program itself, against where the kernel has mapped it; of files that are cut
// short or overwritten; patterns; and where programs and libraries are looked for.
#include "ebpf/link/file_functions.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

using namespace ebpf;
using namespace ebpf::test;

extern "C" {
[[gnu::noinline, gnu::used]] int placed_first(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}
[[gnu::noinline, gnu::used]] int placed_second(int number) {
  asm volatile("" : "+r"(number));
  return number + 2;
}
}

namespace alike {
namespace {
[[gnu::noinline, gnu::used]] int local(int number) { return placed_first(number); }
}  // namespace
}  // namespace alike

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

// By the kernel: the place in the file of what is mapped at an address.
std::uint64_t mapped_place(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    std::uint64_t begin = 0, end = 0, offset = 0;
    char rights[8];
    if (std::sscanf(line.c_str(), "%lx-%lx %7s %lx", &begin, &end, rights, &offset) == 4 && begin <= wanted &&
        wanted < end)
      return offset + (wanted - begin);
  }
  FAIL("not mapped");
  return 0;
}

template <class T>
T ok(Result<T> result) {
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

template <class T>
errc code_of(const Result<T>& result) {
  if (result) FAIL("this was to fail, and did not");
  return result.error().code();
}

}  // namespace

TEST_CASE("file functions: a function is where the kernel has it mapped") {
  const std::uint64_t first = mapped_place(reinterpret_cast<const void*>(&placed_first));
  const std::uint64_t second = mapped_place(reinterpret_cast<const void*>(&placed_second));
  CHECK(ok(function_offset(kThisProgram, "placed_first")) == first);
  CHECK(ok(function_offset(kThisProgram, "placed_second", 2)) == second + 2);
  CHECK(ok(function_offset(kThisProgram, "_ZN5alike12_GLOBAL__N_15localEi")) ==
        mapped_place(reinterpret_cast<const void*>(&alike::local)));

  std::vector<std::uint64_t> both{first, second};
  std::ranges::sort(both);
  CHECK(ok(function_offsets(kThisProgram, "placed_*")) == both);
  CHECK(ok(function_offsets(kThisProgram, "placed_f?rst")) == std::vector{first});
  CHECK(ok(function_offsets(kThisProgram, "*")).size() > 100);
}

TEST_CASE("file functions: what is not there, and what lies behind a function's end") {
  CHECK(code_of(function_offset(kThisProgram, "no_such_function")) == errc::not_found);
  CHECK(function_offset(kThisProgram, "placed_frist").error().message() ==
        "/proc/self/exe: it has no function \"placed_frist\" of its own; did you mean \"placed_first\"?");
  CHECK(code_of(function_offset(kThisProgram, "placed_first", 1u << 20)) == errc::out_of_range);
  CHECK(code_of(function_offset(kThisProgram, "placed_first", ~std::uint64_t{0})) == errc::out_of_range);
  CHECK(code_of(function_offsets(kThisProgram, "no_such_*")) == errc::not_found);
  CHECK(code_of(function_offset("/no/such/file", "main")) == errc::io);
  const auto text = function_offset("/proc/self/status", "main");
  CHECK(code_of(text) == errc::malformed);
  CHECK(text.error().message().starts_with("/proc/self/status: "));
  // A function that this program calls and another file has.
  CHECK(code_of(function_offset(kThisProgram, "getpid")) == errc::not_found);
  CHECK(code_of(function_offset_in(testdata("globals.bpf.o"), "main")) == errc::unsupported_input);
}

TEST_CASE("file functions: a file that is cut short or overwritten is an error, and nothing worse") {
  const Bytes whole = read_bytes(kThisProgram);
  for (std::size_t size = 0; size < whole.size(); size += whole.size() / 40 + 1)
    CHECK_FALSE(function_offset_in(std::span(whole).first(size), "placed_first"));
  // The program's headers and those of its sections, a byte at a time.
  Bytes changed = whole;
  const auto sections = get<std::uint64_t>(whole, kElfSectionTable);
  const auto try_byte = [&](std::size_t at) {
    for (const auto value : {std::byte{0}, std::byte{0x7f}, std::byte{0xff}}) {
      changed[at] = value;
      (void)function_offset_in(changed, "placed_first");
    }
    changed[at] = whole[at];
  };
  for (std::size_t at = 0; at < 64 + 4 * 56; ++at) try_byte(at);
  for (std::size_t at = sections; at < whole.size(); at += 3) try_byte(at);
  CHECK(changed == whole);
}

TEST_CASE("file functions: patterns") {
  struct Row {
    const char* text;
    const char* pattern;
    bool matches;
  };
  constexpr Row kRows[] = {
      {"", "", true},
      {"", "*", true},
      {"", "?", false},
      {"a", "", false},
      {"tcp_sendmsg", "tcp_*", true},
      {"tcp_", "tcp_*", true},
      {"udp_sendmsg", "tcp_*", false},
      {"abc", "a?c", true},
      {"abc", "a?d", false},
      {"abc", "*c", true},
      {"abcc", "*c", true},
      {"abcd", "*c", false},
      {"aXbXc", "a*b*c", true},
      {"aXbX", "a*b*c", false},
      {"aab", "*ab", true},
      {"mississippi", "*iss*ip*", true},
      {"abc", "abc", true},
      {"abc", "ab", false},
      {"ab", "abc", false},
      {"a*c", "a*c", true},
      {"abc", "***", true},
      {"abc", "????", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    CAPTURE(row.pattern);
    CHECK(matches_pattern(row.text, row.pattern) == row.matches);
  }
}

TEST_CASE("file functions: programs are looked for in PATH, libraries where the dynamic linker looks") {
  const char* temporary = std::getenv("TEST_TMPDIR");
  std::string base = std::string(temporary != nullptr ? temporary : "/tmp") + "/folder_XXXXXX";
  REQUIRE(mkdtemp(base.data()) != nullptr);
  for (const char* name : {"/own_tool", "/libown.so.1"}) {
    std::ofstream(base + name) << "x";
    REQUIRE(chmod((base + name).c_str(), 0755) == 0);
  }
  const std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  setenv("PATH", (base + ":" + path).c_str(), 1);
  setenv("LD_LIBRARY_PATH", (":/no/such/folder:" + base).c_str(), 1);
  CHECK(ok(find_program_or_library("own_tool")) == base + "/own_tool");
  CHECK(ok(find_program_or_library("libown.so.1")) == base + "/libown.so.1");
  CHECK(ok(find_program_or_library("./as it is")) == "./as it is");
  CHECK(ok(find_program_or_library("sh")).ends_with("/sh"));
  const auto missing = find_program_or_library("libno_such.so");
  CHECK(code_of(missing) == errc::not_found);
  CHECK(missing.error().message().find("LD_LIBRARY_PATH") != std::string::npos);
  unsetenv("LD_LIBRARY_PATH");
  setenv("PATH", path.c_str(), 1);
  for (const char* name : {"/own_tool", "/libown.so.1"}) unlink((base + name).c_str());
  rmdir(base.c_str());
}
