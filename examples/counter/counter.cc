// Counter: what globals are for. A knob is set before the program is loaded; counters are read, and a switch is turned,
// while it runs, each at the cost of one load or store.
//
//     counter [counter.bpf.o] [seconds]
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ebpf/ebpf.h"

namespace {

// What is looked at once, before the loop: the checks against BTF are done, what is left are pointers.
struct Counters {
  ebpf::Global<std::uint64_t> packets;
  ebpf::Global<std::uint64_t> sampled;
  ebpf::Global<bool> paused;
};

ebpf::Result<Counters> find_counters(const ebpf::Collection& objects) {
  EBPF_TRY(auto packets, objects.variable("packets")->as<std::uint64_t>());
  EBPF_TRY(auto sampled, objects.variable("sampled")->as<std::uint64_t>());
  EBPF_TRY(auto paused, objects.variable("paused")->as<bool>());
  return Counters{packets, sampled, paused};
}

void show(const Counters& counters, int seconds) {
  std::uint64_t before = 0;
  for (int second = 1; second <= seconds; ++second) {
    // Every fourth second the program stands still: the switch is one store to shared memory.
    counters.paused.store(second % 4 == 0);
    sleep(1);
    const std::uint64_t now = counters.packets.load();
    std::printf("%2d s  packets %8llu  +%-6llu sampled %6llu%s\n", second, static_cast<unsigned long long>(now),
                static_cast<unsigned long long>(now - before), static_cast<unsigned long long>(counters.sampled.load()),
                counters.paused.load() ? "  (paused)" : "");
    std::fflush(stdout);
    before = now;
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto spec = ebpf::CollectionSpec::read_file(argc > 1 ? argv[1] : "counter.bpf.o");
  if (!spec) return ebpf::report(spec.error());
  if (auto set = spec->variable("sample_rate")->set(10u); !set) return ebpf::report(set.error());

  auto objects = ebpf::Collection::load(*spec);
  if (!objects) return ebpf::report(objects.error());
  auto counters = find_counters(*objects);
  if (!counters) return ebpf::report(counters.error());
  auto link = objects->program("count")->attach();
  if (!link) return ebpf::report(link.error());

  show(*counters, argc > 2 ? std::atoi(argv[2]) : 5);
}
