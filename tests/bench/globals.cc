// What access to a global costs: a Global against a raw pointer to the same memory, and against the map look-up that a
// program without mapped memory makes (libbpf's bpf_map_lookup_elem, on the same map); Variable::get and set, by the
// memory ("copy") and by the map ("fallback"). As root:
//
//     bazel run -c opt //tests/bench:globals
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "ebpf/ebpf.h"
#include "tests/bench/side_by_side.h"

namespace {

using ebpf::Global;

struct Subject {
  ebpf::Collection objects;
  ebpf::Collection unmapped;  // the same object, read and written through its maps
  Global<std::uint64_t> packets;
  std::uint64_t* raw;  // the same variable, as a skeleton of libbpf would give it
  int map_fd;
  std::size_t section_size;
};

std::optional<Subject> subject;

ebpf::Result<Subject> make_subject(const char* path) {
  EBPF_TRY(ebpf::CollectionSpec spec, ebpf::CollectionSpec::read_file(path));
  EBPF_TRY(ebpf::Collection objects, ebpf::Collection::load(spec));
  EBPF_TRY(ebpf::Collection unmapped, ebpf::Collection::load(spec, {.map_variables = false}));
  EBPF_TRY(Global<std::uint64_t> packets, objects.variable("packets")->as<std::uint64_t>());
  const ebpf::Map& section = *objects.map(".bss");
  const auto length = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, section.fd().get(), 0);
  if (memory == MAP_FAILED) return ebpf::fail(ebpf::errc::io, "mmap");
  auto* raw = reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(memory) + objects.variable("packets")->offset());
  const int fd = section.fd().get();
  const std::size_t size = section.value_size();
  return Subject{std::move(objects), std::move(unmapped), packets, raw, fd, size};
}

void load_ours(benchmark::State& state) {
  const Global<std::uint64_t> packets = subject->packets;
  for (auto _ : state) benchmark::DoNotOptimize(packets.load(std::memory_order_relaxed));
}
void load_raw(benchmark::State& state) {
  const volatile std::uint64_t* raw = subject->raw;
  for (auto _ : state) benchmark::DoNotOptimize(*raw);
}
void load_by_map(benchmark::State& state) {
  std::vector<std::byte> section(subject->section_size);
  const std::uint32_t key = 0;
  for (auto _ : state) {
    bpf_map_lookup_elem(subject->map_fd, &key, section.data());
    benchmark::DoNotOptimize(section.data());
  }
}
void load_fallback(benchmark::State& state) {
  const ebpf::Variable& packets = *subject->unmapped.variable("packets");
  for (auto _ : state) benchmark::DoNotOptimize(packets.get<std::uint64_t>());
}
void load_copied(benchmark::State& state) {
  const ebpf::Variable& packets = *subject->objects.variable("packets");
  for (auto _ : state) benchmark::DoNotOptimize(packets.get<std::uint64_t>());
}
void store_ours(benchmark::State& state) {
  const Global<std::uint64_t> packets = subject->packets;
  for (auto _ : state) packets.store(1, std::memory_order_relaxed);
}
void store_raw(benchmark::State& state) {
  volatile std::uint64_t* raw = subject->raw;
  for (auto _ : state) *raw = 1;
}
void store_by_map(benchmark::State& state) {
  std::vector<std::byte> section(subject->section_size);
  const std::uint32_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(bpf_map_update_elem(subject->map_fd, &key, section.data(), 0));
}
void store_fallback(benchmark::State& state) {
  const ebpf::Variable& packets = *subject->unmapped.variable("packets");
  for (auto _ : state) benchmark::DoNotOptimize(packets.set(std::uint64_t{1}));
}
void add_ours(benchmark::State& state) {
  const Global<std::uint64_t> packets = subject->packets;
  for (auto _ : state) benchmark::DoNotOptimize(packets.fetch_add(1, std::memory_order_relaxed));
}
void add_raw(benchmark::State& state) {
  std::uint64_t* raw = subject->raw;
  for (auto _ : state) benchmark::DoNotOptimize(__sync_fetch_and_add(raw, 1));
}

}  // namespace

int main(int argc, char** argv) {
  auto made = make_subject("examples/counter/counter.bpf.o");
  if (!made) return ebpf::report(made.error());
  subject.emplace(*std::move(made));
  benchmark::RegisterBenchmark("ours/load", load_ours);
  benchmark::RegisterBenchmark("raw/load", load_raw);
  benchmark::RegisterBenchmark("map_lookup/load", load_by_map);
  benchmark::RegisterBenchmark("copy/load", load_copied);
  benchmark::RegisterBenchmark("fallback/load", load_fallback);
  benchmark::RegisterBenchmark("ours/store", store_ours);
  benchmark::RegisterBenchmark("raw/store", store_raw);
  benchmark::RegisterBenchmark("map_update/store", store_by_map);
  benchmark::RegisterBenchmark("fallback/store", store_fallback);
  benchmark::RegisterBenchmark("ours/fetch_add", add_ours);
  benchmark::RegisterBenchmark("raw/fetch_add", add_raw);
  return ebpf::bench::run_side_by_side(argc, argv);
}
