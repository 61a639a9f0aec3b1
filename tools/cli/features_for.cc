// ebpf features --for: whether this kernel has what an object's programs and maps need, by what is in them: types,
// flags, helpers, kfuncs, instructions. Of each thing that is missing it is told which programs need it.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
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

// By the number of the bit; the flag that has none of its own is not one of map creation.
constexpr std::string_view kMapFlags[] = {
    "no_prealloc",      "no_common_lru",  "numa_node",     "rdonly",       "wronly",
    "stack_build_id",   "zero_seed",      "rdonly_prog",   "wronly_prog",  "clone",
    "mmapable",         "preserve_elems", "inner_map",     "link",         "",
    "vtype_btf_obj_fd", "token_fd",       "segv_on_fault", "no_user_conv", "rb_overwrite",
};

void add_map(Needs& needs, const MapSpec& map, const std::string& user) {
  needs.add(features::feature(map.type), user);
  for (std::size_t bit = 0; bit < std::size(kMapFlags); ++bit) {
    const bool is_set = (map.flags >> bit & 1) != 0;
    // A data section that cannot be mapped is made without the flag.
    const bool is_optional = map.is_data && 1u << bit == sys::kMapMmapable;
    if (is_set && !is_optional) needs.add(cat("map_flag:", kMapFlags[bit]), user);
  }
  for (const MapSpec& inner : map.inner) add_map(needs, inner, user);
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

void add_program(Needs& needs, const CollectionSpec& spec, const ProgramSpec& program) {
  const auto alone = spec.only(program.name);
  const CollectionSpec& reached = alone ? *alone : spec;
  needs.add(features::feature(program.program_type), program.name);
  if (program.attach_type && !program.attach_type_optional)
    needs.add(features::feature(*program.attach_type), program.name);
  if (program.attach_by_btf) needs.add("btf:kernel", program.name);
  if (program.flags & sys::kProgXdpHasFrags) needs.add("misc:xdp_frags", program.name);
  add_code(needs, program, program.program_type, program.name);
  for (const FunctionSpec& function : reached.subprograms)
    add_code(needs, function, program.program_type, program.name);
  for (const MapSpec& map : reached.maps) add_map(needs, map, program.name);
  for (const Reference& reference : program.references) {
    const auto external = std::ranges::find(spec.externs, reference.name, &ExternSpec::name);
    if (reference.kind != ReferenceKind::external_call || external == spec.externs.end() || external->is_weak) continue;
    needs.add(features::kfunc(reference.name, program.program_type), program.name);
  }
}

std::string users_text(const Need& need) {
  std::string out;
  for (const std::string& user : need.users) out += cat(out.empty() ? "" : ", ", quoted(user));
  return out;
}

void print_needs_json(std::string_view path, std::span<const Need> needs) {
  Json json;
  json.open_object().key("schema").number(std::uint32_t{1}).key("file").string(path).key("needs").open_array();
  for (const Need& need : needs) {
    const Answer answer = features::probe(need.feature);
    json.open_object().key("name").string(features::name(need.feature));
    json.key("verdict").string(features::name(answer.verdict));
    json.key("denied_by").string_or_null(features::name(answer.denied_by));
    json.key("why").string_or_null(answer.sentence);
    json.key("programs").open_array();
    for (const std::string& user : need.users) json.string(user);
    json.close_array().close_object();
  }
  json.close_array().close_object();
  print_line(json);
}

ExitStatus run_for_object(const std::string& path, bool json) {
  const auto spec = CollectionSpec::read_file(path);
  if (!spec) return print_error(spec.error()), kBadInput;
  Needs needs;
  for (const ProgramSpec& program : spec->programs)
    if (spec->loads(program)) add_program(needs, *spec, program);
  if (json) print_needs_json(path, needs.all());
  ExitStatus status = kOk;
  for (const Need& need : needs.all()) {
    const Answer answer = features::probe(need.feature);
    if (answer.verdict == Verdict::supported) continue;
    status = graver(status, status_of(answer));
    if (!json) print(explanation(need.feature, answer), "; needed by ", users_text(need), "\n");
  }
  if (!json && status == kOk) print(path, ": all that it needs is there\n");
  return status;
}

}  // namespace

constinit const ForObject kFeaturesFor = run_for_object;

}  // namespace ebpf::cli
