// Two of the three ways in which CO-RE compares types: for access to a member, and for the existence of a type.
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::btf {
namespace {

bool is_old_bitfield(Type integer) { return integer.integer().bit_offset != 0; }

// Either has no name, or they have the same but for the flavour.
bool names_allow(Type a, Type b) {
  return a.name().empty() || b.name().empty() || essential_name(a.name()) == essential_name(b.name());
}

class CompatibleTypes {
 public:
  CompatibleTypes(const Spec& local, const Spec& target, Budget& budget)
      : local_(local), target_(target), budget_(budget) {}

  Result<bool> compare(TypeId local_id, TypeId target_id, int depth) {
    for (; depth < kMaxDepth; ++depth) {
      EBPF_CHECK(spend(budget_));
      EBPF_TRY(const Type a, local_.strip(local_id));
      EBPF_TRY(const Type b, target_.strip(target_id));
      if (!same_kind(a.kind(), b.kind())) return false;
      switch (a.kind()) {
        case Kind::none:
        case Kind::structure:
        case Kind::union_type:
        case Kind::enumeration:
        case Kind::enumeration64:
        case Kind::forward:
          return true;
        case Kind::integer:
          return !is_old_bitfield(a) && !is_old_bitfield(b);
        case Kind::array:
          local_id = a.array().element;
          target_id = b.array().element;
          continue;
        case Kind::function_prototype: {
          EBPF_TRY(const bool same, compare_parameters(a, b, depth));
          if (!same) return false;
          [[fallthrough]];
        }
        case Kind::pointer:
          local_id = a.referenced();
          target_id = b.referenced();
          continue;
        default:
          return false;
      }
    }
    return fail(errc::malformed, "CO-RE: types nested too deep to be compared");
  }

 private:
  Result<bool> compare_parameters(Type a, Type b, int depth) {
    if (a.vlen() != b.vlen()) return false;
    for (std::uint32_t i = 0; i < a.vlen(); ++i) {
      EBPF_TRY(const bool same, compare(a.parameter(i).type, b.parameter(i).type, depth + 1));
      if (!same) return false;
    }
    return true;
  }

  const Spec& local_;
  const Spec& target_;
  Budget& budget_;
};

}  // namespace

Result<void> spend(Budget& budget, std::uint32_t amount) {
  if (amount > budget) return fail(errc::malformed, "CO-RE: the types have too much in them to be compared");
  budget -= amount;
  return {};
}

Result<bool> members_compatible(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id) {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    EBPF_TRY(const Type a, local.strip(local_id));
    EBPF_TRY(const Type b, target.strip(target_id));
    if (a.is_composite() && b.is_composite()) return true;
    if (!same_kind(a.kind(), b.kind())) return false;
    switch (a.kind()) {
      case Kind::pointer:
      case Kind::floating:
        return true;
      case Kind::forward:
      case Kind::enumeration:
      case Kind::enumeration64:
        return names_allow(a, b);
      case Kind::integer:
        return !is_old_bitfield(a) && !is_old_bitfield(b);
      case Kind::array:
        // However many elements: an index is checked where it is used.
        local_id = a.array().element;
        target_id = b.array().element;
        continue;
      default:
        return false;
    }
  }
  return fail(errc::malformed, "CO-RE: arrays nested too deep to be compared");
}

Result<bool> types_compatible(const Spec& local, TypeId local_id, const Spec& target, TypeId target_id,
                              Budget& budget) {
  EBPF_TRY(const Type a, local.type(local_id));
  EBPF_TRY(const Type b, target.type(target_id));
  if (!same_kind(a.kind(), b.kind())) return false;
  return CompatibleTypes(local, target, budget).compare(local_id, target_id, 0);
}

}  // namespace ebpf::btf
