// Random changes to bytes, the same ones each time: what the tests do that need no fuzzer.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::fuzz {

// Marsaglia's xorshift64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

// A part of a file in which changes tell.
struct Place {
  std::uint64_t begin;
  std::uint64_t size;
};

// One change, within the place or, rarely, to the length of the whole.
void change(test::Bytes& bytes, const Place& place, Random& random);

// The most that reading may take: some structures for each record of the input.
constexpr std::size_t memory_limit(std::size_t input) { return 64 * input + (1u << 20); }

}  // namespace ebpf::fuzz
