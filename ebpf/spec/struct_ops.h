// StructOpsSpec: editing a structure of callbacks before it is loaded.
//
//     EBPF_TRY(auto ops, StructOpsSpec::of(spec, "my_scheduler"));
//     EBPF_CHECK(ops.set("timeout_ms", 5000u));
//     EBPF_CHECK(ops.set_text("name", "mine"));
//     EBPF_CHECK(ops.set_callback("enqueue", "enqueue_by_weight"));
//     EBPF_CHECK(ops.clear_callback("dump"));
//
// What it edits are MapSpec::data and MapSpec::callbacks, and nothing else but the autoload of programs that stop being
// a callback of anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "ebpf/base/error.h"
#include "ebpf/spec/spec.h"

namespace ebpf {

// A view of a map of a spec. Valid as long as no map is added to the spec or taken from it.
class StructOpsSpec {
 public:
  // `map`: the name of the variable in .struct_ops or .struct_ops.link. Errors: not_found; invalid_argument for another
  // type of map.
  static Result<StructOpsSpec> of(CollectionSpec& spec, std::string_view map);

  MapSpec& map() const { return *map_; }

  // A member that is data, by its name or path in C's words ("weights[2]", "inner.limit"). Conversions and errors are
  // those of VariableSpec::set and get. Errors: not_found; unsupported_input for a bit-field.
  template <class T>
  Result<void> set(std::string_view member, const T& value) const {
    VariableSpec whole = as_variable();
    EBPF_CHECK(whole.set_field(member, value));
    map_->data = std::move(whole.value);
    return {};
  }
  template <class T>
  Result<T> get(std::string_view member) const {
    return as_variable().get_field<T>(member);
  }
  // A member that is an array of characters: the text and zeroes up to the end. Errors: out_of_range where no zero
  // would be left.
  Result<void> set_text(std::string_view member, std::string_view text) const;

  // Makes a program the member's callback, or leaves it without one. A program that is no callback of any map
  // afterwards is switched off (ProgramSpec::autoload). Errors: not_found, with the nearest name; type_mismatch where
  // the member is no pointer to a function, or the program is of another type.
  Result<void> set_callback(std::string_view member, std::string_view program) const;
  Result<void> clear_callback(std::string_view member) const;
  // The program that is the member's callback; empty where there is none.
  std::string_view callback(std::string_view member) const;

 private:
  StructOpsSpec(CollectionSpec& spec, MapSpec& map) : spec_(&spec), map_(&map) {}
  VariableSpec as_variable() const;
  Result<void> require_function(std::string_view member) const;

  CollectionSpec* spec_;
  MapSpec* map_;
};

}  // namespace ebpf
