// stable_sort(): std::stable_sort and std::sort are one to four kilobytes of code for every type that is sorted; this
// is one merge sort of places for all of them, and a few instructions for each.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace ebpf {

// A row of things, for who does not know of what type they are.
struct SortableRow {
  const void* less;
  void* first;
  std::size_t count;
  // Of the things at two places.
  bool (*is_less)(const SortableRow& row, std::size_t a, std::size_t b);
  void (*swap)(const SortableRow& row, std::size_t a, std::size_t b);
};

// Puts them in order; what is equal keeps its own. Takes O(n log n) comparisons, whatever the input, and no more than n
// swaps.
void stable_sort(const SortableRow& row);

// Sorts a vector, or what is behind its first elements.
template <class T, class Less = std::less<>>
void stable_sort(std::vector<T>& all, Less less = {}, std::size_t first = 0) {
  stable_sort(SortableRow{
      .less = &less,
      .first = all.data() + first,
      .count = all.size() - first,
      .is_less =
          [](const SortableRow& row, std::size_t a, std::size_t b) {
            const T* const things = static_cast<const T*>(row.first);
            return static_cast<bool>((*static_cast<const Less*>(row.less))(things[a], things[b]));
          },
      .swap =
          [](const SortableRow& row, std::size_t a, std::size_t b) {
            T* const things = static_cast<T*>(row.first);
            std::swap(things[a], things[b]);
          },
  });
}

}  // namespace ebpf
