// What happens when things go wrong: every bpf(2) call of a load fails once, files are cut off or foreign, specs are
// damaged. Each time there is a sentence, and nothing is left behind.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/privileges.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// ---- making calls fail ----

struct Failure {
  int first = 0;  // the number of the call that fails, counted from 1; 0 for none
  int os_error = 0;
  bool all_from_there = false;
};

std::atomic<int> calls = 0;
Failure failure;

long count_and_fail(sys::Command command, void* attr, unsigned size) {
  const int call = ++calls;
  if (failure.first != 0 && (call == failure.first || (call > failure.first && failure.all_from_there)))
    return -failure.os_error;
  return sys::straight_bpf(command, attr, size);
}

struct Hooked {
  explicit Hooked(Failure wanted) {
    failure = wanted;
    calls = 0;
    sys::set_bpf_hook(count_and_fail);
  }
  ~Hooked() { sys::set_bpf_hook(nullptr); }
};

// ---- counting what is left ----

// Mappings of BPF maps, which keep the maps alive without a descriptor.
std::size_t map_mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) count += contains(line, "bpf-map");
  return count;
}

std::vector<std::string> entries_of(const std::string& directory) {
  std::vector<std::string> names;
  DIR* dir = opendir(directory.c_str());
  REQUIRE(dir != nullptr);
  while (const dirent* entry = readdir(dir))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  closedir(dir);
  return names;
}

struct Held {
  std::size_t descriptors = open_fd_count();
  std::size_t mappings = map_mappings();
  bool operator==(const Held&) const = default;
};

// Loads the object with the first, second, … call failing. `left_behind` is asked after each failed load.
void fail_each_call(const std::string& object, const LoadOptions& options, const std::function<bool()>& left_behind) {
  const CollectionSpec spec = read_object(object);
  int total = 0;
  {
    const Hooked hooked({});
    REQUIRE(Collection::load(spec, options));
    total = calls;
  }
  (void)unpin(options.pin_root + "/shared");
  REQUIRE(total > 3);
  const Held before;
  int refused = 0;
  for (const bool all_from_there : {false, true}) {
    for (const int os_error : {EPERM, ENOMEM, EINVAL, E2BIG, ENOSPC}) {
      for (int call = 1; call <= total; ++call) {
        CAPTURE(call);
        CAPTURE(os_error);
        CAPTURE(all_from_there);
        {
          const Hooked hooked({call, os_error, all_from_there});
          const auto loaded = Collection::load(spec, options);
          if (!loaded) {
            ++refused;
            const Error& error = loaded.error();
            CAPTURE(error.message());
            CHECK(contains(error.message(), "load \"" + object + "\": "));
            CHECK(error.message().size() > object.size() + 12);
            CHECK(error.os_error() == os_error);
            CHECK_FALSE(left_behind());
          } else {
            (void)unpin(options.pin_root + "/shared");
          }
          // Where nothing works any more nothing can be loaded.
          if (all_from_there && call == 1) CHECK_FALSE(loaded);
        }
        CHECK(Held() == before);
      }
    }
  }
  CHECK(refused > total);
}

std::vector<std::byte> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = std::as_bytes(std::span(chars));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

// ---- every call fails ----

TEST_CASE("each bpf(2) call of a load fails: globals") {
  require_root_and_bpf();
  fail_each_call("globals", {}, [] { return false; });
}

TEST_CASE("a refusal that passes does not end the load: of BTF, of a program") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("tracing");
  int total = 0;
  {
    const Hooked hooked({});
    ok(Collection::load(spec));
    total = calls;
  }
  int loads = 0;
  for (int call = 1; call <= total; ++call) {
    const Hooked hooked({call, ENOMEM, false});
    loads += Collection::load(spec).has_value();
  }
  CHECK(loads >= 1);
}

TEST_CASE("each bpf(2) call of a load fails: maps, program arrays and maps of maps") {
  require_root_and_bpf();
  fail_each_call("maps", {}, [] { return false; });
}

TEST_CASE("each bpf(2) call of a load fails: subprograms") {
  require_root_and_bpf();
  fail_each_call("subprograms", {}, [] { return false; });
}

TEST_CASE("each bpf(2) call of a load fails: no pin is left") {
  private_mounts();
  LoadOptions options;
  options.pin_root = "/sys/fs/bpf/failures_test_new";
  REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
  fail_each_call("pinning", options, [&] {
    const bool left = !entries_of(options.pin_root).empty();
    (void)unpin(options.pin_root + "/shared");
    return left;
  });
  CHECK(rmdir(options.pin_root.c_str()) == 0);
}

TEST_CASE("a load that fails leaves a pin that was there before") {
  private_mounts();
  LoadOptions options;
  options.pin_root = "/sys/fs/bpf/failures_test_old";
  REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
  const CollectionSpec spec = read_object("pinning");
  ok(Collection::load(spec, options));
  int total = 0;
  {
    const Hooked hooked({});
    ok(Collection::load(spec, options));
    total = calls;
  }
  for (int call = 1; call <= total; ++call) {
    CAPTURE(call);
    const Hooked hooked({call, EINVAL, true});
    CHECK_FALSE(Collection::load(spec, options));
    CHECK(entries_of(options.pin_root) == std::vector<std::string>{"shared"});
  }
  ok(unpin(options.pin_root + "/shared"));
  CHECK(rmdir(options.pin_root.c_str()) == 0);
}

TEST_CASE("each bpf(2) call of a load fails: struct_ops") {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::struct_ops));
  fail_each_call("struct_ops", {}, [] { return false; });
}

TEST_CASE("each bpf(2) call of a load fails: programs that attach to a program") {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::ext), program_type(ProgramType::tracing));
  const Collection targets = load_object("replaceable");
  const Program& target = *targets.program("ask_for_a_verdict");
  LoadOptions options;
  for (const ProgramSpec& program : read_object("attach_to_program").programs)
    options.program_targets.push_back({.program = program.name, .target = &target.fd(), .function = "decide"});
  fail_each_call("attach_to_program", options, [] { return false; });
}

TEST_CASE("a collection with maps of many descriptors leaves none when it goes") {
  private_mounts();
  const Held before;
  for (const std::string name : {"globals", "maps", "packet", "subprograms", "tracing"}) {
    CAPTURE(name);
    {
      const Collection objects = load_object(name);
    }
    CHECK(Held() == before);
  }
}

// ---- bad files ----

TEST_CASE("files that are cut off: an error, or an object that loads or says why not") {
  require_root_and_bpf();
  const Held before;
  for (const std::string name : {"globals", "maps"}) {
    const std::vector<std::byte> bytes = bytes_of(object_path(name));
    REQUIRE(bytes.size() > 4096);
    std::size_t refused = 0, all = 0;
    for (std::size_t length = 0; length < bytes.size(); length += 64, ++all) {
      CAPTURE(name);
      CAPTURE(length);
      // A copy, so that AddressSanitizer sees a read past its end.
      const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
      const auto spec = CollectionSpec::parse(part, "truncated");
      if (!spec) {
        ++refused;
        CHECK((spec.error().code() == errc::malformed || spec.error().code() == errc::unsupported_input));
        CHECK(contains(spec.error().message(), "truncated"));
        continue;
      }
      const auto loaded = Collection::load(*spec);
      if (!loaded) CHECK(contains(loaded.error().message(), "truncated"));
    }
    // The section headers are at the file's end.
    CHECK(refused == all);
  }
  CHECK(Held() == before);
}

TEST_CASE("files that cannot be read") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  const auto refused = [](const std::string& path, errc code) {
    const Error error = error_of(CollectionSpec::read_file(path));
    CAPTURE(error.message());
    CHECK(error.code() == code);
    CHECK(contains(error.message(), path));
    return error.os_error();
  };
  CHECK(refused("/no/such/file.bpf.o", errc::io) == ENOENT);
  CHECK(refused("/tmp", errc::io) == EISDIR);

  char path[] = "/tmp/ebpf-failures-test-XXXXXX";
  const int fd = mkstemp(path);
  REQUIRE(fd >= 0);
  close(fd);
  refused(path, errc::malformed);
  std::ofstream(path) << "#!/bin/sh\necho this is not an object file, although it is long enough to be one\n";
  refused(path, errc::malformed);

  REQUIRE(chmod(path, 0) == 0);
  unprivileged([&] { CHECK(refused(path, errc::io) == EACCES); });
  unlink(path);
  CHECK(open_fd_count() == before);
}

TEST_CASE("objects of the other byte order are read, and not loaded") {
  require_root_and_bpf();
  const Held before;
  for (const std::string name : {"globals_eb", "maps_eb", "packet_eb", "pinning_eb", "subprograms_eb", "tracing_eb"}) {
    CAPTURE(name);
    const CollectionSpec spec = read_object(name);
    const Error error = error_of(Collection::load(spec));
    CAPTURE(error.message());
    CHECK(error.code() == errc::unsupported_input);
    CHECK(contains(error.message(), name));
    CHECK(contains(error.message(), "endian"));
  }
  CHECK(Held() == before);
}

TEST_CASE("bad objects: each has an error of its own, which names what is at fault") {
  require_root_and_bpf();
  struct Case {
    const char* object;
    std::vector<const char*> named;
  };
  const Case cases[] = {
      {"bad_map_attribute", {"painted", "colour"}},
      {"map_key_mismatch", {"contradiction", "key"}},
      {"map_nested_twice", {"outermost"}},
      {"map_without_type", {"untyped", "type"}},
      {"undefined_function", {"call", "defined_elsewhere"}},
      {"undefined_variable", {"use", "defined_elsewhere"}},
      {"unknown_section", {"brew", "teapot/short_and_stout"}},
  };
  const Held before;
  for (const Case& c : cases) {
    const std::string object = c.object;
    CAPTURE(object);
    const auto spec = CollectionSpec::read_file(object_path(object));
    const Error error = spec ? error_of(Collection::load(*spec)) : spec.error();
    CAPTURE(error.message());
    CHECK(contains(error.message(), object));
    for (const char* name : c.named) CHECK(contains(error.message(), name));
    CHECK(error.code() != errc::verifier_rejected);
    CHECK(Held() == before);
  }
}

TEST_CASE("objects that are odd: refused by name, or loaded so that they work") {
  require_root_and_bpf();
  const Held before;
  for (const std::string object : {"static_map", "static_program", "no_license"}) {
    CAPTURE(object);
    const auto spec = CollectionSpec::read_file(object_path(object));
    if (!spec) {
      CHECK(contains(spec.error().message(), object == "static_map" ? "hidden_away" : "stray"));
      continue;
    }
    auto loaded = Collection::load(*spec);
    if (!loaded) {
      CHECK(contains(loaded.error().message(), object == "static_map" ? "hidden_away" : "stray"));
      continue;
    }
    if (object == "static_map") CHECK(run(*loaded, "use") == 1);
    if (object == "static_program") {
      ok(loaded->variable("input")->set(std::uint32_t{5}));
      CHECK(run(*loaded, "program") == 15 + 18);
    }
    if (object == "no_license") CHECK(spec->license.empty());
  }
  CHECK(Held() == before);
}

TEST_CASE("a damaged spec is refused before anything is created") {
  require_root_and_bpf();
  const Held before;
  const auto refused = [](const CollectionSpec& spec, const char* named) {
    const Hooked hooked({});
    const Error error = error_of(Collection::load(spec));
    CAPTURE(error.message());
    CHECK(contains(error.message(), named));
    CHECK(calls == 0);
  };
  SUBCASE("a reference to a map that is not there") {
    CollectionSpec spec = read_object("maps");
    std::erase_if(spec.maps, [](const MapSpec& map) { return map.name == "percpu_array"; });
    refused(spec, "percpu_array");
  }
  SUBCASE("a reference to a subprogram that is not there") {
    CollectionSpec spec = read_object("subprograms");
    std::erase_if(spec.subprograms, [](const FunctionSpec& function) { return function.name == "next_of"; });
    refused(spec, "next_of");
  }
  SUBCASE("a variable outside of its section") {
    CollectionSpec spec = read_object("globals");
    spec.variable("packets")->offset = 1u << 30;
    ok(spec.variable("packets")->set(1u));
    refused(spec, "packets");
  }
  SUBCASE("a value of another size than its variable") {
    CollectionSpec spec = read_object("globals");
    spec.variable("packets")->value.resize(4);
    refused(spec, "packets");
  }
  SUBCASE("a slot that names no map") {
    CollectionSpec spec = read_object("maps");
    spec.map("array_of_maps")->slots.push_back({1, "no_such_map"});
    refused(spec, "no_such_map");
  }
  SUBCASE("a slot that names no program") {
    CollectionSpec spec = read_object("maps");
    spec.map("prog_array")->slots.push_back({1, "no_such_program"});
    refused(spec, "no_such_program");
  }
  SUBCASE("a slot that names a program that is switched off") {
    CollectionSpec spec = read_object("maps");
    spec.program("tail_second")->autoload = false;
    refused(spec, "tail_second");
  }
  SUBCASE("an initial entry of another size") {
    CollectionSpec spec = read_object("maps");
    spec.map("hash")->contents.push_back({.key = std::vector<std::byte>(3), .value = std::vector<std::byte>(16)});
    refused(spec, "hash");
  }
  SUBCASE("a reference to a map from what is no load of an address") {
    CollectionSpec spec = read_object("maps");
    spec.program("count")->references.front().slot = 0;
    spec.program("count")->code.front().opcode = 0xb7;
    refused(spec, "count");
  }
  SUBCASE("two maps of one name") {
    CollectionSpec spec = read_object("maps");
    spec.maps.push_back(*spec.map("hash"));
    refused(spec, "hash");
  }
  SUBCASE("two programs of one name") {
    CollectionSpec spec = read_object("subprograms");
    spec.programs.push_back(*spec.program("chain"));
    refused(spec, "chain");
  }
  SUBCASE("a reference past the end of the code") {
    CollectionSpec spec = read_object("subprograms");
    spec.program("chain")->references.push_back({.slot = 100000, .kind = ReferenceKind::call, .name = "next_of"});
    refused(spec, "chain");
  }
  CHECK(Held() == before);
}
