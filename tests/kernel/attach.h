// What the tests of attaching share: the objects that they attach, events, and what was counted.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <string>

#include "tests/kernel/objects.h"

namespace ebpf::test {

// testdata/tracing, whose programs look at this process only.
inline Collection load_tracing(const std::string& name = "tracing") {
  CollectionSpec spec = read_object(name);
  ok(spec.variable("target_tgid")->set(static_cast<std::uint32_t>(getpid())));
  return ok(Collection::load(spec));
}

inline void call_getppid(int times) {
  for (int i = 0; i < times; ++i) syscall(SYS_getppid);
}

inline std::uint64_t number(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<std::uint64_t>());
}

struct Traffic {
  std::uint64_t packets;
  std::uint64_t bytes;
};

inline Traffic traffic(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<Traffic>());
}

// What `now` gives once it is `expected`; what it gives at last where it never is. A packet that was sent may still be
// on its way: on a busy machine the kernel leaves it to a thread (ksoftirqd).
template <class Value>
Value eventually(const Value& expected, const std::function<Value()>& now) {
  for (int i = 0; i < 10000 && now() != expected; ++i) usleep(1000);
  return now();
}

// How many packets a program has counted, once it is that many.
inline std::uint64_t packets(const Collection& objects, const char* name, std::uint64_t expected) {
  return eventually<std::uint64_t>(expected, [&] { return traffic(objects, name).packets; });
}

inline std::uint32_t index_of(int interface_index) { return static_cast<std::uint32_t>(interface_index); }

inline std::uint32_t id_of(const Program& program) { return ok(program.info()).id; }

}  // namespace ebpf::test
