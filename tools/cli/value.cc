// Printing: a value is walked once, along its type, and every leaf is handed to a sink; JSON and text are two sinks.
// What does not fit its type (a file or kernel can say anything) is shown as bytes.
#include "tools/cli/value.h"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

constexpr int kMaxDepth = 16;
// How often a value is looked into: types of a hostile file multiply with every level, honest ones show each byte a few
// times.
constexpr std::size_t kVisits = 1u << 16;
constexpr std::size_t kVisitsPerByte = 8;

std::string hex_bytes(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::byte b : bytes) {
    out += kDigits[static_cast<unsigned>(b) >> 4];
    out += kDigits[static_cast<unsigned>(b) & 15];
  }
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

// Where leaves and brackets go.
class TextSink {
 public:
  void open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    out_ += cat(name, " = ");
    first_ = true;
  }
  void text(std::string_view value) {
    separate();
    out_ += value;
  }
  void string(std::string_view value) {
    separate();
    out_ += cat(quoted(value));
  }
  void enumerator(std::string_view name, std::int64_t value) {
    text(name.empty() ? std::to_string(value) : std::string(name));
  }
  void number(std::int64_t value) { text(std::to_string(value)); }
  void number(std::uint64_t value) { text(std::to_string(value)); }
  void number(double value) { text(std::to_string(value)); }
  void boolean(bool value) { text(value ? "true" : "false"); }
  void pointer(std::uint64_t value) { text(cat(hex(value))); }
  void cut(std::size_t left) { text(cat("… (", left, " more)")); }
  std::size_t most_elements() const { return 16; }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ", ";
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

class JsonSink {
 public:
  explicit JsonSink(Json& json) : json_(json) {}
  void open(char bracket) { bracket == '{' ? json_.open_object() : json_.open_array(); }
  void close(char bracket) { bracket == '}' ? json_.close_object() : json_.close_array(); }
  void key(std::string_view name) { json_.key(name); }
  void text(std::string_view value) { json_.string(value); }
  void string(std::string_view value) { json_.string(value); }
  void enumerator(std::string_view, std::int64_t value) { json_.number(value); }
  void number(std::int64_t value) { json_.number(value); }
  void number(std::uint64_t value) { json_.number(value); }
  void number(double value) { json_.number(value); }
  void boolean(bool value) { json_.boolean(value); }
  void pointer(std::uint64_t value) { json_.number(value); }
  void cut(std::size_t) {}
  std::size_t most_elements() const { return SIZE_MAX; }

 private:
  Json& json_;
};

template <class Sink>
class ValueWalk {
 public:
  ValueWalk(Sink& sink, const btf::Spec& types, ByteOrder order, std::size_t size)
      : sink_(sink), types_(types), order_(order), visits_left_(kVisits + kVisitsPerByte * size) {}

  void value(btf::TypeId id, std::span<const std::byte> bytes, int depth = 0) {
    if (visits_left_ == 0 || --visits_left_ == 0) return sink_.text("…");
    const auto type = id == 0 ? Result<btf::Type>(fail(errc::not_found, "")) : types_.strip(id);
    const auto size = type ? types_.size_of(id) : Result<std::uint64_t>(fail(errc::not_found, ""));
    if (!size || *size != bytes.size() || depth > kMaxDepth) return untyped(bytes);
    switch (type->kind()) {
      case btf::Kind::variable:
        return value(type->referenced(), bytes, depth + 1);
      case btf::Kind::array:
        return array(*type, bytes, depth);
      case btf::Kind::structure:
      case btf::Kind::union_type:
        return composite(*type, bytes, depth);
      case btf::Kind::floating:
        return floating(bytes);
      case btf::Kind::pointer:
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

  void scalar(const btf::Type& type, std::span<const std::byte> bytes) {
    const auto number = read_number(bytes, order_);
    if (!number) return sink_.text(hex_bytes(bytes));
    integer(type, *number, static_cast<unsigned>(bytes.size() * 8));
  }

  void integer(const btf::Type& type, std::uint64_t number, unsigned bits) {
    if (type.is_enumeration()) {
      const std::int64_t signed_value =
          type.kind_flag() ? sign_extend(number, bits) : static_cast<std::int64_t>(number);
      return sink_.enumerator(enumerator_name(type, signed_value), signed_value);
    }
    if (type.integer().is_bool) return sink_.boolean(number != 0);
    if (type.integer().is_signed) return sink_.number(sign_extend(number, bits));
    sink_.number(number);
  }

  std::string_view enumerator_name(const btf::Type& type, std::int64_t value) {
    for (std::uint32_t i = 0; i < type.vlen(); ++i)
      if (type.enumerator(i).value == value) return type.enumerator(i).name;
    return {};
  }

  void floating(std::span<const std::byte> bytes) {
    const auto bits = read_number(bytes, order_);
    if (bits && bytes.size() == 8) return sink_.number(std::bit_cast<double>(*bits));
    if (bits && bytes.size() == 4) return sink_.number(double{std::bit_cast<float>(static_cast<std::uint32_t>(*bits))});
    sink_.text(hex_bytes(bytes));
  }

  bool is_char(btf::TypeId id) {
    const auto type = types_.strip(id);
    return type && type->is(btf::Kind::integer) && type->size() == 1 &&
           (type->integer().is_char || type->name() == "char");
  }

  void array(const btf::Type& type, std::span<const std::byte> bytes, int depth) {
    const btf::ArrayInfo info = type.array();
    const auto text = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (is_char(info.element) && !bytes.empty()) return sink_.string(text.substr(0, text.find('\0')));
    const std::size_t each = info.count == 0 ? 0 : bytes.size() / info.count;
    sink_.open('[');
    for (std::size_t i = 0; each != 0 && i < info.count && visits_left_ > 0; ++i) {
      if (i == sink_.most_elements()) {
        sink_.cut(info.count - i);
        break;
      }
      value(info.element, bytes.subspan(i * each, each), depth + 1);
    }
    sink_.close(']');
  }

  void composite(const btf::Type& type, std::span<const std::byte> bytes, int depth) {
    sink_.open('{');
    members(type, bytes, depth);
    sink_.close('}');
  }

  // Members of anonymous structures and unions are members of what they are in.
  void members(const btf::Type& type, std::span<const std::byte> bytes, int depth) {
    for (std::uint32_t i = 0; i < type.vlen(); ++i) {
      const btf::Member member = type.member(i);
      if (visits_left_ == 0 || --visits_left_ == 0) return;
      if (member.name.empty()) {
        const auto inner = types_.strip(member.type);
        if (!inner || !inner->is_composite() || depth > kMaxDepth ||
            !in_bounds(member.bit_offset / 8, inner->size(), bytes.size()))
          continue;
        members(*inner, bytes.subspan(member.bit_offset / 8, inner->size()), depth + 1);
        continue;
      }
      sink_.key(member.name);
      if (member.bitfield_size != 0)
        bitfield(member, bytes);
      else
        plain_member(member, bytes, depth);
    }
  }

  void plain_member(const btf::Member& member, std::span<const std::byte> bytes, int depth) {
    const auto size = types_.size_of(member.type);
    if (!size || member.bit_offset % 8 != 0 || !in_bounds(member.bit_offset / 8, *size, bytes.size()))
      return sink_.text("?");
    value(member.type, bytes.subspan(member.bit_offset / 8, static_cast<std::size_t>(*size)), depth + 1);
  }

  void bitfield(const btf::Member& member, std::span<const std::byte> bytes) {
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
  const btf::Spec& types_;
  ByteOrder order_;
  std::size_t visits_left_;
};

// A number in decimal or 0x…, with its sign apart.
bool parse_number(std::string_view text, std::uint64_t& magnitude, bool& negative) {
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<void> set_number(VariableSpec& variable, std::string_view text) {
  if (text == "true" || text == "false") return variable.set(text == "true");
  std::uint64_t magnitude = 0;
  bool negative = false;
  if (!parse_number(text, magnitude, negative))
    return fail(errc::invalid_argument, cat(quoted(text), " is no value for variable ", quoted(variable.name)));
  if (!negative) return variable.set(magnitude);
  if (magnitude > std::uint64_t{1} << 63) return fail(errc::out_of_range, cat(text, " is too small"));
  return variable.set(static_cast<std::int64_t>(0 - magnitude));
}

Result<void> set_floating(VariableSpec& variable, std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0') return fail(errc::invalid_argument, cat(quoted(text), " is no number"));
  return variable.size == sizeof(float) ? variable.set(static_cast<float>(value)) : variable.set(value);
}

Result<void> set_text(VariableSpec& variable, std::string_view text) {
  if (text.size() >= variable.size)
    return fail(errc::out_of_range,
                cat("a text of ", text.size(), " characters does not fit into ", variable.size, " bytes"));
  std::vector<std::byte> bytes(variable.size);
  std::memcpy(bytes.data(), text.data(), text.size());
  return variable.set_raw(bytes);
}

Result<void> set_typed(VariableSpec& variable, const btf::Type& type, std::string_view text) {
  if (type.is(btf::Kind::floating)) return set_floating(variable, text);
  if (type.is(btf::Kind::array)) {
    const auto element = variable.types.strip(type.array().element);
    if (element && element->is(btf::Kind::integer) && element->size() == 1) return set_text(variable, text);
  }
  if (type.is_enumeration())
    for (std::uint32_t i = 0; i < type.vlen(); ++i)
      if (type.enumerator(i).name == text) return variable.set(type.enumerator(i).value);
  return set_number(variable, text);
}

}  // namespace

void value_to_json(Json& json, const btf::Spec& types, btf::TypeId type, std::span<const std::byte> bytes,
                   ByteOrder order) {
  JsonSink sink(json);
  ValueWalk<JsonSink>(sink, types, order, bytes.size()).value(type, bytes);
}

std::string value_to_text(const btf::Spec& types, btf::TypeId type, std::span<const std::byte> bytes, ByteOrder order) {
  TextSink sink;
  ValueWalk<TextSink>(sink, types, order, bytes.size()).value(type, bytes);
  return sink.take();
}

Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return fail(errc::invalid_argument, cat("--set ", assignment, ": it must be VAR=VALUE"));
  auto variable = spec.variable(assignment.substr(0, equals));
  if (!variable) return std::unexpected(std::move(variable).error());
  const std::string_view text = assignment.substr(equals + 1);
  if (variable->type == 0) return set_number(*variable, text);
  EBPF_TRY(const btf::Type declared, variable->types.type(variable->type));
  EBPF_TRY(const btf::Type type, variable->types.strip(declared.referenced()));
  return set_typed(*variable, type, text);
}

}  // namespace ebpf::cli
