// Objects made to exhaust memory or time: many records that share few bytes. Reading must refuse them, or take memory
// in proportion to the file.
#include <string>

#include "ebpf/spec/spec.h"
#include "tests/fuzz/memory_count.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

using test::BtfWriter;
using test::Bytes;
using test::ElfWriter;

constexpr std::uint64_t kCode = 6, kData = 3;  // sh_flags: AX, WA
constexpr std::uint8_t kGlobalFunction = 0x12, kLocalFunction = 0x02, kGlobalObject = 0x11;

Bytes exit_code(std::size_t instructions) {
  Bytes code;
  for (std::size_t i = 0; i < instructions; ++i) test::append<std::uint64_t>(code, 0x95);
  return code;
}

// Reads the object; what that took at its peak, in multiples of the file's size.
double cost(const Bytes& bytes) {
  const std::size_t before = fuzz::memory_in_use();
  fuzz::start_peak();
  {
    const auto spec = CollectionSpec::parse(bytes, "hostile.o");
    if (!spec) CHECK(spec.error().message().size() < 4096);
  }
  CHECK(fuzz::memory_in_use() == before);
  const double multiple = static_cast<double>(fuzz::memory_peak() - before) / static_cast<double>(bytes.size());
  MESSAGE(bytes.size() << " bytes, at the peak " << multiple << " times that");
  return multiple;
}

// A file of some hundred kB may cost some ten MB: each record becomes a structure with strings and vectors in it.
constexpr double kMost = 128;

TEST_CASE("hostile objects: real ones cost little") {
  for (const std::string name :
       {"globals.bpf.o", "maps_stripped.bpf.o", "subprograms_stripped.bpf.o", "sections.bpf.o"})
    CHECK(cost(test::testdata(name)) < 16);
}

TEST_CASE("hostile objects: functions that cover the same code over and over") {
  ElfWriter elf;
  const auto text = elf.add({.name = ".text", .flags = kCode, .data = exit_code(10000)});
  for (int i = 0; i < 10000; ++i) elf.symbol("f" + std::to_string(i), kLocalFunction, text, 0, 80000);
  const Bytes bytes = elf.finish();
  CHECK(cost(bytes) < kMost);
  CHECK(!CollectionSpec::parse(bytes, "bomb.o").has_value());
}

TEST_CASE("hostile objects: functions that share many line records") {
  BtfWriter btf;
  const auto section = btf.string(".text");
  test::ExtBlock block{.section = section, .records = {}};
  for (std::uint32_t i = 0; i < 10000; ++i) block.records.push_back({0, 0, 0, i << 10});
  ElfWriter elf;
  const auto text = elf.add({.name = ".text", .flags = kCode, .data = exit_code(10)});
  elf.add({.name = ".BTF", .data = btf.finish()});
  elf.add({.name = ".BTF.ext", .data = test::ext_bytes({}, test::ext_list(16, {block}, ByteOrder::little), {})});
  for (int i = 0; i < 5000; ++i) elf.symbol("f" + std::to_string(i), kLocalFunction, text, 0, 8);
  CHECK(cost(elf.finish()) < kMost);
}

TEST_CASE("hostile objects: variables that cover the same data over and over") {
  ElfWriter elf;
  const auto data = elf.add({.name = ".data", .flags = kData, .data = Bytes(100000)});
  for (int i = 0; i < 10000; ++i) elf.symbol("v" + std::to_string(i), kGlobalObject, data, 0, 100000);
  CHECK(cost(elf.finish()) < kMost);
}

TEST_CASE("hostile objects: data sections that share their bytes") {
  ElfWriter elf;
  elf.add({.name = ".data", .flags = kData, .data = Bytes(100000)});
  for (int i = 0; i < 5000; ++i) elf.add({.name = ".data." + std::to_string(i), .flags = kData});
  Bytes bytes = elf.finish();
  const auto table = test::get<std::uint64_t>(bytes, test::kElfSectionTable);
  const auto offset = test::get<std::uint64_t>(bytes, table + 64 * 3 + test::kSectionOffset);
  for (std::uint64_t i = 4; i < 5004; ++i) {
    test::put<std::uint64_t>(bytes, table + 64 * i + test::kSectionOffset, offset);
    test::put<std::uint64_t>(bytes, table + 64 * i + test::kSectionSize, 100000);
  }
  CHECK(cost(bytes) < kMost);
}

TEST_CASE("hostile objects: one long name for many symbols") {
  for (const std::uint8_t info : {kGlobalObject, kLocalFunction}) {
    for (const bool defined : {true, false}) {
      ElfWriter elf;
      const auto text = elf.add({.name = ".text", .flags = kCode, .data = exit_code(10)});
      const auto data = elf.add({.name = ".data", .flags = kData, .data = Bytes(80)});
      const auto name = elf.string(std::string(100000, 'n'));
      for (int i = 0; i < 5000; ++i)
        elf.symbol_at(name, info,
                      !defined                ? 0
                      : info == kGlobalObject ? data
                                              : text,
                      8u * (static_cast<unsigned>(i) % 10), 8);
      CHECK(cost(elf.finish()) < kMost);
    }
  }
}

TEST_CASE("hostile objects: one long name for many sections") {
  ElfWriter elf;
  elf.add({.name = std::string(100000, 'n'), .flags = kCode, .data = exit_code(1)});
  for (int i = 0; i < 5000; ++i) elf.add({.name = "", .data = Bytes(1)});
  Bytes bytes = elf.finish();
  const auto table = test::get<std::uint64_t>(bytes, test::kElfSectionTable);
  const auto name = test::get<std::uint32_t>(bytes, table + 64 * 3);
  for (std::uint64_t i = 4; i < 5004; ++i) test::put<std::uint32_t>(bytes, table + 64 * i, name);
  CHECK(cost(bytes) < kMost);
}

TEST_CASE("hostile objects: many references to one long name") {
  ElfWriter elf;
  Bytes code;
  Bytes relocations;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    test::append<std::uint64_t>(code, 0x1085);  // call of a function
    test::append<std::uint64_t>(relocations, 8 * i);
    test::append<std::uint64_t>(relocations, std::uint64_t{2} << 32 | 10);
  }
  test::append<std::uint64_t>(code, 0x95);
  const auto section = elf.add({.name = "xdp", .flags = kCode, .data = code});
  elf.add({.name = ".relxdp", .type = 9, .data = relocations, .link = 1, .info = section, .entry_size = 16});
  elf.symbol("program", kGlobalFunction, section, 0, code.size());
  elf.symbol(std::string(100000, 'n'), 0x10, 0, 0, 0);
  CHECK(cost(elf.finish()) < kMost);
}

// A program of calls, a table of relocations for them, and `tables` more headers of the same table.
Bytes shared_relocations(int tables) {
  constexpr std::uint64_t kOffset = 24, kSize = 32;  // in a section header
  ElfWriter elf;
  Bytes code;
  Bytes relocations;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    test::append<std::uint64_t>(code, 0x1085);
    test::append<std::uint64_t>(relocations, 8 * i);
    test::append<std::uint64_t>(relocations, std::uint64_t{2} << 32 | 10);
  }
  test::append<std::uint64_t>(code, 0x95);
  const auto section = elf.add({.name = "xdp", .flags = kCode, .data = code});
  const auto first =
      elf.add({.name = ".relxdp", .type = 9, .data = relocations, .link = 1, .info = section, .entry_size = 16});
  for (int i = 0; i < tables; ++i)
    elf.add({.name = "", .type = 9, .data = {}, .link = 1, .info = section, .entry_size = 16});
  elf.symbol("program", kGlobalFunction, section, 0, code.size());
  elf.symbol("callee", 0x10, 0, 0, 0);
  Bytes bytes = elf.finish();
  const auto table = test::get<std::uint64_t>(bytes, test::kElfSectionTable);
  const auto header = [&](std::uint64_t index) { return table + 64 * index; };
  for (std::uint64_t i = first + 1; i <= first + static_cast<std::uint64_t>(tables); ++i)
    for (const std::uint64_t field : {kOffset, kSize})
      test::put<std::uint64_t>(bytes, header(i) + field, test::get<std::uint64_t>(bytes, header(first) + field));
  return bytes;
}

TEST_CASE("hostile objects: tables of relocations that share their bytes") {
  CHECK(CollectionSpec::parse(shared_relocations(0), "bomb.o").has_value());
  const Bytes bytes = shared_relocations(2000);
  CHECK(cost(bytes) < kMost);
  const auto spec = CollectionSpec::parse(bytes, "bomb.o");
  REQUIRE_FALSE(spec);
  CHECK(spec.error().message().find("relocations repeat over and over") != std::string::npos);
}

TEST_CASE("hostile objects: a function with many references and many names") {
  ElfWriter elf;
  Bytes code;
  Bytes relocations;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    test::append<std::uint64_t>(code, 0x1085);
    test::append<std::uint64_t>(relocations, 8 * i);
    test::append<std::uint64_t>(relocations, std::uint64_t{2} << 32 | 10);
  }
  const auto section = elf.add({.name = "xdp", .flags = kCode, .data = code});
  elf.add({.name = ".relxdp", .type = 9, .data = relocations, .link = 1, .info = section, .entry_size = 16});
  elf.symbol("program", kGlobalFunction, section, 0, code.size());
  elf.symbol("callee", 0x10, 0, 0, 0);
  for (int i = 0; i < 2000; ++i) elf.symbol("f" + std::to_string(i), kGlobalFunction, section, 0, code.size());
  const Bytes bytes = elf.finish();
  CHECK(cost(bytes) < kMost);
  CHECK_FALSE(CollectionSpec::parse(bytes, "bomb.o"));
}

Bytes many_maps(std::uint32_t count, std::uint32_t members, const std::string& name) {
  BtfWriter btf;
  const auto integer = btf.integer("int", 4, test::kSigned);
  const auto array = btf.array(integer, integer, 1);
  const auto pointer = btf.pointer(array);
  std::vector<BtfWriter::Member> list(members, {"type", pointer, 0});
  const auto definition = btf.composite(test::kStruct, "", 8, list);
  const auto variable = btf.add(test::kVar, name, 0, definition, {1});
  std::vector<std::uint32_t> entries;
  for (std::uint32_t i = 0; i < count; ++i) entries.insert(entries.end(), {variable, i * 8, 8});
  btf.add(test::kDatasec, ".maps", count, 0, entries);
  ElfWriter elf;
  elf.add({.name = ".maps", .flags = kData, .data = Bytes(count * 8)});
  elf.add({.name = ".BTF", .data = btf.finish()});
  return elf.finish();
}

TEST_CASE("hostile objects: many maps of one definition") {
  CHECK(cost(many_maps(20000, 1, "m")) < kMost);
  CHECK(cost(many_maps(5000, 1, std::string(100000, 'm'))) < kMost);
}

TEST_CASE("hostile objects: many externs, looked for among many") {
  BtfWriter btf;
  const auto integer = btf.integer("int", 4, test::kSigned);
  const auto variable = btf.add(test::kVar, "other", 0, integer, {2});
  std::vector<std::uint32_t> entries;
  for (std::uint32_t i = 0; i < 20000; ++i) entries.insert(entries.end(), {variable, i * 4, 4});
  btf.add(test::kDatasec, ".ksyms", 20000, 0, entries);
  ElfWriter elf;
  elf.add({.name = ".BTF", .data = btf.finish()});
  for (int i = 0; i < 2000; ++i) elf.symbol("e" + std::to_string(i), 0x10, 0, 0, 0);
  CHECK(cost(elf.finish()) < kMost);
}

}  // namespace
}  // namespace ebpf
