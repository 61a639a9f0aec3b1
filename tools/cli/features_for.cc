// ebpf features --for: whether this kernel has what an object's programs and maps need, by what is in them: types,
// flags, helpers, kfuncs, instructions, options of the configuration. Of each thing that is missing it is told which
// programs need it.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/name_search.h"
#include "ebpf/ebpf.h"
#include "ebpf/sys/uapi.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Answer;
using features::Feature;
using features::Verdict;

// A feature and who needs it.
struct Need {
  Feature feature;
  std::vector<std::string> users;
};

class Needs {
 public:
  void add(const Feature& feature, const std::string& user) {
    auto found = std::ranges::find(all_, feature, &Need::feature);
    if (found == all_.end()) found = all_.insert(all_.end(), {feature, {}});
    if (std::ranges::find(found->users, user) == found->users.end()) found->users.push_back(user);
  }
  void add(std::string_view name, const std::string& user) {
    if (const auto feature = features::parse_feature(name)) add(*feature, user);
  }
  std::span<const Need> all() const { return all_; }

 private:
  std::vector<Need> all_;
};

// A structure of callbacks, by its name, which is no feature of the library's.
constexpr std::uint32_t kStructOps = UINT32_MAX;
Feature struct_ops(std::string_view name) { return {.number = kStructOps, .word = std::string(name)}; }

std::string name_of(const Feature& feature) {
  return feature.number == kStructOps ? cat("struct_ops:", feature.word) : features::name(feature);
}

// The kernel has a type for the values of each structure that it takes.
Answer probe_struct_ops(std::string_view structure) {
  const auto kernel = KernelTypes::running();
  if (!kernel) return {.verdict = Verdict::unknown, .sentence = kernel.error().message()};
  const std::string wrapper = cat("bpf_struct_ops_", structure);
  bool found = (*kernel)->types().find(wrapper, btf::Kind::structure).has_value();
  for (const KernelTypes::Module* module : (*kernel)->modules())
    found = found || module->types.find(wrapper, btf::Kind::structure);
  if (found) return {.verdict = Verdict::supported};
  return {.verdict = Verdict::absent,
          .sentence = "neither the kernel nor a module that is loaded has such a structure"};
}

Answer answer_of(const Feature& feature) {
  return feature.number == kStructOps ? probe_struct_ops(feature.word) : features::probe(feature);
}

// Not where it is unknown because nobody tried.
bool is_asked(const Feature& feature, const Answer& answer) {
  return answer.verdict != Verdict::unknown || answer.os_error != 0 || !features::is_too_loud(feature);
}

void add_map(Needs& needs, const CollectionSpec& spec, const MapSpec& map, const std::string& user) {
  needs.add(features::feature(map.type), user);
  for (std::uint32_t rest = map.flags; rest != 0; rest &= rest - 1) {
    const std::uint32_t flag = rest & -rest;
    // A data section that cannot be mapped is made without the flag.
    if (!map.is_data || flag != sys::kMapMmapable) needs.add(features::map_flag(flag), user);
  }
  for (const MapSpec& inner : map.inner) add_map(needs, spec, inner, user);
  const auto structure = spec.types.type(map.value_type);
  if (map.type == MapType::struct_ops && structure) needs.add(struct_ops(btf::essential_name(structure->name())), user);
}

// What an instruction is the first of; empty for those of old.
std::string_view instruction_feature(const insn::Slot& slot) {
  using namespace insn;
  const Class kind = class_of(slot.opcode);
  if (slot.opcode == kMayGoto) return "isa:may_goto";
  if (slot.opcode == kGotol) return "isa:v4";
  if (kind == Class::jmp32) return "isa:v3";
  const Jump jump = jump_of(slot.opcode);
  if (kind == Class::jmp)
    return jump == Jump::jlt || jump == Jump::jle || jump == Jump::jslt || jump == Jump::jsle ? "isa:v2" : "";
  if (kind == Class::ldx) return mode_of(slot.opcode) == Mode::memsx ? "isa:v4" : "";
  if (kind == Class::stx && mode_of(slot.opcode) == Mode::atomic) {
    if (slot.imm == kAtomicLoadAcq || slot.imm == kAtomicStoreRel) return "isa:load_acquire";
    return slot.imm == kAtomicAdd ? "" : "isa:atomics";
  }
  if (kind != Class::alu && kind != Class::alu64) return "";
  const Alu operation = alu_of(slot.opcode);
  if (operation == Alu::end) return kind == Class::alu64 ? "isa:v4" : "";
  if (slot.offset == 0) return "";
  return operation == Alu::mov && slot.offset == kAddrSpaceCast ? "isa:addr_space_cast" : "isa:v4";
}

std::string_view reference_feature(ReferenceKind kind) {
  switch (kind) {
    case ReferenceKind::map_value:
      return "misc:global_data";
    case ReferenceKind::call:
      return "misc:bpf2bpf";
    case ReferenceKind::function:
      return "misc:callbacks";
    case ReferenceKind::jump_table:
      return "map:insn_array";
    default:
      return {};
  }
}

void add_code(Needs& needs, const FunctionSpec& function, ProgramType type, const std::string& user) {
  for (std::size_t i = 0; i < function.code.size(); ++i) {
    const insn::Slot& slot = function.code[i];
    if (slot.opcode == insn::kLdImm64) {
      ++i;  // its second slot is no instruction
      continue;
    }
    if (slot.opcode == insn::kCall && slot.src() == 0 && type != ProgramType::unspec)
      needs.add(features::feature(type, static_cast<insn::helper>(slot.imm)), user);
    else if (const std::string_view feature = instruction_feature(slot); !feature.empty())
      needs.add(feature, user);
  }
  for (const Reference& reference : function.references)
    if (const std::string_view feature = reference_feature(reference.kind); !feature.empty()) needs.add(feature, user);
  if (!function.core_relocations.empty()) needs.add("btf:kernel", user);
}

// A name that is declared, and not weak.
bool must_be_there(const CollectionSpec& spec, std::string_view name) {
  const auto external = std::ranges::find(spec.externs, name, &ExternSpec::name);
  return external != spec.externs.end() && !external->is_weak;
}

// Of a program or a subprogram of it. (The loader takes global functions for static ones on a kernel that has only
// those, so that misc:global_functions is not needed.)
void add_function(Needs& needs, const CollectionSpec& spec, const FunctionSpec& function, ProgramType type,
                  const std::string& user) {
  add_code(needs, function, type, user);
  for (const Reference& reference : function.references)
    if (reference.kind == ReferenceKind::external_call && must_be_there(spec, reference.name))
      needs.add(features::kfunc(std::string(btf::essential_name(reference.name)), type), user);
}

// The flags of a load that a kernel may not know.
struct LoadFlag {
  ProgramType type;
  std::uint32_t flag;
  std::string_view feature;
};
constexpr LoadFlag kLoadFlags[] = {
    {ProgramType::xdp, sys::kProgXdpHasFrags, "misc:xdp_frags"},
    {ProgramType::kprobe, sys::kProgSleepable, "misc:sleepable_uprobes"},
};

// The longest program before Linux 5.2 (BPF_MAXINSNS).
constexpr std::size_t kShortProgram = 4096;

void add_program(Needs& needs, const CollectionSpec& whole, const ProgramSpec& program) {
  const auto alone = whole.only(program.name);
  const CollectionSpec& spec = alone ? *alone : whole;
  const std::string& user = program.name;
  const ProgramType type = program.program_type;
  needs.add(features::feature(type), user);
  if (program.attach_type && !program.attach_type_optional) needs.add(features::feature(*program.attach_type), user);
  if (program.attach_by_btf) needs.add("btf:kernel", user);
  for (const LoadFlag& each : kLoadFlags)
    if (each.type == type && (program.flags & each.flag) != 0) needs.add(each.feature, user);
  std::size_t length = program.code.size();
  add_function(needs, spec, program, type, user);
  for (const FunctionSpec& function : spec.subprograms) {
    length += function.code.size();
    add_function(needs, spec, function, type, user);
  }
  if (length > kShortProgram) needs.add("misc:large_programs", user);
  for (const MapSpec& map : spec.maps) add_map(needs, spec, map, user);
  for (const VariableSpec& variable : spec.variables)
    if (variable.section == kKconfigSection && variable.name.starts_with("CONFIG_") &&
        must_be_there(spec, variable.name))
      needs.add(features::config_option(variable.name), user);
}

std::string users_text(const Need& need) {
  std::string out;
  for (const std::string& user : need.users) out += cat(out.empty() ? "" : ", ", quoted(user));
  return out;
}

void add_need(Json& json, const std::string& name, const Answer& answer, bool asked, const Need& need) {
  json.open_object().key("name").string(name);
  json.key("verdict").string(features::name(answer.verdict));
  json.key("denied_by").string_or_null(features::name(answer.denied_by));
  json.key("why").string_or_null(answer.sentence);
  json.key("asked").boolean(asked);
  json.key("programs").open_array();
  for (const std::string& user : need.users) json.string(user);
  json.close_array().close_object();
}

ExitStatus run_for_object(const std::string& path, bool as_json) {
  const auto spec = CollectionSpec::read_file(path);
  if (!spec) return print_error(spec.error()), kBadInput;
  Needs needs;
  for (const ProgramSpec& program : spec->programs)
    if (spec->loads(program)) add_program(needs, *spec, program);
  Json json;
  json.open_object().key("schema").number(std::uint32_t{1}).key("file").string(path).key("needs").open_array();
  ExitStatus status = kOk;
  std::string_view sum = ": all that it needs is there";
  for (const Need& need : needs.all()) {
    const Answer answer = answer_of(need.feature);
    // A question that was not put has no answer, neither yes nor no.
    const bool asked = is_asked(need.feature, answer);
    const std::string name = name_of(need.feature);
    add_need(json, name, answer, asked, need);
    if (answer.verdict == Verdict::supported) continue;
    if (asked)
      status = graver(status, status_of(answer));
    else
      sum = ": all that was asked for is there";
    if (as_json) continue;
    print(asked ? explanation(name, need.feature, answer)
                : cat(name, ": not asked: the kernel logs programs that call it; --loud asks"),
          "; needed by ", users_text(need), "\n");
  }
  json.close_array().close_object();
  if (as_json)
    print_line(json);
  else if (status == kOk)
    print(printable(path), sum, "\n");
  return status;
}

}  // namespace

constinit const ForObject kFeaturesFor = run_for_object;

}  // namespace ebpf::cli
