// Tunable: a program in the kernel whose knobs anybody with the right to may turn while packets flow. This one loads
// it, attaches it to a network interface, and shows each second what it counts and how its knobs stand:
//
//     tunable [interface] [seconds]
//
// It begins with its knob `paused` turned on. From another terminal, with the `ebpf` command or the program beside this
// one (turn.cc):
//
//     ebpf vars set lose_packets.loss_percent 30
//     turn lose_packets paused 0
#include <net/if.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tunable.skel.h"

namespace {

unsigned long long number(std::uint64_t value) { return value; }

void show(const tunable::Object& object) {
  // The program counts a lost packet before it counts it among all; whoever looks the other way round misses none.
  const std::uint64_t packets = object.bss.packets.load();
  const std::uint64_t lost = object.bss.lost.load();
  std::printf("packets %llu  lost %llu  loss_percent %u%s\n", number(packets), number(lost),
              object.data.loss_percent.load(), object.data.paused.load() ? "  (paused)" : "");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const char* interface = argc > 1 ? argv[1] : "lo";
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 60;

  auto spec = tunable::Spec::open();
  if (!spec) return ebpf::report(spec.error());
  auto object = tunable::Object::load(*spec);
  if (!object) return ebpf::report(object.error());
  auto link = object->programs.lose_packets.attach_xdp(if_nametoindex(interface));
  if (!link) return ebpf::report(link.error());

  // Where several programs have one name, the number tells them apart.
  auto details = object->programs.lose_packets.program().info();
  if (!details) return ebpf::report(details.error());
  std::printf("lose_packets, program %u, is on %s\n", details->id, interface);

  show(*object);
  for (int second = 0; second < seconds; ++second) {
    sleep(1);
    show(*object);
  }
}
