// Hundreds of objects, each program alone: `ebpf check` must say what libbpf's load ends with, and what is handed to
// the kernel must be equal: instructions, maps, types of programs, what they attach to, records for functions and
// lines.
//
// The objects are those of testdata/corpus, of testdata, and what installed packages have in their files. Where the two
// differ, it is for a reason that stands in kDifferences; one that stands there and is not met fails, too.
#include <bpf/libbpf.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/kernel/types.h"
#include "tests/kernel/corpus/loads.h"
#include "tests/kernel/objects.h"
#include "tests/support/embedded_objects.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

namespace fs = std::filesystem;

// ---- what may differ ----

struct Difference {
  std::string_view object;   // "map_zoo"
  std::string_view program;  // empty: whatever differs in it; kObject: whether it is opened at all
  int until;                 // the minor version of libbpf 1 that does as we do; kAlways: none that is known
  const char* reason;
};
constexpr int kAlways = 1000;
constexpr std::string_view kObject = "(the object)";
// A map that it uses has no entries before somebody sets them (EINVAL), and the tracepoint does not exist (ESRCH).
constexpr const char* kTwoReasons = "refused for two reasons, of which each says the one that it comes to first";

// Those with a version are gone with libbpf 1.5 or 1.7, as was tried with both.
constexpr Difference kDifferences[] = {
    {"arena", kObject, 5, "it does not know variables in arenas"},
    {"cgroup_controls", kObject, kAlways,
     "a constant without a symbol (clang-14 -O1): it misses its place, we do not ask"},
    {"cgroup_unix", "", 5, "it does not know the sections cgroup/…_unix"},
    {"kfuncs", "asks_for_weak", 5, "a call of a missing function, which is never reached, is not marked by it"},
    {"late_hooks", "", 5, "it does not know the sections tcx/…, tc/ingress, netkit/…, netfilter and sk_skb/verdict"},
    {"map_zoo", "use_default_sizes", kAlways,
     "a perf_event_array without sizes gets them by us, and EINVAL from the kernel by libbpf"},
    {"missing_strong", "calls_it", kAlways, "it says EINVAL for a function that is not there, and we ESRCH"},
    {"multi_hooks_late", "", 7, "it does not know the sections uprobe.multi, kprobe.session and uprobe.session"},
    {"scheduler", "", 5, "it does not know the section struct_ops.s"},
    {"tcp_cc_link", "", 5, "it does not know the section .struct_ops.link"},

    {"exceptions", "throwing", 5, "it does not know exception callbacks"},
    {"externs", "weak_kfunc", 5, "as asks_for_weak"},
    {"legacy_map", kObject, kAlways, "it refuses maps of the old form, which we read as cilium/ebpf does"},
    {"legacy_maps", kObject, kAlways, "it refuses maps of the old form, which we read as cilium/ebpf does"},
    {"packet", "count_tcx_ingress", 5, "it does not know the section tcx/ingress"},
    {"packet", "count_tcx_egress", 5, "it does not know the section tcx/egress"},
    {"sections", "", 8, "every section that there is, also the newest"},

    {"xdp-bench", "tp_xdp_redirect_map", kAlways, kTwoReasons},
    {"xdp-bench", "tp_xdp_redirect_map_err", kAlways, kTwoReasons},
    {"xdp-monitor", "tp_xdp_redirect_map", kAlways, kTwoReasons},
    {"xdp-monitor", "tp_xdp_redirect_map_err", kAlways, kTwoReasons},
    {"xdp-trafficgen", "tp_xdp_redirect_map", kAlways, kTwoReasons},
    {"xdp-trafficgen", "tp_xdp_redirect_map_err", kAlways, kTwoReasons},
};

// "packet" for packet_clang14, too.
std::string_view stem(std::string_view object) {
  constexpr std::string_view kVariant = "_clang14";
  return object.ends_with(kVariant) ? object.substr(0, object.size() - kVariant.size()) : object;
}

class Differences {
 public:
  const Difference* find(std::string_view object, std::string_view program) {
    for (const Difference& known : kDifferences) {
      if (known.object != stem(object) || (!known.program.empty() && known.program != program) || !applies(known))
        continue;
      met_.insert(&known);
      return &known;
    }
    return nullptr;
  }
  // Those that an object of the run is named in, and that were not there.
  std::vector<const Difference*> stale(const std::set<std::string>& objects) const {
    std::vector<const Difference*> out;
    for (const Difference& known : kDifferences)
      if (applies(known) && objects.contains(std::string(known.object)) && !met_.contains(&known))
        out.push_back(&known);
    return out;
  }

 private:
  static bool applies(const Difference& known) {
    return static_cast<int>(libbpf_major_version()) == 1 && static_cast<int>(libbpf_minor_version()) < known.until;
  }
  std::set<const Difference*> met_;
};

// ---- what `ebpf check` says ----

struct Checked {
  bool loaded = false;
  int os_error = 0;
  std::size_t slots = 0;
};
struct CheckedFile {
  bool opened = false;
  std::map<std::string, Checked> programs = {};
};

// The value behind `key` from `at` on, up to a comma or, for a string, a quotation mark. Names and sections have none
// of these in them.
std::string value_of(const std::string& line, std::size_t at, const std::string& key) {
  const std::size_t found = line.find("\"" + key + "\":", at);
  REQUIRE(found != std::string::npos);
  std::size_t begin = found + key.size() + 3;
  const bool is_text = line[begin] == '"';
  if (is_text) ++begin;
  return line.substr(begin, line.find_first_of(is_text ? "\"" : ",}", begin) - begin);
}

std::map<std::string, CheckedFile> check(const std::string& operands) {
  std::FILE* pipe = popen((runfile("tools/ebpf") + " check --json --all --keep-going " + operands).c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[65536];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
  const int status = pclose(pipe);
  CHECK(WIFEXITED(status));
  std::map<std::string, CheckedFile> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    CheckedFile& file = out[value_of(line, 0, "file")];
    file.opened = value_of(line, 0, "error") == "null";
    for (std::size_t program = 0; (program = line.find("{\"name\":", program)) != std::string::npos; ++program)
      file.programs[value_of(line, program, "name")] = {value_of(line, program, "loaded") == "true",
                                                        std::stoi(value_of(line, program, "errno")),
                                                        std::stoul(value_of(line, program, "insns"))};
  }
  return out;
}

// ---- the comparison ----

struct Count {
  std::size_t objects = 0, programs = 0, loaded = 0, refused = 0, different = 0, refused_objects = 0;
};

class Comparison {
 public:
  explicit Comparison(KernelTypes::Shared types) : types_(std::move(types)) {}

  void object(const std::string& path, const CheckedFile& checked) {
    const std::string name(object_name(path));
    CAPTURE(path);
    ++count_.objects;
    names_.insert(name);
    int os_error = 0;
    const auto listed = libbpf_programs(path, os_error);
    const auto spec = CollectionSpec::read_file(path);
    const std::string error = spec ? "" : spec.error().message();
    CAPTURE(error);
    CHECK(checked.opened == spec.has_value());
    if (listed.has_value() != spec.has_value())
      return differ(name, std::string(kObject), spec ? "libbpf does not open it" : "only libbpf opens it");
    if (!spec) {
      ++count_.refused_objects;
      return;
    }
    CHECK(listed->size() == spec->programs.size());
    for (const ListedProgram& each : *listed) program(path, name, *spec, each, checked);
  }

  // After all objects.
  Count finish() {
    for (const Difference* known : differences_.stale(names_)) {
      CAPTURE(known->object);
      CAPTURE(known->program);
      FAIL_CHECK("this difference is gone, and should leave the list: ", std::string(known->reason));
    }
    MESSAGE("libbpf " << std::string(libbpf_version_string()) << ": " << count_.objects << " objects, "
                      << count_.refused_objects << " of them refused by both; " << count_.programs
                      << " programs: " << count_.loaded << " loaded by both, " << count_.refused << " refused by both, "
                      << count_.different << " different for a reason that is listed");
    return count_;
  }

 private:
  void program(const std::string& path, const std::string& object, const CollectionSpec& spec,
               const ListedProgram& listed, const CheckedFile& checked) {
    CAPTURE(listed.name);
    const auto mine = spec.program(listed.name);
    REQUIRE(mine.has_value());
    const auto found = checked.programs.find(listed.name);
    REQUIRE(found != checked.programs.end());
    const auto alone = spec.only(listed.name);
    REQUIRE(alone.has_value());
    const Verdict ours = we_load(*alone, listed.name, types_);
    remove_pins();
    const Verdict theirs = libbpf_loads(path, listed.name, *alone);
    remove_pins();
    CHECK(found->second.loaded == ours.loaded);
    if (ours.handed) CHECK(found->second.slots == ours.handed->code.size());
    ++count_.programs;
    std::string what = compare(found->second, ours, theirs);
    if (what.empty() && mine->autoload != listed.autoload) what = "only one loads it by default";
    if (!what.empty()) return differ(object, listed.name, what);
    ++(ours.loaded ? count_.loaded : count_.refused);
  }

  static std::string compare(const Checked& checked, const Verdict& ours, const Verdict& theirs) {
    const auto errnos = std::to_string(checked.os_error) + " | " + std::to_string(theirs.os_error);
    if (checked.loaded != theirs.loaded) return "verdict: errno " + errnos;
    if (checked.os_error != theirs.os_error) return "errno: " + errnos;
    if (ours.handed.has_value() != theirs.handed.has_value())
      return ours.handed ? "only we ask the kernel" : "only libbpf asks the kernel";
    return ours.handed ? difference(*ours.handed, *theirs.handed) : "";
  }

  void differ(const std::string& object, const std::string& program, const std::string& what) {
    ++count_.different;
    if (differences_.find(object, program) == nullptr)
      FAIL_CHECK("program \"", program, "\" (ours | libbpf's): ", what);
  }

  // What objects pin, in this process's own bpffs, would be found by the next load. (What the kernel itself puts there
  // cannot be removed.)
  static void remove_pins() {
    std::vector<fs::path> pins;
    for (const auto& entry : fs::directory_iterator("/sys/fs/bpf")) pins.push_back(entry.path());
    std::error_code ignored;
    for (const fs::path& pin : pins) fs::remove(pin, ignored);
  }

  KernelTypes::Shared types_;
  Differences differences_;
  std::set<std::string> names_;
  Count count_;
};

Count compare_all(const std::vector<std::string>& paths, const std::map<std::string, CheckedFile>& checked) {
  Comparison comparison(ok(KernelTypes::running()));
  for (const std::string& path : paths) {
    const auto found = checked.find(path);
    CAPTURE(path);
    REQUIRE(found != checked.end());
    comparison.object(path, found->second);
  }
  return comparison.finish();
}

// All "*.o" below, as `ebpf check` finds them.
std::vector<std::string> objects_below(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory, fs::directory_options::follow_directory_symlink))
    if (entry.path().extension() == ".o") out.push_back(entry.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += " '" + word + "'";
  return out;
}

// A directory that goes with the test case.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "corpus.XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

// The objects in a package's files, each under FOLDER/NUMBER/ with the name of the file that it was in.
void carve(const std::string& package, const fs::path& folder) {
  std::FILE* pipe = popen(("dpkg-query -L " + package + " 2> /dev/null").c_str(), "re");
  REQUIRE(pipe != nullptr);
  char line[4096];
  std::size_t number = 0;
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    const fs::path file = std::string(line, std::string_view(line).find_last_not_of('\n') + 1);
    if (!fs::is_regular_file(file) || fs::is_symlink(file)) continue;
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    for (const auto object : embedded_objects(std::as_bytes(std::span(bytes)))) {
      const fs::path directory = folder / (package + "." + std::to_string(number++));
      fs::create_directory(directory);
      std::ofstream(directory / (file.stem().string() + ".o"), std::ios::binary)
          .write(reinterpret_cast<const char*>(object.data()), static_cast<std::streamsize>(object.size()));
    }
  }
  pclose(pipe);
}

}  // namespace

TEST_CASE("the corpus: the verdicts and the instructions of libbpf") {
  private_mounts();
  const std::string directory = runfile("testdata/corpus/objects");
  const std::vector<std::string> paths = objects_below(directory);
  const Count count = compare_all(paths, check("'" + directory + "'"));
  CHECK(count.objects > 500);
  CHECK(count.loaded > 1500);
  CHECK(count.refused > 200);
}

TEST_CASE("the test objects: the verdicts and the instructions of libbpf") {
  private_mounts();
  std::vector<std::string> paths;
  for (const std::string object :
       {"callbacks", "core", "externs", "globals", "kconfig", "ksym_variables", "loops", "maps", "packet", "pinning",
        "rejected", "sections", "subprograms", "targets", "tracing"})
    for (const std::string variant : {"", "_clang14"}) paths.push_back(object_path(object + variant));
  const Count count = compare_all(paths, check(joined(paths)));
  CHECK(count.loaded > 100);
}

TEST_CASE("what Debian packages ship: the verdicts and the instructions of libbpf") {
  private_mounts();
  const Folder folder;
  for (const char* package : {"libbpf-tools", "xdp-tools", "libxdp1"}) carve(package, folder.path);
  const std::vector<std::string> paths = objects_below(folder.path.string());
  if (paths.empty()) SKIP_TEST("none of the packages libbpf-tools, xdp-tools and libxdp1 is installed");
  const Count count = compare_all(paths, check("'" + folder.path.string() + "'"));
  CHECK(count.loaded > 20);
}
