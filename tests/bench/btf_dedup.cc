// Part of //tests/bench:btf: deduplication of types against libbpf's btf__dedup(), on the same tables: the kernel's
// types twice, and some objects' types joined.
//
// Both begin with the encoded table, which each reads in its own way before it starts.
#include <benchmark/benchmark.h>
#include <bpf/btf.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/dedup.h"
#include "ebpf/ebpf.h"
#include "tests/bench/btf_subjects.h"

namespace {

using Bytes = std::vector<std::byte>;

constexpr const char* kObjects[] = {"globals", "maps", "packet", "pinning", "subprograms", "tracing"};

bool add_types(ebpf::btf::Builder& to, const ebpf::btf::Spec& types) {
  auto importer = ebpf::btf::Importer::between(types, to);
  if (!importer) return false;
  importer->add_all();
  return true;
}

Bytes kernel_twice() {
  const auto kernel = ebpf::KernelTypes::running();
  ebpf::btf::Builder joined;
  if (!kernel || !add_types(joined, (*kernel)->types()) || !add_types(joined, (*kernel)->types())) return {};
  return joined.encode().value_or(Bytes());
}

Bytes objects() {
  ebpf::btf::Builder joined;
  for (const std::string name : kObjects) {
    const auto spec = ebpf::CollectionSpec::read_file("testdata/" + name + ".bpf.o");
    if (!spec || !add_types(joined, spec->types)) return {};
  }
  return joined.encode().value_or(Bytes());
}

void dedup_ours(benchmark::State& state, const Bytes& table) {
  for (auto _ : state) {
    const auto types = ebpf::btf::Spec::parse(table);
    if (!types) return state.SkipWithError(types.error().message().c_str());
    const auto result = ebpf::btf::deduplicate(*types);
    if (!result) return state.SkipWithError(result.error().message().c_str());
    state.counters["types"] = result->types.type_count();
  }
}

void dedup_libbpf(benchmark::State& state, const Bytes& table) {
  for (auto _ : state) {
    btf* types = btf__new(table.data(), static_cast<__u32>(table.size()));
    const bool done = types != nullptr && btf__dedup(types, nullptr) == 0;
    if (done) state.counters["types"] = btf__type_cnt(types);
    btf__free(types);
    if (!done) return state.SkipWithError("btf__dedup failed");
  }
}

}  // namespace

// The tables are made now and live as long as the process.
void ebpf::bench::register_deduplication() {
  const auto add = [](const char* subject, Bytes table) {
    if (table.empty()) return std::fprintf(stderr, "no table for %s\n", subject), void();
    const auto shared = std::make_shared<const Bytes>(std::move(table));
    const auto ours = [shared](benchmark::State& state) { dedup_ours(state, *shared); };
    const auto libbpf = [shared](benchmark::State& state) { dedup_libbpf(state, *shared); };
    benchmark::RegisterBenchmark((std::string("ours/") + subject).c_str(), ours)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark((std::string("libbpf/") + subject).c_str(), libbpf)->Unit(benchmark::kMillisecond);
  };
  add("deduplicate the kernel twice", kernel_twice());
  add("deduplicate objects", objects());
}
