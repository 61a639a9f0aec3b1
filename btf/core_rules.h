// The rules of CO-RE, each a function over two tables: the program's ("local") and a kernel's ("target"). Internal.
//
// core_access.cc reads what a relocation accesses and finds it in a target; core_compatible.cc and core_matches.cc
// compare types; core_value.cc calculates what an access comes to.
#pragma once

#include <cstdint>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/core.h"
#include "ebpf/btf/ext_info.h"

namespace ebpf::btf {

// Accesses and nestings longer than this come from no compiler. (libbpf's limit, too.)
constexpr std::size_t kMostSteps = 64;

// Counts down what comparisons may look at; a resolver has one for all of its relocations.
using Budget = std::uint32_t;
constexpr Budget kComparisonBudget = 1u << 20;

// Takes `amount` off the budget. Errors: malformed where there is not that much left.
Result<void> spend(Budget& budget, std::uint32_t amount = 1);

constexpr bool is_field_kind(CoreKind kind) { return kind <= CoreKind::field_rshift_u64; }
constexpr bool is_enumerator_kind(CoreKind kind) {
  return kind == CoreKind::enumval_exists || kind == CoreKind::enumval_value;
}
constexpr bool is_type_kind(CoreKind kind) { return !is_field_kind(kind) && !is_enumerator_kind(kind); }

// Whether two kinds are the same to CO-RE: an enumeration may have 32 bits here and 64 there.
constexpr bool same_kind(Kind a, Kind b) {
  const auto plain = [](Kind kind) { return kind == Kind::enumeration64 ? Kind::enumeration : kind; };
  return plain(a) == plain(b);
}

// What the relocation accesses, in the program's own table. Errors: malformed.
Result<CoreAccess> local_access(const Spec& local, const CoreRelocation& relocation);

// The same in a target type; not found: nothing. Errors: malformed.
Result<std::optional<CoreAccess>> target_access(const CoreAccess& local, CoreKind kind, const Spec& target, TypeId root,
                                                Budget& budget);

// Whether a member of one type may be accessed as if it were of the other. Sizes may differ.
Result<bool> members_compatible(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id);

// bpf_core_type_exists(): the same kinds all the way down, names and members left aside.
Result<bool> types_compatible(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id, Budget& budget);

// bpf_core_type_matches(): all that the local type has, the target has under the same names.
Result<bool> types_match(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id, Budget& budget);

// The same for one comparison alone.
inline Result<bool> types_compatible(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id) {
  Budget budget = kComparisonBudget;
  return types_compatible(local, local_id, target, target_id, budget);
}
inline Result<bool> types_match(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id) {
  Budget budget = kComparisonBudget;
  return types_match(local, local_id, target, target_id, budget);
}

// What a relocation comes to for one access.
struct CoreValue {
  std::uint64_t value = 0;
  bool is_checked = true;  // the instruction must have the local value
  std::uint32_t size = 0;  // of the member, for a load or store of it; 0: does not matter
  TypeId type = 0;         // the member's
  // The same as an unsigned number, of an enumerator whose type does not say that it is signed.
  std::uint64_t unsigned_value = value;
};
Result<CoreValue> core_value(const CoreAccess& access, CoreKind kind);

// Whether a load or store of one member may be made one of the other by changing its width.
Result<bool> width_may_change(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id);

}  // namespace ebpf::btf
