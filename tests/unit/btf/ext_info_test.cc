// .BTF.ext, from bytes made by hand and from a real object.
#include "ebpf/btf/ext_info.h"

#include <string>

#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;
using test::Bytes;
using test::ext_bytes;
using test::ext_list;

struct Sample {
  std::uint32_t text, xdp;
  Spec types;
};

Sample sample(ByteOrder order) {
  BtfWriter w(order);
  w.integer("int", 4);
  const auto text = w.string(".text");
  const auto xdp = w.string("xdp");
  auto types = Spec::parse(w.finish());
  REQUIRE(types.has_value());
  return {text, xdp, *std::move(types)};
}

TEST_CASE("ext info: all three lists, in both byte orders, with records of this size and of a later one") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::uint32_t more : {0u, 4u, 24u}) {
      const Sample s = sample(order);
      const Bytes functions = ext_list(8 + more, {{s.text, {{0, 7}, {16, 8}}}, {s.xdp, {{0, 9}}}}, order);
      const Bytes lines = ext_list(16 + more, {{s.xdp, {{8, 1, 2, 31u << 10 | 5}}}}, order);
      const Bytes core = ext_list(16 + more, {{s.text, {{24, 1, 3, 12}}}}, order);
      for (const std::uint32_t header : {32u, 40u}) {
        const Bytes bytes = ext_bytes(functions, lines, core, header, order);
        const auto ext = ExtInfo::parse(bytes, s.types);
        REQUIRE_MESSAGE(ext.has_value(), ext.error().message());
        CHECK(ext->functions(".text") == std::vector<FunctionInfo>{{0, 7}, {2, 8}});
        CHECK(ext->functions("xdp") == std::vector<FunctionInfo>{{0, 9}});
        CHECK(ext->functions("none")->empty());
        CHECK(ext->functions("")->empty());
        const auto line = ext->lines("xdp");
        REQUIRE(line.has_value());
        REQUIRE(line->size() == 1);
        CHECK(line->front() == LineInfo{1, 1, 2, 31u << 10 | 5});
        CHECK(line->front().line() == 31);
        CHECK(line->front().column() == 5);
        CHECK(ext->lines(".text")->empty());
        CHECK(ext->core_relocations(".text") == std::vector<CoreRelocation>{{3, 1, 3, CoreKind::type_matches}});
      }
    }
  }
}

TEST_CASE("ext info: the shorter header has no CO-RE relocations") {
  const Sample s = sample(ByteOrder::little);
  const Bytes functions = ext_list(8, {{s.text, {{0, 7}}}}, ByteOrder::little);
  const Bytes bytes = ext_bytes(functions, {}, {}, 24);
  const auto ext = ExtInfo::parse(bytes, s.types);
  REQUIRE_MESSAGE(ext.has_value(), ext.error().message());
  CHECK(ext->functions(".text")->size() == 1);
  CHECK(ext->lines(".text")->empty());
  CHECK(ext->core_relocations(".text")->empty());
}

TEST_CASE("ext info: several blocks for one section are read one after another") {
  const Sample s = sample(ByteOrder::little);
  const Bytes functions = ext_list(8, {{s.text, {{0, 7}}}, {s.xdp, {{0, 1}}}, {s.text, {{8, 8}}}}, ByteOrder::little);
  const Bytes bytes = ext_bytes(functions, {}, {});
  const auto ext = ExtInfo::parse(bytes, s.types);
  REQUIRE(ext.has_value());
  CHECK(ext->functions(".text") == std::vector<FunctionInfo>{{0, 7}, {1, 8}});
}

TEST_CASE("ext info: nothing at all") {
  const ExtInfo none;
  CHECK(none.functions(".text")->empty());
  CHECK(none.lines(".text")->empty());
  CHECK(none.core_relocations(".text")->empty());
  const Sample s = sample(ByteOrder::little);
  const Bytes bytes = ext_bytes({}, {}, {});
  CHECK(ExtInfo::parse(bytes, s.types).has_value());
}

TEST_CASE("ext info: errors") {
  const Sample s = sample(ByteOrder::little);
  constexpr auto kLittle = ByteOrder::little;
  const Bytes good = ext_bytes(ext_list(8, {{s.text, {{0, 7}}}}, kLittle), {}, {});
  const auto code = [&](const Bytes& bytes) {
    const auto ext = ExtInfo::parse(bytes, s.types);
    REQUIRE(!ext.has_value());
    CHECK(ext.error().message().find(".BTF.ext") != std::string::npos);
    return ext.error().code();
  };
  const auto with = [&](std::uint64_t at, std::uint32_t value) {
    Bytes bytes = good;
    test::put<std::uint32_t>(bytes, at, value);
    return bytes;
  };
  CHECK(code({}) == errc::malformed);
  CHECK(code(with(0, 0x00010000)) == errc::malformed);
  CHECK(code(with(0, 0x0002eb9f)) == errc::unsupported_input);
  CHECK(code(with(0, 0x00019feb)) == errc::malformed);   // the other byte order than the BTF's
  CHECK(code(with(4, 23)) == errc::malformed);           // a header too short
  CHECK(code(with(4, 0xffffffff)) == errc::malformed);   // and too long
  CHECK(code(with(8, 0xffffffff)) == errc::malformed);   // a list past the end
  CHECK(code(with(12, 0xffffffff)) == errc::malformed);  // and too long
  CHECK(code(with(28, 0xffffffff)) == errc::malformed);  // of CO-RE records
  CHECK(code(with(32, 4)) == errc::unsupported_input);   // records too small
  CHECK(code(with(32, 0)) == errc::unsupported_input);   // or empty
  CHECK(code(with(32, 9)) == errc::unsupported_input);   // or not of words
  CHECK(code(with(32, 0xfffffffc)) == errc::malformed);  // or past the end
  CHECK(code(with(36, 0xffffffff)) == errc::malformed);  // a section that has no name
  CHECK(code(with(36, 0)) == errc::malformed);           // or an empty one
  CHECK(code(with(40, 0xffffffff)) == errc::malformed);  // more records than there are
  CHECK(code(ext_bytes(ext_list(8, {{s.text, {{0, 7}}}}, kLittle), Bytes(3), {})) == errc::unsupported_input);
  CHECK(code(ext_bytes(Bytes{std::byte{8}, {}, {}, {}, std::byte{1}}, {}, {})) == errc::malformed);

  // Errors that are about a section come when it is asked for.
  const Bytes odd = ext_bytes(ext_list(8, {{s.text, {{4, 7}}}}, kLittle), {}, {});
  const auto inside = ExtInfo::parse(odd, s.types);
  REQUIRE(inside.has_value());
  CHECK(inside->functions(".text").error().code() == errc::malformed);
  CHECK(inside->functions(".text").error().message().find("\".text\"") != std::string::npos);
  CHECK(inside->functions("xdp")->empty());
  const Bytes kind = ext_bytes({}, {}, ext_list(16, {{s.text, {{0, 1, 1, 13}}}}, kLittle));
  const auto future = ExtInfo::parse(kind, s.types);
  REQUIRE(future.has_value());
  CHECK(future->core_relocations(".text").error().code() == errc::unsupported_input);
}

TEST_CASE("ext info: cut off after every byte") {
  const Sample s = sample(ByteOrder::little);
  const Bytes whole = ext_bytes(ext_list(8, {{s.text, {{0, 7}, {8, 7}}}}, ByteOrder::little),
                                ext_list(16, {{s.text, {{0, 1, 2, 3}}}}, ByteOrder::little),
                                ext_list(16, {{s.xdp, {{0, 1, 2, 3}}}}, ByteOrder::little));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(!ExtInfo::parse(bytes, s.types).has_value());
  }
  CHECK(ExtInfo::parse(whole, s.types).has_value());
}

TEST_CASE("ext info: of a real object, one function record for each function symbol") {
  for (const std::string name : {"subprograms.bpf.o", "subprograms_eb.bpf.o"}) {
    CAPTURE(name);
    const Bytes bytes = test::testdata(name);
    const auto file = elf::File::parse(bytes);
    REQUIRE(file.has_value());
    const auto btf = (**file->find_section(".BTF")).data.span();
    const auto types = Spec::parse({btf.begin(), btf.end()});
    REQUIRE(types.has_value());
    const auto ext = ExtInfo::parse((**file->find_section(".BTF.ext")).data.span(), *types);
    REQUIRE_MESSAGE(ext.has_value(), ext.error().message());
    const auto symbols = file->symbols(**file->find_section(".symtab"));
    REQUIRE(symbols.has_value());
    for (const std::string section : {".text", "tc", "socket"}) {
      const auto records = ext->functions(section);
      REQUIRE(records.has_value());
      const auto index = (**file->find_section(section)).index;
      std::size_t functions = 0;
      for (std::size_t i = 0; i < symbols->size(); ++i) {
        const auto symbol = symbols->at(i);
        if (symbol->type != elf::SymbolType::function || symbol->section != index) continue;
        ++functions;
        bool found = false;
        for (const FunctionInfo& record : *records)
          found = found || (record.slot == symbol->value / 8 && types->type(record.type)->name() == symbol->name);
        CHECK_MESSAGE(found, std::string(symbol->name));
      }
      CHECK(records->size() == functions);
      const auto lines = ext->lines(section);
      REQUIRE(lines.has_value());
      for (const LineInfo& line : *lines) {
        CHECK(types->string(line.file_name).ends_with("subprograms.bpf.c"));
        CHECK(line.line() > 20);
        CHECK(line.line() < 120);
      }
    }
  }
}

}  // namespace
}  // namespace ebpf::btf
