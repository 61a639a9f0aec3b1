// Flows: a BPF object as a C++ object. Every name below is a member of what bpf2cpp generated from flows.bpf.c; one
// that is misspelt, or of the wrong type, does not compile. Shows each second what passes through a network interface:
//
//     flows [interface] [seconds]
#include <net/if.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "flows.skel.h"

namespace {

const char* name_of(flows::direction direction) {
  return direction == flows::direction::DIRECTION_RECEIVED ? "received" : "sent";
}

unsigned long long number(std::uint64_t value) { return value; }

void show(const flows::Object& object) {
  std::printf("packets %llu\n", number(object.bss.packets.load()));
  for (std::size_t i = 0; i < object.data.thresholds.size(); ++i)
    std::printf("  below %-5u %llu\n", object.data.thresholds[i].load(), number(object.bss.by_length[i].load()));
  std::printf("  others      %llu\n", number(object.bss.by_length[3].load()));

  const flows::totals sampled = object.bss.sampled.snapshot();
  std::printf("sampled %llu packets, %llu bytes\n", number(sampled.packets), number(sampled.bytes));
  for (const auto& [flow, totals] : object.maps.flows)
    std::printf("  0x%04x %-8s %llu packets, %llu bytes\n", flow.protocol, name_of(flow.direction),
                number(totals.packets), number(totals.bytes));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned interface = if_nametoindex(argc > 1 ? argv[1] : "lo");
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;

  auto spec = flows::Spec::open();  // the object is in the header
  if (!spec) return ebpf::report(spec.error());
  spec->rodata().sample_rate = 10;  // a constant for the verifier
  spec->maps.flows.max_entries = 1024;

  auto object = flows::Object::load(*spec);
  if (!object) return ebpf::report(object.error());
  object->data.thresholds[2].store(9000);  // a knob, which may be turned at any time

  auto received = object->programs.received.attach_tcx(interface);
  if (!received) return ebpf::report(received.error());
  auto sent = object->programs.sent.attach_tcx(interface);
  if (!sent) return ebpf::report(sent.error());

  show(*object);
  for (int second = 0; second < seconds; ++second) {
    sleep(1);
    show(*object);
  }
}
