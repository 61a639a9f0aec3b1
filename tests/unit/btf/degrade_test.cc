// Tables for older kernels: each row of the table by itself, what stays as it was, and declarations made definitions.
#include "ebpf/btf/degrade.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/btf/real_btf.h"
#include "tests/unit/btf/same_types.h"

namespace ebpf::btf {
namespace {

template <class T>
T ok(Result<T> result) {
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

Features all_but(Feature feature) {
  Features out = Features::all();
  out.remove(feature);
  return out;
}

// Every feature that a builder can write.
struct Sample {
  TypeId integer, pointer, prototype, function, global, variable, section, floating, structure, decl_tag, parameter_tag,
      type_tag, is_signed, wide, wide_signed, odd_section, attribute;
  Spec types;
};

Sample sample(ByteOrder order = kHostByteOrder) {
  Builder b;
  Sample s{};
  s.integer = b.add_integer({.name = "int", .is_signed = true});
  s.pointer = b.add_pointer(s.integer);
  s.prototype = b.add_prototype({.returns = s.integer, .parameters = {{"a", s.integer}, {"b", s.pointer}}});
  s.function = b.add_function("quiet", s.prototype);
  s.global = b.add_function("loud", s.prototype, Linkage::global);
  s.variable = b.add_variable("f.counter", s.integer);
  s.section = b.add_data_section({".data.x", 12, {{s.variable, 8, 4}}});
  s.floating = b.add_floating("long double", 16);
  s.is_signed = b.add_enumeration({.name = "e", .is_signed = true, .enumerators = {{"low", -1}}});
  s.wide = b.add_enumeration64({.name = "w", .size = 8, .enumerators = {{"high", 1ll << 40}, {"two", 2}}});
  s.wide_signed = b.add_enumeration64({.name = "ws", .size = 8, .is_signed = true, .enumerators = {{"neg", -1}}});
  s.structure =
      b.add_structure({.name = "s",
                       .size = 32,
                       .members = {{"f", s.floating, 0, 0}, {"w", s.wide, 128, 5}, {"e", s.is_signed, 192, 0}}});
  s.decl_tag = b.add_decl_tag({.text = "mark this", .type = s.structure, .component = 1});
  s.parameter_tag = b.add_decl_tag({.text = "arg:ctx", .type = s.global, .component = 0});
  s.type_tag = b.add_type_tag({.text = "user", .type = s.integer});
  s.odd_section = b.add_data_section({"?.struct-ops", 12, {{s.variable, 8, 4}}});
  s.attribute = b.add_type_tag({.text = "address_space(1)", .type = s.integer, .is_attribute = true});
  s.types = ok(b.spec(order));
  return s;
}

std::vector<std::byte> example(Feature feature) {
  const auto bytes = std::as_bytes(feature_example(feature));
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("degrade: a table says which features it uses") {
  Features every = Features::all();
  every.remove(Feature::layout);
  CHECK(ok(features_of(sample().types)) == every);
  CHECK(ok(features_of(sample(ByteOrder::big).types)) == every);
  CHECK(ok(features_of(Spec())).empty());
  Builder plain;
  plain.add_pointer(plain.add_enumeration({.name = "e"}));
  CHECK(ok(features_of(ok(plain.spec()))).empty());
}

TEST_CASE("degrade: every row has an example, which uses it, and nothing newer") {
  CHECK(feature_table().size() == kFeatureCount);
  for (const FeatureInfo& row : feature_table()) {
    CAPTURE(row.name);
    CHECK(&info(row.feature) == &row);
    const std::vector<std::byte> bytes = example(row.feature);
    CHECK(bytes.empty() == (row.feature == Feature::layout));
    if (bytes.empty()) continue;
    const Features used = ok(features_of(ok(Spec::parse(bytes))));
    CHECK(used.has(row.feature));
    for (const FeatureInfo& other : feature_table())
      if (used.has(other.feature))
        CHECK((other.major < row.major || (other.major == row.major && other.minor <= row.minor)));
    // Without its feature, an example is what a kernel takes that has no others of that age.
    const Spec without = ok(degrade(ok(Spec::parse(bytes)), all_but(row.feature)));
    CHECK_FALSE(ok(features_of(without)).has(row.feature));
  }
}

TEST_CASE("degrade: what a kernel knows is left alone") {
  const Sample s = sample();
  const Spec same = ok(degrade(s.types, Features::all()));
  CHECK(same.bytes().data() == s.types.bytes().data());
  CHECK(describe(Features()).empty());
}

// What is replaced does not show here, only that the rest is as before.
void check_only_changed(const Spec& before, const Spec& after, std::initializer_list<TypeId> changed) {
  REQUIRE(after.type_count() == before.type_count());
  CHECK(after.byte_order() == before.byte_order());
  const Records left = ok(Records::read(before));
  const Records right = ok(Records::read(after));
  const Renumber same = [](TypeId id) { return id; };
  for (TypeId id = 1; id < before.type_count(); ++id) {
    const bool is_changed = std::ranges::count(changed, id) != 0;
    CAPTURE(id);
    CHECK((record_text(before, left, id, same) != record_text(after, right, id, same)) == is_changed);
  }
  // Strings keep their places: line-info refers to them.
  const auto old_strings = before.string_section().span();
  const auto new_strings = after.string_section().span();
  REQUIRE(new_strings.size() >= old_strings.size());
  CHECK(std::equal(old_strings.begin(), old_strings.end(), new_strings.begin()));
}

TEST_CASE("degrade: floating becomes a structure of the size") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const Sample s = sample(order);
    const Spec t = ok(degrade(s.types, all_but(Feature::floating)));
    check_only_changed(s.types, t, {s.floating});
    CHECK(t.type(s.floating)->is(Kind::structure));
    CHECK(t.type(s.floating)->size() == 16);
    CHECK(t.type(s.floating)->vlen() == 0);
    CHECK(t.type(s.floating)->name().empty());
  }
}

TEST_CASE("degrade: 64-bit enumerations become integers, also in bit-fields") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const Sample s = sample(order);
    const Spec t = ok(degrade(s.types, all_but(Feature::enumeration64)));
    check_only_changed(s.types, t, {s.wide, s.wide_signed});
    CHECK(t.type(s.wide)->is(Kind::integer));
    CHECK(t.type(s.wide)->size() == 8);
    CHECK(t.type(s.wide)->integer().bits == 64);
    CHECK_FALSE(t.type(s.wide)->integer().is_signed);
    CHECK(t.type(s.wide_signed)->integer().is_signed);
    CHECK(t.type(s.wide)->name() == "w");
    CHECK(t.type(s.structure)->member(1).bitfield_size == 5);
  }
}

TEST_CASE("degrade: enumerations lose their sign") {
  const Sample s = sample();
  const Spec t = ok(degrade(s.types, all_but(Feature::signed_enumeration)));
  check_only_changed(s.types, t, {s.is_signed});
  CHECK(t.type(s.is_signed)->enumerator(0).value == 0xffffffff);
}

TEST_CASE("degrade: tags") {
  const Sample s = sample();
  const Spec no_decl = ok(degrade(s.types, all_but(Feature::decl_tag)));
  check_only_changed(s.types, no_decl, {s.decl_tag, s.parameter_tag});
  CHECK(no_decl.type(s.decl_tag)->is(Kind::integer));
  CHECK(no_decl.type(s.decl_tag)->size() == 1);
  const Spec no_type = ok(degrade(s.types, all_but(Feature::type_tag)));
  check_only_changed(s.types, no_type, {s.type_tag, s.attribute});
  CHECK(no_type.type(s.type_tag)->is(Kind::const_qualifier));
  CHECK(no_type.type(s.type_tag)->name().empty());
  CHECK(no_type.type(s.type_tag)->referenced() == s.integer);
  const Spec no_attribute = ok(degrade(s.types, all_but(Feature::tag_attribute)));
  check_only_changed(s.types, no_attribute, {s.attribute});
  CHECK(no_attribute.type(s.attribute)->is(Kind::type_tag));
  CHECK_FALSE(no_attribute.type(s.attribute)->kind_flag());
}

TEST_CASE("degrade: functions become static, or names of pointers") {
  const Sample s = sample();
  const Spec is_static = ok(degrade(s.types, all_but(Feature::global_function)));
  check_only_changed(s.types, is_static, {s.global});
  CHECK(is_static.type(s.global)->linkage() == Linkage::static_linkage);
  const Spec none = ok(degrade(s.types, all_but(Feature::function)));
  check_only_changed(s.types, none, {s.prototype, s.function, s.global, s.decl_tag, s.parameter_tag});
  CHECK(none.type(s.prototype)->is(Kind::pointer));
  CHECK(none.type(s.prototype)->referenced() == 0);
  CHECK(none.type(s.function)->is(Kind::type_definition));
  CHECK(none.type(s.function)->name() == "quiet");
  CHECK(none.type(s.function)->referenced() == s.prototype);
}

TEST_CASE("degrade: data sections become structures, their variables typedefs") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const Sample s = sample(order);
    const Spec t = ok(degrade(s.types, all_but(Feature::data_section)));
    check_only_changed(s.types, t, {s.variable, s.section, s.odd_section});
    CHECK(t.type(s.variable)->is(Kind::type_definition));
    CHECK(t.type(s.variable)->name() == "f_counter");
    CHECK(t.type(s.variable)->referenced() == s.integer);
    CHECK(t.type(s.section)->is(Kind::structure));
    CHECK(t.type(s.section)->name() == "_data_x");
    CHECK(t.type(s.section)->size() == 12);
    CHECK(t.type(s.section)->member(0).name == "f_counter");
    CHECK(t.type(s.section)->member(0).type == s.variable);
    CHECK(t.type(s.section)->member(0).bit_offset == 64);
    CHECK(t.type(s.odd_section)->name() == "__struct_ops");
  }
}

TEST_CASE("degrade: names of sections are made plain") {
  const Sample s = sample();
  const Spec t = ok(degrade(s.types, all_but(Feature::section_name)));
  check_only_changed(s.types, t, {s.odd_section});
  CHECK(t.type(s.odd_section)->name() == "_.struct_ops");
  CHECK(t.type(s.odd_section)->is(Kind::data_section));
  CHECK(t.type(s.section)->name() == ".data.x");
}

TEST_CASE("degrade: the layout of kinds is left out") {
  const std::vector<std::byte> plain = example(Feature::function);
  std::vector<std::byte> bytes(plain.size() + 8 + 80);
  std::copy(plain.begin(), plain.begin() + 24, bytes.begin());
  std::copy(plain.begin() + 24, plain.end(), bytes.begin() + 32);
  test::put<std::uint32_t>(bytes, 4, 32, kHostByteOrder);
  test::put<std::uint32_t>(bytes, 24, static_cast<std::uint32_t>(plain.size() - 24), kHostByteOrder);
  const Spec without_layout = ok(Spec::parse(bytes));
  CHECK_FALSE(ok(features_of(without_layout)).has(Feature::layout));
  test::put<std::uint32_t>(bytes, 28, 80, kHostByteOrder);
  const Spec with_layout = ok(Spec::parse(bytes));
  CHECK(ok(features_of(with_layout)) == Features{Feature::function, Feature::layout});
  const Spec t = ok(degrade(with_layout, all_but(Feature::layout)));
  CHECK(std::ranges::equal(t.bytes(), plain));
}

TEST_CASE("degrade: nothing that any kernel lacks is left for the oldest one") {
  std::vector<Spec> tables = test::object_btfs();
  tables.push_back(sample().types);
  for (const Spec& types : tables) {
    const Spec oldest = ok(degrade(types, Features()));
    CHECK(ok(features_of(oldest)).empty());
    CHECK(oldest.type_count() == types.type_count());
    for (TypeId id = 1; id < types.type_count(); ++id) {
      const Kind kind = oldest.type(id)->kind();
      CHECK(kind <= Kind::restrict_qualifier);
      // What has a size keeps it.
      const auto size = types.size_of(id);
      const bool is_variable = types.type(id)->is(Kind::variable) || types.type(id)->is(Kind::decl_tag);
      if (size && !is_variable) CHECK(*oldest.size_of(id) == *size);
    }
  }
}

TEST_CASE("degrade: a split table keeps its base") {
  Builder base;
  const auto floating = base.add_floating("float", 4);
  const auto shared = std::make_shared<const Spec>(ok(base.spec()));
  Builder b = Builder::split(shared);
  const auto tag = b.add_type_tag({.text = "float", .type = floating});
  const Spec types = ok(b.spec());
  CHECK(ok(features_of(types)) == Features{Feature::type_tag});
  const Spec t = ok(degrade(types, Features()));
  CHECK(t.base() == shared);
  CHECK(t.type(tag)->is(Kind::const_qualifier));
  CHECK(t.type(tag)->referenced() == floating);
  CHECK(t.type(floating)->is(Kind::floating));
}

TEST_CASE("degrade: what was degraded is told") {
  CHECK(describe({Feature::floating, Feature::type_tag}) ==
        "FLOAT (Linux 5.13) became structures without members, TYPE_TAG (Linux 5.17) became const");
}

TEST_CASE("sanitize: what is only declared is written as defined") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Builder b;
    const auto byte = b.add_integer({.name = "char", .size = 1});
    const auto wide = b.add_integer({.name = "long", .size = 8});
    const auto constant = b.add_const(0);
    const auto sym = b.add_variable("bpf_link_fops", constant, Linkage::external);
    const auto flag = b.add_variable("CONFIG_X", byte, Linkage::external);
    const auto count = b.add_variable("CONFIG_HZ", wide, Linkage::external);
    const auto prototype = b.add_prototype({.returns = wide, .parameters = {{"", wide}, {"named", wide}, {"", 0}}});
    const auto kfunc = b.add_function("bpf_kfunc", prototype, Linkage::external);
    const auto ksyms = b.add_data_section({".ksyms", 0, {{sym, 0, 0}, {kfunc, 0, 0}}});
    const auto kconfig = b.add_data_section({".kconfig", 0, {{flag, 0, 1}, {count, 0, 8}}});
    const auto laid_out = b.add_data_section({".kconfig.2", 24, {{count, 16, 8}}});
    const Spec before = ok(b.spec(order));
    const Spec t = ok(sanitize(before));
    CHECK(t.type_count() == before.type_count() + 2);
    for (const TypeId variable : {sym, flag, count}) CHECK(t.type(variable)->linkage() == Linkage::global);
    CHECK(*t.size_of(t.type(sym)->referenced()) == 4);
    CHECK(t.type(flag)->referenced() == byte);
    CHECK(t.type(kfunc)->linkage() == Linkage::global);
    CHECK(t.type(prototype)->parameter(0).name == "unnamed");
    CHECK(t.type(prototype)->parameter(1).name == "named");
    CHECK(t.type(prototype)->parameter(2).name.empty());
    const auto check = [&](TypeId section, std::uint32_t i, TypeId type, std::uint32_t offset, std::uint32_t size) {
      const SectionVariable v = t.type(section)->section_variable(i);
      CHECK(v.type == type);
      CHECK(v.offset == offset);
      CHECK(v.size == size);
    };
    check(ksyms, 0, sym, 0, 4);
    check(ksyms, 1, before.type_count() + 1, 4, 4);
    CHECK(t.type(ksyms)->size() == 8);
    CHECK(t.type(before.type_count() + 1)->is(Kind::variable));
    check(kconfig, 0, flag, 0, 1);
    check(kconfig, 1, count, 8, 8);
    CHECK(t.type(kconfig)->size() == 16);
    check(laid_out, 0, count, 16, 8);
    CHECK(t.type(laid_out)->size() == 24);
    const auto old_strings = before.string_section().span();
    CHECK(std::ranges::equal(old_strings, t.string_section().span().first(old_strings.size())));
    CHECK(ok(sanitize(t)).bytes().data() == t.bytes().data());
  }
}

TEST_CASE("sanitize: what needs no repair is left alone") {
  const Sample s = sample();
  CHECK(ok(sanitize(s.types)).bytes().data() == s.types.bytes().data());
  CHECK(ok(sanitize(Spec())).empty());
}

TEST_CASE("sanitize: an object with symbols of the kernel") {
  const Spec types = test::object_btf("externs.bpf.o");
  const Spec t = ok(sanitize(types));
  CHECK(t.bytes().data() != types.bytes().data());
  for (TypeId id = 1; id < t.type_count(); ++id) {
    CHECK(t.type(id)->linkage() != Linkage::external);
    if (t.type(id)->is(Kind::data_section) && t.type(id)->name().starts_with(".k")) CHECK(t.type(id)->size() != 0);
  }
}

}  // namespace
}  // namespace ebpf::btf
