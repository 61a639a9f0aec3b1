// CO-RE against libbpf: the same objects relocated against the same types, by this library and by Debian's libbpf 1.1,
// must become the same instructions, slot by slot; and what one refuses, the other must refuse.
//
// Unsigned enumerators of 32 bits above 2^31 are left out: libbpf gives them a sign, finds that the compiler did not,
// and refuses the object. core_run_test.cc runs them instead.
//
// libbpf does not hand out relocated code, but calls a program's handler when all is ready for BPF_PROG_LOAD. The
// handler here copies the code of all programs and then stops the load. The types are this machine's kernel's,
// synthetic ones (testdata/core_target_*), and those of every kernel that tools/matrix has booted and left in its
// cache.
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/kernel/types.h"
#include "ebpf/load/load.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

using Code = std::vector<insn::Slot>;
// The code of each program, by name; nothing where the object was refused.
using Relocated = std::optional<std::map<std::string, Code>>;

// ---- theirs ----

struct Capture {
  bpf_object* object = nullptr;
  std::map<std::string, Code> code = {};
};
Capture* capture = nullptr;

int take_code_and_stop(bpf_program*, bpf_prog_load_opts*, long) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, capture->object) {
    if (!bpf_program__autoload(program)) continue;
    Code code(bpf_program__insn_cnt(program));
    std::memcpy(static_cast<void*>(code.data()), bpf_program__insns(program), code.size() * sizeof(insn::Slot));
    capture->code[bpf_program__name(program)] = std::move(code);
  }
  return -ECANCELED;
}

// Takes the place of what libbpf does for these sections by itself; all as raw tracepoints, since nothing is
// attached.
void register_handlers() {
  static const bool done = [] {
    libbpf_set_print(nullptr);
    libbpf_prog_handler_opts options{};
    options.sz = sizeof options;
    options.prog_prepare_load_fn = take_code_and_stop;
    for (const char* section : {"raw_tp+", "tp_btf+", "socket"})
      REQUIRE(libbpf_register_prog_handler(section, BPF_PROG_TYPE_RAW_TRACEPOINT, bpf_attach_type{}, &options) > 0);
    return true;
  }();
  (void)done;
}

// `types` is empty for this machine's kernel's, `only` for all programs.
Relocated theirs(const std::string& object, const std::string& types, const std::string& only) {
  register_handlers();
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.btf_custom_path = types.empty() ? nullptr : types.c_str();
  const std::unique_ptr<bpf_object, void (*)(bpf_object*)> opened(bpf_object__open_file(object.c_str(), &options),
                                                                  bpf_object__close);
  REQUIRE(opened != nullptr);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, opened.get())
      bpf_program__set_autoload(program, only.empty() || only == bpf_program__name(program));
  Capture captured{.object = opened.get()};
  capture = &captured;
  const int status = bpf_object__load(opened.get());
  capture = nullptr;
  CHECK(status != 0);
  if (captured.code.empty()) return std::nullopt;
  CHECK(status == -ECANCELED);
  return std::move(captured.code);
}

// ---- ours ----

// Maps have no descriptors in either yet, or different ones: what stands for them is left out. libbpf has it written
// already, which here is still to come (bind_references).
void forget_references(const loader::ProgramPlan& program, Code& code) {
  for (const loader::BoundReference& bound : program.references) {
    REQUIRE(bound.slot + 1 < code.size());
    code[bound.slot].set_src(0);
    code[bound.slot].imm = 0;
    code[bound.slot + 1].imm = 0;
  }
}

struct Ours {
  Relocated code;
  std::string error;
  std::vector<loader::ProgramPlan> plans;
};

Ours ours(const CollectionSpec& spec, const KernelTypes::Shared& types) {
  LoadOptions options;
  options.kernel_types = types;
  loader::LoadPlan plan{.spec = spec, .options = options};
  if (const auto prepared = loader::prepare(plan); !prepared) return {std::nullopt, prepared.error().message(), {}};
  Ours out;
  out.code.emplace();
  for (loader::ProgramPlan& program : plan.programs) {
    out.code->emplace(program.spec->name, program.code);
    out.plans.push_back(std::move(program));
  }
  return out;
}

// ---- both ----

struct Count {
  std::size_t programs = 0;
  std::size_t relocations = 0;
  std::size_t poisoned = 0;
  std::size_t refused = 0;
};

std::string text(const insn::Slot& slot) {
  char out[64];
  std::snprintf(out, sizeof out, "%02x %02x %d %d", slot.opcode, slot.registers, slot.offset, slot.imm);
  return out;
}

void compare(const Ours& mine, Relocated other, Count& count) {
  CAPTURE(mine.error);
  REQUIRE(mine.code.has_value() == other.has_value());
  if (!other) {
    ++count.refused;
    return;
  }
  REQUIRE(mine.code->size() == other->size());
  for (const loader::ProgramPlan& plan : mine.plans) {
    CAPTURE(plan.spec->name);
    Code a = mine.code->at(plan.spec->name);
    Code b = other->at(plan.spec->name);
    REQUIRE(a.size() == b.size());
    forget_references(plan, a);
    forget_references(plan, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      CAPTURE(i);
      CHECK(text(a[i]) == text(b[i]));
    }
    ++count.programs;
    count.relocations += plan.core_relocations.size();
    count.poisoned += plan.poisoned.size();
  }
}

// One object against one set of types: `path` is empty for this machine's kernel's.
void compare_object(const std::string& object, const std::string& path, bool each_alone, Count& count) {
  CAPTURE(object);
  CAPTURE(path);
  const KernelTypes::Shared types = path.empty() ? ok(KernelTypes::running()) : ok(KernelTypes::read_file(path));
  CollectionSpec spec = read_object(object);
  compare(ours(spec, types), theirs(object_path(object), path, ""), count);
  if (!each_alone) return;
  for (ProgramSpec& program : spec.programs) program.autoload = false;
  for (ProgramSpec& program : spec.programs) {
    program.autoload = true;
    CAPTURE(program.name);
    compare(ours(spec, types), theirs(object_path(object), path, program.name), count);
    program.autoload = false;
  }
}

constexpr const char* kPrograms[] = {"core_arrays", "core_bitfields",   "core_enums",     "core_fields", "core_kernel",
                                     "core_poison", "core_subprograms", "core_type_info", "runqlat"};

// What is the program's own is of no interest to a real kernel, but for being absent: one variant of that is enough.
Count compare_all(const std::string& types, bool is_synthetic) {
  Count count;
  for (const std::string name : kPrograms)
    for (const std::string variant : {"", "_v4", "_clang14"}) {
      const bool of_kernel = name == "core_kernel" || name == "core_subprograms" || name == "runqlat";
      if (is_synthetic || of_kernel || variant.empty()) compare_object(name + variant, types, is_synthetic, count);
    }
  MESSAGE((types.empty() ? "this kernel" : types)
          << ": " << count.programs << " programs with " << count.relocations << " relocations, " << count.poisoned
          << " of them poisoned, compared; " << count.refused << " refused by both");
  CHECK(count.relocations > 500);
  return count;
}

// What tools/matrix keeps of the kernels that it has booted: a file for each, and links to some by other names.
std::vector<std::string> kernels_of_the_matrix() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string root = cache != nullptr ? cache : std::string(home == nullptr ? "/root" : home) + "/.cache";
  std::set<std::string> found;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(root + "/ebpf-matrix/btf", error))
    if (file.path().extension() == ".btf") found.insert(std::filesystem::canonical(file.path()).string());
  return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("CO-RE: the same instructions as libbpf's, on this kernel") {
  require_root_and_bpf();
  const Count count = compare_all("", false);
  CHECK(count.refused == 0);
  CHECK(count.poisoned > 50);
}

TEST_CASE("CO-RE: the same instructions as libbpf's, against types that are those of the program") {
  require_root_and_bpf();
  const Count count = compare_all(object_path("core_target_same"), true);
  CHECK(count.refused == 0);
}

TEST_CASE("CO-RE: the same instructions as libbpf's, against types that have moved") {
  require_root_and_bpf();
  compare_all(object_path("core_target_moved"), true);
}

TEST_CASE("CO-RE: the same instructions and refusals as libbpf's, against several types of a name") {
  require_root_and_bpf();
  const Count count = compare_all(object_path("core_target_doubled"), true);
  CHECK(count.refused > 5);
}

// Should a newer libbpf take them, they belong into the comparison.
TEST_CASE("CO-RE: libbpf refuses unsigned enumerators above 2^31, and this library does not") {
  require_root_and_bpf();
  const std::string types = object_path("core_target_same");
  CollectionSpec spec = read_object("core_run");
  keep_program(spec, "large_enumerators");
  CHECK(ours(spec, ok(KernelTypes::read_file(types))).code.has_value());
  CHECK_FALSE(theirs(object_path("core_run"), types, "large_enumerators").has_value());
}

TEST_CASE("CO-RE: the same instructions as libbpf's, against the kernels of the matrix") {
  require_root_and_bpf();
  const std::vector<std::string> kernels = kernels_of_the_matrix();
  if (kernels.empty()) SKIP_TEST("tools/matrix has not run here: no BTF of other kernels in its cache");
  for (const std::string& kernel : kernels) {
    const Count count = compare_all(kernel, false);
    CHECK(count.refused == 0);
  }
}

TEST_CASE("CO-RE: the kernels of the matrix do differ, and so does the code for them") {
  require_root_and_bpf();
  const std::vector<std::string> kernels = kernels_of_the_matrix();
  if (kernels.size() < 2) SKIP_TEST("tools/matrix has not run here: no BTF of other kernels in its cache");
  const CollectionSpec spec = read_object("core_kernel");
  std::vector<Relocated> all;
  for (const std::string& kernel : kernels) all.push_back(ours(spec, ok(KernelTypes::read_file(kernel))).code);
  for (std::size_t i = 1; i < all.size(); ++i) {
    CAPTURE(kernels[i]);
    REQUIRE(all[i].has_value());
    CHECK(all[i]->at("look_at_task") != all[i - 1]->at("look_at_task"));
  }
}
