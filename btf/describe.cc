// btf::Spec::describe: a type in C's words, for error messages and listings. Not a declaration that compiles: arrays
// and function pointers are written after what they contain.
#include "ebpf/base/text.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {
namespace {

// A longer description helps nobody, and hostile types may be endless.
constexpr int kMaxWords = 12;
constexpr std::size_t kMaxLength = 256;

std::string_view qualifier_word(Kind kind) {
  switch (kind) {
    case Kind::const_qualifier:
      return "const ";
    case Kind::volatile_qualifier:
      return "volatile ";
    case Kind::restrict_qualifier:
      return "restrict ";
    default:
      return "";  // a type tag says nothing about the value
  }
}

void append_tagged(std::string& out, std::string_view word, std::string_view name) {
  out.append(word).append(name.empty() ? "(anonymous)" : name);
}

}  // namespace

std::string Spec::describe(TypeId id) const {
  std::string out;
  describe_to(out, id, 0);
  return out;
}

void Spec::describe_to(std::string& out, TypeId id, int depth) const {
  const auto found = type(id);
  if (!found || depth > kMaxWords || out.size() > kMaxLength) {
    out.append(found ? "..." : "(no such type)");
    return;
  }
  switch (found->kind()) {
    case Kind::none:
      out.append("void");
      return;
    case Kind::structure:
      return append_tagged(out, "struct ", found->name());
    case Kind::union_type:
      return append_tagged(out, "union ", found->name());
    case Kind::forward:
      return append_tagged(out, found->kind_flag() ? "union " : "struct ", found->name());
    case Kind::enumeration:
    case Kind::enumeration64:
      return append_tagged(out, "enum ", found->name());
    case Kind::const_qualifier:
    case Kind::volatile_qualifier:
    case Kind::restrict_qualifier:
    case Kind::type_tag:
      return describe_qualified(out, *found, depth);
    case Kind::pointer:
      return describe_pointer(out, *found, depth);
    case Kind::array:
      return describe_array(out, *found, depth);
    case Kind::function_prototype:
      return describe_prototype(out, *found, depth);
    case Kind::variable:
      return describe_to(out, found->referenced(), depth + 1);
    default:
      out.append(found->name());
      return;
  }
}

// A qualifier of a pointer is said after it.
void Spec::describe_qualified(std::string& out, Type qualified, int depth) const {
  const std::string_view word = qualifier_word(qualified.kind());
  const auto inner = type(qualified.referenced());
  const bool of_pointer = inner && inner->is(Kind::pointer);
  if (!of_pointer) out.append(word);
  describe_to(out, qualified.referenced(), depth + 1);
  if (of_pointer && !word.empty()) out.append(word.substr(0, word.size() - 1));
}

void Spec::describe_pointer(std::string& out, Type pointer, int depth) const {
  describe_to(out, pointer.referenced(), depth + 1);
  if (out.ends_with(')') && !out.ends_with("(anonymous)")) return;  // a prototype has its "(*)" already
  out.append(out.ends_with('*') ? "*" : " *");
}

// Of an array of arrays C names the outer dimension first.
void Spec::describe_array(std::string& out, Type array, int depth) const {
  std::string dimensions = cat("[", array.array().count, "]");
  TypeId element = array.array().element;
  for (auto inner = type(element); inner && inner->is(Kind::array) && depth < kMaxWords; inner = type(element)) {
    dimensions += cat("[", inner->array().count, "]");
    element = inner->array().element;
    ++depth;
  }
  describe_to(out, element, depth + 1);
  out.append(dimensions);
}

void Spec::describe_prototype(std::string& out, Type prototype, int depth) const {
  describe_to(out, prototype.referenced(), depth + 1);
  out.append(" (*)(");
  for (std::uint32_t i = 0; i < prototype.vlen() && out.size() <= kMaxLength; ++i) {
    if (i > 0) out.append(", ");
    const Parameter parameter = prototype.parameter(i);
    if (parameter.type == 0)
      out.append("...");
    else
      describe_to(out, parameter.type, depth + 1);
  }
  out.append(prototype.vlen() == 0 ? "void)" : ")");
}

}  // namespace ebpf::btf
