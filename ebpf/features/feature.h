// Feature: one thing that a kernel may be able to do, as a value with a name that scripts may rely on.
//
//     map:ringbuf  map_flag:mmapable  prog:lsm  helper:xdp:redirect_map  attach:tcx_ingress  link:uprobe_multi
//     btf:enum64  isa:v4  misc:bounded_loops  kfunc:bpf_iter_num_new  kfunc:xdp:bpf_xdp_metadata_rx_hash
//     config:CONFIG_BPF  system:jit  mount:tracefs  cap:net_admin
//
// The words are the kernel's in lower case and without prefix (sys/types.h, asm/helper.h); those of the other groups
// stand in one table each, in the file that probes them. Options of the configuration and kfuncs are an open set: any
// name is a feature.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/helper.h"
#include "ebpf/base/error.h"
#include "ebpf/features/answer.h"
#include "ebpf/sys/types.h"

namespace ebpf::features {

enum class Group : std::uint8_t {
  system,      // sysctls, lockdown, accounting of memory
  mount,       // file systems that BPF uses
  capability,  // of this process
  config,      // options that the kernel was built with
  program,     // types of programs
  map,         // types of maps
  map_flag,    // flags of map creation
  attach,      // attach types
  link,        // types of links
  btf,         // kinds of types that the kernel takes from programs, and its own types
  isa,         // instructions
  misc,        // everything else that programs and loaders do
  helper,      // a helper, for one type of program
  kfunc,       // a function of the kernel, for any type of program or one
};
inline constexpr std::size_t kGroupCount = 14;

struct Feature {
  Group group = Group::misc;
  // The kernel's number of a type, or the row in the group's table; of a helper or kfunc the type of program, 0 for
  // any.
  std::uint32_t number = 0;
  std::uint32_t helper = 0;
  std::string word{};  // of an option or a kfunc: its name

  friend auto operator<=>(const Feature&, const Feature&) = default;
};

Feature feature(MapType type);
Feature feature(ProgramType type);
Feature feature(AttachType type);
Feature feature(LinkType type);
Feature feature(ProgramType type, insn::helper helper);
// Of map creation: one bit of map_flags.
Feature map_flag(std::uint32_t flag);
// Of any type of program, or of one.
Feature kfunc(std::string name, ProgramType type = ProgramType::unspec);
// With its CONFIG_.
Feature config_option(std::string name);

// What stands before the first colon: "map", "cap", "prog".
std::string_view name(Group group);
// What has no word, since the library does not know it, is called by its number, and is no name that parses: "map:99",
// "map_flag:0x80000000".
std::string name(const Feature& feature);
// The reverse. Errors: not_found, with the nearest name that there is.
Result<Feature> parse_feature(std::string_view name);

// The mainline release in which it came; {0, 0} where that means nothing. Of a helper: the release that had it first,
// for any type of program. A back-port to an older release is not in the table.
Version since(const Feature& feature);
// The option without which a kernel does not have it, where there is one that distributions leave out; empty otherwise.
std::string_view needs_config(const Feature& feature);

// All features of a group, in the order in which they are shown. Of the options those that have to do with BPF; of
// helpers those of every type of program (some 6,900); none of the kfuncs, for which see list_kfuncs() in probe.h.
std::vector<Feature> all(Group group);

}  // namespace ebpf::features
