// Program::attach: which of the ways to attach a program's section asks for.
//
// Types that can be attached by a name alone are in the table; for others the error names the call that takes what is
// missing.
#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/link/freplace.h"
#include "ebpf/link/iterator.h"
#include "ebpf/link/kprobe.h"
#include "ebpf/link/link.h"
#include "ebpf/link/probe_event.h"
#include "ebpf/link/probe_multi.h"
#include "ebpf/link/raw_tracepoint.h"
#include "ebpf/link/tracepoint.h"
#include "ebpf/link/tracing.h"
#include "ebpf/link/uprobe.h"
#include "ebpf/program.h"

namespace ebpf {
namespace {

Result<Link> by_tracepoint(const Program& program) {
  const std::string_view target = program.attach_to();
  const std::size_t slash = target.find('/');
  return attach_tracepoint(program, target.substr(0, slash),
                           slash == std::string_view::npos ? "" : target.substr(slash + 1));
}

Result<Link> by_raw_tracepoint(const Program& program) { return attach_raw_tracepoint(program, program.attach_to()); }

// Loading has settled to what; iterators are made differently.
Result<Link> by_btf(const Program& program) {
  if (program.attach_type() == AttachType::trace_iter) return attach_iterator(program);
  if (program.attach_type() == AttachType::lsm_cgroup)
    return fail(errc::invalid_argument, "attach ", quoted(program.name),
                ": a program of a cgroup's LSM hook needs a cgroup: use attach_cgroup with its path");
  return attach_tracing(program);
}

// Programs of type kprobe: their sections say of which kind they are.

Result<Link> by_kprobe(const Program& program) {
  EBPF_TRY(const PlaceInFunction& place, split_offset(program.attach_to()));
  return attach_kprobe(program, place.name, {.offset = place.offset});
}

Result<Link> by_ksyscall(const Program& program) { return attach_ksyscall(program, program.attach_to()); }

Result<Link> by_kprobe_multi(const Program& program) {
  return attach_kprobe_multi(program, std::string_view(program.attach_to()));
}

// "libc.so.6:malloc", "/usr/bin/bash:readline+4"
Result<Link> by_uprobe(const Program& program) {
  const std::string_view target = program.attach_to();
  const std::size_t colon = target.rfind(':');
  EBPF_TRY(const PlaceInFunction& place, split_offset(target.substr(colon + 1)));
  return attach_uprobe(program, target.substr(0, colon), place.name, {.offset = place.offset});
}

Result<Link> by_uprobe_multi(const Program& program) {
  const std::string_view target = program.attach_to();
  const std::size_t colon = target.rfind(':');
  return attach_uprobe_multi(program, target.substr(0, colon), target.substr(colon + 1));
}

struct Probe {
  std::string_view section;  // what it begins with
  bool in_file;              // the target is FILE:FUNCTION
  Result<Link> (*attach)(const Program&);
};

// The longer of two that begin alike comes first.
constexpr Probe kProbes[] = {
    {"kprobe.multi/", false, by_kprobe_multi},
    {"kretprobe.multi/", false, by_kprobe_multi},
    {"kprobe.session/", false, by_kprobe_multi},
    {"kprobe/", false, by_kprobe},
    {"kretprobe/", false, by_kprobe},
    {"ksyscall/", false, by_ksyscall},
    {"kretsyscall/", false, by_ksyscall},
    {"uprobe.multi", true, by_uprobe_multi},
    {"uretprobe.multi", true, by_uprobe_multi},
    {"uprobe.session", true, by_uprobe_multi},
    {"uprobe", true, by_uprobe},
    {"uretprobe", true, by_uprobe},
};

// Null for a section that says neither which kind nor where; USDT needs what is written in the file about it.
const Probe* probe_of(const Program& program) {
  for (const Probe& probe : kProbes)
    if (probe_section(program).starts_with(probe.section))
      return !probe.in_file || program.attach_to().find(':') != std::string::npos ? &probe : nullptr;
  return nullptr;
}

Result<Link> by_probe(const Program& program) {
  if (const Probe* probe = probe_of(program)) return probe->attach(program);
  if (probe_section(program).starts_with("usdt"))
    return fail(errc::unsupported_input, "attach ", quoted(program.name),
                ": programs of section \"usdt\" cannot be attached by this version of the "
                "library yet");
  return fail(errc::invalid_argument, "attach ", quoted(program.name), ": its section ", quoted(program.section()),
              " does not say to what: use attach_kprobe, attach_uprobe, or their like for many");
}

struct Way {
  ProgramType type;
  Result<Link> (*attach)(const Program&);  // null: a name is not enough
  std::string_view instead;
};

constexpr Way kWays[] = {
    {ProgramType::tracepoint, by_tracepoint, {}},
    {ProgramType::raw_tracepoint, by_raw_tracepoint, {}},
    {ProgramType::raw_tracepoint_writable, by_raw_tracepoint, {}},
    {ProgramType::tracing, by_btf, {}},
    {ProgramType::lsm, by_btf, {}},
    {ProgramType::ext, attach_freplace, {}},
    {ProgramType::kprobe, by_probe, {}},
    {ProgramType::perf_event, nullptr, "use attach_perf_event with an event"},
    {ProgramType::sk_lookup, nullptr, "use attach_netns with the path of a network namespace"},
    {ProgramType::flow_dissector, nullptr, "use attach_netns with the path of a network namespace"},
    {ProgramType::netfilter, nullptr, "use attach_netfilter with a hook"},
    {ProgramType::struct_ops, nullptr, "it is attached with its map: use attach_struct_ops"},
    {ProgramType::xdp, nullptr, "use attach_xdp with an interface"},
    {ProgramType::sched_cls, nullptr, "use attach_tcx with an interface"},
    {ProgramType::cgroup_skb, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::cgroup_sock, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::cgroup_sock_addr, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::cgroup_sockopt, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::cgroup_sysctl, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::cgroup_device, nullptr, "use attach_cgroup with the path of a cgroup"},
    {ProgramType::sock_ops, nullptr, "use attach_cgroup with the path of a cgroup"},
};

const Way* way_for(ProgramType type) {
  for (const Way& way : kWays)
    if (way.type == type) return &way;
  return nullptr;
}

}  // namespace

bool Program::attaches_by_name() const {
  const Way* way = way_for(type_);
  if (type_ == ProgramType::kprobe && probe_of(*this) == nullptr) return false;
  return way != nullptr && way->attach != nullptr && !attach_to_.empty();
}

Result<Link> Program::attach() const {
  const std::string context = cat("attach ", quoted(name));
  const Way* way = way_for(type_);
  if (way == nullptr)
    return fail(errc::unsupported_input, context, ": programs of type ", ebpf::name(type_),
                " cannot be attached by this version of the library yet");
  if (way->attach == nullptr)
    return fail(errc::invalid_argument, context, ": a program of type ", ebpf::name(type_),
                " needs more than its section's name: ", way->instead);
  // Probes are more than one kind of place, and say so themselves.
  if (attach_to_.empty() && type_ != ProgramType::kprobe)
    return fail(errc::invalid_argument, context, ": its section ", quoted(section_),
                " does not say to what; name it as in \"raw_tp/sys_enter\"");
  return way->attach(*this);
}

}  // namespace ebpf
