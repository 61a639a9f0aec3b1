// The numbers of the instruction set, under the names of the ISA document
// (Documentation/bpf/standardization/instruction-set.rst); what came after it is named as in the kernel's linux/bpf.h.
//
// The low three bits of an opcode are its class, and the class says how to read the other five:
//
//     alu alu64 jmp jmp32    code:4 source:1 class:3      Alu or Jump, Source, Class
//     ld ldx st stx          mode:3 size:2   class:3      Mode, Size, Class
//
// Every enumerator has the value that it has within the opcode byte, so that an opcode is the sum of its parts. Some
// operations need more than the opcode: what the other fields then mean is the second half of this file. Names that are
// C++ keywords have an underscore behind them.
#pragma once

#include <cstdint>

namespace ebpf::insn {

enum class Class : std::uint8_t { ld = 0, ldx = 1, st = 2, stx = 3, alu = 4, jmp = 5, jmp32 = 6, alu64 = 7 };

enum class Source : std::uint8_t { k = 0x00, x = 0x08 };  // the operand is imm; is the src register

enum class Alu : std::uint8_t {
  add = 0x00,
  sub = 0x10,
  mul = 0x20,
  div = 0x30,
  or_ = 0x40,
  and_ = 0x50,
  lsh = 0x60,
  rsh = 0x70,
  neg = 0x80,
  mod = 0x90,
  xor_ = 0xa0,
  mov = 0xb0,
  arsh = 0xc0,
  end = 0xd0,  // byte swaps; the source bit then is kToLe or kToBe
};

enum class Jump : std::uint8_t {
  ja = 0x00,
  jeq = 0x10,
  jgt = 0x20,
  jge = 0x30,
  jset = 0x40,
  jne = 0x50,
  jsgt = 0x60,
  jsge = 0x70,
  call = 0x80,
  exit = 0x90,
  jlt = 0xa0,
  jle = 0xb0,
  jslt = 0xc0,
  jsle = 0xd0,
  jcond = 0xe0,  // may_goto (Linux 6.9)
};

enum class Size : std::uint8_t { w = 0x00, h = 0x08, b = 0x10, dw = 0x18 };  // 4, 2, 1 and 8 bytes

enum class Mode : std::uint8_t {
  imm = 0x00,
  abs = 0x20,
  ind = 0x40,
  mem = 0x60,
  memsx = 0x80,   // sign-extending load (Linux 6.6)
  atomic = 0xc0,  // the operation is in imm
};

// An opcode taken apart. Which of these make sense for it is up to its class.
constexpr Class class_of(std::uint8_t opcode) { return static_cast<Class>(opcode & 0x07); }
constexpr Source source_of(std::uint8_t opcode) { return static_cast<Source>(opcode & 0x08); }
constexpr Alu alu_of(std::uint8_t opcode) { return static_cast<Alu>(opcode & 0xf0); }
constexpr Jump jump_of(std::uint8_t opcode) { return static_cast<Jump>(opcode & 0xf0); }
constexpr Size size_of(std::uint8_t opcode) { return static_cast<Size>(opcode & 0x18); }
constexpr Mode mode_of(std::uint8_t opcode) { return static_cast<Mode>(opcode & 0xe0); }

// An opcode put together.
constexpr std::uint8_t opcode_of(Class c, Alu operation, Source source) {
  return static_cast<std::uint8_t>(static_cast<int>(c) | static_cast<int>(operation) | static_cast<int>(source));
}
constexpr std::uint8_t opcode_of(Class c, Jump operation, Source source) {
  return static_cast<std::uint8_t>(static_cast<int>(c) | static_cast<int>(operation) | static_cast<int>(source));
}
constexpr std::uint8_t opcode_of(Class c, Mode mode, Size size) {
  return static_cast<std::uint8_t>(static_cast<int>(c) | static_cast<int>(mode) | static_cast<int>(size));
}

constexpr int bytes_of(Size size) {
  switch (size) {
    case Size::b:
      return 1;
    case Size::h:
      return 2;
    case Size::w:
      return 4;
    case Size::dw:
      return 8;
  }
  return 0;
}

// The opcodes that code which walks over slots asks for by name.
inline constexpr std::uint8_t kLdImm64 = 0x18;  // the one instruction of two slots; the second one's opcode is 0
inline constexpr std::uint8_t kGoto = 0x05;     // by offset
inline constexpr std::uint8_t kGotol = 0x06;    // by imm (Linux 6.6)
inline constexpr std::uint8_t kGotox = 0x0d;    // to the address in dst, out of an instruction array map (Linux 6.19)
inline constexpr std::uint8_t kMayGoto = 0xe5;
inline constexpr std::uint8_t kCall = 0x85;
inline constexpr std::uint8_t kCallx = 0x8d;  // of the address in dst; what LLVM generates, but no ISA document has
inline constexpr std::uint8_t kExit = 0x95;

// The number of slots of the instruction that starts with this opcode.
constexpr int slots_of(std::uint8_t opcode) { return opcode == kLdImm64 ? 2 : 1; }

inline constexpr std::uint8_t kMaxRegister = 10;  // r10, the frame pointer

// The source bit of byte swaps in class alu. Class alu64 has kToLe for the unconditional swap (Linux 6.6).
inline constexpr Source kToLe = Source::k;
inline constexpr Source kToBe = Source::x;

// `offset` of div and mod: signed division (Linux 6.6).
inline constexpr std::int16_t kSignedDivision = 1;
// `offset` of mov in class alu64: a cast between address spaces, destination << 16 | source in imm (Linux 6.9). Of mov
// in both classes otherwise: the number of low bits that are sign-extended, 8, 16 or 32 (Linux 6.6).
inline constexpr std::int16_t kAddrSpaceCast = 1;

// `src` of ld_imm64 (BPF_PSEUDO_...): what the 64 bits stand for. 0 is the number itself.
inline constexpr std::uint8_t kPseudoMapFd = 1;
inline constexpr std::uint8_t kPseudoMapValue = 2;  // imm is the map's descriptor, the second slot's an offset
inline constexpr std::uint8_t kPseudoBtfId = 3;     // imm is a variable's BTF id, the second slot's a module's BTF fd
inline constexpr std::uint8_t kPseudoFunc = 4;      // imm is the distance to a function, as for a call
inline constexpr std::uint8_t kPseudoMapIdx = 5;    // as kPseudoMapFd, but an index into bpf_attr.fd_array
inline constexpr std::uint8_t kPseudoMapIdxValue = 6;

// `src` of call: what imm stands for. 0 is a helper's number.
inline constexpr std::uint8_t kPseudoCall = 1;       // the distance to a function of this program
inline constexpr std::uint8_t kPseudoKfuncCall = 2;  // a kernel function's BTF id; offset is an index into fd_array

// `imm` of Mode::atomic.
inline constexpr std::int32_t kAtomicAdd = 0x00;
inline constexpr std::int32_t kAtomicOr = 0x40;
inline constexpr std::int32_t kAtomicAnd = 0x50;
inline constexpr std::int32_t kAtomicXor = 0xa0;
inline constexpr std::int32_t kAtomicFetch = 0x01;  // together with one of the four above: src gets the old value
inline constexpr std::int32_t kAtomicXchg = 0xe0 | kAtomicFetch;
inline constexpr std::int32_t kAtomicCmpXchg = 0xf0 | kAtomicFetch;
inline constexpr std::int32_t kAtomicLoadAcq = 0x100;   // Linux 6.15
inline constexpr std::int32_t kAtomicStoreRel = 0x110;  // Linux 6.15

}  // namespace ebpf::insn
