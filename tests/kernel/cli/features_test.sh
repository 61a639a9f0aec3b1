#!/bin/bash
# ebpf features on the real kernel, as scripts see it; as root. With --config=musl the binaries are musl's.
#   features_test.sh EBPF EBPF_FEATURES OBJECT EXAMPLE...
set -eu

ebpf=$PWD/$1
features=$PWD/$2
object=$PWD/$3
shift 3
examples=("$@")
. tests/support/command_cases.sh

text() {
  status 0 "$ebpf" features && says "types of maps" && says " hash array " && ! grep -q $'\x1b' "$work/out" &&
    status 0 "$ebpf" features map && ! grep -q "attach types" "$work/out" &&
    status 3 "$ebpf" features mpa && complains 'did you mean "map"?'
}
# As on a terminal, which script(1) makes one of; and there again without, for who wants none.
colours() {
  if ! command -v script > "$work/script"; then return; fi
  NO_COLOR='' script -qec "unset NO_COLOR; $ebpf features map" /dev/null > "$work/out" && grep -q $'\x1b\\[32m' "$work/out" &&
    NO_COLOR=1 script -qec "$ebpf features map" /dev/null > "$work/out" && ! grep -q $'\x1b' "$work/out"
}
json() {
  status 0 "$ebpf" features --json map link && [ "$(wc -l < "$work/out")" = 1 ] && says '{"schema":1,"kernel":{"release":' &&
    says '{"name":"map:hash","group":"map","verdict":"supported","denied_by":null,"errno":0,"value":null,"since":"3.19"' &&
    status 0 "$ebpf" features --json helper && says '"name":"helper:xdp:redirect_map"' &&
    [ "$(grep -o '"name":"helper:' "$work/out" | wc -l)" = $((32 * 211)) ] &&
    status 3 "$ebpf" features --json=yaml && complains bpftool
}
bpftool_layout() {
  status 0 "$ebpf" features --json=bpftool && says '{"system_config":{"unprivileged_bpf_disabled":' &&
    says '"have_hash_map_type":true' && says '"have_xdp_prog_type":true' && says '"have_bounded_loops":true' &&
    says '"xdp_available_helpers":["bpf_map_lookup_elem",'
}
require() {
  status 0 "$ebpf" features --require map:hash,prog:xdp,helper:xdp:redirect_map && silent &&
    status 1 "$ebpf" features --require map:hash,kfunc:no_such_function_there_is && says "kfunc:no_such_function_there_is: " &&
    ! grep -q "map:hash" "$work/out" &&
    status 3 "$ebpf" features --require map:hash,map:ringbuff,prg:xdp && complains '"map:ringbuf"' && complains '"prog:xdp"' &&
    status 3 "$ebpf" features --require "" && status 3 "$ebpf" features --require
}
unprivileged() {
  if [ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled)" = 0 ]; then return; fi
  status 2 "$ebpf" features --unprivileged --require prog:xdp && says "prog:xdp: denied by sysctl: " && says CAP_BPF
}
without_capability() {
  status 2 setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-perfmon,-sys_admin "$ebpf" features --require map:hash,prog:kprobe &&
    says "prog:kprobe: denied by capability: the process lacks CAP_PERFMON" && [ "$(wc -l < "$work/out")" = 1 ]
}
macros() {
  status 0 "$ebpf" features --macros map && says "#define EBPF_HAVE_MAP_HASH 1" && cp "$work/out" "$work/features.h" &&
    echo '#include "features.h"
#if !EBPF_HAVE_MAP_HASH
#error
#endif' > "$work/use.c" && { ! command -v gcc > "$work/gcc" || gcc -Wall -Werror -c -o "$work/use.o" "$work/use.c"; }
}
diff_of() {
  "$ebpf" features --json map > "$work/a.json" &&
    sed 's/"name":"map:hash","group":"map","verdict":"supported"/"name":"map:hash","group":"map","verdict":"absent"/' "$work/a.json" > "$work/b.json" &&
    status 0 "$ebpf" features --diff "$work/a.json" "$work/a.json" && silent &&
    status 1 "$ebpf" features --diff "$work/a.json" "$work/b.json" && says "map:hash " && says "supported -> absent" &&
    [ "$(wc -l < "$work/out")" = 1 ] && echo '{}' > "$work/c.json" &&
    status 4 "$ebpf" features --diff "$work/a.json" "$work/c.json" && complains "c.json" && status 3 "$ebpf" features --diff "$work/a.json"
}
for_object() {
  status 0 "$ebpf" features --for "$object" && says "all that it needs is there" &&
    status 0 "$ebpf" features --for "$object" --json && says '"needs":[{"name":"' && says '"programs":["count"]' &&
    status 4 "$ebpf" features --for "$work/none"
}
# Each thing that is missing with the program that needs it; what is denied apart from what is absent.
for_object_without() {
  local unprivileged
  unprivileged=$(cat /proc/sys/kernel/unprivileged_bpf_disabled)
  if [ "$unprivileged" = 0 ]; then return; fi
  status 2 "$ebpf" features --unprivileged --for "$object" && says 'map:array: denied by sysctl: ' &&
    says '; needed by "count"' && status 2 "$ebpf" features --unprivileged --for "$object" --json &&
    says '"verdict":"denied","denied_by":"sysctl"'
}
# The lists in the examples have no name that there is not, which would be status 3.
examples_are_right() {
  local example list got
  for example in "${examples[@]}"; do
    list=$(grep -oE '(map|prog|link)[a-z_]*:[a-z0-9_:,]+' "$example" | grep , | head -1)
    [ -n "$list" ] || { echo "no list in $example"; return 1; }
    got=0
    "$features" --require "$list" > "$work/out" 2> "$work/err" || got=$?
    [ "$got" -le 2 ] && [ ! -s "$work/err" ] || { echo "$example: $list: status $got"; show; return 1; }
  done
}
empty_root() {
  mkdir "$work/root" && cp "$features" "$work/root/ebpf-features" &&
    status 0 /usr/sbin/chroot "$work/root" /ebpf-features --require map:hash,prog:xdp,helper:xdp:redirect_map &&
    status 0 /usr/sbin/chroot "$work/root" /ebpf-features && says "types of maps" && says "unknown: " &&
    status 0 /usr/sbin/chroot "$work/root" /ebpf-features --json=bpftool && says '"have_hash_map_type":true' &&
    status 3 /usr/sbin/chroot "$work/root" /ebpf-features --for "$object" && complains "ebpf features --for"
}

check_as_root "features: text, by groups" text
check_as_root "features: colours on a terminal only" colours
check_as_root "features: JSON, helpers of all types of programs in it" json
check_as_root "features: bpftool's layout" bpftool_layout
check_as_root "features: --require is an exit status, and suggests names" require
check_as_root "features: --unprivileged" unprivileged
check_as_root "features: without CAP_PERFMON that is what is missing" without_capability
check_as_root "features: --macros compiles" macros
check_as_root "features: --diff" diff_of
check_as_root "features: --for an object" for_object
check_as_root "features: --for an object, without capabilities" for_object_without
check_as_root "features: the lists in the examples" examples_are_right
check_as_root "features: a binary of its own runs in an empty root directory" empty_root
exit $((failures > 0))
