// The nearest-name search behind did_you_mean(), and the loud end of a careless look-up.
#include "ebpf/base/found.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace ebpf {
namespace {

constexpr std::size_t kLongestName = 64;  // names come from files: the search must stay cheap

// Levenshtein distance: how many letters to insert, drop or replace. One row of the table is kept. Both are at most
// kLongestName long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::size_t row[kLongestName + 1];
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

void found_detail::stop(const Error& error) {
  (void)report(error);
  std::abort();
}

Result<std::size_t> found_detail::place_of(const Names& names, std::string_view name, std::string_view what) {
  std::size_t place = names.count;
  for (std::size_t i = 0; i < names.count; ++i) {
    if (names.at(names.things, i) != name) continue;
    if (place != names.count) return fail(errc::invalid_argument, "there is more than one ", what, " ", quoted(name));
    place = i;
  }
  if (place != names.count) return place;
  std::vector<std::string_view> candidates;
  for (std::size_t i = 0; i < names.count; ++i) candidates.push_back(names.at(names.things, i));
  return fail(errc::not_found, "there is no ", what, " ", quoted(name), did_you_mean(name, candidates));
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t kMostCandidates = 4096;
  if (name.size() > kLongestName || candidates.size() > kMostCandidates) return {};
  std::string_view best;
  std::size_t best_distance = name.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    // No nearer than the lengths are.
    const std::size_t least =
        candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (candidate.size() > kLongestName || least > best_distance) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > best_distance || (distance == best_distance && !best.empty())) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view best = nearest(name, candidates);
  return best.empty() ? std::string() : cat("; did you mean ", quoted(best), "?");
}

}  // namespace ebpf
