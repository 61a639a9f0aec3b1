#!/bin/bash
# How large the small binaries are, in bytes: what an init container has to carry. Means something with --config=small
# and --config=musl alone, whose limits are a column each; tools/test runs it with both.
#   size_test.sh LIBC EBPF EBPF_RUNTIME EBPF_FEATURES
set -u

libc=$1
ebpf=$2
runtime=$3
features=$4
. tests/support/command_cases.sh

# at_most LIMIT FILE
at_most() {
  local size
  size=$(stat -Lc %s "$2")
  echo "$2: $size bytes, of $1 at most"
  [ "$size" -lt "$1" ]
}
# commands BINARY: the names that its help lists.
commands() { "$1" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort | tr '\n' ' '; }
# What is left out is no command of that binary, and says so.
only_runtime_commands() {
  [ "$(commands "$runtime")" = "check features run vars " ] || return 1
  [ "$(commands "$ebpf")" = "asm btf check disasm features inspect run vars " ] || return 1
  local said
  said=$("$runtime" asm 2>&1)
  [ $? -eq 3 ] && [[ $said == *'there is no command "asm"'* ]]
}
no_dynamic_linker() { ! readelf -lW "$1" | grep -q INTERP; }

# An empty static program has 674,504 bytes with glibc and 13,376 with musl, a minimal loader made with libbpf 1,191,000
# and 415,000. 1,100,000 and 450,000 is what `ebpf` is to have; ebpf-runtime keeps it. With asm, btf, disasm and inspect it
# is more, and its limits keep it from growing.
case $libc in
  glibc) features_limit=805000 runtime_limit=1100000 ebpf_limit=1185000 ;;
  musl) features_limit=155000 runtime_limit=450000 ebpf_limit=530000 ;;
  *) echo "size_test.sh: no limits for $libc; see --config=small and --config=musl in .bazelrc" >&2; exit 2 ;;
esac

check "size ($libc): ebpf-features" at_most "$features_limit" "$features"
check "size ($libc): ebpf-runtime" at_most "$runtime_limit" "$runtime"
check "size ($libc): ebpf" at_most "$ebpf_limit" "$ebpf"
check "size ($libc): ebpf-features needs no other file" no_dynamic_linker "$features"
check "size ($libc): ebpf-runtime needs no other file" no_dynamic_linker "$runtime"
check "size ($libc): ebpf needs no other file" no_dynamic_linker "$ebpf"
check "ebpf-runtime: has its commands and no others" only_runtime_commands
exit $((failures > 0))
