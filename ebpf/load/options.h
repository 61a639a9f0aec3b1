// What a caller may ask of a load. Every field has the value that most callers want.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace ebpf {

class KernelTypes;

struct LoadOptions {
  // 0: load without a log, and again with one only when the verifier refuses. Otherwise the log level of BPF_PROG_LOAD
  // (1: branches, 2: every instruction, 4: statistics, to be combined); the logs of programs that load are then kept
  // (Program::verifier_log).
  std::uint32_t verifier_log_level = 0;
  // Of a log that is longer, this many bytes are kept: its end, where the reason of a refusal stands. Before Linux 6.4
  // the whole log is in memory for as long as the load takes.
  std::uint32_t verifier_log_limit = 64u << 20;
  // Where maps that are pinned by name have their pins: a directory on a bpf file system, which must be there. The pin of
  // a data section has the object's name, too; dots become underscores: "counter_data".
  std::string pin_root = "/sys/fs/bpf";
  // Whether variables are mapped into memory, where the kernel can (5.5): without, Variable::get and set go through the
  // map, and there are no views. For a test of that, or a process that must not share memory.
  bool map_variables = true;
  // The types that programs are relocated against (CO-RE), to be opened once and used for many loads
  // (KernelTypes::running()), or to be taken from a file where a kernel does not tell its own
  // (KernelTypes::read_file()). Null: the running kernel's, opened by each load that needs them. What programs attach
  // to is always looked up in the running kernel's.
  std::shared_ptr<const KernelTypes> kernel_types = {};
  // The kernel's configuration, as the text of a .config, for programs that read options (`extern … __kconfig`). Empty:
  // the running kernel's, from /proc/config.gz or /boot.
  std::string kernel_config = {};
};

}  // namespace ebpf
