// The text of every instruction, as a table that print.cc writes from and parse.cc reads by. Internal to this room.
//
// A Shape is a line of text with gaps. What stands in a gap is told by the letter behind its '%':
//
//   registers    %d %s  dst, src, as wide as the operation: r1 or w1      %D %S  always r
//                %E %F  dst, src of a load or store: written r, but w is read for less than 8 bytes, as llc has it
//                %W     src, always w
//                %V %v  dst, src as values of an atomic operation: w where it is on less than 8 bytes      %0  r0
//                likewise
//   numbers      %n     imm                 %x  an operand: a register or imm
//                %w     a 64-bit imm        %L %H  its lower and upper half
//                %o %p  offset and imm behind a register, " + 0x4"; nothing stands for 0
//                %t %T  the upper and lower half of imm, address spaces             %O  offset by itself
//   places       %j %J  a distance, "+0x5", or a label, in offset and in imm        %g  in imm, a distance only
//                %k     what is called: a helper's number, or a name
//   words        all other letters are rows of kChoices
//
// A printed instruction has the first shape of its kind whose conditions hold. A parsed one has the shape that fits
// from beginning to end; what its conditions demand is filled in, and rules.h judges the result.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ebpf/asm/instruction.h"

namespace ebpf::insn::shapes {

// What a word says: bits of the opcode, and the value of another field.
struct Word {
  std::string_view text;
  std::uint8_t opcode = 0;
  std::int32_t value = 0;
};

enum class Field : std::uint8_t { none, offset, imm };

// A gap for one word of a list.
struct Choice {
  char letter;
  std::string_view expected;  // "expected …", for errors
  std::uint8_t opcode_mask;   // the bits of the opcode that the word decides
  Field field;                // where Word::value goes
  std::span<const Word> words;
};

inline constexpr Word kUnsigned[] = {{"u8", 0x10}, {"u16", 0x08}, {"u32", 0x00}, {"u64", 0x18}};
inline constexpr Word kSigned[] = {{"s8", 0x10}, {"s16", 0x08}, {"s32", 0x00}};
inline constexpr Word kExtended[] = {{"s8", 0, 8}, {"s16", 0, 16}, {"s32", 0, 32}};
inline constexpr Word kOperators[] = {
    {"+=", 0x00}, {"-=", 0x10},  {"*=", 0x20},  {"/=", 0x30}, {"s/=", 0x30, kSignedDivision},
    {"|=", 0x40}, {"&=", 0x50},  {"<<=", 0x60}, {"%=", 0x90}, {"s%=", 0x90, kSignedDivision},
    {"^=", 0xa0}, {">>=", 0x70}, {"s>>=", 0xc0}};
inline constexpr Word kComparisons[] = {{"==", 0x10}, {"!=", 0x50},  {">", 0x20}, {">=", 0x30},
                                        {"s>", 0x60}, {"s>=", 0x70}, {"<", 0xa0}, {"<=", 0xb0},
                                        {"s<", 0xc0}, {"s<=", 0xd0}, {"&", 0x40}};
inline constexpr Word kSwaps[] = {{"le16", 0xd4, 16},    {"le32", 0xd4, 32},    {"le64", 0xd4, 64},
                                  {"be16", 0xdc, 16},    {"be32", 0xdc, 32},    {"be64", 0xdc, 64},
                                  {"bswap16", 0xd7, 16}, {"bswap32", 0xd7, 32}, {"bswap64", 0xd7, 64}};
inline constexpr Word kLocked[] = {
    {"+=", 0, kAtomicAdd}, {"|=", 0, kAtomicOr}, {"&=", 0, kAtomicAnd}, {"^=", 0, kAtomicXor}};
inline constexpr Word kFetching[] = {{"atomic_fetch_add", 0, kAtomicAdd | kAtomicFetch},
                                     {"atomic_fetch_or", 0, kAtomicOr | kAtomicFetch},
                                     {"atomic_fetch_and", 0, kAtomicAnd | kAtomicFetch},
                                     {"atomic_fetch_xor", 0, kAtomicXor | kAtomicFetch}};
inline constexpr Word kExchanges[] = {{"xchg_64", 0x18}, {"xchg32_32", 0x00}};
inline constexpr Word kCompareExchanges[] = {{"cmpxchg_64", 0x18}, {"cmpxchg32_32", 0x00}};

inline constexpr std::uint8_t kSizeBits = 0x18, kOperationBits = 0xf0;

inline constexpr Choice kChoices[] = {
    {'u', "u8, u16, u32 or u64", kSizeBits, Field::none, kUnsigned},
    {'i', "s8, s16 or s32", kSizeBits, Field::none, kSigned},
    {'m', "s8, s16 or s32", 0, Field::offset, kExtended},
    {'a', "an operator", kOperationBits, Field::offset, kOperators},
    {'c', "a comparison", kOperationBits, Field::none, kComparisons},
    {'e', "a byte swap", 0xff, Field::imm, kSwaps},
    {'l', "+=, |=, &= or ^=", 0, Field::imm, kLocked},
    {'f', "an atomic operation", 0, Field::imm, kFetching},
    {'y', "an atomic operation", kSizeBits, Field::none, kExchanges},
    {'Y', "an atomic operation", kSizeBits, Field::none, kCompareExchanges},
};

constexpr const Choice* choice_of(char letter) {
  for (const Choice& choice : kChoices)
    if (choice.letter == letter) return &choice;
  return nullptr;
}

inline constexpr std::int16_t kAnySource = -1;

struct Shape {
  Kind kind;
  std::string_view text;
  std::uint8_t opcode;  // without what the gaps add to it
  // Conditions: what src is where it says what kind of instruction this is, and one more of another field.
  std::int16_t src = kAnySource;
  Field field = Field::none;
  std::int64_t mask = 0;  // of the field's bits
  std::int64_t value = 0;
};

inline constexpr std::int64_t kAll = -1;
inline constexpr std::int64_t kUpperHalf = static_cast<std::int64_t>(0xffffffff00000000u);

inline constexpr Shape kShapes[] = {
    {Kind::alu, "%d %a %x", 0x07},
    {Kind::mov, "%d = %x", 0xb7, kAnySource, Field::offset, kAll, 0},
    {Kind::mov, "%D = addr_space_cast(%S, %t, %T)", 0xbf, kAnySource, Field::offset, kAll, kAddrSpaceCast},
    {Kind::mov, "%d = (%m)%s", 0xbf},
    {Kind::mov, "%D = %W", 0xbc, kAnySource, Field::offset, kAll, 0},  // what llc writes; it reads "w1 = w2" afterwards
    {Kind::neg, "%d = -%d", 0x87},
    {Kind::swap, "%D = %e %D", 0x00},
    {Kind::load, "%E = *(%u *)(%S%o)", 0x61},
    {Kind::load_sx, "%D = *(%i *)(%S%o)", 0x81},
    {Kind::store_imm, "*(%u *)(%D%o) = %n", 0x62},
    {Kind::store, "*(%u *)(%D%o) = %F", 0x63},
    {Kind::atomic, "%v = %y(%D%o, %v)", 0xc3, kAnySource, Field::imm, kAll, kAtomicXchg},
    {Kind::atomic, "%0 = %Y(%D%o, %0, %v)", 0xc3, kAnySource, Field::imm, kAll, kAtomicCmpXchg},
    {Kind::atomic, "%V = load_acquire((%u *)(%S%o))", 0xc3, kAnySource, Field::imm, kAll, kAtomicLoadAcq},
    {Kind::atomic, "store_release((%u *)(%D%o), %v)", 0xc3, kAnySource, Field::imm, kAll, kAtomicStoreRel},
    {Kind::atomic, "%v = %f((%u *)(%D%o), %v)", 0xc3, kAnySource, Field::imm, kAtomicFetch, kAtomicFetch},
    {Kind::atomic, "lock *(%u *)(%D%o) %l %v", 0xc3},
    {Kind::load_abs, "r0 = *(%u *)skb[%n]", 0x20},
    {Kind::load_ind, "r0 = *(%u *)skb[%S%p]", 0x40},
    {Kind::jump, "goto %j", kGoto},
    {Kind::jump_long, "gotol %J", kGotol},
    {Kind::jump_register, "gotox %D", kGotox},
    {Kind::jump_if, "if %d %c %x goto %j", 0x05},
    {Kind::may_goto, "may_goto %j", kMayGoto},
    // LLVM prints all calls alike. The other two shapes say what is called; the first is the kernel's.
    {Kind::call, "call %k", kCall, 0},
    {Kind::call, "call pc%g", kCall, kPseudoCall},
    {Kind::call, "call btf_id(%n)", kCall, kPseudoKfuncCall, Field::offset, kAll, 0},
    {Kind::call, "call btf_id(%n, %O)", kCall, kPseudoKfuncCall},
    {Kind::call_register, "callx %D", kCallx},
    {Kind::exit, "exit", kExit},
    // The ISA document's functions.
    {Kind::load_imm64, "%D = %w ll", kLdImm64, 0},
    {Kind::load_imm64, "%D = map_by_fd(%L) ll", kLdImm64, kPseudoMapFd},
    {Kind::load_imm64, "%D = map_val(map_by_fd(%L)) + %H ll", kLdImm64, kPseudoMapValue},
    {Kind::load_imm64, "%D = var_addr(%L) ll", kLdImm64, kPseudoBtfId, Field::imm, kUpperHalf, 0},
    {Kind::load_imm64, "%D = var_addr(%L, %H) ll", kLdImm64, kPseudoBtfId},
    {Kind::load_imm64, "%D = code_addr(%g) ll", kLdImm64, kPseudoFunc},
    {Kind::load_imm64, "%D = map_by_idx(%L) ll", kLdImm64, kPseudoMapIdx},
    {Kind::load_imm64, "%D = map_val(map_by_idx(%L)) + %H ll", kLdImm64, kPseudoMapIdxValue},
};

// Whether the operation's registers are w ones.
constexpr bool is_32_bit(std::uint8_t opcode) {
  return class_of(opcode) == Class::alu || class_of(opcode) == Class::jmp32;
}

// Whether the values of an atomic operation are w registers.
constexpr bool has_narrow_value(std::uint8_t opcode) { return size_of(opcode) != Size::dw; }

}  // namespace ebpf::insn::shapes
