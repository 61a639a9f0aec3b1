// main() for benches that compare: each subject is measured as "ours/SUBJECT" and as "PEER/SUBJECT", and behind Google
// Benchmark's own table stands a line for each pair with the ratio of their times (below 1: ours is faster).
#pragma once

namespace ebpf::bench {

int run_side_by_side(int argc, char** argv);

}  // namespace ebpf::bench
