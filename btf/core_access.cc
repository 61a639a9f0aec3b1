// What a CO-RE relocation accesses: read from its access string ("0:2:1"), and found again in a kernel's type by the
// names of the members on the way.

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::btf {
namespace {

Failure bad_access(std::string_view access, std::string_view why) {
  return fail(errc::malformed, "CO-RE: access ", quoted(access), " ", why);
}

// "0:2:1" as numbers.
Result<std::vector<std::uint32_t>> read_indices(std::string_view access) {
  std::vector<std::uint32_t> out;
  for (std::string_view rest = access;; rest.remove_prefix(1)) {
    const auto index = take_unsigned(rest, 10, UINT32_MAX);
    if (!index || out.size() == kMostSteps) return bad_access(access, "is not a list of indices");
    out.push_back(static_cast<std::uint32_t>(*index));
    if (rest.empty()) return out;
    if (rest.front() != ':') return bad_access(access, "is not a list of indices");
  }
}

// An array without elements is as long as its users want, if it is the last member of its structure. `last` is how the
// access came to the array.
Result<bool> is_flexible(const Spec& types, const CoreStep& last, const ArrayInfo& array) {
  if (last.name.empty() || array.count > 0) return false;
  EBPF_TRY(const Type holder, types.type(last.type));
  return last.index + 1 == holder.vlen();
}

Result<void> add_elements(CoreAccess& access, TypeId element, std::uint32_t index) {
  EBPF_TRY(const std::uint64_t size, access.types->size_of(element));
  std::uint64_t bits = 0;
  if (__builtin_mul_overflow(size * 8, std::uint64_t{index}, &bits) ||
      __builtin_add_overflow(access.bit_offset, bits, &access.bit_offset) || size > UINT32_MAX)
    return fail(errc::malformed, "CO-RE: an element lies outside of what can be addressed");
  if (access.path.size() >= kMostSteps) return fail(errc::malformed, "CO-RE: structures are nested too deep");
  access.steps.push_back({element, index, {}});
  access.path.push_back(access.steps.back());
  return {};
}

// One index of the access string, from a type into its member or element. Returns that one's type.
Result<TypeId> step_local(CoreAccess& access, TypeId from, std::uint32_t index, std::string_view text) {
  EBPF_TRY(const Type type, access.types->strip(from));
  if (type.is_composite()) {
    if (index >= type.vlen()) return bad_access(text, cat("has a member ", index, " of ", type.vlen()));
    const Member member = type.member(index);
    access.bit_offset += member.bit_offset;
    access.path.push_back({type.id(), index, member.name});
    if (!member.name.empty()) access.steps.push_back(access.path.back());
    return member.type;
  }
  if (!type.is(Kind::array)) return bad_access(text, cat("goes into a ", kind_name(type.kind())));
  EBPF_TRY(const bool flexible, is_flexible(*access.types, access.steps.back(), type.array()));
  if (!flexible && index >= type.array().count)
    return bad_access(text, cat("has an element ", index, " of ", type.array().count));
  EBPF_TRY(const Type element, access.types->strip(type.array().element));
  EBPF_CHECK(add_elements(access, element.id(), index));
  return element.id();
}

Result<CoreAccess> local_enumerator(CoreAccess access, Type root, std::span<const std::uint32_t> indices,
                                    std::string_view text) {
  if (!root.is_enumeration() || indices.size() != 1 || indices[0] >= root.vlen())
    return bad_access(text, cat("is no enumerator of ", kind_name(root.kind()), " ", root.name()));
  access.steps.push_back({root.id(), indices[0], root.enumerator(indices[0]).name});
  access.path = access.steps;
  return access;
}

// Looks for a member by name in a target's structure, and in the anonymous ones in it.
class MemberFinder {
 public:
  MemberFinder(const Spec& local, const CoreStep& wanted, CoreAccess& access, Budget& budget)
      : local_(local), wanted_(wanted), access_(access), budget_(budget) {}

  // The member's type; nothing where there is none, or one that cannot be accessed as the local one is.
  Result<std::optional<TypeId>> find(TypeId in) {
    EBPF_TRY(const Type type, access_.types->strip(in));
    if (!type.is_composite()) return std::nullopt;
    if (access_.path.size() >= kMostSteps) return fail(errc::malformed, "CO-RE: structures are nested too deep");
    for (std::uint32_t i = 0; i < type.vlen(); ++i) {
      EBPF_CHECK(spend(budget_));
      const Member member = type.member(i);
      if (!member.name.empty() && member.name != wanted_.name) continue;
      access_.bit_offset += member.bit_offset;
      access_.path.push_back({type.id(), i, member.name});
      if (!member.name.empty()) return take(type, i, member);
      EBPF_TRY(const std::optional<TypeId>& inside, find(member.type));
      if (inside) return inside;
      access_.path.pop_back();
      access_.bit_offset -= member.bit_offset;
    }
    return std::nullopt;
  }

 private:
  Result<std::optional<TypeId>> take(Type holder, std::uint32_t index, const Member& member) {
    EBPF_TRY(const Type local_holder, local_.type(wanted_.type));
    EBPF_TRY(const bool compatible,
             members_compatible(local_, local_holder.member(wanted_.index).type, *access_.types, member.type));
    if (!compatible) {
      access_.path.pop_back();
      access_.bit_offset -= member.bit_offset;
      return std::nullopt;
    }
    access_.steps.push_back({holder.id(), index, member.name});
    return member.type;
  }

  const Spec& local_;
  const CoreStep& wanted_;
  CoreAccess& access_;
  Budget& budget_;
};

Result<std::optional<CoreAccess>> target_enumerator(const CoreStep& wanted, CoreAccess access, Budget& budget) {
  EBPF_TRY(const Type root, access.types->strip(access.root));
  if (!root.is_enumeration()) return std::nullopt;
  EBPF_CHECK(spend(budget, root.vlen()));
  const std::string_view name = essential_name(wanted.name);
  for (std::uint32_t i = 0; i < root.vlen(); ++i) {
    const Enumerator candidate = root.enumerator(i);
    if (essential_name(candidate.name) != name) continue;
    access.steps.push_back({root.id(), i, candidate.name});
    access.path = access.steps;
    return access;
  }
  return std::nullopt;
}

// One local step, taken in the target. Returns where it leads; nothing where the target has no such place.
Result<std::optional<TypeId>> step_target(const Spec& local, const CoreStep& step, bool is_first, TypeId from,
                                          CoreAccess& access, Budget& budget) {
  EBPF_TRY(const Type type, access.types->strip(from));
  if (!step.name.empty()) return MemberFinder(local, step, access, budget).find(type.id());
  // The first index counts whole objects of the root type; later ones are elements of an array.
  TypeId element = type.id();
  if (!is_first) {
    if (!type.is(Kind::array)) return std::nullopt;
    EBPF_TRY(const bool flexible, is_flexible(*access.types, access.steps.back(), type.array()));
    if (!flexible && step.index >= type.array().count) return std::nullopt;
    EBPF_TRY(const Type stripped, access.types->strip(type.array().element));
    element = stripped.id();
  }
  EBPF_CHECK(add_elements(access, element, step.index));
  return element;
}

}  // namespace

Result<CoreAccess> local_access(const Spec& local, const CoreRelocation& relocation) {
  const std::string_view text = local.string(relocation.access);
  CoreAccess access{.types = &local, .root = relocation.type};
  EBPF_CHECK(local.type(relocation.type));
  if (is_type_kind(relocation.kind)) {
    if (text != "0") return bad_access(text, "is to a type itself and should be \"0\"");
    return access;
  }
  EBPF_TRY(const std::vector<std::uint32_t>& indices, read_indices(text));
  EBPF_TRY(const Type root, local.strip(relocation.type));
  if (is_enumerator_kind(relocation.kind)) return local_enumerator(std::move(access), root, indices, text);
  access.steps.reserve(indices.size());
  access.path.reserve(indices.size());
  EBPF_CHECK(add_elements(access, root.id(), indices[0]));
  TypeId at = root.id();
  for (std::size_t i = 1; i < indices.size(); ++i) {
    EBPF_TRY(at, step_local(access, at, indices[i], text));
  }
  return access;
}

Result<std::optional<CoreAccess>> target_access(const CoreAccess& local, CoreKind kind, const Spec& target, TypeId root,
                                                Budget& budget) {
  CoreAccess access{.types = &target, .root = root};
  if (is_type_kind(kind)) {
    EBPF_TRY(const bool same, kind == CoreKind::type_matches
                                  ? types_match(*local.types, local.root, target, root, budget)
                                  : types_compatible(*local.types, local.root, target, root, budget));
    if (!same) return std::nullopt;
    return access;
  }
  if (is_enumerator_kind(kind)) return target_enumerator(local.steps[0], std::move(access), budget);
  access.steps.reserve(local.steps.size());
  access.path.reserve(local.path.size() + 2);
  TypeId at = root;
  for (std::size_t i = 0; i < local.steps.size(); ++i) {
    EBPF_TRY(const std::optional<TypeId>& next, step_target(*local.types, local.steps[i], i == 0, at, access, budget));
    if (!next) return std::nullopt;
    at = *next;
  }
  return access;
}

}  // namespace ebpf::btf
