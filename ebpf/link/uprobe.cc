// Perf events of the kind "uprobe", by a file and a place in it.
#include "ebpf/link/uprobe.h"

#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/link/file_functions.h"
#include "ebpf/link/probe_event.h"

namespace ebpf {
namespace {

Result<Link> attach_at(const Program& program, const std::string& path, std::uint64_t place,
                       const UprobeOptions& options) {
  const bool every = options.pid == -1;
  const ProbeEvent wanted = {.source = "uprobe",
                             .place = &path,
                             .offset = place,
                             .at_return = options.at_return.value_or(section_says_return(program)),
                             .reference_counter = options.reference_counter,
                             .target = {.pid = options.pid, .cpu = every ? 0 : -1}};
  auto event = open_probe_event(wanted);
  if (event) return LinkFactory::on_event(program, *std::move(event), options.cookie);
  const int refusal = event.error().os_error();
  if (refusal == EINVAL)
    return fail(errc::invalid_argument, EINVAL, "EINVAL: no probe can be at byte ", hex(place), " of ", path,
                ": it is no regular file, or that is not where an instruction begins");
  if (refusal == ESRCH)
    return fail(errc::not_found, ESRCH, "ESRCH: there is no process ", static_cast<std::int64_t>(options.pid));
  return fail_in(std::move(event));
}

Result<Link> attach_to_function(const Program& program, std::string_view file, std::string_view function,
                                const UprobeOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::kprobe));
  EBPF_TRY(const std::string& path, find_program_or_library(file));
  EBPF_TRY(const std::uint64_t place, function_offset(path, function, options.offset));
  return attach_at(program, path, place, options);
}

Result<Link> attach_to_place(const Program& program, std::string_view file, std::uint64_t place,
                             const UprobeOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::kprobe));
  EBPF_TRY(const std::string& path, find_program_or_library(file));
  if (__builtin_add_overflow(place, options.offset, &place))
    return fail(errc::out_of_range, "the offset is larger than any file");
  return attach_at(program, path, place, options);
}

}  // namespace

Result<Link> attach_uprobe(const Program& program, std::string_view file, std::string_view function,
                           const UprobeOptions& options) {
  return attached(program, cat("uprobe ", file, ":", function), attach_to_function(program, file, function, options));
}

Result<Link> attach_uprobe(const Program& program, std::string_view file, std::uint64_t file_offset,
                           const UprobeOptions& options) {
  return attached(program, cat("uprobe ", file, ":", hex(file_offset)),
                  attach_to_place(program, file, file_offset, options));
}

}  // namespace ebpf
