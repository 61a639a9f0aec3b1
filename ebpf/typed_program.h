// Typed programs: a Program with the calls that attach programs of its type, and no others.
//
//     object.programs.count.attach();              // where its section says: tracepoints, functions, LSM hooks
//     object.programs.filter.attach_xdp(ifindex);
//     object.programs.shape.attach_tcx(ifindex, ebpf::TcxDirection::egress);
//     object.programs.guard.attach_cgroup("/sys/fs/cgroup/web");
//     object.programs.on_malloc.attach_uprobe("libc.so.6", "malloc");
//
// bpf2cpp writes which class each program of an object has. A program that was switched off when the object was loaded
// is there without having been loaded; attaching it is an error.
//
// A typed program owns its Program. Move-only; const methods are safe from several threads. The errors of an attach
// call are those of the function of the same name (ebpf/link/).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ebpf/base/error.h"
#include "ebpf/link/cgroup.h"
#include "ebpf/link/iterator.h"
#include "ebpf/link/kprobe.h"
#include "ebpf/link/link.h"
#include "ebpf/link/netfilter.h"
#include "ebpf/link/netns.h"
#include "ebpf/link/perf_event.h"
#include "ebpf/link/probe_multi.h"
#include "ebpf/link/tcx.h"
#include "ebpf/link/uprobe.h"
#include "ebpf/link/xdp.h"
#include "ebpf/program.h"
#include "ebpf/typed_map.h"

namespace ebpf {

// What all typed programs have. Of programs that are attached through something else (sockets, program arrays) or only
// run, it is all.
class TypedProgram {
 public:
  // Internal. Nothing for a program that was not loaded; `section` must live as long.
  TypedProgram(std::string_view section, std::optional<Program> program)
      : section_(section), program_(std::move(program)) {}

  // False where it was switched off (ProgramSpec::autoload) or left out (LoadOptions::keep_going).
  bool is_loaded() const { return program_.has_value(); }
  // Stops the process where it is not loaded.
  const Program& program() const;
  // Runs it on made-up input. As Program::test_run.
  Result<TestRunResult> test_run(const TestRun& run = {}) const;
  // Gives the Program up. Stops the process where it is not loaded.
  Program release() &&;

 protected:
  // Errors: invalid_argument where it is not loaded.
  Result<const Program*> loaded() const;

 private:
  std::string_view section_;
  std::optional<Program> program_;
};

// Attached where its section says: tracepoint, raw_tracepoint, tracing (fentry, fexit, fmod_ret, tp_btf), lsm, ext.
class NamedProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  // Errors: invalid_argument where the section says no more than the type.
  Result<Link> attach() const;
  // Whether attach() knows to what.
  bool attaches_by_name() const { return is_loaded() && program().attaches_by_name(); }
};

// Sections "kprobe", "kretprobe", "ksyscall" and "kretsyscall".
class KprobeProgram : public NamedProgram {
 public:
  using NamedProgram::NamedProgram;
  Result<Link> attach_kprobe(std::string_view function, const KprobeOptions& options = {}) const;
  Result<Link> attach_ksyscall(std::string_view system_call, const KprobeOptions& options = {}) const;
};

// Sections "uprobe" and "uretprobe".
class UprobeProgram : public NamedProgram {
 public:
  using NamedProgram::NamedProgram;
  Result<Link> attach_uprobe(std::string_view file, std::string_view function, const UprobeOptions& options = {}) const;
  Result<Link> attach_uprobe(std::string_view file, std::uint64_t file_offset, const UprobeOptions& options = {}) const;
};

// Sections "kprobe.multi", "kretprobe.multi" and "kprobe.session".
class KprobeMultiProgram : public NamedProgram {
 public:
  using NamedProgram::NamedProgram;
  Result<Link> attach_kprobe_multi(std::span<const std::string> functions,
                                   const KprobeMultiOptions& options = {}) const;
  Result<Link> attach_kprobe_multi(std::string_view pattern, const KprobeMultiOptions& options = {}) const;
};

// Sections "uprobe.multi", "uretprobe.multi" and "uprobe.session".
class UprobeMultiProgram : public NamedProgram {
 public:
  using NamedProgram::NamedProgram;
  Result<Link> attach_uprobe_multi(std::string_view file, std::span<const std::uint64_t> places,
                                   const UprobeMultiOptions& options = {}) const;
  Result<Link> attach_uprobe_multi(std::string_view file, std::string_view pattern,
                                   const UprobeMultiOptions& options = {}) const;
};

class PerfEventProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_perf_event(Fd event, const PerfEventOptions& options = {}) const;
};

class IteratorProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach(const IteratorOptions& options = {}) const;
  // Attaches it, runs it once and takes all that it writes.
  Result<std::string> read(const IteratorOptions& options = {}) const;
};

class XdpProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_xdp(std::uint32_t ifindex, const XdpOptions& options = {}) const;
};

// sched_cls
class TcProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_tcx(std::uint32_t ifindex, TcxDirection direction, const TcxOptions& options = {}) const;
};

// sched_cls whose section says the direction.
template <TcxDirection kDirection>
class TcxProgram : public TcProgram {
 public:
  using TcProgram::TcProgram;
  Result<Link> attach_tcx(std::uint32_t ifindex, const TcxOptions& options = {}) const {
    return TcProgram::attach_tcx(ifindex, kDirection, options);
  }
};

// cgroup_*, sock_ops, and lsm for one cgroup.
class CgroupProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_cgroup(const std::string& path, const CgroupOptions& options = {}) const;
};

// sk_lookup and flow_dissector.
class NetnsProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_netns(const std::string& path = "/proc/self/ns/net") const;
};

class NetfilterProgram : public TypedProgram {
 public:
  using TypedProgram::TypedProgram;
  Result<Link> attach_netfilter(NetfilterFamily family, NetfilterHook hook, const NetfilterOptions& options = {}) const;
};

// struct_ops: a structure of callbacks, attached as a whole. A map, but attached like a program.
class StructOpsMap : public TypedMap {
 public:
  // Internal.
  explicit StructOpsMap(TrustedMap trusted) : TypedMap(std::move(trusted)) {}
  static Result<void> matches(const Map& map);

  // False where it was switched off (MapSpec::autocreate).
  bool is_loaded() const { return map_.fd().valid(); }
  // As attach_struct_ops. Errors: also invalid_argument where it is not loaded.
  Result<Link> attach() const;
};

// Internal: what a generated attach() does for each program. Leaves `link` empty where the program is not loaded, or
// its section does not say to what it attaches.
Result<void> attach_named(const NamedProgram& program, std::optional<Link>& link);

}  // namespace ebpf
