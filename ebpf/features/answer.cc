// The words of answers.
#include "ebpf/features/answer.h"

#include "ebpf/base/text.h"

namespace ebpf::features {
namespace {

constexpr std::string_view kVerdicts[] = {"supported", "absent", "denied", "unknown"};
constexpr std::string_view kDeniers[] = {"",    "capability", "sysctl",  "lockdown",
                                         "lsm", "seccomp",    "memlock", "unclear"};

}  // namespace

std::string_view name(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }
std::string_view name(Denier denier) { return kDeniers[static_cast<std::size_t>(denier)]; }

std::string text(Version version) {
  return version == Version{} ? std::string() : cat(unsigned{version.major}, ".", unsigned{version.minor});
}

}  // namespace ebpf::features
