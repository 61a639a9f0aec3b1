// Deduplication side by side with libbpf's btf__dedup(): on the same table both leave the same number of types of each
// kind, in the same number of bytes.
#include <bpf/btf.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/dedup.h"
#include "tests/support/test.h"
#include "tests/unit/btf/real_btf.h"

namespace ebpf::btf {
namespace {

using Counts = std::map<Kind, int>;

struct Outcome {
  Counts kinds;
  std::size_t bytes;
};

Outcome by_libbpf(std::span<const std::byte> table) {
  const std::unique_ptr<::btf, void (*)(::btf*)> btf(btf__new(table.data(), static_cast<__u32>(table.size())),
                                                     btf__free);
  REQUIRE(btf);
  REQUIRE(btf__dedup(btf.get(), nullptr) == 0);
  Outcome out{};
  for (__u32 id = 1; id < btf__type_cnt(btf.get()); ++id)
    ++out.kinds[static_cast<Kind>(btf_kind(btf__type_by_id(btf.get(), id)))];
  __u32 size = 0;
  btf__raw_data(btf.get(), &size);
  out.bytes = size;
  return out;
}

Outcome by_us(const Spec& types) {
  const auto result = deduplicate(types);
  if (!result) FAIL(result.error().message());
  CHECK(result->is_complete);
  Outcome out{};
  for (TypeId id = 1; id < result->types.type_count(); ++id) ++out.kinds[result->types.type(id)->kind()];
  out.bytes = result->types.bytes().size();
  return out;
}

void check_same(const Builder& joined) {
  const auto types = joined.spec();
  REQUIRE(types.has_value());
  const Outcome ours = by_us(*types);
  const Outcome theirs = by_libbpf(types->bytes());
  for (std::uint32_t kind = 1; kind <= kMaxKind; ++kind) {
    CAPTURE(kind_name(static_cast<Kind>(kind)));
    const auto count = [&](const Counts& of) {
      return of.contains(Kind{static_cast<std::uint8_t>(kind)}) ? of.at(Kind{static_cast<std::uint8_t>(kind)}) : 0;
    };
    CHECK(count(ours.kinds) == count(theirs.kinds));
  }
  CHECK(ours.bytes == theirs.bytes);
}

void add_all(Builder& to, const Spec& from) {
  auto importer = Importer::between(from, to);
  REQUIRE(importer.has_value());
  importer->add_all();
}

TEST_CASE("dedup: all objects of testdata, joined") {
  Builder joined;
  for (const Spec& types : test::object_btfs()) add_all(joined, types);
  CHECK(joined.next_id() > 2000);
  check_same(joined);
}

TEST_CASE("dedup: the kernel's types twice, which is once but for variables") {
  const Spec kernel = test::kernel_btf();
  Builder joined;
  add_all(joined, kernel);
  add_all(joined, kernel);
  check_same(joined);
  const auto result = deduplicate(*joined.spec());
  TypeId never_joined = 0;
  for (TypeId id = 1; id < kernel.type_count(); ++id) {
    const Kind kind = kernel.type(id)->kind();
    never_joined += kind == Kind::variable || kind == Kind::data_section;
  }
  CHECK(result->types.type_count() == kernel.type_count() + never_joined);
}

// Made-up programs: each unit defines some of a set of structures that refer to each other, and declares others.
class Units {
 public:
  explicit Units(std::uint64_t seed) : state_(seed) {}

  void add_unit(Builder& b) {
    number_ = b.add_integer({.name = "int", .size = 4, .is_signed = true});
    ids_.assign(kStructures, 0);
    for (int i = 0; i < 3; ++i) structure(b, below(kStructures), false);
  }

 private:
  static constexpr std::uint64_t kStructures = 12;

  // Marsaglia's xorshift64.
  std::uint64_t below(std::uint64_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % limit;
  }

  // The structure of that number is the same in each unit: two pointers to others, one of which may be a typedef.
  TypeId structure(Builder& b, std::uint64_t which, bool may_be_declared) {
    if (ids_[which] != 0) return ids_[which];
    const std::string name = "s" + std::to_string(which);
    if (may_be_declared && below(2) == 0) return ids_[which] = b.add_forward(name);
    const TypeId left = b.add_pointer(0);
    const TypeId right = b.add_pointer(0);
    const TypeId alias = b.add_typedef("p" + std::to_string(which), right);
    ids_[which] = b.add_structure(
        {.name = name, .size = 24, .members = {{"left", left, 0, 0}, {"right", alias, 64, 0}, {"n", number_, 128, 0}}});
    b.set_referenced(left, structure(b, (which * 5 + 1) % kStructures, true));
    b.set_referenced(right, b.add_const(structure(b, (which * 7 + 3) % kStructures, true)));
    return ids_[which];
  }

  std::uint64_t state_;
  TypeId number_ = 0;
  std::vector<TypeId> ids_;
};

TEST_CASE("dedup: units that define and declare the same structures") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    Units units(seed * 0x9e3779b97f4a7c15);
    Builder joined;
    for (std::uint64_t unit = 0; unit < 2 + seed % 6; ++unit) units.add_unit(joined);
    check_same(joined);
  }
}

}  // namespace
}  // namespace ebpf::btf
