// Against peers: what bpftool says about objects that this library loaded, and the instructions that the kernel ends up
// with after a load by this library and by libbpf.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

struct Output {
  int status;
  std::string text;
};

Output shell(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  return {pclose(pipe), text};
}

void require_bpftool() {
  private_mounts();
  if (access("/usr/sbin/bpftool", X_OK) != 0) SKIP_TEST("no /usr/sbin/bpftool (package bpftool)");
}

std::string bpftool(const std::string& arguments) {
  const Output output = shell("/usr/sbin/bpftool " + arguments);
  CAPTURE(arguments);
  CAPTURE(output.text);
  REQUIRE(output.status == 0);
  return output.text;
}

// `"key":value` in JSON without spaces.
std::string field(const std::string& key, std::uint64_t number) { return "\"" + key + "\":" + std::to_string(number); }
std::string field(const std::string& key, const std::string& text) { return "\"" + key + "\":\"" + text + "\""; }

// A program's instructions as the kernel has them, without what differs between two loads of the same program: numbers
// of maps and addresses.
std::string translated(const std::string& which) {
  std::string text = bpftool("prog dump xlated " + which);
  text = std::regex_replace(text, std::regex(R"(map\[id:\d+\])"), "map[id]");
  return std::regex_replace(text, std::regex("0x[0-9a-f]{9,16}"), "ADDRESS");
}

}  // namespace

TEST_CASE("bpftool map show agrees") {
  require_bpftool();
  Collection objects = load_object("maps");
  for (const Map& map : objects.maps) {
    CAPTURE(map.name);
    const MapDetails details = ok(map.info());
    const std::string shown = bpftool("-j map show id " + std::to_string(details.id));
    CAPTURE(shown);
    CHECK(contains(shown, field("id", details.id)));
    CHECK(contains(shown, field("flags", details.flags)));
    CHECK(contains(shown, field("bytes_key", map.key_size())));
    CHECK(contains(shown, field("bytes_value", map.value_size())));
    CHECK(contains(shown, field("max_entries", map.max_entries())));
    CHECK(contains(shown, field("name", map.name.starts_with(".") ? details.name : map.name.substr(0, 15))));
    // bpftool 7.1 knows the types up to Linux 6.2.
    if (map.type() < MapType::cgrp_storage) CHECK(contains(shown, field("type", std::string(name(map.type())))));
    if (details.btf_id != 0) CHECK(contains(shown, field("btf_id", details.btf_id)));
    CHECK(contains(shown, field("frozen", map.name.starts_with(".rodata") ? 1 : 0)));
  }
}

TEST_CASE("read-only data is frozen") {
  require_bpftool();
  Collection objects = load_object("globals");
  for (const Map& map : objects.maps) {
    CAPTURE(map.name);
    const std::string shown = bpftool("-j map show id " + std::to_string(ok(map.info()).id));
    CHECK(contains(shown, field("frozen", map.name.starts_with(".rodata") ? 1 : 0)));
  }
}

TEST_CASE("bpftool prog show agrees") {
  require_bpftool();
  for (const std::string object : {"subprograms", "packet", "tracing"}) {
    CAPTURE(object);
    Collection objects = load_object(object);
    for (const Program& program : objects.programs) {
      CAPTURE(program.name);
      const ProgramDetails details = ok(program.info());
      const std::string shown = bpftool("-j prog show id " + std::to_string(details.id));
      CAPTURE(shown);
      CHECK(contains(shown, field("id", details.id)));
      CHECK(contains(shown, field("type", std::string(name(program.type())))));
      CHECK(contains(shown, field("bytes_xlated", details.translated_bytes)));
      CHECK(contains(shown, field("btf_id", details.btf_id)));
      CHECK(contains(shown, field("name", program.name)));  // in full, by BTF's func info
      char tag[17];
      for (int i = 0; i < 8; ++i) std::snprintf(tag + 2 * i, 3, "%02x", details.tag[i]);
      CHECK(contains(shown, field("tag", std::string(tag))));
      for (const std::uint32_t id : details.map_ids) CHECK(contains(shown, std::to_string(id)));
    }
  }
}

TEST_CASE("bpftool map dump shows, by name and type, what was written through globals") {
  require_bpftool();
  Collection objects = load_object("globals");
  ok(objects.variable("bss_u64")->as<std::uint64_t>()).store(123456789012345);
  ok(objects.variable("bss_s16")->as<std::int16_t>()).store(-1234);
  ok(objects.variable("data_u8")->as<std::uint8_t>()).store(77);
  ok(ok(objects.variable("bss_array")->as_span<std::uint32_t>()).at(15)).store(4242424242u);
  const std::string bss = bpftool("map dump id " + std::to_string(ok(objects.map(".bss")->info()).id));
  CHECK(contains(bss, "\"bss_u64\": 123456789012345"));
  CHECK(contains(bss, "\"bss_s16\": -1234"));
  CHECK(contains(bss, "4242424242"));
  CHECK(contains(bss, "\"packets\": 0"));
  const std::string data = bpftool("map dump id " + std::to_string(ok(objects.map(".data")->info()).id));
  CHECK(contains(data, "\"data_u8\": 77"));
  CHECK(contains(data, "\"data_s64\": -5000000000"));
  const std::string rodata = bpftool("map dump id " + std::to_string(ok(objects.map(".rodata")->info()).id));
  CHECK(contains(rodata, "\"knob_s64\": -64"));
}

TEST_CASE("what bpftool writes a Map reads") {
  require_bpftool();
  Collection objects = load_object("maps");
  const std::string id = std::to_string(ok(objects.map("array")->info()).id);
  bpftool("map update id " + id + " key 3 0 0 0 value 42 0 0 0 0 0 0 0");
  CHECK(ok(objects.map("array")->lookup<std::uint64_t>(3u)) == 42);
}

TEST_CASE("the kernel ends up with the same instructions after a load by libbpf") {
  require_bpftool();
  // Without what libbpf 1.1 does not know: the sections tcx/* and .bss.custom.
  for (const std::string object : {"subprograms", "subprograms_clang14", "tracing", "core", "externs", "maps",
                                   "maps_clang14", "pinning", "overridden"}) {
    CAPTURE(object);
    const std::string directory = "/sys/fs/bpf/peers_test_" + object;
    LoadOptions options;
    options.pin_root = directory + "_ours";
    REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
    Collection objects = ok(Collection::load(read_object(object), options));
    const Output theirs = shell("/usr/sbin/bpftool prog loadall " + object_path(object) + " " + directory);
    CAPTURE(theirs.text);
    CHECK(theirs.status == 0);
    std::size_t compared = 0;
    for (const Program& program : objects.programs) {
      CAPTURE(program.name);
      if (theirs.status != 0) break;
      const std::string ours = translated("id " + std::to_string(ok(program.info()).id));
      CHECK(ours.size() > 20);
      CHECK(ours == translated("pinned " + directory + "/" + program.name));
      ++compared;
    }
    CHECK(compared == objects.programs.size());
    shell("rm -rf " + directory + " " + options.pin_root + "/shared /sys/fs/bpf/shared");
    rmdir(options.pin_root.c_str());
  }
}
