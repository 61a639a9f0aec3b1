// Pass: types for functions that are given the program's context, as kernels before 6.8 want them.
//
// The verifier looks at a global function by itself, so its arguments have to say what they are. Since Linux 6.8 a tag
// says that one is the context, whatever it points to (__arg_ctx, a decl tag "arg:ctx"). Before, it is one if it points
// to a structure of the name that the context has for this type of program (btf_get_prog_ctx_type in the kernel's
// kernel/bpf/btf.c): nothing but the name counts, and bpf_user_pt_regs_t is a structure to it, too.
//
// Each function with such a tag gets a second FUNC, whose tagged arguments point to a structure of that name; one that
// programs of several types share gets one for each name. They come behind the object's own types, which keep their
// numbers, and go to the kernel with them: maps and programs have to be of the same table, which is loaded before the
// first program shows what the kernel knows. Which FUNC is meant is said with each program (load_programs.cc).
#include <algorithm>
#include <compare>
#include <optional>
#include <string_view>
#include <vector>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/builder.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// What a tagged argument may point to besides `void` and the context itself. The same as a kernel that knows the tag
// allows (btf_validate_prog_ctx_type), so that a mistake is one on every kernel.
enum class Also : std::uint8_t { nothing, registers, words, anything };

struct Context {
  ProgramType program;
  std::string_view name;  // of the context in the kernel's <linux/bpf_types.h>
  Also also = Also::nothing;
};

// Types of programs that are not here have a context without a name (void *): before 6.8 there is no way to say it.
constexpr Context kContexts[] = {
    {ProgramType::socket_filter, "__sk_buff"},
    {ProgramType::kprobe, "bpf_user_pt_regs_t", Also::registers},
    {ProgramType::sched_cls, "__sk_buff"},
    {ProgramType::sched_act, "__sk_buff"},
    {ProgramType::tracepoint, "__u64", Also::anything},
    {ProgramType::xdp, "xdp_md"},
    {ProgramType::perf_event, "bpf_perf_event_data", Also::registers},
    {ProgramType::cgroup_skb, "__sk_buff"},
    {ProgramType::cgroup_sock, "bpf_sock"},
    {ProgramType::lwt_in, "__sk_buff"},
    {ProgramType::lwt_out, "__sk_buff"},
    {ProgramType::lwt_xmit, "__sk_buff"},
    {ProgramType::lwt_seg6local, "__sk_buff"},
    {ProgramType::sock_ops, "bpf_sock_ops"},
    {ProgramType::sk_skb, "__sk_buff"},
    {ProgramType::cgroup_device, "bpf_cgroup_dev_ctx"},
    {ProgramType::sk_msg, "sk_msg_md"},
    {ProgramType::raw_tracepoint, "bpf_raw_tracepoint_args", Also::words},
    {ProgramType::raw_tracepoint_writable, "bpf_raw_tracepoint_args", Also::words},
    {ProgramType::cgroup_sock_addr, "bpf_sock_addr"},
    {ProgramType::sk_reuseport, "sk_reuseport_md"},
    {ProgramType::flow_dissector, "__sk_buff"},
    {ProgramType::cgroup_sysctl, "bpf_sysctl"},
    {ProgramType::cgroup_sockopt, "bpf_sockopt"},
    {ProgramType::sk_lookup, "bpf_sk_lookup"},
    {ProgramType::netfilter, "bpf_nf_ctx"},
};

const Context* context_of(ProgramType type) {
  const auto* const found = std::ranges::find(kContexts, type, &Context::program);
  return found == std::end(kContexts) ? nullptr : found;
}

// What bpf_user_pt_regs_t stands for, by architecture: x86 and others, arm64, s390 and riscv.
constexpr std::string_view kRegisters[] = {"pt_regs", "user_pt_regs", "user_regs_struct"};

struct Tag {
  btf::TypeId function;
  std::uint32_t parameter;
  auto operator<=>(const Tag&) const = default;
};

// The tagged arguments of all functions, by function.
std::vector<Tag> find_tags(const btf::Spec& types) {
  std::vector<Tag> out;
  for (const btf::Type type : types)
    if (type.is(btf::Kind::decl_tag) && type.component_index() >= 0 && type.name() == "arg:ctx")
      out.push_back({type.referenced(), static_cast<std::uint32_t>(type.component_index())});
  stable_sort(out);
  return out;
}

// The types for one name of the context.
struct NamedTypes {
  std::string_view name;
  btf::TypeId pointer = 0;                  // to the structure of that name; 0: not there yet
  std::vector<btf::TypeId> functions = {};  // by the object's own; 0: not looked at yet
};

class ContextNamer {
 public:
  explicit ContextNamer(const btf::Spec& types) : types_(types), tags_(find_tags(types)) {}

  bool is_needed() const { return !tags_.empty(); }

  // Fills in `functions_by_name`. The program's own function comes first; its argument needs no saying.
  Result<void> run(ProgramPlan& program) {
    const Context* context = context_of(program.spec->program_type);
    if (context == nullptr || program.functions.size() < 2) return {};
    NamedTypes& named = types_for(context->name);
    std::vector<btf::FunctionInfo> functions = program.functions;
    for (std::size_t i = 1; i < functions.size(); ++i) {
      EBPF_TRY(functions[i].type, function_for(functions[i].type, *context, named));
    }
    if (functions != program.functions) program.functions_by_name = std::move(functions);
    return {};
  }

  Result<void> add_to(btf::Spec& types) const {
    if (!builder_) return {};
    EBPF_TRY(types, builder_->spec(types.byte_order()));
    return {};
  }

 private:
  NamedTypes& types_for(std::string_view name) {
    for (NamedTypes& known : named_)
      if (known.name == name) return known;
    return named_.emplace_back(NamedTypes{.name = name, .functions = std::vector<btf::TypeId>(types_.type_count())});
  }

  // The function with its tagged arguments as pointers to the context's structure; itself where none of them changes.
  Result<btf::TypeId> function_for(btf::TypeId id, const Context& context, NamedTypes& named) {
    if (id >= named.functions.size())
      return fail(errc::invalid_argument, "a function has type ", id, ", which is none");
    btf::TypeId& result = named.functions[id];
    if (result == 0) {
      EBPF_TRY(result, make_function(id, context, named));
    }
    return result;
  }

  Result<btf::TypeId> make_function(btf::TypeId id, const Context& context, NamedTypes& named) {
    const auto tags = std::ranges::equal_range(tags_, id, {}, &Tag::function);
    EBPF_TRY(const btf::Type function, types_.type(id));
    if (tags.empty() || !function.is(btf::Kind::function) || function.linkage() != btf::Linkage::global) return id;
    EBPF_TRY(const btf::Type prototype, types_.type(function.referenced()));
    btf::NewPrototype changed = {.returns = prototype.referenced()};
    for (std::uint32_t i = 0; i < prototype.vlen(); ++i) changed.parameters.push_back(prototype.parameter(i));
    bool differs = false;
    for (const Tag& tag : tags) {
      if (tag.parameter >= changed.parameters.size()) continue;
      btf::TypeId& type = changed.parameters[tag.parameter].type;
      EBPF_TRY(const bool is_other, is_to_be_named(type, context));
      if (!is_other) continue;
      EBPF_TRY(type, pointer_to(named));
      differs = true;
    }
    if (!differs) return id;
    return builder_->add_function(function.name(), builder_->add_prototype(changed), function.linkage());
  }

  Result<bool> is_to_be_named(btf::TypeId argument, const Context& context) const {
    EBPF_TRY(const btf::Type pointer, types_.strip(argument));
    if (!pointer.is(btf::Kind::pointer)) return false;
    EBPF_TRY(const btf::Type type, types_.strip(pointer.referenced()));
    if (type.is(btf::Kind::none)) return true;
    if (type.is(btf::Kind::structure) && type.name() == context.name) return false;
    switch (context.also) {
      case Also::nothing:
        return false;
      case Also::registers:
        return type.is(btf::Kind::structure) && std::ranges::find(kRegisters, type.name()) != std::end(kRegisters);
      case Also::words:
        return type.is(btf::Kind::integer) && type.size() == sizeof(std::uint64_t);
      case Also::anything:
        return true;
    }
    return false;
  }

  Result<btf::TypeId> pointer_to(NamedTypes& named) {
    if (named.pointer != 0) return named.pointer;
    if (!builder_) {
      EBPF_TRY(builder_, btf::Builder::continuing(types_));
    }
    const auto there = types_.find(named.name, btf::Kind::structure);
    named.pointer = builder_->add_pointer(there ? *there : builder_->add_structure({.name = named.name}));
    return named.pointer;
  }

  const btf::Spec& types_;
  std::vector<Tag> tags_;
  std::optional<btf::Builder> builder_;  // the object's own types, to which others are added
  std::vector<NamedTypes> named_;
};

bool may_pass_context(const ProgramPlan& program) {
  return program.functions.size() > 1 && context_of(program.spec->program_type) != nullptr;
}

}  // namespace

Result<void> name_contexts(LoadPlan& plan) {
  if (!std::ranges::any_of(plan.programs, may_pass_context)) return {};
  ContextNamer namer(plan.spec.types);
  if (!namer.is_needed()) return {};
  EBPF_CHECK(plan.for_each_program([&](ProgramPlan& program) { return namer.run(program); }));
  return namer.add_to(plan.types);
}

}  // namespace ebpf::loader
