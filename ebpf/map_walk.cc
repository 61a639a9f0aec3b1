// A walk over a map, in batches or key by key. What the kernel answers to BPF_MAP_LOOKUP_BATCH is told by bpf(2) and
// the comments of <linux/bpf.h>; that a hash answers ENOSPC for a bucket without room, by its source.
#include "ebpf/map_walk.h"

#include <algorithm>
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/map.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {
namespace {

// What one system call is to bring, at least one element.
constexpr std::size_t kBatchBytes = 64 << 10;
constexpr std::size_t kBatchElements = 1024;
// A hash goes on from the number of a bucket, other maps from a key.
constexpr std::size_t kSmallestCursor = sizeof(std::uint32_t);
constexpr std::uint64_t kMostInterruptions = 100;

bool is_refusal(int result) {
  return result == -EINVAL || result == -ENOMEM || errno_code(-result) == errc::not_supported;
}

}  // namespace

Result<void> MapWalk::begin() {
  key_size_ = map_->key_size();
  EBPF_TRY(value_size_, map_->value_bytes());
  room_ = std::clamp<std::size_t>(kBatchBytes / std::max<std::size_t>(key_size_ + value_size_, 1), 1, kBatchElements);
  room_ = std::min<std::size_t>(room_, std::max(map_->max_entries(), 1u));
  cursor_.resize(std::max(key_size_, kSmallestCursor));
  next_cursor_.resize(cursor_.size());
  make_room();
  way_ = Way::batches;
  auto fetched = fetch_batch();
  if (way_ == Way::batches) return fetched;
  room_ = 1;
  make_room();
  EBPF_TRY(const bool any, map_->next_key_bytes({}, std::span(cursor_).first(key_size_)));
  at_end_ = !any;
  return {};
}

void MapWalk::make_room() {
  keys_.resize(room_ * key_size_);
  values_.resize(room_ * value_size_);
}

Result<bool> MapWalk::next() {
  if (way_ == Way::unknown) {
    EBPF_CHECK(begin());
    if (fetched_ > 0) return true;
  } else if (is_fetched()) {
    ++index_;
    return true;
  }
  if (way_ == Way::one_by_one) return step();
  while (!at_end_) {
    EBPF_CHECK(fetch_batch());
    if (fetched_ > 0) return true;
  }
  fetched_ = 0;
  return false;
}

// Fetches the batch at the cursor; or finds, at the first, that this map is to be walked key by key.
Result<void> MapWalk::fetch_batch() {
  index_ = 0;
  fetched_ = 0;
  const bool is_first = attempts_ == 0;
  for (std::uint64_t interruptions = 0;; ++interruptions) {
    sys::MapBatchAttr attr;
    attr.in_batch = is_first ? 0 : sys::to_u64(cursor_.data());
    attr.out_batch = sys::to_u64(next_cursor_.data());
    attr.keys = sys::to_u64(keys_.data());
    attr.values = sys::to_u64(values_.data());
    attr.count = static_cast<std::uint32_t>(room_);
    attr.map_fd = static_cast<std::uint32_t>(map_->fd().get());
    const int result = sys::map_lookup_batch(attr);
    if (result == 0 || result == -ENOENT) {
      at_end_ = result == -ENOENT;
      fetched_ = std::min<std::size_t>(attr.count, room_);
      cursor_.swap(next_cursor_);
      ++attempts_;
      return {};
    }
    if (result == -ENOSPC && room_ <= 2 * std::size_t{map_->max_entries()}) {  // a bucket that holds more
      room_ *= 2;
      make_room();
    } else if (is_first && is_refusal(result)) {
      way_ = Way::one_by_one;
      return {};
    } else if (result != -EINTR && result != -EAGAIN) {
      return fail_errno(-result, "map ", quoted(map_->name), ": look up a batch");
    } else if (interruptions >= kMostInterruptions) {
      return fail(errc::busy, "map ", quoted(map_->name), ": elements were removed as fast as they were read");
    }
  }
}

// The element whose key is at the cursor. The key behind it is asked for at once: behind a key that the caller removes,
// the kernel would start from the beginning.
Result<bool> MapWalk::step() {
  index_ = 0;
  fetched_ = 0;
  while (!at_end_) {
    // Where the key is removed by others meanwhile, the kernel starts from the beginning: twice around is enough.
    if (attempts_++ > 2 * std::uint64_t{map_->max_entries()})
      return fail(errc::busy, "map ", quoted(map_->name), ": elements were removed as fast as they were read");
    std::copy_n(cursor_.begin(), key_size_, keys_.begin());
    EBPF_TRY(const bool found, map_->lookup_bytes(keys_, values_));
    EBPF_TRY(const bool more, map_->next_key_bytes(keys_, std::span(cursor_).first(key_size_)));
    at_end_ = !more;
    if (found) return true;
  }
  return false;
}

}  // namespace ebpf
