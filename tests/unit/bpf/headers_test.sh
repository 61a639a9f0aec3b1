#!/bin/bash
# The BPF-side headers (//bpf) against libbpf's, of the machine: the same source becomes the same code with either.
#
# headers_test.sh GENERATOR HEADERS SOURCE OBJECT…: the tool that makes bpf_helper_defs.h, one of our headers, a source
# that uses every macro, and pairs of objects NAME.bpf.o and NAME_libbpf.bpf.o.
set -u
. tests/support/command_cases.sh
generator=$1
include=$(dirname "$(dirname "$2")")
source=$3
shift 3
objects=("$@")
multiarch=$(gcc -print-multiarch)

# wrong WHAT: why a case fails.
wrong() {
  echo "$*"
  return 1
}

# The code of an object, and what its instructions refer to.
code() { llvm-objdump-19 -dr "$1" | grep -v 'file format'; }

# same_code NAME A B
same_code() {
  code "$2" > "$work/a"
  code "$3" > "$work/b"
  [ -s "$work/a" ] || wrong "$1: no code" || return
  diff "$work/a" "$work/b" > "$work/diff" || wrong "$1: other code: $(head -20 "$work/diff")"
}

# compile COMPILER OUTPUT OPTION…
compile() {
  local compiler=$1 output=$2
  shift 2
  "$compiler" --target=bpf -O2 -g "$@" -idirafter "/usr/include/$multiarch" -c "$source" -o "$output"
}

# ---- every macro ----

# compare_macros COMPILER OPTION…
compare_macros() {
  local compiler=$1
  shift
  compile "$compiler" "$work/own.o" -Wall -Werror -I "$include" "$@" || wrong "$compiler $*: our headers" || return
  compile "$compiler" "$work/libbpf.o" -DLIBBPF_1_1 -include linux/types.h "$@" || wrong "$compiler $*: libbpf's" || return
  same_code "$compiler $*" "$work/own.o" "$work/libbpf.o"
}

check "BPF headers: every macro is libbpf's code, clang 14" compare_macros clang-14
check "BPF headers: every macro is libbpf's code, clang 19" compare_macros clang-19
check "BPF headers: every macro is libbpf's code, clang 14, x86" compare_macros clang-14 -DARCHITECTURE -D__TARGET_ARCH_x86
for arch in x86 arm64 s390 riscv powerpc mips arm sparc arc; do
  check "BPF headers: every macro is libbpf's code, clang 19, $arch" \
    compare_macros clang-19 -DARCHITECTURE "-D__TARGET_ARCH_$arch"
done

# What libbpf of Debian 12 does not have, or has with mistakes.
own_macros() { compile clang-19 "$work/own.o" -Wall -Wextra -Werror -I "$include" -DOWN -DARCHITECTURE "-D__TARGET_ARCH_$1"; }
for arch in x86 arm64 s390 riscv powerpc loongarch mips arm sparc arc; do
  check "BPF headers: all of ours compiles without a warning, $arch" own_macros "$arch"
done

no_architecture() {
  if compile clang-19 "$work/own.o" -I "$include" -DOWN -DARCHITECTURE 2> "$work/err"; then
    wrong "it compiles" || return
  fi
  complains "compile with -D__TARGET_ARCH_x86"
}
check "BPF headers: registers of no architecture are a sentence, and not an undeclared name" no_architecture

mixed() {
  {
    echo '#include <bpf/bpf_helpers.h>'
    echo '#include "/usr/include/bpf/bpf_tracing.h"'
    echo '#include "/usr/include/bpf/bpf_core_read.h"'
    echo 'SEC("fentry/x") int BPF_PROG(f, int a) { bpf_printk("%d", a); return a; }'
  } > "$work/mixed.c"
  clang-19 --target=bpf -O2 -Wall -Werror -include linux/types.h -idirafter "/usr/include/$multiarch" -I "$include" \
    -D__TARGET_ARCH_x86 -c "$work/mixed.c" -o "$work/mixed.o"
}
check "BPF headers: ours and libbpf's in one program" mixed

# ---- whole programs ----

whole_programs() {
  local object pairs=0
  for object in "${objects[@]}"; do
    case $object in *_libbpf.bpf.o) continue ;; esac
    same_code "$(basename "$object")" "$object" "${object%.bpf.o}_libbpf.bpf.o" || return
    pairs=$((pairs + 1))
  done
  [ "$pairs" -ge 20 ] || wrong "only $pairs objects"
}
check "BPF headers: whole programs are the code that they are with libbpf's" whole_programs

# ---- helpers ----

defs=$include/bpf/bpf_helper_defs.h
# NAME NUMBER, one in a line.
helpers() { sed -nE 's/^static .*\(\*(const )?(bpf_[a-z0-9_]+)\)\(.*= \(void \*\) ?([0-9]+);$/\2 \3/p' "$1" | sort; }

numbers() {
  helpers "$defs" > "$work/ours"
  [ "$(wc -l < "$work/ours")" = 211 ] || wrong "$(wc -l < "$work/ours") helpers instead of 211" || return
  helpers /usr/include/bpf/bpf_helper_defs.h | comm -13 "$work/ours" - > "$work/missing"
  [ ! -s "$work/missing" ] || wrong "libbpf has helpers that we have not: $(cat "$work/missing")"
}
check "BPF headers: libbpf's helpers, with their numbers" numbers

# The machine's UAPI header may be older than the one that the file was made of: it may know fewer, and nothing else.
generated() {
  helpers "$defs" > "$work/ours"
  "$generator" > "$work/made.h" || wrong "the generator" || return
  helpers "$work/made.h" > "$work/made"
  [ "$(wc -l < "$work/made")" -gt 200 ] || wrong "the generator found $(wc -l < "$work/made") helpers" || return
  comm -13 "$work/ours" "$work/made" > "$work/missing"
  [ ! -s "$work/missing" ] || wrong "the UAPI header has helpers that the file has not: $(cat "$work/missing")"
}
check "BPF headers: the helpers of the machine's UAPI header" generated

# As libbpf's, but for those that later kernels describe otherwise.
prototypes_of() {
  grep '^static' "$1" | sed -E 's/\(\*const /(*/; s/= \(void \*\) ?/= /;
    s/__u64/unsigned long long/g; s/__u32/unsigned int/g; s/__u16/unsigned short/g; s/__u8/unsigned char/g;
    s/__s64/long long/g; s/__s32/int/g; s/__be16/unsigned short/g; s/__be32/unsigned int/g; s/__wsum/unsigned int/g' | sort
}
prototypes() {
  local later="bpf_d_path bpf_dynptr_data bpf_dynptr_from_mem bpf_dynptr_read bpf_dynptr_write bpf_kptr_xchg"
  prototypes_of "$defs" > "$work/ours"
  prototypes_of /usr/include/bpf/bpf_helper_defs.h | comm -23 "$work/ours" - |
    sed -nE 's/.*\(\*(bpf_[a-z0-9_]+)\).*/\1/p' | sort > "$work/different"
  [ "$(xargs < "$work/different")" = "$later" ] || wrong "other prototypes than libbpf's: $(xargs < "$work/different")"
}
check "BPF headers: libbpf's prototypes" prototypes

exit $((failures > 0))
