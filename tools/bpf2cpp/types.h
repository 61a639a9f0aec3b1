// BTF types as C++ types: which are needed, what they are called, how they are laid out.
//
// In three steps. need() collects types, each behind those that it contains. name() gives them names, when all are
// known: a C tag keeps its name before a typedef does, a typedef before a type that C leaves unnamed and that is called
// after the member or variable that has it. From then on spell() says a type in C++'s words, and definitions() defines
// all that were needed.
//
//     integers      std::uint32_t and their like, ebpf::Uint128      enumerations   enum class
//     arrays        std::array                                       pointers       ebpf::KernelPointer<what is there>
//
// Structures have their padding as members, zero unless it is written to; so have all members of a structure, except
// in packed types and what those contain: a compiler packs only members that are plain old data. Structures that are
// only pointed to are declared and not defined.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/c_layout.h"
#include "ebpf/btf/type_table.h"
#include "tools/bpf2cpp/model.h"
#include "tools/bpf2cpp/names.h"

namespace ebpf::bpf2cpp {

// Names that would hide a type's, where it is mentioned: those of members beside it.
using Hidden = std::set<std::string>;

// What a variable's type is to a view of it.
enum class Shape : std::uint8_t { word, composite, other };
struct Seen {
  Shape shape;  // of the element, where it is an array
  bool is_array;
  std::string element;      // in C++'s words
  std::uint32_t alignment;  // in bytes, that the view needs
  std::uint64_t size;       // of the element, in bytes
};

class Types {
 public:
  // `spec` must outlive it. `scope` is the namespace's.
  Types(const btf::Spec& spec, std::string name_space, Scope& scope);

  // This type will be mentioned as a member or variable. `after` is what an unnamed type is called after. Errors:
  // malformed.
  Result<void> need(btf::TypeId id, std::string_view after);
  // The type of that name, of any kind that a header can define. Errors: not_found.
  Result<void> need_named(std::string_view name);

  void name();

  // Size and alignment in bytes as C++ has them; nothing for a type without objects.
  std::optional<btf::Extent> extent(btf::TypeId id) { return layout_.extent(id); }
  std::string spell(btf::TypeId id, const Hidden& hidden = {});
  // Of a type that need_named() has found.
  std::string spell_by_name(std::string_view name, const Hidden& hidden = {});
  Seen see(btf::TypeId id, const Hidden& hidden);

  std::vector<ForwardDeclaration> forward_declarations() const;
  // Errors: out_of_range where the text would be out of all proportion.
  Result<std::vector<Definition>> definitions();

 private:
  // What is behind qualifiers and typedefs.
  struct Stripped {
    const btf::Type* type;
    btf::TypeId alias = 0;  // the last typedef on the way
  };
  enum class Progress : std::uint8_t { untouched, open, done };
  enum class Rank : std::uint8_t { tag, type_definition, after };
  struct Wanted {
    btf::TypeId id;
    Rank rank;
    std::string name;
  };
  class MemberNames;

  std::optional<btf::TypeId> find(std::string_view name) const;
  Stripped strip(btf::TypeId id) const;
  Stripped element(btf::TypeId id) const;
  Result<void> need(btf::TypeId id, std::string_view after, int depth);
  Result<void> need_definition(const Stripped& stripped, std::string_view after, int depth);
  Result<void> need_members(btf::Type composite, const std::string& after, int depth);
  Result<void> mention(btf::TypeId id, int depth);
  bool is_anonymous_member(const btf::Member& member) const;

  void claim_name(const Wanted& wanted);
  void find_plain();
  void mark_anonymous_structs(btf::Type composite, int depth);
  void mark_members(btf::Type composite, int depth);
  void mark_plain(btf::TypeId id, int depth);

  std::string qualified(const std::string& name, const Hidden& hidden) const;
  std::string spell_named(btf::Type type, btf::TypeId alias, const Hidden& hidden) const;

  Definition define(btf::Type type);
  Definition define_enumeration(btf::Type type);
  Definition define_composite(btf::Type type);
  struct Within;  // what the members of a type have in common
  void lay_out(btf::Type composite, bool initialised, Within& within, std::uint64_t base, std::vector<Member>& out);
  void lay_out_structure(std::span<const btf::Field> fields, btf::Type composite, bool initialised, Within& within,
                         std::uint64_t base, std::vector<Member>& out);
  void lay_out_union(std::span<const btf::Field> fields, btf::Type composite, bool initialised, Within& within,
                     std::uint64_t base, std::vector<Member>& out);
  std::optional<Member> member(const btf::Field& field, bool initialised, Within& within, std::uint64_t base);
  std::string bit_field_type(btf::TypeId id, std::uint32_t bits, const Hidden& hidden);

  const btf::Spec& spec_;
  std::string name_space_;
  Scope& scope_;
  btf::TypeTable table_;
  btf::Layout layout_;
  std::vector<Progress> progress_;
  std::vector<btf::TypeId> order_;  // of definitions, and of typedefs that are aliases
  std::vector<Wanted> wanted_;      // names
  std::map<btf::TypeId, std::string> names_;
  std::map<std::string, std::string> tags_;  // C tags, and the names of those that are only declared
  std::vector<btf::TypeId> mentioned_;
  std::vector<ForwardDeclaration> forward_;
  std::set<btf::TypeId> plain_;  // without initialisers
  std::uint64_t members_left_;
};

}  // namespace ebpf::bpf2cpp
