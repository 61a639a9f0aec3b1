// Types for functions that are given the program's context, as kernels before 6.8 want them: of an object whose
// functions are shared by programs of many types, and of single functions, made for the case.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/load/passes.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"
#include "tests/unit/load/plan_for_test.h"

namespace ebpf::loader {
namespace {

using test::Planned;

void link_and_name(Planned& planned) {
  REQUIRE(link_subprograms(planned.plan));
  const auto named = name_contexts(planned.plan);
  REQUIRE_MESSAGE(named.has_value(), named.error().message());
}

// "emit(void *, unsigned long long)"
std::string signature(const btf::Spec& types, btf::TypeId function) {
  const auto type = types.type(function);
  REQUIRE((type && type->is(btf::Kind::function)));
  const auto prototype = types.type(type->referenced());
  REQUIRE((prototype && prototype->is(btf::Kind::function_prototype)));
  std::string out = std::string(type->name()) + "(";
  for (std::uint32_t i = 0; i < prototype->vlen(); ++i)
    out += (i == 0 ? "" : ", ") + types.describe(prototype->parameter(i).type);
  return out + ")";
}

// What a program's functions are in the other list of records, but for the program itself.
std::vector<std::string> by_name(const LoadPlan& plan, std::string_view name) {
  std::vector<std::string> out;
  for (const ProgramPlan& program : plan.programs) {
    if (program.spec->name != name) continue;
    REQUIRE(program.functions_by_name.size() == program.functions.size());
    CHECK(program.functions_by_name.front() == program.functions.front());
    for (std::size_t i = 1; i < program.functions.size(); ++i) {
      CHECK(program.functions_by_name[i].slot == program.functions[i].slot);
      out.push_back(signature(plan.types, program.functions_by_name[i].type));
    }
  }
  return out;
}

CollectionSpec object() {
  auto spec = CollectionSpec::parse(test::testdata("context_arguments.bpf.o"), "context_arguments");
  REQUIRE(spec.has_value());
  return *std::move(spec);
}

TEST_CASE("contexts by name: each program has functions of its own type") {
  Planned planned(object());
  link_and_name(planned);
  using Signatures = std::vector<std::string>;
  const std::pair<const char*, Signatures> expected[] = {
      {"in_socket",
       {"length_of(struct __sk_buff *)", "emit_twice(__u64, struct __sk_buff *)", "emit(struct __sk_buff *, __u64)"}},
      {"in_tc", {"length_of(struct __sk_buff *)", "emit(struct __sk_buff *, __u64)"}},
      {"in_xdp", {"length_of_frame(struct xdp_md *)", "emit(struct xdp_md *, __u64)"}},
      {"in_kprobe",
       {"first_word(struct bpf_user_pt_regs_t *)", "second_word(struct bpf_user_pt_regs_t *)",
        "emit(struct bpf_user_pt_regs_t *, __u64)"}},
      {"in_perf_event", {"third_word(struct bpf_perf_event_data *)", "emit(struct bpf_perf_event_data *, __u64)"}},
      {"in_raw_tp",
       {"first_argument(struct bpf_raw_tracepoint_args *)", "emit(struct bpf_raw_tracepoint_args *, __u64)"}},
      {"in_tracepoint", {"own_word(struct __u64 *)", "emit(struct __u64 *, __u64)"}},
      {"in_cgroup_skb", {"length_of(struct __sk_buff *)", "emit(struct __sk_buff *, __u64)"}},
      {"in_connect", {"emit(struct bpf_sock_addr *, __u64)"}},
      {"in_sockops", {"emit(struct bpf_sock_ops *, __u64)"}},
      {"in_lwt_xmit", {"emit_twice(__u64, struct __sk_buff *)", "emit(struct __sk_buff *, __u64)"}},
  };
  CHECK(planned.plan.programs.size() == std::size(expected));
  for (const auto& [program, signatures] : expected) {
    CAPTURE(std::string(program));
    CHECK(by_name(planned.plan, program) == signatures);
  }
}

TEST_CASE("contexts by name: programs whose context has one name share a function, and others do not") {
  Planned planned(object());
  link_and_name(planned);
  std::vector<btf::TypeId> emits;
  for (const ProgramPlan& program : planned.plan.programs)
    for (const btf::FunctionInfo& function : program.functions_by_name)
      if (planned.plan.types.type(function.type)->name() == "emit") emits.push_back(function.type);
  CHECK(emits.size() == 11);
  std::ranges::sort(emits);
  emits.erase(std::unique(emits.begin(), emits.end()), emits.end());
  CHECK(emits.size() == 8);  // __sk_buff is the context of four of the programs
}

// What bpftool reads in a table.
std::vector<std::string> bpftool_dump(const btf::Spec& types) {
  const std::string path = std::filesystem::path(std::getenv("TEST_TMPDIR")) / "types.btf";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(types.bytes().data()), static_cast<std::streamsize>(types.bytes().size()));
  std::FILE* pipe = popen(("PATH=$PATH:/usr/sbin bpftool btf dump file '" + path + "' format raw").c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::vector<std::string> lines;
  for (char line[4096]; std::fgets(line, sizeof line, pipe) != nullptr;) lines.emplace_back(line);
  REQUIRE(pclose(pipe) == 0);
  return lines;
}

TEST_CASE("contexts by name: to bpftool the object's own types are what they were, and others come behind") {
  Planned planned(object());
  link_and_name(planned);
  const std::vector<std::string> own = bpftool_dump(planned.spec.types), all = bpftool_dump(planned.plan.types);
  REQUIRE(own.size() > 100);
  REQUIRE(all.size() > own.size());
  CHECK(std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(own.size())) == own);
  // Of each function there is one for each name, of the linkage of the object's own.
  std::string added;
  for (std::size_t i = own.size(); i < all.size(); ++i) added += all[i];
  const auto count = [&](std::string_view text) {
    std::size_t times = 0;
    for (std::size_t at = added.find(text); at != std::string::npos; at = added.find(text, at + 1)) ++times;
    return times;
  };
  CHECK(count("FUNC 'emit' ") == 8);
  CHECK(count("FUNC 'length_of' ") == 1);
  CHECK(count("FUNC 'length_of_frame' ") == 0);
  CHECK(count("linkage=static") == 0);
  CHECK(count("STRUCT 'bpf_user_pt_regs_t' size=0 vlen=0") == 1);
  CHECK(count("STRUCT '__sk_buff'") == 0);  // the object's
  CHECK(count("DECL_TAG") == 0);
}

TEST_CASE("contexts by name: an object without tags keeps its table as it is") {
  auto spec = CollectionSpec::parse(test::testdata("subprograms.bpf.o"), "subprograms");
  REQUIRE(spec.has_value());
  Planned planned(*std::move(spec));
  link_and_name(planned);
  CHECK(planned.plan.types.bytes().data() == planned.spec.types.bytes().data());
  for (const ProgramPlan& program : planned.plan.programs) CHECK(program.functions_by_name.empty());
}

// A program that calls one function, whose only argument is of type `argument` and has the tag.
struct One {
  btf::Builder types;
  btf::TypeId argument = 0;
  btf::Linkage linkage = btf::Linkage::global;
  std::string tag = "arg:ctx";
  std::int32_t component = 0;

  // The function's signature for a program of this type: "" where it is the object's own.
  std::string named(ProgramType type) {
    const auto prototype = types.add_prototype({.parameters = {{"context", argument}}});
    const auto function = types.add_function("callee", prototype, linkage);
    types.add_decl_tag({.text = tag, .type = function, .component = component});
    CollectionSpec spec;
    const auto main = types.add_function("main", prototype, btf::Linkage::global);
    auto table = types.spec();
    REQUIRE_MESSAGE(table.has_value(), table.error().message());
    spec.types = *std::move(table);
    const insn::Slot call = insn::make_slot(0x85, 0, 1, 0, -1), exit = insn::make_slot(0x95, 0, 0, 0, 0);
    FunctionSpec callee;
    callee.name = "callee";
    callee.code = {exit};
    callee.type = function;
    spec.subprograms.push_back(callee);
    ProgramSpec program;
    program.name = "main";
    program.program_type = type;
    program.code = {call, exit};
    program.type = main;
    program.references = {{.slot = 0, .kind = ReferenceKind::call, .name = "callee"}};
    spec.programs.push_back(program);
    Planned planned(std::move(spec));
    link_and_name(planned);
    if (planned.plan.programs.front().functions_by_name.empty()) {
      CHECK(planned.plan.types.bytes().data() == planned.spec.types.bytes().data());
      return "";
    }
    return by_name(planned.plan, "main").front();
  }
};

One pointer_to_structure(std::string_view name) {
  One one;
  one.argument = one.types.add_pointer(one.types.add_structure({.name = name}));
  return one;
}

One pointer_to_void() {
  One one;
  one.argument = one.types.add_pointer(0);
  return one;
}

One pointer_to_integer(std::uint32_t size) {
  One one;
  one.argument = one.types.add_pointer(one.types.add_integer({.name = "word", .size = size}));
  return one;
}

TEST_CASE("contexts by name: what may stand for the context, by type of program") {
  const std::string registers = "callee(struct bpf_user_pt_regs_t *)", event = "callee(struct bpf_perf_event_data *)",
                    raw = "callee(struct bpf_raw_tracepoint_args *)", words = "callee(struct __u64 *)";
  CHECK(pointer_to_void().named(ProgramType::kprobe) == registers);
  CHECK(pointer_to_structure("pt_regs").named(ProgramType::kprobe) == registers);
  CHECK(pointer_to_structure("user_pt_regs").named(ProgramType::kprobe) == registers);
  CHECK(pointer_to_structure("bpf_user_pt_regs_t").named(ProgramType::kprobe) == "");
  CHECK(pointer_to_structure("task_struct").named(ProgramType::kprobe) == "");
  CHECK(pointer_to_integer(8).named(ProgramType::kprobe) == "");

  CHECK(pointer_to_structure("pt_regs").named(ProgramType::perf_event) == event);
  CHECK(pointer_to_structure("bpf_perf_event_data").named(ProgramType::perf_event) == "");

  CHECK(pointer_to_integer(8).named(ProgramType::raw_tracepoint) == raw);
  CHECK(pointer_to_integer(8).named(ProgramType::raw_tracepoint_writable) == raw);
  CHECK(pointer_to_integer(4).named(ProgramType::raw_tracepoint) == "");
  CHECK(pointer_to_structure("pt_regs").named(ProgramType::raw_tracepoint) == "");

  CHECK(pointer_to_structure("whatever").named(ProgramType::tracepoint) == words);
  CHECK(pointer_to_integer(8).named(ProgramType::tracepoint) == words);

  CHECK(pointer_to_structure("xdp_md").named(ProgramType::xdp) == "");
  CHECK(pointer_to_structure("xdp_md").named(ProgramType::sched_cls) == "");
  CHECK(pointer_to_void().named(ProgramType::netfilter) == "callee(struct bpf_nf_ctx *)");
}

TEST_CASE("contexts by name: contexts that have no name are left alone") {
  for (const ProgramType type : {ProgramType::tracing, ProgramType::lsm, ProgramType::struct_ops, ProgramType::syscall,
                                 ProgramType::ext, ProgramType::lirc_mode2})
    CHECK(pointer_to_void().named(type) == "");
}

TEST_CASE("contexts by name: typedefs and qualifiers are looked through") {
  One one;
  const auto regs = one.types.add_structure({.name = "pt_regs"});
  const auto alias = one.types.add_const(one.types.add_typedef("bpf_user_pt_regs_t", regs));
  one.argument = one.types.add_const(one.types.add_typedef("context", one.types.add_pointer(alias)));
  CHECK(one.named(ProgramType::kprobe) == "callee(struct bpf_user_pt_regs_t *)");
}

TEST_CASE("contexts by name: what the tag does not make a context") {
  One not_global = pointer_to_void();
  not_global.linkage = btf::Linkage::static_linkage;
  CHECK(not_global.named(ProgramType::xdp) == "");

  One other_tag = pointer_to_void();
  other_tag.tag = "arg:nonnull";
  CHECK(other_tag.named(ProgramType::xdp) == "");

  One whole_function = pointer_to_void();
  whole_function.component = -1;
  CHECK(whole_function.named(ProgramType::xdp) == "");

  One no_such_argument = pointer_to_void();
  no_such_argument.component = 1;
  CHECK(no_such_argument.named(ProgramType::xdp) == "");

  One no_pointer;
  no_pointer.argument = no_pointer.types.add_integer({.name = "int"});
  CHECK(no_pointer.named(ProgramType::xdp) == "");
}

}  // namespace
}  // namespace ebpf::loader
