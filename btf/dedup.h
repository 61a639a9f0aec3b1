// Deduplication: a table in which each type stands as often as it was compiled, made one in which it stands once.
//
// Every file of a program brings its own description of the types that it uses; joined, most of them say the same. Two
// types are the same where their kinds, names, sizes and members are, and so are all types that they refer to. A
// declaration (`struct foo;`, `enum foo;`) is the same as the definition that stands in its place in the other type;
// what declarations remain are resolved to the structure or union of that name where there is only one. This is what
// libbpf's btf__dedup() and pahole take for equal; variables and data sections are never joined.
//
//     EBPF_TRY(auto result, btf::deduplicate(joined));
//     result.types …   result.new_id(old_id) …
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

struct DedupOptions {
  // Also keeps the strings that no type uses, so that .BTF.ext, whose source lines are among them, can follow
  // (Deduplicated::new_string). Otherwise only names of types stay.
  bool keep_all_strings = false;
};

struct Deduplicated {
  Spec types;
  // By old id, for all ids below the old type_count().
  std::vector<TypeId> ids;
  // Old offset and new one of each string, by old offset; empty without keep_all_strings.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> strings;
  // False where types are so tangled that comparing them was given up: they are right, but not all are joined.
  bool is_complete = true;

  // Precondition: id is one of the old table.
  TypeId new_id(TypeId id) const { return ids[id]; }
  // The new offset of a string, or of the end of one, of the old table; 0 for an offset that is in none.
  std::uint32_t new_string(std::uint32_t offset) const;
};

// The table itself; types of its base are what its types may turn out to be, and stay what they are. Takes time in
// proportion to the table, whatever is in it, and a few times its memory. The byte order stays. Errors: malformed.
Result<Deduplicated> deduplicate(const Spec& types, const DedupOptions& options = {});

}  // namespace ebpf::btf
