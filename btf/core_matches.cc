// The third way in which CO-RE compares types, bpf_core_type_matches(): all that the program's type says, names
// included, must be true of the kernel's. Behind a pointer the kind and the name of a structure suffice.
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::btf {
namespace {

bool same_name(std::string_view local, std::string_view target) {
  return essential_name(local) == essential_name(target);
}

// `local` is a structure, union or declaration of one, seen through a pointer. Either side may only be declared: the
// flag of a declaration says that it is of a union.
bool pointees_match(Type local, Type target) {
  const auto is_union = [](Type type) { return type.is(Kind::forward) ? type.kind_flag() : type.is(Kind::union_type); };
  const bool comparable = target.is_composite() || target.is(Kind::forward);
  return comparable && is_union(local) == is_union(target);
}

class Matcher {
 public:
  Matcher(const Spec& local, const Spec& target, Budget& budget) : local_(local), target_(target), budget_(budget) {}

  Result<bool> match(TypeId local_id, TypeId target_id, bool behind_pointer, int depth) {
    for (; depth < kMaxDepth; ++depth) {
      EBPF_CHECK(spend(budget_));
      EBPF_TRY(const Type a, local_.strip(local_id));
      EBPF_TRY(const Type b, target_.strip(target_id));
      if (!same_name(a.name(), b.name())) return false;
      const bool is_aggregate = a.is_composite() || a.is(Kind::forward);
      if (is_aggregate && behind_pointer) return pointees_match(a, b);
      if (a.is_enumeration()) return enumerations_match(a, b);
      if (a.kind() != b.kind()) return false;
      switch (a.kind()) {
        case Kind::none:
          return true;
        case Kind::forward:
          return a.kind_flag() == b.kind_flag();
        case Kind::structure:
        case Kind::union_type:
          return members_match(a, b, depth);
        case Kind::integer:
          return a.size() == b.size() && a.integer().is_signed == b.integer().is_signed;
        case Kind::array:
          if (a.array().count != b.array().count) return false;
          local_id = a.array().element;
          target_id = b.array().element;
          continue;
        case Kind::function_prototype: {
          EBPF_TRY(const bool same, parameters_match(a, b, behind_pointer, depth));
          if (!same) return false;
          break;
        }
        case Kind::pointer:
          behind_pointer = true;
          break;
        default:
          return false;
      }
      local_id = a.referenced();
      target_id = b.referenced();
    }
    return fail(errc::malformed, "CO-RE: types nested too deep to be compared");
  }

 private:
  // All of the local enumerators exist, whatever their values.
  Result<bool> enumerations_match(Type local, Type target) {
    if (!target.is_enumeration() || local.size() != target.size() || local.vlen() > target.vlen()) return false;
    for (std::uint32_t i = 0; i < local.vlen(); ++i) {
      EBPF_CHECK(spend(budget_, target.vlen()));
      bool found = false;
      for (std::uint32_t j = 0; j < target.vlen() && !found; ++j)
        found = same_name(local.enumerator(i).name, target.enumerator(j).name);
      if (!found) return false;
    }
    return true;
  }

  Result<bool> members_match(Type a, Type b, int depth) {
    if (a.vlen() > b.vlen()) return false;
    for (std::uint32_t i = 0; i < a.vlen(); ++i) {
      EBPF_TRY(const bool found, has_member(b, a.member(i), depth));
      if (!found) return false;
    }
    return true;
  }

  // Anonymous members all have the same name: any of them may be the one.
  Result<bool> has_member(Type target, const Member& wanted, int depth) {
    for (std::uint32_t j = 0; j < target.vlen(); ++j) {
      EBPF_CHECK(spend(budget_));
      const Member member = target.member(j);
      if (!same_name(wanted.name, member.name)) continue;
      EBPF_TRY(const bool same, match(wanted.type, member.type, false, depth + 1));
      if (same) return true;
    }
    return false;
  }

  Result<bool> parameters_match(Type a, Type b, bool behind_pointer, int depth) {
    if (a.vlen() != b.vlen()) return false;
    for (std::uint32_t i = 0; i < a.vlen(); ++i) {
      EBPF_TRY(const bool same, match(a.parameter(i).type, b.parameter(i).type, behind_pointer, depth + 1));
      if (!same) return false;
    }
    return true;
  }

  const Spec& local_;
  const Spec& target_;
  Budget& budget_;
};

}  // namespace

Result<bool> types_match(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id, Budget& budget) {
  EBPF_TRY(const Type a, local.type(local_id));
  EBPF_TRY(const Type b, target.type(target_id));
  if (!same_kind(a.kind(), b.kind())) return false;
  return Matcher(local, target, budget).match(local_id, target_id, false, 0);
}

}  // namespace ebpf::btf
