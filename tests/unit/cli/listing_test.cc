// Listings: as compiled against llvm-objdump-19 for every object of testdata/, line by line; symbols, source lines and
// relocations by what the sources say; for the kernel by what linking promises.
#include "tools/cli/listing.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/asm/opcode.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::cli;

namespace {

struct Row {
  std::string bytes;  // hexadecimal, without blanks
  std::string text;
};

// By "object function".
using Rows = std::map<std::string, std::vector<Row>>;

// "       0:\t18 01 00 …\tr1 = 0x0 ll" or "  10:\t55 …\tif r0 != 0x0 goto +0xe <add+0xc8>"
Row row_of(const std::string& line, std::size_t first_tab) {
  const auto second_tab = line.find('\t', first_tab + 1);
  Row row{line.substr(first_tab + 1, second_tab - first_tab - 1), line.substr(second_tab + 1)};
  std::erase(row.bytes, ' ');
  if (row.text.ends_with('>') && row.text.contains(" <")) row.text.resize(row.text.rfind(" <"));
  return row;
}

Rows rows_in(const char* name) {
  std::ifstream file(test::runfile((std::string("tests/unit/cli/") + name).c_str()));
  REQUIRE(file.good());
  Rows rows;
  std::string object;
  std::vector<Row>* function = nullptr;
  for (std::string line; std::getline(file, line);) {
    const auto tab = line.find('\t');
    if (line.starts_with("FILE ")) {
      object = line.substr(5);
    } else if (line.ends_with(">:") && !line.contains("<LBB")) {  // clang 14 left its labels in the symbol table
      const auto start = line.find('<') + 1;
      std::string key = object + ' ' + line.substr(start, line.size() - start - 2);
      while (rows.contains(key)) key += '\'';  // linked files may each have a static function of a name
      function = &rows[key];
    } else if (tab != line.npos && !line.contains("file format") && function != nullptr) {
      function->push_back(row_of(line, tab));
    }
  }
  return rows;
}

std::string digits(const ListedSlot& slot) {
  std::string out;
  for (const std::byte b : slot.bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

// A row per instruction, as llvm-objdump has them.
std::vector<Row> rows_of(const Listing& listing) {
  std::vector<Row> rows;
  for (const ListedSlot& slot : listing.slots) {
    if (slot.text.empty())
      rows.back().bytes += digits(slot);
    else
      rows.push_back({digits(slot), slot.text});
  }
  return rows;
}

Result<CollectionSpec> try_read(const std::string& object) {
  std::ifstream file(test::runfile(("testdata/" + object).c_str()), std::ios::binary);
  REQUIRE(file.good());
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return CollectionSpec::parse(std::as_bytes(std::span(bytes)), object);
}

CollectionSpec read(const std::string& object) {
  auto spec = try_read(object);
  if (!spec) FAIL(spec.error().message());
  return *std::move(spec);
}

struct Differences {
  std::size_t instructions = 0;
  std::size_t functions = 0;
};

void compare(Differences& counts, const std::string& key, const Listing& listing, const Rows& plain,
             const Rows& alu32) {
  const auto rows = rows_of(listing);
  auto expected = plain.find(key);
  if (expected == plain.end()) return;  // an alias, which llvm-objdump does not list
  // Of several functions of that name, the one with this code.
  const auto same = [](const Row& a, const Row& b) { return a.bytes == b.bytes; };
  for (auto other = expected; other != plain.end(); other = plain.find(other->first + '\''))
    if (std::ranges::equal(rows, other->second, same)) expected = other;
  CAPTURE(expected->first);
  const auto& narrow = alu32.at(expected->first);
  REQUIRE(rows.size() == expected->second.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CAPTURE(i);
    CHECK(rows[i].bytes == expected->second[i].bytes);
    CHECK(rows[i].text == (rows[i].bytes.starts_with("c3") ? narrow[i].text : expected->second[i].text));
  }
  counts.instructions += rows.size();
  counts.functions += 1;
}

const ListedSlot& slot_with(const Listing& listing, std::string_view symbol) {
  for (const ListedSlot& slot : listing.slots)
    if (slot.symbol == symbol) return slot;
  FAIL("no slot has symbol " << std::string(symbol));
  std::abort();
}

std::vector<std::string> functions_in(const Listing& listing) {
  std::vector<std::string> names;
  for (const ListedSlot& slot : listing.slots)
    if (!slot.function.empty()) names.emplace_back(slot.function);
  return names;
}

Listing compiled(const Symbols& symbols, std::string_view name) {
  const auto index = symbols.find_function(name);
  REQUIRE(index.has_value());
  return list_compiled(symbols, symbols.function(*index), true);
}

Listing for_kernel(const Symbols& symbols, std::string_view name) {
  const auto program = symbols.spec().program(name);
  REQUIRE(program.has_value());
  auto listing = list_for_kernel(symbols, *program, {});
  if (!listing) FAIL(listing.error().message());
  return *std::move(listing);
}

}  // namespace

TEST_CASE("as compiled, every function reads as in llvm-objdump") {
  const Rows plain = rows_in("objdump.txt");
  const Rows alu32 = rows_in("objdump.alu32.txt");
  std::vector<std::string> objects;
  for (const auto& [key, rows] : plain) {
    const auto object = key.substr(0, key.find(' '));
    if (objects.empty() || objects.back() != object) objects.push_back(object);
  }
  Differences counts;
  for (const std::string& object : objects) {
    const auto read = try_read(object);
    if (!read) continue;  // some are there to be refused
    const CollectionSpec& spec = *read;
    const Symbols symbols(spec);
    for (const ProgramSpec& program : spec.programs)
      compare(counts, object + ' ' + program.name, list_compiled(symbols, program, true), plain, alu32);
    for (const FunctionSpec& function : spec.subprograms)
      compare(counts, object + ' ' + function.name, list_compiled(symbols, function, false), plain, alu32);
  }
  MESSAGE(objects.size() << " objects, " << counts.functions << " functions, " << counts.instructions
                         << " instructions");
  CHECK(objects.size() > 30);
  CHECK(counts.functions > 200);
  CHECK(counts.instructions > 3000);
}

TEST_CASE("references have names, and what they are at is found by its place") {
  const CollectionSpec spec = read("subprograms.bpf.o");
  const Symbols symbols(spec);
  const Listing chain = compiled(symbols, "chain");
  CHECK(slot_with(chain, "input").text == "r1 = 0x0 ll");
  CHECK(slot_with(chain, "triple_of_next").text.starts_with("call "));
  const CollectionSpec with_callbacks = read("callbacks.bpf.o");
  const Listing each = compiled(Symbols(with_callbacks), "each_element");
  CHECK(slot_with(each, "numbers").text.ends_with(" ll"));
  CHECK(slot_with(each, "add_element").text.ends_with(" ll"));
  CHECK(slot_with(each, "bpf_for_each_map_elem").text == "call 0xa4");
  CHECK(functions_in(each) == std::vector<std::string>{"each_element"});

  CHECK(symbols.place_in_data(".data", 0) == "input");
  CHECK(symbols.place_in_data(".data", 2) == "input+0x2");
  CHECK(symbols.place_in_data(".data", 400) == ".data+0x190");
  CHECK(symbols.place_in_data(".rodata", 0) == ".rodata");
}

TEST_CASE("source lines hold up to the next one") {
  const CollectionSpec spec = read("subprograms.bpf.o");
  const Symbols symbols(spec);
  const Listing chain = compiled(symbols, "chain");
  for (const ListedSlot& slot : chain.slots) {
    REQUIRE(slot.line.has_value());
    CHECK(spec.types.string(slot.line->text).starts_with("int chain("));
  }
  CHECK(chain.slots.front().starts_line);
  CHECK_FALSE(chain.slots[1].starts_line);
}

TEST_CASE("jumps have their targets") {
  const CollectionSpec spec = read("packet.bpf.o");
  const Symbols symbols(spec);
  const Listing listing = compiled(symbols, "add_to_protocol");
  std::size_t jumps = 0;
  for (std::size_t i = 0; i < listing.slots.size(); ++i) {
    const ListedSlot& slot = listing.slots[i];
    if (!slot.target) continue;
    ++jumps;
    CHECK(*slot.target == i + 1 + static_cast<std::size_t>(slot.instruction->offset));
  }
  CHECK(jumps > 0);
}

TEST_CASE("CO-RE relocations are told by kind, type and access") {
  const CollectionSpec spec = read("core.bpf.o");
  const Symbols symbols(spec);
  const Listing listing = compiled(symbols, "fields");
  std::vector<std::string> found;
  for (const ListedSlot& slot : listing.slots)
    if (!slot.core.empty()) found.push_back(slot.core);
  REQUIRE_FALSE(found.empty());
  CHECK(found.front() == "field_byte_offset struct task_struct 0:1");
}

TEST_CASE("for the kernel: subprograms are linked, and descriptors are 0 with their source register kept") {
  const CollectionSpec spec = read("subprograms.bpf.o");
  const Symbols symbols(spec);
  const Listing chain = for_kernel(symbols, "chain");
  CHECK(functions_in(chain) == std::vector<std::string>{"chain", "triple_of_next", "next_of"});
  CHECK(slot_with(chain, "input").text == "r1 = map_val(map_by_fd(0x0)) + 0x0 ll");
  CHECK(slot_with(chain, "input").instruction->src == insn::kPseudoMapValue);
  CHECK(slot_with(chain, "triple_of_next").text == "call 0x1");
  CHECK(slot_with(chain, "triple_of_next").instruction->src == insn::kPseudoCall);

  const CollectionSpec with_callbacks = read("callbacks.bpf.o");
  const Listing each = for_kernel(Symbols(with_callbacks), "each_element");
  CHECK(slot_with(each, "numbers").text.ends_with(" = map_by_fd(0x0) ll"));
  CHECK(slot_with(each, "add_element").instruction->src == insn::kPseudoFunc);
  CHECK(functions_in(each) == std::vector<std::string>{"each_element", "add_element"});
  // Its lines come with a function.
  for (const ListedSlot& slot : each.slots) CHECK(slot.line.has_value());
}

TEST_CASE("an object of the other byte order can be listed as compiled only") {
  const CollectionSpec spec = read(kHostByteOrder == ByteOrder::little ? "globals_eb.bpf.o" : "globals.bpf.o");
  const Symbols symbols(spec);
  REQUIRE_FALSE(spec.programs.empty());
  const auto listing = list_for_kernel(symbols, spec.programs.front(), {});
  REQUIRE_FALSE(listing.has_value());
  CHECK(listing.error().code() == errc::unsupported_input);
}
