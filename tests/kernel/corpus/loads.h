// What is handed to the kernel when one program of an object is loaded alone, by this library or by libbpf, and what
// the kernel says. Both make their system calls through the C library's syscall(), which this file's implementation
// puts itself in front of: nothing of either is asked what it did.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/slot.h"
#include "ebpf/ebpf.h"

namespace ebpf::test {

// The last BPF_PROG_LOAD of a program, without what differs between two loads of the same thing: descriptors are
// replaced by what they stand for.
struct HandedProgram {
  std::vector<insn::Slot> code = {};
  std::vector<std::string> maps = {};         // one for each reference to one: name, type, sizes, flags, types
  std::string attributes = {};                // type, attach type, flags, target, license, name
  std::vector<std::uint32_t> functions = {};  // func_info and line_info
  std::vector<std::uint32_t> lines = {};
};

struct Verdict {
  bool loaded = false;
  // What the kernel said to the program; where it never came to that, what the loader says.
  int os_error = 0;
  std::optional<HandedProgram> handed = {};  // nothing where it never came to BPF_PROG_LOAD
};

// A program of an object, as libbpf lists them.
struct ListedProgram {
  std::string name;
  bool autoload;
};

// Opens the object with libbpf; nothing where it refuses it, with errno in `os_error`.
std::optional<std::vector<ListedProgram>> libbpf_programs(const std::string& path, int& os_error);

// Opens and loads with only this program switched on, and of the maps only those of `needs`.
Verdict libbpf_loads(const std::string& path, const std::string& program, const CollectionSpec& needs);

// The same by this library: `alone` is what CollectionSpec::only made of the object. Of os_error only what the kernel
// said.
Verdict we_load(const CollectionSpec& alone, const std::string& program, const KernelTypes::Shared& types);

// The first thing in which they differ; empty where there is none.
std::string difference(const HandedProgram& ours, const HandedProgram& theirs);

}  // namespace ebpf::test
