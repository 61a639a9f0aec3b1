// What the verifier's decisive lines mean, for people who do not read its source. Internal.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ebpf::loader {

// One cause of refusals: the forms in which kernels say it, and what that means.
struct VerifierCause {
  // Any of these is in a line that says it; '*' stands for any text.
  std::span<const std::string_view> patterns;
  // $1 is what the first '*' of the pattern stood for.
  std::string_view meaning;
};

// The causes that are known; where several match, the first counts.
std::span<const VerifierCause> verifier_causes();

// What the decisive lines of a log (VerifierReport::reason) mean; empty where no cause matches.
std::string explain_cause(std::string_view reason);

}  // namespace ebpf::loader
