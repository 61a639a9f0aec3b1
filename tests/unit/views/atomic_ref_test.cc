// AtomicRef over ordinary memory: what the views of globals do, without a kernel.
#include "ebpf/atomic_ref.h"

#include <cstring>

#include "ebpf/spec/host_type.h"
#include "tests/support/test.h"

using ebpf::AtomicRef;

namespace {

template <class T>
struct alignas(8) Cell {
  unsigned char bytes[8] = {};
  T* object() { return reinterpret_cast<T*>(bytes); }
};

template <class Ref>
concept Stores = requires(Ref ref) { ref.store(1); };
template <class Ref>
concept Adds = requires(Ref ref) { ref.fetch_add(1); };

}  // namespace

TEST_CASE("AtomicRef<bool>: any byte that is not zero is true, wherever it comes out") {
  Cell<bool> cell;
  const AtomicRef<bool> ref(cell.object());
  const auto representation = [](bool value) {
    unsigned char byte = 0;
    std::memcpy(&byte, &value, 1);
    return byte;
  };
  cell.bytes[0] = 5;
  CHECK(representation(ref.load()) == 1);
  CHECK(representation(ref.exchange(false)) == 1);
  CHECK(cell.bytes[0] == 0);
  cell.bytes[0] = 7;
  bool expected = false;
  CHECK_FALSE(ref.compare_exchange(expected, false));
  CHECK(representation(expected) == 1);
}

TEST_CASE("object_of<bool>: any byte that is not zero is true") {
  const bool made = ebpf::object_of<bool>({std::byte{4}});
  unsigned char byte = 0;
  std::memcpy(&byte, &made, 1);
  CHECK(byte == 1);
}

TEST_CASE("AtomicRef: a structure of 8 bytes is one word, whatever its alignment") {
  struct Pair {
    std::uint32_t a, b;
    bool operator==(const Pair&) const = default;
  };
  static_assert(alignof(Pair) == 4);
  Cell<Pair> cell;
  const AtomicRef<Pair> ref(cell.object());
  ref.store({1, 2});
  CHECK(ref.load() == Pair{1, 2});
  CHECK(ref.exchange({3, 4}) == Pair{1, 2});
  Pair expected{0, 0};
  CHECK_FALSE(ref.compare_exchange(expected, {5, 6}));
  CHECK(expected == Pair{3, 4});
  CHECK(ref.compare_exchange(expected, {5, 6}));
  CHECK(ref.load() == Pair{5, 6});
}

TEST_CASE_TEMPLATE("AtomicRef: integers of every width add, subtract and combine", T, std::uint8_t, std::int16_t,
                   std::uint32_t, std::int64_t) {
  Cell<T> cell;
  const AtomicRef<T> ref(cell.object());
  ref.store(6);
  CHECK(ref.fetch_add(3) == 6);
  CHECK(ref.fetch_sub(1) == 9);
  CHECK(ref.fetch_and(12) == 8);
  CHECK(ref.fetch_or(3) == 8);
  CHECK(ref.fetch_xor(1) == 11);
  CHECK(ref.load() == 10);
  ref.store(static_cast<T>(-1));
  CHECK(ref.fetch_add(1) == static_cast<T>(-1));
  CHECK(ref.load() == 0);
}

TEST_CASE("AtomicRef<const T>: can be read and has no store") {
  Cell<const float> cell;
  const float value = 1.5f;
  std::memcpy(cell.bytes, &value, sizeof value);
  CHECK(AtomicRef<const float>(cell.object()).load() == 1.5f);
  static_assert(Stores<AtomicRef<float>> && !Stores<AtomicRef<const float>>);
  static_assert(Adds<AtomicRef<int>> && !Adds<AtomicRef<const int>> && !Adds<AtomicRef<float>> &&
                !Adds<AtomicRef<bool>>);
}
