// One function per shape of text. What an instruction is has been settled by find_flaw() before any of them is called.
#include "ebpf/asm/print.h"

#include <cstdint>
#include <string_view>

#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

// Indexed by the upper four bits of the opcode; of no meaning where there is nothing.
constexpr std::string_view kAluSymbols[16] = {
    "+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>=", "", "", ""};
constexpr std::string_view kJumpSymbols[16] = {
    "", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<=", "", ""};

int high_nibble(std::int64_t opcode_or_operation) { return static_cast<int>(opcode_or_operation >> 4 & 0xf); }

std::string magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return cat(hex(value < 0 ? 0 - bits : bits));
}

std::string number(std::int64_t value) { return cat(value < 0 ? "-" : "", magnitude(value)); }
std::string distance(std::int64_t value) { return cat(value < 0 ? '-' : '+', magnitude(value)); }

std::string r(std::uint8_t reg) { return cat('r', reg); }
std::string w(std::uint8_t reg) { return cat('w', reg); }

bool is_32_bit(std::uint8_t opcode) { return class_of(opcode) == Class::alu || class_of(opcode) == Class::jmp32; }

// A register as wide as the operation is.
std::string reg(const Instruction& insn, std::uint8_t number) { return is_32_bit(insn.opcode) ? w(number) : r(number); }

std::string operand(const Instruction& insn) {
  return source_of(insn.opcode) == Source::k ? number(insn.imm) : reg(insn, insn.src);
}

int bits(const Instruction& insn) { return 8 * bytes_of(size_of(insn.opcode)); }

// "r1 + 0x4"
std::string address(std::uint8_t base, std::int16_t offset) {
  return cat(r(base), offset < 0 ? " - " : " + ", magnitude(offset));
}

// "(u32 *)(r1 + 0x4)"
std::string typed_address(const Instruction& insn, std::uint8_t base, char sign = 'u') {
  return cat('(', sign, bits(insn), " *)(", address(base, insn.offset), ')');
}

std::string wide_value(const Instruction& insn) {
  const auto low = number(insn.imm_low());
  const auto high = cat(hex(static_cast<std::uint32_t>(insn.imm_high())));
  switch (insn.src) {
    case kPseudoMapFd:
      return cat("map_by_fd(", low, ')');
    case kPseudoMapValue:
      return cat("map_val(map_by_fd(", low, ")) + ", high);
    case kPseudoBtfId:
      return insn.imm_high() == 0 ? cat("var_addr(", low, ')') : cat("var_addr(", low, ", ", high, ')');
    case kPseudoFunc:
      return cat("code_addr(", distance(insn.imm_low()), ')');
    case kPseudoMapIdx:
      return cat("map_by_idx(", low, ')');
    case kPseudoMapIdxValue:
      return cat("map_val(map_by_idx(", low, ")) + ", high);
    default:
      return number(insn.imm);
  }
}

std::string load_packet(const Instruction& insn) {
  const auto load = cat("r0 = *(u", bits(insn), " *)skb[");
  if (insn.kind() == Kind::load_abs) return cat(load, number(insn.imm), ']');
  if (insn.imm == 0) return cat(load, r(insn.src), ']');
  return cat(load, r(insn.src), insn.imm < 0 ? " - " : " + ", magnitude(insn.imm), ']');
}

std::string alu(const Instruction& insn) {
  const std::string_view sign = insn.offset == kSignedDivision ? "s" : "";
  return cat(reg(insn, insn.dst), ' ', sign, kAluSymbols[high_nibble(insn.opcode)], ' ', operand(insn));
}

std::string mov(const Instruction& insn) {
  const auto target = cat(reg(insn, insn.dst), " = ");
  if (insn.offset == 0) return cat(target, operand(insn));
  if (insn.offset != kAddrSpaceCast) return cat(target, "(s", insn.offset, ')', operand(insn));
  const auto spaces = static_cast<std::uint32_t>(insn.imm);
  return cat(target, "addr_space_cast(", operand(insn), ", ", hex(spaces >> 16), ", ", hex(spaces & 0xffff), ')');
}

std::string swap(const Instruction& insn) {
  const bool to_be = source_of(insn.opcode) == kToBe;
  const std::string_view name = class_of(insn.opcode) == Class::alu64 ? "bswap" : to_be ? "be" : "le";
  return cat(r(insn.dst), " = ", name, insn.imm, ' ', r(insn.dst));
}

std::string_view fetch_name(std::int64_t operation) {
  switch (operation & ~kAtomicFetch) {
    case kAtomicOr:
      return "or";
    case kAtomicAnd:
      return "and";
    case kAtomicXor:
      return "xor";
    default:
      return "add";
  }
}

std::string atomic(const Instruction& insn) {
  const bool wide = size_of(insn.opcode) == Size::dw;
  const auto value = [&](std::uint8_t reg) { return wide ? r(reg) : w(reg); };
  const std::string_view width = wide ? "_64(" : "32_32(";
  const auto src = value(insn.src);
  switch (insn.imm) {
    case kAtomicXchg:
      return cat(src, " = xchg", width, address(insn.dst, insn.offset), ", ", src, ')');
    case kAtomicCmpXchg:
      return cat(value(0), " = cmpxchg", width, address(insn.dst, insn.offset), ", ", value(0), ", ", src, ')');
    case kAtomicLoadAcq:
      return cat(value(insn.dst), " = load_acquire(", typed_address(insn, insn.src), ')');
    case kAtomicStoreRel:
      return cat("store_release(", typed_address(insn, insn.dst), ", ", src, ')');
    default:
      break;
  }
  if ((insn.imm & kAtomicFetch) != 0) {
    return cat(src, " = atomic_fetch_", fetch_name(insn.imm), '(', typed_address(insn, insn.dst), ", ", src, ')');
  }
  return cat("lock *", typed_address(insn, insn.dst), ' ', kAluSymbols[high_nibble(insn.imm)], ' ', src);
}

std::string jump_if(const Instruction& insn) {
  return cat("if ", reg(insn, insn.dst), ' ', kJumpSymbols[high_nibble(insn.opcode)], ' ', operand(insn), " goto ",
             distance(insn.offset));
}

}  // namespace

std::string to_text(const Instruction& insn) {
  if (find_flaw(insn)) return "<unknown>";
  switch (insn.kind()) {
    case Kind::unknown:
      break;
    case Kind::load_imm64:
      return cat(r(insn.dst), " = ", wide_value(insn), " ll");
    case Kind::load_abs:
    case Kind::load_ind:
      return load_packet(insn);
    case Kind::load:
      return cat(r(insn.dst), " = *", typed_address(insn, insn.src));
    case Kind::load_sx:
      return cat(r(insn.dst), " = *", typed_address(insn, insn.src, 's'));
    case Kind::store_imm:
      return cat('*', typed_address(insn, insn.dst), " = ", number(insn.imm));
    case Kind::store:
      return cat('*', typed_address(insn, insn.dst), " = ", r(insn.src));
    case Kind::atomic:
      return atomic(insn);
    case Kind::alu:
      return alu(insn);
    case Kind::mov:
      return mov(insn);
    case Kind::neg:
      return cat(reg(insn, insn.dst), " = -", reg(insn, insn.dst));
    case Kind::swap:
      return swap(insn);
    case Kind::jump:
      return cat("goto ", distance(insn.offset));
    case Kind::jump_long:
      return cat("gotol ", distance(insn.imm));
    case Kind::jump_register:
      return cat("gotox ", r(insn.dst));
    case Kind::jump_if:
      return jump_if(insn);
    case Kind::may_goto:
      return cat("may_goto ", distance(insn.offset));
    case Kind::call:
      return cat("call ", number(insn.imm));
    case Kind::call_register:
      return cat("callx ", r(insn.dst));
    case Kind::exit:
      return "exit";
  }
  return "<unknown>";
}

}  // namespace ebpf::insn
