// StringTable.
#include "ebpf/btf/string_table.h"

#include <functional>
#include <utility>

namespace ebpf::btf {
namespace {

constexpr std::size_t kFirstPlaces = 64;

std::uint32_t hash_of(std::string_view text) {
  const std::size_t hash = std::hash<std::string_view>()(text);
  return static_cast<std::uint32_t>(hash ^ (hash >> 16 >> 16));
}

// Calls visit(text, offset) for each string of a section.
template <class Visit>
void for_each_string(ByteView strings, std::uint32_t start, Visit visit) {
  for (std::uint64_t at = 0; at < strings.size();) {
    const auto text = strings.c_string(at);
    if (!text) return;  // not terminated: cannot be named
    visit(*text, static_cast<std::uint32_t>(start + at));
    at += text->size() + 1;
  }
}

}  // namespace

StringTable::StringTable() : own_(1) {}

void StringTable::continue_after(std::shared_ptr<const Spec> base) {
  base_ = std::move(base);
  start_ = base_->first_string() + static_cast<std::uint32_t>(base_->string_section().size());
  for (const Spec* layer = base_.get(); layer != nullptr; layer = layer->base().get())
    for_each_string(layer->string_section(), layer->first_string(),
                    [this](std::string_view text, std::uint32_t offset) { learn(text, offset); });
}

void StringTable::begin_with(const Spec& table) {
  const ByteView strings = table.string_section();
  const auto* first = reinterpret_cast<const char*>(strings.data());
  if (!strings.empty()) own_.assign(first, first + strings.size());
  for_each_string(strings, start_, [this](std::string_view text, std::uint32_t offset) { learn(text, offset); });
}

std::string_view StringTable::at(std::uint32_t offset) const {
  return offset < start_ ? base_->string(offset) : std::string_view(own_.data() + (offset - start_));
}

// The place that holds the text, or the free one where it belongs.
StringTable::Place* StringTable::place_of(std::string_view text, std::uint32_t hash) {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Place& place = places_[i];
    if (place.offset == 0 || (place.hash == hash && at(place.offset) == text)) return &place;
  }
}

void StringTable::grow() {
  std::vector<Place> old(places_.empty() ? kFirstPlaces : places_.size() * 2);
  old.swap(places_);
  const std::size_t mask = places_.size() - 1;
  for (const Place& place : old) {
    if (place.offset == 0) continue;
    std::size_t i = place.hash & mask;
    while (places_[i].offset != 0) i = (i + 1) & mask;
    places_[i] = place;
  }
}

void StringTable::learn(std::string_view text, std::uint32_t offset) {
  if (text.empty()) return;
  if (used_ * 2 >= places_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  Place* place = place_of(text, hash);
  if (place->offset != 0) return;
  *place = {hash, offset};
  ++used_;
}

std::uint32_t StringTable::add(std::string_view text) {
  if (text.empty()) return 0;
  if (used_ * 2 >= places_.size()) grow();
  const std::uint32_t hash = hash_of(text);
  Place* place = place_of(text, hash);
  if (place->offset != 0) return place->offset;
  const auto offset = static_cast<std::uint32_t>(end());
  own_.insert(own_.end(), text.begin(), text.end());
  own_.push_back('\0');
  *place = {hash, offset};
  ++used_;
  return offset;
}

}  // namespace ebpf::btf
