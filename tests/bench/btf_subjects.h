// The parts of //tests/bench:btf, a file each. Each registers its pairs of benchmarks.
#pragma once

namespace ebpf::bench {

void register_printing();       // btf_print.cc
void register_deduplication();  // btf_dedup.cc

}  // namespace ebpf::bench
