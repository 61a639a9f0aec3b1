// Each question is asked by doing what it asks about, on a map or program of its own that goes at once. An answer that
// may have another cause (nothing at all is allowed, say) is not kept.
#include "ebpf/load/old_kernel.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "ebpf/asm/opcode.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/token.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

enum class Names : std::uint8_t { unknown, none, plain, dotted };
enum class Answer : std::uint8_t { unknown, no, yes };

// The answers do not depend on who asks, so two threads that ask at once do no harm.
constinit std::atomic<Names> known_names = Names::unknown;
constinit std::atomic<Answer> known_probe_read = Answer::unknown;

bool takes_name(std::string_view name) {
  sys::MapCreateAttr attr;
  attr.map_type = MapType::array;
  attr.key_size = attr.value_size = sizeof(std::uint32_t);
  attr.max_entries = 1;
  copy_object_name(attr.map_name, name);
  return sys::map_create(attr).has_value();
}

Names names() {
  if (const Names known = known_names.load(std::memory_order_relaxed); known != Names::unknown) return known;
  const Names answer = takes_name("a.b")  ? Names::dotted
                       : takes_name("ab") ? Names::plain
                       : takes_name("")   ? Names::none
                                          : Names::unknown;
  known_names.store(answer, std::memory_order_relaxed);
  return answer;
}

struct Renamed {
  std::int32_t since_5_5;
  std::int32_t before;
};
constexpr std::int32_t kProbeRead = 4, kProbeReadStr = 45, kProbeReadUser = 112, kProbeReadKernel = 113,
                       kProbeReadUserStr = 114, kProbeReadKernelStr = 115;
constexpr Renamed kRenamed[] = {{kProbeReadUser, kProbeRead},
                                {kProbeReadKernel, kProbeRead},
                                {kProbeReadUserStr, kProbeReadStr},
                                {kProbeReadKernelStr, kProbeReadStr}};

const Renamed* renamed(const insn::Slot& slot) {
  if (slot.opcode != insn::kCall || slot.src() != 0) return nullptr;
  for (const Renamed& row : kRenamed)
    if (row.since_5_5 == slot.imm) return &row;
  return nullptr;
}

// Calls f(slot) for each slot that is an instruction, and not the second half of one.
template <class Slots, class F>
void for_each_instruction(Slots& code, F f) {
  for (std::size_t at = 0; at < code.size(); at += static_cast<std::size_t>(insn::slots_of(code[at].opcode)))
    f(code[at]);
}

// What both helpers take: r1 = r10 - 8, r2 = 8, r3 = 0.
bool may_read_with(std::int32_t helper) {
  const insn::Slot code[] = {insn::make_slot(0xbf, 1, 10, 0, 0),
                             insn::make_slot(0x07, 1, 0, 0, -8),
                             insn::make_slot(0xb7, 2, 0, 0, 8),
                             insn::make_slot(0xb7, 3, 0, 0, 0),
                             insn::make_slot(insn::kCall, 0, 0, 0, helper),
                             insn::make_slot(0xb7, 0, 0, 0, 0),
                             insn::make_slot(insn::kExit, 0, 0, 0, 0)};
  Token token;
  return is_accepted(code, token).value_or(false);
}

bool lacks_probe_read_kernel() {
  Answer answer = known_probe_read.load(std::memory_order_relaxed);
  if (answer == Answer::unknown) {
    if (may_read_with(kProbeReadKernel))
      answer = Answer::yes;
    else if (may_read_with(kProbeRead))
      answer = Answer::no;
    known_probe_read.store(answer, std::memory_order_relaxed);
  }
  return answer == Answer::no;
}

}  // namespace

bool fit_name(char (&name)[16]) {
  const std::string_view text(name, strnlen(name, sizeof name));
  if (text.empty()) return false;
  const Names taken = names();
  if (taken == Names::none) {
    std::fill(std::begin(name), std::end(name), '\0');
    return true;
  }
  if (taken != Names::plain || text.find('.') == std::string_view::npos) return false;
  std::replace(std::begin(name), std::end(name), '.', '_');
  return true;
}

std::vector<insn::Slot> fit_helpers(std::span<const insn::Slot> code) {
  bool has_any = false;
  for_each_instruction(code, [&](const insn::Slot& slot) { has_any = has_any || renamed(slot) != nullptr; });
  if (!has_any || !lacks_probe_read_kernel()) return {};
  std::vector<insn::Slot> out(code.begin(), code.end());
  for_each_instruction(out, [](insn::Slot& slot) {
    if (const Renamed* row = renamed(slot)) slot.imm = row->before;
  });
  return out;
}

Result<bool> is_accepted(std::span<const insn::Slot> code, Token& token) {
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::tracepoint;
  attr.insns = sys::to_u64(code.data());
  attr.insn_cnt = static_cast<std::uint32_t>(code.size());
  attr.license = sys::to_u64("GPL");
  auto fd = call_with_rights(token, attr, sys::prog_load);
  if (fd) return true;
  if (fd.error().os_error() == EINVAL || fd.error().os_error() == EACCES) return false;  // the verifier's answers
  if (fd.error().os_error() != EPERM) return fail_in(std::move(fd));
  return token.explain(std::move(fd).error(), Need::load_program);
}

void forget_old_kernel() {
  known_names.store(Names::unknown, std::memory_order_relaxed);
  known_probe_read.store(Answer::unknown, std::memory_order_relaxed);
}

}  // namespace ebpf::loader
