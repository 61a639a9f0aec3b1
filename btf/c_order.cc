// CPrinter: what C wants to have seen before a definition, and printing it in that order.
//
// A member, an array's element and a typedef need definitions; a structure behind a pointer needs none, so that is
// where circles end. The walk from one definition to those in front of it keeps its own stack: how long such a chain
// gets is up to the file.
#include "ebpf/base/text.h"
#include "ebpf/btf/c_printer_impl.h"

namespace ebpf::btf {

namespace {
// Prototypes in prototypes, anonymous types in anonymous types.
constexpr int kMaxNesting = 64;
}  // namespace

Result<void> CPrinter::Impl::define(TypeId id, std::string& out) {
  if (states_[id].progress == Progress::done) return {};
  open(id);
  while (!frames_.empty() && !error_) {
    Frame& frame = frames_.back();
    if (frame.next == needs_.size()) {
      const TypeId complete = frame.id;
      needs_.resize(frame.first);
      frames_.pop_back();
      states_[complete].progress = Progress::done;
      print_definition(types_[complete], out);
      states_[complete].declared = true;
      continue;
    }
    const Need next = needs_[frame.next++];
    if (!next.definition)
      declare_forward(types_[next.id], out);
    else if (states_[next.id].progress == Progress::open)
      go_wrong(cat("type ", next.id, " (", types_[next.id].name(), ") contains itself"));
    else if (states_[next.id].progress == Progress::untouched)
      open(next.id);
  }
  return outcome();
}

void CPrinter::Impl::open(TypeId id) {
  states_[id].progress = Progress::open;
  frames_.push_back({.id = id, .first = needs_.size(), .next = needs_.size()});
  collect_needs(types_[id]);
}

void CPrinter::Impl::collect_needs(Type type) {
  switch (type.kind()) {
    case Kind::structure:
    case Kind::union_type:
      return need_members(type, 0);
    case Kind::type_definition:
      return need(type.referenced(), {.by_value = false, .in_parentheses = false});
    case Kind::function:
    case Kind::variable:
    case Kind::pointer:
    case Kind::array:
    case Kind::const_qualifier:
    case Kind::volatile_qualifier:
    case Kind::restrict_qualifier:
    case Kind::type_tag:
    case Kind::function_prototype: {
      const bool names_another = type.is(Kind::function) || type.is(Kind::variable);
      return need(names_another ? type.referenced() : type.id(), {.by_value = true, .in_parentheses = false});
    }
    default:
      return;
  }
}

void CPrinter::Impl::need_definition(TypeId id) {
  if (states_[id].progress != Progress::done) needs_.push_back({.id = id, .definition = true});
}

void CPrinter::Impl::need(TypeId id, Mention mention) {
  if (mention.depth > kMaxNesting) return go_wrong(cat("type ", id, " is nested too deep"));
  bool through_typedef = false;
  for (int hops = 0; hops < kMaxDepth; ++hops) {
    if (visits_left_-- == 0) return go_wrong("the types refer to each other too often");
    const Type& type = types_[id];
    switch (type.kind()) {
      case Kind::pointer:
        mention.by_value = false;
        break;
      case Kind::const_qualifier:
      case Kind::volatile_qualifier:
      case Kind::restrict_qualifier:
      case Kind::type_tag:
        break;
      case Kind::array:  // its element must be complete even behind a pointer
        id = type.array().element;
        mention.by_value = true;
        continue;
      case Kind::function_prototype:
        for (std::uint32_t i = 0; i < type.vlen() && !error_; ++i)
          need(type.parameter(i).type, {.by_value = false, .in_parentheses = true, .depth = mention.depth + 1});
        mention.by_value = false;
        break;
      case Kind::type_definition:
        need_definition(id);
        if (!mention.by_value) return;
        through_typedef = true;
        break;
      case Kind::integer:
      case Kind::floating:
        return need_definition(id);
      case Kind::enumeration:
      case Kind::enumeration64:
        if (!type.name().empty()) need_definition(id);
        return;
      case Kind::structure:
      case Kind::union_type:
      case Kind::forward:
        // What an anonymous type needs was said by the typedef that defines it.
        if (type.name().empty() && through_typedef) return;
        return need_composite(type, mention);
      default:
        return;
    }
    id = type.referenced();
  }
  go_wrong(cat("type ", id, " is at the end of too long a chain"));
}

void CPrinter::Impl::need_composite(Type composite, Mention mention) {
  if (composite.name().empty()) return need_members(composite, mention.depth + 1);
  const TypeId id = composite.id();
  if (mention.by_value && !composite.is(Kind::forward)) return need_definition(id);
  // Outside of parentheses a mention is a declaration in itself.
  const bool is_being_printed = !frames_.empty() && frames_.back().id == id;
  if (mention.in_parentheses && !is_being_printed && !states_[id].declared)
    needs_.push_back({.id = id, .definition = false});
}

void CPrinter::Impl::need_members(Type composite, int depth) {
  if (depth > kMaxNesting) return go_wrong(cat("type ", composite.id(), " is nested too deep"));
  const std::uint32_t count = composite.vlen();
  for (std::uint32_t i = 0; i < count && !error_; ++i) {
    const Member member = composite.member(i);
    if (const auto inner = member.name.empty() ? anonymous_composite(member.type) : std::nullopt)
      need_members(*inner, depth + 1);
    else
      need(member.type, {.by_value = true, .in_parentheses = false, .depth = depth + 1});
  }
}

void CPrinter::Impl::declare_forward(Type type, std::string& out) {
  State& state = states_[type.id()];
  if (state.declared) return;
  state.declared = true;
  charge(out);
  append_tag_name(type, out);
  out.append(";\n\n");
}

}  // namespace ebpf::btf
