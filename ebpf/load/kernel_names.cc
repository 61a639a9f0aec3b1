// Names and where they were found.
#include "ebpf/load/kernel_names.h"

namespace ebpf::loader {

void KernelNames::add(std::string name, btf::Kind kind, std::string_view module, KernelName& out) {
  wanted_.push_back({std::move(name), kind, std::string(module), &out});
}

void KernelNames::ask(btf::NameSearch& search, std::string_view module) {
  for (Wanted& wanted : wanted_) {
    const bool here = wanted.out->type == 0 && (wanted.module.empty() || wanted.module == module);
    wanted.query = search.add({wanted.name, here ? btf::kind_bit(wanted.kind) : 0});
  }
}

void KernelNames::take(const btf::NameSearch& search, std::string_view module) {
  for (const Wanted& wanted : wanted_) {
    const auto found = search.matches(wanted.query);
    if (found.empty()) continue;
    wanted.out->type = found.front();
    wanted.out->module = module == kKernelItself ? std::string_view() : module;
  }
}

bool KernelNames::is_missing_any() const {
  for (const Wanted& wanted : wanted_)
    if (wanted.out->type == 0 && wanted.module != kKernelItself) return true;
  return false;
}

}  // namespace ebpf::loader
