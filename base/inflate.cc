// Deflate, a bit at a time. Codes are canonical Huffman codes: a code is told by how many there are of each length, and
// its symbols in order (RFC 1951, 3.2.2). Reading bit by bit is slow as such things go, a few milliseconds for a
// kernel's configuration, and needs no tables worth the name.
#include "ebpf/base/inflate.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "ebpf/base/bytes.h"

namespace ebpf {
namespace {

constexpr unsigned kMaxCodeLength = 15;
constexpr unsigned kEndOfBlock = 256;

// Reads bits, the least significant of a byte first. Past the end it gives zeroes and remembers that.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  unsigned bit() {
    if (left_ == 0) {
      if (at_ == bytes_.size()) {
        ran_out_ = true;
        return 0;
      }
      held_ = std::to_integer<unsigned>(bytes_[at_++]);
      left_ = 8;
    }
    const unsigned value = held_ & 1;
    held_ >>= 1;
    --left_;
    return value;
  }
  unsigned bits(unsigned count) {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i) value |= bit() << i;
    return value;
  }
  // To the next byte.
  void align() { left_ = 0; }
  std::size_t position() const { return at_; }
  bool ran_out() const { return ran_out_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  unsigned held_ = 0;
  unsigned left_ = 0;
  bool ran_out_ = false;
};

constexpr std::size_t kLiterals = 288;

// Of one size for all uses, which g++ 12 would otherwise fold into one and then warn of.
class Code {
 public:
  // False where there are more codes than their lengths have room for. Fewer are allowed: a file with a single distance
  // has them, and a code that is not there is noticed when it is read.
  bool build(std::span<const std::uint8_t> lengths) {
    counts_ = {};
    for (const std::uint8_t length : lengths) ++counts_[length];
    counts_[0] = 0;
    int room = 1;
    std::array<std::uint16_t, kMaxCodeLength + 2> next{};
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
      room = 2 * room - counts_[length];
      if (room < 0) return false;
      next[length + 1] = static_cast<std::uint16_t>(next[length] + counts_[length]);
    }
    for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol)
      if (lengths[symbol] != 0) symbols_[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
    return true;
  }

  // The next symbol, or -1 for a code that there is not.
  int read(BitReader& in) const {
    int code = 0;
    int first = 0;
    int index = 0;
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
      code |= static_cast<int>(in.bit());
      const int count = counts_[length];
      if (code - first < count) return symbols_[static_cast<std::size_t>(index + code - first)];
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return -1;
  }

 private:
  std::array<std::uint16_t, kMaxCodeLength + 1> counts_{};
  std::array<std::uint16_t, kLiterals> symbols_{};
};

constexpr std::size_t kDistances = 30;
constexpr std::size_t kLengths = 29;

// The tables of RFC 1951, 3.2.5: the smallest length or distance of a symbol, and how many bits are added.
struct Range {
  std::uint16_t base;
  std::uint8_t bits;
};
constexpr std::array<Range, kLengths> kLengthRanges = {
    {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
     {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
     {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}}};
constexpr std::array<Range, kDistances> kDistanceRanges = {
    {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},     {9, 2},     {13, 2},
     {17, 3},    {25, 3},    {33, 4},    {49, 4},     {65, 5},     {97, 5},    {129, 6},   {193, 6},
     {257, 7},   {385, 7},   {513, 8},   {769, 8},    {1025, 9},   {1537, 9},  {2049, 10}, {3073, 10},
     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}};

// In what order the lengths of the codes for code lengths are written.
constexpr std::uint8_t kLengthOrder[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

class Inflater {
 public:
  Inflater(std::span<const std::byte> bytes, std::size_t max_bytes) : in_(bytes), limit_(max_bytes) {}

  Result<void> run() {
    for (bool is_last = false; !is_last;) {
      is_last = in_.bit() != 0;
      switch (in_.bits(2)) {
        case 0:
          EBPF_CHECK(stored());
          break;
        case 1:
          use_fixed_codes();
          EBPF_CHECK(coded());
          break;
        case 2:
          EBPF_CHECK(read_codes());
          EBPF_CHECK(coded());
          break;
        default:
          return bad("a block of a type that there is not");
      }
      if (in_.ran_out()) return bad("it ends early");
    }
    return {};
  }

  std::string& output() { return out_; }
  std::size_t position() const { return in_.position(); }

 private:
  static Failure bad(std::string_view what) {
    return fail(errc::malformed, std::string("compressed data: ").append(what));
  }
  Result<void> check_room(std::size_t more) const {
    if (more <= limit_ - out_.size()) return {};
    return fail(errc::out_of_range, "compressed data: more comes out than is allowed");
  }

  Result<void> stored() {
    in_.align();
    const unsigned length = in_.bits(16);
    if (length != (in_.bits(16) ^ 0xffff)) return bad("a stored block contradicts itself");
    EBPF_CHECK(check_room(length));
    for (unsigned i = 0; i < length && !in_.ran_out(); ++i) out_.push_back(static_cast<char>(in_.bits(8)));
    return {};
  }

  void use_fixed_codes() {
    std::array<std::uint8_t, kLiterals> lengths;
    for (std::size_t i = 0; i < kLiterals; ++i)
      lengths[i] = static_cast<std::uint8_t>(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    literals_.build(lengths);
    std::array<std::uint8_t, kDistances> fives;
    fives.fill(5);
    distances_.build(fives);
  }

  Result<void> read_codes() {
    const std::size_t literal_count = in_.bits(5) + 257;
    const std::size_t distance_count = in_.bits(5) + 1;
    const std::size_t length_count = in_.bits(4) + 4;
    if (literal_count > 286 || distance_count > kDistances) return bad("too many codes");
    std::array<std::uint8_t, std::size(kLengthOrder)> code_lengths{};
    for (std::size_t i = 0; i < length_count; ++i)
      code_lengths[kLengthOrder[i]] = static_cast<std::uint8_t>(in_.bits(3));
    Code code;
    if (!code.build(code_lengths)) return bad("codes of code lengths that cannot be");
    std::array<std::uint8_t, 286 + kDistances> lengths{};
    EBPF_CHECK(read_lengths(code, std::span(lengths).first(literal_count + distance_count)));
    const std::span<const std::uint8_t> all(lengths);
    if (lengths[kEndOfBlock] == 0) return bad("a block without an end");
    if (!literals_.build(all.first(literal_count))) return bad("codes that cannot be");
    if (!distances_.build(all.subspan(literal_count, distance_count))) return bad("distance codes that cannot be");
    return {};
  }

  Result<void> read_lengths(const Code& code, std::span<std::uint8_t> lengths) {
    for (std::size_t i = 0; i < lengths.size();) {
      const int symbol = code.read(in_);
      if (symbol < 0 || in_.ran_out()) return bad("a code length that there is not");
      if (symbol < 16) {
        lengths[i++] = static_cast<std::uint8_t>(symbol);
        continue;
      }
      if (symbol == 16 && i == 0) return bad("a repetition of nothing");
      const std::uint8_t value = symbol == 16 ? lengths[i - 1] : std::uint8_t{0};
      const std::size_t times = symbol == 16 ? 3 + in_.bits(2) : symbol == 17 ? 3 + in_.bits(3) : 11 + in_.bits(7);
      if (times > lengths.size() - i) return bad("too many code lengths");
      for (std::size_t k = 0; k < times; ++k) lengths[i++] = value;
    }
    return {};
  }

  Result<void> coded() {
    while (!in_.ran_out()) {
      const int symbol = literals_.read(in_);
      if (symbol < 0) return bad("a code that there is not");
      if (symbol == static_cast<int>(kEndOfBlock)) return {};
      if (symbol < static_cast<int>(kEndOfBlock)) {
        EBPF_CHECK(check_room(1));
        out_.push_back(static_cast<char>(symbol));
        continue;
      }
      const auto length_row = static_cast<std::size_t>(symbol) - kEndOfBlock - 1;
      if (length_row >= kLengths) return bad("a length that there is not");
      const std::size_t length = kLengthRanges[length_row].base + in_.bits(kLengthRanges[length_row].bits);
      const int distance_row = distances_.read(in_);
      if (distance_row < 0 || distance_row >= static_cast<int>(kDistances)) return bad("a distance that there is not");
      const Range& range = kDistanceRanges[static_cast<std::size_t>(distance_row)];
      const std::size_t distance = range.base + in_.bits(range.bits);
      if (distance > out_.size()) return bad("a distance to before the beginning");
      EBPF_CHECK(check_room(length));
      // Source and destination may overlap: that is how runs are written.
      for (std::size_t i = 0; i < length; ++i) out_.push_back(out_[out_.size() - distance]);
    }
    return bad("it ends early");
  }

  BitReader in_;
  std::size_t limit_;
  std::string out_;
  Code literals_;
  Code distances_;
};

std::uint32_t crc32(std::string_view text) {
  std::array<std::uint32_t, 16> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 4; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0u);
  }
  std::uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

// Where the compressed data begins, behind the header's optional fields (RFC 1952, 2.3).
std::optional<std::size_t> end_of_header(ByteView bytes) {
  constexpr unsigned kHasCrc = 2, kHasExtra = 4, kHasName = 8, kHasComment = 16, kReserved = 0xe0;
  const auto start = bytes.slice(0, 10);
  if (!start || start->field<std::uint8_t>(0) != 0x1f || start->field<std::uint8_t>(1) != 0x8b ||
      start->field<std::uint8_t>(2) != 8)
    return std::nullopt;
  const unsigned flags = start->field<std::uint8_t>(3);
  if (flags & kReserved) return std::nullopt;
  std::size_t at = 10;
  if (flags & kHasExtra) {
    const auto length = bytes.read<std::uint16_t>(at);
    if (!length) return std::nullopt;
    at += 2u + *length;
  }
  for (const unsigned text : {kHasName, kHasComment}) {
    if (!(flags & text)) continue;
    const auto name = bytes.c_string(at);
    if (!name) return std::nullopt;
    at += name->size() + 1;
  }
  if (flags & kHasCrc) at += 2;
  return at <= bytes.size() ? std::optional(at) : std::nullopt;
}

}  // namespace

Result<std::string> gunzip(std::span<const std::byte> bytes, std::size_t max_bytes) {
  const ByteView view(bytes, ByteOrder::little);
  const auto start = end_of_header(view);
  if (!start) return fail(errc::malformed, "not a gzip file");
  Inflater inflater(bytes.subspan(*start), max_bytes);
  EBPF_CHECK(inflater.run());
  const std::uint64_t trailer = *start + inflater.position();
  const auto crc = view.read<std::uint32_t>(trailer);
  const auto length = view.read<std::uint32_t>(trailer + 4);
  if (!crc || !length) return fail(errc::malformed, "gzip: it ends early");
  std::string& out = inflater.output();
  if (*length != static_cast<std::uint32_t>(out.size()) || *crc != crc32(out))
    return fail(errc::malformed, "gzip: the checksum is not that of the content");
  return std::move(out);
}

}  // namespace ebpf
