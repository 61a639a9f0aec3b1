// BPF tokens: loading in a user namespace to which rights were delegated by a bpf file system, and what is said where
// they were not.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"
#include "tests/support/user_namespace.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

const MountOptions kEverything = {
    {"delegate_cmds", "any"}, {"delegate_maps", "any"}, {"delegate_progs", "any"}, {"delegate_attachs", "any"}};

// A directory to mount at, that goes with the test case. The mount is in the child's namespace only.
struct MountPoint {
  MountPoint() {
    require_root_and_bpf();
    test_requires(kernel(6, 9));
    REQUIRE(mkdtemp(path) != nullptr);
  }
  ~MountPoint() { rmdir(path); }
  char path[32] = "/tmp/ebpf-token-test-XXXXXX";
};

// Loads the object and runs a program of it; what is wrong, or nothing.
std::string load_and_count(const CollectionSpec& spec, const LoadOptions& options) {
  auto objects = Collection::load(spec, options);
  if (!objects) return objects.error().message();
  const auto ran = objects->program("count")->test_run({.data = kFrame});
  if (!ran) return ran.error().message();
  const auto packets = objects->variable("packets")->as<std::uint64_t>();
  if (!packets) return packets.error().message();
  return packets->load() == 1 ? "" : "it did not count";
}

// The sentence of the error that a load ends with.
std::string refusal(const CollectionSpec& spec, const LoadOptions& options) {
  const std::size_t before = open_fd_count();
  const auto objects = Collection::load(spec, options);
  if (objects) return "it loaded";
  if (open_fd_count() != before) return "a descriptor is left";
  return objects.error().message();
}

std::atomic<int> token_calls = 0;

long count_token_calls(sys::Command command, void* attr, unsigned size) {
  token_calls += command == sys::Command::token_create;
  return sys::straight_bpf(command, attr, size);
}

}  // namespace

TEST_CASE("tokens: maps, types and programs are loaded in a user namespace, by a path in the options") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("globals");
  LoadOptions options;
  options.token_path = mount.path;
  CHECK(in_user_namespace(kEverything, mount.path, [&] { return load_and_count(spec, options); }) == "");
}

TEST_CASE("tokens: by a path in the environment, as libbpf takes it") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("globals");
  CHECK(in_user_namespace(kEverything, mount.path, [&] {
          setenv("LIBBPF_BPF_TOKEN_PATH", mount.path, 1);
          return load_and_count(spec, {});
        }) == "");
}

TEST_CASE("tokens: on /sys/fs/bpf one is found when it is needed, once") {
  const MountPoint mount;
  private_mounts();
  const CollectionSpec spec = read_object("globals");
  CHECK(in_user_namespace(kEverything, "/sys/fs/bpf", [&]() -> std::string {
          sys::set_bpf_hook(count_token_calls);
          if (std::string problem = load_and_count(spec, {}); !problem.empty()) return problem;
          if (token_calls != 1) return "BPF_TOKEN_CREATE was called " + std::to_string(token_calls) + " times";
          MapSpec map;
          map.name = "alone";
          map.type = MapType::array;
          map.key_size = map.value_size = 4;
          map.max_entries = 1;
          const auto alone = Map::create(map);
          return alone ? "" : alone.error().message();
        }) == "");
}

TEST_CASE("tokens: the maps of a load have the flags that were asked for") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("maps");
  LoadOptions options;
  options.token_path = mount.path;
  CHECK(in_user_namespace(kEverything, mount.path, [&]() -> std::string {
          CollectionSpec some = spec;
          std::erase_if(some.programs, [](const ProgramSpec& program) {
            return program.name != "dispatch" && !program.name.starts_with("tail");
          });
          // The types of maps that belong to interfaces and control groups need more than a token.
          std::erase_if(some.maps, [](const MapSpec& map) {
            return map.name != "hash" && map.name != "array_of_maps" && map.name != "inner_first" &&
                   map.name != "inner_second" && map.name != "prog_array" && !map.is_data;
          });
          const auto objects = Collection::load(some, options);
          if (!objects) return objects.error().message();
          for (const Map& map : objects->maps)
            if (map.flags() & sys::kMapTokenFd) return map.name + " has the token's flag";
          return "";
        }) == "");
}

TEST_CASE("tokens: switched off, none is used, and the error says what would help") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("globals");
  LoadOptions options;
  options.token_path = "";
  const std::string said = in_user_namespace(kEverything, mount.path, [&] { return refusal(spec, options); });
  CAPTURE(said);
  CHECK(contains(said, "EPERM"));
  CHECK(contains(said, "user namespace"));
  CHECK(contains(said, "token_path"));
}

TEST_CASE("tokens: what was not delegated is denied, and the error names the token's mount") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("globals");
  LoadOptions options;
  options.token_path = mount.path;
  const MountOptions maps_only = {{"delegate_cmds", "any"}, {"delegate_maps", "any"}};
  const std::string said = in_user_namespace(maps_only, mount.path, [&] { return refusal(spec, options); });
  CAPTURE(said);
  CHECK(contains(said, "program \""));
  CHECK(contains(said, "EPERM"));
  CHECK(contains(said, mount.path));
}

TEST_CASE("tokens: a path of which none can be made ends the load") {
  const MountPoint mount;
  const CollectionSpec spec = read_object("globals");
  const auto said = [&](const char* path) { return refusal(spec, {.token_path = path}); };
  CHECK(contains(said("/no/such/directory"), "BPF token of \"/no/such/directory\": open: ENOENT"));
  CHECK(contains(said("/tmp"), "no mount of a bpf file system"));
  private_mounts();
  CHECK(contains(said("/sys/fs/bpf"), "user namespaces"));
  // A mount that delegates nothing.
  const std::string nothing = in_user_namespace({}, mount.path, [&] { return said(mount.path); });
  CAPTURE(nothing);
  CHECK(contains(nothing, "nothing was delegated"));
}

TEST_CASE("tokens: outside of user namespaces none is looked for, even where something is denied") {
  require_root_and_bpf();
  static std::atomic<int> denied = 0;
  token_calls = 0;
  sys::set_bpf_hook([](sys::Command command, void* attr, unsigned size) -> long {
    if (command == sys::Command::prog_load) return ++denied, -EPERM;
    return count_token_calls(command, attr, size);
  });
  const auto objects = Collection::load(read_object("globals"));
  sys::set_bpf_hook(nullptr);
  CHECK_FALSE(objects);
  CHECK(denied > 0);
  CHECK(token_calls == 0);
}
