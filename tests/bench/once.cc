// Child processes, under callgrind and without.
#include "tests/bench/once.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace ebpf::bench {
namespace {

constexpr std::string_view kNothing = "nothing";

// "==1== Collected : 123456"; 0 where there is no valgrind.
long long instructions(const char* self, std::string_view name) {
  const std::string command = "valgrind --tool=callgrind --callgrind-out-file=/dev/null '" + std::string(self) +
                              "' --once '" + std::string(name) + "' 2>&1";
  std::FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return 0;
  long long collected = 0;
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr)
    if (const char* at = std::strstr(line, "Collected : ")) collected = std::atoll(at + std::strlen("Collected : "));
  return pclose(pipe) == 0 ? collected : 0;
}

// KiB; 0 where the child failed.
long peak_memory(const char* self, std::string_view name) {
  const std::string argument(name);
  const pid_t child = fork();
  if (child == 0) {
    execl(self, self, "--once", argument.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  struct rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 0;
  return usage.ru_maxrss;
}

}  // namespace

bool is_once(int argc, char** argv) { return argc == 3 && std::strcmp(argv[1], "--once") == 0; }

int run_once(std::span<const Once> all, char** argv) {
  if (kNothing == argv[2]) return 0;
  for (const Once& once : all)
    if (once.name == argv[2]) return once.run() ? 0 : 1;
  return 2;
}

void print_costs(std::span<const Once> all, const char* self) {
  const long long idle_instructions = instructions(self, kNothing);
  const long idle_memory = peak_memory(self, kNothing);
  std::printf("\n%-40s %16s %16s\n", "once, in a process of its own", "instructions", "peak KiB");
  for (const Once& once : all) {
    const long long count = instructions(self, once.name);
    const long memory = peak_memory(self, once.name);
    if (memory == 0) {
      std::printf("%-40.*s failed\n", static_cast<int>(once.name.size()), once.name.data());
      continue;
    }
    std::printf("%-40.*s %16lld %16ld\n", static_cast<int>(once.name.size()), once.name.data(),
                count == 0 ? 0 : count - idle_instructions, memory - idle_memory);
  }
  std::printf("(a process that does nothing: %lld instructions, %ld KiB, are subtracted)\n", idle_instructions,
              idle_memory);
}

}  // namespace ebpf::bench
