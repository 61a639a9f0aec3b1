// stable_sort(): std::stable_sort and std::sort are three to four kilobytes of code for every type that is sorted; this
// is one merge sort of numbers for all of them, and a few instructions for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace ebpf {

// The places 0 … count-1 in the order of what stands at them; what is equal keeps its order. `less` is called with
// `context` and two places. Takes O(n log n) comparisons, whatever the input.
std::vector<std::size_t> sorted_places(std::size_t count, const void* context,
                                       bool (*less)(const void* context, std::size_t a, std::size_t b));

// Sorts a vector, or what is behind its first elements.
template <class T, class Less = std::less<>>
void stable_sort(std::vector<T>& all, Less less = {}, std::size_t first = 0) {
  const auto is_less = [&](std::size_t a, std::size_t b) {
    return less(std::as_const(all[first + a]), std::as_const(all[first + b]));
  };
  using IsLess = decltype(is_less);
  const std::vector<std::size_t> places = sorted_places(
      all.size() - first, &is_less,
      [](const void* context, std::size_t a, std::size_t b) { return (*static_cast<const IsLess*>(context))(a, b); });
  std::vector<T> sorted;
  sorted.reserve(places.size());
  for (const std::size_t place : places) sorted.push_back(std::move(all[first + place]));
  for (std::size_t i = 0; i < sorted.size(); ++i) all[first + i] = std::move(sorted[i]);
}

}  // namespace ebpf
