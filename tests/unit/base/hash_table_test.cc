// Tests of hash_table.h.
#include "ebpf/base/hash_table.h"

#include <random>
#include <string>
#include <unordered_map>

#include "tests/support/test.h"

using namespace ebpf;

TEST_CASE("HashTable: as std::unordered_map, while it grows") {
  std::mt19937_64 random(1);
  HashTable<std::uint64_t> ours;
  std::unordered_map<std::uint64_t, std::size_t> theirs;
  CHECK(ours.find(0) == nullptr);
  for (std::size_t i = 0; i < 5000; ++i) {
    // Small numbers, numbers with the same low bits, and any.
    const std::uint64_t key = i % 3 == 0 ? random() % 1000 : i % 3 == 1 ? (random() % 1000) << 32 : random();
    const auto put = ours.put(key, i);
    const auto [entry, is_new] = theirs.try_emplace(key, i);
    CHECK(put.is_new == is_new);
    CHECK(put.value == entry->second);
  }
  CHECK(ours.size() == theirs.size());
  for (const auto& [key, value] : theirs) {
    REQUIRE(ours.contains(key));
    CHECK(*ours.find(key) == value);
  }
  for (std::uint64_t key = 1000; key < 2000; ++key) CHECK(ours.contains(key) == theirs.contains(key));
}

TEST_CASE("HashTable: texts, the empty one too; values can be changed") {
  const std::string words[] = {"", "a", "b", "ab", "a", "", "a"};
  HashTable<std::string_view> times;
  for (const std::string& word : words) ++times.put(word).value;
  CHECK(times.size() == 4);
  CHECK(*times.find("") == 2);
  CHECK(*times.find("a") == 3);
  CHECK(*times.find("ab") == 1);
  CHECK_FALSE(times.contains("ba"));
}

TEST_CASE("HashTable: nothing is left after clear()") {
  HashTable<std::uint64_t> table;
  for (std::uint64_t key = 0; key < 100; ++key) table.put(key, 1);
  table.clear();
  CHECK(table.size() == 0);
  for (std::uint64_t key = 0; key < 100; ++key) CHECK_FALSE(table.contains(key));
  CHECK(table.put(7, 2).is_new);
  CHECK(table.size() == 1);
}
