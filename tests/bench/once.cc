// Child processes, under callgrind and without.
#include "tests/bench/once.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ebpf::bench {
namespace {

constexpr std::string_view kNothing = "nothing";

// The number behind `label` in what a command writes; 0 where it fails or does not say.
long long number_from(const std::string& command, const char* label) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) return 0;
  long long number = 0;
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr)
    if (const char* at = std::strstr(line, label)) number = std::atoll(at + std::strlen(label));
  return pclose(pipe) == 0 ? number : 0;
}

std::string command_for(const char* self, std::string_view name) {
  return "'" + std::string(self) + "' --once '" + std::string(name) + "'";
}

// "==1== Collected : 123456"; 0 where there is no valgrind.
long long instructions(const char* self, std::string_view name) {
  return number_from("valgrind --tool=callgrind --callgrind-out-file=/dev/null " + command_for(self, name),
                     "Collected : ");
}

// KiB, as the child tells of itself: what wait4(2) tells includes what this process had when it forked.
constexpr const char* kPeakMemory = "VmHWM:";
long long peak_memory(const char* self, std::string_view name) {
  return number_from(command_for(self, name), kPeakMemory);
}

bool print_peak_memory() {
  std::FILE* file = std::fopen("/proc/self/status", "re");
  if (file == nullptr) return false;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr)
    if (std::strncmp(line, kPeakMemory, std::strlen(kPeakMemory)) == 0) std::fputs(line, stdout);
  std::fclose(file);
  return true;
}

}  // namespace

bool is_once(int argc, char** argv) { return argc == 3 && std::strcmp(argv[1], "--once") == 0; }

int run_once(std::span<const Once> all, char** argv) {
  const std::string_view wanted = argv[2];
  bool done = wanted == kNothing;
  for (const Once& once : all)
    if (once.name == wanted) done = once.run();
  return done && print_peak_memory() ? 0 : 1;
}

void print_costs(std::span<const Once> all, const char* self) {
  const long long idle_instructions = instructions(self, kNothing);
  const long long idle_memory = peak_memory(self, kNothing);
  std::printf("\n%-40s %16s %16s\n", "once, in a process of its own", "instructions", "peak KiB");
  for (const Once& once : all) {
    const long long count = instructions(self, once.name);
    const long long memory = peak_memory(self, once.name);
    if (memory == 0) {
      std::printf("%-40.*s failed\n", static_cast<int>(once.name.size()), once.name.data());
      continue;
    }
    std::printf("%-40.*s %16lld %16lld\n", static_cast<int>(once.name.size()), once.name.data(),
                count == 0 ? 0 : count - idle_instructions, memory - idle_memory);
  }
  std::printf("(a process that does nothing: %lld instructions, %lld KiB, are subtracted)\n", idle_instructions,
              idle_memory);
}

}  // namespace ebpf::bench
