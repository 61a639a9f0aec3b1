// Structures of callbacks: each variable in .struct_ops or .struct_ops.link is a map of type struct_ops. The first kind
// of section is for maps that are registered until somebody unregisters them, the second for those that are attached
// by a link; "?" in front: not created by default.
//
// The members of the variable are data, in the section's bytes, or pointers to programs, which are relocations. What
// the kernel calls the structure, and how it is laid out there, is found out when the object is loaded.
#include <algorithm>

#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"
#include "ebpf/spec/section_rules.h"

namespace ebpf::spec_detail {
namespace {

Result<void> read_map(ObjectReader& reader, const elf::Section& section, const btf::SectionVariable& entry,
                      btf::Type variable, MapSpec& map) {
  EBPF_TRY(const btf::Type structure, reader.spec.types.strip(variable.referenced()));
  if (!structure.is(btf::Kind::structure)) return fail(errc::malformed, "it is no structure");
  if (structure.name().empty())
    return fail(errc::unsupported_input, "its structure has no name, by which the kernel would know it");
  const auto bytes = section.data.slice(entry.offset, structure.size());
  if (!bytes)
    return fail(errc::malformed, "it is at ", hex(entry.offset), ", ", structure.size(),
                " bytes, past the end of its section (", section.size, " bytes)");
  const SectionName name = split_autoload_mark(section.name);
  map.name = variable.name();
  map.section = section.name;
  map.type = MapType::struct_ops;
  map.key_size = sizeof(std::uint32_t);
  map.value_size = structure.size();
  map.max_entries = 1;
  map.flags = name.name.ends_with(".link") ? kAttachedByLink : 0;
  map.value_type = structure.id();
  map.autocreate = name.autoload;
  map.data.assign(bytes->span().begin(), bytes->span().end());
  return {};
}

Result<void> read_section(ObjectReader& reader, const elf::Section& section, std::uint64_t& copied) {
  const auto type = reader.data_section_type(section.name);
  if (!type)
    return fail(errc::malformed, "what its variables are is told by BTF, and the file has none; compile with -g");
  for (std::uint32_t i = 0; i < type->vlen(); ++i) {
    const btf::SectionVariable entry = type->section_variable(i);
    EBPF_TRY(const btf::Type variable, reader.spec.types.type(entry.type));
    if (!variable.is(btf::Kind::variable)) return fail(errc::malformed, "BTF lists something that is no variable");
    EBPF_CHECK(check_name_length(variable.name()));
    const std::size_t index = reader.spec.maps.size();
    MapSpec& map = reader.spec.maps.emplace_back();
    EBPF_CHECK_IN(read_map(reader, section, entry, variable, map), "variable ", quoted(variable.name()));
    // As for data: variables do not overlap.
    copied += map.data.size();
    if (copied > 4 * reader.file.size()) return fail(errc::malformed, "its variables overlap over and over");
    reader.struct_ops_places.push_back({section.index, entry.offset, map.data.size(), index});
  }
  return {};
}

// BTF lists the variables of a section in the order of their offsets, and sections are read in theirs.
const StructOpsPlace* place_at(const ObjectReader& reader, std::uint32_t section, std::uint64_t offset) {
  const auto& places = reader.struct_ops_places;
  const auto after = std::upper_bound(
      places.begin(), places.end(), std::pair(section, offset),
      [](const auto& at, const StructOpsPlace& place) { return at < std::pair(place.section, place.start); });
  if (after == places.begin()) return nullptr;
  const StructOpsPlace& candidate = *std::prev(after);
  return candidate.section == section && offset - candidate.start < candidate.size ? &candidate : nullptr;
}

Result<btf::Member> member_at(ObjectReader& reader, const MapSpec& map, std::uint64_t offset) {
  EBPF_TRY(const btf::Type structure, reader.spec.types.type(map.value_type));
  reader.map_members += structure.vlen();
  if (reader.map_members > kMostMapMembers) return fail(errc::malformed, "its structures have too many members");
  for (std::uint32_t i = 0; i < structure.vlen(); ++i) {
    const btf::Member member = structure.member(i);
    if (member.bit_offset != offset * 8) continue;
    EBPF_CHECK(check_name_length(member.name));
    return member;
  }
  return fail(errc::unsupported_input, "byte ", offset, " is not the beginning of a member");
}

Result<const FunctionDraft*> program_at(const ObjectReader& reader, const elf::Symbol& symbol, std::uint64_t offset) {
  const bool in_code = symbol.section < reader.sections.size() && reader.sections[symbol.section].role == Role::code;
  const FunctionDraft* function = in_code ? reader.function_starting_at(symbol.section, offset) : nullptr;
  if (function == nullptr)
    return fail(errc::unsupported_input, "it points to ", symbol.name.empty() ? "" : cat(quoted(symbol.name), ", "),
                "which is no program; other addresses mean nothing to the kernel");
  if (!function->is_program)
    return fail(errc::malformed, "it points to ", quoted(function->spec.name),
                ", which is no program: a callback "
                "is a global function in a section \"struct_ops\"");
  return function;
}

Result<void> read_callback(ObjectReader& reader, const elf::Section& section, const elf::Relocation& relocation) {
  const StructOpsPlace* place = place_at(reader, section.index, relocation.offset);
  if (place == nullptr || relocation.type != kRelocationAbsolute64 || relocation.symbol >= reader.symbols.size())
    return fail(errc::malformed, "relocation type ", relocation.type, " at byte ", relocation.offset);
  MapSpec& map = reader.spec.maps[place->index];
  const std::uint64_t within = relocation.offset - place->start;
  const auto addend = ByteView(map.data, reader.file.byte_order()).read<std::uint64_t>(within);
  if (!addend) return fail(errc::malformed, "a pointer at byte ", relocation.offset, " is cut off");
  auto member = member_at(reader, map, within);
  if (!member) return fail_in(std::move(member), "map ", quoted(map.name));
  const elf::Symbol& symbol = reader.symbols[relocation.symbol];
  auto program = program_at(reader, symbol, symbol.value + *addend);
  if (!program) return fail_in(std::move(program), "map ", quoted(map.name), ": member ", quoted(member->name));
  // What stood there counted from the symbol, and is no value.
  std::fill_n(map.data.begin() + static_cast<std::ptrdiff_t>(within), sizeof(std::uint64_t), std::byte{0});
  map.callbacks.push_back({std::string(member->name), (*program)->spec.name});
  return {};
}

}  // namespace

Result<void> read_struct_ops(ObjectReader& reader) {
  std::uint64_t copied = 0;
  for (const SectionEntry& entry : reader.sections) {
    if (entry.role != Role::struct_ops || entry.section.size == 0) continue;
    EBPF_CHECK_IN(read_section(reader, entry.section, copied), "section ", quoted(entry.section.name));
  }
  return {};
}

Result<void> read_callbacks(ObjectReader& reader, const elf::Section& section, const elf::RelocationTable& table) {
  for (std::size_t i = 0; i < table.size(); ++i) EBPF_CHECK(read_callback(reader, section, table[i]));
  return {};
}

}  // namespace ebpf::spec_detail
