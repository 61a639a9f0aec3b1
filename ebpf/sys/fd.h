// Fd: the owner of a file descriptor. Users see it: every kernel object of this library is an Fd plus what was learnt
// about it.
//
// An Fd is close-on-exec and never 0, 1 or 2. Code that goes to the background, or that opens /dev/null "where standard
// input was", replaces those three without asking who owns them, and a BPF object living there would be gone.
#pragma once

#include <utility>

#include "ebpf/base/error.h"

namespace ebpf {

// Move-only. Not synchronised: closing an Fd while another thread uses its number is the caller's race to prevent.
class Fd {
 public:
  constexpr Fd() = default;

  // Takes ownership of `raw`, which is close-on-exec already (the kernel makes every BPF descriptor so). A descriptor
  // 0..2 is moved to 3 or above and its old number is closed. `raw` is closed also where this fails: with EBADF for a
  // negative number, EMFILE where there is no room to move to.
  static Result<Fd> adopt(int raw);

  constexpr Fd(Fd&& other) noexcept : raw_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      raw_ = other.release();
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }

  // The descriptor, still owned by this object; -1 where there is none.
  constexpr int get() const { return raw_; }
  constexpr bool valid() const { return raw_ >= 0; }

  // The descriptor, owned by the caller from here on; -1 where there was none.
  [[nodiscard]] constexpr int release() { return std::exchange(raw_, -1); }

  // Closes now rather than at the end of the object's life. Leaves errno as it was; does nothing when called again.
  void close() noexcept;

  // A second descriptor, close-on-exec and at least 3, for the same kernel object. EBADF where this owns none.
  Result<Fd> duplicate() const;

 private:
  constexpr explicit Fd(int raw) : raw_(raw) {}

  int raw_ = -1;
};

}  // namespace ebpf
