// CO-RE: what instructions that depend on the layout of the kernel's types must become for a given kernel.
//
// The compiler writes a program against its own description of the kernel's types, and a relocation for each
// instruction that depends on it. A CoreResolver finds the types of the same name in a kernel's table, matches what
// the relocation accesses ("the member `pid` of `task_struct`") against them, and says what the instruction has to hold
// instead. Putting it there is the loader's work (ebpf/load/relocate_core.cc).
//
//     CoreResolver resolver(program_types);
//     for (relocation : relocations) EBPF_CHECK(resolver.add(relocation));   // collects names
//     resolver.search(kernel_types, "vmlinux");                              // one pass over the kernel's types
//     for (relocation : relocations) EBPF_TRY(CoreFix fix, resolver.resolve(relocation));
//
// What a kernel does not have is not an error: the question "does it exist" is answered with 0, and an instruction that
// needs it is to be poisoned, since the program may never run it. Where libbpf and cilium/ebpf differ, this follows
// libbpf: candidates are all types of the same essential name, and those that match must agree.
//
// Source: "BPF CO-RE relocations" in Documentation/bpf/llvm_reloc.rst; enum bpf_core_relo_kind in <linux/bpf.h>.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/btf/name_search.h"

namespace ebpf::btf {

// What to do to the instruction of one relocation.
struct CoreFix {
  // Replace it by one that no verifier accepts: what it accesses does not exist.
  bool poison = false;
  // The instruction must hold `old_value` now; otherwise object and relocations do not belong together.
  bool check_old_value = true;
  // The sizes of the accessed member differ in a way in which a load or store cannot follow (a signed integer that is
  // wider): such an instruction is to be poisoned, an arithmetic one is not.
  bool incompatible_access = false;
  std::uint64_t old_value = 0;
  std::uint64_t new_value = 0;
  // The same for an instruction of 64 bits that takes a 32-bit enumerator for unsigned: compilers put the value there
  // with the sign that it has, but until clang 15 and pahole 1.24 the type did not say which. Otherwise equal to the
  // above.
  std::uint64_t old_unsigned = 0;
  std::uint64_t new_unsigned = 0;
  // Of the member, in bytes: a load or store of old_size becomes one of new_size. 0 where it does not matter.
  std::uint32_t old_size = 0;
  std::uint32_t new_size = 0;
};

// One step from a type into it: a named member, an enumerator, or, without a name, an element of an array.
struct CoreStep {
  TypeId type;  // the structure or union, or the element's type
  std::uint32_t index;
  std::string_view name;
};

// What a relocation accesses, in the table of the program or in that of a kernel.
struct CoreAccess {
  const Spec* types = nullptr;
  TypeId root = 0;
  std::vector<CoreStep> steps = {};  // empty where the relocation is about the type itself
  std::uint64_t bit_offset = 0;
  std::vector<CoreStep> path = {};  // as steps, with the anonymous members on the way
};

// Not thread-safe. Keeps references to the tables that it is given.
class CoreResolver {
 public:
  // `budget`: how many members and types all comparisons together may look at. Types from files can be made to double
  // the work at every level; a kernel's largest structure takes a few hundred for a member, and some ten thousand to be
  // compared as a whole.
  explicit CoreResolver(const Spec& program_types, std::uint32_t budget = 1u << 24)
      : local_(program_types), budget_(budget) {}

  // Collects what the relocation asks for. Errors: malformed; unsupported_input for a type without a name.
  Result<void> add(const CoreRelocation& relocation);

  // Puts the names that have no candidate so far into a search, of which others may be part, too; and takes what was
  // found each time that the search has run, over the `types` that it ran over. `origin` ("vmlinux", or a module's
  // name) is for errors. The kernel comes first, and for what it has not got all modules: those are asked once and
  // taken from one after another.
  void ask(NameSearch& search);
  void take(const NameSearch& search, const Spec& types, std::string_view origin);
  // Both, with a search of its own.
  void search(const Spec& types, std::string_view origin);
  // Whether something was added that needs a kernel's types, and whether something has no candidate so far.
  bool needs_types() const { return !roots_.empty(); }
  bool is_missing_any() const;

  // Errors: malformed, and unsupported_input where candidates do not agree. The sentence names the type and the member.
  Result<CoreFix> resolve(const CoreRelocation& relocation);

  // The types that a relocation was matched against, and how. After resolve().
  Result<std::vector<CoreAccess>> matches(const CoreRelocation& relocation) const;

 private:
  struct Candidate {
    const Spec* types;
    TypeId id;
    std::string_view origin;
  };
  // What is known about one type of the program.
  struct Root {
    TypeId local;
    std::vector<Candidate> candidates;
    std::optional<std::size_t> query;  // in the last search, if it was part of that
  };
  struct Answer {
    TypeId type;
    std::uint32_t access;
    CoreKind kind;
    CoreFix fix;
  };

  std::vector<Root>::iterator root_of(TypeId local);
  std::vector<Answer>::iterator answer_of(const CoreRelocation& relocation);
  Result<CoreFix> calculate(const CoreRelocation& relocation);
  Failure disagreement(const CoreRelocation& relocation, const Candidate& one, const Candidate& other) const;

  const Spec& local_;
  std::uint32_t budget_;         // what is left of it
  std::vector<Root> roots_;      // by type
  std::vector<Answer> answers_;  // by type, access, kind: programs ask the same again and again
};

// What a relocation is about, in words: "struct task_struct::mm", "enum bpf_type::A", "struct foo".
std::string describe_core(const Spec& program_types, const CoreRelocation& relocation);

}  // namespace ebpf::btf
