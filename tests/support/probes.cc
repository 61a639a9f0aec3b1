// map_type() and program_type() of requires.h: what the library's own probes say.
#include "ebpf/features/probe.h"
#include "tests/support/requires.h"

namespace ebpf::test {
namespace {

Requirement needs(const features::Feature& feature, const std::string& what) {
  const features::Answer answer = features::probe(feature);
  if (answer.verdict == features::Verdict::supported) return {};
  return {what + ": " + std::string(features::name(answer.verdict)) + ": " + answer.sentence};
}

}  // namespace

Requirement map_type(MapType type) { return needs(features::feature(type), "map type " + std::string(name(type))); }

Requirement program_type(ProgramType type) {
  if (type == ProgramType::tracing) return program_type(type, AttachType::trace_fentry);
  return needs(features::feature(type), "program type " + std::string(name(type)));
}

Requirement program_type(ProgramType type, AttachType attach_type) {
  return needs(features::feature(attach_type),
               "program type " + std::string(name(type)) + ", attach type " + std::string(name(attach_type)));
}

}  // namespace ebpf::test
