// Typed programs.
#include "ebpf/typed_program.h"

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "ebpf/link/struct_ops.h"

namespace ebpf {

Result<const Program*> TypedProgram::loaded() const {
  if (program_) return &*program_;
  return fail(errc::invalid_argument, "the program of section ", quoted(section_),
              " is not loaded: it was switched off (ProgramSpec::autoload), or could not be "
              "loaded and was left out (LoadOptions::keep_going)");
}

const Program& TypedProgram::program() const {
  const auto program = loaded();
  if (!program) found_detail::stop(program.error());
  return **program;
}

Program TypedProgram::release() && {
  if (const auto program = loaded(); !program) found_detail::stop(program.error());
  return *std::exchange(program_, std::nullopt);
}

Result<TestRunResult> TypedProgram::test_run(const TestRun& run) const {
  EBPF_TRY(const Program* program, loaded());
  return program->test_run(run);
}

Result<Link> NamedProgram::attach() const {
  EBPF_TRY(const Program* program, loaded());
  return program->attach();
}

Result<Link> KprobeProgram::attach_kprobe(std::string_view function, const KprobeOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_kprobe(*program, function, options);
}

Result<Link> KprobeProgram::attach_ksyscall(std::string_view system_call, const KprobeOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_ksyscall(*program, system_call, options);
}

Result<Link> UprobeProgram::attach_uprobe(std::string_view file, std::string_view function,
                                          const UprobeOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_uprobe(*program, file, function, options);
}

Result<Link> UprobeProgram::attach_uprobe(std::string_view file, std::uint64_t file_offset,
                                          const UprobeOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_uprobe(*program, file, file_offset, options);
}

Result<Link> KprobeMultiProgram::attach_kprobe_multi(std::span<const std::string> functions,
                                                     const KprobeMultiOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_kprobe_multi(*program, functions, options);
}

Result<Link> KprobeMultiProgram::attach_kprobe_multi(std::string_view pattern,
                                                     const KprobeMultiOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_kprobe_multi(*program, pattern, options);
}

Result<Link> UprobeMultiProgram::attach_uprobe_multi(std::string_view file, std::span<const std::uint64_t> places,
                                                     const UprobeMultiOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_uprobe_multi(*program, file, places, options);
}

Result<Link> UprobeMultiProgram::attach_uprobe_multi(std::string_view file, std::string_view pattern,
                                                     const UprobeMultiOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_uprobe_multi(*program, file, pattern, options);
}

Result<Link> PerfEventProgram::attach_perf_event(Fd event, const PerfEventOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_perf_event(*program, std::move(event), options);
}

Result<Link> IteratorProgram::attach(const IteratorOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return attach_iterator(*program, options);
}

Result<std::string> IteratorProgram::read(const IteratorOptions& options) const {
  EBPF_TRY(const Link& link, attach(options));
  return read_iterator(link);
}

Result<Link> XdpProgram::attach_xdp(std::uint32_t ifindex, const XdpOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_xdp(*program, ifindex, options);
}

Result<Link> TcProgram::attach_tcx(std::uint32_t ifindex, TcxDirection direction, const TcxOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_tcx(*program, ifindex, direction, options);
}

Result<Link> CgroupProgram::attach_cgroup(const std::string& path, const CgroupOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_cgroup(*program, path, options);
}

Result<Link> NetnsProgram::attach_netns(const std::string& path) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_netns(*program, path);
}

Result<Link> NetfilterProgram::attach_netfilter(NetfilterFamily family, NetfilterHook hook,
                                                const NetfilterOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return ebpf::attach_netfilter(*program, family, hook, options);
}

Result<void> StructOpsMap::matches(const Map& map) {
  constexpr MapType kKinds[] = {MapType::struct_ops};
  return check(map, kKinds, map.key_size(), map.value_size());
}

Result<Link> StructOpsMap::attach() const {
  if (!is_loaded())
    return fail(errc::invalid_argument, "the structure is not loaded: it was switched off (MapSpec::autocreate)");
  return attach_struct_ops(map());
}

Result<void> attach_named(const NamedProgram& program, std::optional<Link>& link) {
  if (!program.attaches_by_name() || !program.program().autoattach()) return {};
  EBPF_TRY(link, program.attach());
  return {};
}

}  // namespace ebpf
