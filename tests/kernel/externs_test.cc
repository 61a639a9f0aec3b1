// What the kernel supplies: configuration options of every type, functions, variables and symbols; strong and weak
// ones, and what is said where they are missing.
#include <cstdint>
#include <fstream>
#include <string>

#include "ebpf/kernel/config.h"
#include "ebpf/load/load.h"
#include "tests/kernel/objects.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

constexpr const char* kConfig = R"(# Comments and options that are not set are passed over.
# CONFIG_TEST_ABSENT_BOOL is not set
CONFIG_TEST_YES=y
CONFIG_TEST_TRISTATE_YES=y
CONFIG_TEST_TRISTATE_MODULE=m
CONFIG_TEST_CHAR=m
CONFIG_TEST_S8=-128
CONFIG_TEST_U16=65535
CONFIG_TEST_S32=-2147483648
CONFIG_TEST_HEX=0xfedcba98
CONFIG_TEST_S64=-5
CONFIG_TEST_U64=18446744073709551615
CONFIG_TEST_STRING="a \"quoted\" one"
CONFIG_TEST_LONG_STRING="cut to what fits"
)";

LoadOptions with_config(std::string text) {
  LoadOptions options;
  options.kernel_config = std::move(text);
  return options;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

template <class T>
T value(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<T>());
}

// The program of that name in testdata/externs, alone.
CollectionSpec only_extern(const std::string& name) { return ok(read_object("externs").only(name)); }

std::uint32_t call(Collection& objects, const std::string& name) {
  return ok(objects.program(name)->test_run({})).return_value;
}

void require_syscall_programs() { test_requires(program_type(ProgramType::syscall)); }

std::uint64_t address_of(const std::string& symbol) {
  std::ifstream file("/proc/kallsyms");
  std::string address, type, name, rest;
  while (file >> address >> type >> name && std::getline(file, rest))
    if (name == symbol) return std::stoull(address, nullptr, 16);
  return 0;
}

}  // namespace

TEST_CASE("kernel configuration: options of every type, from the caller's text") {
  Collection objects = ok(Collection::load(read_object("kconfig"), with_config(kConfig)));
  CHECK(value<bool>(objects, "CONFIG_TEST_YES"));
  CHECK_FALSE(value<bool>(objects, "CONFIG_TEST_ABSENT_BOOL"));
  CHECK(value<std::uint32_t>(objects, "CONFIG_TEST_TRISTATE_YES") == 1);
  CHECK(value<std::uint32_t>(objects, "CONFIG_TEST_TRISTATE_MODULE") == 2);
  CHECK(value<char>(objects, "CONFIG_TEST_CHAR") == 'm');
  CHECK(value<std::int8_t>(objects, "CONFIG_TEST_S8") == -128);
  CHECK(value<std::uint16_t>(objects, "CONFIG_TEST_U16") == 65535);
  CHECK(value<std::int32_t>(objects, "CONFIG_TEST_S32") == INT32_MIN);
  CHECK(value<std::uint32_t>(objects, "CONFIG_TEST_HEX") == 0xfedcba98);
  CHECK(value<std::int64_t>(objects, "CONFIG_TEST_S64") == -5);
  CHECK(value<std::uint64_t>(objects, "CONFIG_TEST_U64") == UINT64_MAX);
  CHECK(value<std::uint32_t>(objects, "CONFIG_TEST_ABSENT") == 0);
  CHECK(value<std::uint32_t>(objects, "LINUX_KERNEL_VERSION") != 0);
  CHECK(std::string(value<std::array<char, 16>>(objects, "CONFIG_TEST_STRING").data()) == "a \"quoted\" one");
  CHECK(std::string(value<std::array<char, 4>>(objects, "CONFIG_TEST_LONG_STRING").data()) == "cut");
}

TEST_CASE("kernel configuration: a program sees the values, and they are constants") {
  CollectionSpec spec = read_object("kconfig");
  ok(spec.variable("CONFIG_TEST_U64")->set(std::uint64_t{1000}));
  Collection objects = ok(Collection::load(spec, with_config(kConfig)));
  ok(objects.program("read_all")->test_run({}));
  // What the caller set counts, whatever the text says.
  const std::int64_t expected = 1 + 0 + 1 + 2 + 'm' - 128 + 65535 + INT64_C(-2147483648) + 0xfedcba98 - 5 + 1000;
  CHECK(value<std::uint64_t>(objects, "sum") == static_cast<std::uint64_t>(expected));
  CHECK(std::string(value<std::array<char, 16>>(objects, "text").data()) == "a \"quoted\" one");
  CHECK(objects.variable("CONFIG_TEST_S32")->as<std::int32_t>().error().code() == errc::read_only);
  CHECK(ok(objects.variable("CONFIG_TEST_S32")->as<const std::int32_t>()).load() == INT32_MIN);
}

TEST_CASE("kernel configuration: values that do not fit, and options that are not set, are named") {
  struct Case {
    const char* from;
    const char* to;
    const char* named;
    errc code;
  };
  const Case cases[] = {
      {"CONFIG_TEST_YES=y\n", "", "CONFIG_TEST_YES", errc::not_found},
      {"CONFIG_TEST_YES=y", "CONFIG_TEST_YES=m", "CONFIG_TEST_YES", errc::type_mismatch},
      {"CONFIG_TEST_YES=y", "CONFIG_TEST_YES=1", "CONFIG_TEST_YES", errc::type_mismatch},
      {"S8=-128", "S8=-129", "CONFIG_TEST_S8", errc::type_mismatch},
      {"U16=65535", "U16=65536", "CONFIG_TEST_U16", errc::type_mismatch},
      {"U16=65535", "U16=-1", "CONFIG_TEST_U16", errc::type_mismatch},
      {"U16=65535", "U16=\"text\"", "CONFIG_TEST_U16", errc::type_mismatch},
      {"U16=65535", "U16=12x", "CONFIG_TEST_U16", errc::type_mismatch},
      {"U64=18446744073709551615", "U64=18446744073709551616", "CONFIG_TEST_U64", errc::type_mismatch},
      {"STRING=\"a \\\"quoted\\\" one\"", "STRING=5", "CONFIG_TEST_STRING", errc::type_mismatch},
      {"STRING=\"a \\\"quoted\\\" one\"", "STRING=\"open", "CONFIG_TEST_STRING", errc::type_mismatch},
  };
  const CollectionSpec spec = read_object("kconfig");
  for (const Case& c : cases) {
    const std::string change = c.to;
    CAPTURE(change);
    const Error error = error_of(Collection::load(spec, with_config(replaced(kConfig, c.from, c.to))));
    CAPTURE(error.message());
    CHECK(error.code() == c.code);
    CHECK(contains(error.message(), c.named));
  }
}

TEST_CASE("kernel configuration: what the caller's text does not mention is the running kernel's") {
  require_syscall_programs();
  const auto config = KernelConfig::running();
  if (!config) SKIP_TEST("this kernel tells its configuration nowhere");
  const CollectionSpec spec = only_extern("kconfig");  // CONFIG_HZ and CONFIG_BPF_SYSCALL
  const auto hz = config->value("CONFIG_HZ");
  REQUIRE(hz.has_value());
  {
    Collection objects = ok(Collection::load(spec, with_config("CONFIG_BPF_SYSCALL=n\n")));
    CHECK_FALSE(value<bool>(objects, "CONFIG_BPF_SYSCALL"));
    CHECK(value<std::uint32_t>(objects, "CONFIG_HZ") == std::stoul(std::string(*hz)));
  }
  Collection objects = ok(Collection::load(spec, with_config("CONFIG_HZ=12345\n")));
  CHECK(value<std::uint32_t>(objects, "CONFIG_HZ") == 12345);
  CHECK(value<bool>(objects, "CONFIG_BPF_SYSCALL"));
  // That an option is not set is something that the text says.
  const Error error = error_of(Collection::load(spec, with_config("# CONFIG_BPF_SYSCALL is not set\n")));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "CONFIG_BPF_SYSCALL"));
}

TEST_CASE("kernel configuration: what is no option but asked of the kernel") {
  CollectionSpec spec = read_object("kconfig");
  {
    const Collection objects = ok(Collection::load(spec, with_config(kConfig)));
    if (!kernel(5, 15).missing) CHECK(value<bool>(objects, "LINUX_HAS_BPF_COOKIE"));
    if (kernel(5, 15).missing) CHECK_FALSE(value<bool>(objects, "LINUX_HAS_BPF_COOKIE"));
#ifdef __x86_64__
    CHECK(value<bool>(objects, "LINUX_HAS_SYSCALL_WRAPPER") == (address_of("__x64_sys_bpf") != 0));
#endif
  }
  const auto rename = [&](const char* to, bool weak) {
    for (VariableSpec& variable : spec.variables)
      if (variable.name == "LINUX_HAS_BPF_COOKIE") variable.name = to;
    for (ExternSpec& external : spec.externs)
      if (external.name == "LINUX_HAS_BPF_COOKIE") external.name = to;
    for (ExternSpec& external : spec.externs)
      if (external.name == to) external.is_weak = weak;
  };
  rename("LINUX_HAS_EBPF_TEST", true);
  CHECK_FALSE(value<bool>(ok(Collection::load(spec, with_config(kConfig))), "LINUX_HAS_EBPF_TEST"));
  for (ExternSpec& external : spec.externs)
    if (external.name == "LINUX_HAS_EBPF_TEST") external.is_weak = false;
  const Error error = error_of(Collection::load(spec, with_config(kConfig)));
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "LINUX_HAS_EBPF_TEST"));
}

TEST_CASE("kernel configuration: the running kernel's own") {
  require_syscall_programs();
  const auto config = KernelConfig::running();
  if (!config) SKIP_TEST("this kernel tells its configuration nowhere");
  Collection objects = ok(Collection::load(only_extern("kconfig")));
  const auto hz = config->value("CONFIG_HZ");
  REQUIRE(hz.has_value());
  CHECK(call(objects, "kconfig") == static_cast<std::uint32_t>(std::stoul(std::string(*hz))));
  CHECK(value<std::uint64_t>(objects, "result") == value<std::uint32_t>(objects, "LINUX_KERNEL_VERSION"));
  Collection weak = ok(Collection::load(only_extern("weak_kconfig")));
  CHECK(call(weak, "weak_kconfig") == 0);
}

TEST_CASE("kernel functions: called, and a weak one that is missing is skipped by the program") {
  require_syscall_programs();
  // bpf_task_from_pid() came with 6.2, for programs of type syscall with 6.12.
  Collection weak = ok(Collection::load(only_extern("weak_kfunc")));
  CHECK(call(weak, "weak_kfunc") == 0);
  test_requires(kernel(6, 12));
  Collection objects = ok(Collection::load(only_extern("kfunc")));
  CHECK(call(objects, "kfunc") == 0);
}

TEST_CASE("kernel functions: one that is missing is named; so is a weak one that is called unchecked") {
  require_syscall_programs();
  test_requires(kernel(6, 2));  // bpf_task_from_pid(), which is not to be missing
  CollectionSpec spec = only_extern("kfunc");
  for (ExternSpec& external : spec.externs)
    if (external.name == "bpf_task_release") external.name = "ebpf_test_not_there";
  for (Reference& reference : spec.program("kfunc")->references)
    if (reference.name == "bpf_task_release") reference.name = "ebpf_test_not_there";
  {
    const Error error = error_of(Collection::load(spec));
    CAPTURE(error.message());
    CHECK(error.code() == errc::not_found);
    CHECK(contains(error.message(), "ebpf_test_not_there"));
  }
  // The check of the address is what makes the weak one's call unreachable: without it the verifier comes there.
  CollectionSpec unchecked = only_extern("weak_kfunc");
  ProgramSpec& program = *unchecked.program("weak_kfunc");
  const Reference call = program.references.back();
  REQUIRE(call.kind == ReferenceKind::external_call);
  program.code = {program.code[call.slot], insn::make_slot(0xb7, 0, 0, 0, 0), insn::make_slot(0x95, 0, 0, 0, 0)};
  program.references = {{.slot = 0, .kind = call.kind, .name = call.name}};
  program.lines.resize(1);
  const Error error = error_of(Collection::load(unchecked));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "kernel function \"ebpf_test_no_such_kfunc\""));
  CHECK(contains(error.message(), "bpf_ksym_exists"));
}

namespace {

// The program "kfunc", calling `to` where it called `from`.
CollectionSpec calling(const std::string& from, const std::string& to) {
  CollectionSpec spec = only_extern("kfunc");
  for (ExternSpec& external : spec.externs)
    if (external.name == from) external.name = to;
  for (Reference& reference : spec.program("kfunc")->references)
    if (reference.name == from) reference.name = to;
  return spec;
}

}  // namespace

TEST_CASE("kernel functions: a program may have several versions of one, told apart behind three underscores") {
  require_syscall_programs();
  test_requires(kernel(6, 12));
  Collection objects = ok(Collection::load(calling("bpf_task_from_pid", "bpf_task_from_pid___of_today")));
  CHECK(call(objects, "kfunc") == 0);
}

TEST_CASE("kernel functions: one that is declared otherwise than the kernel has it is refused, and both are shown") {
  require_syscall_programs();
  test_requires(kernel(6, 12));
  // Declared as `struct task_struct *(int)`, and called by a name that stands for a function of another kind.
  CollectionSpec spec = calling("bpf_task_from_pid", "bpf_rcu_read_lock");
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::type_mismatch);
  CHECK(contains(error.message(), "kernel function \"bpf_rcu_read_lock\""));
  // A weak one is as good as missing.
  for (ExternSpec& external : spec.externs)
    if (external.name == "bpf_rcu_read_lock") external.is_weak = true;
  const Error unguarded = error_of(Collection::load(spec));
  CAPTURE(unguarded.message());
  CHECK(unguarded.code() == errc::verifier_rejected);
  CHECK(contains(unguarded.message(), "as it is declared"));
}

TEST_CASE("kernel symbols: an address as /proc/kallsyms has it; zero for a weak one that is missing") {
  require_syscall_programs();
  Collection objects = ok(Collection::load(only_extern("ksym")));
  CHECK(call(objects, "ksym") == 0);
  CHECK(value<std::uint64_t>(objects, "result") == address_of("bpf_prog_put"));
  Collection weak = ok(Collection::load(only_extern("weak_ksym")));
  CHECK(call(weak, "weak_ksym") == 0);
  CHECK(value<std::uint64_t>(weak, "result") == 0);
  CollectionSpec spec = only_extern("weak_ksym");
  for (ExternSpec& external : spec.externs) external.is_weak = false;
  const Error error = error_of(Collection::load(spec));
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "ebpf_test_no_such_symbol"));
}

TEST_CASE("kernel variables: by type, of the kernel itself") {
  test_requires(kernel_btf(), kernel(5, 10));
  if (!ok(KernelTypes::running())->types().find("runqueues", btf::Kind::variable))
    SKIP_TEST("this kernel's types have no variables (pahole before 1.18)");
  // The verifier itself looks there for the variable's address.
  if (address_of("runqueues") == 0) SKIP_TEST("/proc/kallsyms has no variables (CONFIG_KALLSYMS_ALL is off)");
  Collection objects = load_object("ksym_variables");
  ok(objects.program("read_variable")->test_run({}));
  // The processor that the program ran on, as its run queue says.
  CHECK(value<std::uint32_t>(objects, "queue_processor") == value<std::uint32_t>(objects, "own_processor"));
  CHECK(value<std::uint64_t>(objects, "missing_address") == 0);
}

TEST_CASE("kernel functions of a module, found by their names") {
  test_requires(kernel(6, 1), program_type(ProgramType::xdp), module("nf_conntrack"));
  Collection objects = load_object("module_function");
  TestRun input;
  input.data = kFrame;
  CHECK(ok(objects.program("look_up")->test_run(input)).return_value == 2);
  // There is no connection of that name; that the function ran is what its error number shows.
  CHECK(value<std::int32_t>(objects, "lookup_error") == -2);
}
