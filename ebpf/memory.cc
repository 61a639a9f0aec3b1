// Access to a shared mapping by offset.
#include "ebpf/memory.h"

#include <cstring>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"

namespace ebpf {
namespace {

template <class Word>
void load_word(const std::byte* from, std::byte* to) {
  const Word word = __atomic_load_n(reinterpret_cast<const Word*>(from), __ATOMIC_RELAXED);
  std::memcpy(to, &word, sizeof word);
}

template <class Word>
void store_word(std::byte* to, const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  __atomic_store_n(reinterpret_cast<Word*>(to), word, __ATOMIC_RELAXED);
}

// The longest word that may be accessed at `address` with `left` bytes to go.
std::size_t word_size(const std::byte* address, std::size_t left) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (const std::size_t size : {8u, 4u, 2u})
    if (place % size == 0 && left >= size) return size;
  return 1;
}

}  // namespace

Result<std::byte*> Memory::place(std::size_t offset, std::size_t size, std::size_t alignment, bool to_write) const {
  if (!mapping_) return fail(errc::not_supported, "the map is not mapped into memory");
  if (!in_bounds(offset, size, mapping_->size()))
    return fail(errc::out_of_range,
                cat(size, " bytes at offset ", offset, " are outside of the memory (", mapping_->size(), " bytes)"));
  if (offset % alignment != 0)
    return fail(errc::type_mismatch,
                cat("offset ", offset, " is not aligned to ", alignment, " bytes, so that no access could be atomic"));
  if (to_write && !mapping_->writable()) return fail(errc::read_only, "the memory is read-only: use a const type");
  return mapping_->data() + offset;
}

Result<void> Memory::read(std::size_t offset, std::span<std::byte> out) const {
  EBPF_TRY(const std::byte* from, place(offset, out.size(), 1, false));
  for (std::size_t at = 0; at < out.size();) {
    const std::size_t step = word_size(from + at, out.size() - at);
    if (step == 8)
      load_word<std::uint64_t>(from + at, out.data() + at);
    else if (step == 4)
      load_word<std::uint32_t>(from + at, out.data() + at);
    else if (step == 2)
      load_word<std::uint16_t>(from + at, out.data() + at);
    else
      load_word<std::uint8_t>(from + at, out.data() + at);
    at += step;
  }
  return {};
}

Result<void> Memory::write(std::size_t offset, std::span<const std::byte> bytes) const {
  EBPF_TRY(std::byte * to, place(offset, bytes.size(), 1, true));
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t step = word_size(to + at, bytes.size() - at);
    if (step == 8)
      store_word<std::uint64_t>(to + at, bytes.data() + at);
    else if (step == 4)
      store_word<std::uint32_t>(to + at, bytes.data() + at);
    else if (step == 2)
      store_word<std::uint16_t>(to + at, bytes.data() + at);
    else
      store_word<std::uint8_t>(to + at, bytes.data() + at);
    at += step;
  }
  return {};
}

}  // namespace ebpf
