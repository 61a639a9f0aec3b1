// Smallest BTF, made at compile time, as words in the order of the machine: what kernels are asked with.
// Format: Documentation/bpf/btf.rst.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "ebpf/base/bytes.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// The strings of every blob, and where they are.
inline constexpr char kBlobStrings[] = "\0int\0main\0callback\0v\0.data\0?.q\0tag\0";
inline constexpr std::uint32_t kInt = 1, kMain = 5, kCallback = 10, kV = 19, kData = 21, kQuestion = 27, kTag = 31;
static_assert(sizeof kBlobStrings % 4 == 0);

constexpr std::uint32_t blob_info(Kind kind, std::uint32_t vlen = 0, bool flag = false) {
  return static_cast<std::uint32_t>(flag) << 31 | static_cast<std::uint32_t>(kind) << 24 | vlen;
}

// The first three words of a function prototype: no parameters, returns type 1.
#define EBPF_BLOB_INT kInt, blob_info(Kind::integer), 4, 0x01000020
#define EBPF_BLOB_PROTOTYPE 0, blob_info(Kind::function_prototype), 1

// Header, types, strings.
template <std::size_t N>
constexpr auto blob(const std::uint32_t (&types)[N]) {
  constexpr std::size_t kHeaderWords = 6;
  constexpr std::size_t kStringWords = sizeof kBlobStrings / 4;
  constexpr std::uint32_t kMagic = kHostByteOrder == ByteOrder::little ? 0x0001eb9f : 0xeb9f0100;
  std::array<std::uint32_t, kHeaderWords + N + kStringWords> out{kMagic, 4 * kHeaderWords,   0, 4 * N,
                                                                 4 * N,  sizeof kBlobStrings};
  for (std::size_t i = 0; i < N; ++i) out[kHeaderWords + i] = types[i];
  const auto strings = std::bit_cast<std::array<std::uint32_t, kStringWords>>(std::to_array(kBlobStrings));
  for (std::size_t i = 0; i < kStringWords; ++i) out[kHeaderWords + N + i] = strings[i];
  return out;
}

// Type 1 is `int`.
inline constexpr auto kIntBlob = blob({EBPF_BLOB_INT});
// Type 2 is `int v`.
inline constexpr auto kVariableBlob = blob({EBPF_BLOB_INT, kV, blob_info(Kind::variable), 1, 0});
// Type 3 is `int main(void)`, type 4 `int callback(void)`, static ones.
inline constexpr auto kFunctionsBlob = blob(
    {EBPF_BLOB_INT, EBPF_BLOB_PROTOTYPE, kMain, blob_info(Kind::function), 2, kCallback, blob_info(Kind::function), 2});
// The same with `int callback(void)` global.
inline constexpr auto kGlobalFunctionBlob = blob({EBPF_BLOB_INT, EBPF_BLOB_PROTOTYPE, kMain, blob_info(Kind::function),
                                                  2, kCallback, blob_info(Kind::function, 1), 2});
inline constexpr std::uint32_t kMainType = 3, kCallbackType = 4;

}  // namespace ebpf::btf
