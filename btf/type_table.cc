#include "ebpf/btf/type_table.h"

namespace ebpf::btf {

TypeTable::TypeTable(const Spec& types) {
  types_.reserve(types.type_count());
  for (TypeId id = 0; id < types.type_count(); ++id) types_.push_back(*types.type(id));
}

}  // namespace ebpf::btf
