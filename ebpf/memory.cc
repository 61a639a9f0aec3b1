// Access to a shared mapping by offset, and copies of more than a word.
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

namespace atomic_detail {

void read_words(std::byte* to, const std::byte* shared, std::size_t size) {
  for (std::size_t at = 0; at < size;) {
    const std::size_t step = word_size(shared + at, size - at);
    if (step == 8)
      load_word<std::uint64_t>(shared + at, to + at);
    else if (step == 4)
      load_word<std::uint32_t>(shared + at, to + at);
    else if (step == 2)
      load_word<std::uint16_t>(shared + at, to + at);
    else
      load_word<std::uint8_t>(shared + at, to + at);
    at += step;
  }
}

void write_words(std::byte* shared, const std::byte* from, std::size_t size) {
  for (std::size_t at = 0; at < size;) {
    const std::size_t step = word_size(shared + at, size - at);
    if (step == 8)
      store_word<std::uint64_t>(shared + at, from + at);
    else if (step == 4)
      store_word<std::uint32_t>(shared + at, from + at);
    else if (step == 2)
      store_word<std::uint16_t>(shared + at, from + at);
    else
      store_word<std::uint8_t>(shared + at, from + at);
    at += step;
  }
}

}  // namespace atomic_detail

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

Result<std::byte*> Memory::place_row(std::size_t offset, std::size_t size, std::size_t count, std::size_t stride,
                                     std::size_t alignment, bool to_write) const {
  if (stride < size || stride % alignment != 0)
    return fail(errc::type_mismatch,
                cat("elements of ", size, " bytes, aligned to ", alignment, ", cannot stand every ", stride, " bytes"));
  std::size_t all = 0;
  if (__builtin_mul_overflow(count, stride, &all))
    return fail(errc::out_of_range, cat(count, " elements of ", stride, " bytes are outside of any memory"));
  // Behind the last element nothing needs to be.
  return place(offset, count == 0 ? 0 : all - (stride - size), alignment, to_write);
}

Result<void> Memory::read(std::size_t offset, std::span<std::byte> out) const {
  EBPF_TRY(const std::byte* from, place(offset, out.size(), 1, false));
  atomic_detail::read_words(out.data(), from, out.size());
  return {};
}

Result<void> Memory::write(std::size_t offset, std::span<const std::byte> bytes) const {
  EBPF_TRY(std::byte * to, place(offset, bytes.size(), 1, true));
  atomic_detail::write_words(to, bytes.data(), bytes.size());
  return {};
}

}  // namespace ebpf
