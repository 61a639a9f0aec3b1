// What a caller may ask of a load. Every field has the value that most callers want.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/btf/btf.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

class KernelTypes;

// A program of the object that attaches to another program, which is loaded already, instead of to the kernel: one of a
// section "freplace/FUNCTION", or "fentry/FUNCTION" and "fexit/FUNCTION" and their like. It stands in the options and
// not in the spec, because it is a kernel object of this machine: the same spec may be loaded for several targets.
struct ProgramTarget {
  std::string program;  // the one that attaches, by its name in the spec
  // That of the target (`&objects.program("classify")->fd()`); it must stay open until the load is over.
  const Fd* target = nullptr;
  // The function of the target; empty: what ProgramSpec::attach_to says.
  std::string function = {};
  // The types that the target was loaded with (CollectionSpec::types), where the process may not ask the kernel for
  // them: that takes CAP_SYS_ADMIN. Null: the kernel is asked.
  const btf::Spec* types = nullptr;
};

// A map that exists, to be used in place of one that would be created.
struct MapReplacement {
  // Of the map in the object: "hits", or the section's for the map of a data section, ".bss".
  std::string name;
  // The descriptor of the map to use, which the load makes a duplicate of: &other.map("hits")->fd().
  const Fd* map;
};

struct LoadOptions {
  // 0: load without a log, and again with one only when the verifier refuses. Otherwise the log level of BPF_PROG_LOAD
  // (1: branches, 2: every instruction, 4: statistics, to be combined); the logs of programs that load are then kept
  // (Program::verifier_log). ProgramSpec::verifier_log_level says it for one program.
  std::uint32_t verifier_log_level = 0;
  // Of a log that is longer, this many bytes are kept: its end, where the reason of a refusal stands. Before Linux 6.4
  // the whole log is in memory for as long as the load takes.
  std::uint32_t verifier_log_limit = 64u << 20;
  // Where maps that are pinned by name have their pins: a directory on a bpf file system, which must be there. The pin
  // of a data section has the object's name, too; dots become underscores: "counter_data".
  std::string pin_root = "/sys/fs/bpf";
  // Whether variables are mapped into memory, where the kernel can (5.5): without, Variable::get and set go through the
  // map, and there are no views. For a test of that, or a process that must not share memory.
  bool map_variables = true;
  // The types that programs are relocated against (CO-RE), to be opened once and used for many loads
  // (KernelTypes::running()), or to be taken from a file where a kernel does not tell its own
  // (KernelTypes::read_file()). Null: the running kernel's, opened by each load that needs them. What programs attach
  // to is always looked up in the running kernel's.
  std::shared_ptr<const KernelTypes> kernel_types = {};
  // The kernel's configuration, as the text of a .config, for programs that read options (`extern … __kconfig`). For
  // what it says nothing of, "# CONFIG_X is not set" being something: the running kernel's, from /proc/config.gz or
  // /boot.
  std::string kernel_config = {};
  // What programs attach to that attach to other programs. Linux 5.5 for fentry and fexit, 5.6 for freplace.
  std::vector<ProgramTarget> program_targets = {};
  // Maps that are used instead of creating them, with the contents that they have: what the object says of a map's or
  // section's contents is not written, and nothing is frozen. The variables of a data section that is replaced are
  // those of the map in its place. A replaced map is not pinned, nor is its pin opened. The type, the sizes of keys and
  // values, max_entries, flags and map_extra must be equal, or the load ends with errc::map_incompatible. (Of an arena
  // that is mapped into this process already, Map::memory() can be had from the first Map only.)
  std::vector<MapReplacement> replacements = {};
  // A mount of a bpf file system to make a BPF token of, for a process in a user namespace to which rights over bpf(2)
  // were delegated there (Linux 6.9): the load ends where that cannot be done. Empty: no token is used. Not set: as the
  // variable LIBBPF_BPF_TOKEN_PATH of the environment says, or where that is not set either, a call is denied, and the
  // process is in a user namespace, one is made of /sys/fs/bpf if that has delegated something.
  std::optional<std::string> token_path = {};
  // Maps of read-only data are listed with every program, also with those that do not use them, so that tools find what
  // an object says about itself (as libbpf does): a call for each pair. Linux 5.10; a note where that fails.
  bool bind_constants = false;
  // Programs that cannot be loaded are left out, each with its error (Collection::refused), and the rest is loaded.
  // Elements of program arrays that they would be in stay empty. What is wrong with maps or types ends the load all the
  // same.
  bool keep_going = false;
};

}  // namespace ebpf
