// Program: a BPF program that the kernel has accepted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/load/options.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/types.h"

namespace ebpf {

class Link;

// What to run a program on. Which of these a type of program takes is the kernel's choice: a packet (`data`) and for
// most also a context for networking programs, a context alone for raw tracepoints, sk_lookup and syscall programs.
struct TestRun {
  std::span<const std::byte> data = {};
  std::span<const std::byte> context = {};
  // How many bytes of the packet and of the context are wanted back, at most. A packet can have grown; 0 for none.
  std::size_t data_out = 0;
  std::size_t context_out = 0;
  // 0 for once, which is all that types without a packet allow; otherwise the time is the average of so many runs.
  std::uint32_t repeat = 0;
  std::uint32_t flags = 0;  // BPF_F_TEST_RUN_ON_CPU and others
  std::uint32_t cpu = 0;    // with BPF_F_TEST_RUN_ON_CPU
};

struct TestRunResult {
  std::uint32_t return_value;
  std::chrono::nanoseconds duration;  // of one run
  std::vector<std::byte> data;        // as the program left it, at most TestRun::data_out bytes
  std::vector<std::byte> context;     // of a syscall program: all of it
  bool truncated;                     // there was more than was wanted back
};

// What the kernel says about a program. Fields that a kernel does not know stay 0.
struct ProgramDetails {
  std::uint32_t id;
  std::string name;  // at most 15 characters
  ProgramType type;
  std::uint8_t tag[8];  // a hash of the instructions
  std::uint32_t btf_id;
  std::uint32_t translated_bytes;       // of the instructions after verification
  std::uint32_t jited_bytes;            // 0 where it is interpreted
  std::uint32_t verified_instructions;  // that the verifier looked at, 5.16
  std::chrono::nanoseconds run_time;    // in all runs so far; counts while statistics are enabled, 5.1
  std::uint64_t run_count;              // likewise
  std::vector<std::uint32_t> map_ids;
};

// Move-only. All methods are one system call and safe from several threads, except where they say otherwise.
class Program {
 public:
  // Loads a program that belongs to no object and refers to no map. Linux 3.18; needs CAP_BPF (CAP_SYS_ADMIN
  // before 5.8), for most types also CAP_PERFMON or CAP_NET_ADMIN. Errors: verifier_rejected, denied, not_supported.
  static Result<Program> load(const ProgramSpec& spec, std::string_view license, const LoadOptions& options = {});
  // A program that is pinned on a bpf file system. It can be attached only by the calls of ebpf/link/, since the pin
  // does not say where its section wanted it. Linux 4.4.
  static Result<Program> open_pinned(const std::string& path);
  // A program by its number. Linux 4.13; needs CAP_SYS_ADMIN.
  static Result<Program> from_id(std::uint32_t id);
  // The program of that name, of which the kernel keeps 15 characters, whoever loaded it. Several system calls for each
  // program on the machine. Linux 4.15; needs CAP_SYS_ADMIN. Errors: not_found; invalid_argument where several have it,
  // with their numbers.
  static Result<Program> from_name(std::string_view name);
  // The smallest id above `id`, as Map::next_id().
  static Result<std::optional<std::uint32_t>> next_id(std::uint32_t id);
  // Takes over a descriptor. Asks the kernel what it is.
  static Result<Program> from_fd(Fd fd);

  std::string name;

  const Fd& fd() const { return fd_; }
  ProgramType type() const { return type_; }
  // What it was loaded for; nothing for types that have none, and where it is not known (programs from elsewhere).
  std::optional<AttachType> attach_type() const { return attach_type_; }
  // The section that it was compiled into, and what its name says to attach to; both empty for programs from elsewhere.
  const std::string& section() const { return section_; }
  const std::string& attach_to() const { return attach_to_; }
  // The verifier's log, where LoadOptions::verifier_log_level asked for one.
  const std::string& verifier_log() const { return verifier_log_; }

  // Whether attach() knows where to attach it: its type needs no more than a name, and its section says one.
  // Defined in //ebpf/link.
  bool attaches_by_name() const;

  // Attaches it where its section says: "tracepoint/sched/sched_switch", "raw_tp/sys_enter". Types that need more than
  // a name (an interface, a cgroup) are attached by the calls of ebpf/link/; the error says by which. Makes several
  // system calls. Errors: invalid_argument, not_found, denied. Defined in //ebpf/link.
  Result<Link> attach() const;

  // Runs it on made-up input. Linux 4.12; more types later. Errors: not_supported for types that cannot be run like
  // this.
  Result<TestRunResult> test_run(const TestRun& run = {}) const;

  // Linux 4.13. Two system calls where it uses maps.
  Result<ProgramDetails> info() const;
  // A name on a bpf file system that keeps the program loaded (but not attached). Linux 4.4.
  Result<void> pin(const std::string& path) const;

 private:
  friend class Collection;
  Program() = default;

  Fd fd_;
  ProgramType type_ = ProgramType::unspec;
  std::optional<AttachType> attach_type_;
  std::string section_;
  std::string attach_to_;
  std::string verifier_log_;
};

}  // namespace ebpf
