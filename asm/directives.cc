// What begins with a '.', as GNU as and llvm-mc know it; see the table at the end.
#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "ebpf/asm/object_builder.h"
#include "ebpf/base/found.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

constexpr std::uint64_t kLargestAlignment = 4096;

// What sections are by their names. The first whose name begins so.
struct SectionRule {
  std::string_view name;
  bool writable;
  bool executable;
  bool zeroes;
};
constexpr SectionRule kSectionRules[] = {
    {".text", false, true, false},    {".bss", true, false, true},     {".data", true, false, false},
    {".rodata", false, false, false}, {".maps", true, false, false},   {".kconfig", true, false, false},
    {"license", true, false, false},  {"version", true, false, false},
};

constexpr std::string_view kStandardSections[] = {".text", ".data", ".bss"};

// '\n', '\000' and the like, at text[i], which is a backslash. Moves i to the last character of it.
char unescape(std::string_view text, std::size_t& i) {
  constexpr std::string_view kLetters = "nrtbf";
  constexpr std::string_view kMeanings = "\n\r\t\b\f";
  if (i + 1 == text.size()) return '\\';
  const char c = text[++i];
  if (const auto letter = kLetters.find(c); letter != kLetters.npos) return kMeanings[letter];
  unsigned value = 0;
  const bool hexadecimal = c == 'x';
  const auto digit = [&](std::size_t at) -> unsigned {
    if (at >= text.size()) return 99;
    const char d = text[at];
    const unsigned number = d >= '0' && d <= '9'   ? static_cast<unsigned>(d - '0')
                            : d >= 'a' && d <= 'f' ? static_cast<unsigned>(d - 'a' + 10)
                            : d >= 'A' && d <= 'F' ? static_cast<unsigned>(d - 'A' + 10)
                                                   : 99;
    return number < (hexadecimal ? 16u : 8u) ? number : 99;
  };
  std::size_t at = hexadecimal ? i + 1 : i;
  const std::size_t first = at;
  const std::size_t most = hexadecimal ? 2 : 3;
  while (at < first + most && digit(at) != 99) value = value * (hexadecimal ? 16 : 8) + digit(at++);
  if (at == first) return c;
  i = at - 1;
  return static_cast<char>(value);
}

}  // namespace

void ObjectBuilder::enter_section(std::string_view name) {
  const auto put = section_names_.put(name, sections_.size());
  current_ = put.value;
  if (!put.is_new) return;
  ObjectSection& out = sections_.emplace_back();
  out.name = name;
  for (const SectionRule& rule : kSectionRules) {
    if (!name.starts_with(rule.name)) continue;
    out.allocated = true;
    out.writable = rule.writable;
    out.executable = rule.executable;
    out.zeroes = rule.zeroes;
    break;
  }
}

Result<void> ObjectBuilder::read_directive(std::string_view name, std::size_t place) {
  const bool leaves = name == ".section" || std::ranges::find(kStandardSections, name) != std::end(kStandardSections);
  if (skipping_ && !leaves) return scanner_.skip_statement(), Result<void>();
  for (const Directive* directive = kDirectives; !directive->name.empty(); ++directive) {
    if (directive->name != name) continue;
    EBPF_CHECK((this->*directive->read)(directive->argument));
    return end_statement();
  }
  std::vector<std::string_view> names;
  for (const Directive* directive = kDirectives; !directive->name.empty(); ++directive)
    names.push_back(directive->name);
  return scanner_.error(place, cat("there is no directive ", quoted(name), did_you_mean(name, names)));
}

Result<void> ObjectBuilder::standard_section(std::uint64_t which) {
  skipping_ = false;
  enter_section(kStandardSections[which]);
  return {};
}

Result<void> ObjectBuilder::any_section(std::uint64_t) {
  const std::string_view name = scanner_.section_name();
  if (name.empty()) return scanner_.expected("a section's name");
  // DWARF is of no use to a loader, and most of what the compiler's text has.
  skipping_ = name.starts_with(".debug_");
  if (skipping_) return scanner_.skip_statement(), Result<void>();
  enter_section(name);
  if (!scanner_.take(",")) return {};
  return section_flags();
}

// "ax", @progbits
Result<void> ObjectBuilder::section_flags() {
  const auto flags = scanner_.string();
  if (!flags) return scanner_.expected("flags in quotes");
  ObjectSection& out = section();
  out.allocated = flags->contains('a');
  out.writable = flags->contains('w');
  out.executable = flags->contains('x');
  if (!scanner_.take(",")) return {};
  const bool marked = scanner_.take("@") || scanner_.take("%");
  const bool zeroes = marked && scanner_.take_word("nobits");
  if (!marked || (!zeroes && !scanner_.take_word("progbits"))) return scanner_.expected("@progbits or @nobits");
  if (zeroes != out.zeroes && out.size != 0)
    return scanner_.expected(cat("the type that section ", quoted(out.name), " has already"));
  out.zeroes = zeroes;
  // The size of an entry, of a section whose entries may be merged: nothing is merged here.
  if (scanner_.take(",")) EBPF_CHECK(read_count("the size of an entry", UINT32_MAX));
  return {};
}

Result<void> ObjectBuilder::bind(std::uint64_t binding) {
  do {
    EBPF_TRY(const std::size_t index, read_symbol());
    symbols_[index].binding = static_cast<Binding>(binding);
  } while (scanner_.take(","));
  return {};
}

Result<void> ObjectBuilder::hide(std::uint64_t) {
  do {
    EBPF_TRY(const std::size_t index, read_symbol());
    symbols_[index].hidden = true;
  } while (scanner_.take(","));
  return {};
}

Result<void> ObjectBuilder::give_type(std::uint64_t) {
  EBPF_TRY(const std::size_t index, read_symbol());
  const bool marked = scanner_.take(",") && (scanner_.take("@") || scanner_.take("%"));
  const bool function = marked && scanner_.take_word("function");
  if (!marked || (!function && !scanner_.take_word("object"))) return scanner_.expected("@function or @object");
  symbols_[index].type = function ? Type::function : Type::object;
  symbols_[index].typed = true;
  return {};
}

Result<void> ObjectBuilder::give_size(std::uint64_t) {
  EBPF_TRY(const std::size_t index, read_symbol());
  if (!scanner_.take(",")) return scanner_.expected("\",\"");
  EBPF_TRY(const Expression& size, read_expression());
  symbols_[index].size = size;
  symbols_[index].sized = true;
  return {};
}

Result<void> ObjectBuilder::numbers(std::uint64_t width) {
  do {
    scanner_.skip_blanks();
    Fixup fixup{.section = current_, .offset = section().size, .place = scanner_.at()};
    EBPF_TRY(fixup.value, read_expression());
    fixup.width = static_cast<std::uint8_t>(width);
    EBPF_CHECK(append_zeroes(width));
    fixups_.push_back(fixup);
  } while (scanner_.take(","));
  return {};
}

Result<void> ObjectBuilder::strings(std::uint64_t terminated) {
  do {
    const auto text = scanner_.string();
    if (!text) return scanner_.expected("a text in quotes");
    std::string content;
    for (std::size_t i = 0; i < text->size(); ++i) content += (*text)[i] == '\\' ? unescape(*text, i) : (*text)[i];
    if (terminated) content += '\0';
    EBPF_CHECK(append(std::as_bytes(std::span(content))));
  } while (scanner_.take(","));
  return {};
}

// What the room is filled with, where that is said: ", 0x0".
Result<void> ObjectBuilder::skip_zero() {
  if (!scanner_.take(",") || scanner_.number() == 0u) return {};
  return scanner_.expected("0, the only filling that there is");
}

Result<void> ObjectBuilder::zeroes(std::uint64_t) {
  EBPF_TRY(const std::uint64_t count, read_count("a number of bytes", UINT32_MAX));
  EBPF_CHECK(skip_zero());
  return append_zeroes(count);
}

Result<void> ObjectBuilder::align(std::uint64_t is_power) {
  EBPF_TRY(std::uint64_t alignment, read_count("an alignment", is_power ? 12 : kLargestAlignment));
  if (is_power) alignment = std::uint64_t{1} << alignment;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0)
    return scanner_.error(scanner_.at(), "an alignment is a power of two");
  EBPF_CHECK(skip_zero());
  ObjectSection& out = section();
  out.alignment = std::max(out.alignment, alignment);
  return append_zeroes((alignment - out.size % alignment) % alignment);
}

// What compilers write, and an object can do without.
Result<void> ObjectBuilder::ignore(std::uint64_t) {
  scanner_.skip_statement();
  return {};
}

constinit const ObjectBuilder::Directive ObjectBuilder::kDirectives[] = {
    {".text", &ObjectBuilder::standard_section, 0},
    {".data", &ObjectBuilder::standard_section, 1},
    {".bss", &ObjectBuilder::standard_section, 2},
    {".section", &ObjectBuilder::any_section, 0},
    {".globl", &ObjectBuilder::bind, static_cast<std::uint64_t>(Binding::global)},
    {".global", &ObjectBuilder::bind, static_cast<std::uint64_t>(Binding::global)},
    {".weak", &ObjectBuilder::bind, static_cast<std::uint64_t>(Binding::weak)},
    {".local", &ObjectBuilder::bind, static_cast<std::uint64_t>(Binding::local)},
    {".hidden", &ObjectBuilder::hide, 0},
    {".type", &ObjectBuilder::give_type, 0},
    {".size", &ObjectBuilder::give_size, 0},
    {".byte", &ObjectBuilder::numbers, 1},
    {".short", &ObjectBuilder::numbers, 2},
    {".2byte", &ObjectBuilder::numbers, 2},
    {".long", &ObjectBuilder::numbers, 4},
    {".int", &ObjectBuilder::numbers, 4},
    {".4byte", &ObjectBuilder::numbers, 4},
    {".quad", &ObjectBuilder::numbers, 8},
    {".8byte", &ObjectBuilder::numbers, 8},
    {".ascii", &ObjectBuilder::strings, 0},
    {".asciz", &ObjectBuilder::strings, 1},
    {".string", &ObjectBuilder::strings, 1},
    {".zero", &ObjectBuilder::zeroes, 0},
    {".skip", &ObjectBuilder::zeroes, 0},
    {".space", &ObjectBuilder::zeroes, 0},
    {".align", &ObjectBuilder::align, 0},
    {".balign", &ObjectBuilder::align, 0},
    {".p2align", &ObjectBuilder::align, 1},
    {".file", &ObjectBuilder::ignore, 0},
    {".ident", &ObjectBuilder::ignore, 0},
    {".addrsig", &ObjectBuilder::ignore, 0},
    {".addrsig_sym", &ObjectBuilder::ignore, 0},
    {".loc", &ObjectBuilder::ignore, 0},  // for DWARF, as the next ones
    {".cfi_sections", &ObjectBuilder::ignore, 0},
    {".cfi_startproc", &ObjectBuilder::ignore, 0},
    {".cfi_endproc", &ObjectBuilder::ignore, 0},
    {},
};

}  // namespace ebpf::insn
