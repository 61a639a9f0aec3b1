// CollectionSpec: what a BPF object file describes, as plain values: before anything exists in a kernel.
//
// Reading is pure. `CollectionSpec::parse` makes no system call; the same bytes give the same spec on every host. What
// it returns may be inspected, edited, added to and copied freely; nothing in it is hidden and nothing in it is a
// descriptor. Loading (ebpf/collection.h) never writes to the spec that it is given.
//
//     spec.map("hits")->max_entries = 4096;
//     spec.variable("sample_rate")->set(100u);
//     spec.program("debug_probe")->autoload = false;
//
// Parts refer to each other by name: an instruction to the map "hits", a slot of a program array to the program "next".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/slot.h"
#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/base/found.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/spec/host_type.h"
#include "ebpf/sys/types.h"

namespace ebpf {

// What an instruction refers to, by name, and how.
enum class ReferenceKind : std::uint8_t {
  map,             // ld_imm64: the map
  map_value,       // ld_imm64: the address `offset` bytes into the only value of a data section's map
  call,            // call: a subprogram
  function,        // ld_imm64: the address of a subprogram (a callback)
  external_call,   // call: a kfunc, defined in the kernel
  external_value,  // ld_imm64: a .ksyms variable, or the address of a kfunc
  jump_table,      // ld_imm64: the address `offset` bytes into one of FunctionSpec::jump_tables
};

// Places in a function's code that one instruction (gotox) jumps to, by a number. LLVM 22 makes them of large switches;
// the kernel is given each as a map (BPF_MAP_TYPE_INSN_ARRAY, Linux 6.19), whose element of 8 bytes is an address.
struct JumpTable {
  std::string name;                    // of the symbol, "BPF.JT.0.0"
  std::vector<std::uint32_t> targets;  // slots, counted from the function's beginning
};

struct Reference {
  std::uint32_t slot;  // of the instruction, counted from the function's beginning
  ReferenceKind kind;
  std::uint32_t offset = 0;  // map_value and jump_table only, in bytes
  std::string name;          // of the map, function, external symbol or table
};

// A function's code and all that is known about it. `code` is what the compiler wrote; what `references` and
// `core_relocations` name is filled in at load.
struct FunctionSpec {
  std::string name;
  std::string section;
  std::vector<insn::Slot> code;
  std::vector<Reference> references;                  // by slot, ascending
  btf::TypeId type = 0;                               // its FUNC in CollectionSpec::types; 0 without BTF
  std::vector<btf::LineInfo> lines;                   // slots counted from the function's beginning
  std::vector<btf::CoreRelocation> core_relocations;  // likewise
  std::vector<JumpTable> jump_tables;                 // of one function each has a name of its own
  bool is_static = false;
};

// A function that the kernel can be given as a program.
struct ProgramSpec : FunctionSpec {
  // unspec where the section's name says nothing; must then be set before loading.
  ProgramType program_type = ProgramType::unspec;
  // expected_attach_type of BPF_PROG_LOAD; nothing for types that have none.
  std::optional<AttachType> attach_type;
  // The section "tracepoint/sched/sched_switch" attaches to "sched/sched_switch". Empty where the name says no more.
  std::string attach_to;
  std::uint32_t flags = 0;  // BPF_F_SLEEPABLE, BPF_F_XDP_HAS_FRAGS, … (prog_flags of BPF_PROG_LOAD)
  bool autoload = true;     // false for SEC("?…"); see CollectionSpec::loads
  // false: what attaches all programs of an object (attach() of a generated header) passes it by
  bool autoattach = true;
  // attach_type may be left out on a kernel that does not know it.
  bool attach_type_optional = false;
  // The program is attached to a function or tracepoint that is found in BTF by its name.
  bool attach_by_btf = false;
  std::uint32_t ifindex = 0;  // for programs offloaded to a device
  std::uint32_t kernel_version =
      0;  // from the object's "version" section; 0: the running kernel's, where one is needed
  // The global subprogram that runs when bpf_throw() ends the program (`__exception_cb(f)`, Linux 6.7); empty: none.
  std::string exception_callback = {};
  // As LoadOptions::verifier_log_level, and in its place, for this program alone. Not set: as that says.
  std::optional<std::uint32_t> verifier_log_level = {};
};

enum class Pinning : std::uint8_t { none = 0, by_name = 1 };

// A static initialiser of a map-in-map or program array: the object of that name goes into element `index`.
struct MapSlot {
  std::uint32_t index;
  std::string name;
};

struct MapEntry {
  std::vector<std::byte> key;
  std::vector<std::byte> value;
};

// A callback of a struct_ops map: the structure's member of that name is that program.
struct MapCallback {
  std::string member;
  std::string program;
};

struct MapSpec {
  std::string name = {};
  std::string section = {};
  MapType type = MapType::unspec;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;  // map_flags of BPF_MAP_CREATE
  std::uint64_t map_extra = 0;
  std::uint32_t numa_node = 0;  // used where flags has BPF_F_NUMA_NODE
  std::uint32_t ifindex = 0;    // for maps offloaded to a device
  Pinning pinning = Pinning::none;
  // The pin of this map, in place of the one in LoadOptions::pin_root that Pinning::by_name stands for; what is said of
  // such pins holds for it, whatever `pinning` says. Empty: none.
  std::string pin_path = {};
  btf::TypeId key_type = 0;  // in CollectionSpec::types
  btf::TypeId value_type = 0;

  std::vector<MapSpec> inner = {};      // map-in-map: the template of the inner maps, as the only element
  std::vector<MapSlot> slots = {};      // static contents that are maps or programs
  std::vector<MapEntry> contents = {};  // entries to be written when the map is created
  // A data section's bytes, written as the value of key 0; empty for .bss: zeroes. Of an arena: what is at its end, in
  // whole pages, from the start.
  std::vector<std::byte> data = {};
  // struct_ops (a variable of .struct_ops or .struct_ops.link): `data` is the structure as the program declares it
  // (value_type), without the members that are callbacks. ebpf/spec/struct_ops.h edits both.
  std::vector<MapCallback> callbacks = {};
  // Whether loading creates the map; false for SEC("?.struct_ops"). Programs that are callbacks of such maps only are
  // not loaded. Programs that name it load where they do not come to the instructions that do: behind a constant that
  // is false, say. Nothing that is created may contain it.
  bool autocreate = true;
  bool autoattach = true;  // of struct_ops; false: attach_struct_ops of a whole collection passes it by
  bool is_data = false;    // made from .data*, .rodata* or .bss*; its value is the section
  bool freeze = false;     // read-only for user space, too, once it is filled
  // The program that is to be the only one to use the map (Linux 6.18): the kernel refuses others by their hash. Empty:
  // any program. Only for maps that are loaded with their programs, by Collection::load.
  std::string exclusive_program = {};
  // What a definition of the old form (SEC("maps")) has behind the fields that all of them share: for iproute2's
  // `struct bpf_elf_map` the numbers id, pinning, inner_id and inner_idx, in the object's byte order. Loaders differ in
  // what they mean by such bytes, so a map with some that are not zero is not created: the caller does what they say,
  // by setting `pinning` for example, and clears them.
  std::vector<std::byte> extra = {};
};

// A global or static variable of the BPF program.
struct VariableSpec {
  std::string name;
  std::string section;       // also the name of the map that holds it; of a variable in an arena, only that
  std::uint32_t offset = 0;  // in the section; in an arena's, MapSpec::data
  std::uint32_t size = 0;
  btf::TypeId type = 0;      // its VAR in `types`; 0 without BTF
  btf::Spec types;           // the table that `type` is a number of
  bool is_constant = false;  // in .rodata*
  // Of a file or a function. That of a function is called "function.variable"; one of a file, in an object linked from
  // several, by its name alone, or "file.bpf.c:variable" where others have that name, too.
  bool is_static = false;
  bool is_hidden = false;  // declared __hidden
  ByteOrder byte_order = kHostByteOrder;
  // What it holds when the program starts, `size` bytes; empty: whatever the section has there (for .bss zeroes), and
  // for a configuration option what the running kernel says.
  std::vector<std::byte> value;

  // Sets the initial value. Integers, booleans and enumerations are converted to the variable's width where the value
  // fits; every other type must have the variable's size and kind. Works for constants, too: that is what `.rodata` is
  // for. Errors: type_mismatch, out_of_range.
  template <class T>
  Result<void> set(const T& new_value) {
    return set_field("", new_value);
  }

  // The same for a member or an element of it, by its path in C's words: set_field("rx.queues[3].limit", 50).
  // Bit-fields take integers, too. The rest keeps its value; where `value` is empty it becomes zero. Needs BTF. Errors:
  // also not_found and out_of_range, which name the part of the path; invalid_argument for a path that is none, and
  // without BTF.
  template <class T>
  Result<void> set_field(std::string_view path, const T& new_value) {
    static_assert(std::is_trivially_copyable_v<T>, "a BPF variable holds plain bytes");
    if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
      using Number =
          typename std::conditional_t<std::is_enum_v<T>, std::underlying_type<T>, std::type_identity<T>>::type;
      const auto number = static_cast<Number>(new_value);
      const bool negative = std::is_signed_v<Number> && static_cast<std::int64_t>(number) < 0;
      return set_integer(path, static_cast<std::uint64_t>(number), negative, host_type<T>());
    } else {
      return set_bytes(path, as_byte_span(new_value), host_type<T>());
    }
  }

  // The initial value. Errors: type_mismatch.
  template <class T>
  Result<T> get() const {
    return get_field<T>("");
  }
  // Of a member or an element; not of a bit-field. Errors: as set_field(); unsupported_input for a bit-field.
  template <class T>
  Result<T> get_field(std::string_view path) const {
    static_assert(std::is_trivially_copyable_v<T>, "a BPF variable holds plain bytes");
    std::array<std::byte, sizeof(T)> bytes;
    EBPF_CHECK(get_bytes(path, bytes, host_type<T>()));
    return object_of<T>(bytes);
  }

  // Sets all bytes, as they are. Errors: type_mismatch where there are not `size` of them.
  Result<void> set_raw(std::span<const std::byte> bytes);

 private:
  Result<void> set_integer(std::string_view path, std::uint64_t bits, bool negative, const HostType& host);
  Result<void> set_bytes(std::string_view path, std::span<const std::byte> bytes, const HostType& host);
  Result<void> get_bytes(std::string_view path, std::span<std::byte> bytes, const HostType& host) const;
};

// A symbol that the object uses and does not define: a kfunc, a kernel variable, a kernel configuration option.
struct ExternSpec {
  std::string name;
  std::string section;   // ".ksyms", ".kconfig", or empty where BTF does not say
  btf::TypeId type = 0;  // its VAR or FUNC
  bool is_weak = false;
  bool is_function = false;
};

// The data section of kernel configuration options (`extern … __kconfig`). It exists in no file: its variables get
// their values when the object is loaded.
inline constexpr std::string_view kKconfigSection = ".kconfig";

// What a caller may ask of reading an object.
// A part of a variable by its whole name: "config" and "limits[1].rate" are "config.limits[1].rate".
std::string part_name(std::string_view variable, std::string_view path);

struct ReadOptions {
  // Attributes of maps that are not known are passed over, each with a note, rather than refused. What they would have
  // changed is then as if they were not there.
  bool skip_unknown_map_attributes = false;
};

struct CollectionSpec {
  std::string name;  // of the object: "counter" for counter.bpf.o; begins the names of data maps in the kernel
  std::string license;
  ByteOrder byte_order = kHostByteOrder;
  std::uint32_t kernel_version = 0;  // from the "version" section
  std::vector<MapSpec> maps;         // BTF-defined ones in the file's order, then data sections
  std::vector<ProgramSpec> programs;
  std::vector<FunctionSpec> subprograms;
  std::vector<VariableSpec> variables;
  std::vector<ExternSpec> externs;
  btf::Spec types;
  // What was passed over in reading, a sentence each: sections of unknown purpose, pointers in data.
  std::vector<std::string> notes;

  // Reads an ELF object of either byte order. `name` is used in names and errors. Errors: malformed, unsupported_input;
  // the sentence names the section and the symbol.
  static Result<CollectionSpec> parse(std::span<const std::byte> bytes, std::string_view name,
                                      const ReadOptions& options = {});
  // Reads a file, of at most 256 MiB. Defined in //ebpf, since parsing itself makes no system call.
  static Result<CollectionSpec> read_file(const std::string& path, const ReadOptions& options = {});

  // A spec of that program alone, switched on, with the maps, variables and subprograms that it needs and no others.
  // Programs that a program array of it contains from the start are left out of the array, and other callbacks out of
  // the struct_ops maps that it is one of; these are switched on. Errors: not_found.
  Result<CollectionSpec> only(std::string_view program_name) const;

  // Gives a variable that is an array, and the last one of its data section, another number of elements: the program
  // declares one element, say, and the loader knows how many CPUs there are. New elements are zero. The program finds
  // the number in a constant that is set as well; it is the verifier's to see that it stays below. Types, section and
  // variable change together, and views have the new size. Errors: not_found; invalid_argument where it is no array,
  // not the last, or without BTF; unsupported_input outside of data sections; out_of_range.
  Result<void> resize_array(std::string_view variable_name, std::uint32_t count);

  // Whether loading the spec loads the program: it does what autoload says; but one that is a callback of struct_ops
  // maps is loaded if one of these is created (MapSpec::autocreate), whatever it says itself.
  bool loads(const ProgramSpec& program) const;

  Found<MapSpec> map(std::string_view map_name);
  Found<ProgramSpec> program(std::string_view program_name);
  Found<VariableSpec> variable(std::string_view variable_name);
  // The variables with a BTF declaration tag. Valid as long as none is added or removed.
  std::vector<VariableSpec*> variables_tagged(std::string_view tag);
  Found<const MapSpec> map(std::string_view map_name) const;
  Found<const ProgramSpec> program(std::string_view program_name) const;
  Found<const VariableSpec> variable(std::string_view variable_name) const;
};

// Whether a declaration has a BTF tag: `__attribute__((btf_decl_tag("knob"))) __u32 rate;`. A walk over all types.
bool has_tag(const btf::Spec& types, btf::TypeId declaration, std::string_view tag);

// The object's name for a file's: the last part of the path up to its first dot.
std::string_view object_name(std::string_view path);

}  // namespace ebpf
