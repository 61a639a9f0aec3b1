// Programs: linking of subprograms and callbacks, tail calls, running them on made-up input, and what the kernel tells
// about them.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/kernel/assembled.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

const std::string kSubprograms[] = {"subprograms", "subprograms_clang14", "subprograms_stripped"};

}  // namespace

TEST_CASE("subprograms: static, global, weak, nested, shared by several programs of one section") {
  require_root_and_bpf();
  for (const std::string& name : kSubprograms) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const auto input = ok(objects.variable("input")->as<std::uint32_t>());
    for (const std::uint32_t x : {5u, 41u}) {
      CAPTURE(x);
      input.store(x);
      CHECK(run(objects, "chain") == (x + 1) * 3);
      CHECK(run(objects, "middle") == x + 1);
      CHECK(run(objects, "global_call") == x * 2 + 1);
      CHECK(run(objects, "weak_call") == x + 100);
      CHECK(run(objects, "alone") == x);
    }
  }
}

TEST_CASE("a subprogram uses a map and a variable") {
  require_root_and_bpf();
  for (const std::string& name : kSubprograms) {
    CAPTURE(name);
    Collection objects = load_object(name);
    ok(objects.map("numbers")->update(0u, std::uint64_t{30}));
    ok(objects.map("numbers")->update(3u, std::uint64_t{12}));
    CHECK(run(objects, "map_in_subprogram") == 42);
    CHECK(ok(objects.variable("visited")->get<std::uint64_t>()) == 2);
  }
}

TEST_CASE("loops by iterators: bpf_for, bpf_repeat and bpf_for_each, with break and continue") {
  require_root_and_bpf();
  test_requires(kernel_btf(), kernel(6, 4));
  for (const std::string name : {"loops", "loops_clang14"}) {
    CAPTURE(name);
    Collection objects = load_object(name);
    ok(objects.variable("first")->as<std::int32_t>()).store(3);
    ok(objects.variable("end")->as<std::int32_t>()).store(9);
    run(objects, "sum_of_range");
    CHECK(ok(objects.variable("sum")->get<std::int64_t>()) == 3 + 4 + 6 + 7 + 8);
    ok(objects.variable("first")->as<std::int32_t>()).store(38);
    ok(objects.variable("end")->as<std::int32_t>()).store(1000);
    run(objects, "sum_of_range");
    CHECK(ok(objects.variable("sum")->get<std::int64_t>()) == 38 + 39);

    run(objects, "fill_array");
    const auto numbers = ok(objects.variable("numbers")->as_span<std::int32_t>());
    for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == static_cast<std::int32_t>(i * i));
    run(objects, "repeat");
    CHECK(ok(objects.variable("turns")->get<std::int64_t>()) == 3000);
    run(objects, "for_each");
    CHECK(ok(objects.variable("visited")->get<std::int64_t>()) == 10111213);
  }
}

TEST_CASE("callbacks: bpf_for_each_map_elem, and bpf_loop with one that calls a subprogram") {
  require_root_and_bpf();
  test_requires(kernel(5, 17));  // bpf_loop
  for (const std::string name : {"callbacks", "callbacks_clang14", "callbacks_stripped"}) {
    CAPTURE(name);
    Collection objects = load_object(name);
    for (std::uint32_t i = 0; i < 4; ++i) ok(objects.map("numbers")->update(i, std::uint64_t{i + 1}));
    CHECK(run(objects, "each_element") == 10);
    CHECK(ok(objects.variable("total")->get<std::uint64_t>()) == 10);
    CHECK(run(objects, "looped") == 55);
  }
}

TEST_CASE("each program is loaded with the subprograms that it calls, and no others") {
  require_root_and_bpf();
  Collection objects = load_object("subprograms");
  const auto translated = [&](const char* name) { return ok(objects.program(name)->info()).translated_bytes; };
  CHECK(translated("middle") < translated("chain"));
  CHECK(translated("alone") < translated("global_call"));
}

TEST_CASE("a program that is switched off is not loaded") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("subprograms");
  for (ProgramSpec& program : spec.programs) program.autoload = program.name == "alone";
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.programs.size() == 1);
  CHECK(run(objects, "alone") == 5);
  CHECK(objects.program("chain").error().code() == errc::not_found);
}

TEST_CASE("SEC(\"?…\") is switched off until the caller says otherwise") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("sections");
  keep_program(spec, "in_optional_xdp");
  CHECK_FALSE(spec.program("in_optional_xdp")->autoload);
  CHECK(ok(Collection::load(spec)).programs.empty());
  spec.program("in_optional_xdp")->autoload = true;
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.program("in_optional_xdp")->type() == ProgramType::xdp);
}

TEST_CASE("an unknown section is refused until the program has a type") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("unknown_section");
  const std::size_t before = open_fd_count();
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "brew"));
  CHECK(contains(error.message(), "teapot/short_and_stout"));
  CHECK(contains(error.message(), "program_type"));
  CHECK(open_fd_count() == before);

  spec.program("brew")->program_type = ProgramType::socket_filter;
  Collection objects = ok(Collection::load(spec));
  CHECK(run(objects, "brew") == 418);
  CHECK(run(objects, "known") == 0);
}

TEST_CASE("tail calls through a program array that is filled in from the object") {
  require_root_and_bpf();
  for (const std::string name : {"maps", "maps_clang14", "maps_stripped"}) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const auto slot = ok(objects.variable("slot")->as<std::uint32_t>());
    const auto reached = ok(objects.variable("reached")->as<std::uint32_t>());
    const auto dispatch = [&](std::uint32_t to) {
      slot.store(to);
      return run(objects, "dispatch");
    };
    CHECK(dispatch(0) == 11);
    CHECK(reached.load() == 1);
    CHECK(dispatch(2) == 22);
    CHECK(reached.load() == 2);
    CHECK(dispatch(1) == 99);
    CHECK(reached.load() == 0);
    CHECK(dispatch(1000) == 99);
    // Filled in and emptied by hand.
    const std::uint32_t second = static_cast<std::uint32_t>(objects.program("tail_second")->fd().get());
    ok(objects.map("prog_array")->update(1u, second));
    CHECK(dispatch(1) == 22);
    CHECK(ok(objects.map("prog_array")->remove(1u)));
    CHECK(dispatch(1) == 99);
  }
}

TEST_CASE("a program that was taken out of the collection outlives it") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("maps");
  Collection objects = ok(Collection::load(spec));
  const Program count = ok(objects.take_program("count"));
  CHECK(error_of(objects.take_program("count")).code() == errc::not_found);
  objects = ok(Collection::load(spec));
  CHECK(ok(count.test_run({.data = kFrame})).return_value == 0);
}

TEST_CASE("an assembled program: loaded alone, run, gone") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  {
    const Program program = ok(Program::load(returning_seven(), "GPL"));
    CHECK(program.name == "seven");
    CHECK(program.type() == ProgramType::socket_filter);
    CHECK(program.section().empty());
    CHECK(ok(program.test_run({.data = kFrame})).return_value == 7);
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("test_run: a packet goes in and comes back as the program left it") {
  require_root_and_bpf();
  using namespace insn;
  // XDP: writes 0xab into the packet's second byte.
  static constexpr auto code =
      assemble(load<std::uint32_t>(r2, r1, 0), load<std::uint32_t>(r3, r1, 4), mov(r4, r2), add(r4, 14), mov(r0, 1),
               jump_if(gt, r4, r3, "short"), store_imm<std::uint8_t>(r2, 1, 0xab), mov(r0, 2), label("short"), exit_());
  const Program program = ok(Program::load(assembled("writer", ProgramType::xdp, code.slots), "GPL"));
  const TestRunResult result = ok(program.test_run({.data = kFrame, .data_out = 200}));
  CHECK(result.return_value == 2);
  REQUIRE(result.data.size() == kFrameLength);
  CHECK(result.data[0] == std::byte{0x02});
  CHECK(result.data[1] == std::byte{0xab});
  CHECK(result.data[2] == std::byte{0x02});
  CHECK(result.context.empty());
  CHECK(ok(program.test_run({.data = kFrame})).data.empty());
}

TEST_CASE("test_run: a packet's context goes in and comes back") {
  require_root_and_bpf();
  using namespace insn;
  // sched_cls: returns skb->mark, and adds 1 to it. __sk_buff: len 0, pkt_type 4, mark 8.
  static constexpr auto code =
      assemble(load<std::uint32_t>(r0, r1, 8), mov(r2, r0), add(r2, 1), store<std::uint32_t>(r1, 8, r2), exit_());
  const Program program = ok(Program::load(assembled("marker", ProgramType::sched_cls, code.slots), "GPL"));
  std::array<std::uint32_t, 48> context{};  // as long as __sk_buff
  context[2] = 1234;
  const TestRunResult result = ok(
      program.test_run({.data = kFrame, .context = std::as_bytes(std::span(context)), .context_out = sizeof context}));
  CHECK(result.return_value == 1234);
  REQUIRE(result.context.size() >= 12);
  std::uint32_t mark = 0;
  std::memcpy(&mark, result.context.data() + 8, 4);
  CHECK(mark == 1235);
}

TEST_CASE("test_run: a syscall program reads and writes its context") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::syscall));
  using namespace insn;
  static constexpr auto code =
      assemble(load<std::uint64_t>(r2, r1, 0), add(r2, r2), store<std::uint64_t>(r1, 8, r2), mov(r0, 3), exit_());
  ProgramSpec spec = assembled("doubler", ProgramType::syscall, code.slots);
  spec.flags = 1u << 4;  // BPF_F_SLEEPABLE, without which the kernel loads no syscall program
  const Program program = ok(Program::load(spec, "GPL"));
  const std::array<std::uint64_t, 2> context = {21, 0};
  const TestRunResult result = ok(program.test_run({.context = std::as_bytes(std::span(context))}));
  CHECK(result.return_value == 3);
  REQUIRE(result.context.size() == sizeof context);
  std::array<std::uint64_t, 2> after;
  std::memcpy(&after, result.context.data(), sizeof after);
  CHECK(after[0] == 21);
  CHECK(after[1] == 42);
  CHECK(context[1] == 0);
}

TEST_CASE("test_run: a raw tracepoint gets its arguments as the context, also on a CPU of the caller's choice") {
  require_root_and_bpf();
  using namespace insn;
  static constexpr auto code =
      assemble(load<std::uint64_t>(r0, r1, 0), load<std::uint64_t>(r2, r1, 8), add(r0, r2), exit_());
  const Program program = ok(Program::load(assembled("adder", ProgramType::raw_tracepoint, code.slots), "GPL"));
  const std::array<std::uint64_t, 2> arguments = {40, 2};
  const auto context = std::as_bytes(std::span(arguments));
  CHECK(ok(program.test_run({.context = context})).return_value == 42);
  CHECK(ok(program.test_run({.context = context, .flags = 1, .cpu = 0})).return_value == 42);
  CHECK_FALSE(program.test_run({.context = context, .flags = 1, .cpu = 1000000}));
}

TEST_CASE("test_run: repeat runs it so often, and gives the time of one run") {
  require_root_and_bpf();
  Collection objects = load_object("globals");
  const TestRunResult result = ok(objects.program("count")->test_run({.data = kFrame, .repeat = 1000}));
  CHECK(ok(objects.variable("packets")->get<std::uint64_t>()) == 1000);
  CHECK(result.duration.count() > 0);
}

TEST_CASE("test_run: what a type of program does not allow is an error that names the program") {
  require_root_and_bpf();
  Collection objects = load_object("tracing");
  const Error error = error_of(objects.program("on_getppid")->test_run());
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "on_getppid"));

  const Program seven = ok(Program::load(returning_seven(), "GPL"));
  const Error no_packet = error_of(seven.test_run());
  CAPTURE(no_packet.message());
  CHECK(contains(no_packet.message(), "seven"));
}

TEST_CASE("info: what the kernel knows about a program") {
  require_root_and_bpf();
  Collection objects = load_object("maps");
  const ProgramDetails details = ok(objects.program("count")->info());
  CHECK(details.id != 0);
  CHECK(details.name == "count");
  CHECK(details.type == ProgramType::socket_filter);
  CHECK(details.btf_id != 0);
  CHECK(details.translated_bytes > 0);
  CHECK(std::ranges::any_of(details.tag, [](std::uint8_t byte) { return byte != 0; }));
  std::set<std::uint32_t> used;
  for (const char* map : {"hash", "percpu_array", "array_mmapable", "queue", "ringbuf"})
    used.insert(ok(objects.map(map)->info()).id);
  const std::set<std::uint32_t> told(details.map_ids.begin(), details.map_ids.end());
  CHECK(std::ranges::includes(told, used));
}

TEST_CASE("a map that no instruction uses can be bound to a program, and is then one of its maps") {
  require_root_and_bpf();
  const Program program = ok(Program::load(returning_seven(), "GPL"));
  CHECK(ok(program.info()).map_ids.empty());
  std::uint32_t id = 0;
  {
    const Map map =
        ok(Map::create({.name = "m", .type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1}));
    id = ok(map.info()).id;
    ok(program.bind_map(map));
    ok(program.bind_map(map));  // twice is once
  }
  CHECK(ok(program.info()).map_ids == std::vector{id});
  ok(Map::from_id(id));  // the program keeps it
}

TEST_CASE("constants are listed with every program where that is asked for") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("globals");
  const auto listed = [](const Collection& objects) {
    std::size_t count = 0;
    for (const Map& map : objects.maps) {
      if (!map.name.starts_with(".rodata")) continue;
      const std::uint32_t id = ok(map.info()).id;
      for (const Program& program : objects.programs) {
        const auto ids = ok(program.info()).map_ids;
        count += std::ranges::find(ids, id) != ids.end();
      }
    }
    return count;
  };
  const Collection bound = ok(Collection::load(spec, {.bind_constants = true}));
  CHECK(bound.notes.empty());
  CHECK(listed(bound) == 2 * bound.programs.size());  // .rodata and .rodata.custom
  CHECK(listed(ok(Collection::load(spec))) < 2 * bound.programs.size());
}

TEST_CASE("info: how many instructions the verifier looked at") {
  require_root_and_bpf();
  test_requires(kernel(5, 16));
  const Program program = ok(Program::load(returning_seven(), "GPL"));
  CHECK(ok(program.info()).verified_instructions == 2);
}

TEST_CASE("a name that is too long for the kernel is cut there, and whole here") {
  require_root_and_bpf();
  Collection objects = load_object("subprograms");
  const Program& program = *objects.program("map_in_subprogram");
  CHECK(program.name == "map_in_subprogram");
  CHECK(ok(program.info()).name == "map_in_subprogr");
}

TEST_CASE("from_id gives the same program; a number that nobody has is not found") {
  require_root_and_bpf();
  const Program program = ok(Program::load(returning_seven(), "GPL"));
  const std::uint32_t id = ok(program.info()).id;
  const Program same = ok(Program::from_id(id));
  CHECK(ok(same.info()).id == id);
  CHECK(same.name == "seven");
  CHECK(same.type() == ProgramType::socket_filter);
  CHECK(ok(same.test_run({.data = kFrame})).return_value == 7);
  CHECK(error_of(Program::from_id(0x7ffffffe)).code() == errc::not_found);
}

TEST_CASE("from_name: the program of that name, unless there are several or none") {
  require_root_and_bpf();
  const auto load_as = [](const std::string& name) {
    ProgramSpec spec = returning_seven();
    spec.name = name;
    return ok(Program::load(spec, "GPL"));
  };
  // Names of this process's own; the second is longer than what the kernel keeps.
  const std::string own = "p" + std::to_string(getpid());
  const Program short_name = load_as(own);
  const std::string longer = own + "_and_so_on_and_on";
  const Program long_name = load_as(longer);
  CHECK(ok(ok(Program::from_name(own)).info()).id == ok(short_name.info()).id);
  CHECK(ok(ok(Program::from_name(longer)).info()).id == ok(long_name.info()).id);

  const Error none = error_of(Program::from_name(own + "x"));
  CHECK(none.code() == errc::not_found);
  CHECK(contains(none.message(), "no program called \"" + own + "x\" is loaded"));

  const Program second = load_as(own);
  const Error several = error_of(Program::from_name(own));
  CAPTURE(several.message());
  CHECK(several.code() == errc::invalid_argument);
  CHECK(contains(several.message(), std::to_string(ok(short_name.info()).id)));
  CHECK(contains(several.message(), std::to_string(ok(second.info()).id)));
}

TEST_CASE("a pin keeps a program alive until it is removed") {
  private_mounts();
  const std::string path = "/sys/fs/bpf/programs_test_seven";
  std::uint32_t id = 0;
  {
    const Program program = ok(Program::load(returning_seven(), "GPL"));
    id = ok(program.info()).id;
    ok(program.pin(path));
    const Error again = error_of(program.pin(path));
    CHECK(again.code() == errc::already_exists);
    CHECK(contains(again.message(), path));
  }
  {
    const Program program = ok(Program::open_pinned(path));
    CHECK(ok(program.info()).id == id);
    CHECK(ok(program.test_run({.data = kFrame})).return_value == 7);
    // A program's pin is no map's and no link's.
    CHECK_FALSE(Map::open_pinned(path));
    CHECK_FALSE(Link::open_pinned(path));
  }
  ok(unpin(path));
  const Error gone = error_of(Program::open_pinned(path));
  CHECK(gone.code() == errc::not_found);
  CHECK(contains(gone.message(), path));
}

TEST_CASE("a pin outside of a bpf file system: the sentence says how to mount one") {
  private_mounts();
  const Program program = ok(Program::load(returning_seven(), "GPL"));
  const Error error = error_of(program.pin("/tmp/programs_test_no_bpffs"));
  CAPTURE(error.message());
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "mount"));
  CHECK(access("/tmp/programs_test_no_bpffs", F_OK) != 0);
}

TEST_CASE("from_fd takes only programs") {
  require_root_and_bpf();
  Collection objects = load_object("subprograms");
  const Fd& map = objects.map("numbers")->fd();
  const std::size_t before = open_fd_count();
  CHECK(error_of(Program::from_fd(ok(map.duplicate()))).code() == errc::invalid_argument);
  CHECK(open_fd_count() == before);
  CHECK(ok(Program::from_fd(ok(objects.program("alone")->fd().duplicate()))).name == "alone");
}
