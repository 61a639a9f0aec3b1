#include "tests/bench/side_by_side.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace ebpf::bench {
namespace {

// Keeps the median of the repetitions, or the only run.
class Collector : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration && !run.error_occurred)
        times_[run.run_name.function_name].push_back(run.GetAdjustedRealTime());
  }

  void print_ratios() {
    std::printf("\n%-28s %-12s %12s %12s %8s\n", "subject", "peer", "ours", "peer's", "ratio");
    for (auto& [name, times] : times_) {
      const std::size_t slash = name.find('/');
      const std::string subject = name.substr(slash);
      if (name.substr(0, slash) == "ours" || !times_.contains("ours" + subject)) continue;
      const double ours = median(times_["ours" + subject]);
      const double peers = median(times);
      std::printf("%-28s %-12s %12.2f %12.2f %8.3f\n", subject.c_str() + 1, name.substr(0, slash).c_str(), ours, peers,
                  ours / peers);
    }
  }

 private:
  static double median(std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }
  std::map<std::string, std::vector<double>> times_;
};

}  // namespace

int run_side_by_side(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  collector.print_ratios();
  return 0;
}

}  // namespace ebpf::bench
