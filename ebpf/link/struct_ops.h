// Structures of callbacks that the kernel calls in place of its own: congestion control of TCP, schedulers, queueing
// disciplines. Each is a map of type struct_ops, made of a variable in the object:
//
//     SEC(".struct_ops.link") struct tcp_congestion_ops mine = {.ssthresh = (void*)my_ssthresh, …, .name = "mine"};
//
//     EBPF_TRY(auto link, attach_struct_ops(*objects.map("mine")));  // for setsockopt(TCP_CONGESTION, "mine")
//
//     EBPF_CHECK(update_struct_ops(link, *newer.map("mine")));  // for who comes from now on
//
// Source: Documentation/bpf/map_* and kernel/bpf/bpf_struct_ops.c.
#pragma once

#include <vector>

#include "ebpf/collection.h"
#include "ebpf/link/link.h"
#include "ebpf/map.h"

namespace ebpf {

// Registers the structure. What the kernel then does with it is told by its type. A map is registered once in its life:
// load it again to register it again.
//
// A variable of .struct_ops.link is attached by a BPF link: it stays as long as the link does, which can be pinned and
// updated. Linux 6.4. One of .struct_ops has no link in the kernel, which would keep it registered when everybody is
// gone: destroying the Link unregisters it, and Link::disconnect() leaves it to unregister_struct_ops(). Linux 5.6.
//
// CAP_BPF, CAP_PERFMON and what the type asks for (CAP_NET_ADMIN for TCP). Errors: invalid_argument where the map is no
// struct_ops or was not loaded with its programs, or the kernel misses a callback; already_exists where another one is
// registered under its name; busy where the map has been registered before; not_supported; denied.
Result<Link> attach_struct_ops(const Map& map);

// Gives a program a struct_ops map of its own: kernel functions that the program calls, and that ask which structure it
// belongs to, find this one. The program must not be of type struct_ops itself (it belongs to the map that it is a
// callback of), and keeps the map alive. By Linux 7.3. Errors: busy where it has another one; invalid_argument;
// not_supported.
Result<void> associate_struct_ops(const Program& program, const Map& map);

// All struct_ops maps of a collection, in its order, but for those that are left out of it (MapSpec::autoattach). Where
// one fails, those before it are detached again.
Result<std::vector<Link>> attach_struct_ops(const Collection& objects);

// Makes a link's structure another one of the same type, both of .struct_ops.link: users of the old one keep it, those
// who come get the new one. `expected`: only if it is this map's now. Linux 6.4, for types that allow it (of TCP those
// of the same name). Errors: not_supported; invalid_argument.
Result<void> update_struct_ops(const Link& link, const Map& map, const Map* expected = nullptr);

// Unregisters a map of .struct_ops, by whomever it was registered. Errors: not_found where it is not; invalid_argument
// for one that is attached by a link.
Result<void> unregister_struct_ops(const Map& map);

}  // namespace ebpf
