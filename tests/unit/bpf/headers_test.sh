#!/bin/bash
# The BPF-side headers (//bpf) against libbpf's, of the machine: the same source becomes the same code with either.
#
# headers_test.sh GENERATOR HEADERS SOURCE OBJECT…: the tool that makes bpf_helper_defs.h, one of our headers, a source
# that uses every macro, and pairs of objects NAME.bpf.o and NAME_libbpf.bpf.o.
set -eu
generator=$1
include=$(dirname "$(dirname "$2")")
source=$3
shift 3

failures=0
fail() {
  echo "FAIL: $*" >&2
  failures=$((failures + 1))
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
multiarch=$(gcc -print-multiarch)

# The code of an object, and what its instructions refer to.
code() { llvm-objdump-19 -dr "$1" | grep -v 'file format'; }

# same_code NAME A B
same_code() {
  code "$2" > "$work/a"
  code "$3" > "$work/b"
  [ -s "$work/a" ] || fail "$1: no code"
  if ! diff "$work/a" "$work/b" > "$work/diff"; then fail "$1: other code: $(head -20 "$work/diff")"; fi
}

# compile COMPILER OUTPUT OPTION…
compile() {
  local compiler=$1 output=$2
  shift 2
  "$compiler" --target=bpf -O2 -g "$@" -idirafter "/usr/include/$multiarch" -c "$source" -o "$output"
}

# ---- every macro ----

compared=0
compare_macros() {
  local compiler=$1
  shift
  compile "$compiler" "$work/own.o" -Wall -Werror -I "$include" "$@" || { fail "$compiler $*: our headers"; return; }
  compile "$compiler" "$work/libbpf.o" -DLIBBPF_1_1 -include linux/types.h "$@" || { fail "$compiler $*: libbpf's"; return; }
  same_code "$compiler $*" "$work/own.o" "$work/libbpf.o"
  compared=$((compared + 1))
}
for compiler in clang-14 clang-19; do compare_macros "$compiler"; done
compare_macros clang-14 -DARCHITECTURE -D__TARGET_ARCH_x86
for arch in x86 arm64 s390 riscv powerpc mips arm sparc arc; do
  compare_macros clang-19 -DARCHITECTURE "-D__TARGET_ARCH_$arch"
done
[ "$compared" = 12 ] || fail "$compared comparisons instead of 12"

# What libbpf of Debian 12 does not have, or has with mistakes, compiles without a warning.
for arch in x86 arm64 s390 riscv powerpc loongarch mips arm sparc arc; do
  compile clang-19 "$work/own.o" -Wall -Wextra -Werror -I "$include" -DOWN -DARCHITECTURE "-D__TARGET_ARCH_$arch" ||
    fail "$arch: all of ours"
done

# Registers without an architecture: a sentence, and not an undeclared name.
if compile clang-19 "$work/own.o" -I "$include" -DOWN -DARCHITECTURE 2> "$work/err"; then
  fail "registers of no architecture compile"
fi
grep -q "compile with -D__TARGET_ARCH_x86" "$work/err" || fail "no architecture: $(head -5 "$work/err")"

# Both libraries' headers in one program.
printf '#include <bpf/%s.h>\n' bpf_helpers > "$work/mixed.c"
echo "#include \"/usr/include/bpf/bpf_tracing.h\"" >> "$work/mixed.c"
echo "#include \"/usr/include/bpf/bpf_core_read.h\"" >> "$work/mixed.c"
echo 'SEC("fentry/x") int BPF_PROG(f, int a) { bpf_printk("%d", a); return a; }' >> "$work/mixed.c"
clang-19 --target=bpf -O2 -Wall -Werror -include linux/types.h -idirafter "/usr/include/$multiarch" -I "$include" \
  -D__TARGET_ARCH_x86 -c "$work/mixed.c" -o "$work/mixed.o" || fail "mixed headers"

# ---- whole programs ----

pairs=0
for object in "$@"; do
  case $object in *_libbpf.bpf.o) continue ;; esac
  same_code "$(basename "$object")" "$object" "${object%.bpf.o}_libbpf.bpf.o"
  pairs=$((pairs + 1))
done
[ "$pairs" -ge 20 ] || fail "only $pairs objects"

# ---- helpers ----

defs=$include/bpf/bpf_helper_defs.h
# NAME NUMBER, one in a line.
helpers() { sed -nE 's/^static .*\(\*(const )?(bpf_[a-z0-9_]+)\)\(.*= \(void \*\) ?([0-9]+);$/\2 \3/p' "$1" | sort; }
helpers "$defs" > "$work/ours"
[ "$(wc -l < "$work/ours")" = 211 ] || fail "$(wc -l < "$work/ours") helpers instead of 211"
helpers /usr/include/bpf/bpf_helper_defs.h | comm -13 "$work/ours" - > "$work/missing"
[ ! -s "$work/missing" ] || fail "libbpf has helpers that we have not: $(cat "$work/missing")"

# The machine's UAPI header may be older than the one that the file was made of: it may know fewer, and nothing else.
"$generator" > "$work/made.h" || fail "the generator"
helpers "$work/made.h" > "$work/made"
[ "$(wc -l < "$work/made")" -gt 200 ] || fail "the generator found $(wc -l < "$work/made") helpers"
comm -13 "$work/ours" "$work/made" > "$work/missing"
[ ! -s "$work/missing" ] || fail "the UAPI header has helpers that the file has not: $(cat "$work/missing")"

# Prototypes: as libbpf's, but for those that later kernels describe otherwise.
prototypes() {
  grep '^static' "$1" | sed -E 's/\(\*const /(*/; s/= \(void \*\) ?/= /;
    s/__u64/unsigned long long/g; s/__u32/unsigned int/g; s/__u16/unsigned short/g; s/__u8/unsigned char/g;
    s/__s64/long long/g; s/__s32/int/g; s/__be16/unsigned short/g; s/__be32/unsigned int/g; s/__wsum/unsigned int/g' | sort
}
prototypes "$defs" > "$work/ours"
prototypes /usr/include/bpf/bpf_helper_defs.h | comm -23 "$work/ours" - |
  sed -nE 's/.*\(\*(bpf_[a-z0-9_]+)\).*/\1/p' | sort > "$work/different"
later="bpf_d_path bpf_dynptr_data bpf_dynptr_from_mem bpf_dynptr_read bpf_dynptr_write bpf_kptr_xchg"
[ "$(xargs < "$work/different")" = "$later" ] || fail "other prototypes than libbpf's: $(xargs < "$work/different")"

[ "$failures" = 0 ] || exit 1
echo "all the same: $pairs programs, $compared times every macro, 211 helpers"
