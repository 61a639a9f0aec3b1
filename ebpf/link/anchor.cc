// Anchors relative to another program or link.
#include "ebpf/link/anchor.h"

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {
namespace {

std::uint32_t number(const Fd& fd) { return static_cast<std::uint32_t>(fd.get()); }

}  // namespace

Anchor Anchor::before(const Program& program) { return {sys::kAttachBefore, number(program.fd())}; }
Anchor Anchor::before(const Link& link) { return {sys::kAttachBefore | sys::kAttachLink, number(link.fd())}; }
Anchor Anchor::after(const Program& program) { return {sys::kAttachAfter, number(program.fd())}; }
Anchor Anchor::after(const Link& link) { return {sys::kAttachAfter | sys::kAttachLink, number(link.fd())}; }

}  // namespace ebpf
