// BTF-defined maps: each variable in .maps is the definition of one map.
//
// A definition is an anonymous structure whose members are never read; their types are what counts, because only types
// survive into BTF. The macros of bpf_helpers.h write a number N as a pointer to an array of N integers (__uint), a
// type T as a pointer to T (__type), and static contents as an array of pointers at the end (__array). A 64-bit number
// is the value of an anonymous enumeration (__ulong).
#include <algorithm>

#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

constexpr std::uint32_t kPinByName = 1;       // LIBBPF_PIN_BY_NAME
constexpr std::uint32_t kNumaNode = 1u << 2;  // BPF_F_NUMA_NODE
constexpr std::uint32_t kSlotValueSize = 4;   // a descriptor, as user space writes it

// The type behind a pointer member.
Result<btf::Type> pointee(const btf::Spec& types, const btf::Member& member) {
  EBPF_TRY(const btf::Type type, types.strip(member.type));
  if (!type.is(btf::Kind::pointer)) return fail(errc::malformed, "it is no pointer, as __uint and __type make it");
  return types.type(type.referenced());
}

Result<std::uint64_t> number(const btf::Spec& types, const btf::Member& member) {
  EBPF_TRY(const btf::Type type, types.strip(member.type));
  if (type.is_enumeration() && type.vlen() > 0) return static_cast<std::uint64_t>(type.enumerator(0).value);
  EBPF_TRY(const btf::Type target, pointee(types, member));
  EBPF_TRY(const btf::Type array, types.strip(target.id()));
  if (!array.is(btf::Kind::array)) return fail(errc::malformed, "it is no pointer to an array, as __uint makes it");
  return array.array().count;
}

// One definition while its members are read one by one.
struct Definition {
  const btf::Spec& types;
  MapSpec& map;
  bool is_inner;
  std::vector<std::string>* skipped;  // takes a note for each attribute that is not known; null: those are refused
  std::optional<std::uint32_t> values_offset = {};
};

template <auto Field>
Result<void> set_number(Definition& definition, const btf::Member& member) {
  EBPF_TRY(const std::uint64_t value, number(definition.types, member));
  auto& field = definition.map.*Field;
  field = static_cast<std::remove_reference_t<decltype(field)>>(value);
  if (static_cast<std::uint64_t>(field) != value) return fail(errc::out_of_range, cat(value, " is too large"));
  return {};
}

// key_size and key, or value_size and value, may both be given and must then agree.
template <auto SizeField>
Result<void> set_size(Definition& definition, const btf::Member& member) {
  const std::uint32_t before = definition.map.*SizeField;
  EBPF_CHECK(set_number<SizeField>(definition, member));
  if (before != 0 && before != definition.map.*SizeField)
    return fail(errc::malformed, "it says ", definition.map.*SizeField, " bytes, but the type has ", before);
  return {};
}

template <auto SizeField, auto TypeField>
Result<void> set_type(Definition& definition, const btf::Member& member) {
  EBPF_TRY(const btf::Type type, pointee(definition.types, member));
  EBPF_TRY(const std::uint64_t size, definition.types.size_of(type.id()));
  const std::uint32_t before = definition.map.*SizeField;
  if (size > UINT32_MAX || (before != 0 && before != size))
    return fail(errc::malformed, "its type has ", size, " bytes, but the size given is ", before);
  definition.map.*SizeField = static_cast<std::uint32_t>(size);
  definition.map.*TypeField = type.id();
  return {};
}

Result<void> set_map_type(Definition& definition, const btf::Member& member) {
  EBPF_TRY(const std::uint64_t value, number(definition.types, member));
  if (value > UINT32_MAX) return fail(errc::out_of_range, cat(value, " is no type of map"));
  definition.map.type = static_cast<MapType>(value);
  return {};
}

Result<void> set_numa_node(Definition& definition, const btf::Member& member) {
  EBPF_CHECK(set_number<&MapSpec::numa_node>(definition, member));
  definition.map.flags |= kNumaNode;
  return {};
}

Result<void> set_map_flags(Definition& definition, const btf::Member& member) {
  const std::uint32_t before = definition.map.flags & kNumaNode;  // set by a numa_node that came first
  EBPF_CHECK(set_number<&MapSpec::flags>(definition, member));
  definition.map.flags |= before;
  return {};
}

Result<void> set_pinning(Definition& definition, const btf::Member& member) {
  EBPF_TRY(const std::uint64_t value, number(definition.types, member));
  if (value > kPinByName) return fail(errc::unsupported_input, cat(value, " is no way of pinning that is known"));
  if (value != 0 && definition.is_inner) return fail(errc::malformed, "an inner map cannot be pinned");
  definition.map.pinning = static_cast<Pinning>(value);
  return {};
}

Result<void> read_members(Definition& definition, btf::Type structure);

// `values` is an array of pointers: to a map definition (in a map-in-map) or to a function (in a program array).
Result<void> set_values(Definition& definition, const btf::Member& member) {
  if (definition.is_inner) return fail(errc::unsupported_input, "maps can be nested only once");
  EBPF_TRY(const btf::Type array, definition.types.strip(member.type));
  if (!array.is(btf::Kind::array)) return fail(errc::malformed, "it is no array, as __array makes it");
  EBPF_TRY(const btf::Type pointer, definition.types.strip(array.array().element));
  if (!pointer.is(btf::Kind::pointer)) return fail(errc::malformed, "its elements are no pointers");
  EBPF_TRY(const btf::Type target, definition.types.strip(pointer.referenced()));
  definition.values_offset = member.bit_offset / 8;
  if (definition.map.value_size != 0 && definition.map.value_size != kSlotValueSize)
    return fail(errc::malformed, "a map with static contents has values of 4 bytes, not ", definition.map.value_size);
  definition.map.value_size = kSlotValueSize;
  if (target.is(btf::Kind::function_prototype)) return {};
  if (!target.is(btf::Kind::structure))
    return fail(errc::malformed, "its elements point neither to a map nor to a function");
  MapSpec& inner = definition.map.inner.emplace_back();
  inner.name = cat(definition.map.name, ".inner");
  inner.section = definition.map.section;
  Definition nested{.types = definition.types, .map = inner, .is_inner = true, .skipped = definition.skipped};
  return read_members(nested, target);
}

struct Attribute {
  std::string_view name;
  Result<void> (*read)(Definition&, const btf::Member&);
};

constexpr Attribute kAttributes[] = {
    {"type", set_map_type},
    {"max_entries", set_number<&MapSpec::max_entries>},
    {"map_flags", set_map_flags},
    {"map_extra", set_number<&MapSpec::map_extra>},
    {"numa_node", set_numa_node},
    {"key_size", set_size<&MapSpec::key_size>},
    {"value_size", set_size<&MapSpec::value_size>},
    {"key", set_type<&MapSpec::key_size, &MapSpec::key_type>},
    {"value", set_type<&MapSpec::value_size, &MapSpec::value_type>},
    {"pinning", set_pinning},
    {"values", set_values},
};

Result<void> read_members(Definition& definition, btf::Type structure) {
  for (std::uint32_t i = 0; i < structure.vlen(); ++i) {
    const btf::Member member = structure.member(i);
    const auto attribute = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                        [&](const Attribute& candidate) { return candidate.name == member.name; });
    if (attribute == std::end(kAttributes)) {
      std::string problem = cat("attribute ", quoted(member.name), " is not known");
      if (definition.skipped == nullptr)
        return fail(errc::unsupported_input, problem, "; was the object made for a newer loader?");
      definition.skipped->push_back(cat("map ", quoted(definition.map.name), ": ", problem, ", and skipped"));
      continue;
    }
    if (definition.values_offset) return fail(errc::malformed, "\"values\" must be the last attribute");
    EBPF_CHECK_IN(attribute->read(definition, member), "attribute ", quoted(member.name));
  }
  return {};
}

Result<void> read_map(ObjectReader& reader, std::uint32_t section, const btf::SectionVariable& entry,
                      btf::Type variable) {
  const btf::Spec& types = reader.spec.types;
  if (variable.linkage() != btf::Linkage::global)
    return fail(errc::unsupported_input, "it is static; a map definition must be global, so that its name is known");
  EBPF_TRY(const btf::Type structure, types.strip(variable.referenced()));
  if (!structure.is(btf::Kind::structure)) return fail(errc::malformed, "its definition is no structure");
  const std::size_t index = reader.spec.maps.size();
  MapSpec& map = reader.spec.maps.emplace_back();
  map.name = variable.name();
  map.section = ".maps";
  // Definitions may share their type, but not over and over.
  reader.map_members += structure.vlen();
  if (reader.map_members > kMostMapMembers)
    return fail(errc::malformed, "the maps' definitions have too many attributes");
  Definition definition{.types = types,
                        .map = map,
                        .is_inner = false,
                        .skipped = reader.read_options.skip_unknown_map_attributes ? &reader.spec.notes : nullptr};
  EBPF_CHECK(read_members(definition, structure));
  if (map.type == MapType::unspec) return fail(errc::malformed, "its definition says no type");
  reader.map_places.push_back({section, entry.offset, entry.size, index, definition.values_offset});
  return {};
}

}  // namespace

Result<void> read_maps(ObjectReader& reader) {
  const auto definitions = std::find_if(reader.sections.begin(), reader.sections.end(), [](const SectionEntry& entry) {
    return entry.role == Role::maps && entry.section.size > 0;
  });
  if (definitions == reader.sections.end()) return {};
  const auto section = reader.data_section_type(".maps");
  if (!section)
    return fail(errc::malformed,
                "section \".maps\": its definitions are in BTF, and the file has none; compile with -g");
  for (std::uint32_t i = 0; i < section->vlen(); ++i) {
    const btf::SectionVariable entry = section->section_variable(i);
    EBPF_TRY(const btf::Type variable, reader.spec.types.type(entry.type));
    if (!variable.is(btf::Kind::variable))
      return fail(errc::malformed, "section \".maps\": BTF lists something that is no variable");
    EBPF_CHECK_IN(check_name_length(variable.name()), "section \".maps\": variable ", i);
    EBPF_CHECK_IN(read_map(reader, definitions->section.index, entry, variable), "map ", quoted(variable.name()));
  }
  return {};
}

}  // namespace ebpf::spec_detail
