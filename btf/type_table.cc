#include "ebpf/btf/type_table.h"

namespace ebpf::btf {

TypeTable::TypeTable(const Spec& types) {
  types_.reserve(types.type_count());
  append(types);
}

// What a table continues comes first.
void TypeTable::append(const Spec& types) {
  if (types.base())
    append(*types.base());
  else
    types_.push_back(*types.type(0));
  for (const Type type : types) types_.push_back(type);
}

}  // namespace ebpf::btf
