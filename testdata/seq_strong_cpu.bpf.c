// Sequence counters (ebpf/seq.h) for CPUs that show stores in their order, on kernels of any age.
#define EBPF_SEQ_STRONG_CPU
#include "seq.h"
