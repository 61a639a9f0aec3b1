// CoreResolver: candidates for the program's types, and what they make of its relocations.
#include "ebpf/btf/core.h"

#include <algorithm>
#include <tuple>

#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::btf {

namespace {

// Without a match: "does it exist" is answered with no, and so is everything else that is asked of a type; what needs
// a member or an enumerator cannot run.
CoreFix fix_without_target(const CoreRelocation& relocation, const CoreValue& local) {
  const bool exists_kind = relocation.kind == CoreKind::field_exists || relocation.kind == CoreKind::enumval_exists;
  const bool has_answer = exists_kind || is_type_kind(relocation.kind);
  return {.poison = !has_answer,
          .check_old_value = local.is_checked,
          .old_value = local.value,
          .old_unsigned = local.unsigned_value,
          .old_size = local.size,
          .new_size = local.size};
}

Result<CoreFix> fix_for(const CoreAccess& local, const CoreAccess& target, CoreKind kind) {
  EBPF_TRY(const CoreValue& before, core_value(local, kind));
  EBPF_TRY(const CoreValue& after, core_value(target, kind));
  CoreFix fix{.check_old_value = before.is_checked,
              .old_value = before.value,
              .new_value = after.value,
              .old_unsigned = before.unsigned_value,
              .new_unsigned = after.unsigned_value,
              .old_size = before.size,
              .new_size = after.size};
  if (before.size != after.size) {
    EBPF_TRY(const bool possible, width_may_change(*local.types, before.type, *target.types, after.type));
    fix.incompatible_access = !possible;
  }
  return fix;
}

KindSet kinds_like(Kind kind) {
  constexpr KindSet kEnumerations = kind_bit(Kind::enumeration) | kind_bit(Kind::enumeration64);
  return (kind_bit(kind) & kEnumerations) != 0 ? kEnumerations : kind_bit(kind);
}

std::string_view aggregate_word(Kind kind) {
  switch (kind) {
    case Kind::structure:
      return "struct ";
    case Kind::union_type:
      return "union ";
    case Kind::enumeration:
    case Kind::enumeration64:
      return "enum ";
    default:
      return "";
  }
}

}  // namespace

std::vector<CoreResolver::Root>::iterator CoreResolver::root_of(TypeId local) {
  return std::ranges::lower_bound(roots_, local, {}, &Root::local);
}

std::vector<CoreResolver::Answer>::iterator CoreResolver::answer_of(const CoreRelocation& relocation) {
  const auto key = [](const auto& of) { return std::tuple(of.type, of.access, of.kind); };
  return std::ranges::lower_bound(answers_, key(relocation), {}, key);
}

Result<void> CoreResolver::add(const CoreRelocation& relocation) {
  EBPF_TRY(const Type type, local_.type(relocation.type));
  if (relocation.kind == CoreKind::type_id_local) return {};
  if (type.name().empty())
    return fail(errc::unsupported_input, "CO-RE: type ", relocation.type, " (", kind_name(type.kind()),
                ") has no name under which a kernel's could be found");
  const auto place = root_of(relocation.type);
  if (place == roots_.end() || place->local != relocation.type) roots_.insert(place, {relocation.type, {}, {}});
  return {};
}

void CoreResolver::ask(NameSearch& search) {
  for (Root& root : roots_) {
    root.query.reset();
    if (!root.candidates.empty()) continue;
    const auto type = local_.type(root.local);  // add() has seen it
    root.query = search.add({essential_name(type->name()), kinds_like(type->kind()), true});
  }
}

void CoreResolver::take(const NameSearch& search, const Spec& types, std::string_view origin) {
  for (Root& root : roots_) {
    if (!root.query) continue;
    for (const TypeId id : search.matches(*root.query)) root.candidates.push_back({&types, id, origin});
  }
}

void CoreResolver::search(const Spec& types, std::string_view origin) {
  if (!is_missing_any()) return;
  NameSearch search;
  ask(search);
  search.run(types);
  take(search, types, origin);
}

bool CoreResolver::is_missing_any() const {
  return std::ranges::any_of(roots_, [](const Root& root) { return root.candidates.empty(); });
}

Result<CoreFix> CoreResolver::resolve(const CoreRelocation& relocation) {
  auto known = answer_of(relocation);
  const bool is_known = known != answers_.end() && known->type == relocation.type &&
                        known->access == relocation.access && known->kind == relocation.kind;
  if (is_known) return known->fix;
  auto fix = calculate(relocation);
  if (!fix) return fail_in(std::move(fix), describe_core(local_, relocation));
  answers_.insert(answer_of(relocation), {relocation.type, relocation.access, relocation.kind, *fix});
  return fix;
}

// Candidates that do not match are dropped for all relocations of the type to come, as libbpf does: a program that
// reads a member which only one of two types has means that one.
Result<CoreFix> CoreResolver::calculate(const CoreRelocation& relocation) {
  EBPF_TRY(const CoreAccess& local, local_access(local_, relocation));
  EBPF_TRY(const CoreValue& before, core_value(local, relocation.kind));
  if (relocation.kind == CoreKind::type_id_local)
    return CoreFix{.check_old_value = false,
                   .old_value = before.value,
                   .new_value = before.value,
                   .old_unsigned = before.value,
                   .new_unsigned = before.value};
  const auto root = root_of(relocation.type);
  if (root == roots_.end() || root->local != relocation.type)
    return fail(errc::invalid_argument, "CO-RE: the relocation was not added before the search");
  std::vector<Candidate> matching;
  CoreFix agreed;
  std::uint64_t bit_offset = 0;
  for (const Candidate& candidate : root->candidates) {
    EBPF_TRY(const auto& target, target_access(local, relocation.kind, *candidate.types, candidate.id, budget_));
    if (!target) continue;
    EBPF_TRY(const CoreFix& fix, fix_for(local, *target, relocation.kind));
    if (matching.empty()) {
      agreed = fix;
      bit_offset = target->bit_offset;
    } else if (bit_offset != target->bit_offset || fix.new_value != agreed.new_value) {
      return disagreement(relocation, matching.front(), candidate);
    }
    matching.push_back(candidate);
  }
  if (matching.empty()) return fix_without_target(relocation, before);
  root->candidates = std::move(matching);
  return agreed;
}

Failure CoreResolver::disagreement(const CoreRelocation& relocation, const Candidate& one,
                                   const Candidate& other) const {
  const auto label = [](const Candidate& candidate) {
    return cat(candidate.origin, " type ", candidate.id, " (", candidate.types->describe(candidate.id), ")");
  };
  return fail(errc::unsupported_input, "the kernel has different types of that name that all fit: ", label(one),
              " and ", label(other), "; a flavour with more members of type ", local_.describe(relocation.type),
              " would tell them apart");
}

Result<std::vector<CoreAccess>> CoreResolver::matches(const CoreRelocation& relocation) const {
  std::vector<CoreAccess> out;
  const auto root = std::ranges::lower_bound(roots_, relocation.type, {}, &Root::local);
  if (root == roots_.end() || root->local != relocation.type) return out;
  EBPF_TRY(const CoreAccess& local, local_access(local_, relocation));
  Budget budget = kComparisonBudget;
  for (const Candidate& candidate : root->candidates) {
    EBPF_TRY(auto target, target_access(local, relocation.kind, *candidate.types, candidate.id, budget));
    if (target) out.push_back(*std::move(target));
  }
  return out;
}

std::string describe_core(const Spec& program_types, const CoreRelocation& relocation) {
  const auto type = program_types.type(relocation.type);
  if (!type) return cat("type ", relocation.type);
  std::string out = cat(aggregate_word(type->kind()), type->name().empty() ? "(anonymous)" : type->name());
  const auto access = local_access(program_types, relocation);
  if (!access || is_type_kind(relocation.kind)) return out;
  bool first = true;
  for (const CoreStep& step : access->steps) {
    const bool is_root = &step == access->steps.data() && step.name.empty();
    if (is_root && step.index == 0) continue;
    if (step.name.empty()) {
      out += cat("[", step.index, "]");
    } else {
      out += cat(first ? "::" : ".", step.name);
      first = false;
    }
  }
  return out;
}

}  // namespace ebpf::btf
