// The instruction set once more, written out opcode by opcode from the tables of the ISA document, so that the tests do
// not have to believe the table that they test (asm/rules.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ebpf/asm/instruction.h"

namespace ebpf::test {

// Opcodes that use the same fields. `fields` has a letter for each of them: d(st), s(rc), o(ffset), i(mm).
struct OpcodeGroup {
  std::string_view fields;
  std::int64_t imm;  // a valid one
  std::span<const std::uint8_t> opcodes;
};

inline constexpr std::uint8_t kLoadWide[] = {0x18};
inline constexpr std::uint8_t kAbsolute[] = {0x20, 0x28, 0x30};
inline constexpr std::uint8_t kIndirect[] = {0x40, 0x48, 0x50};
inline constexpr std::uint8_t kLoadsAndStores[] = {0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91, 0x63, 0x6b, 0x73, 0x7b};
inline constexpr std::uint8_t kStoresOfNumbers[] = {0x62, 0x6a, 0x72, 0x7a};
inline constexpr std::uint8_t kAtomics[] = {0xc3, 0xdb};
inline constexpr std::uint8_t kSmallAtomics[] = {0xcb, 0xd3};
inline constexpr std::uint8_t kAluByNumber[] = {0x04, 0x14, 0x24, 0x44, 0x54, 0x64, 0x74, 0xa4, 0xb4, 0xc4,
                                                0x07, 0x17, 0x27, 0x47, 0x57, 0x67, 0x77, 0xa7, 0xb7, 0xc7};
inline constexpr std::uint8_t kAluByRegister[] = {0x0c, 0x1c, 0x2c, 0x4c, 0x5c, 0x6c, 0x7c, 0xac, 0xcc,
                                                  0x0f, 0x1f, 0x2f, 0x4f, 0x5f, 0x6f, 0x7f, 0xaf, 0xcf};
inline constexpr std::uint8_t kDivByNumber[] = {0x34, 0x94, 0x37, 0x97};
inline constexpr std::uint8_t kDivByRegister[] = {0x3c, 0x9c, 0x3f, 0x9f};
inline constexpr std::uint8_t kMove32[] = {0xbc};
inline constexpr std::uint8_t kMove64[] = {0xbf};
inline constexpr std::uint8_t kNegations[] = {0x84, 0x87};
inline constexpr std::uint8_t kSwaps[] = {0xd4, 0xdc, 0xd7};
inline constexpr std::uint8_t kJumps[] = {0x05, 0xe5};
inline constexpr std::uint8_t kLongJump[] = {0x06};
inline constexpr std::uint8_t kByRegister[] = {0x0d, 0x8d};
inline constexpr std::uint8_t kCalls[] = {0x85};
inline constexpr std::uint8_t kReturn[] = {0x95};
inline constexpr std::uint8_t kBranchesByNumber[] = {0x15, 0x25, 0x35, 0x45, 0x55, 0x65, 0x75, 0xa5, 0xb5, 0xc5, 0xd5,
                                                     0x16, 0x26, 0x36, 0x46, 0x56, 0x66, 0x76, 0xa6, 0xb6, 0xc6, 0xd6};
inline constexpr std::uint8_t kBranchesByRegister[] = {0x1d, 0x2d, 0x3d, 0x4d, 0x5d, 0x6d, 0x7d, 0xad,
                                                       0xbd, 0xcd, 0xdd, 0x1e, 0x2e, 0x3e, 0x4e, 0x5e,
                                                       0x6e, 0x7e, 0xae, 0xbe, 0xce, 0xde};

inline constexpr OpcodeGroup kInstructionSet[] = {
    {"dsi", 0, kLoadWide},
    {"i", 0, kAbsolute},
    {"si", 0, kIndirect},
    {"dso", 0, kLoadsAndStores},
    {"doi", 0, kStoresOfNumbers},
    {"dsoi", 0, kAtomics},
    {"dsoi", 0x100, kSmallAtomics},
    {"di", 0, kAluByNumber},
    {"ds", 0, kAluByRegister},
    {"doi", 0, kDivByNumber},
    {"dso", 0, kDivByRegister},
    {"dso", 0, kMove32},
    {"dsoi", 0, kMove64},
    {"d", 0, kNegations},
    {"di", 16, kSwaps},
    {"o", 0, kJumps},
    {"i", 0, kLongJump},
    {"d", 0, kByRegister},
    {"soi", 0, kCalls},
    {"", 0, kReturn},
    {"doi", 0, kBranchesByNumber},
    {"dso", 0, kBranchesByRegister},
};

// Calls `check(instruction, fields)` for every opcode of the instruction set, with all fields 0 but an imm that must
// not be.
void for_each_opcode(auto check) {
  for (const auto& group : kInstructionSet) {
    for (const auto opcode : group.opcodes) check(insn::Instruction{.opcode = opcode, .imm = group.imm}, group.fields);
  }
}

}  // namespace ebpf::test
