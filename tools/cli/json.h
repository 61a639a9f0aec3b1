// The JSON writer of base/, under the name that the command's files know it by.
#pragma once

#include "ebpf/base/json.h"

namespace ebpf::cli {

using ebpf::Json;

}  // namespace ebpf::cli
