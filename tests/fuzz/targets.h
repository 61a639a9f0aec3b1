// What the fuzzers do with their input. Each target reads the bytes as one format and then asks for everything that can
// be asked, following every reference: whatever the bytes are, it must come to an end, with values or with errors.
//
// The same functions are called by libFuzzer (*_fuzz.cc, clang only) and by regression_test.cc, which changes real
// objects at random, but always in the same way, under every compiler.
#pragma once

#include <cstddef>
#include <span>

namespace ebpf::fuzz {

using Input = std::span<const std::byte>;

void read_elf(Input bytes);   // elf/
void read_btf(Input bytes);   // btf/: a .BTF section, or an ELF file that has one
void write_btf(Input bytes);  // btf/: the same input copied, deduplicated, degraded, minimized
void read_spec(Input bytes);  // ebpf/spec/
// btf/ and ebpf/load/, CO-RE: an ELF file, relocated against its own types as if they were a kernel's; or three parts
// of the same length: a program's .BTF, its .BTF.ext, a kernel's .BTF.
void read_core(Input bytes);
void read_instructions(Input bytes);  // asm/: decode, encode, print
void read_assembly(Input bytes);      // asm/: text to code and to objects, which are then read

// What read_core() does with parts: all relocations that they describe are resolved.
void relocate(Input types, Input ext, Input kernel_types);

}  // namespace ebpf::fuzz
