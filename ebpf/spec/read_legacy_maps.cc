// Maps of the old form: each global variable in SEC("maps") is a struct that begins with five numbers of 32 bits: type,
// key_size, value_size, max_entries, map_flags (`struct bpf_map_def` of libbpf before 1.0). Others have more behind
// them (iproute2's `struct bpf_elf_map`), which is handed to the caller as it is.
#include <algorithm>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

constexpr std::uint64_t kWithoutFlags = 16;  // the first form, of Linux 3.19's samples
constexpr std::uint64_t kCommon = 20;
constexpr std::uint64_t kLongest = 4096;  // of a definition

// The variables of the section, by their offsets, which hold one definition each.
Result<std::vector<const elf::Symbol*>> definitions(const ObjectReader& reader, const elf::Section& section) {
  std::vector<const elf::Symbol*> found;
  for (const elf::Symbol& symbol : reader.symbols) {
    const bool is_variable = symbol.type == elf::SymbolType::object || symbol.type == elf::SymbolType::none;
    if (symbol.section != section.index || !is_variable || symbol.name.empty()) continue;
    if (symbol.binding == elf::Binding::local)
      return fail(errc::unsupported_input, "map ", quoted(symbol.name),
                  ": it is static; a map definition must be global, so that its name is "
                  "known");
    found.push_back(&symbol);
  }
  stable_sort(found, [](const elf::Symbol* a, const elf::Symbol* b) { return a->value < b->value; });
  if (found.empty()) return fail(errc::malformed, "it has no symbols, and so no map in it has a name");
  return found;
}

// Up to the next definition, where the symbol does not say.
std::uint64_t size_of(const elf::Symbol& symbol, const elf::Symbol* next, const elf::Section& section) {
  if (symbol.size != 0) return symbol.size;
  return (next != nullptr ? next->value : section.size) - std::min(symbol.value, section.size);
}

Result<void> read_definition(ObjectReader& reader, const elf::Section& section, const elf::Symbol& symbol,
                             std::uint64_t size, const elf::Symbol* next) {
  const auto bytes = section.data.slice(symbol.value, size);
  if (!bytes || (next != nullptr && next->value - symbol.value < size))
    return fail(errc::malformed, "its ", size, " bytes at ", hex(symbol.value),
                " are outside of the section, or are another map's, too");
  if (size < kWithoutFlags || size > kLongest)
    return fail(errc::malformed, "its definition has ", size, " bytes; at least ", kWithoutFlags, " are needed");
  const auto number = [&](std::uint64_t offset) { return bytes->read<std::uint32_t>(offset).value_or(0); };
  reader.map_places.push_back({section.index, symbol.value, size, reader.spec.maps.size(), std::nullopt});
  MapSpec& map = reader.spec.maps.emplace_back();
  map.name = symbol.name;
  map.section = section.name;
  map.type = static_cast<MapType>(number(0));
  map.key_size = number(4);
  map.value_size = number(8);
  map.max_entries = number(12);
  map.flags = size >= kCommon ? number(16) : 0;
  if (map.type == MapType::unspec) return fail(errc::malformed, "its definition says no type");
  if (size > kCommon) map.extra.assign(bytes->span().begin() + kCommon, bytes->span().end());
  return {};
}

Result<void> read_section(ObjectReader& reader, const elf::Section& section) {
  EBPF_TRY(const auto& symbols, definitions(reader, section));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const elf::Symbol* next = i + 1 < symbols.size() ? symbols[i + 1] : nullptr;
    EBPF_CHECK_IN(read_definition(reader, section, *symbols[i], size_of(*symbols[i], next, section), next), "map ",
                  quoted(symbols[i]->name));
  }
  return {};
}

}  // namespace

Result<void> read_legacy_maps(ObjectReader& reader) {
  for (const SectionEntry& entry : reader.sections) {
    if (entry.role != Role::legacy_maps || entry.section.size == 0) continue;
    EBPF_CHECK_IN(read_section(reader, entry.section), "section ", quoted(entry.section.name));
  }
  stable_sort(reader.map_places, [](const MapPlace& a, const MapPlace& b) {
    return std::pair(a.section, a.start) < std::pair(b.section, b.start);
  });
  return {};
}

}  // namespace ebpf::spec_detail
