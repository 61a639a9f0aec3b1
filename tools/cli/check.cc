// ebpf check: does this kernel accept the programs of an object? Each is loaded for itself, with the maps that it
// needs.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
#include "ebpf/ebpf.h"
#include "ebpf/sys/attr.h"
#include "ebpf/sys/bpf.h"
#include "tools/cli/command.h"
#include "tools/cli/kernel_btf.h"
#include "tools/cli/object_files.h"
#include "tools/cli/value.h"

namespace ebpf::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t microseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

struct ProgramVerdict {
  const ProgramSpec* spec;
  bool loaded = false;
  int os_error = 0;
  std::uint64_t slots = 0;  // handed to the kernel, subprograms included
  std::uint32_t verified = 0;
  std::uint64_t load_us = 0;
  std::string error = {};
  ExitStatus status = kOk;
};

struct FileVerdict {
  std::string_view file;
  std::string error = {};
  std::uint64_t open_us = 0;
  std::uint64_t load_us = 0;
  std::vector<ProgramVerdict> programs = {};
  ExitStatus status = kOk;
};

// The kernel's, or what it would say where it was not even asked: nothing of that name, or nothing that makes sense.
int errno_of(const Error& error) {
  if (error.os_error() != 0) return error.os_error();
  return error.code() == errc::not_found ? ESRCH : EINVAL;
}

void take_error(ProgramVerdict& verdict, const Error& error) {
  verdict.error = error.message();
  verdict.os_error = errno_of(error);
  // The file was read: what goes wrong from here on is an answer about the program.
  verdict.status = error.code() == errc::denied ? kDenied : kNo;
}

// The slots of the last program that was handed to the kernel. Probes have no names, and do not count.
std::uint32_t handed_slots = 0;

long count_slots(sys::Command command, void* attr, unsigned size) {
  sys::ProgLoadAttr load;
  if (command == sys::Command::prog_load) {
    std::memcpy(static_cast<void*>(&load), attr, std::min<std::size_t>(size, sizeof load));
    if (load.prog_name[0] != '\0') handed_slots = load.insn_cnt;
  }
  return sys::straight_bpf(command, attr, size);
}

ProgramVerdict check_program(const CollectionSpec& spec, const ProgramSpec& program, const LoadOptions& options) {
  ProgramVerdict verdict{.spec = &program};
  const auto alone = spec.only(program.name);
  if (!alone) return take_error(verdict, alone.error()), verdict;
  handed_slots = 0;
  const auto start = Clock::now();
  auto objects = Collection::load(*alone, options);
  verdict.load_us = microseconds_since(start);
  verdict.slots = handed_slots;
  if (!objects) return take_error(verdict, objects.error()), verdict;
  verdict.loaded = true;
  if (const auto details = objects->program(program.name)->info()) verdict.verified = details->verified_instructions;
  return verdict;
}

Result<void> apply_settings(CollectionSpec& spec, const Arguments& arguments) {
  for (const GivenOption& option : arguments.options)
    if (option.name == "--set") EBPF_CHECK(set_from_text(spec, option.value));
  return {};
}

// `spec` keeps what the verdict points to.
FileVerdict check_file(std::string_view file, const Arguments& arguments, LoadOptions& options, CollectionSpec& spec) {
  FileVerdict verdict{.file = file};
  const auto start = Clock::now();
  auto read = CollectionSpec::read_file(std::string(file));
  verdict.open_us = microseconds_since(start);
  if (!read) {
    verdict.error = read.error().message();
    verdict.status = kBadInput;
    return verdict;
  }
  spec = *std::move(read);
  if (spec.byte_order != kHostByteOrder) {
    verdict.error = cat(quoted(file), " is of the other byte order: compile it with -target bpf on this machine");
    verdict.status = kBadInput;
    return verdict;
  }
  if (auto set = apply_settings(spec, arguments); !set) {
    verdict.error = set.error().message();
    verdict.status = kUsage;
    return verdict;
  }
  open_kernel_types(spec, options);
  for (const ProgramSpec& program : spec.programs) {
    if (!spec.loads(program) && !arguments.has("--all")) continue;
    verdict.programs.push_back(check_program(spec, program, options));
    verdict.load_us += verdict.programs.back().load_us;
    verdict.status = graver(verdict.status, verdict.programs.back().status);
  }
  return verdict;
}

void print_json(const FileVerdict& verdict) {
  Json json;
  json.open_object().key("file").string(verdict.file).key("ok").boolean(verdict.status == kOk);
  json.key("error").string_or_null(verdict.error);
  json.key("open_us").number(verdict.open_us).key("load_us").number(verdict.load_us).key("programs").open_array();
  for (const ProgramVerdict& program : verdict.programs) {
    json.open_object();
    json.key("name").string(program.spec->name).key("section").string(program.spec->section);
    json.key("type").string(name(program.spec->program_type)).key("loaded").boolean(program.loaded);
    json.key("errno").number(std::int64_t{program.os_error}).key("insns").number(program.slots);
    json.key("verified_insns").number(program.verified).key("load_us").number(program.load_us);
    json.key("error").string_or_null(program.error).close_object();
  }
  json.close_array().close_object();
  print_line(json);
}

void print_row(const std::string_view (&columns)[8]) {
  constexpr std::size_t kWidths[] = {24, 28, 18, 8, 8, 8, 10, 9};
  constexpr std::size_t kFirstNumber = 4;
  std::string line = " ";
  for (std::size_t i = 0; i < std::size(columns); ++i)
    line += cat(' ', i < kFirstNumber ? padded(columns[i], kWidths[i]) : right_aligned(columns[i], kWidths[i]));
  print(line, '\n');
}

void print_text(const FileVerdict& verdict) {
  if (!verdict.error.empty()) {
    diagnose(verdict.error);
    return;
  }
  print(verdict.file, '\n');
  print_row({"program", "section", "type", "verdict", "errno", "insns", "verified", "time"});
  for (const ProgramVerdict& program : verdict.programs)
    print_row({program.spec->name, program.spec->section, name(program.spec->program_type),
               program.loaded ? "loaded" : "refused", program.os_error ? errno_name(program.os_error) : "-",
               cat(program.slots), cat(program.verified), cat(program.load_us, " us")});
  for (const ProgramVerdict& program : verdict.programs)
    if (!program.error.empty()) diagnose(program.error);
}

ExitStatus check(const Arguments& arguments) {
  ExitStatus status = kOk;
  LoadOptions options;
  sys::set_bpf_hook(count_slots);
  if (!read_kernel_btf(arguments, options)) return kBadInput;
  const auto files = object_files(arguments.operands);
  if (!files) return print_error(files.error()), kBadInput;
  for (std::size_t i = 0; i < files->size(); ++i) {
    CollectionSpec spec;
    const FileVerdict verdict = check_file((*files)[i], arguments, options, spec);
    if (arguments.has("--json"))
      print_json(verdict);
    else
      print_text(verdict);
    status = graver(status, verdict.status);
    const std::size_t left = files->size() - i - 1;
    if (verdict.status == kOk || arguments.has("--keep-going") || left == 0) continue;
    diagnose("check stops here, with ", left, " files left; --keep-going goes on");
    break;
  }
  return status;
}

constexpr Option kOptions[] = {
    {"--json", "", "one JSON object per file"},
    {"--keep-going", "", "go on with the next file after one that is not all well"},
    {"--all", "", "also programs that are not loaded by default (SEC(\"?...\"))"},
    {"--kernel-btf", "FILE", "relocate against the types in this file (BTF, or ELF with a .BTF section)"},
    {"--set", "VAR=VALUE", "set a variable before loading; may be repeated"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kCheck = {
    .name = "check",
    .operands = "FILE|DIRECTORY...",
    .summary = "Loads every program for itself and shows what this kernel says to it.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .run = check,
};

}  // namespace ebpf::cli
