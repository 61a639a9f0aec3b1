// CO-RE on the kernel that runs here: programs that read members whose place differs from kernel to kernel find what
// user space knows to be there. And what happens where there is nothing to be found: poison that is passed by, poison
// that is reached, a kernel without types, types of another kernel.
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ebpf/kernel/types.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

LoadOptions with_types(KernelTypes::Shared types) {
  LoadOptions options;
  options.kernel_types = std::move(types);
  return options;
}

template <class T>
T number(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<T>());
}

template <std::size_t size>
std::string text(const Collection& objects, const char* name) {
  const auto bytes = ok(objects.variable(name)->get<std::array<char, size>>());
  return std::string(bytes.data(), strnlen(bytes.data(), size));
}

// The fields of /proc/self/stat behind the name, which may contain anything: proc(5) counts the state as the third.
std::uint64_t stat_field(int wanted) {
  std::ifstream file("/proc/self/stat");
  std::string all{std::istreambuf_iterator<char>(file), {}};
  std::istringstream rest(all.substr(all.rfind(')') + 2));
  std::string field;
  for (int i = 3; i <= wanted; ++i) rest >> field;
  return std::stoull(field);
}

std::uint32_t pid_namespace() {
  struct stat status{};
  REQUIRE(stat("/proc/self/ns/pid", &status) == 0);
  return static_cast<std::uint32_t>(status.st_ino);
}

// Runs one program of core_kernel.bpf.c on this process, which calls getppid(2) meanwhile.
Collection look(const std::string& object, const char* program, const LoadOptions& options = {}) {
  CollectionSpec spec = read_object(object);
  keep_program(spec, program);
  ok(spec.variable("target_tgid")->set(static_cast<std::uint32_t>(getpid())));
  Collection objects = ok(Collection::load(spec, options));
  {
    const Link link = ok(objects.program(program)->attach());
    syscall(SYS_getppid);
  }
  return objects;
}

void check_task(const Collection& objects) {
  CHECK(number<std::uint64_t>(objects, "calls") >= 1);
  CHECK(number<std::int32_t>(objects, "pid") == gettid());
  CHECK(number<std::int32_t>(objects, "tgid") == getpid());
  CHECK(number<std::int32_t>(objects, "parent_tgid") == getppid());
  CHECK(number<std::int32_t>(objects, "leader_pid") == getpid());
  CHECK(number<std::uint32_t>(objects, "uid") == getuid());
  CHECK(number<std::int32_t>(objects, "static_prio") == 120 + getpriority(PRIO_PROCESS, 0));
  // Bit 22 of the kernel's PF_ flags says "randomise addresses", bit 21 "kernel thread": we are none.
  CHECK((number<std::uint32_t>(objects, "flags") & 0x00200000) == 0);
  CHECK(number<std::uint64_t>(objects, "run_time") > 0);
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t started = number<std::uint64_t>(objects, "start_time");
  CHECK(started > 0);
  CHECK(started < static_cast<std::uint64_t>(now.tv_sec + 1) * 1'000'000'000);
  CHECK(text<16>(objects, "comm") == "core: a name");
}

void check_surroundings(const Collection& objects) {
  CHECK(number<std::int32_t>(objects, "namespace_pid") == getpid());
  CHECK(number<std::uint32_t>(objects, "namespace_inum") == pid_namespace());
  CHECK(number<std::uint64_t>(objects, "arg_start") == stat_field(48));
  rlimit files{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &files) == 0);
  CHECK(number<std::uint64_t>(objects, "nofile") == files.rlim_cur);
  utsname name{};
  REQUIRE(uname(&name) == 0);
  CHECK(text<65>(objects, "release") == name.release);
  char path[512] = {};
  REQUIRE(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
  CHECK(text<64>(objects, "exe_name") == std::string(path).substr(std::string(path).rfind('/') + 1).substr(0, 63));
}

// Some lines of a source in testdata, the first being line 1.
std::string source_lines(const std::string& name, int first, int count) {
  std::ifstream source(runfile(("testdata/" + name + ".bpf.c").c_str()));
  std::string out;
  std::string line;
  for (int i = 1; i < first + count && std::getline(source, line); ++i)
    if (i >= first) out += line + "\n";
  return out;
}

// Loads one program of core_poison.bpf.c, which must be refused. Returns the sentence.
std::string refusal(const char* program) {
  CollectionSpec spec = read_object("core_poison");
  keep_program(spec, program);
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(!error.verifier_log().empty());
  CHECK(contains(error.message(), std::string("program \"") + program + "\""));
  CHECK(contains(error.message(), "does not exist in this kernel"));
  return error.message();
}

std::vector<std::byte> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(chars));
  return {bytes.begin(), bytes.end()};
}

constexpr const char* kKernelTypesPath = "/sys/kernel/btf/vmlinux";

using Values = std::array<std::uint64_t, 8>;

// What a program of core_run.bpf.c comes to with the types of one of the synthetic kernels.
Values values_with(const std::string& object, const char* program, const std::string& types) {
  CollectionSpec spec = read_object(object);
  keep_program(spec, program);
  Collection objects =
      ok(Collection::load(spec, with_types(ok(KernelTypes::read_file(object_path("core_target_" + types))))));
  CHECK(run(objects, program) == 0);
  return ok(objects.variable("values")->get<Values>());
}

// As clang lays them out for BPF, which is as the machine's own compiler does on those with 64 bits and little-endian.
struct SameBits {
  unsigned int one : 1;
  unsigned int three : 3;
  unsigned int twelve : 12;
  int signed_five : 5;
  unsigned long long forty : 40;
  unsigned long long twenty : 20;
  unsigned char in_byte : 5;
  unsigned int plain;
  short plain_signed;
};
struct MovedBits {
  unsigned int plain;
  unsigned long long before : 7;
  unsigned long long twenty : 22;
  unsigned long long forty : 33;
  unsigned char in_byte;
  unsigned short one : 2;
  unsigned short three : 4;
  int twelve : 9;
  int plain_signed : 11;
  unsigned int signed_five : 6;
};

template <class Bits>
Values expected_bits() {
  std::uint64_t stack[8];
  for (unsigned i = 0; i < 8; ++i) stack[i] = 0x0123456789abcdefULL * (2 * i + 1);
  static_assert(sizeof(Bits) <= sizeof stack);
  Bits bits;
  std::memcpy(&bits, stack, sizeof bits);
  const auto as_signed = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  return {bits.one,
          bits.three,
          as_signed(static_cast<std::int64_t>(bits.twelve)),
          as_signed(static_cast<std::int64_t>(bits.signed_five)),
          bits.forty,
          bits.twenty,
          bits.in_byte,
          as_signed(static_cast<std::int64_t>(bits.plain_signed))};
}

}  // namespace

// ---- this kernel's types ----

TEST_CASE("CO-RE: what a program reads of its own task is what user space knows of it") {
  private_mounts();
  test_requires(kernel_btf());
  char before[16] = {};
  prctl(PR_GET_NAME, before);
  prctl(PR_SET_NAME, "core: a name");
  for (const std::string object : {"core_kernel", "core_kernel_clang14"}) {
    CAPTURE(object);
    check_task(look(object, "look_at_task"));
  }
  prctl(PR_SET_NAME, before);
}

TEST_CASE("CO-RE: chains of pointers, arrays and nested structures lead to what user space knows") {
  private_mounts();
  test_requires(kernel_btf());
  for (const std::string object : {"core_kernel", "core_kernel_clang14"}) {
    CAPTURE(object);
    check_surroundings(look(object, "look_around"));
  }
}

TEST_CASE("CO-RE: a program asks which of two versions of a structure it has before it") {
  private_mounts();
  test_requires(kernel_btf());
  const Collection objects = look("core_kernel", "look_at_versions");
  CHECK(number<std::uint32_t>(objects, "on_cpu_state") == 0);  // TASK_RUNNING: it was reading this
  // in_iowait exists and is 0, the invented bit does not, in_execve is 0.
  CHECK(number<std::uint32_t>(objects, "known_bits") == 3);
}

TEST_CASE("CO-RE: relocations in subprograms are those of each program's own copy") {
  private_mounts();
  test_requires(kernel_btf());
  for (const std::string object : {"core_subprograms", "core_subprograms_clang14"}) {
    CAPTURE(object);
    Collection objects = load_object(object);
    for (const char* program : {"own", "both", "in_other_order", "in_another_section"}) {
      CAPTURE(program);
      const Link link = ok(objects.program(program)->attach());
      syscall(SYS_getppid);
    }
    // The last one to run was some task's: that they ran is what can be said.
    CHECK(number<std::uint64_t>(objects, "tgid") != 0);
    CHECK(number<std::uint64_t>(objects, "leader_pid") != 0);
  }
}

TEST_CASE("CO-RE: a program of the size of runqlat loads, in both of its forms") {
  private_mounts();
  test_requires(kernel_btf(), kernel(5, 5));
  for (const std::string object : {"runqlat", "runqlat_clang14"}) {
    CAPTURE(object);
    CollectionSpec spec = read_object(object);
    ok(spec.variable("by_process")->set(true));
    Collection objects = ok(Collection::load(spec));
    CHECK(objects.programs.size() == 6);
    std::vector<Link> links;
    for (const char* program : {"raw_wakeup", "raw_wakeup_new", "raw_switch"})
      links.push_back(ok(objects.program(program)->attach()));
    for (int i = 0; i < 20; ++i) usleep(1000);
    const auto histogram =
        ok(objects.map("histograms")->lookup<std::array<std::uint32_t, 36>>(static_cast<std::uint32_t>(getpid())));
    REQUIRE(histogram.has_value());
    std::uint32_t found = 0;
    for (std::size_t slot = 0; slot < 32; ++slot) found += (*histogram)[slot];
    CHECK(found > 0);  // we slept and were woken up
  }
}

// ---- where the types come from ----

TEST_CASE("CO-RE: the kernel's types from a file, from bytes, and shared by several loads") {
  private_mounts();
  test_requires(kernel_btf());
  const auto running = ok(KernelTypes::running());
  CHECK(running->is_running_kernel());
  const auto file = ok(KernelTypes::read_file(kKernelTypesPath));
  CHECK_FALSE(file->is_running_kernel());
  const auto memory = ok(KernelTypes::parse(bytes_of(kKernelTypesPath)));
  CHECK(memory->types().type_count() == running->types().type_count());
  for (const auto& types : {running, file, memory, running}) {
    const Collection objects = look("core_kernel", "look_at_task", with_types(types));
    CHECK(number<std::int32_t>(objects, "tgid") == getpid());
  }
}

TEST_CASE("CO-RE: several threads load with the same types at once") {
  private_mounts();
  test_requires(kernel_btf());
  constexpr int kThreads = 4;
  constexpr int kLoads = 5;
  const auto types = ok(KernelTypes::running());
  const CollectionSpec spec = read_object("core_kernel");
  const CollectionSpec missing = read_object("core_poison");  // asks for what only modules might have
  std::array<std::string, kThreads> errors;
  std::array<int, kThreads> loaded{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < kLoads; ++round) {
        CollectionSpec mine = i % 2 == 0 ? spec : missing;
        if (i % 2 != 0) std::erase_if(mine.programs, [](const ProgramSpec& p) { return p.name != "guarded"; });
        if (auto objects = Collection::load(mine, with_types(types)); objects)
          ++loaded[i];
        else
          errors[i] = objects.error().message();
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < kThreads; ++i) {
    CAPTURE(errors[i]);
    CHECK(loaded[i] == kLoads);
  }
}

TEST_CASE("CO-RE: where there are no types, the error says where they were looked for") {
  private_mounts();
  const CollectionSpec spec = read_object("core");
  const pid_t child = fork();
  if (child == 0) {
    // Nothing at /sys/kernel/btf, no BTF objects for who has no capabilities, and no vmlinux in /boot or elsewhere.
    bool hidden = unshare(CLONE_NEWNS) == 0;
    for (const char* path : {"/sys/kernel/btf", "/boot", "/lib/modules", "/usr/lib/debug"}) {
      if (access(path, F_OK) == 0) hidden = hidden && mount("none", path, "tmpfs", 0, nullptr) == 0;
    }
    if (!hidden || setuid(65534) != 0) _exit(2);
    const auto loaded = Collection::load(spec);
    if (loaded) _exit(3);
    const std::string& sentence = loaded.error().message();
    for (const char* part : {"load \"core\"", "CONFIG_DEBUG_INFO_BTF", "LoadOptions::kernel_types", "/boot/vmlinux-",
                             "/sys/kernel/btf/vmlinux"})
      if (!contains(sentence, part)) {
        std::fprintf(stderr, "%s is not in: %s\n", part, sentence.c_str());
        _exit(4);
      }
    _exit(loaded.error().code() == errc::not_found ? 0 : 5);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("CO-RE: what needs no types loads where there are none") {
  private_mounts();
  CollectionSpec spec = read_object("core");
  keep_program(spec, "nothing");
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        (access("/sys/kernel/btf", F_OK) == 0 && mount("none", "/sys/kernel/btf", "tmpfs", 0, nullptr) != 0))
      _exit(2);
    _exit(Collection::load(spec) ? 0 : 3);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("CO-RE: where /sys is not mounted the kernel itself is asked for its types") {
  private_mounts();
  test_requires(kernel_btf(), kernel(5, 11));
  const CollectionSpec spec = read_object("core");
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/sys/kernel/btf", "tmpfs", 0, nullptr) != 0) _exit(2);
    const auto types = KernelTypes::running();
    if (!types || (*types)->source() != "the kernel" || !(*types)->is_running_kernel()) _exit(3);
    _exit(Collection::load(spec) ? 0 : 4);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
}

// ---- what does not exist ----

void check_guarded(const std::string& object) {
  CAPTURE(object);
  CollectionSpec spec = read_object(object);
  keep_program(spec, "guarded");
  Collection objects = ok(Collection::load(spec));
  const Link link = ok(objects.program("guarded")->attach());
  syscall(SYS_getppid);
  CHECK(number<std::uint64_t>(objects, "out") == 1);
}

TEST_CASE("CO-RE: what is missing and never reached does no harm") {
  private_mounts();
  test_requires(kernel_btf());
  for (const std::string object : {"core_poison", "core_poison_clang14"}) check_guarded(object);
}

TEST_CASE("CO-RE: what is missing and never reached does no harm, in the newest instruction set") {
  private_mounts();
  test_requires(kernel_btf(), kernel(6, 6));
  check_guarded("core_poison_v4");
}

TEST_CASE("CO-RE: what is missing and reached is named, with its source line") {
  private_mounts();
  test_requires(kernel_btf());
  struct Case {
    const char* program;
    const char* what;
    const char* in_source;
  };
  constexpr Case kCases[] = {
      {"unguarded_member", "struct task_struct___future::ebpf_test_no_such_member (core_poison.bpf.c:",
       "(future, ebpf_test_no_such_member)"},
      {"unguarded_element", "struct task_struct___future::ebpf_test_no_such_struct.inner[2] (core_poison.bpf.c:",
       "(future, ebpf_test_no_such_struct.inner[2])"},
      {"unguarded_type", "struct ebpf_test_no_such_type::member (core_poison.bpf.c:", "(nothing, member)"},
      {"unguarded_enumerator",
       "enum bpf_map_type___future::EBPF_TEST_NO_SUCH_VALUE (core_poison.bpf.c:", "future, EBPF_TEST_NO_SUCH_VALUE)"},
      {"unguarded_in_subprogram", "struct task_struct___future::ebpf_test_no_such_member (core_poison.bpf.c:",
       "(future, ebpf_test_no_such_member)"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.program);
    const std::string sentence = refusal(c.program);
    CAPTURE(sentence);
    CHECK(contains(sentence, c.what));
    // The compiler may say of the instruction that has the offset that it belongs to the line before.
    const std::size_t at = sentence.find("core_poison.bpf.c:");
    REQUIRE(at != std::string::npos);
    const int line = std::stoi(sentence.substr(at + std::strlen("core_poison.bpf.c:")));
    CHECK(contains(source_lines("core_poison", line, 2), c.in_source));
  }
}

TEST_CASE("CO-RE: a signed member of another width is named when it is reached") {
  private_mounts();
  test_requires(kernel_btf(), kernel(5, 5));
  CollectionSpec spec = read_object("core_poison");
  keep_program(spec, "other_width");
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "struct task_struct___narrow::pid (core_poison.bpf.c:"));
  CHECK(contains(error.message(), "another size"));
}

// ---- other kernels' types ----

TEST_CASE("CO-RE: types of another kernel, in which the members do not exist") {
  private_mounts();
  CollectionSpec spec = read_object("core_kernel");
  keep_program(spec, "look_at_task");
  const auto other = ok(KernelTypes::read_file(object_path("core_target_same")));
  const Error error = error_of(Collection::load(spec, with_types(other)));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "struct task_struct::pid"));
}

TEST_CASE("CO-RE: types of a name that disagree are an error before anything is loaded") {
  private_mounts();
  CollectionSpec spec = read_object("core_type_info");
  keep_program(spec, "sizes");
  const auto doubled = ok(KernelTypes::read_file(object_path("core_target_doubled")));
  const Error error = error_of(Collection::load(spec, with_types(doubled)));
  CAPTURE(error.message());
  CHECK(error.code() == errc::unsupported_input);
  for (const char* part :
       {"program \"sizes\"", "core_type_info.bpf.c:", "struct core_inner", "different types", "core_inner___other"})
    CHECK(contains(error.message(), part));
}

TEST_CASE("CO-RE: enumerators as another kernel has them") {
  private_mounts();
  test_requires(kernel(5, 5));
  for (const std::string object : {"core_run", "core_run_clang14"}) {
    CAPTURE(object);
    const Values same = values_with(object, "large_enumerators", "same");
    CHECK(same[0] == 0x80000001);
    CHECK(same[1] == 0xffffffff);
    CHECK(same[2] == 0x7fffffff);
    const Values moved = values_with(object, "large_enumerators", "moved");
    CHECK(moved[0] == 0x90000000);
    CHECK(moved[1] == 0xfffffffe);
    CHECK(moved[2] == 0x6fffffff);
    const Values negative = values_with(object, "negative_enumerators", "moved");
    CHECK(static_cast<std::int64_t>(negative[0]) == -100);
    CHECK(static_cast<std::int64_t>(negative[1]) == -3);
    CHECK(negative[2] == 0x7ffffff0);
  }
  const Values wide = values_with("core_run", "wide_enumerators", "moved");
  CHECK(wide[0] == 0x7654321);
  CHECK(wide[1] == 30);
  CHECK(static_cast<std::int64_t>(wide[2]) == -0x7edcba9876543210);
  CHECK(wide[3] == 0x7000000000000000);
}

TEST_CASE("CO-RE: bit-fields as another kernel has them") {
  private_mounts();
  test_requires(kernel(5, 5));
  for (const std::string object : {"core_run", "core_run_clang14"}) {
    CAPTURE(object);
    const Values same = values_with(object, "bits", "same");
    const Values moved = values_with(object, "bits", "moved");
    const Values same_expected = expected_bits<SameBits>();
    const Values moved_expected = expected_bits<MovedBits>();
    for (std::size_t i = 0; i < same.size(); ++i) {
      CAPTURE(i);
      CHECK(same[i] == same_expected[i]);
      CHECK(moved[i] == moved_expected[i]);
    }
  }
}
