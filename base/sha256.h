// SHA-256 (FIPS 180-4): the hash by which the kernel names programs (Linux 6.18).
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace ebpf {

using Sha256 = std::array<std::byte, 32>;

Sha256 sha256(std::span<const std::byte> bytes);

}  // namespace ebpf
