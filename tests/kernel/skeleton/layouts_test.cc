// Types and data sections of a generated header against what the compiler for BPF made of them: initial values that C
// wrote are read by C++ names, and values that C++ wrote are compared by the program.
#include <string>
#include <type_traits>
#include <utility>

#include "tests/kernel/objects.h"
#include "tests/kernel/skeleton/oddities.skel.h"
#include "tests/kernel/skeleton/rebuilt.skel.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

std::uint32_t run(const TypedProgram& program) { return ok(program.test_run({.data = kFrame})).return_value; }

// What `try` compares with.
void change(oddities::Data& data) {
  data.class__ = 101;
  data.new_ = 102;
  data.operator_ = 103;
  data.this_ = 104;
  data.namespace_ = -105;
  data.unix_ = 106;
  data.class_ = 110;
  data.tiny = oddities::tiny::TINY_FIRST;
  data.flags = {false, true, false};
  data.bits = oddities::bits{.low = 2,
                             .middle = 0x12345,
                             .negative = -32,
                             .flag = false,
                             .byte = 0x55,
                             .wide = 0x123456789a,
                             .sign = std::to_underlying(oddities::sign::SIGN_PLUS)};
  data.packed.first = 9;
  data.packed.unaligned = 0x8877665544332211;
  data.packed.nested.unaligned_too = 33;
  data.aligned.line = 99;
  data.aligned.bits.middle = 14;
  data.either.lower = 0x1111;
  data.either.upper = 0x2222;
  data.anonymous.x = 6;
  data.anonymous.y = 7;
  data.anonymous.named[1].value = 77;
  data.pairs[1].right = -44;
  data.wide = (Uint128{3} << 64) + 4;
  data.template_.operator_ = 22;
  data.template_.minor_ = 44;
  data.template_.pair_t.left = 55;
}

}  // namespace

TEST_CASE("skeleton: initial values, by name, whatever the layout") {
  auto spec = ok(oddities::Spec::open());
  const oddities::Data& data = spec.data();
  CHECK(data.class__ == 1);
  CHECK(data.new_ == 2);
  CHECK(data.operator_ == 3);
  CHECK(data.this_ == 4);
  CHECK(data.namespace_ == -5);
  CHECK(data.unix_ == 6);
  CHECK(data.linux_ == 7);
  CHECK(data.errno_ == 8);
  CHECK(data.of_data.first == 3);
  CHECK(data.with_trailing.length == 4);
  CHECK(data.major_ == 9);
  CHECK(data.class_ == 10);
  CHECK(data.stdout_ == oddities::class_::private_);
  CHECK(data.tiny == oddities::tiny::TINY_LAST);
  CHECK(data.huge == oddities::huge::HUGE_VALUE);
  CHECK(text_of(data.text) == "odd");
  CHECK((data.flags[0] && !data.flags[1] && data.flags[2]));
  CHECK(data.ratio == 0.25);
  CHECK((data.bits.low == 5 && data.bits.middle == 0x1abcd && data.bits.negative == -17 && data.bits.flag));
  CHECK((data.bits.byte == 0xee && data.bits.wide == 0x9876543210 && data.bits.sign == -1));
  CHECK((data.packed.first == 1 && data.packed.unaligned == 0x1122334455667788));
  CHECK((data.packed.nested.inner == 2 && data.packed.nested.unaligned_too == 3 && data.packed.pointer.address == 0));
  CHECK((data.aligned.first == 11 && data.aligned.line == 12 && data.aligned.bits.middle == 13));
  CHECK((data.either.number == 0xaabbccdd && data.either.lower == 0xccdd && data.either.upper == 0xaabb));
  CHECK((data.anonymous.kind == 1 && data.anonymous.x == 2 && data.anonymous.y == 3));
  CHECK((data.anonymous.named[0].tag == 4 && data.anonymous.named[1].value == 7));
  CHECK((data.pair.left == -1 && data.pairs[1].left == 3 && data.pairs[1].right == 4));
  CHECK(data.wide == (Uint128{1} << 64) + 2);
  CHECK((data.template_.class_ == 1 && data.template_.operator_ == 2 && data.template_.major_ == 3));
  CHECK((data.template_.minor_ == 4 && !data.template_.template_ && data.template_.pair_t.right == 6));
  CHECK(spec.rodata().delete_ == 1);
  CHECK((spec.rodata().constant_bits.middle == 77));  // doctest cannot refer to a bit-field
}

TEST_CASE("skeleton: what is not said of a structure when it is made is zero, padding too") {
  CHECK(std::has_unique_object_representations_v<oddities::pair_t>);
  CHECK(std::has_unique_object_representations_v<oddities::anonymous_named>);
  const oddities::either either{};
  CHECK(either.number == 0);
  static_assert(std::is_trivially_copyable_v<oddities::template_>);
  static_assert(!std::is_copy_constructible_v<oddities::Object> && std::is_move_constructible_v<oddities::Object>);
  static_assert(!std::is_copy_constructible_v<oddities::Spec> && std::is_move_constructible_v<oddities::Spec>);
}

TEST_CASE("skeleton: what C++ writes before loading, the program finds") {
  require_root_and_bpf();
  auto spec = ok(oddities::Spec::open());
  change(spec.data());
  spec.rodata().delete_ = 31;
  spec.rodata().constant_bits.middle = 78;
  const auto object = ok(oddities::Object::load(spec));
  const std::uint32_t mistake = run(object.programs.try_);
  CHECK(mistake == 0);
  CHECK(object.bss.mistake.load() == 0);
  CHECK(object.rodata.delete_.load() == 31);
  CHECK((object.rodata.constant_bits.snapshot().middle == 78));
}

TEST_CASE("skeleton: what C++ writes while the program is loaded, it finds; what it writes, C++ finds") {
  require_root_and_bpf();
  auto spec = ok(oddities::Spec::open());
  spec.rodata().delete_ = 31;
  spec.rodata().constant_bits.middle = 78;
  auto object = ok(oddities::Object::load(spec));
  CHECK(run(object.programs.try_) == 1);
  CHECK(object.bss.mistake.load() == 1);

  change(spec.data());
  const oddities::Data& wanted = spec.data();
  object.data.class__.store(wanted.class__);
  object.data.new_.store(wanted.new_);
  object.data.operator_.store(wanted.operator_);
  object.data.this_.store(wanted.this_);
  object.data.namespace_.store(wanted.namespace_);
  object.data.unix_.store(wanted.unix_);
  object.data.class_.store(wanted.class_);
  object.data.tiny.store(wanted.tiny);
  for (std::size_t i = 0; i < wanted.flags.size(); ++i) object.data.flags[i].store(wanted.flags[i]);
  object.data.bits.write(wanted.bits);
  object.data.packed.write(wanted.packed);
  object.data.aligned.field(&oddities::aligned::line).store(99);
  object.data.aligned.field(&oddities::aligned::bits).write(wanted.aligned.bits);
  object.data.either.write(wanted.either);
  object.data.anonymous.write(wanted.anonymous);
  object.data.pairs[1].field(&oddities::pair_t::right).store(-44);
  object.data.wide.write(wanted.wide);
  object.data.template_.write(wanted.template_);
  CHECK(run(object.programs.try_) == 0);

  CHECK(run(object.programs.catch_) == 0);
  CHECK(object.bss.catch_calls.load() == 1);
  const oddities::bits copy = object.bss.bits_copy.snapshot();
  CHECK((copy.low == 2 && copy.middle == 0x12345 && copy.negative == -32 && !copy.flag && copy.byte == 0x55));
  CHECK((copy.wide == 0x123456789a && copy.sign == 1));

  // The maps called bss and Maps.
  const auto found = ok(object.maps.bss.lookup(wanted.packed));
  REQUIRE(found.has_value());
  CHECK((found->x == 6 && found->y == 7 && found->named[1].value == 77));
  CHECK((ok(object.maps.Maps_.lookup(1))->wide == 0x123456789a));
  std::array<std::byte, 4> key = {};
  ok(object.maps.maps.update(key, {.small = 1, .large = 2}));
  CHECK(ok(object.maps.maps.lookup(key))->large == 2);
}

TEST_CASE("skeleton: a file that is another object is refused, with what differs") {
  ok(oddities::Spec::open_file(object_path("oddities")));
  const Error error = error_of(oddities::Spec::open_file(object_path("globals")));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "generate it anew"));
}

TEST_CASE("skeleton: another build whose structure has its members elsewhere is refused, with the member") {
  require_root_and_bpf();
  const auto load = [](const char* object) {
    const auto spec = ok(rebuilt::Spec::open_file(runfile(object)));
    return rebuilt::Object::load(spec);
  };
  CHECK(ok(load("tests/kernel/skeleton/rebuilt.bpf.o")).data.rebuilt.field(&::rebuilt::rebuilt::count).load() == 1);
  const Error error = error_of(load("tests/kernel/skeleton/rebuilt_later.bpf.o"));
  CAPTURE(error.message());
  CHECK(error.code() == errc::type_mismatch);
  CHECK(contains(error.message(), "variable \"rebuilt\""));
  CHECK(contains(error.message(), "member \"first\": the BPF program has it at byte 4"));
}

TEST_CASE("skeleton: moving the specification and the object keeps everything where it is") {
  require_root_and_bpf();
  auto first = ok(oddities::Spec::open());
  first.data().class_ = 1234;
  auto spec = std::move(first);
  CHECK(spec.data().class_ == 1234);
  spec.maps.bss.max_entries = 77;
  spec.programs.try_.autoload = false;
  auto loaded = ok(oddities::Object::load(spec));
  const auto object = std::move(loaded);
  CHECK(object.data.class_.load() == 1234);
  CHECK(object.maps.bss.map().max_entries() == 77);
  CHECK_FALSE(object.programs.try_.is_loaded());
  CHECK(error_of(object.programs.try_.test_run()).code() == errc::invalid_argument);
}
