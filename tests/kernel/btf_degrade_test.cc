// Types that an older kernel does not know: on this kernel, whatever it is, and on kernels that lack one feature after
// the other. Those are this one, with a hook before bpf(2) that refuses BTF as they would.
#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/features/probe.h"
#include "ebpf/load/load_types.h"
#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;
using btf::Feature;
using btf::Features;
using btf::Kind;

namespace {

// What the pretended kernel does not know.
std::atomic<std::uint32_t> lacks = 0;
// Whether it refuses every BTF.
std::atomic<bool> takes_none = false;
std::atomic<int> btf_loads = 0;
// Of the last program: whether it came with func-info, line-info or BTF.
std::atomic<bool> program_had_btf = false;

// Told from the types themselves, not by the table that is under test.
bool uses(const btf::Type& type, Feature feature) {
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
  switch (feature) {
    case Feature::function:
      return type.is(Kind::function) || type.is(Kind::function_prototype);
    case Feature::data_section:
      return type.is(Kind::variable) || type.is(Kind::data_section);
    case Feature::global_function:
      return type.is(Kind::function) && type.linkage() != btf::Linkage::static_linkage;
    case Feature::floating:
      return type.is(Kind::floating);
    case Feature::decl_tag:
      return type.is(Kind::decl_tag);
    case Feature::type_tag:
      return type.is(Kind::type_tag);
    case Feature::signed_enumeration:
      return type.is(Kind::enumeration) && type.kind_flag();
    case Feature::enumeration64:
      return type.is(Kind::enumeration64);
    case Feature::section_name:
      return type.is(Kind::data_section) && !std::ranges::all_of(type.name(), is_plain);
    case Feature::tag_attribute:
      return (type.is(Kind::decl_tag) || type.is(Kind::type_tag)) && type.kind_flag();
    case Feature::layout:
      return false;
  }
  return false;
}

bool is_refused(const sys::BtfLoadAttr& attr) {
  const auto* const first = reinterpret_cast<const std::byte*>(attr.btf);
  const auto types = btf::Spec::parse({first, first + attr.btf_size});
  REQUIRE(types.has_value());
  for (btf::TypeId id = 1; id < types->type_count(); ++id)
    for (const btf::FeatureInfo& row : btf::feature_table())
      if (Features::from_bits(lacks).has(row.feature) && uses(*types->type(id), row.feature)) return true;
  return takes_none;
}

long old_kernel(sys::Command command, void* attr, unsigned size) {
  if (command == sys::Command::btf_load) {
    ++btf_loads;
    if (is_refused(*static_cast<const sys::BtfLoadAttr*>(attr))) return -EINVAL;
  }
  if (command == sys::Command::prog_load) {
    const auto& program = *static_cast<const sys::ProgLoadAttr*>(attr);
    program_had_btf = program.prog_btf_fd != 0 || program.func_info_cnt != 0 || program.line_info_cnt != 0;
  }
  return sys::straight_bpf(command, attr, size);
}

// A kernel that lacks these features, for as long as this lives.
struct OldKernel {
  explicit OldKernel(Features lacking, bool none = false) {
    features::forget();
    lacks = lacking.bits();
    takes_none = none;
    btf_loads = 0;
    sys::set_bpf_hook(old_kernel);
  }
  ~OldKernel() {
    sys::set_bpf_hook(nullptr);
    features::forget();
  }
};

std::uint32_t btf_id_of(const Program& program) { return ok(program.info()).btf_id; }
std::uint32_t btf_id_of(const Map& map) { return ok(map.info()).btf_id; }

// Every feature that can be written, in one table.
btf::Spec everything() {
  btf::Builder b;
  const auto number = b.add_integer({.name = "int", .is_signed = true});
  const auto prototype = b.add_prototype({.returns = number, .parameters = {{"a", number}}});
  const auto function = b.add_function("f", prototype, btf::Linkage::global);
  b.add_decl_tag({.text = "on:parameter", .type = function, .component = 0});
  const auto variable = b.add_variable("x.y", number);
  b.add_data_section({".data.x", 4, {{variable, 0, 4}}});
  b.add_data_section({"?.struct-ops", 4, {{variable, 0, 4}}});
  const auto floating = b.add_floating("long double", 16);
  const auto is_signed = b.add_enumeration({.name = "e", .is_signed = true, .enumerators = {{"low", -1}}});
  const auto wide = b.add_enumeration64({.name = "w", .size = 8, .enumerators = {{"high", 1ll << 40}}});
  const auto tagged = b.add_pointer(b.add_type_tag({.text = "user", .type = number}));
  const auto attribute =
      b.add_pointer(b.add_type_tag({.text = "address_space(1)", .type = number, .is_attribute = true}));
  const auto structure = b.add_structure({.name = "s",
                                          .size = 48,
                                          .members = {{"f", floating, 0, 0},
                                                      {"e", is_signed, 128, 0},
                                                      {"w", wide, 192, 30},
                                                      {"t", tagged, 256, 0},
                                                      {"a", attribute, 320, 0}}});
  b.add_decl_tag({.text = "mark", .type = structure, .component = 2});
  return ok(b.spec());
}

}  // namespace

TEST_CASE("this kernel knows the types of an object with all kinds, or gets them without what it does not know") {
  require_root_and_bpf();
  features::forget();
  Collection objects = load_object("btf_kinds");
  for (const std::string& note : objects.notes) CHECK_FALSE(contains(note, "without types"));
  CHECK(btf_id_of(*objects.map("values")) != 0);
  CHECK(btf_id_of(*objects.program("count")) != 0);
  CHECK(btf_id_of(*objects.map(".data")) != 0);
  const BtfObject in_kernel = ok(BtfObject::from_id(btf_id_of(*objects.program("count"))));
  const btf::Spec types = ok(in_kernel.types());
  CHECK(types.find("value", Kind::structure).has_value());
  CHECK(types.find("count", Kind::function).has_value());
  // The numbers are the object's.
  const CollectionSpec spec = read_object("btf_kinds");
  CHECK(types.type_count() == spec.types.type_count());
  CHECK(types.find("value", Kind::structure) == spec.types.find("value", Kind::structure));
  CHECK(ok(objects.program("count")->test_run({.data = kFrame})).return_value == 42);
}

TEST_CASE("what this kernel lacks, by version") {
  require_root_and_bpf();
  features::forget();
  Features all = Features::all();
  all.remove(Feature::layout);
  loader::Token token;
  const Features known = loader::known_features(all, token);
  for (const btf::FeatureInfo& row : btf::feature_table()) {
    if (row.feature == Feature::layout) continue;
    CAPTURE(row.name);
    // A distribution may have brought a feature to an older version; none takes one away.
    if (!kernel(row.major, row.minor).missing) CHECK(known.has(row.feature));
  }
  // 5.10 is the oldest of the matrix.
  if (kernel(5, 13).missing) CHECK_FALSE(known.has(Feature::floating));
  if (kernel(6, 0).missing) CHECK_FALSE(known.has(Feature::enumeration64));
}

TEST_CASE("a kernel that knows everything is not asked") {
  require_root_and_bpf();
  test_requires(kernel(6, 0));
  const OldKernel old({});
  Collection objects = load_object("btf_kinds");
  CHECK(objects.notes.empty());
  CHECK(btf_loads == 1);
}

TEST_CASE("for each feature that a kernel may lack, an object's types are loaded without it") {
  require_root_and_bpf();
  Features in_object = ok(btf::features_of(read_object("btf_kinds").types));
  for (const Feature feature :
       {Feature::function, Feature::data_section, Feature::global_function, Feature::floating, Feature::decl_tag,
        Feature::type_tag, Feature::signed_enumeration, Feature::enumeration64})
    CHECK(in_object.has(feature));
  for (const btf::FeatureInfo& row : btf::feature_table()) {
    if (!in_object.has(row.feature)) continue;
    CAPTURE(row.name);
    const OldKernel old({row.feature});
    Collection objects = load_object("btf_kinds");
    REQUIRE(objects.notes.size() == 1);
    CHECK(contains(objects.notes.front(), std::string(row.name) + " (Linux "));
    CHECK_FALSE(contains(objects.notes.front(), "without types"));
    CHECK(btf_id_of(*objects.map("values")) != 0);
    const bool has_functions = row.feature != Feature::function;
    CHECK((btf_id_of(*objects.program("count")) != 0) == has_functions);
    CHECK(program_had_btf == has_functions);
    CHECK(ok(objects.program("count")->test_run({.data = kFrame})).return_value == 42);
  }
}

TEST_CASE("for each feature, and for all together, a table of every kind is loaded without it") {
  require_root_and_bpf();
  const btf::Spec types = everything();
  std::vector<Features> lacking;
  for (const btf::FeatureInfo& row : btf::feature_table())
    if (row.feature != Feature::layout) lacking.push_back({row.feature});
  lacking.push_back(Features::all());
  for (const Features features : lacking) {
    CAPTURE(btf::describe(features));
    const OldKernel old(features);
    const BtfObject loaded = ok(BtfObject::load(types));
    for (const btf::FeatureInfo& row : btf::feature_table())
      if (features.has(row.feature) && row.feature != Feature::layout) CHECK(loaded.degraded().has(row.feature));
    const btf::Spec read = ok(loaded.types());
    CHECK(read.type_count() == types.type_count());
    CHECK(read.find("s", Kind::structure) == types.find("s", Kind::structure));
    CHECK(*read.size_of(*read.find("s", Kind::structure)) == 48);
  }
}

TEST_CASE("a kernel is asked once for what an object needs, and remembered") {
  require_root_and_bpf();
  test_requires(kernel(6, 0));
  const OldKernel old({Feature::floating, Feature::type_tag});
  const int used = __builtin_popcount(ok(btf::features_of(read_object("btf_kinds").types)).bits());
  Collection first = load_object("btf_kinds");
  CHECK(btf_loads == 1 + used + 1);
  CHECK(contains(first.notes.front(), "FLOAT"));
  CHECK(contains(first.notes.front(), "TYPE_TAG"));
  CHECK_FALSE(contains(first.notes.front(), "ENUM"));
  btf_loads = 0;
  Collection second = load_object("btf_kinds");
  CHECK(btf_loads == 2);
  CHECK(second.notes == first.notes);
}

TEST_CASE("a kernel that refuses degraded types, too, gets none, and the note says what was tried") {
  require_root_and_bpf();
  const OldKernel old(Features::all(), true);
  Collection objects = load_object("btf_kinds");
  REQUIRE(objects.notes.size() == 1);
  CHECK(contains(objects.notes.front(), "without types"));
  CHECK(contains(objects.notes.front(), "also after"));
  CHECK(contains(objects.notes.front(), "FLOAT (Linux 5.13) became"));
  CHECK(btf_id_of(*objects.program("count")) == 0);
  CHECK(ok(objects.program("count")->test_run({.data = kFrame})).return_value == 42);
}

TEST_CASE("declarations of the kernel's symbols do not keep the kernel from taking the types") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("externs");
  const BtfObject loaded = ok(BtfObject::load(spec.types));
  CHECK(loaded.id() != 0);
  const btf::Spec read = ok(loaded.types());
  CHECK(read.type_count() > spec.types.type_count());
}
