// CollectionSpec::read_file: the one part of reading an object that makes system calls.
#include "ebpf/base/text.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/file.h"

namespace ebpf {

Result<CollectionSpec> CollectionSpec::read_file(const std::string& path, const ReadOptions& options) {
  constexpr std::size_t kLargestObject = 256u << 20;
  EBPF_TRY(const std::vector<std::byte>& bytes, sys::read_whole_file(path, kLargestObject));
  return parse(bytes, path, options);
}

}  // namespace ebpf
