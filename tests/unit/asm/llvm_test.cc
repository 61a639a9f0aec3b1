// asm/ against LLVM 19: every instruction of all_opcodes.s decodes, in both byte orders, reads as llvm-objdump says,
// and is assembled to the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/asm/object.h"
#include "ebpf/asm/parse.h"
#include "ebpf/asm/print.h"
#include "ebpf/asm/slot.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::insn;

namespace {

std::string content_of(const char* name) {
  std::ifstream file(test::runfile((std::string("tests/unit/asm/") + name).c_str()), std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Slot> slots_in(const char* name, ByteOrder order) {
  const auto content = content_of(name);
  const ByteView view(std::as_bytes(std::span(content)), order);
  std::vector<Slot> slots;
  for (std::size_t at = 0; at < view.size(); at += kSlotSize) {
    const auto slot = read_slot(view, at);
    REQUIRE(slot.has_value());
    slots.push_back(*slot);
  }
  return slots;
}

std::vector<Instruction> instructions_in(std::span<const Slot> slots) {
  std::vector<Instruction> instructions;
  while (!slots.empty()) {
    const auto decoded = decode(slots);
    REQUIRE(decoded.has_value());
    instructions.push_back(decoded->instruction);
    slots = slots.subspan(decoded->slots);
  }
  return instructions;
}

// The texts of a listing: what stands behind "  12:\t", without the "<symbol+0x10>" that follows a jump.
std::vector<std::string> texts_in(const char* name) {
  const auto listing = content_of(name);
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < listing.size();) {
    const auto end = listing.find('\n', at);
    std::string_view line = std::string_view(listing).substr(at, end - at);
    at = end + 1;
    const auto tab = line.find(":\t");
    if (tab == line.npos || line.contains("file format")) continue;
    line.remove_prefix(tab + 2);
    if (line.ends_with('>') && line.contains(" <")) line = line.substr(0, line.rfind(" <"));
    texts.emplace_back(line);
  }
  return texts;
}

// Where print.h says that the text is that of the listing with 32-bit registers.
bool is_32_bit_atomic(const Instruction& insn) {
  return insn.kind() == Kind::atomic && size_of(insn.opcode) == Size::w;
}

// all_opcodes.s as it is for one byte order: without conditions, which are not known here.
std::string source_for(ByteOrder order) {
  std::string out;
  bool keeps = true;
  const auto source = content_of("all_opcodes.s");
  for (std::size_t at = 0; at < source.size();) {
    const auto end = source.find('\n', at);
    const auto line = source.substr(at, end - at);
    at = end + 1;
    if (line.contains(".ifdef"))
      keeps = order == ByteOrder::big;
    else if (line.contains(".else"))
      keeps = !keeps;
    else if (line.contains(".endif"))
      keeps = true;
    else if (keeps)
      out += line + '\n';
  }
  return out;
}

}  // namespace

TEST_CASE("the same text is assembled to the same bytes") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const auto source = source_for(order);
    // The distances of gotol are written as bytes there, little-endian ones.
    const auto object = assemble_object(source, order);
    if (!object) FAIL(object.error().message());
    REQUIRE(object->sections.size() == 1);
    const auto expected = content_of(order == ByteOrder::little ? "all_opcodes.el.bin" : "all_opcodes.eb.bin");
    const auto bytes = std::as_bytes(std::span(expected));
    CHECK(std::ranges::equal(object->sections.front().bytes, bytes));
    REQUIRE(object->sections.front().relocations.size() == 1);
    CHECK(object->sections.front().relocations.front().kind == ObjectRelocation::Kind::call);
  }
}

TEST_CASE("llvm-objdump's texts are read as the instructions that it printed") {
  const auto instructions = instructions_in(slots_in("all_opcodes.el.bin", ByteOrder::little));
  for (const char* listing : {"all_opcodes.txt", "all_opcodes.alu32.txt"}) {
    const auto texts = texts_in(listing);
    REQUIRE(texts.size() == instructions.size());
    for (std::size_t i = 0; i < instructions.size(); ++i) {
      if (texts[i] != to_text(instructions[i]) && is_32_bit_atomic(instructions[i])) continue;  // see print.h
      CAPTURE(texts[i]);
      const auto parsed = parse_instruction(texts[i]);
      if (!parsed) FAIL(parsed.error().message());
      Instruction expected = instructions[i];
      if (expected.kind() == Kind::call) expected.src = 0;  // which the text does not tell
      CHECK(*parsed == expected);
    }
  }
}

TEST_CASE("both byte orders have the same slots") {
  const auto little = slots_in("all_opcodes.el.bin", ByteOrder::little);
  const auto big = slots_in("all_opcodes.eb.bin", ByteOrder::big);
  CHECK(little.size() > 200);
  CHECK(little == big);
}

TEST_CASE("writing the slots gives LLVM's bytes back") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const char* name = order == ByteOrder::little ? "all_opcodes.el.bin" : "all_opcodes.eb.bin";
    const auto slots = slots_in(name, order);
    std::string bytes(slots.size() * kSlotSize, '\0');
    const auto out = std::as_writable_bytes(std::span(bytes));
    for (std::size_t i = 0; i < slots.size(); ++i) {
      write_slot(slots[i], order, out.subspan(i * kSlotSize).first<kSlotSize>());
    }
    CHECK((bytes == content_of(name)));
  }
}

TEST_CASE("every instruction reads as in llvm-objdump") {
  const auto instructions = instructions_in(slots_in("all_opcodes.el.bin", ByteOrder::little));
  const auto texts = texts_in("all_opcodes.txt");
  const auto texts_alu32 = texts_in("all_opcodes.alu32.txt");
  REQUIRE(texts.size() == instructions.size());
  REQUIRE(texts_alu32.size() == instructions.size());
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    CAPTURE(i);
    CHECK(to_text(instructions[i]) == (is_32_bit_atomic(instructions[i]) ? texts_alu32[i] : texts[i]));
  }
}

TEST_CASE("all_opcodes.s has every opcode but those that LLVM 19 does not know") {
  std::set<unsigned> seen;
  for (const auto& insn : instructions_in(slots_in("all_opcodes.el.bin", ByteOrder::little))) seen.insert(insn.opcode);
  const std::set<unsigned> unknown_to_llvm = {
      0x0d,  // gotox
      0xcb,  // load_acquire and store_release of 2 bytes
      0xd3,  // and of 1
  };
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    CAPTURE(opcode);
    const bool known = form_of(static_cast<std::uint8_t>(opcode)).kind != Kind::unknown;
    CHECK(seen.contains(opcode) == (known && !unknown_to_llvm.contains(opcode)));
  }
}
