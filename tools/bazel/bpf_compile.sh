#!/bin/bash
# bpf_compile.sh CLANG strip|keep OUTPUT OPTION…: what bpf_object of bpf.bzl runs.
set -eu
clang=$1
strip=$2
output=$3
shift 3

if ! command -v "$clang" > /dev/null; then
  echo "bpf_object: there is no $clang in PATH; install the package of that name, or set the attribute \`clang\`" >&2
  exit 1
fi

# <linux/types.h> includes <asm/types.h>, which Debian keeps in a folder per architecture. clang knows that folder when
# it compiles for the host, not when it compiles for BPF.
multiarch=$(gcc -print-multiarch 2> /dev/null || echo "$(uname -m)-linux-gnu")

# The names by which <bpf/bpf_tracing.h> knows architectures.
case $(uname -m) in
  x86_64) arch=x86 ;;
  aarch64) arch=arm64 ;;
  s390x) arch=s390 ;;
  ppc64*) arch=powerpc ;;
  riscv64) arch=riscv ;;
  *) arch=$(uname -m) ;;
esac

"$clang" "-D__TARGET_ARCH_$arch" -idirafter "/usr/include/$multiarch" "-ffile-prefix-map=$PWD=." "$@" -o "$output"

if [ "$strip" = strip ]; then
  "${clang/clang/llvm-strip}" --strip-debug "$output"
fi
