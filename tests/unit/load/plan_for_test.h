// A LoadPlan for tests of single passes: the maps and programs of a spec, as the driver (load.cc) plans them.
#pragma once

#include "ebpf/load/map_create.h"
#include "ebpf/load/options.h"
#include "ebpf/load/plan.h"
#include "ebpf/spec/spec.h"

namespace ebpf::test {

// Keeps what a plan refers to.
struct Planned {
  explicit Planned(CollectionSpec collection) : spec(std::move(collection)), plan{.spec = spec, .options = options} {
    for (const MapSpec& map : spec.maps) {
      plan.map_names.add(map.name, plan.maps.size());
      plan.maps.push_back({.spec = &map, .attributes = loader::attributes_of(map)});
    }
    names_unique = plan.map_names.finish("maps").has_value();
    for (const ProgramSpec& program : spec.programs)
      if (program.autoload) plan.programs.push_back({.spec = &program});
  }
  Planned(const Planned&) = delete;
  Planned& operator=(const Planned&) = delete;

  CollectionSpec spec;
  LoadOptions options;
  loader::LoadPlan plan;
  bool names_unique = false;
};

}  // namespace ebpf::test
