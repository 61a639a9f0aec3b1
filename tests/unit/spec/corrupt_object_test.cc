// Good objects with single fields damaged: each is refused with its own error, which names what it is about. The
// damage is done where a parser of our own (elf_bytes.h) says that the field is.
#include <functional>
#include <string>
#include <vector>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

using test::Patchable;

struct Damage {
  const char* what;
  const char* object;
  std::function<void(Patchable&)> apply;
  errc code;
  std::vector<std::string> names;  // that the sentence mentions
};

void check(const Damage& damage) {
  CAPTURE(std::string(damage.what));
  Patchable object{test::testdata(damage.object)};
  REQUIRE(CollectionSpec::parse(object.bytes, damage.object).has_value());
  damage.apply(object);
  const auto spec = CollectionSpec::parse(object.bytes, damage.object);
  REQUIRE(!spec.has_value());
  CAPTURE(spec.error().message());
  CHECK(spec.error().code() == damage.code);
  CHECK(spec.error().message().starts_with("read \"" + std::string(damage.object) + "\": "));
  for (const std::string& name : damage.names)
    CHECK_MESSAGE(spec.error().message().find(name) != std::string::npos, name);
}

constexpr const char* kSubprograms = "subprograms.bpf.o";
constexpr const char* kGlobals = "globals.bpf.o";
constexpr const char* kMaps = "maps.bpf.o";

TEST_CASE("corrupt objects: relocations in code") {
  check({"an unknown type",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".reltc", 0) + test::kRelocationType, 77); },
         errc::unsupported_input,
         {"\".reltc\"", "function \"chain\"", "77"}});
  check({"past the section's end",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".reltc", 0), 0x100000); },
         errc::malformed,
         {"\".reltc\"", "0x100000"}});
  check({"an offset that wraps",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".reltc", 0), 0xfffffffffffffff8); },
         errc::malformed,
         {"\".reltc\""}});
  check({"between instructions",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".reltc", 0), 4); },
         errc::malformed,
         {"\".reltc\"", "0x4"}});
  check({"for a symbol that does not exist",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".reltc", 0) + test::kRelocationSymbol, 0xffffff); },
         errc::malformed,
         {"\".reltc\"", "16777215"}});
  check({"for an ld_imm64 where a call stands",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".reltc", 1) + test::kRelocationType, 1); },
         errc::malformed,
         {"\".reltc\"", "function \"chain\""}});
  check({"for a call where an ld_imm64 stands",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".reltc", 0) + test::kRelocationType, 10); },
         errc::malformed,
         {"\".reltc\"", "function \"chain\""}});
  check({"a section of them for a section that does not exist",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.header(".reltc") + test::kSectionInfo, 0x1000000); },
         errc::malformed,
         {"\".reltc\"", "16777216"}});
  check({"with addends of their own",
         kSubprograms,
         [](Patchable& o) {
           o.set<std::uint32_t>(o.header(".reltc") + test::kSectionType, 4);
           o.set<std::uint64_t>(o.header(".reltc") + test::kSectionEntrySize, 24);
           o.set<std::uint64_t>(o.header(".reltc") + test::kSectionSize, 48);
         },
         errc::unsupported_input,
         {"\".reltc\""}});
}

TEST_CASE("corrupt objects: what instructions refer to") {
  check({"the middle of a map's definition",
         kSubprograms,
         [](Patchable& o) { o.set<std::int32_t>(o.content(".text") + 0x78 + 4, 8); },
         errc::malformed,
         {"\".rel.text\"", "function \"number_at\"", ".maps"}});
  check({"the middle of .maps by its symbol's value",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("numbers") + test::kSymbolValue, 8); },
         errc::malformed,
         {}});
  check({"a place behind the section",
         kSubprograms,
         [](Patchable& o) { o.set<std::int32_t>(o.content("socket") + 4, 5); },
         errc::malformed,
         {"\".relsocket\"", "function \"alone\"", "\".data\""}});
  check({"a place before the section",
         kSubprograms,
         [](Patchable& o) { o.set<std::int32_t>(o.content("socket") + 4, -1); },
         errc::malformed,
         {"\".relsocket\"", "function \"alone\"", "\".data\""}});
  check({"a call into the middle of a function",
         kSubprograms,
         [](Patchable& o) {
           const auto at = o.content("tc") + 0x18 + 4;
           o.set<std::int32_t>(at, test::get<std::int32_t>(o.bytes, at) + 1);
         },
         errc::malformed,
         {"\".reltc\"", "function \"chain\"", "\".text\""}});
  check({"a call within the section into the middle of a function",
         kSubprograms,
         [](Patchable& o) {
           const auto at = o.content(".text") + 0x30 + 4;  // triple_of_next's call of next_of
           REQUIRE(o.bytes[at - 4] == std::byte{0x85});
           o.set<std::int32_t>(at, 0x7fffffff);
         },
         errc::malformed,
         {"function \"triple_of_next\""}});
  check({"a section whose purpose is not known",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint16_t>(o.symbol("input") + test::kSymbolSection, o.index("license")); },
         errc::unsupported_input,
         {"\"input\"", "\"license\""}});
  check({"an absolute symbol",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint16_t>(o.symbol("input") + test::kSymbolSection, 0xfff1); },
         errc::unsupported_input,
         {"\"input\""}});
  check({"data where a call goes",
         kSubprograms,
         [](Patchable& o) {
           o.set<std::uint32_t>(o.relocation(".reltc", 1) + test::kRelocationSymbol, o.symbol_index("input"));
         },
         errc::malformed,
         {"function \"chain\"", "\"input\""}});
}

TEST_CASE("corrupt objects: functions") {
  check({"past the end of its section",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("chain") + test::kSymbolSize, 0x10000); },
         errc::malformed,
         {"function \"chain\"", "\"tc\""}});
  check({"a size that wraps",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("middle") + test::kSymbolSize, 0xfffffffffffffff8); },
         errc::malformed,
         {"function \"middle\""}});
  check({"no size",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("chain") + test::kSymbolSize, 0); },
         errc::malformed,
         {"function \"chain\""}});
  check({"between instructions",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("chain") + test::kSymbolValue, 4); },
         errc::malformed,
         {"function \"chain\"", "0x4"}});
  check({"half an instruction",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("chain") + test::kSymbolSize, 12); },
         errc::malformed,
         {"function \"chain\""}});
  check({"in a section that does not exist",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint16_t>(o.symbol("chain") + test::kSymbolSection, 0xfe00); },
         errc::malformed,
         {"\"chain\""}});
  check({"two programs of one name",
         kSubprograms,
         [](Patchable& o) {
           o.set<std::uint32_t>(o.symbol("middle"), test::get<std::uint32_t>(o.bytes, o.symbol("chain")));
         },
         errc::malformed,
         {"\"chain\"", "two"}});
  check({"a name outside of the names",
         kSubprograms,
         [](Patchable& o) { o.set<std::uint32_t>(o.symbol("chain"), 0x7fffffff); },
         errc::malformed,
         {"symbol"}});
}

TEST_CASE("corrupt objects: variables") {
  check({"outside of its section",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("custom_rodata") + test::kSymbolSize, 8); },
         errc::malformed,
         {"variable \"custom_rodata\"", "\".rodata.custom\""}});
  check({"beginning outside of its section",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("static_bss") + test::kSymbolValue, 0xffffffffffff0000); },
         errc::malformed,
         {"\"static_bss\"", "\".bss\""}});
  check({"of another size than BTF says",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.symbol("custom_rodata") + test::kSymbolSize, 2); },
         errc::malformed,
         {"variable \"custom_rodata\"", "BTF"}});
  check({"a section beyond a map's size",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.header(".bss.custom") + test::kSectionSize, 1ull << 31); },
         errc::out_of_range,
         {"\".bss.custom\"", "1 GiB"}});
  check({"compressed data",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.header(".data") + test::kSectionFlags, 0x803); },
         errc::unsupported_input,
         {"\".data\"", "compressed"}});
}

TEST_CASE("corrupt objects: BTF and what goes with it") {
  check({"a magic number that is none",
         kGlobals,
         [](Patchable& o) { o.set<std::uint16_t>(o.content(".BTF"), 0x1234); },
         errc::malformed,
         {"BTF"}});
  check({"a version of the future",
         kGlobals,
         [](Patchable& o) { o.set<std::uint8_t>(o.content(".BTF") + 2, 2); },
         errc::unsupported_input,
         {"BTF", "version 2"}});
  check({"types past the end",
         kGlobals,
         [](Patchable& o) { o.set<std::uint32_t>(o.content(".BTF") + 12, 0xffffff00); },
         errc::malformed,
         {"BTF"}});
  check({"a kind that is none",
         kGlobals,
         [](Patchable& o) { o.set<std::uint32_t>(o.content(".BTF") + 24 + 4, 31u << 24); },
         errc::unsupported_input,
         {"BTF", "type 1", "31"}});
  check({".BTF.ext without its magic number",
         kGlobals,
         [](Patchable& o) { o.set<std::uint16_t>(o.content(".BTF.ext"), 0); },
         errc::malformed,
         {".BTF.ext"}});
  check({"function records of no function",
         kGlobals,
         [](Patchable& o) { o.set<std::uint32_t>(o.content(".BTF.ext") + 32 + 4 + 8 + 4, 1); },
         errc::malformed,
         {".BTF.ext", "function"}});
  check({"a relocation of BTF past its end",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".rel.BTF", 0), 0xfffffffe); },
         errc::malformed,
         {".BTF", "0xfffffffe"}});
  check({"a relocation of BTF of an unknown type",
         kGlobals,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".rel.BTF", 0) + test::kRelocationType, 99); },
         errc::unsupported_input,
         {".BTF", "99"}});
  check({"a variable of BTF outside of its section",
         kGlobals,
         [](Patchable& o) {
           // Its value is what the relocation of its place in BTF adds.
           o.set<std::uint64_t>(o.symbol("custom_rodata") + test::kSymbolValue, 0x1000);
         },
         errc::malformed,
         {"\".rodata.custom\""}});
  check({"maps without BTF",
         kMaps,
         [](Patchable& o) {
           for (const char* name : {".BTF", ".BTF.ext"}) o.set<std::uint32_t>(o.header(name) + test::kSectionName, 0);
         },
         errc::malformed,
         {"\".maps\"", "-g"}});
}

TEST_CASE("corrupt objects: static contents of maps") {
  check({"a program array that contains data",
         kMaps,
         [](Patchable& o) {
           o.set<std::uint32_t>(o.relocation(".rel.maps", 0) + test::kRelocationSymbol, o.symbol_index("reached"));
         },
         errc::malformed,
         {"\".rel.maps\"", "map \"prog_array\"", "\"reached\""}});
  check({"a pointer at a place where none is",
         kMaps,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".rel.maps", 0), 0); },
         errc::unsupported_input,
         {"\".rel.maps\""}});
  check({"a pointer outside of the section",
         kMaps,
         [](Patchable& o) { o.set<std::uint64_t>(o.relocation(".rel.maps", 0), 0xffffffffff); },
         errc::unsupported_input,
         {"\".rel.maps\""}});
  check({"a pointer that is none",
         kMaps,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".rel.maps", 0) + test::kRelocationType, 3); },
         errc::malformed,
         {"\".rel.maps\""}});
  check({"for a symbol that does not exist",
         kMaps,
         [](Patchable& o) { o.set<std::uint32_t>(o.relocation(".rel.maps", 0) + test::kRelocationSymbol, 9999); },
         errc::malformed,
         {"\".rel.maps\""}});
}

TEST_CASE("corrupt objects: sections") {
  check({"two symbol tables",
         kGlobals,
         [](Patchable& o) { o.set<std::uint32_t>(o.header("license") + test::kSectionType, 2); },
         errc::malformed,
         {"2 symbol tables"}});
  check({"data past the end of the file",
         kGlobals,
         [](Patchable& o) { o.set<std::uint64_t>(o.header(".data") + test::kSectionOffset, 0xfffffff0); },
         errc::malformed,
         {"\".data\""}});
  check({"a version that is too short",
         kGlobals,
         [](Patchable& o) {
           // "license" becomes "version": as long, and 13 bytes become 3.
           auto at = test::get<std::uint32_t>(o.bytes, o.header("license"));
           const auto names = o.content(".strtab");
           o.set<std::uint64_t>(o.header("license") + test::kSectionSize, 3);
           for (const char c : std::string("version")) o.bytes[names + at++] = static_cast<std::byte>(c);
         },
         errc::malformed,
         {"\"version\""}});
}

TEST_CASE("corrupt objects: a version section is read, a section of unknown purpose is noted") {
  Patchable object{test::testdata(kGlobals)};
  const auto name = test::get<std::uint32_t>(object.bytes, object.header("license"));
  const auto names = object.content(".strtab");
  for (std::size_t i = 0; i < 7; ++i) object.bytes[names + name + i] = static_cast<std::byte>("version"[i]);
  const auto spec = CollectionSpec::parse(object.bytes, "v.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  CHECK(spec->kernel_version == 0x6c617544);  // "Dual"
  CHECK(spec->license.empty());
  CHECK(spec->program("count")->kernel_version == spec->kernel_version);

  object = {test::testdata(kGlobals)};
  object.bytes[names + name] = std::byte{'X'};
  const auto noted = CollectionSpec::parse(object.bytes, "x.o");
  REQUIRE(noted.has_value());
  REQUIRE(noted->notes.size() == 1);
  CHECK(noted->notes[0].find("\"Xicense\"") != std::string::npos);
}

TEST_CASE("corrupt objects: a license without the NUL at its end") {
  Patchable object{test::testdata("globals_nobtf.bpf.o")};
  object.set<std::uint64_t>(object.header("license") + test::kSectionSize, 4);
  const auto spec = CollectionSpec::parse(object.bytes, "l.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  CHECK(spec->license == "Dual");
}

// The verifier looks at a global function by itself, for any argument; a hidden one is not called from outside.
TEST_CASE("corrupt objects: a hidden function is a static one to the verifier") {
  for (const std::uint8_t visibility :
       {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}}) {  // STV_DEFAULT, STV_INTERNAL, STV_HIDDEN
    CAPTURE(static_cast<int>(visibility));
    Patchable object{test::testdata(kSubprograms)};
    object.set<std::uint8_t>(object.symbol("doubled") + test::kSymbolOther, visibility);
    const auto spec = CollectionSpec::parse(object.bytes, "h.o");
    REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
    const auto function = spec->types.find("doubled", btf::Kind::function);
    REQUIRE(function.has_value());
    CHECK((spec->types.type(*function)->linkage() == btf::Linkage::global) == (visibility == 0));
    CHECK(spec->types.type(*spec->types.find("weak_offset", btf::Kind::function))->linkage() == btf::Linkage::global);
  }
}

TEST_CASE("corrupt objects: relocations of code that no symbol covers are passed over") {
  // As a linker leaves it behind where a weak function gave way to another one.
  Patchable object{test::testdata(kSubprograms)};
  object.set<std::uint32_t>(object.relocation(".reltc", 0) + test::kRelocationType, 10);
  REQUIRE_FALSE(CollectionSpec::parse(object.bytes, "w.o").has_value());  // the relocation of a function that is there
  object.set<std::uint8_t>(object.symbol("chain") + test::kSymbolInfo, 0x10);  // global, of no type
  const auto spec = CollectionSpec::parse(object.bytes, "w.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  CHECK_FALSE(spec->program("chain"));
  CHECK(spec->program("middle"));
}

TEST_CASE("corrupt objects: pointers in data are noted") {
  Patchable object{test::testdata(kSubprograms)};
  object.set<std::uint32_t>(object.header(".relsocket") + test::kSectionInfo, object.index(".data"));
  const auto spec = CollectionSpec::parse(object.bytes, "p.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  REQUIRE(spec->notes.size() == 1);
  CHECK(spec->notes[0].find("\".data\"") != std::string::npos);
}

TEST_CASE("corrupt objects: cut off after every byte") {
  for (const std::string name : {"subprograms_stripped.bpf.o", "pinning_stripped.bpf.o"}) {
    const test::Bytes whole = test::testdata(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const test::Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      const auto spec = CollectionSpec::parse(bytes, name);
      REQUIRE(!spec.has_value());
      REQUIRE(spec.error().message().starts_with("read \"" + name + "\""));
    }
  }
}

}  // namespace
}  // namespace ebpf
