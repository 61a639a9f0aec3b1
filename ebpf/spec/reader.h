// The steps in which an object file becomes a CollectionSpec. Internal to this room.
//
// `parse` (reader.cc) runs them in this order over one ObjectReader; each has a file of its own:
//
//   sections   reader.cc           what each section is for; licence and version
//   types      read_types.cc       .BTF with its relocations applied; .BTF.ext
//   functions  read_functions.cc   the code of each function symbol, with its line and CO-RE records
//   maps       read_maps.cc        BTF-defined maps in .maps
//              read_legacy_maps.cc the old form of definitions, in maps
//   struct_ops read_struct_ops.cc  structures of callbacks, as maps
//   externs    read_externs.cc     what the kernel is to define; kernel configuration as a data section
//   data       read_data.cc        data sections as maps; variables
//   references read_references.cc  what instructions and map slots refer to
//              read_jump_tables.cc tables of places in code, for the functions that use them
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/elf/elf.h"
#include "ebpf/spec/spec.h"

namespace ebpf::spec_detail {

enum class Role : std::uint8_t { other, code, data, maps, legacy_maps, arena, struct_ops, jump_tables };

struct SectionEntry {
  elf::Section section;
  Role role = Role::other;
};

// A function while it is being read. Sorted by section and start, so that an offset finds its function by search.
struct FunctionDraft {
  FunctionSpec spec;
  std::uint32_t section;
  std::uint64_t start;  // in bytes
  std::uint64_t size;
  bool is_program;
  bool is_hidden;
};

// Where a map's definition stands. Sorted by section and start.
struct MapPlace {
  std::uint32_t section;
  std::uint64_t start;
  std::uint64_t size;
  std::size_t index;                           // in CollectionSpec::maps
  std::optional<std::uint32_t> values_offset;  // of the static contents, from the definition's start
};

// Where a structure of callbacks stands.
struct StructOpsPlace {
  std::uint32_t section;
  std::uint64_t start;
  std::uint64_t size;
  std::size_t index;  // in CollectionSpec::maps
};

// Names are copied for everything that has or uses them, and many records of a hostile file may share one: a longer
// name than this is refused. The kernel's own limit is half of it (KSYM_NAME_LEN).
constexpr std::size_t kLongestName = 1024;
Result<void> check_name_length(std::string_view name);

// Where clang puts global variables of an address space that arenas are for (`__arena`).
inline constexpr std::string_view kArenaSection = ".addr_space.1";

// map_flags of data sections.
constexpr std::uint32_t kReadOnlyForPrograms = 1u << 7;  // BPF_F_RDONLY_PROG, Linux 5.2
constexpr std::uint32_t kMmapable = 1u << 10;            // BPF_F_MMAPABLE, Linux 5.5
// Of struct_ops maps.
constexpr std::uint32_t kAttachedByLink = 1u << 13;  // BPF_F_LINK, Linux 6.4

// Limits on what a hostile file can have done over and over: members of structures that are looked at.
constexpr std::uint64_t kMostMapMembers = 1u << 20;

// R_BPF_64_ABS64: a pointer in data.
constexpr std::uint32_t kRelocationAbsolute64 = 2;

struct ObjectReader {
  elf::File file;
  CollectionSpec& spec;
  const ReadOptions& read_options;
  std::vector<SectionEntry> sections = {};
  std::vector<elf::Symbol> symbols = {};
  btf::ExtInfo ext_info = {};
  std::vector<std::pair<std::string_view, btf::TypeId>> data_section_types = {};  // sorted by name
  std::vector<FunctionDraft> functions = {};
  std::vector<MapPlace> map_places = {};
  std::string arena = {};  // the map that the variables of kArenaSection are in
  std::vector<StructOpsPlace> struct_ops_places = {};
  std::vector<std::pair<std::string, std::uint32_t>> options = {};  // offsets in .kconfig, sorted by name
  std::vector<std::pair<btf::TypeId, std::string_view>> exception_callbacks = {};  // by program's FUNC, sorted
  std::uint64_t map_members = 0;                                                   // of all definitions
  std::uint64_t records_taken = 0;                                                 // of .BTF.ext, over all functions
  std::uint64_t references = 0;    // made of relocations, over all functions
  std::uint64_t jump_targets = 0;  // in all tables of all functions

  // The function whose code is at this byte of that section.
  FunctionDraft* function_at(std::uint32_t section, std::uint64_t offset);
  // The function that begins there.
  const FunctionDraft* function_starting_at(std::uint32_t section, std::uint64_t offset) const;
  // The map whose definition has this byte of that section.
  const MapPlace* map_at(std::uint32_t section, std::uint64_t offset) const;
  // The DATASEC of that name.
  std::optional<btf::Type> data_section_type(std::string_view name) const;
};

Result<void> read_types(ObjectReader& reader);
Result<void> read_functions(ObjectReader& reader);
Result<void> read_maps(ObjectReader& reader);
Result<void> read_legacy_maps(ObjectReader& reader);
Result<void> read_struct_ops(ObjectReader& reader);
Result<void> read_data(ObjectReader& reader);
Result<void> read_externs(ObjectReader& reader);
Result<void> read_references(ObjectReader& reader);

// A place in a section of jump tables.
struct JumpTablePlace {
  std::string name;
  std::uint32_t offset;  // from the table's beginning, in bytes
};
// The byte of a section of jump tables, in the table of that symbol; `function` gets the table, unless it has it
// already.
Result<JumpTablePlace> read_jump_table(ObjectReader& reader, FunctionDraft& function, const elf::Symbol& symbol,
                                       std::uint64_t offset);
// The callbacks of the structures in a section: of read_references, in read_struct_ops.cc.
Result<void> read_callbacks(ObjectReader& reader, const elf::Section& section, const elf::RelocationTable& table);

}  // namespace ebpf::spec_detail
