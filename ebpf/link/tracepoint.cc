// A tracepoint is attached through a perf event: perf_event_open(2) with the number that tracefs gives the tracepoint.
#include "ebpf/link/tracepoint.h"

#include <cerrno>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/file.h"
#include "ebpf/sys/perf.h"

namespace ebpf {
namespace {

// A name becomes part of a path.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.find('/') == std::string_view::npos && text[0] != '.';
}

Result<std::uint64_t> tracepoint_id(std::string_view category, std::string_view event) {
  constexpr std::size_t kLongest = 64;
  if (!is_plain_name(category) || !is_plain_name(event))
    return fail(errc::invalid_argument, "a tracepoint is named as category/event, such as sched/sched_switch");
  EBPF_TRY(const std::string& tracefs, sys::tracefs_path());
  auto text = sys::read_text_file(cat(tracefs, "/events/", category, "/", event, "/id"), kLongest);
  if (!text && text.error().os_error() == ENOENT)
    return fail(errc::not_found, ENOENT, "this kernel has no such tracepoint (see ", tracefs, "/events/", category,
                "/)");
  if (!text) return fail_in(std::move(text));
  std::string_view line = *text;
  const auto id = take_unsigned(line);
  if (!id) return fail(errc::malformed, "its number in tracefs is not a number");
  return *id;
}

Result<Link> attach(const Program& program, std::string_view category, std::string_view event_name,
                    const TracepointOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::tracepoint));
  EBPF_TRY(const std::uint64_t id, tracepoint_id(category, event_name));
  EBPF_TRY(Fd event, sys::perf_open_tracepoint(id, {}));
  return LinkFactory::on_event(program, std::move(event), options.cookie);
}

}  // namespace

Result<Link> attach_tracepoint(const Program& program, std::string_view category, std::string_view event,
                               const TracepointOptions& options) {
  return attached(program, cat("tracepoint ", category, "/", event), attach(program, category, event, options));
}

}  // namespace ebpf
