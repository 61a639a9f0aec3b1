// From a file to loaded programs, and the reading alone: against libbpf on the same objects, in one run. As root:
//
//     bazel run -c opt //tests/bench:load
//
// Closing is part of the time: the kernel frees maps and programs afterwards in either case.
#include <benchmark/benchmark.h>
#include <bpf/libbpf.h>

#include <cstdio>
#include <string>

#include "ebpf/ebpf.h"
#include "tests/bench/side_by_side.h"

namespace {

// Objects that Debian's libbpf 1.1 loads, too.
constexpr const char* kObjects[] = {"testdata/maps.bpf.o", "testdata/subprograms.bpf.o", "testdata/tracing.bpf.o"};

void open_ours(benchmark::State& state, const char* path) {
  for (auto _ : state) {
    auto spec = ebpf::CollectionSpec::read_file(path);
    if (!spec) return state.SkipWithError(spec.error().message().c_str());
  }
}
void open_libbpf(benchmark::State& state, const char* path) {
  for (auto _ : state) {
    bpf_object* object = bpf_object__open_file(path, nullptr);
    if (object == nullptr) return state.SkipWithError("open failed");
    bpf_object__close(object);
  }
}
void load_ours(benchmark::State& state, const char* path) {
  for (auto _ : state) {
    auto spec = ebpf::CollectionSpec::read_file(path);
    if (!spec) return state.SkipWithError(spec.error().message().c_str());
    auto objects = ebpf::Collection::load(*spec);
    if (!objects) return state.SkipWithError(objects.error().message().c_str());
  }
}
void load_libbpf(benchmark::State& state, const char* path) {
  for (auto _ : state) {
    bpf_object* object = bpf_object__open_file(path, nullptr);
    const bool loaded = object != nullptr && bpf_object__load(object) == 0;
    bpf_object__close(object);
    if (!loaded) return state.SkipWithError("load failed");
  }
}

// "testdata/maps.bpf.o" is shown as "maps".
std::string subject(const char* path) { return std::string(ebpf::object_name(path)); }

}  // namespace

int main(int argc, char** argv) {
  libbpf_set_print(nullptr);
  for (const char* path : kObjects) {
    benchmark::RegisterBenchmark(("ours/open " + subject(path)).c_str(), open_ours, path)
        ->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(("libbpf/open " + subject(path)).c_str(), open_libbpf, path)
        ->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(("ours/load " + subject(path)).c_str(), load_ours, path)
        ->Unit(benchmark::kMicrosecond);
    benchmark::RegisterBenchmark(("libbpf/load " + subject(path)).c_str(), load_libbpf, path)
        ->Unit(benchmark::kMicrosecond);
  }
  return ebpf::bench::run_side_by_side(argc, argv);
}
