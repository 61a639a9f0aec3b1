// BTF types as C++ types: collecting, naming and spelling them. Layouts are in layout.cc.
#include "tools/bpf2cpp/types.h"

#include <algorithm>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"

namespace ebpf::bpf2cpp {
namespace {

using btf::Kind;
using btf::Type;
using btf::TypeId;

constexpr int kMaxNesting = 200;
// Members that are written for each type of the table, and at least: an unnamed type is written wherever it is.
constexpr std::uint64_t kMembersPerType = 64;
constexpr std::uint64_t kLeastMembers = 1 << 16;

std::string spell_integer(Type integer) {
  const btf::IntInfo info = integer.integer();
  if (info.is_bool && integer.size() == 1) return "bool";
  if (integer.size() == 1 && (info.is_char || integer.name() == "char")) return "char";
  const std::string_view sign = info.is_signed ? "" : "u";
  switch (integer.size()) {
    case 1:
    case 2:
    case 4:
    case 8:
      return cat("std::", sign, "int", integer.size() * 8, "_t");
    case 16:
      return info.is_signed ? "ebpf::Int128" : "ebpf::Uint128";
    default:
      return cat("std::array<std::byte, ", integer.size(), ">");
  }
}

std::string spell_floating(Type floating) {
  if (floating.size() == 4) return "float";
  if (floating.size() == 8) return "double";
  return cat("std::array<std::byte, ", floating.size(), ">");
}

bool is_definable(Type type) { return type.is_composite() || type.is_enumeration(); }

}  // namespace

Types::Types(const btf::Spec& spec, std::string name_space, Scope& scope)
    : spec_(spec),
      name_space_(std::move(name_space)),
      scope_(scope),
      table_(spec),
      layout_(table_),
      progress_(table_.size()),
      members_left_(std::max(kLeastMembers, table_.size() * kMembersPerType)) {}

Types::Stripped Types::strip(TypeId id) const {
  Stripped out = {&table_[id]};
  for (int hops = 0; hops < btf::kMaxDepth; ++hops) {
    const Type& type = table_[id];
    out.type = &type;
    if (type.is(Kind::type_definition))
      out.alias = id;
    else if (!type.is_qualifier() && !type.is(Kind::variable))
      return out;
    id = type.referenced();
  }
  return {&table_[0]};
}

// Of an array, however many dimensions it has; otherwise the type itself.
Types::Stripped Types::element(TypeId id) const {
  Stripped out = strip(id);
  for (int hops = 0; hops < btf::kMaxDepth && out.type->is(Kind::array); ++hops) out = strip(out.type->array().element);
  return out;
}

bool Types::is_anonymous_member(const btf::Member& member) const {
  if (!member.name.empty()) return false;
  const Stripped stripped = strip(member.type);
  return stripped.alias == 0 && stripped.type->is_composite() && stripped.type->name().empty();
}

Result<void> Types::need(TypeId id, std::string_view after) { return need(id, after, 0); }

Result<void> Types::need(TypeId id, std::string_view after, int depth) {
  if (depth > kMaxNesting) return fail(errc::malformed, "types are nested too deep");
  const Stripped stripped = element(id);
  if (stripped.type->is(Kind::pointer)) return mention(stripped.type->referenced(), depth + 1);
  if (is_definable(*stripped.type)) return need_definition(stripped, after, depth);
  return {};
}

Result<void> Types::need_definition(const Stripped& stripped, std::string_view after, int depth) {
  const Type& type = *stripped.type;
  const std::string_view alias = stripped.alias != 0 ? table_[stripped.alias].name() : std::string_view();
  if (progress_[type.id()] == Progress::untouched) {
    progress_[type.id()] = Progress::open;
    std::string name(!type.name().empty() ? type.name() : !alias.empty() ? alias : after);
    const Rank rank = !type.name().empty() ? Rank::tag : !alias.empty() ? Rank::type_definition : Rank::after;
    if (type.is_composite()) EBPF_CHECK(need_members(type, name, depth));
    progress_[type.id()] = Progress::done;
    wanted_.push_back({type.id(), rank, std::move(name)});
    order_.push_back(type.id());
  }
  // `typedef struct flow flow_t`: both are names of it.
  if (alias.empty() || type.name().empty() || alias == type.name() || progress_[type.id()] != Progress::done) return {};
  if (progress_[stripped.alias] == Progress::done) return {};
  progress_[stripped.alias] = Progress::done;
  wanted_.push_back({stripped.alias, Rank::type_definition, std::string(alias)});
  order_.push_back(stripped.alias);
  return {};
}

Result<void> Types::need_members(Type composite, const std::string& after, int depth) {
  if (depth > kMaxNesting) return fail(errc::malformed, "types are nested too deep");
  for (std::uint32_t i = 0; i < composite.vlen(); ++i) {
    const btf::Member member = composite.member(i);
    if (members_left_-- == 0) return fail(errc::out_of_range, "the types have too many members");
    if (is_anonymous_member(member))
      EBPF_CHECK(need_members(*strip(member.type).type, after, depth + 1));
    else
      EBPF_CHECK(need(member.type, cat(after, "_", member.name), depth + 1));
  }
  return {};
}

// A type that is pointed to. An enumeration has to be defined, there is no other way to declare it that says its size.
Result<void> Types::mention(TypeId id, int depth) {
  if (depth > kMaxNesting) return fail(errc::malformed, "types are nested too deep");
  const Stripped stripped = element(id);
  const Type& type = *stripped.type;
  if (type.is(Kind::pointer)) return mention(type.referenced(), depth + 1);
  if (type.is_enumeration()) return need_definition(stripped, "", depth);
  if (!type.is_composite() && !type.is(Kind::forward)) return {};
  if (type.name().empty() && stripped.alias == 0) return {};
  mentioned_.push_back(!type.name().empty() ? type.id() : stripped.alias);
  return {};
}

std::optional<TypeId> Types::find(std::string_view name) const {
  constexpr Kind kKinds[] = {Kind::structure, Kind::union_type, Kind::enumeration, Kind::enumeration64,
                             Kind::type_definition};
  for (const Kind kind : kKinds)
    if (const auto id = spec_.find(name, kind)) return id;
  return std::nullopt;
}

Result<void> Types::need_named(std::string_view name) {
  if (const auto id = find(name)) return need(*id, name);
  std::vector<std::string_view> names;
  for (const Type type : spec_)
    if (is_definable(type) || type.is(Kind::type_definition)) names.push_back(type.name());
  return fail(errc::not_found, "there is no type ", quoted(name), did_you_mean(name, names));
}

void Types::claim_name(const Wanted& wanted) {
  // A typedef of what has its name already, as in C++ every tag is one.
  std::string name = scope_.claim(wanted.name.empty() ? "unnamed" : wanted.name);
  if (wanted.rank == Rank::tag) tags_.try_emplace(wanted.name, name);
  names_[wanted.id] = std::move(name);
}

void Types::name() {
  find_plain();
  for (const Rank rank : {Rank::tag, Rank::type_definition, Rank::after})
    for (const Wanted& wanted : wanted_)
      if (wanted.rank == rank && scope_.would_keep(wanted.name)) claim_name(wanted);
  for (const Wanted& wanted : wanted_)
    if (!names_.contains(wanted.id)) claim_name(wanted);

  std::set<std::string> declared;
  for (const TypeId id : mentioned_) {
    const Stripped stripped = strip(id);
    const Type& type = *stripped.type;
    const bool is_union = type.is(Kind::union_type) || (type.is(Kind::forward) && type.kind_flag());
    if (!names_.contains(type.id())) {
      const std::string c_name(table_[id].name());
      auto [tag, is_new] = tags_.try_emplace(c_name);
      if (is_new) tag->second = scope_.claim(c_name);
      names_[type.id()] = tag->second;
    }
    const std::string& name = names_[type.id()];
    if (declared.insert(name).second) forward_.push_back({is_union, name});
  }
}

std::vector<ForwardDeclaration> Types::forward_declarations() const { return forward_; }

// ---- which types are plain old data ----

void Types::find_plain() {
  for (const TypeId id : order_) {
    const Type& type = table_[id];
    if (!type.is_composite()) continue;
    if (layout_.shape(type).packed) mark_plain(id, 0);
    mark_anonymous_structs(type, 0);
  }
}

// C++ lets only plain old data into an unnamed structure.
void Types::mark_anonymous_structs(Type composite, int depth) {
  if (depth > kMaxNesting) return;
  for (std::uint32_t i = 0; i < composite.vlen(); ++i) {
    const btf::Member member = composite.member(i);
    if (!is_anonymous_member(member)) continue;
    const Type& inner = *strip(member.type).type;
    if (inner.is(Kind::structure) || layout_.shape(inner).packed) mark_members(inner, depth + 1);
    mark_anonymous_structs(inner, depth + 1);
  }
}

void Types::mark_members(Type composite, int depth) {
  for (std::uint32_t i = 0; i < composite.vlen(); ++i) mark_plain(composite.member(i).type, depth + 1);
}

void Types::mark_plain(TypeId id, int depth) {
  const Type& type = *element(id).type;
  if (depth > kMaxNesting || !type.is_composite() || !plain_.insert(type.id()).second) return;
  mark_members(type, depth);
}

// ---- types in C++'s words ----

std::string Types::qualified(const std::string& name, const Hidden& hidden) const {
  return hidden.contains(name) ? cat("::", name_space_, "::", name) : name;
}

std::string Types::spell_named(Type type, TypeId alias, const Hidden& hidden) const {
  if (const auto name = names_.find(alias); alias != 0 && name != names_.end()) return qualified(name->second, hidden);
  if (const auto name = names_.find(type.id()); name != names_.end()) return qualified(name->second, hidden);
  return "void";  // only pointed to, and unnamed
}

std::string Types::spell(TypeId id, const Hidden& hidden) {
  std::string prefix, suffix;  // "ebpf::KernelPointer<", ">"
  for (int hops = 0; hops < 2 * btf::kMaxDepth; ++hops) {
    const Stripped stripped = strip(id);
    const Type& type = *stripped.type;
    switch (type.kind()) {
      case Kind::pointer:
        prefix += "ebpf::KernelPointer<";
        suffix.insert(0, ">");
        id = type.referenced();
        continue;
      case Kind::array:
        prefix += "std::array<";
        suffix.insert(0, cat(", ", type.array().count, ">"));
        id = type.array().element;
        continue;
      case Kind::integer:
        return cat(prefix, spell_integer(type), suffix);
      case Kind::floating:
        return cat(prefix, spell_floating(type), suffix);
      case Kind::structure:
      case Kind::union_type:
      case Kind::forward:
      case Kind::enumeration:
      case Kind::enumeration64:
        return cat(prefix, spell_named(type, stripped.alias, hidden), suffix);
      default:
        return cat(prefix, "void", suffix);
    }
  }
  return cat(prefix, "void", suffix);
}

std::string Types::spell_by_name(std::string_view name, const Hidden& hidden) {
  const auto id = find(name);
  return id ? spell(*id, hidden) : "void";
}

Seen Types::see(TypeId id, const Hidden& hidden) {
  const bool is_array = strip(id).type->is(Kind::array);
  const Stripped stripped = element(id);
  const Type& type = *stripped.type;
  const auto extent = layout_.extent(type.id());
  Seen out = {Shape::other, is_array, spell(stripped.alias != 0 ? stripped.alias : type.id(), hidden), 1, 0};
  if (!extent || extent->size == 0) return out;
  out.alignment = extent->align;
  out.size = extent->size;
  const bool is_word = extent->size == 1 || extent->size == 2 || extent->size == 4 || extent->size == 8;
  if (type.is_composite() || extent->size == 16)
    out.shape = Shape::composite;
  else if (is_word)
    out.shape = Shape::word;
  return out;
}

}  // namespace ebpf::bpf2cpp
