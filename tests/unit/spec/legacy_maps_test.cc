// Maps in SEC("maps"): what is read from definitions of each length, and what is refused.
#include <cstring>
#include <string>
#include <vector>

#include "ebpf/elf/writer.h"
#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

// The n-th number of 32 bits of what is behind the common fields.
std::uint32_t extra_number(const CollectionSpec& spec, const char* map, std::size_t n) {
  const auto bytes = std::span<const std::byte>(spec.map(map)->extra);
  const auto number = ByteView(bytes, spec.byte_order).read<std::uint32_t>(4 * n);
  REQUIRE(number.has_value());
  return *number;
}

struct Definition {
  std::string name;
  std::uint64_t offset;
  std::uint64_t size;
  elf::Binding binding = elf::Binding::global;
};

// An object with nothing but a section of so many numbers, 1, 2, 3, …, and these symbols in it.
Result<CollectionSpec> read(std::size_t numbers, const std::vector<Definition>& definitions) {
  elf::NewSection section{.name = "maps", .flags = 3};
  for (std::uint32_t i = 1; i <= numbers; ++i) {
    const auto bytes = std::as_bytes(std::span(&i, 1));
    section.data.insert(section.data.end(), bytes.begin(), bytes.end());
  }
  elf::NewFile file;
  file.sections.push_back(section);
  for (const Definition& d : definitions)
    file.symbols.push_back({.name = d.name,
                            .type = elf::SymbolType::object,
                            .binding = d.binding,
                            .section = 1,
                            .value = d.offset,
                            .size = d.size});
  const auto bytes = elf::write(file);
  REQUIRE(bytes.has_value());
  return CollectionSpec::parse(*bytes, "legacy");
}

std::string refusal(std::size_t numbers, const std::vector<Definition>& definitions) {
  const auto spec = read(numbers, definitions);
  REQUIRE_FALSE(spec.has_value());
  CHECK(spec.error().message().find("section \"maps\"") != std::string::npos);
  return spec.error().message();
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("legacy maps: definitions of several lengths in one section, by two compilers and in both byte orders") {
  for (const std::string object : {"legacy_maps.bpf.o", "legacy_maps_clang14.bpf.o", "legacy_maps_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    REQUIRE(spec.maps.size() == 3);
    const auto counts = spec.map("counts");
    REQUIRE(counts);
    CHECK(counts->section == "maps");
    CHECK(counts->type == MapType::hash);
    CHECK(counts->key_size == 4);
    CHECK(counts->value_size == 8);
    CHECK(counts->max_entries == 16);
    CHECK(counts->flags == 1);
    CHECK(counts->extra.empty());
    CHECK(spec.map("totals")->type == MapType::array);
    CHECK(spec.map("totals")->extra == std::vector<std::byte>(16));
    CHECK(spec.map("kept")->max_entries == 2);
    REQUIRE(spec.map("kept")->extra.size() == 16);
    CHECK(extra_number(spec, "kept", 0) == 7);
    CHECK(extra_number(spec, "kept", 1) == 2);
    CHECK(extra_number(spec, "kept", 2) == 0);
    std::vector<std::string> used;
    for (const Reference& reference : spec.program("count")->references)
      if (reference.kind == ReferenceKind::map) used.push_back(reference.name);
    CHECK(std::vector<std::string>(used).size() >= 3);
    for (const char* name : {"counts", "totals", "kept"})
      CHECK(std::find(used.begin(), used.end(), name) != used.end());
  }
}

TEST_CASE("legacy maps: without flags, without sizes of symbols") {
  const auto four = read(4, {{"map", 0, 16}});
  REQUIRE(four.has_value());
  CHECK(four->map("map")->max_entries == 4);
  CHECK(four->map("map")->flags == 0);
  const auto two = read(12, {{"second", 20, 0}, {"first", 0, 0}});
  REQUIRE(two.has_value());
  REQUIRE(two->maps.size() == 2);
  CHECK(two->maps[0].name == "first");
  CHECK(two->maps[0].extra.empty());
  CHECK(two->maps[1].type == static_cast<MapType>(6));
  CHECK(two->maps[1].flags == 10);
  CHECK(two->maps[1].extra.size() == 8);
}

TEST_CASE("legacy maps: what is no definition is refused") {
  CHECK(contains(refusal(5, {}), "no symbols"));
  CHECK(contains(refusal(5, {{"map", 0, 20, elf::Binding::local}}), "static"));
  CHECK(contains(refusal(5, {{"map", 0, 24}}), "outside"));
  CHECK(contains(refusal(5, {{"map", 24, 20}}), "outside"));
  CHECK(contains(refusal(5, {{"map", 24, 0}}), "outside"));
  CHECK(contains(refusal(5, {{"map", ~std::uint64_t{0} - 3, 20}}), "outside"));
  CHECK(contains(refusal(3, {{"map", 0, 12}}), "at least"));
  CHECK(contains(refusal(10, {{"map", 0, 40}, {"other", 20, 20}}), "another map"));
  CHECK(contains(refusal(10, {{"map", 0, 20}, {"other", 0, 20}}), "another map"));
  CHECK(contains(refusal(2000, {{"map", 0, 8000}}), "8000 bytes"));
}

}  // namespace ebpf
