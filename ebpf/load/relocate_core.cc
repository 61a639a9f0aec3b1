// Pass: CO-RE. Instructions that depend on the layout of the kernel's types are fitted to this kernel.
//
// What is to stand in an instruction is found out by btf::CoreResolver; here it is put there. An instruction that needs
// what this kernel does not have is replaced by a call of a helper that no kernel has: where the program never comes
// that way the verifier drops it, and otherwise load_programs explains it. The poison's number is libbpf's, so that
// tools which know it from verifier logs find it here, too.
#include <limits>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/text.h"
#include "ebpf/load/missing.h"
#include "ebpf/load/passes.h"
#include "ebpf/load/source_line.h"

namespace ebpf::loader {
namespace {

using insn::Class;
using insn::Slot;

Failure bad_instruction(const Slot& slot, std::string_view why) {
  return fail(errc::malformed, "the instruction (opcode ", hex(slot.opcode), ") ", why);
}

// Instruction and relocation come from the same compiler run: where they differ the object was damaged.
Result<void> check_old_value(const btf::CoreFix& fix, const Slot& slot, std::uint64_t holds) {
  if (!fix.check_old_value || holds == fix.old_value) return {};
  return bad_instruction(slot, cat("holds ", holds, ", but its relocation was made for ", fix.old_value));
}

// Negative numbers are the large ones among the 64-bit ones, as the processor sees them.
std::uint64_t extended(std::int32_t imm) { return static_cast<std::uint64_t>(std::int64_t{imm}); }

Result<void> patch_alu(Slot& slot, const btf::CoreFix& fix) {
  if ((slot.opcode & static_cast<std::uint8_t>(insn::Source::x)) != 0)
    return bad_instruction(slot, "has no immediate value to relocate");
  EBPF_CHECK(check_old_value(fix, slot, extended(slot.imm)));
  const auto value = static_cast<std::int32_t>(fix.new_value);
  if (extended(value) != fix.new_value && fix.new_value > UINT32_MAX)
    return bad_instruction(slot, cat("has no room for ", fix.new_value));
  slot.imm = value;
  return {};
}

struct Width {
  insn::Size code;
  std::uint32_t bytes;
};
constexpr Width kWidths[] = {{insn::Size::b, 1}, {insn::Size::h, 2}, {insn::Size::w, 4}, {insn::Size::dw, 8}};
constexpr std::uint8_t kSizeMask = 0x18;

Result<void> patch_width(Slot& slot, const btf::CoreFix& fix) {
  if (fix.old_size == fix.new_size) return {};
  const Width* now = nullptr;
  const Width* wanted = nullptr;
  for (const Width& width : kWidths) {
    if (static_cast<std::uint8_t>(width.code) == (slot.opcode & kSizeMask)) now = &width;
    if (width.bytes == fix.new_size) wanted = &width;
  }
  if (now->bytes != fix.old_size)
    return bad_instruction(slot, cat("accesses ", now->bytes, " bytes of a member of ", fix.old_size));
  if (wanted == nullptr) return bad_instruction(slot, cat("cannot access a member of ", fix.new_size, " bytes"));
  slot.opcode = static_cast<std::uint8_t>((slot.opcode & ~kSizeMask) | static_cast<std::uint8_t>(wanted->code));
  return {};
}

Result<void> patch_memory(Slot& slot, const btf::CoreFix& fix) {
  EBPF_CHECK(check_old_value(fix, slot, extended(slot.offset)));
  if (fix.new_value > static_cast<std::uint64_t>(std::numeric_limits<std::int16_t>::max()))
    return fail(errc::out_of_range, "the member is at offset ", fix.new_value,
                " in this kernel, and a load or "
                "store reaches up to 32767");
  slot.offset = static_cast<std::int16_t>(fix.new_value);
  return patch_width(slot, fix);
}

Result<void> patch_wide(Slot& first, Slot& second, const btf::CoreFix& fix) {
  const bool is_number =
      first.src() == 0 && first.offset == 0 && second.opcode == 0 && second.registers == 0 && second.offset == 0;
  if (first.opcode != insn::kLdImm64 || !is_number) return bad_instruction(first, "is no load of a number");
  const std::uint64_t holds = static_cast<std::uint32_t>(first.imm) | extended(second.imm) << 32;
  std::uint64_t value = fix.new_value;
  if (holds != fix.old_value && holds == fix.old_unsigned)
    value = fix.new_unsigned;
  else
    EBPF_CHECK(check_old_value(fix, first, holds));
  first.imm = static_cast<std::int32_t>(value);
  second.imm = static_cast<std::int32_t>(value >> 32);
  return {};
}

Result<void> patch(std::span<Slot> code, const btf::CoreFix& fix) {
  switch (insn::class_of(code[0].opcode)) {
    case Class::alu:
    case Class::alu64:
      return patch_alu(code[0], fix);
    case Class::ldx:
    case Class::st:
    case Class::stx:
      return patch_memory(code[0], fix);
    case Class::ld:
      if (code.size() < 2) return bad_instruction(code[0], "is the first half of one that is cut off");
      return patch_wide(code[0], code[1], fix);
    default:
      return bad_instruction(code[0], "has nothing to relocate");
  }
}

bool is_memory_access(const Slot& slot) {
  const Class of = insn::class_of(slot.opcode);
  return of == Class::ldx || of == Class::st || of == Class::stx;
}

void poison(ProgramPlan& program, const btf::CoreRelocation& relocation, bool is_incompatible) {
  const std::size_t slots = static_cast<std::size_t>(insn::slots_of(program.code[relocation.slot].opcode));
  for (std::size_t i = 0; i < slots && relocation.slot + i < program.code.size(); ++i)
    program.code[relocation.slot + i] = kPoison;
  program.poisoned.push_back({relocation.slot, relocation, is_incompatible});
}

Result<void> relocate(LoadPlan& plan, ProgramPlan& program, const btf::CoreRelocation& relocation) {
  if (relocation.slot >= program.code.size())
    return fail(errc::malformed, "a CO-RE relocation is for instruction ", relocation.slot, " of ",
                program.code.size());
  EBPF_TRY(const btf::CoreFix& fix, plan.core->resolve(relocation));
  const std::span<Slot> code = std::span(program.code).subspan(relocation.slot);
  if (fix.poison) {
    poison(program, relocation, false);
    return {};
  }
  // Whether the relocation fits the instruction is checked first: a damaged object is refused, not poisoned.
  if (fix.incompatible_access && is_memory_access(code[0])) {
    EBPF_CHECK(check_old_value(fix, code[0], extended(code[0].offset)));
    poison(program, relocation, true);
    return {};
  }
  return patch(code, fix);
}

std::string label(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot) {
  const std::string place = source_place(plan, program, slot);
  return place.empty() ? cat("instruction ", slot) : cat("instruction ", slot, " (", place, ")");
}

}  // namespace

Result<void> relocate_core(LoadPlan& plan) {
  return plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    for (const btf::CoreRelocation& relocation : program.core_relocations)
      EBPF_CHECK_IN(relocate(plan, program, relocation), "CO-RE: ", label(plan, program, relocation.slot));
    return {};
  });
}

}  // namespace ebpf::loader
