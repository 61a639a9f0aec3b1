// Access to a shared mapping by offset, and copies of more than a word.
#include "ebpf/memory.h"

#include <cstring>
#include <type_traits>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"

namespace ebpf {
namespace {

// The longest word that may be accessed at `address` with `left` bytes to go.
std::size_t word_size(const std::byte* address, std::size_t left) {
  const auto place = reinterpret_cast<std::uintptr_t>(address);
  for (const std::size_t size : {8u, 4u, 2u})
    if (place % size == 0 && left >= size) return size;
  return 1;
}

// Calls step.operator()<N>(at) for each word of N bytes, as long ones as the address allows.
template <class Step>
void for_each_word(const std::byte* shared, std::size_t size, Step step) {
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = word_size(shared + at, size - at);
    switch (length) {
      case 8:
        step.template operator()<8>(at);
        break;
      case 4:
        step.template operator()<4>(at);
        break;
      case 2:
        step.template operator()<2>(at);
        break;
      default:
        step.template operator()<1>(at);
        break;
    }
    at += length;
  }
}

}  // namespace

namespace atomic_detail {

void read_words(std::byte* to, const std::byte* shared, std::size_t size) {
  for_each_word(shared, size, [&]<std::size_t N>(std::size_t at) {
    const auto word = __atomic_load_n(as_word<N>(const_cast<std::byte*>(shared + at)), __ATOMIC_RELAXED);
    std::memcpy(to + at, &word, N);
  });
}

void write_words(std::byte* shared, const std::byte* from, std::size_t size) {
  for_each_word(shared, size, [&]<std::size_t N>(std::size_t at) {
    auto* const place = as_word<N>(shared + at);
    std::remove_cvref_t<decltype(*place)> word;
    std::memcpy(&word, from + at, N);
    __atomic_store_n(place, word, __ATOMIC_RELAXED);
  });
}

}  // namespace atomic_detail

Result<std::byte*> Memory::place(std::size_t offset, std::size_t size, std::size_t alignment, bool to_write) const {
  if (!mapping_) return fail(errc::not_supported, "the map is not mapped into memory");
  if (!in_bounds(offset, size, mapping_->size()))
    return fail(errc::out_of_range,
                cat(size, " bytes at offset ", offset, " are outside of the memory (", mapping_->size(), " bytes)"));
  if (offset % alignment != 0)
    return fail(errc::type_mismatch, "offset ", offset, " is not aligned to ", alignment,
                " bytes, so that no access could be atomic");
  if (to_write && !mapping_->writable()) return fail(errc::read_only, "the memory is read-only: use a const type");
  return mapping_->data() + offset;
}

Result<std::byte*> Memory::place_row(std::size_t offset, std::size_t size, std::size_t count, std::size_t stride,
                                     std::size_t alignment, bool to_write) const {
  if (stride < size || stride % alignment != 0)
    return fail(errc::type_mismatch, "elements of ", size, " bytes, aligned to ", alignment, ", cannot stand every ",
                stride, " bytes");
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
