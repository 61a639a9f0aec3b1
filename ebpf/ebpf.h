// All that most users need, in one include:
//
//     auto spec = ebpf::CollectionSpec::read_file("counter.bpf.o");
//     if (!spec) return ebpf::report(spec.error());
//     spec->variable("sample_rate")->set(100u);                       // a constant for the verifier
//     auto objects = ebpf::Collection::load(*spec);
//     if (!objects) return ebpf::report(objects.error());
//     auto link = objects->program("count")->attach();                // where its section says
//     auto packets = objects->variable("packets")->as<std::uint64_t>();
//     ... packets->load() ...
//
// The parts are useful alone, too: ebpf/elf/elf.h reads ELF files, ebpf/btf/btf.h types, ebpf/asm/asm.h instructions.
#pragma once

#include "ebpf/base/error.h"
#include "ebpf/btf_object.h"
#include "ebpf/collection.h"
#include "ebpf/kernel/types.h"
#include "ebpf/link/cgroup.h"
#include "ebpf/link/freplace.h"
#include "ebpf/link/iterator.h"
#include "ebpf/link/kprobe.h"
#include "ebpf/link/link.h"
#include "ebpf/link/netfilter.h"
#include "ebpf/link/netns.h"
#include "ebpf/link/perf_event.h"
#include "ebpf/link/probe_multi.h"
#include "ebpf/link/raw_tracepoint.h"
#include "ebpf/link/struct_ops.h"
#include "ebpf/link/tcx.h"
#include "ebpf/link/tracepoint.h"
#include "ebpf/link/tracing.h"
#include "ebpf/link/uprobe.h"
#include "ebpf/link/xdp.h"
#include "ebpf/map.h"
#include "ebpf/memory.h"
#include "ebpf/pin.h"
#include "ebpf/program.h"
#include "ebpf/seq_global.h"
#include "ebpf/spec/spec.h"
#include "ebpf/spec/struct_ops.h"
#include "ebpf/variable.h"
#include "ebpf/variables_of.h"
