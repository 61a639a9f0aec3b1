// Sequence counters: many words in memory, written by one side and read by the other, as if all at once.
//
// For BPF programs, in C. The other side is ebpf::SeqGlobal (ebpf/seq_global.h). The counter is a 64-bit number beside
// what it guards, most simply its structure's first member. It is even while nobody writes and odd while somebody does;
// a reader that saw it change, or odd, reads again.
//
//     struct { __u64 sequence; __u64 packets, bytes; } totals;
//
//     seq_write_begin(&totals.sequence);
//     totals.packets++;
//     totals.bytes += length;
//     seq_write_end(&totals.sequence);
//
// One writer at a time: two that overlap make the counter even while both write. A program that runs on several CPUs,
// or is interrupted by itself, either has one structure for each CPU (an array; readers add up), or holds a
// bpf_spin_lock, which must be in another map (one with a lock cannot be mapped into memory), or takes what it writes
// for optional:
//
//     if (seq_write_try_begin(&totals.sequence)) { ...; seq_write_end(&totals.sequence); }
//
// Between begin and end no tail call and no exception: readers would wait for ever (SeqGlobal gives up with `busy`).
//
// Ordering: a CPU other than x86-64's or s390x's may show stores to others in another order than they were made. The
// instructions for that are the kernel's atomics that return a value, which are full barriers (Documentation/bpf/
// standardization/instruction-set.rst, Documentation/atomic_t.txt). They are used here, and need Linux 5.12, and for
// arm64's JIT 5.18. A program for older kernels that runs on x86-64 and s390x alone defines EBPF_SEQ_STRONG_CPU before
// it includes this: then it has ordinary stores, kept in their order by the compiler. It has no seq_write_try_begin.
#pragma once

#define EBPF_SEQ_INLINE static inline __attribute__((always_inline, unused))

#ifdef EBPF_SEQ_STRONG_CPU

#define EBPF_SEQ_COMPILER_BARRIER() asm volatile("" ::: "memory")

EBPF_SEQ_INLINE void seq_write_begin(unsigned long long* sequence) {
  *(volatile unsigned long long*)sequence = *(volatile unsigned long long*)sequence + 1;
  EBPF_SEQ_COMPILER_BARRIER();
}

EBPF_SEQ_INLINE void seq_write_end(unsigned long long* sequence) {
  EBPF_SEQ_COMPILER_BARRIER();
  *(volatile unsigned long long*)sequence = *(volatile unsigned long long*)sequence + 1;
}

EBPF_SEQ_INLINE unsigned long long ebpf_seq_load(unsigned long long* sequence) {
  EBPF_SEQ_COMPILER_BARRIER();
  unsigned long long seen = *(volatile unsigned long long*)sequence;
  EBPF_SEQ_COMPILER_BARRIER();
  return seen;
}

#else

// The value is used, or the compiler would take the instruction that returns none and orders nothing.
#define EBPF_SEQ_USE(value) asm volatile("" ::"r"(value) : "memory")

EBPF_SEQ_INLINE void seq_write_begin(unsigned long long* sequence) {
  unsigned long long before = __sync_fetch_and_add(sequence, 1ULL);
  EBPF_SEQ_USE(before);
}

EBPF_SEQ_INLINE void seq_write_end(unsigned long long* sequence) {
  asm volatile("" ::: "memory");
  unsigned long long before = __sync_fetch_and_add(sequence, 1ULL);
  EBPF_SEQ_USE(before);
}

// Begins to write unless somebody else is writing: returns 1, and seq_write_end is to follow, or 0.
EBPF_SEQ_INLINE int seq_write_try_begin(unsigned long long* sequence) {
  unsigned long long even = *(volatile unsigned long long*)sequence & ~1ULL;
  int begun = __sync_val_compare_and_swap(sequence, even, even + 1) == even;
  asm volatile("" ::: "memory");
  return begun;
}

// Adds nothing: the load that is a barrier. A loop would do with one that orders less, but BPF has had none until 6.15.
EBPF_SEQ_INLINE unsigned long long ebpf_seq_load(unsigned long long* sequence) {
  unsigned long long nothing = 0;
  asm volatile("" : "+r"(nothing));
  unsigned long long seen = __sync_fetch_and_add(sequence, nothing);
  EBPF_SEQ_USE(seen);
  return seen;
}

#endif

// Reading what user space writes (SeqGlobal::write), in a loop of as many tries as the program can spare:
//
//     for (int i = 0; i < 16; i++) {
//       __u64 seen = seq_read_begin(&limits.sequence);
//       copy = limits.values;
//       if (!seq_read_retry(&limits.sequence, seen)) return use(&copy);
//     }
EBPF_SEQ_INLINE unsigned long long seq_read_begin(unsigned long long* sequence) { return ebpf_seq_load(sequence); }

EBPF_SEQ_INLINE int seq_read_retry(unsigned long long* sequence, unsigned long long seen) {
  return (seen & 1) != 0 || ebpf_seq_load(sequence) != seen;
}
