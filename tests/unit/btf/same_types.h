// Whether two types of two tables say the same: every word of their records, names compared as texts, and numbers of
// types through what the caller says about which became which.
#pragma once

#include <functional>
#include <string>

#include "ebpf/btf/btf.h"
#include "ebpf/btf/records.h"
#include "tests/support/test.h"

namespace ebpf::btf {

using Renumber = std::function<TypeId(TypeId)>;

// A record as text: what differs is seen at once where a test fails.
inline std::string record_text(const Spec& types, const Records& records, TypeId id, const Renumber& renumber) {
  const auto record = records[id];
  std::vector<std::uint32_t> words(record.begin(), record.end());
  std::string names;
  for_each_name(std::span(words), [&](std::uint32_t& word) {
    names += std::string(types.string(word)) + "|";
    word = 0;
  });
  for_each_reference(std::span(words), [&](std::uint32_t& word) { word = renumber(word); });
  std::string text = names;
  for (const std::uint32_t word : words) text += " " + std::to_string(word);
  return text;
}

inline void check_same_types(const Spec& a, const Spec& b) {
  const auto left = Records::read(a);
  const auto right = Records::read(b);
  REQUIRE(left.has_value());
  REQUIRE(right.has_value());
  REQUIRE(a.type_count() == b.type_count());
  const Renumber same = [](TypeId id) { return id; };
  for (TypeId id = left->first_id(); id < left->end_id(); ++id)
    REQUIRE(record_text(a, *left, id, same) == record_text(b, *right, id, same));
}

}  // namespace ebpf::btf
