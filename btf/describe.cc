// btf::Spec::describe: a type in C's words, for error messages and listings. Not a declaration that compiles: arrays
// and function pointers are written after what they contain.
#include "ebpf/base/text.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {
namespace {

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
  // A longer description helps nobody, and hostile types may be endless.
  constexpr int kMaxWords = 12;
  constexpr std::size_t kMaxLength = 256;
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
      append_tagged(out, "struct ", found->name());
      return;
    case Kind::union_type:
      append_tagged(out, "union ", found->name());
      return;
    case Kind::forward:
      append_tagged(out, found->kind_flag() ? "union " : "struct ", found->name());
      return;
    case Kind::enumeration:
    case Kind::enumeration64:
      append_tagged(out, "enum ", found->name());
      return;
    case Kind::const_qualifier:
    case Kind::volatile_qualifier:
    case Kind::restrict_qualifier:
    case Kind::type_tag:
      // A qualifier of a pointer is said after it.
      if (const auto inner = type(found->referenced()); inner && inner->is(Kind::pointer)) {
        describe_to(out, found->referenced(), depth + 1);
        const auto word = qualifier_word(found->kind());
        if (!word.empty()) out.append(word.substr(0, word.size() - 1));
        return;
      }
      out.append(qualifier_word(found->kind()));
      describe_to(out, found->referenced(), depth + 1);
      return;
    case Kind::pointer:
      describe_to(out, found->referenced(), depth + 1);
      if (out.ends_with(')') && !out.ends_with("(anonymous)")) return;  // a prototype has its "(*)" already
      out.append(out.ends_with('*') ? "*" : " *");
      return;
    case Kind::array: {
      // Of an array of arrays C names the outer dimension first.
      std::string dimensions = cat("[", found->array().count, "]");
      TypeId element = found->array().element;
      for (auto inner = type(element); inner && inner->is(Kind::array) && depth < kMaxWords; inner = type(element)) {
        dimensions += cat("[", inner->array().count, "]");
        element = inner->array().element;
        ++depth;
      }
      describe_to(out, element, depth + 1);
      out.append(dimensions);
      return;
    }
    case Kind::function_prototype:
      describe_to(out, found->referenced(), depth + 1);
      out.append(" (*)(");
      for (std::uint32_t i = 0; i < found->vlen() && out.size() <= kMaxLength; ++i) {
        if (i > 0) out.append(", ");
        const Parameter parameter = found->parameter(i);
        if (parameter.type == 0)
          out.append("...");
        else
          describe_to(out, parameter.type, depth + 1);
      }
      out.append(found->vlen() == 0 ? "void)" : ")");
      return;
    case Kind::variable:
      describe_to(out, found->referenced(), depth + 1);
      return;
    default:
      out.append(found->name());
      return;
  }
}

}  // namespace ebpf::btf
