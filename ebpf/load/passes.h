// The passes of the loader, each in a file of its name. The order in which they run is the table in load.cc.
#pragma once

#include <span>

#include "ebpf/asm/slot.h"
#include "ebpf/base/error.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// Lays the initial values of variables over the bytes of their sections.
Result<void> lay_out_data(LoadPlan& plan);
// Appends to each program the subprograms that it calls or takes the address of, and points the calls at them.
Result<void> link_subprograms(LoadPlan& plan);
// Adds types for functions that are given the program's context, as kernels before 6.8 want them.
Result<void> name_contexts(LoadPlan& plan);
// Fills in the kernel configuration options that programs read.
Result<void> resolve_kconfig(LoadPlan& plan);
// Finds out which symbols the kernel is to define, and how each is to be looked up.
Result<void> resolve_externs(LoadPlan& plan);
// Fills in the sizes of maps that depend on the machine: CPUs, pages.
Result<void> size_maps(LoadPlan& plan);
// Refuses a plan in which an instruction, a slot or an initial entry refers to what is not there or does not fit.
Result<void> check_references(LoadPlan& plan);
// Whether the program that a map is exclusive to is one that is loaded. A part of check_references.
Result<void> check_exclusive(LoadPlan& plan, const MapSpec& map);
// Finds what programs attach to that attach to other programs.
Result<void> find_program_targets(LoadPlan& plan);
// Opens the kernel's types if programs ask for some, and finds all that they ask for.
Result<void> search_kernel_types(LoadPlan& plan);
// Brings the values of struct_ops maps into the kernel's layout, and tells programs which member they are.
Result<void> resolve_struct_ops(LoadPlan& plan);
// Fits instructions that depend on the layout of the kernel's types to this kernel.
Result<void> relocate_core(LoadPlan& plan);
// Puts the BTF ids and addresses of the kernel's symbols into the instructions that use them.
Result<void> relocate_externs(LoadPlan& plan);
// Makes a BPF token where one is asked for.
Result<void> make_token(LoadPlan& plan);
// Opens the BTF of modules that programs refer to.
Result<void> open_modules(LoadPlan& plan);
// Gives the object's types to the kernel.
Result<void> load_btf(LoadPlan& plan);
// Puts maps that the caller has in the place of those that they replace.
Result<void> replace_maps(LoadPlan& plan);
// Opens maps that are pinned by name and exist already.
Result<void> open_pins(LoadPlan& plan);
// Creates the others.
Result<void> create_maps(LoadPlan& plan);
// Writes what maps contain from the start, except programs, and freezes those that are constant from here on: the
// verifier knows the values of a frozen map.
Result<void> fill_maps(LoadPlan& plan);
// Pins new maps that are to be pinned by name, now that they are complete.
Result<void> pin_maps(LoadPlan& plan);
// Makes the maps that are the jump tables of programs.
Result<void> create_jump_tables(LoadPlan& plan);
// Writes the descriptors of maps into the instructions that refer to them.
Result<void> bind_references(LoadPlan& plan);
// The same for the code of one program, or a copy of it.
void bind_maps(LoadPlan& plan, const ProgramPlan& program, std::span<insn::Slot> code);
// Loads the programs.
Result<void> load_programs(LoadPlan& plan);
// Writes programs into the program arrays that contain them from the start, also into one that was pinned: tail calls
// must not go on to the programs of an earlier load.
Result<void> fill_program_arrays(LoadPlan& plan);
// Writes programs into the values of struct_ops maps, which the kernel gets when they are attached.
Result<void> fill_struct_ops(LoadPlan& plan);

}  // namespace ebpf::loader
