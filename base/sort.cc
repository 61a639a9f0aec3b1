// The merge sort of sort.h, from short runs upwards.
#include "ebpf/base/sort.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ebpf {

namespace {

// The places 0 … count-1 in the order of what stands at them.
std::vector<std::size_t> sorted_places(const SortableRow& row) {
  const std::size_t count = row.count;
  std::vector<std::size_t> from(count);
  for (std::size_t i = 0; i < count; ++i) from[i] = i;
  std::vector<std::size_t> to(count);
  for (std::size_t width = 1; width < count; width *= 2) {
    for (std::size_t begin = 0; begin < count; begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, count);
      const std::size_t end = std::min(middle + width, count);
      std::size_t left = begin, right = middle;
      for (std::size_t out = begin; out < end; ++out) {
        // The left one where they are equal.
        const bool take_right = left == middle || (right != end && row.is_less(row, from[right], from[left]));
        to[out] = from[take_right ? right++ : left++];
      }
    }
    std::swap(from, to);
  }
  return from;
}

}  // namespace

void stable_sort(const SortableRow& row) {
  std::vector<std::size_t> places = sorted_places(row);
  for (std::size_t i = 0; i < row.count; ++i) {
    // Round a circle of places, each of which gets what belongs there.
    std::size_t at = i;
    while (places[at] != i) {
      const std::size_t next = std::exchange(places[at], at);
      row.swap(row, at, next);
      at = next;
    }
    places[at] = at;
  }
}

}  // namespace ebpf
