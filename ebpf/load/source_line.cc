// Instructions and source lines.
#include "ebpf/load/source_line.h"

#include <algorithm>

#include "ebpf/base/text.h"

namespace ebpf::loader {
namespace {

// The record of the line that the instruction belongs to: the last one at or before it.
const btf::LineInfo* line_of(const ProgramPlan& program, std::uint32_t slot) {
  const auto after = std::ranges::upper_bound(program.lines, slot, {}, &btf::LineInfo::slot);
  return after == program.lines.begin() ? nullptr : &*std::prev(after);
}

}  // namespace

std::string source_place(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot) {
  const btf::LineInfo* line = line_of(program, slot);
  if (line == nullptr) return {};
  std::string_view file = plan.spec.types.string(line->file_name);
  file.remove_prefix(file.rfind('/') + 1);
  return cat(file, ":", line->line());
}

std::string source_line(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot) {
  const btf::LineInfo* line = line_of(program, slot);
  if (line == nullptr) return {};
  std::string_view text = plan.spec.types.string(line->text);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return cat(source_place(plan, program, slot), ":  ", text);
}

}  // namespace ebpf::loader
