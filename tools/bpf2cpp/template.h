// Texts with places to be filled in.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ebpf::bpf2cpp {

// The text with each `{{name}}` replaced. A place that stands alone on its line is replaced with the line: nothing is
// left of it where the replacement is empty. A name that is not given stays as it is.
std::string fill(std::string_view text, std::initializer_list<std::pair<std::string_view, std::string_view>> places);

}  // namespace ebpf::bpf2cpp
