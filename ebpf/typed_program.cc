// Typed programs.
#include "ebpf/typed_program.h"

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "ebpf/link/struct_ops.h"

namespace ebpf {

Result<const Program*> TypedProgram::loaded() const {
  if (program_) return &*program_;
  return fail(errc::invalid_argument,
              cat("the program of section ", quoted(section_),
                  " is not loaded: it was switched off (ProgramSpec::autoload), or could not be "
                  "loaded and was left out (LoadOptions::keep_going)"));
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

Result<Link> IteratorProgram::attach(const IteratorOptions& options) const {
  EBPF_TRY(const Program* program, loaded());
  return attach_iterator(*program, options);
}

Result<std::string> IteratorProgram::read(const IteratorOptions& options) const {
  EBPF_TRY(const Link link, attach(options));
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
