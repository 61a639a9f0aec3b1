// ebpf disasm: the instructions of an object, as compiled, or as a kernel would be given them.
#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/base/json.h"
#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/ebpf.h"
#include "tools/cli/command.h"
#include "tools/cli/kernel_btf.h"
#include "tools/cli/listing.h"

namespace ebpf::cli {
namespace {

struct Output {
  std::string_view file;
  const CollectionSpec& spec;
  bool json;
  bool with_bytes;
};

std::string hex_digits(std::span<const std::byte> bytes, std::string_view between) {
  std::string out;
  for (const std::byte b : bytes) {
    if (!out.empty()) out += between;
    append_byte(out, std::to_integer<unsigned char>(b));
  }
  return out;
}

void add_slot(Json& json, const CollectionSpec& spec, const ListedSlot& slot, std::uint64_t number) {
  json.open_object().key("slot").number(number).key("bytes").string(hex_digits(slot.bytes, ""));
  json.key("text").string(slot.text).key("symbol").string_or_null(slot.symbol).key("line");
  if (slot.line) {
    json.open_object().key("file").string(spec.types.string(slot.line->file_name));
    json.key("line").number(slot.line->line()).key("text").string(spec.types.string(slot.line->text)).close_object();
  } else {
    json.null();
  }
  json.key("core").string_or_null(slot.core).close_object();
}

void print_json(const Output& out, const FunctionSpec& function, bool is_program, const Result<Listing>& listing) {
  Json json;
  json.open_object().key("file").string(out.file).key("program").string(function.name);
  json.key("section").string(function.section).key("kind").string(is_program ? "program" : "subprogram");
  json.key("error").string_or_null(listing ? std::string_view() : listing.error().message());
  json.key("insns").open_array();
  if (listing)
    for (std::size_t i = 0; i < listing->slots.size(); ++i) add_slot(json, out.spec, listing->slots[i], i);
  json.close_array().close_object();
  print_line(json);
}

// The slots that a label stands in front of: where jumps go.
std::vector<bool> labelled(const Listing& listing) {
  std::vector<bool> out(listing.slots.size());
  for (const ListedSlot& slot : listing.slots)
    if (slot.target) out[*slot.target] = !listing.slots[*slot.target].text.empty();
  return out;
}

// The text with names in the places of numbers: "call bpf_ktime_get_ns", "r1 = hits ll", "goto L7".
std::string readable(const ListedSlot& slot, const std::vector<bool>& labels) {
  if (!slot.instruction) return slot.text;
  const auto up_to_last_word = [&] { return slot.text.substr(0, slot.text.rfind(' ') + 1); };
  if (slot.target && labels[*slot.target]) return cat(up_to_last_word(), 'L', *slot.target);
  if (slot.symbol.empty()) return slot.text;
  if (slot.instruction->kind() == insn::Kind::call) return cat("call ", slot.symbol);
  if (slot.instruction->kind() == insn::Kind::load_imm64)
    return cat('r', slot.instruction->dst, " = ", slot.symbol, " ll");
  return slot.text;
}

bool same_line(const btf::LineInfo& a, const btf::LineInfo& b) {
  return a.file_name == b.file_name && a.line() == b.line();
}

std::string source_line(const CollectionSpec& spec, const btf::LineInfo& line) {
  std::string_view file = spec.types.string(line.file_name);
  file.remove_prefix(file.rfind('/') + 1);
  std::string_view text = spec.types.string(line.text);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return cat("; ", file, ':', line.line(), "  ", text, '\n');
}

void print_text(const Output& out, const Listing& listing) {
  const FunctionSpec& function = *listing.function;
  std::string text = cat('\n', listing.is_program ? "program " : "subprogram ", function.name, ", section ",
                         function.section, ", ", listing.slots.size(), " slots\n");
  const auto labels = labelled(listing);
  std::optional<btf::LineInfo> printed;  // records differ in their columns, too, which do not show
  for (std::size_t i = 0; i < listing.slots.size(); ++i) {
    const ListedSlot& slot = listing.slots[i];
    if (!slot.function.empty()) text += cat('\n', slot.function, ":\n");
    if (slot.starts_line && !(printed && slot.function.empty() && same_line(*printed, *slot.line))) {
      text += source_line(out.spec, *slot.line);
      printed = slot.line;
    }
    if (labels[i]) text += cat('L', i, ":\n");
    const std::string bytes = out.with_bytes ? cat("  ", hex_digits(slot.bytes, " ")) : std::string();
    if (slot.text.empty() && !out.with_bytes) continue;
    const std::string core = slot.core.empty() ? std::string() : cat("  # CO-RE: ", slot.core);
    text += cat(right_aligned(cat(i), 6), ':', bytes, "  ", readable(slot, labels), core, '\n');
  }
  cli::print_text(text);
}

ExitStatus show(const Output& out, const FunctionSpec& function, bool is_program, const Result<Listing>& listing) {
  if (out.json)
    print_json(out, function, is_program, listing);
  else if (listing)
    print_text(out, *listing);
  if (listing) return kOk;
  if (!out.json) print_error(listing.error());
  // The file was read: what goes wrong from here on is an answer about the program.
  return listing.error().code() == errc::denied ? kDenied : kNo;
}

ExitStatus disassemble(const Output& out, bool for_kernel, LoadOptions& options) {
  if (for_kernel) open_kernel_types(out.spec, options);
  const Symbols symbols(out.spec);
  ExitStatus status = kOk;
  for (const ProgramSpec& program : out.spec.programs) {
    const auto listing = for_kernel ? list_for_kernel(symbols, program, options)
                                    : Result<Listing>(list_compiled(symbols, program, true));
    status = graver(status, show(out, program, true, listing));
  }
  if (for_kernel) return status;
  for (const FunctionSpec& function : out.spec.subprograms)
    show(out, function, false, list_compiled(symbols, function, false));
  return status;
}

ExitStatus disasm(const Arguments& arguments) {
  const std::string_view file = arguments.operands.front();
  const bool for_kernel = arguments.has("--for-kernel");
  if (arguments.has("--kernel-btf") && !for_kernel) {
    diagnose("disasm: --kernel-btf goes with --for-kernel: as compiled, no kernel matters");
    return kUsage;
  }
  LoadOptions options;
  if (!read_kernel_btf(arguments, options)) return kBadInput;
  const auto spec = CollectionSpec::read_file(std::string(file));
  if (!spec) {
    print_error(spec.error());
    return kBadInput;
  }
  const Output out{file, *spec, arguments.has("--json"), arguments.has("--bytes")};
  return disassemble(out, for_kernel, options);
}

constexpr Option kOptions[] = {
    {"--for-kernel", "", "each program as it would be handed to the kernel, after every relocation"},
    {"--kernel-btf", "FILE", "with --for-kernel: for the kernel with the types in this file (BTF, or ELF with .BTF)"},
    {"--bytes", "", "the bytes of each slot, too"},
    {"--json", "", "one JSON object per program"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kDisasm = {
    .name = "disasm",
    .operands = "FILE",
    .summary = "Shows the instructions of an object, with symbols and source lines. Loads nothing.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = 1,
    .run = disasm,
};

}  // namespace ebpf::cli
