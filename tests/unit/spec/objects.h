// What the tests of CollectionSpec::parse on the objects in testdata/ share. What they expect stands in the objects'
// sources; places and sizes are those of the symbol table, as a parser of our own in elf_bytes.h reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {

inline CollectionSpec parsed(const std::string& object) {
  auto spec = CollectionSpec::parse(test::testdata(object), object);
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  return *std::move(spec);
}

// Little-endian number of a variable's value, whichever order the object has.
inline std::uint64_t number(const VariableSpec& variable) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < variable.value.size(); ++i) {
    const std::size_t place = variable.byte_order == ByteOrder::little ? i : variable.value.size() - 1 - i;
    out |= std::to_integer<std::uint64_t>(variable.value[place]) << (8 * i);
  }
  return out;
}

using Calls = std::vector<std::pair<ReferenceKind, std::string>>;

inline Calls references_to_functions(const FunctionSpec& function) {
  Calls calls;
  for (const Reference& reference : function.references)
    if (reference.kind == ReferenceKind::call || reference.kind == ReferenceKind::function)
      calls.emplace_back(reference.kind, reference.name);
  return calls;
}

}  // namespace ebpf
