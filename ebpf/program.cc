// Program: loading alone, opening, running on made-up input, asking.
#include "ebpf/program.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ebpf/base/text.h"
#include "ebpf/collection.h"
#include "ebpf/map.h"
#include "ebpf/pin.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {
namespace {

Failure run_error(const Program& program, Error&& error) {
  const int os_error = error.os_error();
  const std::string context = cat("run program ", quoted(program.name));
  // 524, ENOTSUPP, is what the kernel says for a type without a test run.
  if (errno_code(os_error) == errc::not_supported)
    return fail(errc::not_supported, os_error, context, ": programs of type ", name(program.type()),
                " cannot be run with test input");
  if (os_error == EINVAL)
    return fail(errc::invalid_argument, os_error, context,
                ": EINVAL: input of this size or kind is not what programs of type ", name(program.type()),
                " are run with (a packet has at least 14 bytes; types without packets take no data, no repeat and no "
                "output)");
  return fail_in(std::move(error), context);
}

// EINVAL is what a kernel says that does not know the call.
Failure stream_error(const Program& program, Error&& error) {
  const std::string context = cat("program ", quoted(program.name));
  if (error.os_error() != EINVAL) return fail_in(std::move(error), context);
  return fail(errc::not_supported, EINVAL, context,
              ": its streams cannot be read: this kernel has none (they need Linux 6.17)");
}

}  // namespace

Result<Program> Program::load(const ProgramSpec& spec, std::string_view license, const LoadOptions& options) {
  CollectionSpec collection;
  collection.name = spec.name;
  collection.license = license;
  collection.programs.push_back(spec);
  collection.programs.back().autoload = true;
  EBPF_TRY(Collection loaded, Collection::load(collection, options));
  return loaded.take_program(spec.name);
}

Result<Program> Program::open_pinned(const std::string& path) {
  EBPF_TRY(Fd fd, open_pinned_object(path));
  return from_fd(std::move(fd));
}

Result<Program> Program::from_id(std::uint32_t id) {
  sys::GetIdAttr attr;
  attr.prog_id = id;
  EBPF_TRY_IN(Fd fd, sys::prog_get_fd_by_id(attr), "program number ", id);
  return from_fd(std::move(fd));
}

Result<Program> Program::from_name(std::string_view name) {
  const std::string_view kept = name.substr(0, sys::kObjectNameLength - 1);
  std::vector<Program> named;
  std::string numbers;
  EBPF_TRY(std::optional<std::uint32_t> id, next_id(0));
  while (id) {
    auto program = from_id(*id);
    // One that is gone meanwhile is passed over.
    if (!program && program.error().code() != errc::not_found) return program;
    if (program && program->name == kept) {
      numbers += cat(named.empty() ? "" : ", ", *id);
      named.push_back(*std::move(program));
    }
    EBPF_TRY(id, next_id(*id));
  }
  if (named.empty()) return fail(errc::not_found, "no program called ", quoted(name), " is loaded");
  if (named.size() > 1)
    return fail(errc::invalid_argument, "several programs are called ", quoted(name), ": open one by its number, ",
                numbers);
  return std::move(named.front());
}

Result<std::optional<std::uint32_t>> Program::next_id(std::uint32_t id) {
  auto next = sys::prog_get_next_id(id);
  if (next) return std::optional(*next);
  if (next.error().code() == errc::not_found) return std::nullopt;
  return fail_in(std::move(next));
}

Result<Program> Program::from_fd(Fd fd) {
  EBPF_CHECK(require_object(fd, "bpf-prog"));
  Program program;
  program.fd_ = std::move(fd);
  EBPF_TRY(ProgramDetails details, program.info());
  program.name = std::move(details.name);
  program.type_ = details.type;
  return program;
}

Result<TestRunResult> Program::test_run(const TestRun& run) const {
  TestRunResult result = {};
  result.data.resize(run.data_out);
  const bool is_syscall = type_ == ProgramType::syscall;
  // A syscall program's context is written back to where it came from, which must not be the caller's constant.
  std::vector<std::byte> context(run.context.begin(), run.context.end());
  result.context.resize(is_syscall ? 0 : run.context_out);
  sys::TestRunAttr attr;
  attr.prog_fd = static_cast<std::uint32_t>(fd_.get());
  attr.data_in = run.data.empty() ? 0 : sys::to_u64(run.data.data());
  attr.data_size_in = static_cast<std::uint32_t>(run.data.size());
  attr.data_out = result.data.empty() ? 0 : sys::to_u64(result.data.data());
  attr.data_size_out = static_cast<std::uint32_t>(result.data.size());
  attr.ctx_in = context.empty() ? 0 : sys::to_u64(context.data());
  attr.ctx_size_in = static_cast<std::uint32_t>(context.size());
  attr.ctx_out = result.context.empty() ? 0 : sys::to_u64(result.context.data());
  attr.ctx_size_out = static_cast<std::uint32_t>(result.context.size());
  attr.repeat = run.repeat;
  attr.flags = run.flags;
  attr.cpu = run.cpu;
  if (auto ok = sys::prog_test_run(attr); !ok) {
    // The run was made, and there was more to give back than was asked for.
    result.truncated = ok.error().os_error() == ENOSPC && (run.data_out != 0 || run.context_out != 0);
    if (!result.truncated) return run_error(*this, std::move(ok).error());
  }
  result.return_value = attr.retval;
  result.duration = std::chrono::nanoseconds(attr.duration);
  result.data.resize(std::min<std::size_t>(result.data.size(), attr.data_size_out));
  if (is_syscall)
    result.context = std::move(context);
  else
    result.context.resize(std::min<std::size_t>(result.context.size(), attr.ctx_size_out));
  return result;
}

Result<std::string> Program::read_stream(ProgramStream stream) const {
  constexpr std::size_t kCapacity = 100'000;  // BPF_STREAM_MAX_CAPACITY
  constexpr std::size_t kChunk = 4096;
  std::string text;
  // A read that comes back short has come to the end. While the program goes on writing there might be none.
  for (std::size_t got = kChunk; got == kChunk && text.size() < kCapacity;) {
    const std::size_t before = text.size();
    text.resize(before + kChunk);
    sys::ProgStreamReadAttr attr;
    attr.prog_fd = static_cast<std::uint32_t>(fd_.get());
    attr.stream_id = static_cast<std::uint32_t>(stream);
    attr.stream_buf = sys::to_u64(text.data() + before);
    attr.stream_buf_len = kChunk;
    auto read = sys::prog_stream_read(attr);
    if (!read) return stream_error(*this, std::move(read).error());
    got = std::min<std::size_t>(*read, kChunk);
    text.resize(before + got);
  }
  return text;
}

Result<ProgramDetails> Program::info() const {
  sys::ProgInfo info;
  EBPF_CHECK_IN(sys::obj_get_info(fd_.get(), info), "program ", quoted(name));
  std::vector<std::uint32_t> map_ids(info.nr_map_ids);
  if (!map_ids.empty()) {
    // The rest of what came back would be taken for room to fill.
    info = {};
    info.nr_map_ids = static_cast<std::uint32_t>(map_ids.size());
    info.map_ids = sys::to_u64(map_ids.data());
    EBPF_CHECK_IN(sys::obj_get_info(fd_.get(), info), "program ", quoted(name));
    map_ids.resize(std::min<std::size_t>(map_ids.size(), info.nr_map_ids));
  }
  ProgramDetails details{
      .id = info.id,
      .name = std::string(info.name, strnlen(info.name, sizeof info.name)),
      .type = info.type,
      .tag = {},
      .btf_id = info.btf_id,
      .translated_bytes = info.xlated_prog_len,
      .jited_bytes = info.jited_prog_len,
      .verified_instructions = info.verified_insns,
      .run_time = std::chrono::nanoseconds(info.run_time_ns),
      .run_count = info.run_cnt,
      .map_ids = std::move(map_ids),
  };
  std::memcpy(details.tag, info.tag, sizeof details.tag);
  return details;
}

Result<void> Program::bind_map(const Map& map) const {
  sys::ProgBindMapAttr attr;
  attr.prog_fd = static_cast<std::uint32_t>(fd_.get());
  attr.map_fd = static_cast<std::uint32_t>(map.fd().get());
  auto bound = sys::prog_bind_map(attr);
  if (bound) return {};
  const std::string context = cat("program ", quoted(name), ": bind map ", quoted(map.name));
  if (bound.error().os_error() == EINVAL)
    return fail(errc::not_supported, EINVAL, context, ": EINVAL: this needs Linux 5.10");
  return fail_in(std::move(bound), context);
}

Result<void> Program::pin(const std::string& path) const {
  EBPF_CHECK_IN(pin_object(fd_, path), "program ", quoted(name));
  return {};
}

}  // namespace ebpf
