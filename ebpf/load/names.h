// NameIndex: which element of a vector has a name. Internal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"

namespace ebpf::loader {

class NameIndex {
 public:
  void add(std::string_view name, std::size_t index) { entries_.emplace_back(name, index); }

  // To be called once all names are in. Errors: invalid_argument where two are the same.
  Result<void> finish(std::string_view what) {
    stable_sort(entries_);
    const auto twice = std::adjacent_find(entries_.begin(), entries_.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != entries_.end())
      return fail(errc::invalid_argument, "there are two ", what, " called ", ebpf::quoted(twice->first));
    return {};
  }

  std::optional<std::size_t> find(std::string_view name) const {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), name,
                         [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    if (found == entries_.end() || found->first != name) return std::nullopt;
    return found->second;
  }

 private:
  std::vector<std::pair<std::string_view, std::size_t>> entries_;
};

}  // namespace ebpf::loader
