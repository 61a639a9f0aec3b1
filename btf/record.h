// The shape of BTF's records: how many bytes follow the common header of each kind. Internal.
//
// Source: "BTF_KIND_*" in Documentation/bpf/btf.rst; <linux/btf.h>.
#pragma once

#include <cstdint>

#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// struct btf_type: name_off, info, size or type.
constexpr std::uint32_t kTypeHeader = 12;

// The bytes that follow a record's header: so many fixed ones, and so many for each of its vlen entries.
struct RecordShape {
  std::uint8_t fixed;
  std::uint8_t entry;
};

// By kind. Zero for a kind that consists of its header alone.
constexpr RecordShape kShapes[kMaxKind + 1] = {
    {0, 0},   // void: never stored
    {4, 0},   // INT
    {0, 0},   // PTR
    {12, 0},  // ARRAY
    {0, 12},  // STRUCT
    {0, 12},  // UNION
    {0, 8},   // ENUM
    {0, 0},   // FWD
    {0, 0},   // TYPEDEF
    {0, 0},   // VOLATILE
    {0, 0},   // CONST
    {0, 0},   // RESTRICT
    {0, 0},   // FUNC: its vlen is the linkage
    {0, 8},   // FUNC_PROTO
    {4, 0},   // VAR
    {0, 12},  // DATASEC
    {0, 0},   // FLOAT
    {4, 0},   // DECL_TAG
    {0, 0},   // TYPE_TAG
    {0, 12},  // ENUM64
};

constexpr std::uint32_t kind_of(std::uint32_t info) { return (info >> 24) & 0x1f; }

// Of a whole record, for the info word of a kind that is known.
constexpr std::uint32_t record_size(std::uint32_t info) {
  const RecordShape shape = kShapes[kind_of(info)];
  return kTypeHeader + shape.fixed + std::uint32_t{shape.entry} * (info & 0xffff);
}

}  // namespace ebpf::btf
