// The twenty-line loader of the README: reads an object, sets a constant, loads, attaches, and shows a global changing.
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "ebpf/ebpf.h"

int main(int argc, char** argv) {
  auto spec = ebpf::CollectionSpec::read_file(argc > 1 ? argv[1] : "counter.bpf.o");
  if (!spec) return ebpf::report(spec.error());  // prints the sentence, returns EXIT_FAILURE

  (void)spec->variable("sample_rate")->set(100u);  // .rodata: a constant to the verifier

  auto objects = ebpf::Collection::load(*spec);
  if (!objects) return ebpf::report(objects.error());  // verifier log with source lines

  auto link = objects->program("count")->attach();  // by its section name
  if (!link) return ebpf::report(link.error());
  auto packets = objects->variable("packets")->as<std::uint64_t>();
  if (!packets) return ebpf::report(packets.error());

  for (int second = 0; second < 5; ++second) {
    sleep(1);
    std::printf("%llu\n", static_cast<unsigned long long>(packets->load()));
    std::fflush(stdout);
  }
}
