// Names of features, and what the tables say of them, without any kernel.
#include "ebpf/features/feature.h"

#include <set>
#include <string>

#include "ebpf/kernel/config.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;

TEST_CASE("features: every feature has a name of its own, which parses to it") {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < kGroupCount; ++i) {
    for (const Feature& each : all(static_cast<Group>(i))) {
      const std::string label = features::name(each);
      CAPTURE(label);
      CHECK(seen.insert(label).second);
      const auto parsed = parse_feature(label);
      REQUIRE(parsed);
      CHECK(*parsed == each);
    }
  }
  CHECK(seen.size() > 6900);
}

TEST_CASE("features: names that are relied upon") {
  for (const char* label :
       {"map:ringbuf", "map_flag:mmapable", "prog:lsm", "helper:xdp:redirect_map", "attach:tcx_ingress",
        "link:uprobe_multi", "btf:enum64", "isa:v4", "misc:bounded_loops", "kfunc:bpf_iter_num_new",
        "kfunc:xdp:bpf_dynptr_from_xdp", "config:CONFIG_BPF", "config:CONFIG_ANYTHING_ELSE", "system:jit",
        "mount:tracefs", "cap:net_admin", "helper:tracing:get_func_ret", "helper:xdp:bpf_redirect_map"}) {
    CAPTURE(label);
    CHECK(parse_feature(label));
  }
}

TEST_CASE("features: a name that there is not comes with the nearest") {
  const auto sentence = [](std::string_view name) { return parse_feature(name).error().message(); };
  CHECK(sentence("map:ringbuff").find("\"map:ringbuf\"") != std::string::npos);
  CHECK(sentence("mpa:ringbuf").find("\"map:ringbuf\"") != std::string::npos);
  CHECK(sentence("helper:xdp:redirct_map").find("\"helper:xdp:redirect_map\"") != std::string::npos);
  CHECK(sentence("helper:xpd:redirect_map").find("\"helper:xdp:redirect_map\"") != std::string::npos);
  CHECK(sentence("helper:redirect_map").find("\"helper:xdp:redirect_map\"") != std::string::npos);
  CHECK(sentence("kfunc:xpd:bpf_x").find("\"kfunc:xdp:bpf_x\"") != std::string::npos);
  for (const char* none : {"", ":", "map", "map:", "prog:unspec", "map:unspec", "helper:xdp:unspec",
                           "kfunc:", "kfunc:a b", "config:BPF", "config:CONFIG_ B", "helper:unspec:redirect"})
    CHECK_FALSE(parse_feature(none));
}

TEST_CASE("features: releases") {
  const auto of = [](std::string_view name) { return text(since(*parse_feature(name))); };
  CHECK(of("map:ringbuf") == "5.8");
  CHECK(of("map:task_storage") == "5.11");
  CHECK(of("prog:syscall") == "5.14");
  CHECK(of("attach:tcx_egress") == "6.6");
  CHECK(of("mount:tracefs") == "");
  CHECK(of("helper:socket_filter:map_lookup_elem") == "3.19");
  CHECK(of("helper:socket_filter:probe_read") == "4.1");
  CHECK(of("helper:socket_filter:redirect_peer") == "5.10");
  CHECK(of("helper:socket_filter:task_storage_get") == "5.11");
  CHECK(of("helper:socket_filter:cgrp_storage_delete") == "6.2");
  // No earlier than the type of program.
  CHECK(of("helper:netfilter:map_lookup_elem") == "6.4");
  // Of types and flags that every kernel numbers in the order in which they came, releases ascend.
  for (const Group group : {Group::map, Group::map_flag, Group::program}) {
    Version last;
    for (const Feature& each : all(group)) {
      CAPTURE(features::name(each));
      CHECK(since(each) >= last);
      last = since(each);
    }
  }
}

TEST_CASE("features: callbacks came with the first helper that takes one") {
  CHECK(since(parse_feature("misc:callbacks").value()) ==
        since(feature(ProgramType::xdp, insn::helper::for_each_map_elem)));
}

TEST_CASE("features: the kernel's configuration") {
  const auto config = KernelConfig::parse(
      "# a comment: CONFIG_BPF=n\nCONFIG_BPF=y\nCONFIG_BPF_JIT=m\n# CONFIG_BPF_LSM is not set\nCONFIG_HZ=250\n"
      "CONFIG_XCONFIG_NET=y\nCONFIG_NAME=\"a b\"\nCONFIG_OFF=n\nCONFIG_LAST=y");
  CHECK(config.value("CONFIG_BPF") == "y");
  CHECK(config.value("CONFIG_BPF_JIT") == "m");
  CHECK(config.value("CONFIG_HZ") == "250");
  CHECK(config.value("CONFIG_NAME") == "\"a b\"");
  CHECK(config.value("CONFIG_LAST") == "y");
  for (const char* off :
       {"CONFIG_BPF_LSM", "CONFIG_NET", "CONFIG_OFF", "CONFIG_B", "CONFIG_BPF_JI", "", "CONFIG_ABSENT"})
    CHECK_FALSE(config.is_set(off));
  // Many at once.
  const std::string_view asked[] = {"CONFIG_HZ",  "CONFIG_BPF_LSM", "CONFIG_BPF", "CONFIG_LAST",
                                    "CONFIG_NET", "CONFIG_NAME",    "CONFIG_OFF", ""};
  const auto values = config.values(asked);
  REQUIRE(values.size() == std::size(asked));
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == config.value(asked[i]));
  CHECK(values[0] == "250");
}
