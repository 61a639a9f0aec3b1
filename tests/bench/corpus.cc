// The whole corpus, opened and loaded, by this library and by libbpf in turn, in one process and one run:
//
//     bazel run -c opt //tests/bench:corpus [-- ROUNDS [DIRECTORY…]]
//
// Two ways. "objects": each object as a user loads it, whole, with all programs that are loaded by default; where one
// is refused the load ends, by both. "programs": each program alone with the maps that it needs, as `ebpf check` does
// it; this library reads the object once for all of them, libbpf must open it again each time. Closing is part of it.
//
// Of the wall time, what passes in bpf(2) is the kernel's: it is taken at syscall(), through which both go. What is
// left is the library's own (with libbpf's other system calls, such as reading the kernel's BTF, in it).
//
// Objects that libbpf cannot open are left out, as are programs that only one of the two loads: the work is the same.
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ebpf/ebpf.h"
#include "ebpf/kernel/types.h"

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

double in_bpf = 0;  // seconds
long bpf_calls = 0;

struct Object {
  std::string path;
  std::vector<std::string> programs;  // those that both load
  bool loads = false;                 // as a whole, by both
};

struct Sample {
  double open = 0, load = 0, kernel = 0;
  long calls = 0;
  double total() const { return open + load; }
};

using Handle = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

Handle libbpf_open(const std::string& path) {
  return {bpf_object__open_file(path.c_str(), nullptr), bpf_object__close};
}

// Maps that the program does not need would only cost libbpf time.
void keep(bpf_object* object, const std::string& name, const ebpf::CollectionSpec& alone) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) bpf_program__set_autoload(program, name == bpf_program__name(program));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) if (!bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
      bpf_map__set_autocreate(map, alone.map(bpf_map__name(map)).has_value());
}

// Adds the time that passes until stop() to one part of a sample, and what of it the kernel took.
class Stopwatch {
 public:
  Stopwatch(double& part, Sample& sample) : part_(part), sample_(sample), kernel_(in_bpf), calls_(bpf_calls) {}
  ~Stopwatch() {
    part_ += Seconds(Clock::now() - start_).count();
    sample_.kernel += in_bpf - kernel_;
    sample_.calls += bpf_calls - calls_;
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& part_;
  Sample& sample_;
  double kernel_;
  long calls_;
  Clock::time_point start_ = Clock::now();
};

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "corpus: %s\n", what.c_str());
  std::exit(1);
}

// ---- whole objects ----

void objects_ours(const std::vector<Object>& objects, Sample& sample) {
  ebpf::LoadOptions options;
  {
    Stopwatch watch(sample.load, sample);
    if (auto types = ebpf::KernelTypes::running()) options.kernel_types = *std::move(types);
  }
  for (const Object& object : objects) {
    if (!object.loads) continue;
    auto spec = [&] {
      Stopwatch watch(sample.open, sample);
      return ebpf::CollectionSpec::read_file(object.path);
    }();
    Stopwatch watch(sample.load, sample);
    const auto loaded = ebpf::Collection::load(*spec, options);
    if (!loaded) die(loaded.error().message());
  }
}

void objects_theirs(const std::vector<Object>& objects, Sample& sample) {
  for (const Object& object : objects) {
    if (!object.loads) continue;
    Handle opened = [&] {
      Stopwatch watch(sample.open, sample);
      return libbpf_open(object.path);
    }();
    Stopwatch watch(sample.load, sample);
    if (bpf_object__load(opened.get()) != 0) die("libbpf does not load " + object.path);
    opened.reset();
  }
}

// ---- programs, each alone ----

void programs_ours(const std::vector<Object>& objects, Sample& sample) {
  ebpf::LoadOptions options;
  {
    Stopwatch watch(sample.load, sample);
    if (auto types = ebpf::KernelTypes::running()) options.kernel_types = *std::move(types);
  }
  for (const Object& object : objects) {
    auto spec = [&] {
      Stopwatch watch(sample.open, sample);
      return ebpf::CollectionSpec::read_file(object.path);
    }();
    for (const std::string& name : object.programs) {
      Stopwatch watch(sample.load, sample);
      const auto loaded = ebpf::Collection::load(*spec->only(name), options);
      if (!loaded) die(loaded.error().message());
    }
  }
}

void programs_theirs(const std::vector<Object>& objects, Sample& sample) {
  for (const Object& object : objects) {
    const auto spec = ebpf::CollectionSpec::read_file(object.path);
    for (const std::string& name : object.programs) {
      const auto alone = spec->only(name);
      Handle opened = [&] {
        Stopwatch watch(sample.open, sample);
        return libbpf_open(object.path);
      }();
      keep(opened.get(), name, *alone);
      Stopwatch watch(sample.load, sample);
      // Elements of program arrays that are not loaded end libbpf's load, after the program was loaded.
      (void)bpf_object__load(opened.get());
      opened.reset();
    }
  }
}

// ---- the set ----

bool both_load(const Object& object, const ebpf::CollectionSpec& spec) {
  if (!ebpf::Collection::load(spec)) return false;
  const Handle opened = libbpf_open(object.path);
  return bpf_object__load(opened.get()) == 0;
}

bool both_load(const Object& object, const ebpf::CollectionSpec& spec, const std::string& name) {
  const auto alone = spec.only(name);
  if (!alone || !ebpf::Collection::load(*alone)) return false;
  const Handle opened = libbpf_open(object.path);
  keep(opened.get(), name, *alone);
  return bpf_object__load(opened.get()) == 0;
}

std::vector<Object> find_objects(const std::vector<std::string>& directories) {
  std::vector<Object> out;
  for (const std::string& directory : directories)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             directory, std::filesystem::directory_options::follow_directory_symlink))
      if (entry.path().extension() == ".o") out.push_back({entry.path().string(), {}});
  std::sort(out.begin(), out.end(), [](const Object& a, const Object& b) { return a.path < b.path; });
  for (Object& object : out) {
    const auto spec = ebpf::CollectionSpec::read_file(object.path);
    if (!spec || !libbpf_open(object.path)) continue;
    // Pins would be found again.
    if (std::any_of(spec->maps.begin(), spec->maps.end(),
                    [](const ebpf::MapSpec& map) { return map.pinning != ebpf::Pinning::none; }))
      continue;
    object.loads = both_load(object, *spec);
    for (const ebpf::ProgramSpec& program : spec->programs)
      if (both_load(object, *spec, program.name)) object.programs.push_back(program.name);
  }
  return out;
}

// ---- the table ----

using Way = void (*)(const std::vector<Object>&, Sample&);

Sample median(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.total() < b.total(); });
  return samples[samples.size() / 2];
}

void print(const char* name, const Sample& sample) {
  std::printf("  %-8s %9.1f %9.1f %9.1f %10.1f %10.1f %9ld\n", name, sample.total() * 1e3, sample.open * 1e3,
              sample.load * 1e3, sample.kernel * 1e3, (sample.total() - sample.kernel) * 1e3, sample.calls);
}

void compare(const char* title, const std::vector<Object>& objects, Way ours, Way theirs, int rounds) {
  std::vector<Sample> a, b;
  for (int round = 0; round < rounds; ++round) {
    const bool we_first = round % 2 == 0;
    if (we_first) ours(objects, a.emplace_back());
    theirs(objects, b.emplace_back());
    if (!we_first) ours(objects, a.emplace_back());
  }
  const Sample x = median(std::move(a));
  const Sample y = median(std::move(b));
  std::printf("%s: ms, the median of %d rounds\n  %-8s %9s %9s %9s %10s %10s %9s\n", title, rounds, "", "total", "open",
              "load", "in bpf(2)", "outside", "calls");
  print("ours", x);
  print("libbpf", y);
  std::printf("  ratio    %9.3f %9.3f %9.3f %10.3f %10.3f\n\n", x.total() / y.total(), x.open / y.open, x.load / y.load,
              x.kernel / y.kernel, (x.total() - x.kernel) / (y.total() - y.kernel));
}

}  // namespace

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  std::vector<std::string> directories(argv + std::min(argc, 2), argv + argc);
  if (directories.empty()) directories.push_back("testdata/corpus/objects");
  if (rounds < 1) die("usage: corpus [ROUNDS [DIRECTORY...]]");
  const std::vector<Object> objects = find_objects(directories);
  std::size_t whole = 0, programs = 0;
  for (const Object& object : objects) whole += object.loads, programs += object.programs.size();
  std::printf("%zu objects; both load %zu of them as they are, and %zu programs alone (libbpf %s)\n\n", objects.size(),
              whole, programs, libbpf_version_string());
  compare("objects, whole", objects, objects_ours, objects_theirs, rounds);
  compare("programs, each alone", objects, programs_ours, programs_theirs, rounds);
}

// The C library's, with a clock for bpf(2).
extern "C" long syscall(long number, ...) noexcept {
  using Syscall = long (*)(long, ...);
  static const Syscall next = [] {
    Syscall found = nullptr;
    void* const symbol = dlsym(RTLD_NEXT, "syscall");
    std::memcpy(&found, &symbol, sizeof found);
    return found;
  }();
  va_list list;
  va_start(list, number);
  std::array<long, 6> arguments;
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  const auto start = Clock::now();
  const long result = next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  if (number == SYS_bpf) {
    in_bpf += Seconds(Clock::now() - start).count();
    ++bpf_calls;
  }
  return result;
}
