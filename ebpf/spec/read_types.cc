// .BTF and .BTF.ext of an object.
//
// In a file that comes from the compiler, what BTF says about data sections is unfinished: the section's size is 0, and
// the offset of a variable is to be filled in from its symbol by the relocations in .rel.BTF. Here both are done, so
// that CollectionSpec::types is right as it stands and can be given to the kernel.
#include <algorithm>
#include <cstring>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

// Relocation types of the BPF target that stand for a 32-bit number in data: R_BPF_64_ABS32, R_BPF_64_NODYLD32, and
// what compilers before LLVM 13 wrote in its place, R_BPF_64_32.
constexpr std::uint32_t kAbsolute32 = 3;
constexpr std::uint32_t kNoDynamicLoad32 = 4;
constexpr std::uint32_t kOld32 = 10;

const elf::Section* section_named(const ObjectReader& reader, std::string_view name) {
  for (const SectionEntry& entry : reader.sections)
    if (entry.section.name == name) return &entry.section;
  return nullptr;
}

// Adds the value of each relocation's symbol to the number that stands at its place.
Result<void> apply_relocations(const ObjectReader& reader, const elf::Section& relocated,
                               std::vector<std::byte>& bytes) {
  for (const SectionEntry& entry : reader.sections) {
    if (entry.section.type != elf::SectionType::rel || entry.section.info != relocated.index) continue;
    EBPF_TRY(const elf::RelocationTable& table, reader.file.relocations(entry.section));
    for (std::size_t i = 0; i < table.size(); ++i) {
      const elf::Relocation relocation = table[i];
      const bool known =
          relocation.type == kAbsolute32 || relocation.type == kNoDynamicLoad32 || relocation.type == kOld32;
      if (!known) return fail(errc::unsupported_input, "relocation ", i, " is of type ", relocation.type);
      if (relocation.symbol >= reader.symbols.size())
        return fail(errc::malformed, "relocation ", i, " is for symbol ", relocation.symbol, ", which does not exist");
      if (!in_bounds(relocation.offset, sizeof(std::uint32_t), bytes.size()))
        return fail(errc::malformed, "relocation ", i, " is for ", hex(relocation.offset), ", past the end");
      const ByteView view(bytes, reader.file.byte_order());
      const auto addend = *view.read<std::uint32_t>(relocation.offset);
      const auto value =
          to_host(static_cast<std::uint32_t>(addend + reader.symbols[relocation.symbol].value), view.order());
      std::memcpy(bytes.data() + relocation.offset, &value, sizeof value);
    }
  }
  return {};
}

// The DATASECs by name. The names are views into the BTF's bytes, which `lay_out_section` may not move: nobody else
// shares them yet.
Result<void> index_data_sections(ObjectReader& reader) {
  const btf::Spec& types = reader.spec.types;
  for (btf::TypeId id = 1; id < types.type_count(); ++id) {
    EBPF_TRY(const btf::Type type, types.type(id));
    if (type.is(btf::Kind::data_section)) reader.data_section_types.emplace_back(type.name(), id);
  }
  stable_sort(reader.data_section_types);
  return {};
}

// The size of each data section that the file holds, and its variables in the order of their offsets.
Result<void> lay_out_data_section(ObjectReader& reader, const elf::Section& section, btf::Type type) {
  if (section.size > UINT32_MAX)
    return fail(errc::malformed, "section ", quoted(section.name), ": ", section.size, " bytes are too many");
  std::vector<std::uint32_t> offsets(type.vlen());
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const btf::SectionVariable variable = type.section_variable(i);
    if (!in_bounds(variable.offset, variable.size, section.size))
      return fail(errc::malformed, "BTF: variable ", i, " of section ", quoted(section.name), " is at ",
                  hex(variable.offset), ", ", variable.size, " bytes, past the end of the section (", section.size,
                  " bytes)");
    offsets[i] = variable.offset;
  }
  return reader.spec.types.lay_out_section(type.id(), static_cast<std::uint32_t>(section.size), offsets);
}

// Also sections that become no map, such as "license": the kernel refuses a data section without a size.
Result<void> lay_out_data_sections(ObjectReader& reader) {
  std::vector<std::pair<std::string_view, const elf::Section*>> by_name;
  for (const SectionEntry& entry : reader.sections)
    if (entry.section.type == elf::SectionType::progbits || entry.section.type == elf::SectionType::nobits)
      by_name.emplace_back(entry.section.name, &entry.section);
  stable_sort(by_name, [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, id] : reader.data_section_types) {
    const auto found =
        std::lower_bound(by_name.begin(), by_name.end(), name,
                         [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    if (found == by_name.end() || found->first != name) continue;
    EBPF_TRY(const btf::Type type, reader.spec.types.type(id));
    EBPF_CHECK(lay_out_data_section(reader, *found->second, type));
  }
  return {};
}

}  // namespace

Result<void> read_types(ObjectReader& reader) {
  const elf::Section* section = section_named(reader, ".BTF");
  if (section == nullptr) return {};
  std::vector<std::byte> bytes(section->data.span().begin(), section->data.span().end());
  EBPF_CHECK_IN(apply_relocations(reader, *section, bytes), "section \".BTF\"");
  EBPF_TRY(reader.spec.types, btf::Spec::parse(std::move(bytes)));
  if (reader.spec.types.byte_order() != reader.file.byte_order())
    return fail(errc::malformed, "BTF: its byte order is not that of the file");
  EBPF_CHECK(index_data_sections(reader));
  EBPF_CHECK(lay_out_data_sections(reader));
  const elf::Section* ext = section_named(reader, ".BTF.ext");
  if (ext == nullptr) return {};
  EBPF_TRY(reader.ext_info, btf::ExtInfo::parse(ext->data.span(), reader.spec.types));
  return {};
}

}  // namespace ebpf::spec_detail
