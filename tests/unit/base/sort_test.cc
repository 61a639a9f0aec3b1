// Tests of sort.h and words.h.
#include "ebpf/base/sort.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/base/words.h"
#include "tests/support/test.h"

using namespace ebpf;

TEST_CASE("stable_sort: as std::stable_sort, for every length and many orders") {
  std::mt19937 random(1);
  for (std::size_t length = 0; length < 200; ++length) {
    CAPTURE(length);
    std::vector<std::pair<unsigned, std::size_t>> ours;
    for (std::size_t i = 0; i < length; ++i) ours.emplace_back(random() % 16, i);
    auto theirs = ours;
    const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::ranges::stable_sort(theirs, by_first);
    stable_sort(ours, by_first);
    CHECK(ours == theirs);
  }
}

TEST_CASE("stable_sort: what is behind the first elements") {
  std::vector<int> numbers = {9, 8, 3, 1, 2};
  stable_sort(numbers, std::less<>(), 2);
  CHECK(numbers == std::vector<int>{9, 8, 1, 2, 3});
  stable_sort(numbers, std::less<>(), numbers.size());
  CHECK(numbers.front() == 9);
}

TEST_CASE("stable_sort: of what can only be moved") {
  std::vector<std::unique_ptr<int>> all;
  for (const int number : {3, 1, 2}) all.push_back(std::make_unique<int>(number));
  stable_sort(all, [](const auto& a, const auto& b) { return *a < *b; });
  CHECK(*all[0] == 1);
  CHECK(*all[2] == 3);
}

TEST_CASE("words: each by its number, and the number by the word") {
  static constexpr auto kWords = words<[] { return std::to_array<std::string_view>({"red", "", "green", "gre"}); }>();
  static_assert(kWords.size() == 4);
  CHECK(kWords[0] == "red");
  CHECK(kWords[1].empty());
  CHECK(kWords[2] == "green");
  CHECK(kWords[3] == "gre");
  for (std::size_t i = 0; i < kWords.size(); ++i) CHECK(kWords.find(kWords[i]) == i);
  CHECK(kWords.find("gree") == kWords.size());
  CHECK(kWords.find("redgreen") == kWords.size());
}
