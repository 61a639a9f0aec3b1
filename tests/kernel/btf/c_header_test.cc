// The C of whole kernels: printed, compiled for BPF, and each size, offset, value and type compared with the kernel's
// own BTF. The kernel that runs here, and those of which a file is at hand: listed in EBPF_BTF_FILES (paths with colons
// between), or kept by tools/matrix as ~/.cache/ebpf-matrix/btf/*.btf.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/c_compare.h"

namespace ebpf {
namespace {

namespace fs = std::filesystem;

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

btf::Spec read_types(const std::string& path) {
  const std::string text = read_text(path);
  const auto bytes = std::as_bytes(std::span(text));
  auto types = btf::Spec::parse({bytes.begin(), bytes.end()});
  REQUIRE_MESSAGE(types.has_value(), path << ": " << types.error().message());
  return *std::move(types);
}

std::vector<std::string> other_kernels() {
  std::vector<std::string> out;
  if (const char* list = std::getenv("EBPF_BTF_FILES")) {
    const std::string_view paths = list;
    for (std::size_t at = 0; at <= paths.size();) {
      const std::size_t end = std::min(paths.find(':', at), paths.size());
      if (end > at) out.emplace_back(paths.substr(at, end - at));
      at = end + 1;
    }
  }
  const char* home = std::getenv("HOME");
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(fs::path(home != nullptr ? home : "/root") / ".cache/ebpf-matrix/btf", ignored))
    if (entry.path().extension() == ".btf") out.push_back(entry.path());
  // A kernel may be there under two names.
  std::vector<std::string> distinct;
  std::set<std::string> seen;
  for (const std::string& path : out)
    if (seen.insert(read_text(path)).second) distinct.push_back(path);
  return distinct;
}

void check_kernel(const std::string& path) {
  CAPTURE(path);
  const btf::Spec types = read_types(path);
  const test::Comparison result = test::round_trip(types);
  CHECK_MESSAGE(result.differences.empty(), result.differences.size() << " differences:\n"
                                                                      << test::first_differences(result));
  CHECK(result.opaque == 0);
  CHECK(result.types > 5'000);
  MESSAGE(path << ": " << result.types << " types, " << result.members << " members and enumerators");
}

TEST_CASE("btf: this kernel's header compiles to this kernel's layout") {
  const std::string path = "/sys/kernel/btf/vmlinux";
  if (!fs::exists(path)) SKIP_TEST("this kernel has no BTF");
  check_kernel(path);
}

// bpftool's header of the same kernel, through the same compiler: what has one name in both has one layout. Not always:
// bpftool 7.1 knows no size of an enumeration but that of `int` (`enum rw_hint` has one byte, and makes its `struct
// inode` 8 bytes too long), which is why a few differences from the kernel's own BTF are let pass.
TEST_CASE("btf: the header agrees with bpftool's") {
  const std::string path = "/sys/kernel/btf/vmlinux";
  if (!fs::exists(path)) SKIP_TEST("this kernel has no BTF");
  std::string header;
  std::FILE* pipe = popen(("PATH=$PATH:/usr/sbin bpftool btf dump file " + path + " format c").c_str(), "r");
  REQUIRE(pipe != nullptr);
  char piece[65536];
  for (std::size_t got; (got = std::fread(piece, 1, sizeof piece, pipe)) > 0;) header.append(piece, got);
  if (pclose(pipe) != 0) SKIP_TEST("bpftool is missing, or does not know this kernel's BTF");
  const btf::Spec types = read_types(path);
  test::Comparison result;
  // One part of many shows it; ours is compared whole above.
  const std::vector<std::string> parts = test::probes(types);
  for (std::size_t i = 0; i < parts.size(); i += 6) {
    std::string without_clashes;
    for (std::size_t at = 0; at < parts[i].size();) {
      const std::size_t end = parts[i].find('\n', at) + 1;
      const std::string_view line = std::string_view(parts[i]).substr(at, end - at);
      if (line.find("___") == std::string_view::npos && line.find("__builtin") == std::string_view::npos)
        without_clashes += line;
      at = end;
    }
    test::compare_probes(types, test::compile_c(header + without_clashes), result);
  }
  CHECK(result.types > 1'000);
  CHECK_MESSAGE(result.differences.size() < result.types / 100, test::first_differences(result));
  MESSAGE(result.types << " types of bpftool's, " << result.differences.size() << " differences\n"
                       << test::first_differences(result));
}

TEST_CASE("btf: other kernels' headers compile to their layout") {
  const std::vector<std::string> paths = other_kernels();
  if (paths.empty()) SKIP_TEST("no other kernel's BTF is at hand (EBPF_BTF_FILES, tools/matrix)");
  for (const std::string& path : paths) check_kernel(path);
}

}  // namespace
}  // namespace ebpf
