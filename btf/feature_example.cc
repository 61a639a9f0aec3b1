// The smallest tables that use one feature each. They are offered to kernels, so they keep all other rules of the
// oldest kernel that has the feature.
#include <array>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/degrade.h"

namespace ebpf::btf {
namespace {

TypeId add_int(Builder& b) { return b.add_integer({.name = "int", .is_signed = true}); }

void add_function(Builder& b, Linkage linkage) {
  const TypeId number = add_int(b);
  b.add_function("f", b.add_prototype({.returns = number, .parameters = {{"a", number}}}), linkage);
}

void add_section(Builder& b, std::string_view name) {
  const TypeId variable = b.add_variable("x", add_int(b));
  b.add_data_section({name, 4, {{variable, 0, 4}}});
}

void add_decl_tag(Builder& b) {
  const TypeId number = add_int(b);
  const TypeId structure = b.add_structure({.name = "s", .size = 4, .members = {{"m", number, 0, 0}}});
  b.add_decl_tag({.text = "tag", .type = structure});
}

void add_type_tag(Builder& b, bool is_attribute) {
  b.add_pointer(b.add_type_tag({.text = "tag", .type = add_int(b), .is_attribute = is_attribute}));
}

// By Feature, without the last: the layout of kinds is no type.
constexpr std::array<void (*)(Builder&), kFeatureCount - 1> kExamples = {
    [](Builder& b) { add_function(b, Linkage::static_linkage); },
    [](Builder& b) { add_section(b, ".data"); },
    [](Builder& b) { add_function(b, Linkage::global); },
    [](Builder& b) { b.add_floating("float", 4); },
    [](Builder& b) { add_decl_tag(b); },
    [](Builder& b) { add_type_tag(b, false); },
    [](Builder& b) { b.add_enumeration({.name = "e", .is_signed = true, .enumerators = {{"low", -1}}}); },
    [](Builder& b) { b.add_enumeration64({.name = "e", .size = 8, .enumerators = {{"high", 1ll << 32}}}); },
    [](Builder& b) { add_section(b, "?.data"); },
    [](Builder& b) { add_type_tag(b, true); },
};

}  // namespace

Result<std::vector<std::byte>> feature_example(Feature feature) {
  const auto index = static_cast<std::size_t>(feature);
  if (index >= kExamples.size()) return fail(errc::invalid_argument, "BTF: there is no example of a layout of kinds");
  Builder builder;
  kExamples[index](builder);
  return builder.encode();
}

}  // namespace ebpf::btf
