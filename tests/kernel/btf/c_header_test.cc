// The C of whole kernels: printed, compiled for BPF, and each size, offset, value and type compared with the kernel's
// own BTF. The kernel that runs here, and those of which a file is at hand: listed in EBPF_BTF_FILES (paths with colons
// between), or kept by tools/matrix under ~/.cache/ebpf-matrix.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/c_compare.h"

namespace ebpf {
namespace {

namespace fs = std::filesystem;

btf::Spec read_types(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
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
  const fs::path cache = fs::path(home != nullptr ? home : "/root") / ".cache/ebpf-matrix";
  std::error_code ignored;
  for (const auto& entry :
       fs::recursive_directory_iterator(cache, fs::directory_options::skip_permission_denied, ignored))
    if (entry.path().extension() == ".btf") out.push_back(entry.path());
  return out;
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

TEST_CASE("btf: other kernels' headers compile to their layout") {
  const std::vector<std::string> paths = other_kernels();
  if (paths.empty()) SKIP_TEST("no other kernel's BTF is at hand (EBPF_BTF_FILES, tools/matrix)");
  for (const std::string& path : paths) check_kernel(path);
}

}  // namespace
}  // namespace ebpf
