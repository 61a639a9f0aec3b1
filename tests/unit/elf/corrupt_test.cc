// Damaged files: cut off after every byte, and with single fields out of the ordinary. The answer may be a value or an
// error, but never a crash (nor, under AddressSanitizer, a byte read outside) and never an error without a sentence.
#include <string>

#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::elf {
namespace {

using test::Bytes;
using test::testdata;

struct Totals {
  std::size_t values = 0;
  std::size_t errors = 0;

  template <class T>
  bool count(const Result<T>& result) {
    if (result) {
      ++values;
      return true;
    }
    ++errors;
    REQUIRE(!result.error().message().empty());
    const errc code = result.error().code();
    REQUIRE((code == errc::malformed || code == errc::unsupported_input || code == errc::out_of_range));
    return false;
  }
};

// Asks for everything that a file has.
void walk(std::span<const std::byte> bytes, Totals& totals) {
  const auto file = File::parse(bytes);
  if (!totals.count(file)) return;
  for (std::uint32_t i = 0; i < file->segment_count(); ++i) totals.count(file->segment(i));
  for (std::uint32_t i = 0; i < file->section_count(); ++i) {
    const auto section = file->section(i);
    if (!totals.count(section)) continue;
    REQUIRE(section->data.size() <= bytes.size());
    if (section->type == SectionType::symtab || section->type == SectionType::dynsym) {
      const auto symbols = file->symbols(*section);
      if (!totals.count(symbols)) continue;
      for (std::size_t j = 0; j < symbols->size(); ++j) totals.count(symbols->at(j));
    }
    if (section->type == SectionType::rel || section->type == SectionType::rela) {
      const auto relocations = file->relocations(*section);
      if (!totals.count(relocations)) continue;
      for (std::size_t j = 0; j < relocations->size(); ++j) (void)(*relocations)[j];
    }
    if (section->type == SectionType::note) {
      NoteReader notes(section->data, section->alignment);
      for (std::size_t j = 0; j <= section->data.size() / 12; ++j) {
        const auto note = notes.next();
        if (!totals.count(note) || !*note) break;
      }
    }
  }
}

TEST_CASE("elf: an object cut off after every byte") {
  for (const std::string name : {"subprograms_stripped.bpf.o", "static_map.bpf.o", "externs_eb.bpf.o"}) {
    CAPTURE(name);
    const Bytes whole = testdata(name);
    Totals totals;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      const auto before = totals.values;
      walk(bytes, totals);
      // The compiler puts the section table at the end: nothing is readable without it.
      REQUIRE(totals.values == before);
    }
    CHECK(totals.errors == whole.size());
    walk(whole, totals);
    CHECK(totals.errors == whole.size());
    CHECK(totals.values > 20);
  }
}

struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kHeaderFields[] = {
    {0, 4},  {4, 1},  {5, 1},  {6, 1},  {7, 1},  {8, 8},  {16, 2}, {18, 2}, {20, 4}, {24, 8},
    {32, 8}, {40, 8}, {48, 4}, {52, 2}, {54, 2}, {56, 2}, {58, 2}, {60, 2}, {62, 2},
};
constexpr Field kSectionFields[] = {{0, 4},  {4, 4},  {8, 8},  {16, 8}, {24, 8},
                                    {32, 8}, {40, 4}, {44, 4}, {48, 8}, {56, 8}};

// All ones, zero, the largest signed number, one more, and close to the end of the file.
std::vector<std::uint64_t> odd_values(std::size_t file_size) {
  return {~std::uint64_t{0},
          0,
          1,
          0x7fffffffffffffff,
          0x8000000000000000,
          0x7fffffff,
          0x80000000,
          0xffffffff,
          file_size,
          file_size - 1,
          file_size + 1,
          ~std::uint64_t{0} - file_size + 2};
}

void damage(Bytes& bytes, std::size_t at, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

TEST_CASE("elf: every field of the header out of the ordinary") {
  const Bytes whole = testdata("subprograms_stripped.bpf.o");
  Totals totals;
  for (const Field field : kHeaderFields) {
    for (const std::uint64_t value : odd_values(whole.size())) {
      CAPTURE(field.offset);
      CAPTURE(value);
      Bytes bytes = whole;
      damage(bytes, field.offset, field.size, value);
      walk(bytes, totals);
    }
  }
  CHECK(totals.errors > 50);
  CHECK(totals.values > 1000);
}

TEST_CASE("elf: every field of every section header out of the ordinary") {
  const test::Patchable object{testdata("subprograms_stripped.bpf.o")};
  const auto table = test::get<std::uint64_t>(object.bytes, test::kElfSectionTable);
  const auto count = test::get<std::uint16_t>(object.bytes, test::kElfSectionCount);
  Totals totals;
  for (std::uint16_t i = 0; i < count; ++i) {
    for (const Field field : kSectionFields) {
      for (const std::uint64_t value : odd_values(object.bytes.size())) {
        CAPTURE(i);
        CAPTURE(field.offset);
        CAPTURE(value);
        Bytes bytes = object.bytes;
        damage(bytes, table + 64u * i + field.offset, field.size, value);
        walk(bytes, totals);
      }
    }
  }
  CHECK(totals.errors > 500);
}

TEST_CASE("elf: every program header field of an executable out of the ordinary") {
  Bytes whole = test::read_bytes("/proc/self/exe");
  const auto table = test::get<std::uint64_t>(whole, 32);
  REQUIRE(test::get<std::uint16_t>(whole, 54) == 56);
  const auto count = test::get<std::uint16_t>(whole, 56);
  Totals totals;
  for (std::uint16_t i = 0; i < count; ++i) {
    for (const std::size_t field : {0u, 8u, 16u, 24u, 32u, 40u, 48u}) {
      for (const std::uint64_t value : odd_values(whole.size())) {
        const std::size_t at = table + 56u * i + field;
        const auto before = test::get<std::uint64_t>(whole, at);
        damage(whole, at, 8, value);
        const auto file = File::parse(whole);
        if (totals.count(file)) {
          const auto segment = file->segment(i);
          if (totals.count(segment)) REQUIRE(segment->data.size() == segment->file_size);
        }
        damage(whole, at, 8, before);
      }
    }
  }
  CHECK(totals.errors > 20);
  CHECK(totals.values > 20);
}

// PN_XNUM: the number of program headers is in section 0.
TEST_CASE("elf: an extended count of program headers") {
  Bytes whole = test::read_bytes("/proc/self/exe");
  const auto count = test::get<std::uint16_t>(whole, 56);
  const auto sections = test::get<std::uint64_t>(whole, test::kElfSectionTable);
  test::put<std::uint16_t>(whole, 56, 0xffff);
  test::put<std::uint32_t>(whole, sections + test::kSectionInfo, count);
  const auto file = File::parse(whole);
  REQUIRE_MESSAGE(file.has_value(), file.error().message());
  CHECK(file->segment_count() == count);
  test::put<std::uint32_t>(whole, sections + test::kSectionInfo, 0xffffffff);
  const auto too_many = File::parse(whole);
  REQUIRE(!too_many.has_value());
  CHECK(too_many.error().code() == errc::malformed);
}

TEST_CASE("elf: an error names the section") {
  test::Patchable object{testdata("globals.bpf.o")};
  object.set<std::uint64_t>(object.header(".data") + test::kSectionOffset, 0xffffffffffff);
  const auto file = File::parse(object.bytes);
  REQUIRE(file.has_value());
  const auto section = file->section(object.index(".data"));
  REQUIRE(!section.has_value());
  CHECK(section.error().code() == errc::malformed);
  CHECK(section.error().message().find("\".data\"") != std::string::npos);
  // A name that does not end, or that is outside.
  object = {testdata("globals.bpf.o")};
  object.set<std::uint32_t>(object.header(".data") + test::kSectionName, 0xfffffff0);
  const auto nameless = File::parse(object.bytes);
  REQUIRE(nameless.has_value());
  CHECK(nameless->find_section("no such").error().code() == errc::malformed);
}

}  // namespace
}  // namespace ebpf::elf
