// The rules of encoding: what each of the 256 opcodes is, which fields it uses, and which values those may have.
//
// Three steps, from general to particular. form_of() is a table, built by the compiler from the ISA document's classes;
// a field that an opcode does not use is reserved and must be zero. The fields that are used must fit: a register is
// one of r0 to r10, imm has 32 bits unless the instruction is wide. What is left are the few opcodes that select an
// operation by the value of another field (signed division, sign extension, atomics, calls, the pseudo sources of
// ld_imm64).
//
// Decoding, encoding, printing and the assembler all ask here, so they cannot disagree about what an instruction is.
// All of it is constexpr, because the assembler works at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "ebpf/asm/opcode.h"

namespace ebpf::insn {

// What an opcode does, as far as its other fields are read in one way.
enum class Kind : std::uint8_t {
  unknown,
  load_imm64,     // dst = 64 bits
  load_abs,       // r0 = packet[imm], for socket filters
  load_ind,       // r0 = packet[src + imm]
  load,           // dst = *(src + offset)
  load_sx,        // the same, sign-extended
  store_imm,      // *(dst + offset) = imm
  store,          // *(dst + offset) = src
  atomic,         // imm says what
  alu,            // dst = dst op operand
  mov,            // dst = operand; with an offset a sign extension or a cast between address spaces
  neg,            // dst = -dst
  swap,           // dst = byte swap of its low imm bits
  jump,           // to offset
  jump_long,      // to imm
  jump_register,  // to dst
  jump_if,        // to offset, if dst compares with the operand
  may_goto,       // to offset, once the program has looped for too long
  call,           // src says of what
  call_register,  // of dst
  exit,
};

// A set of fields.
inline constexpr std::uint8_t kFieldDst = 1, kFieldSrc = 2, kFieldOffset = 4, kFieldImm = 8;

// A kind and the fields that an opcode of it uses.
struct Form {
  Kind kind = Kind::unknown;
  std::uint8_t fields = 0;
};

// The fields of an instruction before anything is known about them.
struct Fields {
  std::uint8_t opcode;
  std::uint8_t dst;
  std::uint8_t src;
  std::int16_t offset;
  std::int64_t imm;
};

// A field and what it must be, as the end of a sentence: "src is 3, " "must be 0".
struct Flaw {
  enum class Field : std::uint8_t { opcode, dst, src, offset, imm };
  Field field;
  std::string_view rule;
};

namespace rules {

constexpr Form load_store_form(std::uint8_t opcode) {
  const Mode mode = mode_of(opcode);
  const bool narrow = size_of(opcode) != Size::dw;
  switch (class_of(opcode)) {
    case Class::ld:
      if (opcode == kLdImm64) return {Kind::load_imm64, kFieldDst | kFieldSrc | kFieldImm};
      if (mode == Mode::abs && narrow) return {Kind::load_abs, kFieldImm};
      if (mode == Mode::ind && narrow) return {Kind::load_ind, kFieldSrc | kFieldImm};
      return {};
    case Class::ldx:
      if (mode == Mode::mem) return {Kind::load, kFieldDst | kFieldSrc | kFieldOffset};
      if (mode == Mode::memsx && narrow) return {Kind::load_sx, kFieldDst | kFieldSrc | kFieldOffset};
      return {};
    case Class::st:
      if (mode == Mode::mem) return {Kind::store_imm, kFieldDst | kFieldOffset | kFieldImm};
      return {};
    default:  // stx
      if (mode == Mode::mem) return {Kind::store, kFieldDst | kFieldSrc | kFieldOffset};
      if (mode == Mode::atomic) return {Kind::atomic, kFieldDst | kFieldSrc | kFieldOffset | kFieldImm};
      return {};
  }
}

constexpr std::uint8_t operand_field(std::uint8_t opcode) {
  return source_of(opcode) == Source::k ? kFieldImm : kFieldSrc;
}

constexpr Form alu_form(std::uint8_t opcode) {
  const auto fields = static_cast<std::uint8_t>(kFieldDst | operand_field(opcode));
  const bool by_register = source_of(opcode) == Source::x;
  const bool wide = class_of(opcode) == Class::alu64;
  switch (alu_of(opcode)) {
    case Alu::add:
    case Alu::sub:
    case Alu::mul:
    case Alu::or_:
    case Alu::and_:
    case Alu::lsh:
    case Alu::rsh:
    case Alu::xor_:
    case Alu::arsh:
      return {Kind::alu, fields};
    case Alu::div:
    case Alu::mod:
      return {Kind::alu, static_cast<std::uint8_t>(fields | kFieldOffset)};
    case Alu::mov:
      if (!by_register) return {Kind::mov, fields};
      return {Kind::mov, static_cast<std::uint8_t>(fields | kFieldOffset | (wide ? kFieldImm : 0))};
    case Alu::neg:
      return by_register ? Form{} : Form{Kind::neg, kFieldDst};
    case Alu::end:
      return by_register && wide ? Form{} : Form{Kind::swap, kFieldDst | kFieldImm};
  }
  return {};
}

constexpr Form jump_form(std::uint8_t opcode) {
  switch (opcode) {
    case kGoto:
      return {Kind::jump, kFieldOffset};
    case kGotol:
      return {Kind::jump_long, kFieldImm};
    case kGotox:
      return {Kind::jump_register, kFieldDst};
    case kMayGoto:
      return {Kind::may_goto, kFieldOffset};
    case kCall:
      return {Kind::call, kFieldSrc | kFieldOffset | kFieldImm};
    case kCallx:
      return {Kind::call_register, kFieldDst};
    case kExit:
      return {Kind::exit, 0};
    default:
      break;
  }
  switch (jump_of(opcode)) {
    case Jump::jeq:
    case Jump::jgt:
    case Jump::jge:
    case Jump::jset:
    case Jump::jne:
    case Jump::jsgt:
    case Jump::jsge:
    case Jump::jlt:
    case Jump::jle:
    case Jump::jslt:
    case Jump::jsle:
      return {Kind::jump_if, static_cast<std::uint8_t>(kFieldDst | kFieldOffset | operand_field(opcode))};
    default:
      return {};
  }
}

constexpr Form classify(std::uint8_t opcode) {
  switch (class_of(opcode)) {
    case Class::alu:
    case Class::alu64:
      return alu_form(opcode);
    case Class::jmp:
    case Class::jmp32:
      return jump_form(opcode);
    default:
      return load_store_form(opcode);
  }
}

inline constexpr auto kForms = [] {
  std::array<Form, 256> forms{};
  for (std::size_t i = 0; i < forms.size(); ++i) forms[i] = classify(static_cast<std::uint8_t>(i));
  return forms;
}();

constexpr bool is_one_of(std::int64_t value, auto... allowed) { return ((value == allowed) || ...); }

constexpr std::optional<Flaw> find_reserved(const Fields& insn, std::uint8_t used) {
  using enum Flaw::Field;
  constexpr std::string_view kRule = "must be 0";
  if (!(used & kFieldDst) && insn.dst != 0) return Flaw{dst, kRule};
  if (!(used & kFieldSrc) && insn.src != 0) return Flaw{src, kRule};
  if (!(used & kFieldOffset) && insn.offset != 0) return Flaw{offset, kRule};
  if (!(used & kFieldImm) && insn.imm != 0) return Flaw{imm, kRule};
  return std::nullopt;
}

constexpr std::optional<Flaw> find_misfit(const Fields& insn, Kind kind) {
  using enum Flaw::Field;
  constexpr std::string_view kRegister = "must be a register, 0 to 10";
  const bool src_is_register = kind != Kind::load_imm64 && kind != Kind::call;
  if (insn.dst > kMaxRegister) return Flaw{dst, kRegister};
  if (insn.src > kMaxRegister && src_is_register) return Flaw{src, kRegister};
  const bool fits =
      insn.imm >= std::numeric_limits<std::int32_t>::min() && insn.imm <= std::numeric_limits<std::int32_t>::max();
  if (!fits && kind != Kind::load_imm64) return Flaw{imm, "must fit into 32 bits, signed"};
  return std::nullopt;
}

constexpr std::optional<Flaw> find_bad_mov(const Fields& insn) {
  using enum Flaw::Field;
  if (class_of(insn.opcode) == Class::alu) {
    if (is_one_of(insn.offset, 0, 8, 16)) return std::nullopt;
    return Flaw{offset, "must be 0, or 8 or 16 for a sign extension"};
  }
  const bool cast = source_of(insn.opcode) == Source::x && insn.offset == kAddrSpaceCast;
  if (!cast && !is_one_of(insn.offset, 0, 8, 16, 32)) {
    return Flaw{offset, "must be 0, 8, 16 or 32 for a sign extension, or 1 for an address space cast"};
  }
  if (!cast && source_of(insn.opcode) == Source::x && insn.imm != 0) return Flaw{imm, "must be 0"};
  return std::nullopt;
}

constexpr std::optional<Flaw> find_bad_load_imm64(const Fields& insn) {
  using enum Flaw::Field;
  if (insn.src > kPseudoMapIdxValue) return Flaw{src, "must be a kind of 64-bit immediate, 0 to 6"};
  const bool one_half = is_one_of(insn.src, kPseudoMapFd, kPseudoFunc, kPseudoMapIdx);
  if (one_half && insn.imm >> 32 != 0) return Flaw{imm, "must be 0 in the second slot"};
  return std::nullopt;
}

constexpr std::optional<Flaw> find_bad_call(const Fields& insn) {
  using enum Flaw::Field;
  if (insn.src > kPseudoKfuncCall) return Flaw{src, "must be 0 (helper), 1 (function) or 2 (kfunc)"};
  if (insn.src != kPseudoKfuncCall && insn.offset != 0) return Flaw{offset, "must be 0"};
  return std::nullopt;
}

constexpr std::optional<Flaw> find_bad_atomic(const Fields& insn) {
  using enum Flaw::Field;
  if (is_one_of(insn.imm, kAtomicLoadAcq, kAtomicStoreRel)) return std::nullopt;
  const bool fetches = insn.imm & kAtomicFetch;
  const std::int64_t plain = insn.imm & ~static_cast<std::int64_t>(kAtomicFetch);
  const bool known = is_one_of(plain, kAtomicAdd, kAtomicOr, kAtomicAnd, kAtomicXor) ||
                     (fetches && is_one_of(insn.imm, kAtomicXchg, kAtomicCmpXchg));
  if (!known) return Flaw{imm, "must be an atomic operation"};
  if (!is_one_of(bytes_of(size_of(insn.opcode)), 4, 8)) {
    return Flaw{opcode, "must have size w or dw for this atomic operation"};
  }
  return std::nullopt;
}

constexpr std::optional<Flaw> find_bad_operation(const Fields& insn, Kind kind) {
  using enum Flaw::Field;
  switch (kind) {
    case Kind::alu:  // offset is known to be 0 but for div and mod
      if (is_one_of(insn.offset, 0, kSignedDivision)) return std::nullopt;
      return Flaw{offset, "must be 0, or 1 for a signed division"};
    case Kind::swap:
      if (is_one_of(insn.imm, 16, 32, 64)) return std::nullopt;
      return Flaw{imm, "must be 16, 32 or 64 bits"};
    case Kind::mov:
      return find_bad_mov(insn);
    case Kind::load_imm64:
      return find_bad_load_imm64(insn);
    case Kind::call:
      return find_bad_call(insn);
    case Kind::atomic:
      return find_bad_atomic(insn);
    default:
      return std::nullopt;
  }
}

}  // namespace rules

constexpr Form form_of(std::uint8_t opcode) { return rules::kForms[opcode]; }

// The first rule that an instruction with these fields breaks, or nothing.
constexpr std::optional<Flaw> find_flaw(const Fields& insn) {
  const Form form = form_of(insn.opcode);
  if (form.kind == Kind::unknown) return Flaw{Flaw::Field::opcode, "must be one of the instruction set"};
  if (const auto flaw = rules::find_reserved(insn, form.fields)) return flaw;
  if (const auto flaw = rules::find_misfit(insn, form.kind)) return flaw;
  return rules::find_bad_operation(insn, form.kind);
}

}  // namespace ebpf::insn
