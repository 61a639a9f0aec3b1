// Minimizer: marks what relocations find, then writes what was marked.
#include "ebpf/btf/minimize.h"

#include "ebpf/btf/core_rules.h"
#include "ebpf/btf/records.h"

namespace ebpf::btf {
namespace {

constexpr std::uint64_t member_key(TypeId composite, std::uint32_t member) {
  return std::uint64_t{composite} << 32 | member;
}

}  // namespace

Result<void> Minimizer::add(const Spec& program_types, std::span<const CoreRelocation> relocations) {
  CoreResolver resolver(program_types);
  for (const CoreRelocation& relocation : relocations) EBPF_CHECK(resolver.add(relocation));
  resolver.search(kernel_, "the kernel");
  for (const CoreRelocation& relocation : relocations) {
    if (relocation.kind == CoreKind::type_id_local) continue;
    EBPF_TRY(const std::vector<CoreAccess>& matches, resolver.matches(relocation));
    for (const CoreAccess& access : matches) EBPF_CHECK(mark_access(access, relocation.kind));
  }
  return {};
}

Result<void> Minimizer::mark_access(const CoreAccess& access, CoreKind kind) {
  if (kind == CoreKind::type_matches) {
    mark(access.root, Extent::members);
  } else if (is_type_kind(kind)) {
    mark(access.root, Extent::chain);
  } else {
    mark(access.root, Extent::value);
    if (is_field_kind(kind)) return mark_path(access);
  }
  return {};
}

// The first entry of a path is the object itself; each other one is a member where the type so far is a structure or
// union, and otherwise an element.
Result<void> Minimizer::mark_path(const CoreAccess& access) {
  TypeId at = access.root;
  for (std::size_t i = 1; i < access.path.size(); ++i) {
    const CoreStep& step = access.path[i];
    EBPF_TRY(const Type type, kernel_.strip(at));
    if (type.is_composite() && step.index < type.vlen()) {
      members_.put(member_key(type.id(), step.index));
      at = type.member(step.index).type;
    } else {
      at = step.type;
    }
    mark(at, Extent::value);
  }
  return {};
}

void Minimizer::mark(TypeId id, Extent extent) {
  const auto note = [this](TypeId type, Extent wanted) {
    if (type == 0 || type >= marks_.size() || marks_[type] >= wanted) return;
    marks_[type] = wanted;
    open_.emplace_back(type, wanted);
  };
  note(id, extent);
  while (!open_.empty()) {
    const auto [next, wanted] = open_.back();
    open_.pop_back();
    const auto type = kernel_.type(next);
    if (!type) continue;
    if (type->is_composite()) {
      for (std::uint32_t i = 0; wanted == Extent::members && i < type->vlen(); ++i)
        note(type->member(i).type, Extent::members);
    } else if (type->is(Kind::array)) {
      note(type->array().element, wanted);
      note(type->array().index, wanted);
    } else if (type->is(Kind::pointer)) {
      if (wanted != Extent::value) note(type->referenced(), Extent::chain);
    } else if (type->is(Kind::function_prototype)) {
      if (wanted == Extent::value) continue;
      note(type->referenced(), wanted);
      for (std::uint32_t i = 0; i < type->vlen(); ++i) note(type->parameter(i).type, wanted);
    } else {
      note(type->referenced(), wanted);
    }
  }
}

bool Minimizer::is_used(TypeId composite, std::uint32_t member) const {
  return marks_[composite] == Extent::members || members_.contains(member_key(composite, member));
}

// A reference to what is not needed becomes one to `void`.
void Minimizer::add_record(Builder& out, std::span<const std::uint32_t> record, TypeId id,
                           std::span<const TypeId> new_ids) const {
  std::vector<std::uint32_t> copy;
  const std::uint32_t info = record[kInfoWord];
  const Kind kind = record_kind(info);
  if (kind == Kind::structure || kind == Kind::union_type) {
    copy.assign(record.begin(), record.begin() + kRecordHead);
    for (std::uint32_t i = 0; i < vlen_of(info); ++i) {
      if (!is_used(id, i)) continue;
      const auto member = record.subspan(first_entry(info) + i * entry_words(info), entry_words(info));
      copy.insert(copy.end(), member.begin(), member.end());
    }
    const auto members = static_cast<std::uint32_t>((copy.size() - kRecordHead) / entry_words(info));
    copy[kInfoWord] = make_info(kind, members, (info & kKindFlag) != 0);
  } else {
    copy.assign(record.begin(), record.end());
  }
  for_each_reference(std::span(copy), [&](std::uint32_t& to) { to = new_ids[to]; });
  for_each_name(std::span(copy), [&](std::uint32_t& name) { name = out.add_string(kernel_.string(name)); });
  out.add_record(copy);
}

Result<Spec> Minimizer::table() const {
  std::vector<TypeId> new_ids(marks_.size());
  TypeId next = 1;
  for (TypeId id = 1; id < marks_.size(); ++id)
    if (marks_[id] != Extent::none) new_ids[id] = next++;
  Builder out;
  std::vector<Records> layers;
  for (const Spec* layer = &kernel_; layer != nullptr; layer = layer->base().get()) {
    EBPF_TRY(Records records, Records::read(*layer));
    layers.insert(layers.begin(), std::move(records));
  }
  for (const Records& records : layers)
    for (TypeId id = records.first_id(); id < records.end_id(); ++id)
      if (new_ids[id] != 0) add_record(out, records[id], id, new_ids);
  return out.spec(kernel_.byte_order());
}

}  // namespace ebpf::btf
