// The places in which runfile() looks.
#include "tests/support/runfiles.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace ebpf::test {
namespace {

std::vector<std::filesystem::path> roots() {
  std::vector<std::filesystem::path> found;
  if (const char* directory = std::getenv("EBPF_TESTDATA_DIR")) found.emplace_back(directory);

  const char* sources = std::getenv("TEST_SRCDIR");
  const char* workspace = std::getenv("TEST_WORKSPACE");
  if (sources != nullptr && workspace != nullptr) found.push_back(std::filesystem::path(sources) / workspace);

  std::error_code error;
  if (auto executable = std::filesystem::read_symlink("/proc/self/exe", error); !error) {
    executable += ".runfiles";
    found.push_back(executable / "ebpf");
  }
  found.push_back(std::filesystem::current_path(error));
  return found;
}

}  // namespace

std::string runfile(const char* path) {
  std::string tried;
  for (const std::filesystem::path& root : roots()) {
    const std::filesystem::path candidate = root / path;
    std::error_code error;
    if (std::filesystem::exists(candidate, error)) return candidate.string();
    tried += "\n  " + candidate.string();
  }
  throw std::runtime_error(std::string("no such test file: ") + path + "; looked for" + tried);
}

}  // namespace ebpf::test
