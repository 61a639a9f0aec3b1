// The network's byte order for BPF C: bpf_htons and its kin. All of them are constant expressions where their argument
// is one, so that they can stand behind `case`.
#ifndef __BPF_ENDIAN__
#define __BPF_ENDIAN__

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define __bpf_be16(x) __builtin_bswap16(x)
#define __bpf_be32(x) __builtin_bswap32(x)
#define __bpf_be64(x) __builtin_bswap64(x)
#elif __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define __bpf_be16(x) ((unsigned short)(x))
#define __bpf_be32(x) ((unsigned int)(x))
#define __bpf_be64(x) ((unsigned long long)(x))
#else
#error "this compiler does not say which byte order it compiles for"
#endif

#define bpf_htons(x) __bpf_be16(x)
#define bpf_ntohs(x) __bpf_be16(x)
#define bpf_htonl(x) __bpf_be32(x)
#define bpf_ntohl(x) __bpf_be32(x)
#define bpf_cpu_to_be64(x) __bpf_be64(x)
#define bpf_be64_to_cpu(x) __bpf_be64(x)

// For constants only, once upon a time.
#define __bpf_constant_htons(x) __bpf_be16(x)
#define __bpf_constant_ntohs(x) __bpf_be16(x)
#define __bpf_constant_htonl(x) __bpf_be32(x)
#define __bpf_constant_ntohl(x) __bpf_be32(x)
#define __bpf_constant_cpu_to_be64(x) __bpf_be64(x)
#define __bpf_constant_be64_to_cpu(x) __bpf_be64(x)

#endif  // __BPF_ENDIAN__
