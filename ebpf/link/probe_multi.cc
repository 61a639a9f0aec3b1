// BPF_LINK_CREATE with a list: of names or addresses of the kernel's functions, or of places in a file.
//
// Which of the kernel's functions can be traced, tracefs knows. From 6.5 on it says their addresses, too
// (available_filter_functions_addrs); before, /proc/kallsyms has to.
#include "ebpf/link/probe_multi.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "ebpf/base/number.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/kernel/symbols.h"
#include "ebpf/link/factory.h"
#include "ebpf/link/file_functions.h"
#include "ebpf/link/probe_event.h"
#include "ebpf/sys/attr.h"
#include "ebpf/sys/file.h"

namespace ebpf {
namespace {

// A session's program runs at both ends.
bool at_return(const Program& program, std::optional<bool> wanted, AttachType session) {
  return program.attach_type() != session && wanted.value_or(section_says_return(program));
}

Result<void> require_attach_type(const Program& program, AttachType many, AttachType session) {
  EBPF_CHECK(require_type(program, ProgramType::kprobe));
  if (program.attach_type() == many || program.attach_type() == session) return {};
  return fail(errc::type_mismatch,
              "it was loaded for one place at a time: its section is to be, or ProgramSpec::attach_type, ", name(many),
              " or ", name(session));
}

Result<void> require_as_many(std::string_view what, std::size_t given, std::size_t wanted) {
  if (given == 0 || given == wanted) return {};
  return fail(errc::invalid_argument, "there are ", given, " ", what, " for ", wanted, " places");
}

// ---- kprobes ----

Result<Link> attach_to_kernel(const Program& program, sys::LinkCreateAttr attr, bool returns) {
  attr.attach_type = *program.attach_type();
  attr.kprobe_multi.flags = returns ? sys::kKprobeMultiReturn : 0;
  auto fd = LinkFactory::create(program, attr);
  const int refusal = fd ? 0 : fd.error().os_error();
  if (refusal == ESRCH || refusal == ENOENT)
    return fail(errc::not_found, refusal, errno_name(refusal),
                ": one of the functions is not in this kernel, or cannot be traced (see "
                "available_filter_functions in tracefs)");
  if (refusal == EOPNOTSUPP)
    return fail(errc::not_supported, refusal, "EOPNOTSUPP: this kernel was built without CONFIG_FPROBE");
  return LinkFactory::kernel_link(std::move(fd));
}

Result<Link> attach_names(const Program& program, std::span<const std::string> functions,
                          const KprobeMultiOptions& options) {
  EBPF_CHECK(require_attach_type(program, AttachType::trace_kprobe_multi, AttachType::trace_kprobe_session));
  EBPF_CHECK(require_as_many("cookies", options.cookies.size(), functions.size()));
  if (functions.empty()) return fail(errc::invalid_argument, "there is no function to attach to");
  std::vector<const char*> names;
  for (const std::string& function : functions) names.push_back(function.c_str());
  sys::LinkCreateAttr attr;
  attr.kprobe_multi.cnt = static_cast<std::uint32_t>(names.size());
  attr.kprobe_multi.syms = sys::to_u64(names.data());
  attr.kprobe_multi.cookies = options.cookies.empty() ? 0 : sys::to_u64(options.cookies.data());
  return attach_to_kernel(program, attr, at_return(program, options.at_return, AttachType::trace_kprobe_session));
}

struct Traceable {
  std::string name;
  std::uint64_t address = 0;  // where the file says it
};

// "name [module]"; in the file with addresses one in front, in hexadecimal digits.
std::optional<Traceable> read_line(std::string_view line, bool with_address) {
  Traceable out;
  if (with_address) {
    const auto address = take_unsigned(line, 16);
    if (!address || !line.starts_with(' ')) return std::nullopt;
    line.remove_prefix(1);
    out.address = *address;
  }
  out.name = line.substr(0, line.find_first_of(" \t"));
  return out;
}

// What matches of a file in tracefs.
Result<std::vector<Traceable>> read_traceable(const std::string& path, std::string_view pattern, bool with_addresses) {
  EBPF_TRY(sys::LineReader reader, sys::LineReader::open(path));
  std::vector<Traceable> out;
  while (true) {
    EBPF_TRY(std::string_view text, reader.next());
    if (text.empty()) return out;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      auto line = read_line(text.substr(0, end), with_addresses);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line && matches_pattern(line->name, pattern)) out.push_back(*std::move(line));
    }
  }
}

// Before 6.5. Names of several functions are left out, as the kernel would refuse those that cannot be traced.
Result<std::vector<std::uint64_t>> addresses_by_name(const std::string& tracefs, std::string_view pattern) {
  EBPF_TRY(const auto& functions, read_traceable(cat(tracefs, "/available_filter_functions"), pattern, false));
  std::vector<kernel::Symbol> symbols;
  for (const Traceable& function : functions) symbols.push_back({.name = function.name});
  EBPF_CHECK(kernel::find_unique_symbols(symbols));
  std::vector<std::uint64_t> addresses;
  for (const kernel::Symbol& symbol : symbols)
    if (symbol.found) addresses.push_back(symbol.address);
  return addresses;
}

Result<std::vector<std::uint64_t>> addresses_in(const std::string& tracefs, std::string_view pattern) {
  auto functions = read_traceable(cat(tracefs, "/available_filter_functions_addrs"), pattern, true);
  if (!functions && functions.error().os_error() == ENOENT) return addresses_by_name(tracefs, pattern);
  if (!functions) return fail_in(std::move(functions));
  std::vector<std::uint64_t> addresses;
  for (const Traceable& function : *functions) addresses.push_back(function.address);
  return addresses;
}

Result<std::vector<std::uint64_t>> traceable_addresses(std::string_view pattern) {
  EBPF_TRY(const std::string& tracefs, sys::tracefs_path());
  EBPF_TRY(std::vector<std::uint64_t> addresses, addresses_in(tracefs, pattern));
  stable_sort(addresses);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

Result<Link> attach_matching(const Program& program, std::string_view pattern, const KprobeMultiOptions& options) {
  const std::string one[] = {std::string(pattern)};
  if (pattern.find_first_of("*?") == std::string_view::npos) return attach_names(program, one, options);
  EBPF_CHECK(require_attach_type(program, AttachType::trace_kprobe_multi, AttachType::trace_kprobe_session));
  if (!options.cookies.empty())
    return fail(errc::invalid_argument, "cookies go with a list of functions, not with a pattern");
  EBPF_TRY(const std::vector<std::uint64_t>& addresses, traceable_addresses(pattern));
  if (addresses.empty())
    return fail(errc::not_found, "no function of this kernel that can be traced is called ", quoted(pattern));
  sys::LinkCreateAttr attr;
  attr.kprobe_multi.cnt = static_cast<std::uint32_t>(addresses.size());
  attr.kprobe_multi.addrs = sys::to_u64(addresses.data());
  return attach_to_kernel(program, attr, at_return(program, options.at_return, AttachType::trace_kprobe_session));
}

// ---- uprobes ----

Result<Link> attach_places(const Program& program, const std::string& path, std::span<const std::uint64_t> places,
                           const UprobeMultiOptions& options) {
  EBPF_CHECK(require_as_many("cookies", options.cookies.size(), places.size()));
  EBPF_CHECK(require_as_many("reference counters", options.reference_counters.size(), places.size()));
  if (places.empty()) return fail(errc::invalid_argument, "there is no place to attach to");
  const auto address_of = [](std::span<const std::uint64_t> numbers) {
    return numbers.empty() ? 0 : sys::to_u64(numbers.data());
  };
  sys::LinkCreateAttr attr;
  attr.attach_type = *program.attach_type();
  attr.uprobe_multi.path = sys::to_u64(path.c_str());
  attr.uprobe_multi.offsets = address_of(places);
  attr.uprobe_multi.ref_ctr_offsets = address_of(options.reference_counters);
  attr.uprobe_multi.cookies = address_of(options.cookies);
  attr.uprobe_multi.cnt = static_cast<std::uint32_t>(places.size());
  attr.uprobe_multi.pid = static_cast<std::uint32_t>(options.pid);
  if (at_return(program, options.at_return, AttachType::trace_uprobe_session))
    attr.uprobe_multi.flags = sys::kUprobeMultiReturn;
  EBPF_TRY(Fd fd, LinkFactory::create(program, attr));
  return LinkFactory::kernel_link(std::move(fd));
}

Result<Link> attach_functions(const Program& program, std::string_view file, std::string_view pattern,
                              const UprobeMultiOptions& options) {
  EBPF_CHECK(require_attach_type(program, AttachType::trace_uprobe_multi, AttachType::trace_uprobe_session));
  EBPF_TRY(const std::string& path, find_program_or_library(file));
  EBPF_TRY(const std::vector<std::uint64_t>& places, function_offsets(path, pattern));
  return attach_places(program, path, places, options);
}

Result<Link> attach_to_places(const Program& program, std::string_view file, std::span<const std::uint64_t> places,
                              const UprobeMultiOptions& options) {
  EBPF_CHECK(require_attach_type(program, AttachType::trace_uprobe_multi, AttachType::trace_uprobe_session));
  EBPF_TRY(const std::string& path, find_program_or_library(file));
  return attach_places(program, path, places, options);
}

}  // namespace

Result<Link> attach_kprobe_multi(const Program& program, std::span<const std::string> functions,
                                 const KprobeMultiOptions& options) {
  const std::string target = cat(functions.size(), functions.size() == 1 ? " kernel function" : " kernel functions");
  return attached(program, target, attach_names(program, functions, options));
}

Result<Link> attach_kprobe_multi(const Program& program, std::string_view pattern, const KprobeMultiOptions& options) {
  return attached(program, cat("kernel functions ", pattern), attach_matching(program, pattern, options));
}

Result<Link> attach_uprobe_multi(const Program& program, std::string_view file, std::span<const std::uint64_t> places,
                                 const UprobeMultiOptions& options) {
  return attached(program, cat(places.size(), " places in ", file), attach_to_places(program, file, places, options));
}

Result<Link> attach_uprobe_multi(const Program& program, std::string_view file, std::string_view pattern,
                                 const UprobeMultiOptions& options) {
  return attached(program, cat("functions ", file, ":", pattern), attach_functions(program, file, pattern, options));
}

}  // namespace ebpf
