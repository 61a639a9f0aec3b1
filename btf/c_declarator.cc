// CPrinter: declarations. BTF reads from the name inwards ("array of pointers to functions that return …"); C writes
// the innermost type first and the rest around the name, what is a pointer to its left, what is an array or a function
// to its right.

#include "ebpf/base/number.h"
#include "ebpf/btf/c_printer_impl.h"

namespace ebpf::btf {
namespace {

constexpr int kMaxNesting = 64;

constexpr std::uint8_t kConst = 1, kVolatile = 2, kRestrict = 4;

std::uint8_t qualifier_bit(Kind kind) {
  switch (kind) {
    case Kind::const_qualifier:
      return kConst;
    case Kind::volatile_qualifier:
      return kVolatile;
    case Kind::restrict_qualifier:
      return kRestrict;
    default:
      return 0;
  }
}

void append_qualifiers(std::string& out, std::uint8_t qualifiers) {
  if ((qualifiers & kConst) != 0) out.append("const ");
  if ((qualifiers & kVolatile) != 0) out.append("volatile ");
  if ((qualifiers & kRestrict) != 0) out.append("restrict ");
}

}  // namespace

// A type from the name inwards.
struct CPrinter::Impl::Chain {
  struct Link {
    Kind kind;  // pointer, array, function_prototype
    std::uint8_t qualifiers;
    TypeId id;
    TypeId tag;  // a type tag, or 0
  };
  Link links[kMaxDepth];
  int length = 0;
  TypeId base = 0;
  TypeId base_tag = 0;
  std::uint8_t base_qualifiers = 0;

  bool encloses_function_or_array(int link) const {
    return links[link].kind == Kind::pointer && link + 1 < length && links[link + 1].kind != Kind::pointer;
  }
};

// The qualifiers of an array are those of its elements; a function has none.
bool CPrinter::Impl::follow(TypeId id, Chain& chain) {
  std::uint8_t qualifiers = 0;
  TypeId tag = 0;
  for (int hops = 0; hops < kMaxDepth; ++hops) {
    const Type& type = types_[id];
    if (type.is_qualifier()) {
      qualifiers |= qualifier_bit(type.kind());
      if (type.is(Kind::type_tag)) tag = id;
      id = type.referenced();
      continue;
    }
    if (!type.is(Kind::pointer) && !type.is(Kind::array) && !type.is(Kind::function_prototype)) {
      chain.base = id;
      chain.base_tag = tag;
      chain.base_qualifiers = qualifiers;
      return true;
    }
    chain.links[chain.length++] = {.kind = type.kind(), .qualifiers = qualifiers, .id = id, .tag = tag};
    if (!type.is(Kind::array)) qualifiers = 0;
    tag = 0;
    id = type.is(Kind::array) ? type.array().element : type.referenced();
  }
  return false;
}

void CPrinter::Impl::declare(TypeId id, std::string_view name, std::string& out, int depth) {
  if (depth > kMaxNesting) return go_wrong("declarations are nested too deep");
  charge(out);
  if (error_) return;
  Chain chain;
  if (!follow(id, chain)) return go_wrong("a declaration has too many parts");
  print_base(chain, out, depth);
  if (chain.length > 0 || !name.empty()) out += ' ';
  print_left(chain, out);
  out.append(name);
  print_right(chain, out, depth);
}

void CPrinter::Impl::print_base(const Chain& chain, std::string& out, int depth) {
  append_qualifiers(out, chain.base_qualifiers);
  const Type& type = types_[chain.base];
  switch (type.kind()) {
    case Kind::structure:
    case Kind::union_type:
    case Kind::forward:
      append_tag_name(type, out);
      if (type.name().empty() && !type.is(Kind::forward)) print_composite(type, out, depth + 1);
      break;
    case Kind::enumeration:
    case Kind::enumeration64:
      append_tag_name(type, out);
      if (type.name().empty()) print_enumeration(type, out);
      break;
    case Kind::type_definition:
    case Kind::integer:
    case Kind::floating:
      append_ordinary_name(type, out);
      break;
    default:
      out.append("void");
      break;
  }
  print_tag(chain.base_tag, out);
}

// Tags of the compiler's own making (`kind_flag`) are attributes that another compiler may not know.
void CPrinter::Impl::print_tag(TypeId tag, std::string& out) {
  const Type& type = types_[tag];
  if (tag == 0 || type.kind_flag() || type.name().empty()) return;
  out.append(" __attribute__((btf_type_tag(\"").append(identifiers_(type.name())).append("\")))");
}

void CPrinter::Impl::print_left(const Chain& chain, std::string& out) {
  for (int i = chain.length - 1; i >= 0; --i) {
    const Chain::Link& link = chain.links[i];
    if (link.kind != Kind::pointer) continue;
    out.append(chain.encloses_function_or_array(i) ? "(*" : "*");
    append_qualifiers(out, link.qualifiers);
    print_tag(link.tag, out);
    if (link.tag != 0) out += ' ';
  }
}

void CPrinter::Impl::print_right(const Chain& chain, std::string& out, int depth) {
  for (int i = 0; i < chain.length; ++i) {
    const Type& type = types_[chain.links[i].id];
    if (chain.encloses_function_or_array(i)) out += ')';
    if (type.is(Kind::array)) {
      out += '[';
      append_number(out, type.array().count);
      out += ']';
    } else if (type.is(Kind::function_prototype)) {
      print_parameters(type, out, depth);
    }
  }
}

// Without the parameters' names, which could hide the types of those that follow.
void CPrinter::Impl::print_parameters(Type prototype, std::string& out, int depth) {
  out += '(';
  const std::uint32_t count = prototype.vlen();
  for (std::uint32_t i = 0; i < count && !error_; ++i) {
    const Parameter parameter = prototype.parameter(i);
    if (i > 0) out.append(", ");
    if (parameter.type != 0)
      declare(parameter.type, {}, out, depth + 1);
    else if (count > 1)  // C17 has no function of unknown parameters only but by an empty list
      out.append("...");
  }
  out.append(count == 0 ? "void)" : ")");
}

}  // namespace ebpf::btf
