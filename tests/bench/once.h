// What one run of something costs in a process of its own: user-space instructions, counted by callgrind, and the peak
// of resident memory. Unlike times these are the same on every run, or nearly.
#pragma once

#include <span>
#include <string_view>

namespace ebpf::bench {

struct Once {
  std::string_view name;  // "ours/SUBJECT" or "PEER/SUBJECT"
  bool (*run)();          // false where it failed
};

// Where the command line is `--once NAME`: runs that one, and returns what main() is to return.
bool is_once(int argc, char** argv);
int run_once(std::span<const Once> all, char** argv);

// A table of all of them, each run in a child process, less what a process that does nothing costs.
void print_costs(std::span<const Once> all, const char* self);

}  // namespace ebpf::bench
