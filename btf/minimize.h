// What objects need of a kernel's types: for kernels that do not bring their own, a table of a few kilobytes instead of
// some megabytes is shipped beside the objects (LoadOptions::kernel_types). As `bpftool gen min_core_btf`.
//
//     btf::Minimizer needed(kernel_types);
//     for (each object) EBPF_CHECK(needed.add(object.types, relocations));
//     EBPF_TRY(auto small, needed.table());
//
// Relocated against the small table, the objects' instructions are those that they get from the large one, but for
// numbers of types (bpf_core_type_id_kernel), which mean something only to the kernel that they were given by.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/hash_table.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/builder.h"
#include "ebpf/btf/core.h"
#include "ebpf/btf/ext_info.h"

namespace ebpf::btf {

// Not synchronised. The kernel's table must outlive it.
class Minimizer {
 public:
  explicit Minimizer(const Spec& kernel) : kernel_(kernel), marks_(kernel.type_count()) {}

  // Marks what these relocations find in the kernel, in every type that fits. What is not found needs nothing: it is
  // not found in the small table, either. Errors: malformed, unsupported_input.
  Result<void> add(const Spec& program_types, std::span<const CoreRelocation> relocations);

  // What was marked so far: structures and unions with the size that they have and the members that are used, the
  // enumerations in full, what a member's type is made of; a pointer points to `void` unless a relocation asks for the
  // type behind it. Errors: as Builder::encode().
  Result<Spec> table() const;

 private:
  // How much of a type is needed; each includes those before.
  enum class Extent : std::uint8_t {
    none,
    value,    // what it is made of, up to the next pointer; structures without their members
    chain,    // also what pointers and prototypes lead to
    members,  // also the members of structures, but not behind pointers
  };

  Result<void> mark_access(const CoreAccess& access, CoreKind kind);
  Result<void> mark_path(const CoreAccess& access);
  void mark(TypeId id, Extent extent);
  void add_record(Builder& out, std::span<const std::uint32_t> record, TypeId id,
                  std::span<const TypeId> new_ids) const;
  bool is_used(TypeId composite, std::uint32_t member) const;

  const Spec& kernel_;
  std::vector<Extent> marks_;                    // by type
  std::vector<std::pair<TypeId, Extent>> open_;  // marked, what they refer to is not yet
  HashTable<std::uint64_t> members_;             // that are used: structure or union, and its member's index
};

}  // namespace ebpf::btf
