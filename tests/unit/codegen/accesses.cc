// Functions whose machine code accesses_test.sh looks at. Compiled with -O2 in every configuration.
#include <cstdint>

#include "ebpf/memory.h"

using ebpf::AtomicRef;
using ebpf::Global;

extern "C" {

std::uint64_t load_u64(const Global<std::uint64_t>& global) { return global.load(std::memory_order_relaxed); }
std::uint32_t load_u32(const Global<std::uint32_t>& global) { return global.load(std::memory_order_relaxed); }
std::uint16_t load_u16(const Global<std::uint16_t>& global) { return global.load(std::memory_order_relaxed); }
std::uint8_t load_u8(const Global<std::uint8_t>& global) { return global.load(std::memory_order_relaxed); }
std::uint64_t load_constant(const Global<const std::uint64_t>& global) {
  return global.load(std::memory_order_relaxed);
}

// The pointer is in a register already, as in a loop: what is left is the access itself.
std::uint64_t load_ref(AtomicRef<std::uint64_t> ref) { return ref.load(std::memory_order_relaxed); }
std::uint64_t load_ref_seq_cst(AtomicRef<std::uint64_t> ref) { return ref.load(); }
void store_ref(AtomicRef<std::uint64_t> ref, std::uint64_t value) { ref.store(value, std::memory_order_relaxed); }
void add_ref(AtomicRef<std::uint64_t> ref, std::uint64_t value) { ref.fetch_add(value, std::memory_order_relaxed); }

}  // extern "C"
