#include "tools/cli/object_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

bool is_directory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

enum class Kind { file, directory, other };

Kind kind_of(const std::string& path) {
  struct stat link;
  if (::lstat(path.c_str(), &link) != 0) return Kind::other;
  if (S_ISDIR(link.st_mode)) return Kind::directory;
  if (S_ISREG(link.st_mode)) return Kind::file;
  // A link to a file is a file: build systems make trees of them.
  return S_ISLNK(link.st_mode) && !is_directory(path) ? Kind::file : Kind::other;
}

// One directory; the directories in it go to `left`.
Result<void> list(const std::string& path, std::vector<std::string>& left, std::vector<std::string>& files) {
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return fail_errno(errno, "open ", quoted(path));
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    std::string child = cat(path, path.ends_with('/') ? "" : "/", name);
    const Kind kind = kind_of(child);
    if (kind == Kind::directory) left.push_back(std::move(child));
    if (kind == Kind::file && name.ends_with(".o")) files.push_back(std::move(child));
  }
  ::closedir(directory);
  return {};
}

Result<void> add_directory(const std::string& path, std::vector<std::string>& out) {
  std::vector<std::string> left = {path};
  std::vector<std::string> files;
  while (!left.empty()) {
    const std::string next = std::move(left.back());
    left.pop_back();
    EBPF_CHECK(list(next, left, files));
  }
  if (files.empty()) return fail(errc::not_found, "there is no file *.o below ", quoted(path));
  stable_sort(files);
  out.insert(out.end(), files.begin(), files.end());
  return {};
}

}  // namespace

Result<std::vector<std::string>> object_files(std::span<const std::string_view> operands) {
  std::vector<std::string> out;
  for (const std::string_view operand : operands) {
    std::string path(operand);
    if (is_directory(path))
      EBPF_CHECK(add_directory(path, out));
    else
      out.push_back(std::move(path));
  }
  return out;
}

}  // namespace ebpf::cli
