// NameSearch: many names looked for in one pass over a table of types.
//
// A kernel's table has over 100,000 types and no index of names. Making one would cost more than all that a program
// ever asks of it, so the questions are collected first and one walk answers them all: of each type one word is read,
// and of those of a wanted kind the first two characters of the name.
//
//     NameSearch search;
//     const auto task = search.add({.name = "task_struct", .kinds = kind_bit(Kind::structure)});
//     search.run(types);
//     for (TypeId id : search.matches(task)) …
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// A set of kinds, one bit each.
using KindSet = std::uint32_t;
constexpr KindSet kind_bit(Kind kind) { return KindSet{1} << static_cast<unsigned>(kind); }

// A name without its flavour: "task_struct" of "task_struct___old". A flavour begins at the last three underscores that
// stand between other characters, and is how a program describes several versions of one type of the kernel. (As
// libbpf defines it.)
std::string_view essential_name(std::string_view name);

struct NameQuery {
  std::string_view name;
  KindSet kinds;
  // Types whose essential name it is, instead of those of the very name.
  bool any_flavour = false;
};

// A value. `run` may be called for several tables, one after another: the matches are then those of the last one.
class NameSearch {
 public:
  NameSearch() { heads_.fill(kNone); }

  // Returns the number under which matches() has the answer. An empty name matches nothing.
  std::size_t add(const NameQuery& query);
  std::size_t size() const { return entries_.size(); }

  // Walks over the types of the table itself, not over those of its base.
  void run(const Spec& types);

  // The types found, by id, ascending.
  std::span<const TypeId> matches(std::size_t query) const { return entries_[query].matches; }

 private:
  struct Entry {
    std::string name;
    KindSet kinds;
    bool any_flavour;
    std::uint32_t next;  // in the same bucket
    std::vector<TypeId> matches;
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kBuckets = 1024;  // by the first two characters

  static std::size_t bucket(unsigned char first, unsigned char second) { return (first * 37u + second) % kBuckets; }
  template <ByteOrder kOrder>
  void walk(const Spec& types);
  template <ByteOrder kOrder, class Names>
  void walk_block(const Names& names, const std::byte* at, TypeId first, TypeId end);
  void compare(std::uint32_t entry, Kind kind, const char* name, TypeId id);

  std::vector<Entry> entries_;
  std::array<std::uint32_t, kBuckets> heads_;
  // Entries whose name has a single character: what follows it in a type's name may be a flavour.
  std::uint32_t short_names_ = kNone;
  KindSet kinds_ = 0;
};

}  // namespace ebpf::btf
