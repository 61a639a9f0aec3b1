// Printing values: a value is walked once, along its type, and every leaf is handed to a sink; JSON and text are two
// sinks. What does not fit its type (a file or kernel can say anything) is shown as bytes.
#include "ebpf/btf/print_value.h"

#include <bit>
#include <cstring>
#include <optional>

#include "ebpf/base/number.h"
#include "ebpf/base/real.h"
#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

constexpr int kMaxNesting = 16;
// How often a value is looked into: types of a hostile file multiply with every level, honest ones show each byte a few
// times.
constexpr std::size_t kVisits = 1u << 16;
constexpr std::size_t kVisitsPerByte = 8;
// One and two are flags, and also the first of any enumeration.
constexpr std::uint32_t kLeastFlags = 3;

std::string hex_bytes(std::span<const std::byte> bytes) {
  std::string out;
  for (const std::byte b : bytes) append_byte(out, static_cast<unsigned char>(b));
  return out;
}

// Bytes as a number of up to 64 bits.
std::optional<std::uint64_t> read_number(std::span<const std::byte> bytes, ByteOrder order) {
  if (bytes.empty() || bytes.size() > 8) return std::nullopt;
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t place = order == ByteOrder::little ? bytes.size() - 1 - i : i;
    out = out << 8 | static_cast<std::uint64_t>(bytes[place]);
  }
  return out;
}

std::int64_t sign_extend(std::uint64_t value, unsigned bits) {
  const unsigned shift = 64 - bits;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

// Where leaves and brackets go. Not a parameter of a template: the walk is 3 KB of code.
class Sink {
 public:
  virtual void open(char bracket) = 0;
  virtual void close(char bracket) = 0;
  virtual void key(std::string_view name) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void string(std::string_view value) = 0;
  virtual bool enumerator(std::string_view name) = 0;  // whether it was taken: its number otherwise
  virtual void number(std::int64_t value) = 0;
  virtual void number(std::uint64_t value) = 0;
  virtual void number(double value) = 0;
  virtual void number(float value) = 0;
  virtual void boolean(bool value) = 0;
  virtual void pointer(std::uint64_t value) = 0;
  virtual void cut(std::size_t left) = 0;         // so many elements are left out
  virtual std::size_t most_elements() const = 0;  // of an array

 protected:
  ~Sink() = default;
};

class PlainSink final : public Sink {
 public:
  void open(char bracket) override {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) override {
    out_ += bracket;
    first_ = false;
  }
  void key(std::string_view name) override {
    separate();
    out_ += cat(name, " = ");
    first_ = true;
  }
  void text(std::string_view value) override {
    separate();
    out_ += value;
  }
  void string(std::string_view value) override {
    separate();
    out_ += cat(quoted(value));
  }
  bool enumerator(std::string_view name) override {
    if (!name.empty()) text(name);
    return !name.empty();
  }
  void number(std::int64_t value) override { text(cat(value)); }
  void number(std::uint64_t value) override { text(cat(value)); }
  void number(double value) override { text(real_text(value)); }
  void number(float value) override { text(real_text(value)); }
  void boolean(bool value) override { text(value ? "true" : "false"); }
  void pointer(std::uint64_t value) override { text(cat(hex(value))); }
  void cut(std::size_t left) override { text(cat("… (", left, " more)")); }
  std::size_t most_elements() const override { return 16; }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ", ";
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

class JsonSink final : public Sink {
 public:
  explicit JsonSink(Json& json) : json_(json) {}
  void open(char bracket) override { bracket == '{' ? json_.open_object() : json_.open_array(); }
  void close(char bracket) override { bracket == '}' ? json_.close_object() : json_.close_array(); }
  void key(std::string_view name) override { json_.key(name); }
  void text(std::string_view value) override { json_.string(value); }
  void string(std::string_view value) override { json_.string(value); }
  bool enumerator(std::string_view) override { return false; }
  void number(std::int64_t value) override { json_.number(value); }
  void number(std::uint64_t value) override { json_.number(value); }
  void number(double value) override { json_.number(value); }
  void number(float value) override { json_.number(value); }
  void boolean(bool value) override { json_.boolean(value); }
  void pointer(std::uint64_t value) override { json_.number(value); }
  void cut(std::size_t) override {}
  std::size_t most_elements() const override { return SIZE_MAX; }

 private:
  Json& json_;
};

class ValueWalk {
 public:
  ValueWalk(Sink& sink, const Spec& types, ByteOrder order, std::size_t size)
      : sink_(sink), types_(types), order_(order), visits_left_(kVisits + kVisitsPerByte * size) {}

  void value(TypeId id, std::span<const std::byte> bytes, int depth = 0) {
    if (visits_left_ == 0 || --visits_left_ == 0) return sink_.text("…");
    const auto type = id == 0 ? Result<Type>(fail(errc::not_found, "")) : types_.strip(id);
    // Its type may be a structure with a row at its end, which is larger than that says.
    if (type && type->is(Kind::variable) && depth <= kMaxNesting) return value(type->referenced(), bytes, depth + 1);
    const auto size = type ? types_.size_of(id) : Result<std::uint64_t>(fail(errc::not_found, ""));
    const bool fits = size && (*size == bytes.size() || (*size < bytes.size() && flexible_array(*type)));
    if (!fits || depth > kMaxNesting) return untyped(bytes);
    switch (type->kind()) {
      case Kind::array:
        return array(*type, bytes, depth);
      case Kind::structure:
      case Kind::union_type:
        return composite(*type, bytes, depth);
      case Kind::floating:
        return floating(bytes);
      case Kind::pointer:
        return sink_.pointer(read_number(bytes, order_).value_or(0));
      default:
        return scalar(*type, bytes);
    }
  }

 private:
  void untyped(std::span<const std::byte> bytes) {
    const bool is_word = bytes.size() == 1 || bytes.size() == 2 || bytes.size() == 4 || bytes.size() == 8;
    if (is_word)
      sink_.number(*read_number(bytes, order_));
    else
      sink_.text(hex_bytes(bytes));
  }

  // The digits of a 128-bit integer.
  std::string wide_integer(Type type, std::span<const std::byte> bytes) {
    const bool little = order_ == ByteOrder::little;
    const std::uint64_t low = *read_number(bytes.subspan(little ? 0 : 8, 8), order_);
    const std::uint64_t high = *read_number(bytes.subspan(little ? 8 : 0, 8), order_);
    const bool negative = type.integer().is_signed && high >> 63 != 0;
    std::string out;
    if (negative) out += '-';
    append_wide(out, negative ? ~high + (low == 0 ? 1 : 0) : high, negative ? 0 - low : low);
    return out;
  }

  void scalar(Type type, std::span<const std::byte> bytes) {
    if (type.is(Kind::integer) && bytes.size() == 16) return sink_.text(wide_integer(type, bytes));
    const auto number = read_number(bytes, order_);
    if (!number) return sink_.text(hex_bytes(bytes));
    integer(type, *number, static_cast<unsigned>(bytes.size() * 8));
  }

  void integer(Type type, std::uint64_t number, unsigned bits) {
    if (type.is_enumeration()) {
      const std::int64_t signed_value =
          type.kind_flag() ? sign_extend(number, bits) : static_cast<std::int64_t>(number);
      if (sink_.enumerator(enumerator_name(type, signed_value))) return;
      return type.kind_flag() ? sink_.number(signed_value) : sink_.number(number);
    }
    if (type.integer().is_bool) return sink_.boolean(number != 0);
    if (type.integer().is_signed) return sink_.number(sign_extend(number, bits));
    sink_.number(number);
  }

  // "A", or "A|B" of an enumeration that is a set of flags.
  std::string enumerator_name(Type type, std::int64_t value) {
    std::uint64_t left = static_cast<std::uint64_t>(value);
    std::uint32_t flags = 0;
    bool only_flags = true;
    std::string names;
    for (std::uint32_t i = 0; i < type.vlen() && visits_left_ > 0; ++i, --visits_left_) {
      const Enumerator enumerator = type.enumerator(i);
      if (enumerator.value == value) return std::string(enumerator.name);
      const auto bits = static_cast<std::uint64_t>(enumerator.value);
      if (bits == 0) continue;
      only_flags = only_flags && std::has_single_bit(bits);
      ++flags;
      if ((left & bits) == 0) continue;
      left &= ~bits;
      names += cat(names.empty() ? "" : "|", enumerator.name);
    }
    return only_flags && flags >= kLeastFlags && left == 0 ? names : std::string();
  }

  void floating(std::span<const std::byte> bytes) {
    const auto bits = read_number(bytes, order_);
    if (bits && bytes.size() == 8) return sink_.number(std::bit_cast<double>(*bits));
    if (bits && bytes.size() == 4) return sink_.number(std::bit_cast<float>(static_cast<std::uint32_t>(*bits)));
    sink_.text(hex_bytes(bytes));
  }

  bool is_char(TypeId id) {
    const auto type = types_.strip(id);
    return type && type->is(Kind::integer) && type->size() == 1 && (type->integer().is_char || type->name() == "char");
  }

  void array(Type type, std::span<const std::byte> bytes, int depth) {
    elements(type.array().element, type.array().count, bytes, depth);
  }

  void elements(TypeId element, std::size_t count, std::span<const std::byte> bytes, int depth) {
    const auto text = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (is_char(element) && !bytes.empty()) return sink_.string(text.substr(0, text.find('\0')));
    const std::size_t each = count == 0 ? 0 : bytes.size() / count;
    sink_.open('[');
    for (std::size_t i = 0; each != 0 && i < count && visits_left_ > 0; ++i) {
      if (i == sink_.most_elements()) {
        sink_.cut(count - i);
        break;
      }
      value(element, bytes.subspan(i * each, each), depth + 1);
    }
    sink_.close(']');
  }

  void composite(Type type, std::span<const std::byte> bytes, int depth) {
    sink_.open('{');
    members(type, bytes, depth);
    sink_.close('}');
  }

  // Members of anonymous structures and unions are members of what they are in.
  void members(Type type, std::span<const std::byte> bytes, int depth) {
    for (std::uint32_t i = 0; i < type.vlen(); ++i) {
      const Member member = type.member(i);
      if (visits_left_ == 0 || --visits_left_ == 0) return;
      if (member.name.empty()) {
        const auto inner = types_.strip(member.type);
        if (!inner || !inner->is_composite() || depth > kMaxNesting ||
            !in_bounds(member.bit_offset / 8, inner->size(), bytes.size()))
          continue;
        members(*inner, bytes.subspan(member.bit_offset / 8, inner->size()), depth + 1);
        continue;
      }
      sink_.key(member.name);
      if (i + 1 == type.vlen() && bytes.size() > type.size() && flexible_array(type))
        flexible_member(member, bytes, depth);
      else if (member.bitfield_size != 0)
        bitfield(member, bytes);
      else
        plain_member(member, bytes, depth);
    }
  }

  // The last member of a structure where that is an array without a length: it takes the bytes that are left.
  std::optional<Member> flexible_array(Type type) {
    if (!type.is(Kind::structure) || type.vlen() == 0) return std::nullopt;
    const Member last = type.member(type.vlen() - 1);
    const auto array = types_.strip(last.type);
    if (!array || !array->is(Kind::array) || array->array().count != 0) return std::nullopt;
    return last;
  }

  void flexible_member(const Member& member, std::span<const std::byte> bytes, int depth) {
    const auto array = types_.strip(member.type);
    const auto each = types_.size_of(array->array().element);
    const std::size_t offset = member.bit_offset / 8;
    if (!each || *each == 0 || offset > bytes.size()) return sink_.text("?");
    const std::size_t count = (bytes.size() - offset) / static_cast<std::size_t>(*each);
    elements(array->array().element, count, bytes.subspan(offset, count * static_cast<std::size_t>(*each)), depth);
  }

  void plain_member(const Member& member, std::span<const std::byte> bytes, int depth) {
    if (const auto type = types_.strip(member.type); type && type->is_partial()) {
      Member part = member;
      part.bit_offset += type->integer().bit_offset;
      part.bitfield_size = type->integer().bits;
      return bitfield(part, bytes);
    }
    const auto size = types_.size_of(member.type);
    if (!size || member.bit_offset % 8 != 0 || !in_bounds(member.bit_offset / 8, *size, bytes.size()))
      return sink_.text("?");
    value(member.type, bytes.subspan(member.bit_offset / 8, static_cast<std::size_t>(*size)), depth + 1);
  }

  void bitfield(const Member& member, std::span<const std::byte> bytes) {
    const std::size_t first = member.bit_offset / 8;
    const std::size_t last = (member.bit_offset + member.bitfield_size - 1) / 8;
    const auto type = types_.strip(member.type);
    if (!type || last >= bytes.size() || last - first >= 8 || member.bitfield_size > 64) return sink_.text("?");
    const std::uint64_t word = *read_number(bytes.subspan(first, last - first + 1), order_);
    const unsigned within = member.bit_offset % 8;
    const unsigned width = static_cast<unsigned>(last - first + 1) * 8;
    const unsigned shift = order_ == ByteOrder::little ? within : width - within - member.bitfield_size;
    const std::uint64_t mask =
        member.bitfield_size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << member.bitfield_size) - 1;
    integer(*type, word >> shift & mask, member.bitfield_size);
  }

  Sink& sink_;
  const Spec& types_;
  ByteOrder order_;
  std::size_t visits_left_;
};

}  // namespace

void value_to_json(Json& json, const Spec& types, TypeId type, std::span<const std::byte> bytes, ByteOrder order) {
  JsonSink sink(json);
  ValueWalk(sink, types, order, bytes.size()).value(type, bytes);
}

std::string value_to_text(const Spec& types, TypeId type, std::span<const std::byte> bytes, ByteOrder order) {
  PlainSink sink;
  ValueWalk(sink, types, order, bytes.size()).value(type, bytes);
  return sink.take();
}

}  // namespace ebpf::btf
