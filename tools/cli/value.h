// Values of BPF variables as text: printed by their BTF type (btf/print_value.h), and read from the command line.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/json.h"
#include "ebpf/btf/print_value.h"
#include "ebpf/spec/spec.h"

namespace ebpf::cli {

using btf::value_to_json;
using btf::value_to_text;

// Sets a variable, or the part of it that `path` leads to, from a text: a number (decimal, 0x…, negative), true or
// false, the name of an enumerator, a floating point number, a text for an array of char. A structure is set member by
// member, "{rate = 5, limits = [1, 2]}", as value_to_text prints it and also as JSON has it; members that are not
// named, and elements behind the last one given, keep their values. The paths of what was set one by one are added to
// `leaves`, where it is not null. Errors: not_found, type_mismatch, out_of_range, invalid_argument; then some of it may
// be set.
Result<void> set_from_text(VariableSpec& variable, std::string_view path, std::string_view text,
                           std::vector<std::string>* leaves = nullptr);

// The same from "NAME=VALUE", where NAME may have a path: "limits[2].rate=5".
Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment);

// Where the name of a thing ends and a path begins, in "NAME.member[3]": names may have dots themselves, so that the
// longest one counts. nullopt where the text begins with none of the names.
struct NameAndPath {
  std::string_view name;
  std::string_view path;  // without the dot; may be empty
};
std::optional<NameAndPath> split_name(std::string_view text, std::span<const std::string_view> names);

}  // namespace ebpf::cli
