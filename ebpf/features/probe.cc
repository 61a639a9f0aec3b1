// The one context of the process, its lock, and which probe answers for which group.
#include "ebpf/features/probe.h"

#include <memory>
#include <mutex>

#include "ebpf/features/context.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

constinit std::mutex lock;
// Made when it is first needed; never destroyed, since other threads may still ask while the process ends.
constinit Context* only = nullptr;
constinit bool loud = false;

Context& context() {
  if (only == nullptr) only = new Context();
  only->loud = loud;
  return *only;
}

Answer answer(Context& context, const Feature& feature) {
  if (!is_known(feature)) return unknown(0, "this library knows no such feature");
  const auto type = ProgramType{feature.number};
  switch (feature.group) {
    case Group::system:
      return probe_system(context, feature.number);
    case Group::mount:
      return probe_mount(feature.number);
    case Group::capability:
      return probe_capability(feature.number);
    case Group::config:
      return probe_config(context, feature.word);
    case Group::program:
      return probe_program(context, type);
    case Group::map:
      return probe_map(context, MapType{feature.number});
    case Group::map_flag:
      return probe_map_flag(context, feature.number);
    case Group::attach:
      return probe_attach(context, AttachType{feature.number});
    case Group::link:
      return probe_link(context, LinkType{feature.number});
    case Group::btf:
      return probe_btf(context, feature.number);
    case Group::isa:
      return probe_isa(context, feature.number);
    case Group::misc:
      return probe_misc(context, feature.number);
    case Group::helper:
      return probe_helper(context, type, static_cast<insn::helper>(feature.helper));
    case Group::kfunc:
      return probe_kfunc(context, feature.word, type);
  }
  return {};
}

}  // namespace

const Answer& ask(Context& context, const Feature& feature) {
  if (feature.group == Group::helper && is_known(feature)) {
    const std::vector<Answer>& of_type = context.helpers[feature.number];
    if (!of_type.empty()) return of_type[feature.helper];
  }
  if (const Answer* known = context.known(feature)) return *known;
  return context.keep(feature, answer(context, feature));
}

Answer probe(const Feature& feature) {
  const std::lock_guard guard(lock);
  return ask(context(), feature);
}

namespace {

// For the time of one question.
class Reached {
 public:
  Reached(Context& context, int token) : context_(context) {
    context_.reached = true;
    context_.token = token;
  }
  Reached(const Reached&) = delete;
  Reached& operator=(const Reached&) = delete;
  ~Reached() {
    context_.reached = false;
    context_.token = -1;
  }

 private:
  Context& context_;
};

}  // namespace

Verdict probe_after_refusal(btf::Feature feature, int token) {
  const std::lock_guard guard(lock);
  const Reached reached(context(), token);
  return ask_btf(context(), feature).verdict;
}

std::vector<Answer> probe_helpers(ProgramType type) {
  const std::lock_guard guard(lock);
  if (!is_known(feature(type)))
    return std::vector<Answer>(kHelperCount, unknown(0, "this library knows no such type of program"));
  Context& all = context();
  std::vector<Answer>& known = all.helpers[static_cast<std::size_t>(type)];
  if (known.empty()) known = probe_all_helpers(all, type);
  return known;
}

std::vector<std::string> list_kfuncs() {
  const std::lock_guard guard(lock);
  return context().kfunc_names();
}

void allow_loud_probes(bool allowed) {
  const std::lock_guard guard(lock);
  if (loud == allowed) return;
  loud = allowed;
  delete std::exchange(only, nullptr);
}

bool is_too_loud(const Feature& feature) {
  const std::lock_guard guard(lock);
  return !loud && feature.group == Group::helper && is_loud_helper(feature.helper);
}

void forget() {
  const std::lock_guard guard(lock);
  delete std::exchange(only, nullptr);
}

}  // namespace ebpf::features
