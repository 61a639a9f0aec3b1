// Views of global variables: rows, structures and their members, the types that fit a variable and those that do not,
// atomic operations, and how long a view lives.
#include <unistd.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>

#include "tests/kernel/globals.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

TEST_CASE("an AtomicSpan is a random-access range, and tells where it ends") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const auto array = ok(objects.variable("data_array")->as_span<std::uint32_t>());
  static_assert(std::random_access_iterator<decltype(array.begin())>);
  CHECK(array.end() - array.begin() == 4);
  CHECK(array.begin()[2].load() == 30);
  CHECK(std::accumulate(array.begin(), array.end(), 0u) == 100);
  CHECK(std::ranges::distance(array) == 4);
  for (auto element : array) element.fetch_add(1);
  CHECK(array[0].load() == 11);
  CHECK(ok(array.at(3)).load() == 41);
  CHECK(error_of(array.at(4)).code() == errc::out_of_range);
  CHECK_FALSE(array.empty());
}

TEST_CASE("an AtomicSpan of a number of elements is one of so many in the program") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const Variable& variable = *objects.variable("data_array");
  std::optional<AtomicSpan<std::uint32_t>> kept;
  {
    const auto four = ok(variable.as_span<std::uint32_t, 4>());
    static_assert(four.size() == 4);
    kept = four;
  }
  CHECK(kept->size() == 4);
  CHECK((*kept)[2].load() == 30);
  const Error error = error_of(variable.as_span<std::uint32_t, 5>());
  CAPTURE(error.message());
  CHECK(error.code() == errc::type_mismatch);
  CHECK(contains(error.message(), "which is no array of 5 unsigned integers of 4 bytes"));
}

TEST_CASE("a struct as a whole, its members by C++ name and by path") {
  require_root_and_bpf();
  for (const std::string& name : kWithBtf) {
    CAPTURE(name);
    std::optional<Global<std::uint64_t>> bytes;
    {
      Collection objects = load_object(name);
      const Variable& variable = *objects.variable("bss_stats");
      const auto stats = ok(variable.as_struct<Stats>());
      stats.write({.rx = {1, 2}, .tx = {3, 4}, .drops = {5, 6, 7, 8}, .active = true, .color = Color::green});
      run(objects, "aggregates");
      CHECK(stats.field(&Stats::rx).snapshot() == Traffic{2, 2});
      CHECK(stats.field(&Stats::tx).field(&Traffic::bytes).load() == 304);
      CHECK(stats.field(&Stats::drops).sum() == 26);
      CHECK(stats.field(&Stats::color).load() == Color::green);
      CHECK(stats.snapshot().tx == Traffic{3, 304});
      CHECK(ok(variable.snapshot<Stats>()).rx == Traffic{2, 2});

      CHECK(ok(variable.field<std::uint64_t>("rx.packets")).fetch_add(1) == 2);
      CHECK(ok(variable.field<std::uint32_t>("drops[3]")).load() == 8);
      CHECK(ok(variable.field_span<std::uint32_t>("drops")).sum() == 26);
      CHECK(ok(variable.field<Color>("color")).load() == Color::green);
      const Variable rx = ok(variable.field("rx"));
      CHECK(rx.name == "bss_stats.rx");
      CHECK(ok(rx.as_struct<Traffic>()).snapshot() == Traffic{3, 2});
      ok(rx.set(Traffic{7, 8}));
      CHECK(stats.snapshot().rx == Traffic{7, 8});
      CHECK(ok(rx.field("bytes")).name == "bss_stats.rx.bytes");

      const auto structs = ok(objects.variable("data_structs")->as_struct_span<Traffic>());
      CHECK(structs.size() == 3);
      CHECK(structs.sum(&Traffic::bytes) == 600);
      CHECK(structs[1].snapshot() == Traffic{2, 200});
      CHECK(ok(objects.variable("data_structs")->field<std::uint64_t>("[2].bytes")).load() == 300);
      const auto constant = ok(objects.variable("knob_struct")->as_struct<const Traffic>());
      CHECK(constant.field(&Traffic::bytes).load() == 700);
      CHECK(error_of(objects.variable("knob_struct")->as_struct<Traffic>()).code() == errc::read_only);
      CHECK(error_of(objects.variable("knob_struct")->field<std::uint64_t>("bytes")).code() == errc::read_only);
      bytes = ok(variable.as_struct<Stats>()).field(&Stats::tx).field(&Traffic::bytes);
    }
    CHECK(bytes->load() == 304);  // the member's view has kept the mapping
  }
}

TEST_CASE("paths that lead nowhere say which part of them does") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const Variable& stats = *objects.variable("bss_stats");
  CHECK(error_of(stats.field("rx.packet")).code() == errc::not_found);
  CHECK(contains(error_of(stats.field("rx.packet")).message(), "bss_stats"));
  CHECK(error_of(stats.field("drops[4]")).code() == errc::out_of_range);
  CHECK(error_of(stats.field("rx[0]")).code() == errc::not_found);
  CHECK(error_of(stats.field("rx..packets")).code() == errc::invalid_argument);
  CHECK(error_of(stats.field<std::uint32_t>("rx.packets")).code() == errc::type_mismatch);
  CHECK(error_of(load_object("globals_nobtf").variable("bss_stats")->field("rx")).code() == errc::invalid_argument);
}

TEST_CASE("a type that does not fit is refused, and both types are named") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const auto refused = [](const auto& result, const char* wanted, const char* there) {
    REQUIRE_FALSE(result);
    const std::string& sentence = result.error().message();
    CAPTURE(sentence);
    CHECK(result.error().code() == errc::type_mismatch);
    CHECK(contains(sentence, wanted));
    CHECK(contains(sentence, there));
  };
  SUBCASE("size") {
    refused(objects.variable("data_u32")->as<std::uint64_t>(), "unsigned integer of 8 bytes", "4 bytes");
    refused(objects.variable("data_u64")->as<std::uint32_t>(), "unsigned integer of 4 bytes", "8 bytes");
    refused(objects.variable("data_u64")->get<std::uint32_t>(), "data_u64", "8 bytes");
    refused(objects.variable("data_u64")->set(std::uint16_t{1}), "data_u64", "8 bytes");
  }
  SUBCASE("signedness") {
    refused(objects.variable("data_u32")->as<std::int32_t>(), "signed integer of 4 bytes", "\"__u32\"");
    refused(objects.variable("data_s64")->as<std::uint64_t>(), "unsigned integer of 8 bytes", "\"__s64\"");
    refused(objects.variable("data_s8")->get<std::uint8_t>(), "unsigned integer of 1 byte", "\"__s8\"");
  }
  SUBCASE("another kind") {
    refused(objects.variable("data_u32")->as<float>(), "floating", "\"__u");
    refused(objects.variable("data_u64")->get<double>(), "floating", "\"__u");
    refused(objects.variable("data_u8")->as<bool>(), "bool", "\"__u8\"");
  }
  SUBCASE("arrays") {
    refused(objects.variable("data_array")->as<std::uint32_t>(), "4 bytes", "\"__u32[4]\"");
    refused(objects.variable("data_array")->as_span<std::uint16_t>(), "2 bytes", "\"__u32[4]\"");
    refused(objects.variable("data_array")->as_span<std::int32_t>(), "signed", "\"__u32[4]\"");
    refused(objects.variable("data_array")->get<std::array<std::uint32_t, 5>>(),
            "array of 5 unsigned integers of 4 bytes", "\"__u32[4]\"");
    refused(objects.variable("data_array")->get<std::array<std::uint64_t, 2>>(), "array of 2", "\"__u32[4]\"");
  }
  SUBCASE("structs") {
    refused(objects.variable("data_stats")->get<Traffic>(), "16 bytes", "stats");
    refused(objects.variable("data_stats")->as<std::uint64_t>(), "8 bytes", "stats");
  }
  SUBCASE("raw bytes of another number") {
    std::array<std::byte, 3> three{};
    CHECK(error_of(objects.variable("data_u32")->read(three)).code() == errc::type_mismatch);
    CHECK(error_of(objects.variable("data_u32")->write(three)).code() == errc::type_mismatch);
  }
}

TEST_CASE("without BTF only the size can be compared") {
  require_root_and_bpf();
  const Collection objects = load_object("globals_nobtf");
  const Variable& variable = *objects.variable("data_s32");
  CHECK(variable.type() == 0);
  CHECK(ok(variable.as<std::int32_t>()).load() == -70000);
  CHECK(ok(variable.as<std::uint32_t>()).load() == static_cast<std::uint32_t>(-70000));
  const Error error = error_of(variable.as<std::uint64_t>());
  CHECK(error.code() == errc::type_mismatch);
  CHECK(contains(error.message(), "data_s32"));
}

TEST_CASE("enumerations may be seen as integers, and the other way round") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  CHECK(global<std::uint32_t>(objects, "data_color").load() == 1000);
  CHECK(global<Color>(objects, "data_u32").load() == static_cast<Color>(0x44556677));
}

TEST_CASE("an array of two pages: every element is where the program put it") {
  require_root_and_bpf();
  for (const std::string& name : kAll) {
    CAPTURE(name);
    CollectionSpec spec = read_object(name);
    ok(spec.variable("knob_u64")->set(3u));
    Collection objects = ok(Collection::load(spec));
    const auto big = ok(objects.variable("big")->as_span<std::uint64_t>());
    REQUIRE(big.size() == 1024);
    CHECK(big[1023].load() == 0);
    run(objects, "fill_big");
    std::uint64_t index = 0;
    bool right = true;
    for (auto element : big) right = right && element.load() == 3 * index++;
    CHECK(right);
    CHECK(value<std::array<std::uint64_t, 1024>>(objects, "big")[1023] == 3 * 1023);
  }
}

TEST_CASE("views outlive the collection; the last one to go closes everything") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  std::optional<Global<std::uint64_t>> packets;
  std::optional<AtomicSpan<std::uint32_t>> array;
  {
    Collection objects = load_object("globals");
    packets = global<std::uint64_t>(objects, "packets");
    array = ok(objects.variable("data_array")->as_span<std::uint32_t>());
    run(objects, "count");
  }
  CHECK(open_fd_count() == before);
  CHECK(packets->load() == 1);
  CHECK(packets->fetch_add(5) == 1);
  const auto copy = *packets;
  packets.reset();
  CHECK(copy.load() == 6);
  CHECK((*array)[3].load() == 40);
}

TEST_CASE("the operations of an atomic, on each width") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  const auto all = [&]<class T>(const char* name, T) {
    CAPTURE(name);
    const auto g = global<T>(objects, name);
    g.store(10);
    CHECK(g.fetch_add(5) == 10);
    CHECK(g.fetch_sub(1) == 15);
    CHECK(g.fetch_and(T{12}) == 14);
    CHECK(g.fetch_or(T{3}) == 12);
    CHECK(g.fetch_xor(T{1}) == 15);
    CHECK(g.exchange(20) == 14);
    T expected = 1;
    CHECK_FALSE(g.compare_exchange(expected, 2));
    CHECK(expected == 20);
    CHECK(g.compare_exchange(expected, 2));
    CHECK(g.load(std::memory_order_relaxed) == 2);
    const T converted = g;
    CHECK(converted == 2);
  };
  all("bss_u8", std::uint8_t{});
  all("bss_s8", std::int8_t{});
  all("bss_u16", std::uint16_t{});
  all("bss_s16", std::int16_t{});
  all("bss_u32", std::uint32_t{});
  all("bss_s32", std::int32_t{});
  all("bss_u64", std::uint64_t{});
  all("bss_s64", std::int64_t{});
}

TEST_CASE("a bool holds any byte that a program left, and is true or false") {
  require_root_and_bpf();
  const Collection objects = load_object("globals");
  ok(objects.variable("bss_bool")->write(as_byte_span(std::uint8_t{0x80})));
  CHECK(global<bool>(objects, "bss_bool").load());
}
