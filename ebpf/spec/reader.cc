// CollectionSpec::parse: opens the ELF file, finds out what each section is for, and runs the steps of reader.h.
//
// Which sections mean what is a convention between BPF C and loaders; docs/architecture.md lists it.
#include "ebpf/spec/reader.h"

#include <algorithm>
#include <cstring>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/section_rules.h"

namespace ebpf {
namespace spec_detail {
namespace {

bool is_or_begins(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

bool is_data_name(std::string_view name) {
  return is_or_begins(name, ".data") || is_or_begins(name, ".rodata") || is_or_begins(name, ".bss");
}

// Sections that a loader has no use for and about which nothing needs to be said.
bool is_bookkeeping(const elf::Section& section) {
  using T = elf::SectionType;
  if (section.type != T::progbits && section.type != T::nobits) return true;
  if (section.size == 0) return true;
  static constexpr std::string_view kPrefixes[] = {".BTF",  ".debug_",   ".comment", ".llvm",
                                                   ".note", ".eh_frame", "license",  "version"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return section.name.starts_with(prefix); });
}

bool is_struct_ops_name(std::string_view name) {
  const std::string_view plain = split_autoload_mark(name).name;
  return plain == ".struct_ops" || plain == ".struct_ops.link";
}

Role role_of(const elf::Section& section) {
  using T = elf::SectionType;
  if (section.type == T::progbits && section.executable()) return Role::code;
  if (section.type == T::progbits && section.name == ".maps") return Role::maps;
  if (section.type == T::progbits && section.name == kArenaSection) return Role::arena;
  if (section.type == T::progbits && section.name == "maps") return Role::legacy_maps;
  if (section.type == T::progbits && section.name == ".jumptables") return Role::jump_tables;
  if (section.type == T::progbits && is_struct_ops_name(section.name)) return Role::struct_ops;
  if ((section.type == T::progbits || section.type == T::nobits) && is_data_name(section.name)) return Role::data;
  return Role::other;
}

// The text of a "license" section, without the NUL that ends it.
std::string license_text(const elf::Section& section) {
  const std::string_view text(reinterpret_cast<const char*>(section.data.data()), section.data.size());
  return std::string(text.substr(0, text.find('\0')));
}

Result<void> read_section(ObjectReader& reader, const elf::Section& section) {
  if (section.flags & elf::kSectionCompressed && role_of(section) != Role::other)
    return fail(errc::unsupported_input, "it is compressed");
  if (section.name == "license") reader.spec.license = license_text(section);
  if (section.name == "version") {
    const auto version = section.data.read<std::uint32_t>(0);
    if (!version) return fail(errc::malformed, "it has ", section.data.size(), " bytes instead of 4");
    reader.spec.kernel_version = *version;
  }
  const Role role = role_of(section);
  if (role == Role::other && !is_bookkeeping(section))
    reader.spec.notes.push_back(cat("section ", quoted(section.name), " is not used: its purpose is not known"));
  reader.sections[section.index] = {section, role};
  return {};
}

// Maps and records in .BTF.ext belong to sections by name.
Result<void> check_section_names(const ObjectReader& reader) {
  std::vector<std::string_view> names;
  for (const SectionEntry& entry : reader.sections)
    if (entry.role != Role::other) names.push_back(entry.section.name);
  stable_sort(names);
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return fail(errc::malformed, "there are two sections ", quoted(*twice));
}

Result<void> read_sections(ObjectReader& reader) {
  reader.sections.resize(reader.file.section_count());
  for (std::uint32_t i = 1; i < reader.file.section_count(); ++i) {
    EBPF_TRY(const elf::Section& section, reader.file.section(i));
    EBPF_CHECK_IN(check_name_length(section.name), "section ", i);
    EBPF_CHECK_IN(read_section(reader, section), "section ", quoted(section.name));
  }
  return check_section_names(reader);
}

Result<void> read_symbols(ObjectReader& reader) {
  const auto tables = std::ranges::count(reader.sections, elf::SectionType::symtab,
                                         [](const SectionEntry& entry) { return entry.section.type; });
  if (tables > 1) return fail(errc::malformed, "it has ", tables, " symbol tables; one is what an object has");
  EBPF_TRY(const auto& section, reader.file.find_section(elf::SectionType::symtab));
  if (!section) return fail(errc::malformed, "it has no symbol table, so nothing in it has a name; was it stripped?");
  EBPF_TRY(const elf::SymbolTable& table, reader.file.symbols(*section));
  reader.symbols.reserve(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EBPF_TRY(const elf::Symbol& symbol, table.at(i));
    EBPF_CHECK_IN(check_name_length(symbol.name), "symbol ", i);
    reader.symbols.push_back(symbol);
  }
  return {};
}

Result<void> check_is_bpf_object(const elf::File& file) {
  const elf::Header& header = file.header();
  if (header.type != elf::FileType::relocatable)
    return fail(errc::unsupported_input, "it is no relocatable object (ET_REL), which is what a BPF compiler writes");
  if (header.machine != elf::kMachineBpf && header.machine != elf::kMachineNone)
    return fail(errc::unsupported_input, "it is for another machine (e_machine ", header.machine,
                ", BPF is 247); was it compiled "
                "with -target bpf?");
  return {};
}

}  // namespace

Result<void> check_name_length(std::string_view name) {
  if (name.size() <= kLongestName) return {};
  return fail(errc::malformed, "its name has ", name.size(), " characters; at most ", kLongestName, " are read");
}

FunctionDraft* ObjectReader::function_at(std::uint32_t section, std::uint64_t offset) {
  // The first that begins behind the offset; the one before it is the only candidate.
  const auto after =
      std::upper_bound(functions.begin(), functions.end(), std::pair(section, offset),
                       [](const auto& at, const FunctionDraft& f) { return at < std::pair(f.section, f.start); });
  if (after == functions.begin()) return nullptr;
  FunctionDraft& candidate = *std::prev(after);
  return candidate.section == section && offset - candidate.start < candidate.size ? &candidate : nullptr;
}

const FunctionDraft* ObjectReader::function_starting_at(std::uint32_t section, std::uint64_t offset) const {
  const auto found =
      std::lower_bound(functions.begin(), functions.end(), std::pair(section, offset),
                       [](const FunctionDraft& f, const auto& at) { return std::pair(f.section, f.start) < at; });
  if (found == functions.end() || found->section != section || found->start != offset) return nullptr;
  return &*found;
}

const MapPlace* ObjectReader::map_at(std::uint32_t section, std::uint64_t offset) const {
  const auto after = std::upper_bound(
      map_places.begin(), map_places.end(), std::pair(section, offset),
      [](const auto& at, const MapPlace& place) { return at < std::pair(place.section, place.start); });
  if (after == map_places.begin()) return nullptr;
  const MapPlace& candidate = *std::prev(after);
  return candidate.section == section && offset - candidate.start < candidate.size ? &candidate : nullptr;
}

std::optional<btf::Type> ObjectReader::data_section_type(std::string_view name) const {
  const auto found = std::lower_bound(data_section_types.begin(), data_section_types.end(), name,
                                      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found == data_section_types.end() || found->first != name) return std::nullopt;
  return *spec.types.type(found->second);
}

namespace {

// What the name of its section says about a program.
void apply_section_rule(ProgramSpec& program) {
  const SectionName section = split_autoload_mark(program.section);
  program.autoload = section.autoload;
  const auto match = match_section(section.name);
  if (!match) return;  // the user may still set a type
  program.program_type = match->rule->program_type;
  program.attach_type = match->rule->attach_type;
  program.attach_to = match->attach_to;
  program.flags = match->rule->flags;
  program.attach_type_optional = match->rule->attach_type_optional;
  program.attach_by_btf = match->rule->attach_by_btf;
}

// By the program's type; empty where it has none of either.
std::string_view exception_callback_of(const ObjectReader& reader, btf::TypeId function) {
  const auto& all = reader.exception_callbacks;
  const auto found = std::ranges::lower_bound(all, function, {}, [](const auto& each) { return each.first; });
  return found == all.end() || found->first != function ? std::string_view() : found->second;
}

// Programs and subprograms go their own ways once nothing refers to a draft any more.
void hand_over_functions(ObjectReader& reader) {
  for (FunctionDraft& draft : reader.functions) {
    if (!draft.is_program) {
      reader.spec.subprograms.push_back(std::move(draft.spec));
      continue;
    }
    ProgramSpec& program = reader.spec.programs.emplace_back();
    static_cast<FunctionSpec&>(program) = std::move(draft.spec);
    program.kernel_version = reader.spec.kernel_version;
    program.exception_callback = exception_callback_of(reader, program.type);
    apply_section_rule(program);
  }
}

Result<void> run_steps(ObjectReader& reader) {
  EBPF_CHECK(check_is_bpf_object(reader.file));
  EBPF_CHECK(read_sections(reader));
  EBPF_CHECK(read_symbols(reader));
  EBPF_CHECK(read_types(reader));
  EBPF_CHECK(read_functions(reader));
  EBPF_CHECK(read_maps(reader));
  EBPF_CHECK(read_legacy_maps(reader));
  EBPF_CHECK(read_struct_ops(reader));
  EBPF_CHECK(read_externs(reader));
  EBPF_CHECK(read_data(reader));
  EBPF_CHECK(read_references(reader));
  hand_over_functions(reader);
  return {};
}

}  // namespace
}  // namespace spec_detail

Result<CollectionSpec> CollectionSpec::parse(std::span<const std::byte> bytes, std::string_view name,
                                             const ReadOptions& options) {
  CollectionSpec spec;
  spec.name = object_name(name);
  EBPF_TRY_IN(const elf::File& file, elf::File::parse(bytes), "read ", quoted(name));
  spec.byte_order = file.byte_order();
  spec_detail::ObjectReader reader{.file = file, .spec = spec, .read_options = options};
  EBPF_CHECK_IN(spec_detail::run_steps(reader), "read ", quoted(name));
  return spec;
}

}  // namespace ebpf
