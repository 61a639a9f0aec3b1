// Config: structures that are shared with a program, and whose members belong together. What never changes is set
// member by member before loading; the limits are changed as a whole, a thousand times each second, while packets are
// judged by them; and the counts are read as of one moment, so that they add up.
//
//     config [config.bpf.o] [interface] [seconds] [EtherType]        config config.bpf.o eth0 10 0x0800
#include <net/if.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "ebpf/ebpf.h"

namespace {

// As in config.bpf.c. That they are is checked, member by member, when they are bound to the program's variables.
struct Limits {
  std::uint64_t sequence;
  std::uint32_t shortest, longest;
};
EBPF_MEMBERS(Limits, sequence, shortest, longest)

struct alignas(64) Counts {
  std::uint64_t sequence;
  std::uint64_t packets, bytes;
  std::uint64_t accepted, refused;
  std::uint64_t unjudged;
};
EBPF_MEMBERS(Counts, sequence, packets, bytes, accepted, refused, unjudged)

// The limits take turns. No packet of 128 to 1023 bytes is ever accepted, as it would be by the one's lower limit and
// the other's upper one.
constexpr Limits kShortPackets = {.sequence = 0, .shortest = 0, .longest = 127};
constexpr Limits kLongPackets = {.sequence = 0, .shortest = 1024, .longest = 65535};

struct Shared {
  ebpf::SeqGlobal<Limits> limits;                      // written here
  std::vector<ebpf::SeqGlobal<const Counts>> per_cpu;  // written by the program
};

ebpf::Result<Shared> find_shared(const ebpf::Collection& objects) {
  EBPF_TRY(auto limits, objects.variable("limits")->as_seq<Limits>(&Limits::sequence));
  EBPF_TRY(auto rows, objects.variable("per_cpu")->as_struct_span<const Counts>());
  Shared shared{limits, {}};
  for (std::size_t cpu = 0; cpu < rows.size(); ++cpu) shared.per_cpu.emplace_back(rows.element(cpu), &Counts::sequence);
  return shared;
}

ebpf::Result<void> show(const Shared& shared) {
  Counts total{};
  for (const auto& counts : shared.per_cpu) {
    EBPF_TRY(const Counts row, counts.snapshot());
    total.packets += row.packets;
    total.bytes += row.bytes;
    total.accepted += row.accepted;
    total.refused += row.refused;
    total.unjudged += row.unjudged;
  }
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("packets %llu = accepted %llu + refused %llu + unjudged %llu; bytes %llu; limits changed %llu times\n",
              number(total.packets), number(total.accepted), number(total.refused), number(total.unjudged),
              number(total.bytes), number(shared.limits.sequence() / 2));
  std::fflush(stdout);
  return {};
}

ebpf::Result<void> run(const Shared& shared, int seconds) {
  EBPF_CHECK(show(shared));
  for (int second = 0; second < seconds; ++second) {
    for (int turn = 0; turn < 1000; ++turn) {
      EBPF_CHECK(shared.limits.write(turn % 2 == 0 ? kShortPackets : kLongPackets));
      usleep(1000);
    }
    EBPF_CHECK(show(shared));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const char* interface = argc > 2 ? argv[2] : "lo";
  const unsigned long ethertype = argc > 4 ? std::strtoul(argv[4], nullptr, 0) : 0x0800;

  auto spec = ebpf::CollectionSpec::read_file(argc > 1 ? argv[1] : "config.bpf.o");
  if (!spec) return ebpf::report(spec.error());
  auto settings = spec->variable("settings");
  auto set = settings->set_field("protocols[0].ethertype", ethertype);
  if (set) set = settings->set_field("protocols[0].header", 14);
  if (!set) return ebpf::report(set.error());

  auto objects = ebpf::Collection::load(*spec);
  if (!objects) return ebpf::report(objects.error());
  auto shared = find_shared(*objects);
  if (!shared) return ebpf::report(shared.error());
  auto link = ebpf::attach_xdp(*objects->program("judge_packet"), if_nametoindex(interface));
  if (!link) return ebpf::report(link.error());

  auto ran = run(*shared, argc > 3 ? std::atoi(argv[3]) : 10);
  if (!ran) return ebpf::report(ran.error());
}
