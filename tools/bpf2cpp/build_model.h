// From what an object describes to what its header says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/spec/spec.h"
#include "tools/bpf2cpp/model.h"

namespace ebpf::bpf2cpp {

// What records a ring buffer or perf event array has, which the object does not say.
struct RecordType {
  std::string map;
  std::string type;
};

struct Options {
  std::string name_space = {};  // "acme::counter"; empty: after the object
  std::string class_name = {};  // instead of "Object"; the other class is then called "<class_name>Spec"
  std::vector<std::string> types = {};
  std::vector<RecordType> records = {};
};

// Errors: invalid_argument for a namespace or class that cannot be called so.
Result<void> check_names(const Options& options);

// `file_name` is the object's; the names are checked. Errors: not_found for a type or map of the options that the
// object has not, invalid_argument for one that cannot be what it is to be; others are the object's.
Result<Model> build_model(const CollectionSpec& spec, std::string_view file_name, const Options& options);

// The class of a typed program (ebpf/typed_program.h), without its namespace; and whether its section says to what it
// is attached.
struct ProgramClass {
  std::string_view name;
  bool attaches_by_name;
};
ProgramClass program_class(const ProgramSpec& program);

// A typed map (ebpf/typed_map.h) with its arguments to be filled in: "HashMap<{key}, {value}>". Empty: OtherMap.
std::string_view map_class(const MapSpec& map);

}  // namespace ebpf::bpf2cpp
