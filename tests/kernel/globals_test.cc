// Global variables of testdata/globals.bpf.c, on both sides: initial values, constants, and what one side writes and
// the other sees.
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/kernel/globals.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

struct Scalars {
  std::uint64_t u64;
  std::int64_t s64;
  std::uint32_t u32;
  std::int32_t s32;
  std::uint16_t u16;
  std::int16_t s16;
  std::uint8_t u8;
  std::int8_t s8;
  bool flag;
  Color color;
};

template <class T>
concept CanStore = requires(Global<T> g) { g.store({}); };
static_assert(CanStore<std::uint32_t>);
static_assert(!CanStore<const std::uint32_t>, "a constant has no store");

}  // namespace

TEST_CASE("initial values of scalars in .data, in every width and signedness") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    const Collection objects = load_object(name);
    CHECK(global<std::uint8_t>(objects, "data_u8").load() == 0x11);
    CHECK(global<std::int8_t>(objects, "data_s8").load() == -2);
    CHECK(global<std::uint16_t>(objects, "data_u16").load() == 0x2233);
    CHECK(global<std::int16_t>(objects, "data_s16").load() == -300);
    CHECK(global<std::uint32_t>(objects, "data_u32").load() == 0x44556677);
    CHECK(global<std::int32_t>(objects, "data_s32").load() == -70000);
    CHECK(global<std::uint64_t>(objects, "data_u64").load() == 0x8899aabbccddeeffu);
    CHECK(global<std::int64_t>(objects, "data_s64").load() == -5000000000);
    CHECK(global<bool>(objects, "data_bool").load());
    CHECK(global<Color>(objects, "data_color").load() == Color::blue);
    CHECK(value<std::int16_t>(objects, "data_s16") == -300);
    CHECK(value<std::uint64_t>(objects, "data_u64") == 0x8899aabbccddeeffu);
  }
}

TEST_CASE("what is in .bss is zero") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    const Collection objects = load_object(name);
    CHECK(global<std::uint8_t>(objects, "bss_u8").load() == 0);
    CHECK(global<std::int64_t>(objects, "bss_s64").load() == 0);
    CHECK_FALSE(global<bool>(objects, "bss_bool").load());
    CHECK(global<Color>(objects, "bss_color").load() == Color::red);
    CHECK(value<Stats>(objects, "bss_stats").rx.packets == 0);
  }
}

TEST_CASE("arrays and structs of .data: by value, as spans, in every dimension") {
  require_root_and_bpf();
  for (const std::string& name : kWithBtf) {
    CAPTURE(name);
    const Collection objects = load_object(name);

    const auto array = ok(objects.variable("data_array")->as_span<std::uint32_t>());
    REQUIRE(array.size() == 4);
    CHECK(std::vector<std::uint32_t>(array.begin(), array.end()) == std::vector<std::uint32_t>{10, 20, 30, 40});
    CHECK(value<std::array<std::uint32_t, 4>>(objects, "data_array") == std::array<std::uint32_t, 4>{10, 20, 30, 40});

    const auto text = value<std::array<char, 16>>(objects, "data_text");
    CHECK(std::string(text.data()) == "initial");

    const auto stats = value<Stats>(objects, "data_stats");
    CHECK(stats.rx == Traffic{1, 2});
    CHECK(stats.tx == Traffic{3, 4});
    CHECK(stats.drops[0] == 5);
    CHECK(stats.drops[3] == 8);
    CHECK(stats.active);
    CHECK(stats.color == Color::green);

    const auto structs = value<std::array<Traffic, 3>>(objects, "data_structs");
    CHECK(structs[2] == Traffic{3, 300});

    const auto matrix = ok(objects.variable("bss_matrix")->as_span<std::uint16_t>());
    CHECK(matrix.size() == 15);
  }
}

TEST_CASE("sections with names of their own are maps of their own") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    CHECK(objects.variable("custom_data")->section() == ".data.custom");
    CHECK(objects.variable("custom_rodata")->section() == ".rodata.custom");
    CHECK(objects.variable("custom_bss")->section() == ".bss.custom");
    CHECK(objects.map(".data.custom"));
    CHECK(objects.map(".rodata.custom"));
    CHECK(objects.map(".bss.custom"));
    CHECK(global<std::uint32_t>(objects, "custom_data").load() == 0x1234);
    CHECK(global<const std::uint32_t>(objects, "custom_rodata").load() == 0x4321);
    CHECK(value<std::array<std::uint64_t, 3>>(objects, "custom_data_array")[2] == 3);

    global<std::uint32_t>(objects, "custom_data").store(1000);
    CHECK(run(objects, "custom_sections") == 9 + 7);
    CHECK(global<std::uint64_t>(objects, "custom_bss").load() == 1000 + 3 + 0x4321);
  }
}

TEST_CASE("constants of .rodata: set before loading, seen by C++ and by the program") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    CollectionSpec spec = read_object(name);
    ok(spec.variable("knob_u8")->set(200));
    ok(spec.variable("knob_s8")->set(-100));
    ok(spec.variable("knob_u16")->set(60000));
    ok(spec.variable("knob_s16")->set(-30000));
    ok(spec.variable("sample_rate")->set(100u));
    ok(spec.variable("knob_s32")->set(-5));
    ok(spec.variable("knob_u64")->set(std::numeric_limits<std::uint64_t>::max()));
    ok(spec.variable("knob_s64")->set(std::numeric_limits<std::int64_t>::min()));
    ok(spec.variable("knob_bool")->set(true));
    ok(spec.variable("knob_color")->set(Color::green));
    Collection objects = ok(Collection::load(spec));

    CHECK(global<const std::uint8_t>(objects, "knob_u8").load() == 200);
    CHECK(global<const std::int8_t>(objects, "knob_s8").load() == -100);
    CHECK(global<const std::uint32_t>(objects, "sample_rate").load() == 100);
    CHECK(global<const bool>(objects, "knob_bool").load());
    CHECK(global<const Color>(objects, "knob_color").load() == Color::green);

    run(objects, "mirror");
    const auto seen = value<Scalars>(objects, "mirror_of_rodata");
    CHECK(seen.u8 == 200);
    CHECK(seen.s8 == -100);
    CHECK(seen.u16 == 60000);
    CHECK(seen.s16 == -30000);
    CHECK(seen.u32 == 100);
    CHECK(seen.s32 == -5);
    CHECK(seen.u64 == std::numeric_limits<std::uint64_t>::max());
    CHECK(seen.s64 == std::numeric_limits<std::int64_t>::min());
    CHECK(seen.flag);
    CHECK(seen.color == Color::green);
  }
}

TEST_CASE("constants that are not set have the value of the source") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    CHECK(global<const std::uint32_t>(objects, "sample_rate").load() == 1);
    CHECK(global<const std::int64_t>(objects, "knob_s64").load() == -64);
    run(objects, "mirror");
    CHECK(value<Scalars>(objects, "mirror_of_rodata").s16 == -16);
  }
}

TEST_CASE("arrays, texts and structs of .rodata can be set") {
  require_root_and_bpf();
  for (const std::string& name : kWithBtf) {
    CAPTURE(name);
    CollectionSpec spec = read_object(name);
    ok(spec.variable("knob_array")->set(std::array<std::uint32_t, 4>{0, 0, 0, 1000}));
    ok(spec.variable("knob_text")->set(std::array<char, 16>{"from C++"}));
    ok(spec.variable("knob_struct")->set(Traffic{.packets = 20000, .bytes = 0}));
    Collection objects = ok(Collection::load(spec));
    // bss_array[3] + data_array[3] + knob_array[3] + data_stats.drops[1] + knob_struct.packets
    CHECK(run(objects, "aggregates") == 0 + 40 + 1000 + 6 + 20000);
    CHECK(std::string(value<std::array<char, 32>>(objects, "bss_text").data()) == "from C++");
    CHECK(value<Traffic>(objects, "knob_struct") == Traffic{20000, 0});
    const auto constants = ok(objects.variable("knob_array")->as_span<const std::uint32_t>());
    CHECK(constants[3].load() == 1000);
  }
}

TEST_CASE("variables of .bss and .data can be given another initial value, too") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  ok(spec.variable("bss_u64")->set(77u));
  ok(spec.variable("data_s8")->set(-99));
  ok(spec.variable("custom_bss")->set(5u));
  CHECK(ok(spec.variable("bss_u64")->get<std::uint64_t>()) == 77);
  Collection objects = ok(Collection::load(spec));
  CHECK(global<std::uint64_t>(objects, "bss_u64").load() == 77);
  CHECK(global<std::int8_t>(objects, "data_s8").load() == -99);
  CHECK(global<std::uint64_t>(objects, "custom_bss").load() == 5);
  CHECK(global<std::uint32_t>(objects, "bss_u32").load() == 0);
}

TEST_CASE("what C++ writes the program sees") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    global<std::uint8_t>(objects, "bss_u8").store(255);
    global<std::int8_t>(objects, "bss_s8").store(-128);
    global<std::uint16_t>(objects, "bss_u16").store(65535);
    global<std::int16_t>(objects, "bss_s16").store(-32768);
    global<std::uint32_t>(objects, "bss_u32").store(4000000000u);
    global<std::int32_t>(objects, "bss_s32").store(-2000000000);
    global<std::uint64_t>(objects, "bss_u64").store(1ull << 63);
    global<std::int64_t>(objects, "bss_s64").store(-1);
    global<bool>(objects, "bss_bool").store(true);
    global<Color>(objects, "bss_color").store(Color::blue);
    ok(objects.variable("data_u32")->set(std::uint32_t{12345}));
    run(objects, "mirror");

    const auto bss = value<Scalars>(objects, "mirror_of_bss");
    CHECK(bss.u8 == 255);
    CHECK(bss.s8 == -128);
    CHECK(bss.u16 == 65535);
    CHECK(bss.s16 == -32768);
    CHECK(bss.u32 == 4000000000u);
    CHECK(bss.s32 == -2000000000);
    CHECK(bss.u64 == 1ull << 63);
    CHECK(bss.s64 == -1);
    CHECK(bss.flag);
    CHECK(bss.color == Color::blue);
    CHECK(value<Scalars>(objects, "mirror_of_data").u32 == 12345);
    CHECK(value<Scalars>(objects, "mirror_of_data").s64 == -5000000000);
  }
}

TEST_CASE("what the program writes C++ sees, through views that were made before") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const auto packets = global<std::uint64_t>(objects, "packets");
    const auto bytes = global<std::uint64_t>(objects, "bytes");
    const auto events = global<std::uint32_t>(objects, "events");
    const auto by_length = ok(objects.variable("hits_by_length")->as_span<std::uint64_t>());
    for (int i = 0; i < 3; ++i) run(objects, "count");
    const std::size_t length = kFrameLength - kHeaderLength;
    CHECK(packets.load() == 3);
    CHECK(bytes.load() == 3 * length);
    CHECK(events.load() == 3);
    CHECK(by_length[length & 15].load() == 3);
    packets.store(0);
    run(objects, "count");
    CHECK(packets.load() == 1);
  }
}

TEST_CASE("a set of a struct reaches the program, and get copies what it left") {
  require_root_and_bpf();
  Collection objects = load_object("globals");
  Stats stats = value<Stats>(objects, "data_stats");
  stats.drops[1] = 600;
  ok(objects.variable("data_stats")->set(stats));
  ok(objects.variable("bss_stats")->set(Stats{.rx = {10, 0}, .tx = {0, 5}, .drops = {}, .active = {}, .color = {}}));
  CHECK(run(objects, "aggregates") == 40 + 4 + 600 + 7);
  const auto after = value<Stats>(objects, "bss_stats");
  CHECK(after.rx.packets == 11);
  CHECK(after.tx.bytes == 305);
}

TEST_CASE("a constant cannot be written to after loading") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const Variable& rate = *objects.variable("sample_rate");
    CHECK(rate.is_constant());
    CHECK_FALSE(objects.variable("packets")->is_constant());

    const Error of_set = error_of(rate.set(std::uint32_t{5}));
    CHECK(of_set.code() == errc::read_only);
    CHECK(contains(of_set.message(), "sample_rate"));
    const Error of_view = error_of(rate.as<std::uint32_t>());
    CHECK(of_view.code() == errc::read_only);
    CHECK(contains(of_view.message(), "sample_rate"));
    CHECK(error_of(objects.variable("knob_array")->as_span<std::uint32_t>()).code() == errc::read_only);
    CHECK(error_of(rate.write(as_byte_span(std::uint32_t{5}))).code() == errc::read_only);
    CHECK(error_of(objects.variable("custom_rodata")->set(std::uint32_t{5})).code() == errc::read_only);

    // Nor past the library.
    const std::vector<std::byte> other(objects.map(".rodata")->value_size());
    CHECK_FALSE(objects.map(".rodata")->update_bytes(as_byte_span(0u), other));
    CHECK(global<const std::uint32_t>(objects, "sample_rate").load() == 1);
  }
}

TEST_CASE("a number that does not fit the variable is out of range before the load") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  CHECK(error_of(spec.variable("knob_u8")->set(256)).code() == errc::out_of_range);
  CHECK(error_of(spec.variable("knob_s8")->set(128)).code() == errc::out_of_range);
  CHECK(error_of(spec.variable("sample_rate")->set(-1)).code() == errc::out_of_range);
  const Error error = error_of(spec.variable("sample_rate")->set(1ull << 32));
  CHECK(error.code() == errc::out_of_range);
  CHECK(contains(error.message(), "sample_rate"));
  CHECK(error_of(spec.variable("knob_struct")->set(5)).code() == errc::type_mismatch);
  CHECK(ok(spec.variable("knob_u8")->get<std::uint8_t>()) == 8);
}

TEST_CASE("static, hidden and weak variables, and those of a function") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    Collection objects = load_object(name);
    CHECK(global<std::uint32_t>(objects, "hidden_data").load() == 9);
    CHECK(global<std::uint32_t>(objects, "weak_data").load() == 7);
    CHECK(global<std::uint32_t>(objects, "static_data").load() == 3);
    global<std::uint32_t>(objects, "static_data").store(5);
    run(objects, "count");
    run(objects, "count");
    CHECK(global<std::uint64_t>(objects, "static_bss").load() == 10);
    CHECK(global<std::uint32_t>(objects, "count.calls").load() == 2);
  }
}

TEST_CASE("a spec is not changed by loading, and each load has globals of its own") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  ok(spec.variable("sample_rate")->set(7u));
  Collection first = ok(Collection::load(spec));
  ok(spec.variable("sample_rate")->set(9u));
  Collection second = ok(Collection::load(spec));
  run(first, "count");
  CHECK(global<std::uint64_t>(first, "packets").load() == 1);
  CHECK(global<std::uint64_t>(second, "packets").load() == 0);
  CHECK(global<const std::uint32_t>(first, "sample_rate").load() == 7);
  CHECK(global<const std::uint32_t>(second, "sample_rate").load() == 9);
}

TEST_CASE("get and set work where a section's map is not mappable") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  for (MapSpec& map : spec.maps) map.flags &= ~(1u << 10);  // BPF_F_MMAPABLE
  Collection objects = ok(Collection::load(spec));
  const Variable& packets = *objects.variable("packets");
  REQUIRE_FALSE(packets.is_mapped());
  CHECK(error_of(packets.as<std::uint64_t>()).code() == errc::not_supported);
  run(objects, "count");
  CHECK(ok(packets.get<std::uint64_t>()) == 1);
  ok(packets.set(std::uint64_t{10}));
  run(objects, "count");
  CHECK(ok(packets.get<std::uint64_t>()) == 11);
  CHECK(ok(objects.variable("big")->get<std::array<std::uint64_t, 1024>>())[1023] == 0);
  CHECK(ok(objects.variable("sample_rate")->get<std::uint32_t>()) == 1);
  CHECK(error_of(objects.variable("sample_rate")->set(std::uint32_t{2})).code() == errc::read_only);
}

TEST_CASE("a name that does not exist: an error that proposes the nearest") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const auto found = objects.variable("packtes");
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == errc::not_found);
  CHECK(contains(found.error().message(), "\"packets\""));
}
