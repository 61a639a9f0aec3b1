// The same as tcp_cc.bpf.c, to be attached by a link.
#define STRUCT_OPS ".struct_ops.link"
#include "tcp_cc.bpf.c"
