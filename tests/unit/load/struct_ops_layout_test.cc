// A structure of callbacks, from the program's layout to a kernel's. Both are made here.
#include "ebpf/load/struct_ops_layout.h"

#include <string>
#include <vector>

#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::loader {
namespace {

using test::BtfWriter;

struct Types {
  BtfWriter w;
  btf::TypeId u32 = w.integer("unsigned int", 4);
  btf::TypeId u64 = w.integer("unsigned long long", 8);
  btf::TypeId character = w.integer("char", 1, test::kChar);
  btf::TypeId text = w.array(character, u32, 8);
  btf::TypeId short_text = w.array(character, u32, 4);
  btf::TypeId function = w.pointer(w.add(test::kFuncProto, "", 0, u32));
  btf::TypeId pointer = w.pointer(u32);
};

btf::Spec parse(const BtfWriter& writer) {
  auto types = btf::Spec::parse(writer.finish());
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

// struct ops { u32 number @0; u32 wide @4; char text[8] @8; f callback @16; u32* address @24; bits:4 @32; u32 gone @36
// }
struct Local {
  btf::Spec types;
  MapSpec map;
};

constexpr std::uint32_t bit_field(std::uint32_t bits, std::uint32_t offset) { return bits << 24 | offset; }

Local local() {
  Types t;
  const auto ops = t.w.composite(test::kStruct, "ops", 40,
                                 {{"number", t.u32, 0},
                                  {"wide", t.u32, 32},
                                  {"text", t.text, 64},
                                  {"callback", t.function, 128},
                                  {"address", t.pointer, 192},
                                  {"bits", t.u32, bit_field(4, 256)},
                                  {"gone", t.u32, 288}},
                                 true);
  Local out{parse(t.w), {}};
  out.map.name = "mine";
  out.map.type = MapType::struct_ops;
  out.map.value_type = ops;
  out.map.data.resize(40);
  return out;
}

struct Kernel {
  btf::Spec types;
  btf::TypeId wrapper;
  btf::TypeId ops;
};

// Another order, and a wrapper of 128 bytes with the structure at 64.
Kernel kernel(std::uint32_t wrapper_size = 128, std::uint32_t data_offset = 64 * 8, bool has_data = true) {
  Types t;
  const auto ops = t.w.composite(test::kStruct, "ops", 48,
                                 {{"callback", t.function, 0},
                                  {"other_callback", t.function, 64},
                                  {"text", t.text, 128},
                                  {"wide", t.u64, 192},
                                  {"bits", t.u32, bit_field(4, 256)},
                                  {"number", t.u32, 320},
                                  {"address", t.pointer, 0}},
                                 true);
  const auto wrapper = t.w.composite(test::kStruct, "bpf_struct_ops_ops", wrapper_size,
                                     {{"state", t.u32, 0}, {has_data ? "data" : "date", ops, data_offset}});
  return {parse(t.w), wrapper, ops};
}

Result<StructOpsLayout> laid_out(const Local& from, const Kernel& to = kernel()) {
  return lay_out_struct_ops(from.map, from.types, to.types, to.wrapper);
}

void refused(const Local& from, errc code, const std::string& words, const Kernel& to = kernel()) {
  const auto layout = laid_out(from, to);
  REQUIRE_FALSE(layout.has_value());
  CAPTURE(layout.error().message());
  CHECK(layout.error().code() == code);
  CHECK(layout.error().message().find(words) != std::string::npos);
}

TEST_CASE("members go where the kernel has them") {
  Local from = local();
  from.map.data[0] = std::byte{7};
  from.map.data[8] = std::byte{'x'};
  from.map.callbacks = {{"callback", "a"}, {"other_callback", "b"}};
  // What is zero here is not compared with what it is there, where that does not matter: `wide` does.
  const Kernel to = [] {
    Types t;
    const auto ops = t.w.composite(test::kStruct, "ops", 48,
                                   {{"other_callback", t.function, 0},
                                    {"callback", t.function, 64},
                                    {"text", t.text, 128},
                                    {"number", t.u32, 256}});
    const auto wrapper =
        t.w.composite(test::kStruct, "bpf_struct_ops_ops", 128, {{"state", t.u32, 0}, {"data", ops, 64 * 8}});
    return Kernel{parse(t.w), wrapper, ops};
  }();
  const auto layout = laid_out(from, to);
  REQUIRE_MESSAGE(layout.has_value(), layout.error().message());
  CHECK(layout->structure == to.ops);
  std::vector<std::byte> expected(128);
  expected[64 + 16] = std::byte{'x'};
  expected[64 + 32] = std::byte{7};
  CHECK(layout->value == expected);
  REQUIRE(layout->callbacks.size() == 2);
  CHECK(layout->callbacks[0].offset == 64 + 8);
  CHECK(layout->callbacks[0].member == 1);
  CHECK(layout->callbacks[0].program == "a");
  CHECK(layout->callbacks[1].offset == 64);
  CHECK(layout->callbacks[1].member == 0);
}

TEST_CASE("a member of another size, even where it is zero") {
  refused(local(), errc::type_mismatch, "member \"wide\": it has 4 bytes, and in this kernel 8");
}

// Kernels in which `wide` is right, with one more member each.
Kernel with(const std::vector<BtfWriter::Member>& (*members)(Types&), bool kind_flag = false) {
  Types t;
  const auto ops = t.w.composite(test::kStruct, "ops", 48, members(t), kind_flag);
  const auto wrapper =
      t.w.composite(test::kStruct, "bpf_struct_ops_ops", 128, {{"state", t.u32, 0}, {"data", ops, 64 * 8}});
  return {parse(t.w), wrapper, ops};
}

TEST_CASE("members that this kernel does not have") {
  const auto none = [](Types& t) -> const std::vector<BtfWriter::Member>& {
    static std::vector<BtfWriter::Member> members;
    members = {{"number", t.u32, 0}};
    return members;
  };
  Local from = local();
  CHECK(laid_out(from, with(none)).has_value());
  from.map.data[39] = std::byte{1};
  refused(from, errc::not_supported, "member \"gone\": this kernel's struct ops has no such member", with(none));
  from.map.data[39] = std::byte{0};
  from.map.callbacks = {{"callback", "a"}};
  refused(from, errc::not_supported, "member \"callback\": this kernel's struct ops has no such member", with(none));
}

TEST_CASE("members that are something else, or nothing that can be given") {
  const auto other = [](Types& t) -> const std::vector<BtfWriter::Member>& {
    static std::vector<BtfWriter::Member> members;
    members = {{"number", t.short_text, 0}, {"callback", t.pointer, 64}, {"address", t.pointer, 128}};
    return members;
  };
  Local from = local();
  refused(from, errc::type_mismatch,
          "member \"number\": the program declares it as unsigned int, and this kernel as char[4]", with(other));
  const auto plain = [](Types& t) -> const std::vector<BtfWriter::Member>& {
    static std::vector<BtfWriter::Member> members;
    members = {{"callback", t.pointer, 64}, {"address", t.pointer, 128}};
    return members;
  };
  SUBCASE("a callback that is a pointer to data") {
    from.map.callbacks = {{"callback", "a"}};
    refused(from, errc::type_mismatch, "member \"callback\": it is a callback, and in this kernel unsigned int *",
            with(plain));
  }
  SUBCASE("an address") {
    from.map.data[24] = std::byte{1};
    refused(from, errc::unsupported_input, "member \"address\": it is a pointer and holds an address", with(plain));
  }
  SUBCASE("a bit-field") {
    from.map.data[32] = std::byte{1};
    refused(from, errc::unsupported_input, "member \"bits\": it is a bit-field", with(plain));
  }
  SUBCASE("two callbacks of one member") {
    const auto function = [](Types& t) -> const std::vector<BtfWriter::Member>& {
      static std::vector<BtfWriter::Member> members;
      members = {{"callback", t.function, 64}};
      return members;
    };
    from.map.callbacks = {{"callback", "a"}, {"callback", "b"}};
    refused(from, errc::invalid_argument, "member \"callback\": it has two callbacks", with(function));
  }
  SUBCASE("less data than members") {
    from.map.data.resize(10);
    refused(from, errc::invalid_argument, "past the end of MapSpec::data", with(plain));
  }
}

TEST_CASE("types of the kernel that make no sense") {
  refused(local(), errc::malformed, "makes no sense", kernel(100));
  refused(local(), errc::malformed, "makes no sense", kernel(128, 64 * 8 + 3));
  refused(local(), errc::malformed, "makes no sense", kernel(1u << 30));
  refused(local(), errc::malformed, "no member \"data\"", kernel(128, 64 * 8, false));
  const auto outside = [](Types& t) -> const std::vector<BtfWriter::Member>& {
    static std::vector<BtfWriter::Member> members;
    members = {{"number", t.u32, 4096 * 8}};
    return members;
  };
  Local from = local();
  from.map.data[0] = std::byte{1};
  refused(from, errc::malformed, "outside of the structure", with(outside));
}

}  // namespace
}  // namespace ebpf::loader
