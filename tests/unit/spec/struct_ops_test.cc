// Structures of callbacks, as testdata/struct_ops*.bpf.c has them, and editing them.
#include "ebpf/spec/struct_ops.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/test.h"
#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

const std::string kVariants[] = {"struct_ops.bpf.o", "struct_ops_clang14.bpf.o", "struct_ops_eb.bpf.o"};

std::string text_at(const MapSpec& map, std::size_t offset) {
  return reinterpret_cast<const char*>(map.data.data() + offset);
}

std::vector<std::string> callbacks(const MapSpec& map) {
  std::vector<std::string> out;
  for (const MapCallback& each : map.callbacks) out.push_back(each.member + "=" + each.program);
  std::ranges::sort(out);
  return out;
}

TEST_CASE("struct_ops: a variable is a map, its function pointers are programs") {
  for (const std::string& object : kVariants) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    const MapSpec& first = *spec.map("first");
    CHECK(first.type == MapType::struct_ops);
    CHECK(first.section == ".struct_ops");
    CHECK(first.key_size == 4);
    CHECK(first.value_size == 64);
    CHECK(first.data.size() == 64);
    CHECK(first.max_entries == 1);
    CHECK(first.flags == 0);
    CHECK(first.autocreate);
    CHECK_FALSE(first.is_data);
    CHECK(spec.types.describe(first.value_type) == "struct tcp_congestion_ops");
    CHECK(text_at(first, 0) == "ebpf_first");
    CHECK(callbacks(first) == std::vector<std::string>{"cong_avoid=first_avoid", "init=count_init",
                                                       "ssthresh=half_window", "undo_cwnd=same_window"});
    // Nothing is left of the pointers.
    CHECK(std::all_of(first.data.begin() + 16, first.data.end(), [](std::byte b) { return b == std::byte{0}; }));
    CHECK(callbacks(*spec.map("second")) ==
          std::vector<std::string>{"cong_avoid=second_avoid", "ssthresh=half_window", "undo_cwnd=same_window"});
    CHECK(spec.types.describe(spec.map("future")->value_type) == "struct tcp_congestion_ops___future");
    CHECK_FALSE(spec.map("dormant")->autocreate);
    CHECK(spec.map("dormant")->section == "?.struct_ops");
    CHECK(spec.program("half_window")->program_type == ProgramType::struct_ops);
    CHECK(spec.notes.empty());
  }
}

TEST_CASE("struct_ops: maps that are attached by a link") {
  for (const std::string object : {"struct_ops_since_6_4.bpf.o", "struct_ops_since_6_4_clang14.bpf.o"}) {
    const CollectionSpec spec = parsed(object);
    CHECK(spec.map("older")->flags == 1u << 13);
    CHECK(spec.map("older")->autocreate);
    CHECK(spec.map("other_name")->flags == 1u << 13);
    CHECK_FALSE(spec.map("other_name")->autocreate);
  }
}

TEST_CASE("struct_ops: programs are loaded as the maps are created that they belong to") {
  CollectionSpec spec = parsed("struct_ops.bpf.o");
  const auto loads = [&](std::string_view name) { return spec.loads(*spec.program(name)); };
  CHECK(loads("half_window"));
  CHECK(loads("future_avoid"));  // SEC("?struct_ops")
  CHECK_FALSE(loads("dormant_window"));
  CHECK_FALSE(loads("spare_init"));
  spec.map("dormant")->autocreate = true;
  spec.map("future")->autocreate = false;
  CHECK(loads("dormant_window"));
  CHECK_FALSE(loads("future_avoid"));
  spec.map("first")->autocreate = spec.map("second")->autocreate = spec.map("dormant")->autocreate = false;
  CHECK_FALSE(loads("half_window"));
  CHECK_FALSE(loads("first_avoid"));
}

TEST_CASE("struct_ops: one program brings the maps that it is a callback of, without their other callbacks") {
  const CollectionSpec spec = parsed("struct_ops.bpf.o");
  const auto alone = spec.only("dormant_window");
  REQUIRE(alone);
  REQUIRE(alone->maps.size() == 1);
  CHECK(alone->maps.front().name == "dormant");
  CHECK(alone->maps.front().autocreate);
  CHECK(callbacks(alone->maps.front()) == std::vector<std::string>{"ssthresh=dormant_window"});
  const auto shared = spec.only("half_window");
  REQUIRE(shared);
  CHECK(shared->maps.size() == 3);
  CHECK(shared->loads(shared->programs.front()));
}

TEST_CASE("struct_ops: members are edited in either byte order") {
  for (const std::string& object : kVariants) {
    CAPTURE(object);
    CollectionSpec spec = parsed(object);
    const auto ops = StructOpsSpec::of(spec, "first");
    REQUIRE(ops);
    REQUIRE(ops->set("flags", 0x01020304u));
    const std::byte low = spec.map("first")->data[spec.byte_order == ByteOrder::little ? 16 : 19];
    CHECK(low == std::byte{4});
    REQUIRE(ops->set_text("name", "oater"));
    CHECK(text_at(*spec.map("first"), 0) == "oater");
    CHECK(spec.map("first")->data[5] == std::byte{0});
    REQUIRE(ops->set("name[1]", 'u'));
    CHECK(text_at(*spec.map("first"), 0) == "outer");
  }
}

TEST_CASE("struct_ops: a program that stops being a callback is switched off, unless it still is one elsewhere") {
  CollectionSpec spec = parsed("struct_ops.bpf.o");
  const auto ops = StructOpsSpec::of(spec, "first");
  REQUIRE(ops);
  REQUIRE(ops->clear_callback("init"));
  CHECK_FALSE(spec.program("count_init")->autoload);
  CHECK_FALSE(spec.loads(*spec.program("count_init")));
  REQUIRE(ops->clear_callback("init"));
  CHECK(ops->callback("init").empty());
  REQUIRE(ops->clear_callback("ssthresh"));
  CHECK(spec.program("half_window")->autoload);
  CHECK(spec.loads(*spec.program("half_window")));
  REQUIRE(ops->set_callback("init", "spare_init"));
  CHECK(ops->callback("init") == "spare_init");
  CHECK(spec.loads(*spec.program("spare_init")));
}

}  // namespace
}  // namespace ebpf
