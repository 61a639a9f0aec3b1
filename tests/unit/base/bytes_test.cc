// Tests of ByteView: that nothing outside it can be read, however the question is put, and that byte order is honoured.
#include "ebpf/base/bytes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "tests/support/test.h"

using namespace ebpf;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

constexpr std::array<std::byte, 9> kBytes = {std::byte{0x80}, std::byte{0x01}, std::byte{0x02},
                                             std::byte{0x03}, std::byte{0x04}, std::byte{0x05},
                                             std::byte{0x06}, std::byte{0x07}, std::byte{0x08}};

ByteView view(ByteOrder order) { return ByteView(kBytes, order); }

ByteView text_view(std::string_view text) { return ByteView(std::as_bytes(std::span(text))); }

// Whether field<uint32_t>(offset) ends the process, as it must when it lies outside.
bool field_traps(ByteView bytes, std::size_t offset) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // doctest's and the sanitizers' handlers would report the trap as a crash of this test.
    for (const int trap : {SIGILL, SIGTRAP, SIGABRT}) std::signal(trap, SIG_DFL);
    volatile auto value = bytes.field<std::uint32_t>(offset);
    (void)value;
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("in_bounds: no sum wraps") {
  CHECK(in_bounds(0, 0, 0));
  CHECK(in_bounds(0, 8, 8));
  CHECK(in_bounds(8, 0, 8));
  CHECK(in_bounds(kMax, 0, kMax));
  CHECK(in_bounds(1, kMax - 1, kMax));
  CHECK_FALSE(in_bounds(0, 9, 8));
  CHECK_FALSE(in_bounds(9, 0, 8));
  CHECK_FALSE(in_bounds(1, 8, 8));
  CHECK_FALSE(in_bounds(kMax, 1, 8));
  CHECK_FALSE(in_bounds(kMax, 2, 8));  // their sum is 1
  CHECK_FALSE(in_bounds(kMax - 3, 8, 8));
  CHECK_FALSE(in_bounds(4, kMax, 8));
  CHECK_FALSE(in_bounds(kMax, kMax, kMax));
}

TEST_CASE("byte_swap: every width, signed too, and its own inverse") {
  CHECK(byte_swap<std::uint8_t>(0x12) == 0x12);
  CHECK(byte_swap<std::uint16_t>(0x1234) == 0x3412);
  CHECK(byte_swap<std::uint32_t>(0x12345678) == 0x78563412);
  CHECK(byte_swap<std::uint64_t>(0x0123456789abcdef) == 0xefcdab8967452301);
  CHECK(byte_swap<std::int16_t>(-2) == static_cast<std::int16_t>(0xfeff));
  CHECK(byte_swap(byte_swap<std::int32_t>(-123456)) == -123456);
  static_assert(byte_swap<std::uint32_t>(1) == 0x01000000);
}

TEST_CASE("ByteView::read: both byte orders, at any alignment") {
  CHECK(view(ByteOrder::little).read<std::uint8_t>(0) == 0x80);
  CHECK(view(ByteOrder::little).read<std::int8_t>(0) == -128);
  CHECK(view(ByteOrder::little).read<std::uint16_t>(1) == 0x0201);
  CHECK(view(ByteOrder::big).read<std::uint16_t>(1) == 0x0102);
  CHECK(view(ByteOrder::little).read<std::uint32_t>(0) == 0x03020180);
  CHECK(view(ByteOrder::big).read<std::uint32_t>(0) == 0x80010203);
  CHECK(view(ByteOrder::big).read<std::int32_t>(0) == static_cast<std::int32_t>(0x80010203));
  CHECK(view(ByteOrder::little).read<std::uint64_t>(1) == 0x0807060504030201);
  CHECK(view(ByteOrder::big).read<std::uint64_t>(1) == 0x0102030405060708);
}

TEST_CASE("ByteView::read: up to the last byte and not over it") {
  const ByteView bytes = view(ByteOrder::little);
  CHECK(bytes.read<std::uint8_t>(8).has_value());
  CHECK_FALSE(bytes.read<std::uint8_t>(9).has_value());
  CHECK(bytes.read<std::uint32_t>(5).has_value());
  CHECK_FALSE(bytes.read<std::uint32_t>(6).has_value());
  CHECK(bytes.read<std::uint64_t>(1).has_value());
  CHECK_FALSE(bytes.read<std::uint64_t>(2).has_value());
  for (std::uint64_t back = 0; back < 16; ++back) {
    CAPTURE(back);
    CHECK_FALSE(bytes.read<std::uint8_t>(kMax - back).has_value());
    CHECK_FALSE(bytes.read<std::uint64_t>(kMax - back).has_value());
  }
  CHECK_FALSE(ByteView().read<std::uint8_t>(0).has_value());
}

TEST_CASE("ByteView::slice: keeps the byte order and the bounds") {
  const auto inner = view(ByteOrder::big).slice(2, 4);
  REQUIRE(inner.has_value());
  CHECK(inner->size() == 4);
  CHECK(inner->order() == ByteOrder::big);
  CHECK(inner->read<std::uint32_t>(0) == 0x02030405);
  CHECK_FALSE(inner->read<std::uint32_t>(1).has_value());  // there are more bytes, but they are not in the slice
  CHECK(inner->with_order(ByteOrder::little).read<std::uint32_t>(0) == 0x05040302);

  const ByteView bytes = view(ByteOrder::little);
  CHECK(bytes.slice(0, 9)->size() == 9);
  CHECK(bytes.slice(9, 0)->empty());
  CHECK_FALSE(bytes.slice(10, 0).has_value());
  CHECK_FALSE(bytes.slice(0, 10).has_value());
  CHECK_FALSE(bytes.slice(1, kMax).has_value());
  CHECK_FALSE(bytes.slice(kMax, 2).has_value());
  CHECK_FALSE(bytes.slice(kMax, kMax).has_value());
  CHECK(ByteView().slice(0, 0).has_value());
}

TEST_CASE("ByteView::c_string: ends inside the view or is none") {
  const ByteView strings = text_view(std::string_view("one\0\0two", 8));
  CHECK(strings.c_string(0) == "one");
  CHECK(strings.c_string(1) == "ne");
  CHECK(strings.c_string(3) == "");
  CHECK(strings.c_string(4) == "");
  CHECK_FALSE(strings.c_string(5).has_value());  // not terminated
  CHECK_FALSE(strings.c_string(8).has_value());
  CHECK_FALSE(strings.c_string(kMax).has_value());
  CHECK_FALSE(ByteView().c_string(0).has_value());
  // A terminator behind the end of a slice does not count.
  CHECK_FALSE(strings.slice(0, 3)->c_string(0).has_value());
}

TEST_CASE("ByteView::field: reads inside, and stops the process outside") {
  CHECK(view(ByteOrder::big).field<std::uint32_t>(5) == 0x05060708);
  CHECK_FALSE(field_traps(view(ByteOrder::big), 5));
  CHECK(field_traps(view(ByteOrder::big), 6));
  CHECK(field_traps(view(ByteOrder::big), std::numeric_limits<std::size_t>::max()));
}

TEST_CASE("ByteView: the last byte of a page-sized heap block") {
  // AddressSanitizer watches the edge.
  constexpr std::size_t kSize = 4096;
  const auto block = std::make_unique<std::byte[]>(kSize);
  const ByteView bytes(std::span<const std::byte>(block.get(), kSize));
  CHECK(bytes.read<std::uint64_t>(kSize - 8) == 0);
  CHECK_FALSE(bytes.read<std::uint64_t>(kSize - 7).has_value());
  block[kSize - 1] = std::byte{'x'};
  CHECK_FALSE(bytes.c_string(kSize - 1).has_value());
}

TEST_CASE("as_byte_span: the bytes of a value, where they are") {
  const std::uint32_t value = 0x11223344;
  const auto bytes = as_byte_span(value);
  CHECK(bytes.size() == 4);
  CHECK(static_cast<const void*>(bytes.data()) == &value);
  CHECK(ByteView(bytes).read<std::uint32_t>(0) == value);
}
