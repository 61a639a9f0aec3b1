#include "tests/support/embedded_objects.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ebpf::test {
namespace {

// ELF64: what of a header tells where the file ends.
constexpr std::size_t kHeader = 64;
constexpr std::size_t kSectionHeader = 64;
constexpr std::size_t kMachine = 18;
constexpr std::uint64_t kMachineBpf = 247;
constexpr std::uint64_t kTypeNoBits = 8;
constexpr std::array kMagic = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'}, std::byte{2}};

// A number of `size` bytes; the caller has checked that they are there.
std::uint64_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t size, bool big) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < size; ++i)
    out = out << 8 | std::to_integer<std::uint64_t>(bytes[at + (big ? i : size - 1 - i)]);
  return out;
}

// How long the object is that begins here; 0 where there is none.
std::size_t object_length(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeader) return 0;
  const bool big = bytes[5] == std::byte{2};
  if (number(bytes, kMachine, 2, big) != kMachineBpf) return 0;
  const std::uint64_t table = number(bytes, 40, 8, big);
  const std::uint64_t count = number(bytes, 60, 2, big);
  if (number(bytes, 58, 2, big) != kSectionHeader || table > bytes.size()) return 0;
  if (count * kSectionHeader > bytes.size() - table) return 0;
  std::uint64_t end = table + count * kSectionHeader;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto section = static_cast<std::size_t>(table + i * kSectionHeader);
    if (number(bytes, section + 4, 4, big) == kTypeNoBits) continue;
    const std::uint64_t offset = number(bytes, section + 24, 8, big);
    const std::uint64_t size = number(bytes, section + 32, 8, big);
    if (offset > bytes.size() || size > bytes.size() - offset) return 0;
    end = std::max(end, offset + size);
  }
  return static_cast<std::size_t>(end);
}

}  // namespace

std::vector<std::span<const std::byte>> embedded_objects(std::span<const std::byte> file) {
  std::vector<std::span<const std::byte>> out;
  for (auto at = file.begin();;) {
    at = std::search(at, file.end(), kMagic.begin(), kMagic.end());
    if (at == file.end()) return out;
    const auto rest = file.subspan(static_cast<std::size_t>(at - file.begin()));
    const std::size_t length = object_length(rest);
    if (length != 0) out.push_back(rest.first(length));
    at += static_cast<std::ptrdiff_t>(std::max(length, kMagic.size()));
  }
}

}  // namespace ebpf::test
