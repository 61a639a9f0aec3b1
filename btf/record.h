// The shape of BTF's records: how many bytes follow the common header of each kind. Internal.
//
// Source: "BTF_KIND_*" in Documentation/bpf/btf.rst; <linux/btf.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ebpf/base/bytes.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// struct btf_type: name_off, info, size or type.
constexpr std::uint32_t kTypeHeader = 12;

// What a record of one kind has: so many bytes in front of its entries, and so many for each of its vlen entries.
struct RecordShape {
  std::uint32_t start;
  std::uint32_t entry;
};

// By the five bits that tell the kind, which have room for more kinds than there are. A kind that is not known has no
// bytes at all: a walk that meets one stops moving, and says so.
constexpr RecordShape kShapes[32] = {
    {0, 0},    // void: never stored
    {16, 0},   // INT
    {12, 0},   // PTR
    {24, 0},   // ARRAY
    {12, 12},  // STRUCT
    {12, 12},  // UNION
    {12, 8},   // ENUM
    {12, 0},   // FWD
    {12, 0},   // TYPEDEF
    {12, 0},   // VOLATILE
    {12, 0},   // CONST
    {12, 0},   // RESTRICT
    {12, 0},   // FUNC: its vlen is the linkage
    {12, 8},   // FUNC_PROTO
    {16, 0},   // VAR
    {12, 12},  // DATASEC
    {12, 0},   // FLOAT
    {16, 0},   // DECL_TAG
    {12, 0},   // TYPE_TAG
    {12, 12},  // ENUM64
};

constexpr std::uint32_t kind_of(std::uint32_t info) { return (info >> 24) & 0x1f; }

// Of a whole record; 0 for a kind that is not known.
constexpr std::uint32_t record_size(std::uint32_t info) {
  const RecordShape shape = kShapes[kind_of(info)];
  return shape.start + shape.entry * (info & 0xffff);
}

// A word of a record, for walks over all of a table, which cannot afford to check every one. The caller has.
template <ByteOrder kOrder>
std::uint32_t record_word(const std::byte* at) {
  std::uint32_t word;
  std::memcpy(&word, at, sizeof word);
  return to_host(word, kOrder);
}

}  // namespace ebpf::btf
