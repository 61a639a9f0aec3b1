#!/bin/bash
# ebpf btf dump from outside: its lines are bpftool's, its C compiles, its JSON is JSON, its statuses are those promised.
#   btf_dump_test.sh EBPF OBJECT_FOLDER BPFTOOLS_LINES
set -eu

ebpf=$1
objects=$2
expected=$3
. tests/support/command_cases.sh

raw() {
  grep '^FILE ' "$expected" | while read -r _ object; do
    echo "FILE $object"
    "$ebpf" btf dump "$objects/$object" || return 1
  done > "$work/raw"
  [ "$(grep -c '^FILE ' "$work/raw")" -ge 40 ] && diff "$work/raw" "$expected" | head -20 && cmp "$work/raw" "$expected"
}
raw_kernel() {
  # Its types may be more than this bpftool knows.
  PATH=$PATH:/usr/sbin bpftool btf dump file /sys/kernel/btf/vmlinux format raw > "$work/theirs" &&
    status 0 "$ebpf" btf dump --format raw && cmp "$work/theirs" "$work/out"
}
compiles() {
  local object
  for object in globals maps tracing core globals_eb; do
    status 0 "$ebpf" btf dump --format c "$objects/$object.bpf.o" && cp "$work/out" "$work/types.h" || return 1
    clang-19 -target bpf -Wall -Wno-missing-declarations -Wno-packed-non-pod -Werror -c -x c "$work/types.h" -o /dev/null || return 1
    # Twice, too: it has an include guard.
    printf '#include "types.h"\n#include "types.h"\n' > "$work/twice.c"
    clang-19 -target bpf -w -c "$work/twice.c" -o /dev/null || return 1
  done
}
json() {
  status 0 "$ebpf" btf dump --format json "$objects/globals.bpf.o" || return 1
  local types
  types=$("$ebpf" btf dump "$objects/globals.bpf.o" | grep -c '^\[')
  python3 - "$work/out" "$types" << 'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert len(lines) == int(sys.argv[2]), len(lines)
assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))
for line in lines:
    assert line["kind"] and "name" in line, line
    if line["kind"] in ("STRUCT", "UNION"):
        assert all({"name", "type", "bit_offset", "bitfield_size"} <= set(member) for member in line["members"]), line
PYTHON
}
root() {
  status 0 "$ebpf" btf dump --root int "$objects/globals.bpf.o" && [ "$(wc -l < "$work/out")" = 1 ] &&
    grep -q "INT 'int' size=4" "$work/out" && status 1 "$ebpf" btf dump --root no_such_type "$objects/globals.bpf.o" &&
    grep -q 'no type "no_such_type"' "$work/err"
}
statuses() {
  printf 'no object' > "$work/text"
  status 0 "$ebpf" btf --help && grep -q dump "$work/out" && status 0 "$ebpf" btf dump --help && grep -q -- --root "$work/out" &&
    status 3 "$ebpf" btf && status 3 "$ebpf" btf dmup && grep -q 'did you mean "dump"?' "$work/err" &&
    status 3 "$ebpf" btf dump --format xml && status 3 "$ebpf" btf dump a b && status 3 "$ebpf" btf dump --module x y &&
    status 3 "$ebpf" btf dump id x && status 4 "$ebpf" btf dump "$work/none" && status 4 "$ebpf" btf dump "$work/text"
}

check "btf dump: the lines of every object are bpftool's" raw
check "btf dump: C compiles without a warning" compiles
check "btf dump: JSON, one object per type" json
check "btf dump: only the type that is asked for" root
check "btf dump: statuses" statuses
if [ -e /sys/kernel/btf/vmlinux ]; then
  check "btf dump: the lines of the kernel are bpftool's" raw_kernel
else
  echo "[case] START btf dump: the lines of the kernel are bpftool's"
  echo "[case] SKIP btf dump: the lines of the kernel are bpftool's: this kernel has no BTF"
fi
exit $((failures > 0))
