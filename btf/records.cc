// Reading and writing tables of types as words.
#include "ebpf/btf/records.h"

#include <cstring>

#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

constexpr std::uint16_t kMagic = 0xeb9f;
Result<void> check_record(std::span<const std::uint32_t> record, TypeId id, TypeId end_id, std::uint64_t strings_end) {
  std::uint32_t largest_id = 0;
  std::uint32_t largest_name = 0;
  for_each_reference(record, [&](std::uint32_t word) { largest_id = word > largest_id ? word : largest_id; });
  for_each_name(record, [&](std::uint32_t word) { largest_name = word > largest_name ? word : largest_name; });
  if (largest_id >= end_id) return fail(errc::malformed, "BTF: type ", id, " refers to type ", largest_id);
  if (largest_name >= strings_end) return fail(errc::malformed, "BTF: type ", id, ": a name is outside the strings");
  return {};
}

void put_words(std::byte*& out, std::span<const std::uint32_t> words, ByteOrder order) {
  for (std::uint32_t word : words) {
    word = to_host(word, order);
    std::memcpy(out, &word, kWord);
    out += kWord;
  }
}

}  // namespace

Result<Records> Records::read(const Spec& types) {
  const ByteView raw = types.type_section();
  if (raw.size() % kWord != 0) return fail(errc::malformed, "BTF: the types end inside a word");
  Records out;
  out.first_id_ = types.first_id();
  out.words_.resize(raw.size() / kWord);
  if (!raw.empty()) std::memcpy(out.words_.data(), raw.data(), raw.size());
  if (raw.order() != kHostByteOrder)
    for (std::uint32_t& word : out.words_) word = byte_swap(word);
  out.starts_.reserve(types.type_count() - out.first_id_ + 1);
  for (std::size_t at = 0; at < out.words_.size();) {
    const std::size_t left = out.words_.size() - at;
    const std::uint32_t info = left >= kRecordHead ? out.words_[at + kInfoWord] : 0;
    if (kind_of(info) == 0 || kind_of(info) > kMaxKind)
      return fail(errc::unsupported_input, "BTF: a type is of kind ", kind_of(info), ", which is not known");
    const std::size_t length = record_size(info) / kWord;
    if (length > left) return fail(errc::malformed, "BTF: a type reaches past the end of the types");
    out.starts_.push_back(static_cast<std::uint32_t>(at));
    at += length;
  }
  out.starts_.push_back(static_cast<std::uint32_t>(out.words_.size()));
  const std::uint64_t strings_end = std::uint64_t{types.first_string()} + types.string_section().size();
  for (TypeId id = out.first_id_; id < out.end_id(); ++id)
    EBPF_CHECK(check_record(out[id], id, out.end_id(), strings_end));
  return out;
}

std::vector<std::byte> encode_table(std::span<const std::uint32_t> words, std::span<const char> strings,
                                    ByteOrder order) {
  const std::uint32_t types_size = static_cast<std::uint32_t>(words.size() * kWord);
  std::vector<std::byte> bytes(kTableHeader + types_size + strings.size());
  std::byte* out = bytes.data();
  const std::uint16_t magic = to_host(kMagic, order);
  std::memcpy(out, &magic, sizeof magic);
  out[2] = std::byte{1};  // the version
  out += kWord;
  const std::uint32_t rest[] = {kTableHeader, 0, types_size, types_size, static_cast<std::uint32_t>(strings.size())};
  put_words(out, rest, order);
  put_words(out, words, order);
  std::memcpy(out, strings.data(), strings.size());
  return bytes;
}

}  // namespace ebpf::btf
