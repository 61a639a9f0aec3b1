// The verifier's log is for people and has no fixed form, but its habits are stable since 2014: an instruction is a
// line
// "<slot>: (<opcode>) <text>", possibly followed by "; <state>"; a source line begins with ";"; what made the verifier
// give up stands behind the last instruction; statistics come last.
#include "ebpf/load/verifier_report.h"

#include <span>
#include <system_error>
#include <vector>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/load/verifier_causes.h"

namespace ebpf::loader {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (line.ends_with(' ') || line.ends_with('\0')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool is_statistics(std::string_view line) {
  static constexpr std::string_view kBegins[] = {"processed ", "verification time ", "stack depth ", "mark_precise",
                                                 "insns_processed"};
  for (const std::string_view begin : kBegins)
    if (line.starts_with(begin)) return true;
  return false;
}

// A reason without the statistics, which follow on the same line where the kernel forgot to end it.
std::string_view without_statistics(std::string_view line) {
  const std::size_t at = line.find("processed ");
  return at == std::string_view::npos || line.find(" insns (limit ", at) == std::string_view::npos ? line
                                                                                                   : line.substr(0, at);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "27: (79) r3 = ...": digits, a colon, and the opcode in parentheses.
bool is_instruction(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && is_digit(line[at])) ++at;
  return at > 0 && line.substr(at).starts_with(": (");
}

// States and hints between instructions: "from 5 to 7: R0=...", "7: safe", "; source", "7: R1=ctx()", "func#1 ...", and
// the two states behind "infinite loop detected".
bool is_commentary(std::string_view line) {
  if (line.front() == ';' || line.starts_with("from ") || line.starts_with("func#") || line.starts_with("last_idx") ||
      line.starts_with("regs=") || line.starts_with("parent ") || line.starts_with("mark_precise") ||
      line.starts_with("cur state:") || line.starts_with("old state:") || line.ends_with(": safe"))
    return true;
  return is_digit(line.front()) && line.find(": R") != std::string_view::npos;
}

// An instruction's own text, without the state that the verifier writes behind it.
std::string_view without_state(std::string_view line) {
  line = line.substr(0, line.find(" ; "));
  while (line.ends_with(' ')) line.remove_suffix(1);
  return line;
}

// Linux 7.3 and later say of many refusals at length what they mean: "Verification failed: …", then paragraphs with
// titles ("Reason:", "At:", "Suggestion:").
constexpr std::string_view kAccount = "Verification failed: ";

// The paragraph of that title, in one line.
std::string paragraph(std::span<const std::string_view> account, std::string_view title) {
  std::string text;
  bool is_within = false;
  for (std::string_view line : account) {
    const std::size_t indent = line.find_first_not_of(' ');
    if (indent == 0) is_within = line == title;
    if (indent == 0 || !is_within) continue;
    if (!text.empty()) text += ' ';
    text += line.substr(indent);
  }
  return text;
}

// What the kernel says itself about a cause that verifier_causes.cc does not have.
std::string kernels_meaning(std::span<const std::string_view> account) {
  std::string meaning = paragraph(account, "Reason:");
  const std::string suggestion = paragraph(account, "Suggestion:");
  if (!meaning.empty() && !suggestion.empty()) meaning += ' ';
  return meaning + suggestion;
}

}  // namespace

VerifierReport read_verifier_log(std::string log) {
  VerifierReport report;
  report.log = std::move(log);
  const std::vector<std::string_view> lines = split_lines(report.log);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!is_instruction(lines[i])) continue;
    report.instruction = without_state(lines[i]);
    begin = i + 1;
  }
  std::size_t i = begin;
  for (; i < lines.size() && !lines[i].starts_with(kAccount); ++i) {
    if (is_statistics(lines[i]) || is_commentary(lines[i])) continue;
    if (!report.reason.empty()) report.reason += '\n';
    report.reason += without_statistics(lines[i]);
  }
  report.meaning = explain_cause(report.reason);
  if (report.meaning.empty()) report.meaning = kernels_meaning(std::span(lines).subspan(i));
  return report;
}

bool instruction_slot(std::string_view instruction, std::uint32_t& slot) {
  const auto number = take_unsigned(instruction, 10, UINT32_MAX);
  slot = static_cast<std::uint32_t>(number.value_or(0));
  return number.has_value();
}

std::string format_report(const VerifierReport& report) {
  std::string out;
  if (!report.source.empty()) out += cat("\n  ", report.source);
  if (!report.instruction.empty()) out += cat("\n    ", report.instruction);
  std::string_view reason = report.reason;
  while (!reason.empty()) {
    const std::size_t end = reason.find('\n');
    out += cat("\n    ", reason.substr(0, end));
    reason = end == std::string_view::npos ? std::string_view() : reason.substr(end + 1);
  }
  if (!report.meaning.empty()) out += cat("\n  ", report.meaning);
  out += "\n  full log: Error::verifier_log()";
  return out;
}

}  // namespace ebpf::loader
