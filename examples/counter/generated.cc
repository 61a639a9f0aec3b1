// The loader of the README with a generated header: what was a name in quotes there is a member here. One that is
// misspelt, a value of the wrong type, or a constant that is written to once it is loaded, does not compile.
//
//     generated [seconds]
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "counter.skel.h"

int main(int argc, char** argv) {
  auto spec = counter::Spec::open();  // the object is in the header
  if (!spec) return ebpf::report(spec.error());

  spec->rodata().sample_rate = 100;  // a plain struct over the section's bytes

  auto counter = counter::Object::load(*spec);
  if (!counter) return ebpf::report(counter.error());

  auto links = counter->attach();  // every program that can attach itself
  if (!links) return ebpf::report(links.error());

  const int seconds = argc > 1 ? std::atoi(argv[1]) : 5;
  for (int second = 0; second < seconds; ++second) {
    sleep(1);
    const unsigned long long packets = counter->bss.packets.load();
    const unsigned long long sampled = counter->bss.sampled.load();
    std::printf("%llu packets, %llu sampled\n", packets, sampled);
    std::fflush(stdout);
  }
}
