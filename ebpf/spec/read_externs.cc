// Symbols that the object uses and the kernel defines: functions and variables (.ksyms), and configuration options
// (.kconfig).
//
// Options become read-only variables of a data section of their own, ".kconfig", which exists in no file: it is laid
// out here. They get their values from the running kernel when they are loaded, unless the caller sets one before.
#include <algorithm>
#include <tuple>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

// What BTF lists in .ksyms and .kconfig, by name.
struct ListedExtern {
  std::string_view name;
  std::string_view section;
  btf::TypeId type;
  bool is_function;
};

std::vector<ListedExtern> list_externs(const ObjectReader& reader) {
  std::vector<ListedExtern> listed;
  for (const std::string_view section : {std::string_view(".ksyms"), kKconfigSection}) {
    const auto type = reader.data_section_type(section);
    for (std::uint32_t i = 0; type && i < type->vlen(); ++i)
      if (const auto variable = reader.spec.types.type(type->section_variable(i).type))
        listed.push_back({variable->name(), section, variable->id(), variable->is(btf::Kind::function)});
  }
  stable_sort(listed, [](const ListedExtern& a, const ListedExtern& b) { return a.name < b.name; });
  return listed;
}

// An option's place in the section.
struct Option {
  std::string_view name;
  btf::TypeId type;
  std::uint32_t index;  // in BTF's list
  std::uint32_t size;
  std::uint32_t alignment;
  std::uint32_t offset = 0;
};

constexpr std::uint64_t kLongestOption = 1u << 16;

Result<std::vector<Option>> list_options(const ObjectReader& reader, btf::Type section) {
  std::vector<Option> options;
  for (std::uint32_t i = 0; i < section.vlen(); ++i) {
    EBPF_TRY(const btf::Type variable, reader.spec.types.type(section.section_variable(i).type));
    if (!variable.is(btf::Kind::variable))
      return fail(errc::malformed, quoted(variable.name()), " in ", kKconfigSection, " is no variable");
    EBPF_TRY(const std::uint64_t size, reader.spec.types.size_of(variable.id()));
    EBPF_TRY(const std::uint32_t alignment, reader.spec.types.align_of(variable.id()));
    if (size > kLongestOption)
      return fail(errc::malformed, quoted(variable.name()), " in ", kKconfigSection, " has ", size, " bytes");
    options.push_back({variable.name(), variable.id(), i, static_cast<std::uint32_t>(size), alignment});
  }
  return options;
}

// In libbpf's order, so that the same object gives the kernel the same instructions: the strictest alignment first,
// then the smallest. Returns the section's size.
std::uint32_t lay_out(std::vector<Option>& options) {
  stable_sort(options, [](const Option& a, const Option& b) {
    return std::tuple(b.alignment, a.size, a.name) < std::tuple(a.alignment, b.size, b.name);
  });
  std::uint32_t end = 0;
  for (Option& option : options) {
    end = (end + option.alignment - 1) / option.alignment * option.alignment;
    option.offset = end;
    end += option.size;
  }
  return end;
}

void describe_kconfig(MapSpec& map, btf::TypeId section, std::uint32_t size) {
  map.name = kKconfigSection;
  map.section = kKconfigSection;
  map.type = MapType::array;
  map.key_size = sizeof(std::uint32_t);
  map.value_size = size;
  map.max_entries = 1;
  map.flags = kMmapable | kReadOnlyForPrograms;
  map.value_type = section;
  map.is_data = true;
  map.freeze = true;
}

Result<void> lay_out_kconfig(ObjectReader& reader) {
  const auto section = reader.data_section_type(kKconfigSection);
  if (!section || section->vlen() == 0) return {};
  const btf::TypeId section_id = section->id();
  EBPF_TRY(std::vector<Option> options, list_options(reader, *section));
  const std::uint32_t size = lay_out(options);
  if (size == 0) return {};
  std::vector<std::uint32_t> offsets(options.size());
  for (const Option& option : options) offsets[option.index] = option.offset;
  EBPF_CHECK(reader.spec.types.lay_out_section(section_id, size, offsets));
  for (const Option& option : options) {
    VariableSpec& variable = reader.spec.variables.emplace_back();
    variable.name = option.name;
    variable.section = kKconfigSection;
    variable.offset = option.offset;
    variable.size = option.size;
    variable.type = option.type;
    variable.types = reader.spec.types;
    variable.is_constant = true;
    variable.byte_order = reader.file.byte_order();
    reader.options.emplace_back(variable.name, variable.offset);
  }
  stable_sort(reader.options);
  describe_kconfig(reader.spec.maps.emplace_back(), section_id, size);
  return {};
}

}  // namespace

Result<void> read_externs(ObjectReader& reader) {
  const std::vector<ListedExtern> listed = list_externs(reader);
  for (const elf::Symbol& symbol : reader.symbols) {
    if (symbol.defined() || symbol.name.empty()) continue;
    ExternSpec& external = reader.spec.externs.emplace_back();
    external.name = symbol.name;
    external.is_weak = symbol.binding == elf::Binding::weak;
    const auto found = std::ranges::lower_bound(listed, symbol.name, {}, &ListedExtern::name);
    if (found != listed.end() && found->name == symbol.name) {
      external.section = found->section;
      external.type = found->type;
      external.is_function = found->is_function;
    }
  }
  return lay_out_kconfig(reader);
}

}  // namespace ebpf::spec_detail
