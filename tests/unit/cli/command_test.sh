#!/bin/bash
# The command from outside, as scripts see it: help, exit statuses, JSON on standard output. Needs no kernel.
#   command_test.sh EBPF OBJECT_FOLDER
set -eu

ebpf=$1
objects=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

check() {
  local name=$1
  shift
  echo "[case] START $name"
  if "$@"; then
    echo "[case] PASS $name"
  else
    echo "[case] FAIL $name"
    failures=$((failures + 1))
  fi
}

# status WANTED COMMAND...: runs it, keeps its output.
status() {
  local want=$1 got=0
  shift
  "$@" > "$work/out" 2> "$work/err" || got=$?
  [ "$got" = "$want" ] || { echo "status $got instead of $want: $*"; cat "$work/out" "$work/err"; return 1; }
}

says() { grep -qF -- "$1" "$work/out" || { echo "not on standard output: $1"; cat "$work/out"; return 1; }; }
complains() { grep -qF -- "$1" "$work/err" || { echo "not on standard error: $1"; cat "$work/err"; return 1; }; }

help() {
  status 0 "$ebpf" --help && says inspect && says check && says run &&
    for command in inspect check run; do status 0 "$ebpf" "$command" --help && says "--json" || return 1; done &&
    status 0 "$ebpf" --version && says "ebpf "
}
usage() {
  status 3 "$ebpf" && status 3 "$ebpf" inspekt && complains 'did you mean "inspect"?' &&
    status 3 "$ebpf" inspect && status 3 "$ebpf" inspect --jsno x && complains 'did you mean "--json"?' &&
    status 3 "$ebpf" run a b && status 3 "$ebpf" run "$objects/globals.bpf.o" --for soon &&
    status 3 "$ebpf" run --set && status 3 "$ebpf" run "$objects/globals.bpf.o" --set nonsense=1
}
bad_input() {
  printf 'no object' > "$work/text"
  status 4 "$ebpf" inspect "$work/none" && complains "$work/none" && complains ENOENT &&
    status 4 "$ebpf" inspect "$work/text" && complains "not an ELF file" &&
    status 4 "$ebpf" inspect --json "$work/text" && says '"error":"read' &&
    status 4 "$ebpf" check --json "$objects/globals_eb.bpf.o" && says '"ok":false' && says "byte order"
}
inspect_json() {
  status 0 "$ebpf" inspect --json "$objects/globals.bpf.o" "$objects/globals_eb.bpf.o" && [ "$(wc -l < "$work/out")" = 2 ] &&
    says '"byte_order":"little"' && says '"byte_order":"big"' && says '"license":' && says '"type":"array"'
}
btf_min() {
  status 0 "$ebpf" btf min -o "$work/min.btf" "$objects/core_target_moved.bpf.o" "$objects/core_fields.bpf.o" &&
    [ ! -s "$work/out" ] && [ "$(stat -c %s "$work/min.btf")" -lt "$(stat -Lc %s "$objects/core_target_moved.bpf.o")" ] &&
    status 0 "$ebpf" btf min -o "$work/again.btf" "$work/min.btf" "$objects/core_fields.bpf.o" &&
    cmp "$work/min.btf" "$work/again.btf" &&
    status 3 "$ebpf" btf min "$work/min.btf" "$objects/core_fields.bpf.o" && complains "-o FILE is missing" &&
    status 3 "$ebpf" btf min -o "$work/x" "$work/min.btf" && status 3 "$ebpf" btf &&
    status 4 "$ebpf" btf min -o "$work/x" "$work/none" "$objects/core_fields.bpf.o" && complains "$work/none" &&
    status 4 "$ebpf" btf min -o "$work/none/x" "$work/min.btf" "$objects/core_fields.bpf.o" && complains ENOENT
}
is_static() {
  # No program interpreter and no dynamic section: nothing else needs to be in the image.
  ! readelf --program-headers "$ebpf" | grep -qE 'INTERP|DYNAMIC'
}

check "command: help and version" help
check "command: wrong usage is status 3, with the nearest word" usage
check "command: a bad input file is status 4 and is named" bad_input
check "command: inspect writes one JSON object per file" inspect_json
check "command: btf min writes what an object needs" btf_min
check "command: the binary is static" is_static
exit $((failures > 0))
