// The merge sort of sort.h, from short runs upwards.
#include "ebpf/base/sort.h"

#include <algorithm>

namespace ebpf {

std::vector<std::size_t> sorted_places(std::size_t count, const void* context,
                                       bool (*less)(const void* context, std::size_t a, std::size_t b)) {
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
        const bool take_right = left == middle || (right != end && less(context, from[right], from[left]));
        to[out] = from[take_right ? right++ : left++];
      }
    }
    std::swap(from, to);
  }
  return from;
}

}  // namespace ebpf
