// perf_event_open(2) with what struct perf_event_attr calls kprobe_func and uprobe_path.
#include "ebpf/link/probe_event.h"

#include <linux/perf_event.h>

#include <cerrno>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/section_rules.h"
#include "ebpf/sys/attr.h"
#include "ebpf/sys/file.h"

namespace ebpf {
namespace {

// As the "format" files of these events say since there are any: bit 0 of config is for returns, the upper half is the
// reference counter's place.
constexpr std::uint64_t kAtReturn = 1;
constexpr unsigned kReferenceCounterShift = 32;

Result<std::uint32_t> number_of(std::string_view source) {
  constexpr std::size_t kLongest = 64;
  const std::string path = cat("/sys/bus/event_source/devices/", source, "/type");
  auto text = sys::read_text_file(path, kLongest);
  if (!text && text.error().os_error() == ENOENT)
    return fail(errc::not_supported, ENOENT, "this kernel has no ", source,
                "s that can be attached through a perf event (no ", path, "): it was built without CONFIG_",
                source == "kprobe" ? "KPROBE" : "UPROBE", "_EVENTS, is older than Linux 4.17, or /sys is not mounted");
  if (!text) return fail_in(std::move(text));
  std::string_view line = *text;
  const auto number = take_unsigned(line, 10, UINT32_MAX);
  if (!number) return fail(errc::malformed, path, " holds no number");
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

Result<Fd> open_probe_event(const ProbeEvent& event) {
  EBPF_TRY(const std::uint32_t number, number_of(event.source));
  perf_event_attr attr = {};
  attr.type = number;
  attr.config = (event.at_return ? kAtReturn : 0) | std::uint64_t{event.reference_counter} << kReferenceCounterShift;
  attr.config1 = sys::to_u64(event.place->c_str());
  attr.config2 = event.offset;
  return sys::perf_event_open(attr, event.target);
}

std::string_view probe_section(const Program& program) { return split_autoload_mark(program.section()).name; }

bool section_says_return(const Program& program) {
  const std::string_view section = probe_section(program);
  return section.starts_with("kret") || section.starts_with("uret");
}

Result<PlaceInFunction> split_offset(std::string_view text) {
  const std::size_t plus = text.find('+');
  if (plus == std::string_view::npos) return PlaceInFunction{text, 0};
  std::string_view digits = text.substr(plus + 1);
  const unsigned base = take_base(digits);
  const auto offset = parse_unsigned(digits, base);
  if (!offset || plus == 0)
    return fail(errc::invalid_argument, quoted(text), " is no function, and no function+offset");
  return PlaceInFunction{text.substr(0, plus), *offset};
}

}  // namespace ebpf
