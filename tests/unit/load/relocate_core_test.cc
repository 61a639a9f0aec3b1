// CO-RE, the last step: what a relocation came to is put into an instruction, or the instruction is poisoned, or the
// object is refused because instruction and relocation do not belong together. No kernel is asked: the types are given.
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "ebpf/asm/opcode.h"
#include "ebpf/kernel/types.h"
#include "ebpf/load/load.h"
#include "ebpf/load/missing.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::loader {
namespace {

using btf::CoreKind;
using insn::make_slot;
using insn::Slot;
using test::BtfWriter;

constexpr std::uint8_t kAddImm = 0x07, kAddReg = 0x0f, kMov32Imm = 0xb4, kWide = 0x18, kCall = 0x85, kExit = 0x95,
                       kJeqImm = 0x15, kLdAbs = 0x30;
constexpr std::uint8_t kLdx8 = 0x71, kLdx16 = 0x69, kLdx32 = 0x61, kLdx64 = 0x79, kLdxSigned32 = 0x81, kSt32 = 0x62,
                       kStx32 = 0x63, kStx64 = 0x7b;

// The program's struct s and, elsewhere, the kernel's.
struct Types {
  BtfWriter w;
  btf::TypeId i32 = w.integer("int", 4, test::kSigned);
  btf::TypeId u32 = w.integer("unsigned int", 4);
  btf::TypeId u64 = w.integer("unsigned long long", 8);
  btf::TypeId u16 = w.integer("unsigned short", 2);
  btf::TypeId odd = w.integer("odd", 3);
};

enum Index { kSame, kWider, kNarrower, kSigned, kFar, kOdd, kMissing };

btf::TypeId program_types(Types& t) {
  return t.w.composite(test::kStruct, "s", 32,
                       {{"same", t.u32, 32},
                        {"wider", t.u32, 64},
                        {"narrower", t.u32, 96},
                        {"is_signed", t.i32, 128},
                        {"far", t.u32, 160},
                        {"odd", t.u32, 192},
                        {"missing", t.u32, 224}});
}

KernelTypes::Shared kernel_types() {
  Types t;
  t.w.integer("something in front", 1);
  t.w.composite(test::kStruct, "s", 70000,
                {{"same", t.u32, 100 * 8},
                 {"wider", t.u64, 104 * 8},
                 {"narrower", t.u16, 112 * 8},
                 {"is_signed", t.u64, 120 * 8},
                 {"far", t.u32, 32768 * 8},
                 {"odd", t.odd, 128 * 8}});
  t.w.add(test::kEnum64, "e", 1, 8, {t.w.string("A"), 0x9abcdef0, 0x12345678});
  t.w.add(test::kEnum, "f", 1, 4, {t.w.string("B"), 0xfffffff0});
  auto types = KernelTypes::parse(t.w.finish());
  REQUIRE(types.has_value());
  return *types;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Wanted {
  std::string type;  // s, e, f, or a name that the kernel has not got
  std::string access;
  CoreKind kind;
  std::uint32_t slot = 0;
};

CollectionSpec object(const std::vector<Slot>& code, const Wanted& wanted) {
  Types t;
  const auto s = program_types(t);
  const auto e = t.w.add(test::kEnum, "e", 1, 4, {t.w.string("A"), 7});
  const auto f = t.w.add(test::kEnum, "f", 1, 4, {t.w.string("B"), 0x80000001});
  const auto gone = t.w.composite(test::kStruct, "gone", 4, {{"a", t.u32, 0}});
  const btf::TypeId type = wanted.type == "s" ? s : wanted.type == "e" ? e : wanted.type == "f" ? f : gone;
  ProgramSpec program;
  program.name = "program";
  program.section = "socket";
  program.program_type = ProgramType::socket_filter;
  program.code = code;
  program.core_relocations.push_back({wanted.slot, type, t.w.string(wanted.access), wanted.kind});
  CollectionSpec spec;
  spec.name = "object";
  auto types = btf::Spec::parse(t.w.finish());
  REQUIRE(types.has_value());
  spec.types = *std::move(types);
  spec.programs.push_back(std::move(program));
  return spec;
}

// The code afterwards. The test ends where there is an error.
std::vector<Slot> relocated(const std::vector<Slot>& code, const Wanted& wanted) {
  static const KernelTypes::Shared kernel = kernel_types();
  const CollectionSpec spec = object(code, wanted);
  LoadOptions options;
  options.kernel_types = kernel;
  LoadPlan plan{.spec = spec, .options = options};
  if (const auto prepared = prepare(plan); !prepared) FAIL(prepared.error().message());
  CHECK(spec.programs[0].code == code);  // the spec is never written to
  return plan.programs[0].code;
}

std::string refused(const std::vector<Slot>& code, const Wanted& wanted) {
  const CollectionSpec spec = object(code, wanted);
  LoadOptions options;
  options.kernel_types = kernel_types();
  LoadPlan plan{.spec = spec, .options = options};
  const auto prepared = prepare(plan);
  REQUIRE(!prepared.has_value());
  const std::string& message = prepared.error().message();
  CAPTURE(message);
  CHECK(message.starts_with("load \"object\": program \"program\": CO-RE: instruction "));
  CHECK_FALSE(contains(message, "()"));  // there are no lines to name
  return message;
}

Wanted member(int index, CoreKind kind = CoreKind::field_byte_offset) {
  return {"s", "0:" + std::to_string(index), kind};
}

Slot load(std::uint8_t opcode, std::int16_t offset) { return make_slot(opcode, 2, 1, offset, 0); }

constexpr Slot kEnd = make_slot(kExit, 0, 0, 0, 0);

TEST_CASE("relocate: immediate values of both widths of arithmetic") {
  for (const std::uint8_t opcode : {kAddImm, kMov32Imm})
    CHECK(relocated({make_slot(opcode, 3, 0, 0, 4), kEnd}, member(kSame)) ==
          std::vector{make_slot(opcode, 3, 0, 0, 100), kEnd});
  CHECK(relocated({make_slot(kAddImm, 3, 0, 0, 20), kEnd}, member(kFar))[0].imm == 32768);
  CHECK(relocated({make_slot(kMov32Imm, 3, 0, 0, 1), kEnd}, member(kMissing, CoreKind::field_exists))[0].imm == 0);
  CHECK(relocated({make_slot(kMov32Imm, 3, 0, 0, 1), kEnd}, {"f", "0", CoreKind::enumval_exists})[0].imm == 1);
}

TEST_CASE("relocate: loads and stores of every class") {
  for (const std::uint8_t opcode : {kLdx32, kStx32, kSt32}) {
    CAPTURE(opcode);
    CHECK(relocated({load(opcode, 4), kEnd}, member(kSame)) == std::vector{load(opcode, 100), kEnd});
  }
  CHECK(relocated({load(kLdxSigned32, 4), kEnd}, member(kSame)) == std::vector{load(kLdxSigned32, 100), kEnd});
}

TEST_CASE("relocate: unsigned members of another width change the width of the access") {
  CHECK(relocated({load(kLdx32, 8), kEnd}, member(kWider))[0] == load(kLdx64, 104));
  CHECK(relocated({load(kStx32, 8), kEnd}, member(kWider))[0] == load(kStx64, 104));
  CHECK(relocated({load(kLdx32, 12), kEnd}, member(kNarrower))[0] == load(kLdx16, 112));
  // An access of a part of the member comes from no relocation.
  CHECK(contains(refused({load(kLdx16, 8), kEnd}, member(kWider)), "accesses 2 bytes of a member of 4"));
  CHECK(contains(refused({load(kLdx8, 12), kEnd}, member(kNarrower)), "accesses 1 bytes of a member of 4"));
  // 3 bytes.
  CHECK(contains(refused({load(kLdx32, 24), kEnd}, member(kOdd)), "cannot access a member of 3 bytes"));
}

TEST_CASE("relocate: signed members of another width poison an access, and nothing else") {
  CHECK(relocated({load(kLdx32, 16), kEnd}, member(kSigned)) == std::vector{kPoison, kEnd});
  CHECK(relocated({load(kStx32, 16), kEnd}, member(kSigned)) == std::vector{kPoison, kEnd});
  CHECK(relocated({make_slot(kAddImm, 3, 0, 0, 16), kEnd}, member(kSigned))[0].imm == 120);
  CHECK(contains(refused({load(kLdx32, 17), kEnd}, member(kSigned)), "made for 16"));
}

TEST_CASE("relocate: a member beyond the reach of a load") {
  CHECK(contains(refused({load(kLdx32, 20), kEnd}, member(kFar)), "32768"));
}

TEST_CASE("relocate: numbers of 64 bits") {
  const auto wide = [](std::int32_t low, std::int32_t high) {
    return std::vector{make_slot(kWide, 1, 0, 0, low), make_slot(0, 0, 0, 0, high), kEnd};
  };
  const Wanted a{"e", "0", CoreKind::enumval_value};
  CHECK(relocated(wide(7, 0), a) == wide(static_cast<std::int32_t>(0x9abcdef0), 0x12345678));
  CHECK(contains(refused(wide(8, 0), a), "holds 8, but its relocation was made for 7"));
  CHECK(contains(refused(wide(7, 1), a), "made for 7"));
  // In 32 bits there is no room for it.
  CHECK(contains(refused({make_slot(kMov32Imm, 1, 0, 0, 7), kEnd}, a), "no room"));
  // A negative number with its sign, and the same bits as an unsigned one, each as the compiler had it.
  const Wanted b{"f", "0", CoreKind::enumval_value};
  const auto local = static_cast<std::int32_t>(0x80000001);
  CHECK(relocated(wide(local, -1), b) == wide(-16, -1));
  CHECK(relocated(wide(local, 0), b) == wide(-16, 0));
  CHECK(contains(refused(wide(local, 1), b), "made for"));
  CHECK(relocated({make_slot(kMov32Imm, 1, 0, 0, local), kEnd}, b)[0].imm == -16);
}

TEST_CASE("relocate: what is no load of a number") {
  const Wanted wanted{"e", "0", CoreKind::enumval_value};
  const Slot second = make_slot(0, 0, 0, 0, 0);
  const std::vector<std::vector<Slot>> bad = {
      {make_slot(kWide, 1, 1, 0, 7), second, kEnd},  // of a map
      {make_slot(kWide, 1, 0, 1, 7), second, kEnd},  // with an offset
      {make_slot(kWide, 1, 0, 0, 7), make_slot(kMov32Imm, 0, 0, 0, 0), kEnd},
      {make_slot(kWide, 1, 0, 0, 7), make_slot(0, 1, 0, 0, 0), kEnd},
      {make_slot(kWide, 1, 0, 0, 7), make_slot(0, 0, 0, 1, 0), kEnd},
      {make_slot(kLdAbs, 0, 0, 0, 7), kEnd},
  };
  for (const auto& code : bad) CHECK(contains(refused(code, wanted), "is no load of a number"));
  CHECK(contains(refused({make_slot(kWide, 1, 0, 0, 7)}, wanted), "cut off"));
}

TEST_CASE("relocate: instructions without anything to relocate") {
  CHECK(contains(refused({make_slot(kAddReg, 1, 2, 0, 4), kEnd}, member(kSame)), "no immediate value"));
  for (const Slot& slot : {kEnd, make_slot(kCall, 0, 0, 0, 4), make_slot(kJeqImm, 1, 0, 0, 4)})
    CHECK(contains(refused({slot, kEnd}, member(kSame)), "has nothing to relocate"));
}

TEST_CASE("relocate: the old value must be the one that the relocation was made for") {
  CHECK(contains(refused({make_slot(kAddImm, 3, 0, 0, 5), kEnd}, member(kSame)), "holds 5, but"));
  CHECK(contains(refused({load(kLdx32, 5), kEnd}, member(kSame)), "made for 4"));
  CHECK(contains(refused({load(kLdx32, -4), kEnd}, member(kSame)), "made for 4"));
  // A number of a type may be any.
  CHECK(relocated({make_slot(kMov32Imm, 3, 0, 0, 999), kEnd}, {"s", "0", CoreKind::type_id_target})[0].imm == 7);
}

TEST_CASE("relocate: what does not exist is poisoned, both halves of a wide instruction") {
  CHECK(relocated({load(kLdx32, 28), kEnd}, member(kMissing)) == std::vector{kPoison, kEnd});
  CHECK(relocated({make_slot(kAddImm, 1, 0, 0, 28), kEnd}, member(kMissing)) == std::vector{kPoison, kEnd});
  const std::vector wide{make_slot(kWide, 1, 0, 0, 28), make_slot(0, 0, 0, 0, 0), kEnd};
  CHECK(relocated(wide, member(kMissing)) == std::vector{kPoison, kPoison, kEnd});
  CHECK(relocated({make_slot(kWide, 1, 0, 0, 28)}, member(kMissing)) == std::vector{kPoison});
  CHECK(relocated({make_slot(kMov32Imm, 1, 0, 0, 4), kEnd}, {"gone", "0", CoreKind::type_size})[0].imm == 0);
}

TEST_CASE("relocate: a relocation behind the program's end") {
  Wanted wanted = member(kSame);
  wanted.slot = 2;
  CHECK(contains(refused({load(kLdx32, 4), kEnd}, wanted), "of 2"));
}

TEST_CASE("relocate: kernel types that are not there, or are none") {
  CHECK(!KernelTypes::parse({}).has_value());
  CHECK(!KernelTypes::read_file("/no/such/file").has_value());
  const auto none = KernelTypes::read_file("/proc/self/exe");
  REQUIRE(!none.has_value());
  CHECK(none.error().code() == errc::not_found);
  CHECK(contains(none.error().message(), "no .BTF section"));
  const auto text = KernelTypes::read_file("/proc/version");
  REQUIRE(!text.has_value());
  CHECK(contains(text.error().message(), "/proc/version"));
}

// A pipe cannot be mapped, nor could a kernel's types before Linux 6.16.
TEST_CASE("relocate: kernel types from what cannot be mapped") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const test::Bytes bytes = Types().w.finish();
  REQUIRE(write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  const auto types = KernelTypes::read_file("/proc/self/fd/" + std::to_string(ends[0]));
  close(ends[0]);
  REQUIRE(types.has_value());
  CHECK((*types)->types().type_count() == 6);
  CHECK_FALSE((*types)->is_running_kernel());
  CHECK((*types)->modules().empty());
}

}  // namespace
}  // namespace ebpf::loader
