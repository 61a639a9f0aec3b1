// libFuzzer's door to read_assembly(); see BUILD for how to run it.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ebpf::fuzz::read_assembly(std::as_bytes(std::span(data, size)));
  return 0;
}
