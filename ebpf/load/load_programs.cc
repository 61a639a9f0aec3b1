// Pass: programs are loaded.
//
// First without a log, which is fastest. When the verifier refuses, the same program is loaded again with a log, in a
// buffer that grows until the log fits. What is kept is the log's end, where the reason stands. Linux 6.4 and later say
// how long the log is, and leave its end in a buffer that is too small. Older ones leave its beginning: there the
// buffer grows past the caller's limit, until it has the end.
#include <algorithm>
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/missing.h"
#include "ebpf/load/old_kernel.h"
#include "ebpf/load/passes.h"
#include "ebpf/load/source_line.h"
#include "ebpf/load/verifier_report.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::loader {
namespace {

constexpr std::uint32_t kFirstLog = 64u << 10;
constexpr std::uint32_t kLargestLog = UINT32_MAX >> 2;  // the kernel's limit since 5.10; 16 MiB before 5.2
constexpr std::uint32_t kLargestWhole = 256u << 20;     // where its end comes last: more than the verifier can say

// The kernel's records are {insn_off, type_id} and {insn_off, file_name_off, line_off, line_col}.
static_assert(sizeof(btf::FunctionInfo) == 8 && sizeof(btf::LineInfo) == 16);

Result<std::uint32_t> kernel_version_for(const ProgramSpec& spec) {
  if (spec.program_type != ProgramType::kprobe) return spec.kernel_version;
  // Kernels before 5.0 compare it with their own; objects say 0 or a number that means "the running one".
  constexpr std::uint32_t kAnyVersion = 0xfffffffe;
  if (spec.kernel_version != 0 && spec.kernel_version != kAnyVersion) return spec.kernel_version;
  return sys::running_kernel_version();
}

std::uint32_t module_fd(const LoadPlan& plan, std::string_view name) {
  for (const ModulePlan& module : plan.modules)
    if (module.name == name) return static_cast<std::uint32_t>(module.btf.get());
  return 0;
}

// What calls of modules' functions count into: the kernel itself, which has no descriptor, and then the modules.
std::vector<std::int32_t> module_fds(const LoadPlan& plan) {
  if (plan.modules.empty()) return {};
  std::vector<std::int32_t> out = {0};
  for (const ModulePlan& module : plan.modules) out.push_back(module.btf.valid() ? module.btf.get() : 0);
  return out;
}

// `fd_array` must live as long as what is returned.
Result<sys::ProgLoadAttr> attributes(const LoadPlan& plan, const ProgramPlan& program,
                                     const std::vector<std::int32_t>& fd_array) {
  const ProgramSpec& spec = *program.spec;
  sys::ProgLoadAttr attr;
  attr.prog_type = spec.program_type;
  attr.insn_cnt = static_cast<std::uint32_t>(program.code.size());
  attr.insns = sys::to_u64(program.code.data());
  attr.license = sys::to_u64(plan.spec.license.c_str());
  EBPF_TRY(attr.kern_version, kernel_version_for(spec));
  attr.prog_flags = spec.flags;
  attr.prog_ifindex = spec.ifindex;
  attr.expected_attach_type = spec.attach_type.value_or(AttachType{});
  if (program.member) attr.expected_attach_type = static_cast<AttachType>(*program.member);
  copy_object_name(attr.prog_name, spec.name);
  attr.attach_btf_id = program.target.type;
  if (program.target_program != nullptr)
    attr.attach_prog_fd = static_cast<std::uint32_t>(program.target_program->get());
  else if (!program.target.module.empty())
    attr.attach_btf_obj_fd = module_fd(plan, program.target.module);
  attr.fd_array = fd_array.empty() ? 0 : sys::to_u64(fd_array.data());
  // A kernel whose BTF has no functions takes none of what follows.
  if (!plan.btf.valid() || plan.btf_degraded.has(btf::Feature::function)) return attr;
  attr.prog_btf_fd = static_cast<std::uint32_t>(plan.btf.get());
  if (!program.functions.empty()) {
    attr.func_info = sys::to_u64(program.functions.data());
    attr.func_info_cnt = static_cast<std::uint32_t>(program.functions.size());
    attr.func_info_rec_size = sizeof(btf::FunctionInfo);
  }
  if (!program.lines.empty()) {
    attr.line_info = sys::to_u64(program.lines.data());
    attr.line_info_cnt = static_cast<std::uint32_t>(program.lines.size());
    attr.line_info_rec_size = sizeof(btf::LineInfo);
  }
  return attr;
}

// The last `limit` bytes of a log, from the beginning of a line.
void keep_end(std::string& log, std::size_t limit) {
  if (log.size() <= limit) return;
  const std::size_t line = log.find('\n', log.size() - limit - 1);
  log.erase(0, line == std::string::npos ? log.size() - limit : line + 1);
  log.shrink_to_fit();
}

// Loads with a log. `log` holds it afterwards, or its end, whatever the verdict. A program that is loaded once more for
// its log counts twice against what the process may have.
Result<Fd> load_with_log(sys::ProgLoadAttr attr, std::uint32_t level, std::uint32_t limit, Token& token,
                         std::string& log) {
  limit = std::clamp(limit, kFirstLog, kLargestLog);
  for (std::uint32_t size = kFirstLog;;) {
    log.assign(size, '\0');
    attr.log_level = level;
    attr.log_buf = sys::to_u64(log.data());
    attr.log_size = size;
    attr.log_true_size = 0;
    auto fd = call_with_rights(token, attr, sys::prog_load);
    const std::size_t length = std::min(log.find('\0'), log.size());
    const bool has_end = attr.log_true_size != 0;
    // ENOSPC may mean other things, too; then an older kernel has not filled the buffer.
    const bool too_small =
        !fd && fd.error().os_error() == ENOSPC && (has_end ? attr.log_true_size > size : length + 1 >= size);
    const std::uint32_t largest = has_end ? limit : std::max(limit, kLargestWhole);
    if (!too_small || size >= largest) {
      log.resize(length);
      keep_end(log, limit);
      return fd;
    }
    size = has_end ? std::min(limit, std::max(attr.log_true_size, size)) : std::min(largest / 4, size) * 4;
  }
}

Failure rejected(const LoadPlan& plan, const ProgramPlan& program, Error&& error, std::string log) {
  VerifierReport report = read_verifier_log(std::move(log));
  std::uint32_t slot = UINT32_MAX;
  if (instruction_slot(report.instruction, slot)) report.source = source_line(plan, program, slot);
  const auto missing = explain_missing(plan, program, slot);
  if (missing) report.meaning.clear();  // that of a call that only stands for what is missing
  std::string message =
      cat("verifier rejected the program (", errno_name(error.os_error()), ")", format_report(report));
  if (missing) {
    message = cat(*missing, "\n  ", message);
    report.meaning = *missing;
  }
  return fail_in(Error(errc::verifier_rejected, error.os_error(), std::move(message)).with(std::move(report)));
}

// What a refusal without a word from the verifier means: it did not come from the verifier.
Failure refused_before_verifier(const ProgramPlan& program, Error&& error, const Token& token) {
  const std::string_view type = name(program.spec->program_type);
  switch (error.os_error()) {
    case EPERM:
      return token.explain(std::move(error), Need::load_program);
    case EINVAL:
      return fail(errc::not_supported, EINVAL, "EINVAL before verification: this kernel may not know programs of type ",
                  type, ", their attach type (", program.spec->attach_type ? name(*program.spec->attach_type) : "none",
                  "), or one of their flags (", hex(program.spec->flags), ")");
    case E2BIG:
      return fail(errc::out_of_range, E2BIG, "E2BIG: ", program.code.size(),
                  " instructions are more than this kernel takes");
    default:
      return fail_in(std::move(error));
  }
}

bool may_be_unknown(const Result<Fd>& loaded) {
  return !loaded && (loaded.error().os_error() == EINVAL || loaded.error().os_error() == E2BIG);
}

// A verifier that works without rights refuses more (EACCES) than one with a token would: the program is loaded once
// more where there is one.
Result<Fd> load_with_rights(sys::ProgLoadAttr& attr, Token& token) {
  auto fd = call_with_rights(token, attr, sys::prog_load);
  if (fd || fd.error().os_error() != EACCES || !token.find()) return fd;
  token.put_into(attr);
  return sys::prog_load(attr);
}

// For a kernel that does not know all of it. `code` must live as long as `attr`. Says whether there was anything to
// change.
bool fit_to_old_kernel(sys::ProgLoadAttr& attr, const ProgramPlan& program, std::vector<insn::Slot>& code) {
  const bool renamed = fit_name(attr.prog_name);
  code = fit_helpers(program.code);
  if (!code.empty()) attr.insns = sys::to_u64(code.data());
  return renamed || !code.empty();
}

// Where an older kernel may not know the attach type, the name or a helper, once more without: `attr` is then what was
// asked for last.
Result<Fd> load_or_fit(sys::ProgLoadAttr& attr, const ProgramPlan& program, std::vector<insn::Slot>& code,
                       Token& token) {
  auto fd = load_with_rights(attr, token);
  if (may_be_unknown(fd) && program.spec->attach_type_optional) {
    sys::ProgLoadAttr without = attr;
    without.expected_attach_type = {};
    if (auto again = sys::prog_load(without)) {
      attr = without;
      return again;
    }
  }
  if (may_be_unknown(fd) && fit_to_old_kernel(attr, program, code)) {
    if (program.spec->attach_type_optional) attr.expected_attach_type = {};
    fd = sys::prog_load(attr);
  }
  return fd;
}

// Without a log. A kernel before 6.8 refuses a function that takes the context as anything but a pointer to the
// structure of its name: then it is told of that. One that knows tags of arguments refuses once more, for the same
// reason.
Result<Fd> load_quietly(sys::ProgLoadAttr& attr, const ProgramPlan& program, std::vector<insn::Slot>& code,
                        Token& token) {
  auto fd = load_or_fit(attr, program, code, token);
  const bool is_verdict = !fd && (fd.error().os_error() == EINVAL || fd.error().os_error() == EACCES);
  if (!is_verdict || attr.func_info == 0 || program.functions_by_name.empty()) return fd;
  attr.func_info = sys::to_u64(program.functions_by_name.data());
  return load_or_fit(attr, program, code, token);
}

Result<Fd> load_program(LoadPlan& plan, ProgramPlan& program) {
  const std::vector<std::int32_t> fd_array = module_fds(plan);
  EBPF_TRY(sys::ProgLoadAttr attr, attributes(plan, program, fd_array));
  const std::uint32_t level = program.spec->verifier_log_level.value_or(plan.options.verifier_log_level);
  // A jump table is for one program: what is loaded cannot be loaded again for its log.
  if (level != 0 && !program.jump_tables.empty()) {
    auto fd = load_with_log(attr, level, plan.options.verifier_log_limit, plan.token, program.verifier_log);
    if (fd) return fd;
  }
  std::vector<insn::Slot> fitted;
  auto quiet = load_quietly(attr, program, fitted, plan.token);
  if (quiet && level == 0) return quiet;
  // What was loaded quietly is loaded again where its log is wanted. The log may not fit; the verdict stands all the
  // same.
  auto fd = load_with_log(attr, std::max(level, 1u), plan.options.verifier_log_limit, plan.token, program.verifier_log);
  if (fd) return fd;
  if (quiet) return quiet;
  if (program.verifier_log.empty()) return refused_before_verifier(program, std::move(quiet).error(), plan.token);
  return rejected(plan, program, std::move(quiet).error(), std::move(program.verifier_log));
}

}  // namespace

Result<void> load_programs(LoadPlan& plan) {
  return plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    EBPF_TRY(program.fd, load_program(plan, program));
    return {};
  });
}

}  // namespace ebpf::loader
