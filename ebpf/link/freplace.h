// Replacements: programs of "freplace/…" sections, which take the place of a global function of another program.
//
//     LoadOptions options;
//     options.program_targets = {{.program = "stricter", .target = &dispatcher.fd()}};   // SEC("freplace/decide")
//     EBPF_TRY(auto objects, Collection::load(spec, options));
//     EBPF_TRY(auto link, objects.program("stricter")->attach());
//     EBPF_TRY(auto other, attach_freplace(*objects.program("stricter"), second_dispatcher, "decide"));
//
// The function is replaced as long as the link is there; then it is itself again. It must have the replacement's
// prototype, and not be static.
#pragma once

#include <string_view>

#include "ebpf/btf/btf.h"
#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

// Replaces what the program was loaded for. Once: a function has one replacement at a time. Linux 5.6; CAP_BPF and what
// loading the target took (CAP_SYS_ADMIN before 5.8). Errors: busy where the function is replaced already;
// type_mismatch.
Result<Link> attach_freplace(const Program& program);

// Replaces a function of another target, which must be of the same type as the one that the program was loaded for and
// have a function of the same prototype. Linux 5.10. `types` as in ProgramTarget. Errors: not_found, with the nearest
// name; invalid_argument where the target is not compatible; busy; not_supported.
Result<Link> attach_freplace(const Program& program, const Program& target, std::string_view function,
                             const btf::Spec* types = nullptr);

}  // namespace ebpf
