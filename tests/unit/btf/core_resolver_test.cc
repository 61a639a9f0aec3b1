// CO-RE: candidates. Which types of a kernel are meant, what happens when there are several, none, or some in modules;
// and how a relocation is called in errors.
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;
using test::contains;
using test::outcome;
using test::relocation;

// A program's struct s { int a; int b; }, and relocations of both members and of the type.
struct Program {
  Program() : types(test::parsed(w)) {}

  BtfWriter w;
  TypeId integer = w.integer("int", 4, test::kSigned);
  TypeId s = w.composite(test::kStruct, "s___mine", 8, {{"a", integer, 0}, {"b", integer, 32}});
  TypeId e = w.add(test::kEnum, "e", 1, 4, {w.string("A"), 3});
  CoreRelocation a = relocation(w, s, "0:0", CoreKind::field_byte_offset);
  CoreRelocation b = relocation(w, s, "0:1", CoreKind::field_byte_offset);
  CoreRelocation has_b = relocation(w, s, "0:1", CoreKind::field_exists);
  CoreRelocation size = relocation(w, s, "0", CoreKind::type_size);
  CoreRelocation exists = relocation(w, s, "0", CoreKind::type_exists);
  CoreRelocation id = relocation(w, s, "0", CoreKind::type_id_target);
  CoreRelocation own_id = relocation(w, s, "0", CoreKind::type_id_local);
  CoreRelocation value = relocation(w, e, "0", CoreKind::enumval_value);
  Spec types;
};

struct Member {
  std::string name;
  std::uint32_t offset;
};

// Adds a structure with members of 4 bytes.
TypeId structure(BtfWriter& w, const std::string& name, std::uint32_t size, const std::vector<Member>& members) {
  const auto integer = w.integer("int", 4, test::kSigned);
  std::vector<BtfWriter::Member> list;
  for (const Member& m : members) list.push_back({m.name, integer, m.offset * 8});
  return w.composite(test::kStruct, name, size, list);
}

struct Search {
  Search(const Program& program, const BtfWriter& kernel) : target(test::viewed(kernel)), resolver(program.types) {
    for (const CoreRelocation& r : {program.a, program.b, program.size, program.value})
      REQUIRE(resolver.add(r).has_value());
    resolver.search(target, "vmlinux");
  }
  std::string operator()(const CoreRelocation& r) { return outcome(resolver.resolve(r)); }

  Spec target;
  CoreResolver resolver;
};

TEST_CASE("core: types of all flavours of a name are candidates, of other kinds none") {
  const Program program;
  for (const std::string name : {"s", "s___mine", "s___other", "s___a___b"}) {
    CAPTURE(name);
    BtfWriter kernel;
    structure(kernel, name, 12, {{"b", 8}});
    Search search(program, kernel);
    // "s___a___b" is a flavour of "s___a".
    CHECK(search(program.b) == (name == "s___a___b" ? "poison" : "8"));
  }
  for (const std::string name : {"s_", "s____", "s___", "_s", "ss", "s__x", "S", ""}) {
    CAPTURE(name);
    BtfWriter kernel;
    structure(kernel, name, 12, {{"b", 8}});
    Search search(program, kernel);
    CHECK(search(program.b) == "poison");
  }
  BtfWriter kernel;
  const auto integer = kernel.integer("s", 4);
  kernel.composite(test::kUnion, "s", 4, {{"b", integer, 0}});
  kernel.add(test::kTypedef, "s", 0, kernel.composite(test::kStruct, "t", 4, {{"b", integer, 0}}));
  kernel.add(test::kFwd, "s", 0, 0);
  Search search(program, kernel);
  CHECK(search(program.b) == "poison");
  CHECK(search(program.exists) == "0");
}

TEST_CASE("core: an enumeration may have 32 bits here and 64 there") {
  const Program program;
  BtfWriter kernel;
  kernel.add(test::kEnum64, "e", 1, 8, {kernel.string("A"), 1, 2});
  Search search(program, kernel);
  CHECK(search(program.value) == std::to_string((2ll << 32) + 1));
}

TEST_CASE("core: several types of a name that agree") {
  const Program program;
  BtfWriter kernel;
  structure(kernel, "s", 12, {{"x", 0}, {"a", 4}, {"b", 8}});
  structure(kernel, "s", 12, {{"b", 8}, {"a", 4}, {"y", 0}});
  Search search(program, kernel);
  CHECK(search(program.a) == "4");
  CHECK(search(program.b) == "8");
  CHECK(search(program.size) == "12");
  CHECK(contains(search(program.id), "different types"));
}

TEST_CASE("core: several types of a name that disagree") {
  const Program program;
  BtfWriter kernel;
  const auto one = structure(kernel, "s", 12, {{"a", 4}, {"b", 8}});
  const auto other = structure(kernel, "s___x", 16, {{"a", 4}, {"b", 12}});
  Search search(program, kernel);
  CHECK(search(program.a) == "4");
  const std::string got = search(program.b);
  for (const std::string& part :
       {std::string("struct s___mine::b"), std::string("different types"), "type " + std::to_string(one),
        "type " + std::to_string(other), std::string("struct s)"), std::string("struct s___x")}) {
    CAPTURE(part);
    CHECK(contains(got, part));
  }
  CHECK(contains(search(program.size), "different types"));
  CHECK(contains(search(program.has_b), "different types"));  // as in libbpf: where it is counts even here
  const auto error = search.resolver.resolve(program.b);
  REQUIRE(!error.has_value());
  CHECK(error.error().code() == errc::unsupported_input);
}

// Values may be equal while the members are at different places: libbpf compares both.
TEST_CASE("core: members of equal size at different places disagree") {
  Program program;
  const auto size_of_b = relocation(program.w, program.s, "0:1", CoreKind::field_byte_size);
  program.types = test::parsed(program.w);
  BtfWriter kernel;
  structure(kernel, "s", 12, {{"b", 8}});
  structure(kernel, "s", 12, {{"b", 4}});
  const Spec target = test::viewed(kernel);
  CoreResolver resolver(program.types);
  REQUIRE(resolver.add(size_of_b).has_value());
  resolver.search(target, "vmlinux");
  CHECK(contains(outcome(resolver.resolve(size_of_b)), "different types"));
}

TEST_CASE("core: a candidate that lacks a member is dropped for all that follows") {
  const Program program;
  BtfWriter kernel;
  structure(kernel, "s", 12, {{"a", 4}});
  const auto second = structure(kernel, "s", 16, {{"a", 8}, {"b", 12}});
  Search before(program, kernel);
  CHECK(contains(before(program.a), "different types"));
  Search after(program, kernel);
  CHECK(after(program.b) == "12");
  CHECK(after(program.a) == "8");
  CHECK(after(program.size) == "16");
  CHECK(after(program.id) == std::to_string(second));
  // Existence asked of something that only one has drops the others, too.
  Search asked(program, kernel);
  CHECK(asked(program.has_b) == "1");
  CHECK(asked(program.a) == "8");
}

TEST_CASE("core: what none of the candidates has drops none of them") {
  Program program;
  const TypeId wrong = program.w.composite(test::kStruct, "s___wrong", 4, {{"none", program.integer, 0}});
  const auto none = relocation(program.w, wrong, "0:0", CoreKind::field_exists);
  const auto exists = relocation(program.w, wrong, "0", CoreKind::type_exists);
  program.types = test::parsed(program.w);
  BtfWriter kernel;
  structure(kernel, "s", 12, {{"a", 4}});
  const Spec target = test::viewed(kernel);
  CoreResolver resolver(program.types);
  REQUIRE(resolver.add(none).has_value());
  resolver.search(target, "vmlinux");
  CHECK(outcome(resolver.resolve(none)) == "0");
  CHECK(outcome(resolver.resolve(exists)) == "1");
}

// The first of two candidates is broken: that is an error, as in libbpf, and not a silent choice of the second.
TEST_CASE("core: a candidate that cannot be read") {
  const Program program;
  BtfWriter kernel;
  kernel.composite(test::kStruct, "s", 12, {{"b", 99, 0}});
  structure(kernel, "s", 12, {{"b", 4}});
  Search search(program, kernel);
  CHECK(search(program.b).starts_with("error: "));
}

TEST_CASE("core: no candidate at all") {
  const Program program;
  BtfWriter kernel;
  kernel.integer("int", 4);
  Search search(program, kernel);
  CHECK(search.resolver.is_missing_any());
  CHECK(search(program.a) == "poison");
  CHECK(search(program.has_b) == "0");
  CHECK(search(program.size) == "0");
  CHECK(search(program.exists) == "0");
  CHECK(search(program.id) == "0");
  CHECK(search(program.value) == "poison");
  CHECK(search(program.own_id) == std::to_string(program.s));
  CHECK(search.resolver.matches(program.a)->empty());
}

TEST_CASE("core: a type without a name cannot be looked for") {
  BtfWriter w;
  const auto integer = w.integer("int", 4);
  const auto anonymous = w.composite(test::kStruct, "", 4, {{"a", integer, 0}});
  const auto member = relocation(w, anonymous, "0:0", CoreKind::field_byte_offset);
  const auto own = relocation(w, anonymous, "0", CoreKind::type_id_local);
  const auto pointer = relocation(w, w.pointer(anonymous), "0", CoreKind::type_exists);
  const Spec types = test::parsed(w);
  CoreResolver resolver(types);
  for (const CoreRelocation& r : {member, pointer}) {
    const auto added = resolver.add(r);
    REQUIRE(!added.has_value());
    CHECK(added.error().code() == errc::unsupported_input);
    CHECK(contains(added.error().message(), "has no name"));
  }
  // Its own number needs no name.
  CHECK(resolver.add(own).has_value());
  CHECK_FALSE(resolver.needs_types());
  CHECK(outcome(resolver.resolve(own)) == std::to_string(anonymous));
}

TEST_CASE("core: a relocation that was not added") {
  const Program program;
  CoreResolver resolver(program.types);
  CHECK(contains(outcome(resolver.resolve(program.a)), "not added"));
  CHECK(outcome(resolver.resolve(program.own_id)) == std::to_string(program.s));
  CHECK(!resolver.add({0, 99, 0, CoreKind::type_exists}).has_value());
}

// ---- modules ----

struct Modules {
  explicit Modules(const BtfWriter& kernel) : base(std::make_shared<const Spec>(test::viewed(kernel))) {}

  // A table that continues the kernel's, with a structure s of one member b.
  void add(std::uint32_t offset, TypeId integer) {
    test::BtfWriter w(ByteOrder::little, base->type_count(), base->first_string() + base->string_section().size());
    w.composite(test::kStruct, "s", 64, {{"b", integer, offset * 8}});
    auto bytes = w.finish();
    auto spec = Spec::parse(std::move(bytes), base);
    if (!spec) FAIL(spec.error().message());
    tables.push_back(*std::move(spec));
  }

  std::string resolve(const Program& program) const {
    CoreResolver resolver(program.types);
    REQUIRE(resolver.add(program.b).has_value());
    resolver.search(*base, "vmlinux");
    NameSearch search;
    resolver.ask(search);
    for (const Spec& table : tables) {
      search.run(table);
      resolver.take(search, table, "a module");
    }
    return outcome(resolver.resolve(program.b));
  }

  std::shared_ptr<const Spec> base;
  std::vector<Spec> tables;
};

TEST_CASE("core: what the kernel lacks may be in modules, which must agree") {
  const Program program;
  BtfWriter kernel;
  const auto integer = kernel.integer("int", 4, test::kSigned);
  Modules modules(kernel);
  CHECK(modules.resolve(program) == "poison");
  modules.add(12, integer);
  CHECK(modules.resolve(program) == "12");
  modules.add(12, integer);
  CHECK(modules.resolve(program) == "12");
  modules.add(16, integer);
  CHECK(contains(modules.resolve(program), "different types"));
}

TEST_CASE("core: what the kernel has is not looked for in modules") {
  const Program program;
  BtfWriter kernel;
  structure(kernel, "s", 12, {{"b", 8}});
  Modules modules(kernel);
  modules.add(16, 1);
  CHECK(modules.resolve(program) == "8");
}

// ---- words ----

TEST_CASE("core: the work that types from a file can cause is bounded over all relocations, not for each") {
  // Functions that take two functions that take two functions …: a comparison of one takes some 4,000 steps.
  constexpr int kDepth = 10;
  constexpr int kRelocations = 40;
  BtfWriter w;
  auto type = w.add(test::kFuncProto, "", 0, 0);
  for (int i = 0; i < kDepth; ++i) type = w.add(test::kFuncProto, "", 2, 0, {0, type, 0, type});
  std::vector<CoreRelocation> relocations;
  for (int i = 0; i < kRelocations; ++i) {
    const auto name = w.add(test::kTypedef, "t" + std::to_string(i), 0, type);
    relocations.push_back(relocation(w, name, "0", CoreKind::type_exists));
  }
  const Spec types = test::parsed(w);
  CoreResolver resolver(types, 20 * 4'000);
  for (const CoreRelocation& r : relocations) REQUIRE(resolver.add(r).has_value());
  resolver.search(types, "vmlinux");
  const auto first = resolver.resolve(relocations.front());
  REQUIRE_MESSAGE(first.has_value(), first.error().message());
  CHECK(first->new_value == 1);
  bool is_refused = false;
  for (const CoreRelocation& r : relocations) {
    const auto fix = resolver.resolve(r);
    is_refused = is_refused || (!fix && fix.error().code() == errc::malformed);
  }
  CHECK(is_refused);
  // What was answered before still is.
  CHECK(resolver.resolve(relocations.front()).has_value());
}

TEST_CASE("core: how a relocation is called") {
  BtfWriter w;
  const auto integer = w.integer("int", 4);
  const auto inner = w.composite(test::kStruct, "inner", 8, {{"x", integer, 0}, {"y", integer, 32}});
  const auto array = w.array(inner, integer, 4);
  const auto anonymous = w.composite(test::kUnion, "", 4, {{"deep", integer, 0}});
  const auto s = w.composite(test::kStruct, "s", 64, {{"a", integer, 0}, {"list", array, 32}, {"", anonymous, 288}});
  const auto u = w.composite(test::kUnion, "u", 4, {{"a", integer, 0}});
  const auto e = w.add(test::kEnum, "e", 1, 4, {w.string("A"), 1});
  const auto alias = w.add(test::kTypedef, "s_t", 0, s);
  struct Case {
    TypeId type;
    const char* access;
    CoreKind kind;
    const char* words;
  };
  const Case cases[] = {
      {s, "0:0", CoreKind::field_byte_offset, "struct s::a"},
      {s, "0:1:2:1", CoreKind::field_exists, "struct s::list[2].y"},
      {s, "0:1", CoreKind::field_exists, "struct s::list"},
      {s, "0:2:0", CoreKind::field_exists, "struct s::deep"},
      {s, "3", CoreKind::field_byte_offset, "struct s[3]"},
      {s, "3:0", CoreKind::field_byte_offset, "struct s[3]::a"},
      {s, "0", CoreKind::type_size, "struct s"},
      {u, "0:0", CoreKind::field_exists, "union u::a"},
      {e, "0", CoreKind::enumval_value, "enum e::A"},
      {e, "0", CoreKind::type_exists, "enum e"},
      {alias, "0:0", CoreKind::field_exists, "s_t::a"},
      {anonymous, "0:0", CoreKind::field_exists, "union (anonymous)::deep"},
      {s, "0:9", CoreKind::field_exists, "struct s"},
      {99, "0", CoreKind::field_exists, "type 99"},
  };
  std::vector<CoreRelocation> relocations;
  for (const Case& c : cases) relocations.push_back(relocation(w, c.type, c.access, c.kind));
  const Spec types = test::parsed(w);
  for (std::size_t i = 0; i < relocations.size(); ++i) CHECK(describe_core(types, relocations[i]) == cases[i].words);
}

}  // namespace
}  // namespace ebpf::btf
