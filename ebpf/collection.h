// Collection: the maps, programs and variables of an object, loaded.
//
//     auto objects = ebpf::Collection::load(spec);
//     if (!objects) return ebpf::report(objects.error());
//     auto link = objects->program("count")->attach();
//     auto packets = objects->variable("packets")->as<std::uint64_t>();
//
// Destroying it closes the descriptors: what is not pinned, attached, or taken out with take_*, is gone from the
// kernel.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/found.h"
#include "ebpf/load/options.h"
#include "ebpf/map.h"
#include "ebpf/program.h"
#include "ebpf/spec/spec.h"
#include "ebpf/variable.h"

namespace ebpf {

// A program that was left out of a collection, and why (LoadOptions::keep_going).
struct RefusedProgram {
  std::string name;
  Error error;
};

// Move-only. Not synchronised: taking parts out of it while another thread looks for them is the caller's race to
// prevent; the parts themselves say what they allow.
class Collection {
 public:
  // Creates the maps, fills in the variables' values, and loads the programs that are not switched off. The spec is not
  // changed and not needed afterwards. Nothing is left behind where it fails. Linux 5.2 for objects with global
  // variables. Needs CAP_BPF (CAP_SYS_ADMIN before 5.8), and CAP_PERFMON or CAP_NET_ADMIN for most types of programs.
  // Errors: verifier_rejected (with the log), denied, map_incompatible, unsupported_input, and what system calls say.
  static Result<Collection> load(const CollectionSpec& spec, const LoadOptions& options = {});

  std::string name;       // of the object, as in the spec
  std::vector<Map> maps;  // data sections are maps, too, called ".data", ".rodata", ".bss", …
  std::vector<Program> programs;
  std::vector<Variable> variables;
  // What went otherwise than the object asked for, a sentence each: BTF that this kernel does not understand.
  std::vector<std::string> notes;
  // With LoadOptions::keep_going: the programs that could not be loaded, and why. program() answers with these errors,
  // too.
  std::vector<RefusedProgram> refused;

  // By the names of the spec. Valid as long as nothing is added to or taken from the collection.
  Found<Map> map(std::string_view map_name);
  Found<Program> program(std::string_view program_name);
  Found<const Map> map(std::string_view map_name) const;
  Found<const Program> program(std::string_view program_name) const;
  Found<const Variable> variable(std::string_view variable_name) const;

  // The variables with a BTF declaration tag: `__attribute__((btf_decl_tag("knob"))) __u32 rate;`. Valid as above.
  std::vector<const Variable*> variables_tagged(std::string_view tag) const;

  // Pins all maps, or all programs, in a directory on a bpf file system, which must be there: by their names, with the
  // object's before that of a data section and dots made underscores ("hits", "counter_bss"), as LoadOptions::pin_root
  // does. None stays where one cannot be pinned. Linux 4.4. Errors: as Map::pin.
  Result<void> pin_maps(const std::string& directory) const;
  Result<void> pin_programs(const std::string& directory) const;
  // Removes the pins of those names; the other way round, all that can be removed are where one cannot. Errors: of the
  // first: not_found, io.
  Result<void> unpin_maps(const std::string& directory) const;
  Result<void> unpin_programs(const std::string& directory) const;

  // Moves a part out, to be owned by the caller. Errors: not_found.
  Result<Map> take_map(std::string_view map_name);
  Result<Program> take_program(std::string_view program_name);

 private:
  Collection() = default;
  Result<void> add_arena_variables(const CollectionSpec& spec, const MapSpec& arena);
  Result<void> add_variables(const CollectionSpec& spec, bool mapped);
};

}  // namespace ebpf
