// What the name of a section says about the programs in it: `SEC("fentry.s/do_unlinkat")` is a sleepable tracing
// program for the entry of do_unlinkat. The names are a convention between BPF C and loaders that libbpf established;
// objects written for it work here unchanged.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ebpf/sys/types.h"

namespace ebpf {

struct SectionRule {
  std::string_view name;
  ProgramType program_type;
  std::optional<AttachType> attach_type;
  // Whether "name/extra" is meant, too; `extra` is then what the program attaches to.
  bool takes_target;
  std::uint8_t flags;         // prog_flags of BPF_PROG_LOAD
  bool attach_type_optional;  // older kernels do without it
  bool attach_by_btf;         // the target is a BTF id, looked up by name
};

struct SectionMatch {
  const SectionRule* rule;
  std::string_view attach_to;  // what follows the slash; empty where nothing does
};

// "?" at the front of a section's name: its programs are not loaded unless the user asks for it.
struct SectionName {
  std::string_view name;  // without the mark
  bool autoload;
};
SectionName split_autoload_mark(std::string_view section);

// All of them, in the order in which they are tried.
std::span<const SectionRule> section_rules();

// The rule for a section, without the "?"; nullopt where there is none.
std::optional<SectionMatch> match_section(std::string_view section);

}  // namespace ebpf
