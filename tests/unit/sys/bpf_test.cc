// bpf(2) without a kernel: a hook stands in its place, and sees what would have been passed.
#include "ebpf/sys/bpf.h"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

struct Call {
  Command command;
  std::vector<char> attr;
};

// What stands behind the hook: it notes each call and answers as the test case says, zero unless told. One thread.
struct Kernel {
  std::vector<Call> calls;
  std::function<long(void* attr)> answer = [](void*) { return 0L; };
};
Kernel* kernel = nullptr;

long note_and_answer(Command command, void* attr, unsigned size) {
  const auto* bytes = static_cast<const char*>(attr);
  kernel->calls.push_back({command, std::vector<char>(bytes, bytes + size)});
  return kernel->answer(attr);
}

class Hooked : public Kernel {
 public:
  Hooked() {
    kernel = this;
    const BpfHook before = set_bpf_hook(note_and_answer);
    CHECK((before == nullptr));
  }
  ~Hooked() {
    const BpfHook before = set_bpf_hook(nullptr);
    CHECK((before == note_and_answer));
  }

  // What the last call passed.
  template <class Attr>
  Attr last() const {
    Attr attr;
    REQUIRE(calls.back().attr.size() == sizeof attr);
    std::memcpy(&attr, calls.back().attr.data(), sizeof attr);
    return attr;
  }
};

long new_descriptor(void*) { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST_CASE("every command has a name of its own") {
  std::set<std::string_view> seen;
  for (std::uint32_t value = 0; value < kCommandCount; ++value) {
    const std::string_view word = name(static_cast<Command>(value));
    CHECK(word.starts_with("BPF_"));
    CHECK(seen.insert(word).second);
  }
  CHECK(name(static_cast<Command>(kCommandCount)) == "BPF_?");
  CHECK(name(Command::prog_assoc_struct_ops) == "BPF_PROG_ASSOC_STRUCT_OPS");
}

// Calls a function that takes nothing but its attr, and says which command came of it.
template <class Attr, class Answer>
void check_command(Command expected, Answer (*function)(Attr&)) {
  Hooked hooked;
  hooked.answer = [](void*) { return -long{EPERM}; };
  std::remove_const_t<Attr> attr;
  const auto answer = function(attr);
  CAPTURE(name(expected));
  REQUIRE(hooked.calls.size() == 1);
  CHECK(hooked.calls[0].command == expected);
  CHECK(hooked.calls[0].attr.size() == sizeof attr);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == errc::denied);
  CHECK(answer.error().os_error() == EPERM);
  CHECK(answer.error().message() == std::string(name(expected)) + ": EPERM");
}

TEST_CASE("each function is its command, passes its struct, and names itself where it fails") {
  check_command(Command::map_create, map_create);
  check_command(Command::prog_load, prog_load);
  check_command(Command::prog_attach, prog_attach);
  check_command(Command::prog_detach, prog_detach);
  check_command(Command::prog_query, prog_query);
  check_command(Command::prog_test_run, prog_test_run);
  check_command(Command::prog_bind_map, prog_bind_map);
  check_command(Command::prog_stream_read_by_fd, prog_stream_read);
  check_command(Command::prog_assoc_struct_ops, prog_assoc_struct_ops);
  check_command(Command::obj_pin, obj_pin);
  check_command(Command::obj_get, obj_get);
  check_command(Command::prog_get_fd_by_id, prog_get_fd_by_id);
  check_command(Command::map_get_fd_by_id, map_get_fd_by_id);
  check_command(Command::btf_get_fd_by_id, btf_get_fd_by_id);
  check_command(Command::link_get_fd_by_id, link_get_fd_by_id);
  check_command(Command::btf_load, btf_load);
  check_command(Command::raw_tracepoint_open, raw_tracepoint_open);
  check_command(Command::task_fd_query, task_fd_query);
  check_command(Command::link_create, link_create);
  check_command(Command::link_update, link_update);
  check_command(Command::iter_create, iter_create);
  check_command(Command::token_create, token_create);
}

TEST_CASE("the functions that make their own struct put the arguments where they belong") {
  Hooked hooked;
  CHECK(map_freeze(7));
  CHECK(hooked.calls.back().command == Command::map_freeze);
  CHECK(hooked.last<MapElemAttr>().map_fd == 7);

  CHECK(link_detach(8));
  CHECK(hooked.calls.back().command == Command::link_detach);
  CHECK(hooked.last<LinkDetachAttr>().link_fd == 8);

  hooked.answer = [](void* attr) {
    auto* ids = static_cast<GetIdAttr*>(attr);
    ids->next_id = ids->start_id + 5;
    return 0L;
  };
  CHECK(prog_get_next_id(1) == 6u);
  CHECK(hooked.calls.back().command == Command::prog_get_next_id);
  CHECK(map_get_next_id(2) == 7u);
  CHECK(hooked.calls.back().command == Command::map_get_next_id);
  CHECK(btf_get_next_id(3) == 8u);
  CHECK(hooked.calls.back().command == Command::btf_get_next_id);
  CHECK(link_get_next_id(4) == 9u);
  CHECK(hooked.calls.back().command == Command::link_get_next_id);

  hooked.answer = new_descriptor;
  CHECK(enable_stats(StatsType::run_time));
  CHECK(hooked.calls.back().command == Command::enable_stats);
}

TEST_CASE("information is asked for with the length of what is to be filled") {
  Hooked hooked;
  hooked.answer = [](void* attr) {
    static_cast<InfoAttr*>(attr)->info_len = 80;
    return 0L;
  };
  MapInfo info;
  CHECK(obj_get_info(9, info) == 80u);
  CHECK(hooked.calls.back().command == Command::obj_get_info_by_fd);
  const auto attr = hooked.last<InfoAttr>();
  CHECK(attr.bpf_fd == 9);
  CHECK(attr.info_len == sizeof info);
  CHECK(attr.info == to_u64(&info));
}

TEST_CASE("the element operations pass their addresses and give back what the kernel said") {
  Hooked hooked;
  hooked.answer = [](void*) { return -long{ENOENT}; };
  int key = 0;
  int value = 0;
  const auto check = [&](int result, Command command, std::uint64_t value_address, std::uint64_t flags) {
    CAPTURE(name(command));
    CHECK(result == -ENOENT);
    CHECK(hooked.calls.back().command == command);
    const auto attr = hooked.last<MapElemAttr>();
    CHECK(attr.map_fd == 4);
    CHECK(attr.key == to_u64(&key));
    CHECK(attr.value == value_address);
    CHECK(attr.flags == flags);
  };
  errno = ENOTTY;
  check(map_lookup_elem(4, &key, &value, kElemLock), Command::map_lookup_elem, to_u64(&value), kElemLock);
  check(map_update_elem(4, &key, &value, kElemExist), Command::map_update_elem, to_u64(&value), kElemExist);
  check(map_delete_elem(4, &key, 0), Command::map_delete_elem, 0, 0);
  check(map_lookup_and_delete_elem(4, &key, &value, 0), Command::map_lookup_and_delete_elem, to_u64(&value), 0);
  check(map_get_next_key(4, &key, &value), Command::map_get_next_key, to_u64(&value), 0);
  CHECK(errno == ENOTTY);

  MapBatchAttr batch;
  using Batch = int (*)(MapBatchAttr&) noexcept;
  const std::pair<Batch, Command> batches[] = {{map_lookup_batch, Command::map_lookup_batch},
                                               {map_lookup_and_delete_batch, Command::map_lookup_and_delete_batch},
                                               {map_update_batch, Command::map_update_batch},
                                               {map_delete_batch, Command::map_delete_batch}};
  for (const auto& [function, command] : batches) {
    CHECK(function(batch) == -ENOENT);
    CHECK(hooked.calls.back().command == command);
    CHECK(hooked.calls.back().attr.size() == sizeof batch);
  }
}

TEST_CASE("loading is tried five times while the verifier is interrupted") {
  Hooked hooked;
  ProgLoadAttr attr;
  SUBCASE("and then given up") {
    hooked.answer = [](void*) { return -long{EAGAIN}; };
    const auto fd = prog_load(attr);
    REQUIRE_FALSE(fd);
    CHECK(fd.error().os_error() == EAGAIN);
    CHECK(hooked.calls.size() == 5);
  }
  SUBCASE("until it succeeds") {
    hooked.answer = [&](void* given) { return hooked.calls.size() < 3 ? -long{EAGAIN} : new_descriptor(given); };
    CHECK(prog_load(attr));
    CHECK(hooked.calls.size() == 3);
  }
}

TEST_CASE("a test run that a signal interrupts starts again from what the caller gave") {
  Hooked hooked;
  TestRunAttr attr;
  attr.data_size_out = 64;
  hooked.answer = [&](void* given) {
    CHECK(static_cast<TestRunAttr*>(given)->data_size_out == 64);
    static_cast<TestRunAttr*>(given)->data_size_out = 1;
    return hooked.calls.size() < 3 ? -long{EINTR} : 0L;
  };
  CHECK(prog_test_run(attr));
  CHECK(hooked.calls.size() == 3);
  CHECK(attr.data_size_out == 1);
}

TEST_CASE("a test run that is always interrupted ends") {
  Hooked hooked;
  hooked.answer = [](void*) { return -long{EINTR}; };
  TestRunAttr attr;
  const auto result = prog_test_run(attr);
  REQUIRE_FALSE(result);
  CHECK(result.error().os_error() == EINTR);
  CHECK(hooked.calls.size() == 100);
}

TEST_CASE("other errors are not tried again") {
  Hooked hooked;
  hooked.answer = [](void*) { return -long{E2BIG}; };
  TestRunAttr run;
  CHECK_FALSE(prog_test_run(run));
  ProgLoadAttr load;
  CHECK_FALSE(prog_load(load));
  CHECK(hooked.calls.size() == 2);
}

}  // namespace
}  // namespace ebpf::sys
