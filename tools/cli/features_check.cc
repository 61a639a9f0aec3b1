// ebpf features --require: a question whose answer is an exit status, and a line for each feature that is not there.
#include <algorithm>

#include "ebpf/base/text.h"
#include "ebpf/sys/kernel_version.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Answer;
using features::Feature;
using features::Verdict;

// "denied by seccomp", "absent"
std::string verdict_text(const Answer& answer) {
  const std::string_view by = features::name(answer.denied_by);
  return by.empty() || answer.denied_by == features::Denier::unclear ? std::string(features::name(answer.verdict))
                                                                     : cat(features::name(answer.verdict), " by ", by);
}

}  // namespace

// What is unknown cannot be relied upon, and is no better than absent to who requires it.
ExitStatus status_of(const features::Answer& answer) {
  return answer.verdict == Verdict::supported ? kOk : answer.verdict == Verdict::denied ? kDenied : kNo;
}

// The first sentence of the first line: what comes behind says where was looked, and what a program could do.
std::string_view cause(const Answer& answer) {
  std::string_view text = answer.sentence;
  for (const std::string_view end : {"\n", "; tried:", ". "}) text = text.substr(0, text.find(end));
  return text;
}

bool is_supported(const Feature& feature) { return features::probe(feature).verdict == Verdict::supported; }

std::string remedy(const Feature& feature) {
  const features::Version since = features::since(feature);
  const std::uint32_t running = sys::running_kernel_version().value_or(0);
  std::string out;
  if (since.major != 0 && running < sys::kernel_version(since.major, since.minor, 0))
    out = cat("Linux ", features::text(since));
  const std::string_view option = features::needs_config(feature);
  // Of a helper it is the option of the type of program, which may be there.
  const bool is_for_type = feature.group == features::Group::helper;
  const bool helps = !option.empty() && !is_supported(features::config_option(std::string(option))) &&
                     !(is_for_type && is_supported(features::feature(ProgramType{feature.number})));
  if (helps) out += cat(out.empty() ? "" : " with ", option);
  return out;
}

std::string explanation(std::string_view name, const Feature& feature, const Answer& answer) {
  std::string out = cat(printable(name), ": ", verdict_text(answer));
  if (!answer.sentence.empty()) out += cat(": ", cause(answer));
  if (answer.verdict != Verdict::absent) return out;
  if (const std::string what = remedy(feature); !what.empty()) out += cat(" (needs ", what, ")");
  return out;
}

// First all the names, so that a typing error is found on every kernel.
ExitStatus require_features(std::string_view list) {
  constexpr std::size_t kMostNamed = 16;
  std::vector<Feature> wanted;
  std::size_t misspelt = 0;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (name.empty()) continue;
    auto feature = features::parse_feature(name);
    if (feature) {
      wanted.push_back(*std::move(feature));
    } else if (misspelt++ == kMostNamed) {
      diagnose("features: and more such names; what is behind ", quoted(name), " was not looked at");
      break;
    } else {
      print_error(feature.error());
    }
  }
  if (misspelt != 0) return kUsage;
  if (wanted.empty()) {
    print_error(Error(errc::invalid_argument, "features: --require wants names, such as map:ringbuf,prog:xdp"));
    return kUsage;
  }
  ExitStatus status = kOk;
  for (const Feature& feature : wanted) {
    const Answer answer = features::probe(feature);
    if (answer.verdict == Verdict::supported) continue;
    print(explanation(features::name(feature), feature, answer), "\n");
    status = graver(status, status_of(answer));
  }
  return status;
}

}  // namespace ebpf::cli
