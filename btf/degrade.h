// BTF for older kernels.
//
// A kernel refuses a whole table for one kind of type that it does not know. degrade() writes the table anew in terms
// of what it knows: ids of types and offsets of strings stay what they were, sizes and offsets of members, too, and
// what is lost is what the kernel would not have used. Which features there are, since when, and what takes their
// place, is one table (feature.h).
//
//     const btf::Features used = btf::features_of(types);
//     for (btf::Feature feature : used) … ask the kernel with feature_example(feature) …
//     EBPF_TRY(auto older, btf::degrade(types, known));
//
// Other than the features, sanitize() repairs what compilers write and no kernel takes: symbols that the kernel is to
// define.
#pragma once

#include <string>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/feature.h"

namespace ebpf::btf {

// "FLOAT (Linux 5.13) became structures without members; …" for people; empty for none.
std::string describe(Features degraded);

// What of this the table itself uses (not its base). Errors: malformed.
Result<Features> features_of(const Spec& types);

// The table without what is not in `known`. The same table where it uses nothing else. The function prototype of
// Linux 4.x becomes a pointer, so without Feature::function there is nothing that a func-info could refer to: it, and
// line-info, must then be left out. Errors: malformed; out_of_range where the names get too many.
Result<Spec> degrade(const Spec& types, Features known);

// The table as a kernel takes it, whatever the version: functions and variables that are only declared (`extern`, in
// .ksyms and .kconfig) are written as if they were defined, their sections laid out, unnamed parameters named. The same
// table where there are none. Ids and offsets of strings stay, new types come behind. Errors: as degrade().
Result<Spec> sanitize(const Spec& types);

}  // namespace ebpf::btf
