// Reading and writing tables of types as words.
#include "ebpf/btf/records.h"

#include <cstring>

#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

constexpr std::uint16_t kMagic = 0xeb9f;
constexpr std::uint32_t kWord = sizeof(std::uint32_t);

//   fixed, entry, refers, fixed_refs, entry_name, entry_ref
constexpr RecordShape kShapes[kMaxKind + 1] = {
    {0, 0, false, 0, -1, -1},  // void: never stored
    {1, 0, false, 0, -1, -1},  // INT: encoding, offset, bits
    {0, 0, true, 0, -1, -1},   // PTR
    {3, 0, false, 2, -1, -1},  // ARRAY: element, index, count
    {0, 3, false, 0, 0, 1},    // STRUCT: name, type, offset
    {0, 3, false, 0, 0, 1},    // UNION
    {0, 2, false, 0, 0, -1},   // ENUM: name, value
    {0, 0, false, 0, -1, -1},  // FWD
    {0, 0, true, 0, -1, -1},   // TYPEDEF
    {0, 0, true, 0, -1, -1},   // VOLATILE
    {0, 0, true, 0, -1, -1},   // CONST
    {0, 0, true, 0, -1, -1},   // RESTRICT
    {0, 0, true, 0, -1, -1},   // FUNC: what would be its number of entries is the linkage
    {0, 2, true, 0, 0, 1},     // FUNC_PROTO: name, type
    {1, 0, true, 0, -1, -1},   // VAR: linkage
    {0, 3, false, 0, -1, 0},   // DATASEC: variable, offset, size
    {0, 0, false, 0, -1, -1},  // FLOAT
    {1, 0, true, 0, -1, -1},   // DECL_TAG: which member or parameter
    {0, 0, true, 0, -1, -1},   // TYPE_TAG
    {0, 3, false, 0, 0, -1},   // ENUM64: name, low half, high half
};

Result<void> check_record(std::span<const std::uint32_t> record, TypeId id, TypeId end_id, std::uint64_t strings_end) {
  std::uint32_t largest_id = 0;
  std::uint32_t largest_name = 0;
  for_each_reference(record, [&](std::uint32_t word) { largest_id = word > largest_id ? word : largest_id; });
  for_each_name(record, [&](std::uint32_t word) { largest_name = word > largest_name ? word : largest_name; });
  if (largest_id >= end_id) return fail(errc::malformed, cat("BTF: type ", id, " refers to type ", largest_id));
  if (largest_name >= strings_end)
    return fail(errc::malformed, cat("BTF: type ", id, ": a name is outside the strings"));
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

const RecordShape& record_shape(Kind kind) { return kShapes[static_cast<std::size_t>(kind)]; }

Result<Sections> sections_of(const Spec& types) {
  static constexpr std::byte kNoString[1] = {};
  if (types.bytes().empty())
    return Sections{.types = ByteView({}, types.byte_order()), .strings = ByteView(kNoString), .has_more = false};
  const ByteView view(types.bytes(), types.byte_order());
  if (view.size() < kHeaderBytes) return fail(errc::malformed, "BTF: the header is truncated");
  const std::uint64_t header = view.field<std::uint32_t>(4);
  const auto own = view.slice(header + view.field<std::uint32_t>(8), view.field<std::uint32_t>(12));
  const auto strings = view.slice(header + view.field<std::uint32_t>(16), view.field<std::uint32_t>(20));
  if (!own || !strings) return fail(errc::malformed, "BTF: types or strings reach past the end");
  return Sections{.types = *own, .strings = *strings, .has_more = header > kHeaderBytes};
}

const Spec* base_of(const Spec&) { return nullptr; }

TypeId first_own_id(const Spec&) { return 1; }

std::uint32_t first_own_string(const Spec&) { return 0; }

Result<Records> Records::read(const Spec& types) {
  EBPF_TRY(const Sections sections, sections_of(types));
  const ByteView raw = sections.types;
  Records out;
  out.first_id_ = first_own_id(types);
  out.words_.resize(raw.size() / kWord);
  if (!raw.empty()) std::memcpy(out.words_.data(), raw.data(), out.words_.size() * kWord);
  if (raw.order() != kHostByteOrder)
    for (std::uint32_t& word : out.words_) word = byte_swap(word);
  out.starts_.reserve(types.type_count() - out.first_id_ + 1);
  std::size_t at = 0;
  while (at < out.words_.size()) {
    const std::size_t left = out.words_.size() - at;
    const std::uint32_t info = left >= kRecordHead ? out.words_[at + kInfoWord] : 0;
    const auto kind = static_cast<std::uint32_t>(kind_of(info));
    if (kind == 0 || kind > kMaxKind)
      return fail(errc::unsupported_input, cat("BTF: a type is of kind ", kind, ", which is not known"));
    if (record_words(info) > left) return fail(errc::malformed, "BTF: a type reaches past the end of the types");
    out.starts_.push_back(static_cast<std::uint32_t>(at));
    at += record_words(info);
  }
  if (raw.size() % kWord != 0) return fail(errc::malformed, "BTF: the types end inside a word");
  out.starts_.push_back(static_cast<std::uint32_t>(at));
  const std::uint64_t strings_end = std::uint64_t{first_own_string(types)} + sections.strings.size();
  for (TypeId id = out.first_id_; id < out.end_id(); ++id)
    EBPF_CHECK(check_record(out[id], id, out.end_id(), strings_end));
  return out;
}

std::vector<std::byte> encode_table(std::span<const std::uint32_t> words, std::span<const char> strings,
                                    ByteOrder order) {
  const std::uint32_t types_size = static_cast<std::uint32_t>(words.size() * kWord);
  std::vector<std::byte> bytes(kHeaderBytes + types_size + strings.size());
  std::byte* out = bytes.data();
  const std::uint16_t magic = to_host(kMagic, order);
  std::memcpy(out, &magic, sizeof magic);
  out[2] = std::byte{1};  // the version
  out += kWord;
  const std::uint32_t rest[] = {kHeaderBytes, 0, types_size, types_size, static_cast<std::uint32_t>(strings.size())};
  put_words(out, rest, order);
  put_words(out, words, order);
  std::memcpy(out, strings.data(), strings.size());
  return bytes;
}

}  // namespace ebpf::btf
