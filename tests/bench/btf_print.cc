// Part of //tests/bench:btf: the running kernel's types as C, against bpftool, as processes of their own; and the
// printing alone.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "ebpf/btf/c_printer.h"
#include "ebpf/kernel/types.h"
#include "tests/bench/btf_subjects.h"

namespace {

struct Nowhere : ebpf::btf::TextSink {
  std::size_t bytes = 0;
  ebpf::Result<void> write(std::string_view piece) override {
    bytes += piece.size();
    return {};
  }
};

void run_command(benchmark::State& state, const char* command) {
  for (auto _ : state)
    if (std::system(command) != 0) return state.SkipWithError("the command failed");
}

// Without the process, and without opening the types.
void print_only(benchmark::State& state) {
  auto kernel = ebpf::KernelTypes::running();
  if (!kernel) return state.SkipWithError(kernel.error().message().c_str());
  std::size_t bytes = 0;
  for (auto _ : state) {
    Nowhere nowhere;
    if (!ebpf::btf::print_c_header((*kernel)->types(), nowhere)) return state.SkipWithError("printing failed");
    bytes = nowhere.bytes;
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}

}  // namespace

void ebpf::bench::register_printing() {
  const auto process = [](const char* name, const char* command) {
    benchmark::RegisterBenchmark(name, run_command, command)->Unit(benchmark::kMillisecond)->UseRealTime();
  };
  process("ours/print vmlinux.h", "tools/ebpf btf dump --format c > /dev/null");
  process("bpftool/print vmlinux.h",
          "PATH=$PATH:/usr/sbin bpftool btf dump file /sys/kernel/btf/vmlinux format c > /dev/null");
  process("ours/print raw", "tools/ebpf btf dump --format raw > /dev/null");
  process("bpftool/print raw",
          "PATH=$PATH:/usr/sbin bpftool btf dump file /sys/kernel/btf/vmlinux format raw > /dev/null");
  benchmark::RegisterBenchmark("library/print vmlinux.h", print_only)->Unit(benchmark::kMillisecond);
}
