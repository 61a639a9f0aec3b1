// Minimal tables: every relocation comes out against the small table as against the large one, and the table has all
// that `bpftool gen min_core_btf` puts into its own.
#include "ebpf/btf/minimize.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/btf/real_btf.h"

namespace ebpf::btf {
namespace {

constexpr const char* kPrograms[] = {"core_arrays", "core_bitfields",   "core_enums",     "core_fields", "core_kernel",
                                     "core_poison", "core_subprograms", "core_type_info", "runqlat"};
constexpr const char* kTargets[] = {"core_target_doubled", "core_target_moved", "core_target_same"};

template <class T>
T ok(Result<T> result) {
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

CollectionSpec program(const std::string& name) {
  return ok(CollectionSpec::parse(test::testdata(name + ".bpf.o"), name));
}

std::vector<CoreRelocation> relocations_of(const CollectionSpec& spec) {
  std::vector<CoreRelocation> out;
  for (const FunctionSpec& function : spec.programs)
    out.insert(out.end(), function.core_relocations.begin(), function.core_relocations.end());
  for (const FunctionSpec& function : spec.subprograms)
    out.insert(out.end(), function.core_relocations.begin(), function.core_relocations.end());
  return out;
}

// What the relocations come to, as text; an error by its code, since its sentence has numbers of types in it.
std::vector<std::string> resolved(const CollectionSpec& spec, const Spec& kernel) {
  CoreResolver resolver(spec.types);
  const auto relocations = relocations_of(spec);
  for (const CoreRelocation& relocation : relocations) REQUIRE(resolver.add(relocation).has_value());
  resolver.search(kernel, "kernel");
  std::vector<std::string> out;
  for (const CoreRelocation& relocation : relocations) {
    const auto fix = resolver.resolve(relocation);
    std::string text =
        std::to_string(relocation.type) + " kind " + std::to_string(static_cast<int>(relocation.kind)) + ": ";
    if (!fix) {
      text += "error " + std::to_string(static_cast<int>(fix.error().code()));
    } else {
      const bool is_number = relocation.kind == CoreKind::type_id_target;
      const std::uint64_t value = is_number ? fix->new_value != 0 : fix->new_value;
      for (const std::uint64_t part :
           {std::uint64_t{fix->poison}, std::uint64_t{fix->check_old_value}, std::uint64_t{fix->incompatible_access},
            fix->old_value, value, std::uint64_t{fix->old_size}, std::uint64_t{fix->new_size}})
        text += " " + std::to_string(part);
    }
    out.push_back(text);
  }
  return out;
}

Spec minimal(const Spec& kernel, std::initializer_list<const CollectionSpec*> programs) {
  Minimizer needed(kernel);
  for (const CollectionSpec* spec : programs) {
    const auto added = needed.add(spec->types, relocations_of(*spec));
    if (!added) FAIL(added.error().message());
  }
  return ok(needed.table());
}

void check_program(const std::string& name, const Spec& kernel) {
  CAPTURE(name);
  const CollectionSpec spec = program(name);
  const Spec small = minimal(kernel, {&spec});
  const auto large_results = resolved(spec, kernel);
  CHECK(large_results.size() == relocations_of(spec).size());
  CHECK(resolved(spec, small) == large_results);
}

TEST_CASE("min: relocations come out the same, against made-up kernels") {
  for (const std::string target : kTargets) {
    CAPTURE(target);
    const Spec kernel = test::object_btf(target + ".bpf.o");
    for (const std::string name : kPrograms) {
      check_program(name, kernel);
      check_program(name + "_clang14", kernel);
    }
    const Spec big_endian = test::object_btf(target + "_eb.bpf.o");
    for (const std::string name : kPrograms) check_program(name + "_eb", big_endian);
  }
}

TEST_CASE("min: relocations come out the same, against this machine's kernel") {
  const Spec kernel = test::kernel_btf();
  for (const std::string name : kPrograms) check_program(name, kernel);
  const CollectionSpec spec = program("runqlat");
  const Spec small = minimal(kernel, {&spec});
  CHECK(small.bytes().size() < 4096);
  MESSAGE("runqlat needs " << small.type_count() << " types in " << small.bytes().size() << " bytes of "
                           << kernel.type_count() << " in " << kernel.bytes().size());
}

TEST_CASE("min: several objects share a table") {
  const Spec kernel = test::object_btf("core_target_moved.bpf.o");
  const CollectionSpec fields = program("core_fields");
  const CollectionSpec enums = program("core_enums");
  const Spec both = minimal(kernel, {&fields, &enums});
  CHECK(both.type_count() > minimal(kernel, {&fields}).type_count());
  CHECK(both.type_count() < kernel.type_count());
  CHECK(resolved(fields, both) == resolved(fields, kernel));
  CHECK(resolved(enums, both) == resolved(enums, kernel));
}

TEST_CASE("min: an object without relocations needs nothing") {
  const CollectionSpec spec = program("maps");
  CHECK(minimal(test::object_btf("core_target_moved.bpf.o"), {&spec}).empty());
}

// Of each named structure, union and enumeration: kind, name, size, and each member with its place, as bpftool may
// have left out others.
std::set<std::string> contents(const Spec& types) {
  std::set<std::string> out;
  for (TypeId id = 1; id < types.type_count(); ++id) {
    const Type type = *types.type(id);
    if (type.name().empty()) continue;
    const std::string head = std::string(kind_name(type.kind())) + " " + std::string(type.name()) + " " +
                             std::to_string(types.size_of(id).value_or(0));
    out.insert(head);
    for (std::uint32_t i = 0; (type.is_composite() || type.is_enumeration()) && i < type.vlen(); ++i)
      out.insert(
          type.is_composite()
              ? head + " " + std::string(type.member(i).name) + " at " + std::to_string(type.member(i).bit_offset) +
                    ":" + std::to_string(type.member(i).bitfield_size)
              : head + " " + std::string(type.enumerator(i).name) + " = " + std::to_string(type.enumerator(i).value));
  }
  return out;
}

TEST_CASE("min: all that bpftool keeps is kept") {
  if (access("/usr/sbin/bpftool", X_OK) != 0) SKIP_TEST("no /usr/sbin/bpftool (package bpftool)");
  const std::string out = std::string(std::getenv("TEST_TMPDIR") ? std::getenv("TEST_TMPDIR") : "/tmp") + "/min.btf";
  int compared = 0;
  for (const std::string target : kTargets) {
    const Spec kernel = test::object_btf(target + ".bpf.o");
    for (const std::string name : kPrograms) {
      CAPTURE(target);
      CAPTURE(name);
      const std::string command = "/usr/sbin/bpftool gen min_core_btf " +
                                  std::string(test::runfile(("testdata/" + target + ".bpf.o").c_str())) + " " + out +
                                  " " + std::string(test::runfile(("testdata/" + name + ".bpf.o").c_str())) +
                                  " > /dev/null 2>&1";
      std::remove(out.c_str());
      // It gives up where candidates do not agree.
      if (std::system(command.c_str()) != 0) continue;
      std::ifstream file(out, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
      const Spec theirs = ok(Spec::parse({bytes, bytes + text.size()}));
      const CollectionSpec spec = program(name);
      const Spec ours = minimal(kernel, {&spec});
      const std::set<std::string> kept = contents(ours);
      for (const std::string& each : contents(theirs)) {
        CAPTURE(each);
        CHECK(kept.contains(each));
      }
      MESSAGE(target << " " << name << ": ours " << ours.bytes().size() << " bytes, bpftool " << text.size());
      ++compared;
    }
  }
  CHECK(compared >= 15);
}

TEST_CASE("min: a kernel's table whose types run in circles") {
  Builder kernel;
  const auto alias = kernel.add_typedef("looping", 2);
  kernel.add_const(alias);
  kernel.add_structure({.name = "self", .size = 4, .members = {{"self", 3, 0, 0}}});
  const Spec types = ok(kernel.spec());
  Builder b;
  const auto local = b.add_structure({.name = "self", .size = 4});
  const auto zero = b.add_string("0");
  const Spec local_types = ok(b.spec());
  Minimizer needed(types);
  const CoreRelocation relocations[] = {{0, local, zero, CoreKind::type_exists},
                                        {1, local, zero, CoreKind::type_matches}};
  CHECK(needed.add(local_types, relocations).has_value());
  const Spec table = ok(needed.table());
  CHECK(table.type_count() == 2);
  CHECK(table.type(1)->member(0).type == 1);
}

}  // namespace
}  // namespace ebpf::btf
