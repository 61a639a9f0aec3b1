// An object with jump tables, made by hand as LLVM 22 makes them: no compiler here does yet.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "ebpf/asm/asm.h"
#include "ebpf/elf/writer.h"
#include "tests/support/test.h"

namespace ebpf::test {

struct JumpTableObject {
  // What the tables hold: bytes from the beginning of the section of code.
  std::vector<std::uint64_t> pick_targets;
  std::vector<std::uint64_t> twice_targets;
  elf::NewFile file;

  std::vector<std::byte> bytes() const {
    const auto written = elf::write(file);
    REQUIRE(written.has_value());
    return *written;
  }
};

namespace jump_table_detail {

inline std::vector<insn::Slot> assembled(std::vector<insn::Item> items) {
  const auto code = insn::assemble(items);
  REQUIRE(code.has_value());
  return code->slots;
}

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

// r0 = 10 * (index in r2), by a jump into one of `count` places; `base` is added. r2 is less than `count`. The table's
// address is loaded by the slot kTableSlot of this piece.
inline std::vector<insn::Item> jump_by(int count, int base) {
  using namespace insn;
  std::vector<Item> items = {load_imm64(r3, 0), lsh(r2, 3), add(r3, r2), load<std::uint64_t>(r3, r3, 0),
                             jump_register(r3)};
  for (int i = 0; i < count; ++i) {
    items.push_back(mov(r0, base + 10 * i));
    items.push_back(exit_());
  }
  return items;
}
constexpr std::uint64_t kBeforeTargets = 6;  // slots of jump_by before the first target

}  // namespace jump_table_detail

// Section "socket": `first` returns 5; `pick` returns 10 * (length & 3), by a table of 4; `call` returns what the
// subprogram `twice` in .text does, 100 + 10 * (length & 1), by a table of 2. In .text another function comes first.
inline JumpTableObject jump_table_object(bool relocations_in_tables) {
  using namespace insn;
  using namespace jump_table_detail;
  constexpr std::uint64_t kSlot = 8;
  std::vector<Slot> programs = assembled({mov(r0, 5), exit_()});
  const std::uint64_t pick = programs.size();
  const auto append = [](std::vector<Slot>& to, const std::vector<Slot>& more) {
    to.insert(to.end(), more.begin(), more.end());
  };
  append(programs, assembled({load<std::uint32_t>(r2, r1, 0), and_(r2, 3)}));
  const std::uint64_t pick_table = programs.size();
  append(programs, assembled(jump_by(4, 0)));
  const std::uint64_t caller = programs.size();
  append(programs, assembled({load<std::uint32_t>(r1, r1, 0), call_extern("twice"), exit_()}));

  std::vector<Slot> text = assembled({mov(r0, 1), exit_()});
  const std::uint64_t twice = text.size();
  append(text, assembled({mov(r2, r1), and_(r2, 1)}));
  const std::uint64_t twice_table = text.size();
  append(text, assembled(jump_by(2, 100)));

  JumpTableObject object;
  for (std::uint64_t i = 0; i < 4; ++i) object.pick_targets.push_back((pick_table + kBeforeTargets + 2 * i) * kSlot);
  for (std::uint64_t i = 0; i < 2; ++i) object.twice_targets.push_back((twice_table + kBeforeTargets + 2 * i) * kSlot);
  std::vector<std::uint64_t> tables = object.pick_targets;
  tables.insert(tables.end(), object.twice_targets.begin(), object.twice_targets.end());

  constexpr std::uint64_t kAllocated = 2, kExecutable = 4;
  elf::NewFile& file = object.file;
  file.sections = {
      {.name = "socket", .flags = kAllocated | kExecutable, .alignment = 8, .data = bytes_of(programs)},
      {.name = ".text", .flags = kAllocated | kExecutable, .alignment = 8, .data = bytes_of(text)},
      {.name = ".jumptables", .alignment = 8, .data = bytes_of(tables)},
      {.name = "license", .flags = kAllocated, .data = {std::byte{'G'}, std::byte{'P'}, std::byte{'L'}, std::byte{0}}},
  };
  const auto function = [&](const char* name, std::uint32_t section, std::uint64_t slot, std::uint64_t end) {
    file.symbols.push_back({.name = name,
                            .type = elf::SymbolType::function,
                            .binding = elf::Binding::global,
                            .section = section,
                            .value = slot * kSlot,
                            .size = (end - slot) * kSlot});
  };
  function("first", 1, 0, pick);
  function("pick", 1, pick, caller);
  function("call", 1, caller, programs.size());
  function("other", 2, 0, twice);
  function("twice", 2, twice, text.size());
  const auto table = [&](const char* name, std::uint64_t offset, std::uint64_t size) {
    file.symbols.push_back(
        {.name = name, .type = elf::SymbolType::object, .section = 3, .value = offset, .size = size});
  };
  table("BPF.JT.1.0", 0, 32);
  table("BPF.JT.4.0", 32, 16);
  constexpr std::uint32_t kLoad = 1, kAbsolute = 2, kCall = 10;
  file.sections[0].relocations = {{pick_table * kSlot, kLoad, 5}, {(caller + 1) * kSlot, kCall, 4}};
  file.sections[1].relocations = {{twice_table * kSlot, kLoad, 6}};
  if (relocations_in_tables) {
    file.symbols.push_back({.name = "", .type = elf::SymbolType::section, .section = 1});
    file.symbols.push_back({.name = "", .type = elf::SymbolType::section, .section = 2});
    for (std::uint64_t i = 0; i < 6; ++i)
      file.sections[2].relocations.push_back({i * 8, kAbsolute, i < 4 ? std::size_t{7} : std::size_t{8}});
  }
  return object;
}

}  // namespace ebpf::test
