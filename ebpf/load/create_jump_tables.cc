// Pass: each jump table of a program becomes a map of its own (BPF_MAP_TYPE_INSN_ARRAY, Linux 6.19), which the kernel
// turns into addresses when it loads the program. An element says which instruction of the program it stands for; the
// map must be frozen before the program is loaded. The program keeps it alive.
#include <cerrno>
#include <cstdint>

#include "ebpf/base/text.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

// struct bpf_insn_array_value of <linux/bpf.h>: the kernel fills in what is 0.
struct Element {
  std::uint32_t original_slot;
  std::uint32_t translated_slot = 0;
  std::uint32_t jited_offset = 0;
  std::uint32_t pad = 0;
};
static_assert(sizeof(Element) == 16);

Result<Fd> create(const JumpTable& table, Token& token) {
  MapSpec spec;
  spec.name = table.name;
  spec.type = MapType::insn_array;
  spec.key_size = sizeof(std::uint32_t);
  spec.value_size = sizeof(Element);
  spec.max_entries = static_cast<std::uint32_t>(table.targets.size());
  MapAttributes attributes = attributes_of(spec);
  auto map = create_map(attributes, {}, /*btf_fd=*/-1, token);
  if (map || map.error().os_error() != EINVAL) return map;
  return fail(errc::not_supported, EINVAL,
              "this kernel has no jump tables (Linux 6.19 has); compile without, by -fno-jump-tables");
}

Result<void> fill(const JumpTablePlan& planned) {
  for (std::uint32_t i = 0; i < planned.table->targets.size(); ++i) {
    const Element element{.original_slot = planned.start + planned.table->targets[i]};
    const int result = sys::map_update_elem(planned.map.get(), &i, &element, sys::kElemAny);
    if (result != 0) return fail_errno(-result, "write element ", i);
  }
  return sys::map_freeze(planned.map.get());
}

Result<void> make(JumpTablePlan& planned, Token& token) {
  EBPF_TRY(planned.map, create(*planned.table, token));
  return fill(planned);
}

}  // namespace

Result<void> create_jump_tables(LoadPlan& plan) {
  return plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    for (JumpTablePlan& planned : program.jump_tables)
      EBPF_CHECK_IN(make(planned, plan.token), "jump table ", quoted(planned.table->name));
    return {};
  });
}

}  // namespace ebpf::loader
