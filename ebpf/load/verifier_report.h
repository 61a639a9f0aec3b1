// Reading a verifier log: which instruction was refused, from which source line it comes, and why. Internal.
#pragma once

#include <string>
#include <string_view>

#include "ebpf/base/error.h"

namespace ebpf::loader {

// The report without the source line, which the log alone may not have. Any text gives a report.
VerifierReport read_verifier_log(std::string log);

// The slot of the instruction in the report; nothing where the log has none.
// "27: (79) r3 = *(u64 *)(r1 +0)" is slot 27.
bool instruction_slot(std::string_view instruction, std::uint32_t& slot);

// The report as the lines that follow "verifier rejected the program".
std::string format_report(const VerifierReport& report);

}  // namespace ebpf::loader
