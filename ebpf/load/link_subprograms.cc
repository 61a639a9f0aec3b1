// Pass: programs are linked with the subprograms that they use.
//
// The kernel takes a program as one run of instructions. Each program therefore gets its own copy of every subprogram
// that it reaches, behind its own code, in the order in which a walk over the code meets them: into a subprogram as
// soon as it is met. (The same order as libbpf's, so that the same object gives the kernel the same instructions.) A
// call counts the slots from the instruction behind it to the callee; so does the address of a function, loaded with
// ld_imm64.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

constexpr std::size_t kMostSlots = 1'000'000;  // BPF_COMPLEXITY_LIMIT_INSNS, the longest program that any kernel takes

// All functions that can be linked: subprograms, and programs, which may call each other.
class FunctionTable {
 public:
  Result<void> fill(const CollectionSpec& spec) {
    for (const FunctionSpec& function : spec.subprograms) add(function);
    for (const ProgramSpec& program : spec.programs) add(program);
    return names_.finish("functions");
  }
  std::optional<std::size_t> find(std::string_view name) const { return names_.find(name); }
  const FunctionSpec& operator[](std::size_t index) const { return *functions_[index]; }
  std::size_t size() const { return functions_.size(); }

 private:
  void add(const FunctionSpec& function) {
    names_.add(function.name, functions_.size());
    functions_.push_back(&function);
  }
  std::vector<const FunctionSpec*> functions_;
  NameIndex names_;
};

class ProgramLinker {
 public:
  ProgramLinker(const FunctionTable& functions, ProgramPlan& program)
      : functions_(functions), program_(program), starts_(functions.size(), kNotPlaced) {}

  Result<void> link() {
    const auto main = functions_.find(program_.spec->name);
    EBPF_CHECK(place(*main));
    EBPF_CHECK(walk());
    EBPF_CHECK(add_exception_callback());
    drop_incomplete_records();
    return {};
  }

 private:
  static constexpr std::uint32_t kNotPlaced = UINT32_MAX;
  struct Frame {
    std::size_t function;
    std::size_t next;  // of its references
  };

  Result<void> walk() {
    while (!open_.empty()) {
      Frame& frame = open_.back();
      const FunctionSpec& function = functions_[frame.function];
      if (frame.next == function.references.size()) {
        open_.pop_back();
        continue;
      }
      // `place` may grow open_ and so move the frame: it is not used behind this.
      const Reference& reference = function.references[frame.next++];
      EBPF_CHECK(follow(function, starts_[frame.function] + reference.slot, reference));
    }
    return {};
  }

  // Nothing calls it but the kernel, so no reference leads there.
  Result<void> add_exception_callback() {
    const std::string& name = program_.spec->exception_callback;
    if (name.empty()) return {};
    const auto callback = functions_.find(name);
    if (!callback) return fail(errc::not_found, "its exception callback ", quoted(name), " does not exist");
    if (functions_[*callback].is_static)
      return fail(errc::invalid_argument, "its exception callback ", quoted(name), " is static; it must be global");
    if (starts_[*callback] == kNotPlaced) EBPF_CHECK(place(*callback));
    return walk();
  }

  // Appends a function's code and records.
  Result<void> place(std::size_t index) {
    const FunctionSpec& function = functions_[index];
    const auto start = static_cast<std::uint32_t>(program_.code.size());
    if (function.code.empty() || function.code.size() > kMostSlots - start)
      return fail(errc::out_of_range, "with subprogram ", quoted(function.name),
                  " it has no instructions or more than ", kMostSlots);
    starts_[index] = start;
    program_.code.insert(program_.code.end(), function.code.begin(), function.code.end());
    for (btf::LineInfo line : function.lines) program_.lines.push_back((line.slot += start, line));
    for (btf::CoreRelocation core : function.core_relocations)
      program_.core_relocations.push_back((core.slot += start, core));
    program_.functions.push_back({start, function.type});
    has_types_ = has_types_ && function.type != 0;
    has_lines_ = has_lines_ && !function.lines.empty() && function.lines.front().slot == 0;
    open_.push_back({index, 0});
    return {};
  }

  Result<void> follow(const FunctionSpec& function, std::uint32_t slot, const Reference& reference) {
    const bool wide = reference.kind != ReferenceKind::call && reference.kind != ReferenceKind::external_call;
    if (std::size_t{reference.slot} + (wide ? 1 : 0) >= function.code.size())
      return fail(errc::invalid_argument, "function ", quoted(function.name), ": a reference is to instruction ",
                  reference.slot, ", but it has ", function.code.size());
    if (reference.kind == ReferenceKind::jump_table) return use_table(function, slot, reference);
    if (reference.kind != ReferenceKind::call && reference.kind != ReferenceKind::function) {
      program_.references.push_back({slot, &reference});
      return {};
    }
    const auto target = functions_.find(reference.name);
    if (!target)
      return fail(errc::not_found, "function ", quoted(function.name), " uses function ", quoted(reference.name),
                  ", which does not exist");
    if (starts_[*target] == kNotPlaced) EBPF_CHECK(place(*target));
    insn::Slot& instruction = program_.code[slot];
    instruction.set_src(wide ? insn::kPseudoFunc : insn::kPseudoCall);
    instruction.imm = static_cast<std::int32_t>(starts_[*target]) - static_cast<std::int32_t>(slot) - 1;
    if (wide) program_.code[slot + 1].imm = 0;
    return {};
  }

  // A table is made once for each program, however often its function refers to it.
  Result<void> use_table(const FunctionSpec& function, std::uint32_t slot, const Reference& reference) {
    const std::uint32_t start = slot - reference.slot;
    for (std::size_t i = 0; i < program_.jump_tables.size(); ++i) {
      const JumpTablePlan& known = program_.jump_tables[i];
      if (known.start != start || known.table->name != reference.name) continue;
      program_.references.push_back({slot, &reference, i});
      return {};
    }
    const auto table = std::ranges::find(function.jump_tables, reference.name, &JumpTable::name);
    if (table == function.jump_tables.end())
      return fail(errc::not_found, "function ", quoted(function.name), " uses jump table ", quoted(reference.name),
                  ", which does not exist");
    for (const std::uint32_t target : table->targets)
      if (target >= function.code.size())
        return fail(errc::invalid_argument, "function ", quoted(function.name), ": jump table ", quoted(table->name),
                    " leads to instruction ", target, ", but it has ", function.code.size());
    program_.references.push_back({slot, &reference, program_.jump_tables.size()});
    program_.jump_tables.push_back({&*table, start});
    return {};
  }

  // The kernel wants these records for every function of a program or for none.
  void drop_incomplete_records() {
    if (!has_types_) program_.functions.clear();
    if (!has_types_ || !has_lines_) program_.lines.clear();
  }

  const FunctionTable& functions_;
  ProgramPlan& program_;
  std::vector<std::uint32_t> starts_;  // by function: the slot at which its copy begins
  std::vector<Frame> open_;            // functions whose references are being followed
  bool has_types_ = true;
  bool has_lines_ = true;
};

}  // namespace

Result<void> link_subprograms(LoadPlan& plan) {
  FunctionTable functions;
  EBPF_CHECK(functions.fill(plan.spec));
  return plan.for_each_program([&](ProgramPlan& program) { return ProgramLinker(functions, program).link(); });
}

}  // namespace ebpf::loader
