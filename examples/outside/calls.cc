// Counts its own system calls.
#include <unistd.h>

#include <cstdio>

#include "calls.skel.h"

int main() {
  auto spec = calls::Spec::open();
  if (!spec) return ebpf::report(spec.error());
  spec->rodata().process = static_cast<std::uint32_t>(getpid());
  auto object = calls::Object::load(*spec);
  if (!object) return ebpf::report(object.error());
  auto links = object->attach();
  if (!links) return ebpf::report(links.error());

  const std::uint64_t before = object->bss.calls.load();
  for (int i = 0; i < 10; ++i) (void)getppid();
  std::printf("%llu system calls\n", static_cast<unsigned long long>(object->bss.calls.load() - before));
}
