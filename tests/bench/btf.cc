// The kernel's types: opened, searched, a CO-RE program relocated against them, printed as C (btf_print.cc) and
// deduplicated (btf_dedup.cc), against libbpf and bpftool in one run. As root:
//
//     bazel run -c opt //tests/bench:btf
//
// Behind the times stands what each costs once, in a process of its own: user-space instructions and peak memory.
// libbpf has no way to relocate without loading: its load is cut off where the first program would go to the kernel, so
// that its times include the creation of maps, which its instructions, made in the kernel, hardly do.
#include <benchmark/benchmark.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <iterator>
#include <string>

#include "ebpf/btf/name_search.h"
#include "ebpf/ebpf.h"
#include "ebpf/load/load.h"
#include "tests/bench/btf_subjects.h"
#include "tests/bench/once.h"
#include "tests/bench/side_by_side.h"

namespace {

constexpr const char* kProgram = "testdata/runqlat.bpf.o";

bool find_ours() {
  const auto kernel = ebpf::KernelTypes::running();
  if (!kernel) return false;
  ebpf::btf::NameSearch search;
  const auto task = search.add({"task_struct", ebpf::btf::kind_bit(ebpf::btf::Kind::structure)});
  search.run((*kernel)->types());
  return !search.matches(task).empty();
}

bool find_libbpf() {
  btf* types = btf__load_vmlinux_btf();
  const bool found = types != nullptr && btf__find_by_name_kind(types, "task_struct", BTF_KIND_STRUCT) > 0;
  btf__free(types);
  return found;
}

bool relocate_ours() {
  const auto spec = ebpf::CollectionSpec::read_file(kProgram);
  if (!spec) return false;
  ebpf::loader::LoadPlan plan{.spec = *spec, .options = {}};
  return ebpf::loader::prepare(plan).has_value();
}

int stop_before_the_kernel(bpf_program*, bpf_prog_load_opts*, long) { return -ECANCELED; }

// For every kind of section that the program has.
void take_over_loading() {
  libbpf_prog_handler_opts options{};
  options.sz = sizeof options;
  options.prog_prepare_load_fn = stop_before_the_kernel;
  libbpf_register_prog_handler("tp_btf+", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, &options);
  libbpf_register_prog_handler("raw_tp+", BPF_PROG_TYPE_RAW_TRACEPOINT, {}, &options);
}

bool relocate_libbpf() {
  bpf_object* object = bpf_object__open_file(kProgram, nullptr);
  const bool relocated = object != nullptr && bpf_object__load(object) == -ECANCELED;
  bpf_object__close(object);
  return relocated;
}

constexpr ebpf::bench::Once kSubjects[] = {
    {"ours/find task_struct", find_ours},
    {"libbpf/find task_struct", find_libbpf},
    {"ours/open and relocate runqlat", relocate_ours},
    {"libbpf/open and relocate runqlat", relocate_libbpf},
};

void measure(benchmark::State& state, bool (*run)()) {
  for (auto _ : state)
    if (!run()) return state.SkipWithError("failed");
}

}  // namespace

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);
  take_over_loading();
  if (ebpf::bench::is_once(argc, argv)) return ebpf::bench::run_once(kSubjects, argv);
  for (const ebpf::bench::Once& subject : kSubjects)
    benchmark::RegisterBenchmark(std::string(subject.name).c_str(), measure, subject.run)
        ->Unit(benchmark::kMicrosecond);
  ebpf::bench::register_printing();
  ebpf::bench::register_deduplication();
  const int status = ebpf::bench::run_side_by_side(argc, argv);
  ebpf::bench::print_costs(kSubjects, argv[0]);
  return status;
}
