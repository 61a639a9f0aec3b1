// Files of assembler text: what becomes of their sections, symbols and relocations, and what is said of wrong ones.
// Code and numbers are compared with llvm-mc's in llvm_test.cc, whole objects with clang's in tests/unit/cli.
#include "ebpf/asm/object.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::insn;

namespace {

Object object(std::string_view text, ByteOrder order = ByteOrder::little) {
  auto out = assemble_object(text, order);
  if (!out) FAIL(out.error().message());
  return *std::move(out);
}

std::string failure(std::string_view text) {
  const auto out = assemble_object(text);
  REQUIRE_FALSE(out.has_value());
  CHECK(out.error().code() == errc::malformed);
  return out.error().message();
}

const ObjectSection& section(const Object& object, std::string_view name) {
  for (const ObjectSection& section : object.sections)
    if (section.name == name) return section;
  FAIL("no section " << std::string(name));
  return object.sections.front();
}

const ObjectSymbol& symbol(const Object& object, std::string_view name) {
  for (const ObjectSymbol& symbol : object.symbols)
    if (symbol.name == name) return symbol;
  FAIL("no symbol " << std::string(name));
  return object.symbols.front();
}

std::string bytes(const ObjectSection& section) {
  std::string out;
  for (const std::byte b : section.bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

std::vector<std::string> names(const Object& object) {
  std::vector<std::string> out;
  for (const ObjectSymbol& symbol : object.symbols)
    if (symbol.type != ObjectSymbol::Type::section) out.push_back(symbol.name);
  return out;
}

using Names = std::vector<std::string>;
using RelocationKind = ObjectRelocation::Kind;
using Binding = ObjectSymbol::Binding;
using Type = ObjectSymbol::Type;

constexpr std::string_view kProgram = R"(
# The example of object.h, and more of everything.
	.section socket
	.globl count
count:
	r1 = packets ll
	r2 = packets + 4 ll
	call twice
	call global_twice
	call bpf_ktime_get_ns
	call elsewhere
	if r0 == 0 goto out
	r0 = 1
out:
	exit
	.text
	call local
	.globl global_twice
global_twice: r0 = 3; exit
twice: r0 = 2; exit
local: exit
	.bss
packets: .zero 16
	.section license
	.asciz "GPL"
)";

}  // namespace

TEST_CASE("sections have the flags that their names promise, or those that are given") {
  const Object program = object(kProgram);
  CHECK(section(program, "socket").executable);
  CHECK(section(program, "socket").alignment == 8);
  CHECK_FALSE(section(program, "socket").writable);
  CHECK(section(program, ".bss").zeroes);
  CHECK(section(program, ".bss").size == 16);
  CHECK(section(program, ".bss").bytes.empty());
  CHECK(section(program, "license").writable);
  CHECK(bytes(section(program, "license")) == "47504c00");
  CHECK(program.sections.size() == 4);

  const Object given = object(
      ".section tracepoint/sched/sched_switch,\"ax\",@progbits\n exit\n"
      ".section \"odd, name\",\"aw\",@nobits; .zero 4\n.section plain; .byte 1\n.data\n");
  CHECK(section(given, "tracepoint/sched/sched_switch").executable);
  CHECK(section(given, "odd, name").zeroes);
  CHECK_FALSE(section(given, "plain").allocated);
  CHECK(given.sections.size() == 3);
}

TEST_CASE("symbols are functions and data, with their sizes, local ones first") {
  const Object program = object(kProgram);
  CHECK(names(program) == Names{"packets", "twice", "local", "count", "global_twice", "elsewhere"});
  CHECK(symbol(program, "count").type == Type::function);
  CHECK(symbol(program, "count").binding == Binding::global);
  CHECK(symbol(program, "count").size == section(program, "socket").size);
  CHECK(symbol(program, "twice").type == Type::function);
  CHECK(symbol(program, "twice").offset == 24);
  CHECK(symbol(program, "twice").size == 16);
  CHECK(symbol(program, "packets").type == Type::object);
  CHECK(symbol(program, "packets").size == 16);
  CHECK_FALSE(symbol(program, "elsewhere").section.has_value());
  CHECK(symbol(program, "elsewhere").binding == Binding::global);
}

TEST_CASE("relocations are for what is not in the section, or may be replaced") {
  const Object program = object(kProgram);
  const auto& relocations = section(program, "socket").relocations;
  REQUIRE(relocations.size() == 5);
  // What is local is found in its section.
  struct {
    RelocationKind kind;
    std::uint64_t offset;
    std::string_view target;  // a symbol, or a section
  } const expected[] = {{RelocationKind::load, 0, ".bss"},
                        {RelocationKind::load, 16, ".bss"},
                        {RelocationKind::call, 32, ".text"},
                        {RelocationKind::call, 40, "global_twice"},
                        {RelocationKind::call, 56, "elsewhere"}};
  for (std::size_t i = 0; i < 5; ++i) {
    CAPTURE(i);
    const ObjectSymbol& target = program.symbols[relocations[i].symbol];
    CHECK(relocations[i].kind == expected[i].kind);
    CHECK(relocations[i].offset == expected[i].offset);
    CHECK((target.type == Type::section ? program.sections[*target.section].name : target.name) == expected[i].target);
  }
  const std::string code = bytes(section(program, "socket"));
  CHECK(code.substr(32, 16) == "1802000004000000");  // packets + 4
  CHECK(code.substr(64, 16) == "8510000002000000");  // the third slot of .text, less 1
  CHECK(code.substr(80, 16) == "85100000ffffffff");  // a symbol, less 1
  CHECK(code.substr(96, 16) == "8500000005000000");  // a helper
  CHECK(section(program, ".text").relocations.empty());
  CHECK(bytes(section(program, ".text")).substr(0, 16) == "8510000004000000");
}

TEST_CASE("labels of compilers are places in sections") {
  const Object program = object(
      ".text\nf: r1 = .Ltext+2 ll; .Lend: exit\n.section .rodata\n.long 1\n.Ltext: .asciz \"a\"\n"
      ".section .other; .long .Lend; .long f; .quad f; .long .Lend-f");
  const auto& load = section(program, ".text").relocations.at(0);
  CHECK(program.symbols[load.symbol].type == Type::section);
  CHECK(bytes(section(program, ".text")).substr(0, 16) == "1801000006000000");
  const auto& others = section(program, ".other").relocations;
  REQUIRE(others.size() == 3);
  CHECK(others[0].kind == RelocationKind::in_debug_info);
  CHECK(program.symbols[others[0].symbol].type == Type::section);
  CHECK(others[1].kind == RelocationKind::absolute32);
  CHECK(others[2].kind == RelocationKind::absolute64);
  CHECK(bytes(section(program, ".other")) ==
        "10000000"
        "00000000"
        "0000000000000000"
        "10000000");
}

TEST_CASE("numbers and texts, in both byte orders") {
  constexpr std::string_view kText =
      ".data; .byte 1, -1, 0xff; .short 0x1234; .p2align 3; .long -2; .quad 0x1122334455667788\n.ascii "
      "\"a\\n\\000\\x41\\\"\"";
  CHECK(bytes(section(object(kText), ".data")) ==
        "01ffff3412000000"
        "feffffff"
        "8877665544332211"
        "610a004122");
  CHECK(bytes(section(object(kText, ByteOrder::big), ".data")) ==
        "01ffff1234000000"
        "fffffffe"
        "1122334455667788"
        "610a004122");
  CHECK(bytes(section(object("r1 = 1; goto a; a: exit", ByteOrder::big), ".text")) ==
        "b710000000000001"
        "0500000000000000"
        "9500000000000000");
}

TEST_CASE("DWARF is left out") {
  const Object program = object("exit\n.section .debug_info,\"\",@progbits\n.nonsense 1\n x: 17\n.text\nexit\n");
  CHECK(program.sections.size() == 1);
  CHECK(section(program, ".text").size == 16);
}

TEST_CASE("what is said of a symbol holds") {
  const Object program = object(
      ".weak f; .hidden f; .type f,@function; .type g,@function; f: exit; g: exit; .size g, .-g\n"
      ".data; .globl d; d: .long 1; .size d, 3; .Lnot: .long 2");
  CHECK(symbol(program, "f").binding == Binding::weak);
  CHECK(symbol(program, "f").hidden);
  CHECK(symbol(program, "f").size == 8);
  CHECK(symbol(program, "g").binding == Binding::local);
  CHECK(symbol(program, "g").size == 8);
  CHECK(symbol(program, "d").size == 3);
  CHECK(names(program) == Names{"g", "f", "d"});
}

TEST_CASE("errors tell the place") {
  CHECK(failure(".sectoin x") == "line 1, column 1: there is no directive \".sectoin\"; did you mean \".section\"?");
  CHECK(failure("\n.byte 256") == "line 2, column 7: 256 does not fit into 1 bytes");
  CHECK(failure(".long x - y") ==
        "line 1, column 7: this is no constant: a number, or the difference of two places in one section");
  CHECK(failure(".byte 1\nexit") == "line 2, column 1: an instruction must begin at a multiple of 8 bytes");
  CHECK(failure("goto out\n.data\nout: .long 1") == "line 1, column 1: there is no label \"out\" in this section");
  CHECK(failure("goto out") == "line 1, column 1: there is no label \"out\"");
  CHECK(failure("a: exit; a: exit") == "line 1, column 10: label \"a\" is defined a second time");
  CHECK(failure(".bss\n.long 1") == "line 2, column 7: section \".bss\" has zeroes only");
  CHECK(failure(".bss\nexit") == "line 2, column 1: section \".bss\" has zeroes only");
  CHECK(failure(".zero 99999999") == "line 1, column 15: this is more than the 16777216 bytes that are left");
  CHECK(failure(".align 3") == "line 1, column 9: an alignment is a power of two");
  CHECK(failure(".p2align 64") == "line 1, column 10: expected an alignment up to 12, found \"64\"");
  CHECK(failure(".globl 1") == "line 1, column 8: expected a symbol's name, found \"1\"");
  CHECK(failure(".type f, function") == "line 1, column 10: expected @function or @object, found \"function\"");
  CHECK(failure("f: exit; .globl f; .size f, 9") == "line 1, column 1: \"f\" is said to be longer than its section");
  CHECK(failure(".text 5") == "line 1, column 7: expected the end of the statement, found \"5\"");
  CHECK(failure(".ascii \"a") == "line 1, column 8: expected a text in quotes, found \"\\x22\"");
}
