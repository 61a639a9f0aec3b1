#include "tests/unit/btf/c_compare.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ebpf/btf/c_printer.h"
#include "ebpf/elf/elf.h"
#include "tests/support/test.h"

namespace ebpf::test {
namespace {

using btf::Kind;
using btf::Type;
using btf::TypeId;

bool has_probe(const Type& type) {
  return !type.name().empty() && (type.is_composite() || type.is_enumeration() || type.is(Kind::type_definition));
}

// "name" of "name___2"; and what C does not know of a name is an underscore.
std::string plain_name(std::string_view name) {
  std::string out(name);
  const auto at = out.rfind("___");
  if (at != std::string::npos && at + 3 < out.size() &&
      out.find_first_not_of("0123456789", at + 3) == std::string::npos)
    out.resize(at);
  for (char& c : out)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return out;
}

class Comparer {
 public:
  Comparer(const btf::Spec& a, const btf::Spec& b, Comparison& out) : a_(a), b_(b), out_(out) {}

  void top(TypeId a, TypeId b) {
    const Type type = *a_.type(a);
    where_ = std::string(kind_name(type.kind())) + " " + std::string(type.name()) + " (" + std::to_string(a) + ")";
    ++out_.types;
    const Type other = *b_.type(b);
    if (type.is(Kind::type_definition)) {
      if (!other.is(Kind::type_definition) || plain_name(other.name()) != plain_name(type.name()))
        return differ("is typedef " + std::string(other.name()));
      return same(type.referenced(), other.referenced(), 0);
    }
    content(type, other, 0);
  }

 private:
  void differ(const std::string& what) { out_.differences.push_back(where_ + ": " + what); }

  static unsigned bit(Kind kind) {
    return kind == Kind::const_qualifier      ? 1
           : kind == Kind::volatile_qualifier ? 2
           : kind == Kind::restrict_qualifier ? 4
                                              : 0;
  }
  static Type strip(const btf::Spec& types, TypeId id, unsigned& qualifiers) {
    for (Type type = *types.type(id);; type = *types.type(type.referenced())) {
      if (!type.is_qualifier()) return type;
      qualifiers |= bit(type.kind());
    }
  }

  void same(TypeId a_id, TypeId b_id, int depth, unsigned a_qualifiers = 0, unsigned b_qualifiers = 0,
            bool ignore_qualifiers = false) {
    if (depth > 30) return differ("too deep");
    const Type a = strip(a_, a_id, a_qualifiers);
    const Type b = strip(b_, b_id, b_qualifiers);
    if (a.is(Kind::array) && b.is(Kind::array)) {
      if (a.array().count != b.array().count) differ("counts of an array differ");
      return same(a.array().element, b.array().element, depth + 1, a_qualifiers, b_qualifiers, ignore_qualifiers);
    }
    if (a_qualifiers != b_qualifiers && !ignore_qualifiers && !a.is(Kind::function_prototype))
      differ("qualifiers differ");
    switch (a.kind()) {
      case Kind::integer:
      case Kind::floating:
        return scalar(a, b);
      case Kind::pointer:
        if (!b.is(Kind::pointer)) return differ("no pointer");
        return same(a.referenced(), b.referenced(), depth + 1);
      case Kind::function_prototype:
        return prototype(a, b, depth);
      case Kind::type_definition:
        if (!b.is(Kind::type_definition) || plain_name(a.name()) != plain_name(b.name()))
          differ("typedef " + std::string(a.name()) + " is " + std::string(b.name()));
        return;
      case Kind::none:
        if (!b.is(Kind::none)) differ("not void");
        return;
      default:
        return tagged(a, b, depth);
    }
  }

  // C's own types may be spelled in another way; what is none of them became a typedef.
  void scalar(const Type& a, const Type& b) {
    if (b_.size_of(b.id()) != a.size()) return differ("size of scalar " + std::string(a.name()));
    if (b.is(Kind::type_definition)) {
      if (plain_name(a.name()) != plain_name(b.name())) differ("scalar " + std::string(a.name()));
      return;
    }
    if (b.kind() != a.kind()) return differ("kind of scalar " + std::string(a.name()));
    const btf::IntInfo x = a.integer(), y = b.integer();
    // Of the types called char, pahole before 1.22 told no sign.
    if (!a.name().ends_with("char") && (x.is_signed != y.is_signed || x.is_bool != y.is_bool))
      differ("encoding of " + std::string(a.name()));
  }

  void prototype(const Type& a, const Type& b, int depth) {
    if (!b.is(Kind::function_prototype) || a.vlen() != b.vlen()) return differ("a prototype differs");
    same(a.referenced(), b.referenced(), depth + 1, 0, 0, true);
    for (std::uint32_t i = 0; i < a.vlen(); ++i) same(a.parameter(i).type, b.parameter(i).type, depth + 1, 0, 0, true);
  }

  void tagged(const Type& a, const Type& b, int depth) {
    if (a.name().empty()) return content(a, b, depth);
    const bool a_is_union = a.is(Kind::union_type) || (a.is(Kind::forward) && a.kind_flag());
    const bool b_is_union = b.is(Kind::union_type) || (b.is(Kind::forward) && b.kind_flag());
    if (a.is_enumeration() != b.is_enumeration() || a_is_union != b_is_union ||
        plain_name(a.name()) != plain_name(b.name()))
      differ("type " + std::string(a.name()) + " is " + std::string(b.name()));
  }

  void content(const Type& a, const Type& b, int depth) {
    if (a.is_enumeration()) return enumerators(a, b);
    if (a.kind() != b.kind()) return differ("is of another kind");
    if (a.size() != b.size()) return differ("size " + std::to_string(b.size()) + " for " + std::to_string(a.size()));
    if (b.vlen() == 1 && b.member(0).name == "__bytes") {
      ++out_.opaque;
      return;
    }
    std::uint32_t j = 0;
    for (std::uint32_t i = 0; i < a.vlen(); ++i) {
      const btf::Member x = a.member(i);
      while (j < b.vlen() && b.member(j).name.starts_with("__pad") && x.name != b.member(j).name) ++j;
      if (j == b.vlen()) return differ("member " + std::string(x.name) + " is missing");
      member(x, b.member(j++), depth);
    }
  }

  void member(const btf::Member& a, const btf::Member& b, int depth) {
    ++out_.members;
    const std::string name(a.name);
    if (plain_name(a.name) != plain_name(b.name) && name + "_" != b.name && "_" + name != b.name)
      differ("member " + name + " is " + std::string(b.name));
    if (a.bit_offset != b.bit_offset)
      differ("member " + name + " at " + std::to_string(b.bit_offset) + " for " + std::to_string(a.bit_offset));
    if (a.bitfield_size != b.bitfield_size) differ("member " + name + ": width " + std::to_string(b.bitfield_size));
    const auto inner = a_.strip(a.type);
    if (a.name.empty() && inner && inner->is_composite())
      content(*inner, *b_.strip(b.type), depth + 1);
    else
      same(a.type, b.type, depth + 1);
  }

  void enumerators(const Type& a, const Type& b) {
    if (!b.is_enumeration() || a.size() != b.size()) return differ("size of an enumeration");
    if (a.vlen() == 0) return;
    if (a.vlen() != b.vlen()) return differ("number of enumerators");
    // clang 14 has no ENUM64: of wide values it records the lower half.
    const bool whole = a.size() >= 8 && b.is(Kind::enumeration64);
    const std::uint64_t mask = whole ? ~std::uint64_t{0} : (std::uint64_t{1} << std::min(a.size(), 4u) * 8) - 1;
    for (std::uint32_t i = 0; i < a.vlen(); ++i) {
      ++out_.members;
      const btf::Enumerator x = a.enumerator(i), y = b.enumerator(i);
      if (plain_name(x.name) != plain_name(y.name)) differ("enumerator " + std::string(x.name));
      if (((static_cast<std::uint64_t>(x.value) ^ static_cast<std::uint64_t>(y.value)) & mask) != 0)
        differ("value of " + std::string(x.name));
    }
  }

  const btf::Spec& a_;
  const btf::Spec& b_;
  Comparison& out_;
  std::string where_;
};

}  // namespace

std::string c_header(const btf::Spec& types) {
  struct Sink : btf::TextSink {
    std::string text;
    Result<void> write(std::string_view piece) override {
      text += piece;
      return {};
    }
  } sink;
  const auto printed = btf::print_c_header(types, sink);
  REQUIRE_MESSAGE(printed.has_value(), printed.error().message());
  return sink.text;
}

std::vector<std::string> probes(const btf::Spec& types, std::size_t per_part) {
  btf::CPrinter printer(types);
  std::string unused;
  const auto printed = printer.print_all(unused);
  REQUIRE_MESSAGE(printed.has_value(), printed.error().message());
  std::vector<std::string> out;
  std::size_t count = 0;
  for (TypeId id = types.first_id(); id < types.type_count(); ++id) {
    if (!has_probe(*types.type(id))) continue;
    const auto declaration = printer.declaration(id, "*probe_" + std::to_string(id));
    REQUIRE_MESSAGE(declaration.has_value(), declaration.error().message());
    if (count++ % per_part == 0) out.emplace_back();
    out.back() += *declaration + ";\n";
  }
  return out;
}

btf::Spec compile_c(const std::string& source, const std::string& compiler) {
  const char* folder = std::getenv("TEST_TMPDIR");
  static int count = 0;
  const std::string base = std::string(folder != nullptr ? folder : "/tmp") + "/c_compare_" + std::to_string(getpid()) +
                           "_" + std::to_string(++count);
  std::ofstream(base + ".c") << source;
  const std::string command =
      compiler + " -target bpf -g -O0 -w -c " + base + ".c -o " + base + ".o 2> " + base + ".err";
  const int status = std::system(command.c_str());
  const auto read = [](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  REQUIRE_MESSAGE(status == 0, compiler << ":\n" << read(base + ".err").substr(0, 4000));
  const std::string object = read(base + ".o");
  for (const char* suffix : {".c", ".o", ".err"}) std::filesystem::remove(base + suffix);
  const auto file = elf::File::parse(std::as_bytes(std::span(object)));
  REQUIRE(file);
  const auto section = file->find_section(".BTF");
  REQUIRE((section && *section));
  const auto bytes = (*section)->data.span();
  auto types = btf::Spec::parse({bytes.begin(), bytes.end()});
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

void compare_probes(const btf::Spec& original, const btf::Spec& compiled, Comparison& out) {
  Comparer comparer(original, compiled, out);
  constexpr std::string_view kPrefix = "probe_";
  for (TypeId id = 1; id < compiled.type_count(); ++id) {
    const Type variable = *compiled.type(id);
    if (!variable.is(Kind::variable) || !variable.name().starts_with(kPrefix)) continue;
    const auto number = std::stoul(std::string(variable.name().substr(kPrefix.size())));
    comparer.top(static_cast<TypeId>(number), compiled.type(variable.referenced())->referenced());
  }
}

Comparison round_trip(const btf::Spec& types, const std::string& compiler) {
  Comparison out;
  const std::string header = c_header(types);
  for (const std::string& part : probes(types)) compare_probes(types, compile_c(header + part, compiler), out);
  return out;
}

std::string first_differences(const Comparison& comparison) {
  std::string out;
  for (std::size_t i = 0; i < comparison.differences.size() && i < 20; ++i) out += comparison.differences[i] + "\n";
  return out;
}

}  // namespace ebpf::test
