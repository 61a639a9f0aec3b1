#include "tests/fuzz/mutations.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace ebpf::fuzz {
namespace {

using test::Bytes;

constexpr std::uint64_t kOdd[] = {0,          1,          2,          4,          7,       8,      0x10,
                                  0x7f,       0x80,       0xff,       0x100,      0xff00,  0xfff1, 0xffff,
                                  0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, 1 << 16, 1 << 24};

}  // namespace

void change(Bytes& bytes, const Place& place, Random& random) {
  std::uint64_t at = place.begin + random.below(place.size);
  if (at >= bytes.size()) return;
  const std::uint64_t odd = kOdd[random.below(std::size(kOdd))];
  const auto write = [&](std::uint64_t value, std::uint64_t width) {
    at -= at % width;
    for (std::uint64_t i = 0; i < width && at + i < bytes.size(); ++i)
      bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
  };
  switch (random.below(8)) {
    case 0:
      bytes[at] ^= static_cast<std::byte>(1 << random.below(8));
      break;
    case 1:
      bytes[at] = static_cast<std::byte>(random.next());
      break;
    case 2:
      write(odd, 2);
      break;
    case 3:
      write(odd, 4);
      break;
    case 4:
      write(random.below(4) == 0 ? ~odd : odd, 8);
      break;
    case 5:  // big-endian
      write(byte_swap(static_cast<std::uint32_t>(odd)), 4);
      break;
    case 6: {  // a record moved onto another
      const std::uint64_t from = place.begin + random.below(place.size);
      for (std::uint64_t i = 0; i < 24 && std::max(at, from) + i < bytes.size(); ++i) bytes[at + i] = bytes[from + i];
      break;
    }
    default:
      if (random.below(16) == 0) bytes.resize(bytes.size() - random.below(bytes.size()));
      break;
  }
}

}  // namespace ebpf::fuzz
