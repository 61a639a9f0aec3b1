// What the tables of the groups say without asking any kernel: words, versions, options. Internal.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ebpf/features/answer.h"
#include "ebpf/sys/types.h"

namespace ebpf::features {

// What every row of a group with words of its own begins with.
struct Row {
  std::string_view word;
  Version since{};
  std::string_view config{};  // the option without which it is absent
};

// Row `number` of a group's table; null behind its end.
const Row* system_row(std::uint32_t number);
const Row* mount_row(std::uint32_t number);
const Row* capability_row(std::uint32_t number);
const Row* map_flag_row(std::uint32_t number);
const Row* btf_row(std::uint32_t number);
const Row* isa_row(std::uint32_t number);
const Row* misc_row(std::uint32_t number);
// By the kernel's number; the word is that of sys/types.h.
const Row* map_row(std::uint32_t number);
const Row* program_row(std::uint32_t number);
const Row* attach_row(std::uint32_t number);
const Row* link_row(std::uint32_t number);

Version helper_since(std::uint32_t helper);

// The options of the configuration that have to do with BPF.
std::span<const std::string_view> known_options();

}  // namespace ebpf::features
