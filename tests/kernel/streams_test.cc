// The streams that a program writes text into, and the kernel about it.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "ebpf/asm/asm.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// What `write` writes where it is to write so many lines.
std::string expected_lines(int lines) {
  std::string out;
  for (int i = 1; i <= lines; ++i) out += "line " + std::to_string(i) + " of " + std::to_string(lines) + "\n";
  return out;
}

// Runs the program. Kernels that cannot allocate memory without a lock on the machine that they run on have streams,
// and nothing gets into them.
void write(Collection& objects) {
  const auto result = static_cast<int>(run(objects, "write"));
  if (result == -ENOMEM) SKIP_TEST("needs streams that take something: bpf_stream_vprintk: ENOMEM");
  CHECK(result == 0);
}

// A stream of so many bytes, given out as the kernel does.
std::string left;
int reads = 0;

long stream(sys::Command command, void* attr, unsigned size) {
  if (command != sys::Command::prog_stream_read_by_fd) return sys::straight_bpf(command, attr, size);
  const auto& read = *static_cast<const sys::ProgStreamReadAttr*>(attr);
  CHECK(read.stream_id == 2);
  ++reads;
  const std::size_t length = std::min<std::size_t>(left.size(), read.stream_buf_len);
  std::memcpy(reinterpret_cast<void*>(read.stream_buf), left.data(), length);
  left.erase(0, length);
  return static_cast<long>(length);
}

Program program_that_does_nothing() {
  constexpr std::array kCode = {insn::make_slot(0xb7, 0, 0, 0, 0), insn::make_slot(0x95, 0, 0, 0, 0)};
  ProgramSpec spec;
  spec.name = "nothing";
  spec.program_type = ProgramType::socket_filter;
  spec.code.assign(kCode.begin(), kCode.end());
  return ok(Program::load(spec, "GPL"));
}

}  // namespace

TEST_CASE("streams: what a program wrote is read once, each stream by itself") {
  require_root_and_bpf();
  test_requires(kernel(6, 18));
  Collection objects = load_object("streams");
  const Program& program = *objects.program("write");
  CHECK(ok(program.read_stream(ProgramStream::standard_output)).empty());
  write(objects);
  CHECK(ok(program.read_stream(ProgramStream::standard_error)) == "1 lines were written\n");
  CHECK(ok(program.read_stream(ProgramStream::standard_output)) == "line 1 of 1\n");
  CHECK(ok(program.read_stream(ProgramStream::standard_output)).empty());
  CHECK(ok(program.read_stream(ProgramStream::standard_error)).empty());
}

TEST_CASE("streams: a long text is read as a whole, and what comes later later") {
  require_root_and_bpf();
  test_requires(kernel(6, 18));
  CollectionSpec spec = read_object("streams");
  CHECK(spec.variable("lines")->set(1000));
  Collection objects = ok(Collection::load(spec));
  const Program& program = *objects.program("write");
  write(objects);
  write(objects);
  CHECK(ok(program.read_stream(ProgramStream::standard_output)) == expected_lines(1000) + expected_lines(1000));
  ok(objects.variable("lines")->set(3));
  write(objects);
  CHECK(ok(program.read_stream(ProgramStream::standard_output)) == expected_lines(3));
}

// By another descriptor of the same program, as a tool would.
TEST_CASE("streams: of a program that was found by its number") {
  require_root_and_bpf();
  test_requires(kernel(6, 18));
  Collection objects = load_object("streams");
  write(objects);
  const Program other = ok(Program::from_id(ok(objects.program("write")->info()).id));
  CHECK(ok(other.read_stream(ProgramStream::standard_output)) == "line 1 of 1\n");
  CHECK(ok(objects.program("write")->read_stream(ProgramStream::standard_output)).empty());
}

TEST_CASE("streams: read until there is no more, or as much as a stream can hold") {
  require_root_and_bpf();
  const Program program = program_that_does_nothing();
  for (const std::size_t length : {0, 1, 4095, 4096, 4097, 8192, 100'000}) {
    CAPTURE(length);
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + i % 23);
    left = text;
    sys::set_bpf_hook(stream);
    const auto read = program.read_stream(ProgramStream::standard_error);
    sys::set_bpf_hook(nullptr);
    CHECK(ok(read) == text);
  }
  // A program that writes all the time does not keep its reader for ever.
  left.assign(10'000'000, 'x');
  reads = 0;
  sys::set_bpf_hook(stream);
  const auto read = program.read_stream(ProgramStream::standard_error);
  sys::set_bpf_hook(nullptr);
  CHECK(ok(read).size() >= 100'000);
  CHECK(reads < 100);
}

TEST_CASE("streams: a kernel without them says so") {
  require_root_and_bpf();
  const Program program = program_that_does_nothing();
  const auto text = program.read_stream(ProgramStream::standard_error);
  if (text) {
    CHECK(text->empty());
  } else {
    CHECK(text.error().code() == errc::not_supported);
    CHECK(text.error().message() ==
          "program \"nothing\": its streams cannot be read: this kernel has none (they need Linux 6.17)");
  }
}
