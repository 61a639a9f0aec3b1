#!/bin/bash
# ebpf features on the real kernel, as scripts see it; as root. With --config=musl the binaries are musl's.
#   features_test.sh EBPF EBPF_FEATURES OBJECT NEEDS PRINTS PRINTS_AND_WRITES EXAMPLE...
set -eu

ebpf=$PWD/$1
features=$PWD/$2
object=$PWD/$3
needs=$PWD/$4
prints=$PWD/$5
prints_and_writes=$PWD/$6
shift 6
examples=("$@")
. tests/support/command_cases.sh

lines() { [ "$(wc -l < "$work/$1")" = "$2" ] || { echo "not $2 lines:"; show; return 1; }; }
never_says() { ! grep -F -- "$1" "$work/out"; }

text() {
  status 0 "$ebpf" features && says "types of maps" && says " hash array " && ! grep -q $'\x1b' "$work/out" &&
    status 0 "$ebpf" features map && ! grep -q "attach types" "$work/out" &&
    status 3 "$ebpf" features mpa && complains 'did you mean "map"?'
}
# Of what is absent only what this kernel does not have: another release only where it is a later one.
what_it_needs() {
  local release oldest
  release=$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
  status 0 "$ebpf" features prog map map_flag attach link misc && says "absent (with what it needs)" || return 1
  oldest=$(grep -oE '\(Linux [0-9.]+' "$work/out" | grep -oE '[0-9.]+' | sort -uV | head -1)
  [ -z "$oldest" ] || { [ "$oldest" != "$release" ] && printf '%s\n' "$release" "$oldest" | sort -CV; } ||
    { echo "says that Linux $oldest is needed"; return 1; }
}
# As on a terminal, which script(1) makes one of; and there again without, for who wants none.
colours() {
  if ! command -v script > "$work/script"; then return; fi
  # on_terminal VARIABLE=VALUE...
  on_terminal() { env -u NO_COLOR TERM=xterm "$@" script -qec "$ebpf features map" /dev/null > "$work/out"; }
  on_terminal && grep -q $'\x1b\\[32m' "$work/out" && on_terminal NO_COLOR= && grep -q $'\x1b\\[32m' "$work/out" &&
    on_terminal NO_COLOR=1 && ! grep -q $'\x1b' "$work/out" && on_terminal TERM=dumb && ! grep -q $'\x1b' "$work/out"
}
json() {
  status 0 "$ebpf" features --json map link && [ "$(wc -l < "$work/out")" = 1 ] && says '{"schema":1,"kernel":{"release":' &&
    says '{"name":"map:hash","group":"map","verdict":"supported","denied_by":null,"errno":0,"value":null,"since":"3.19"' &&
    status 0 "$ebpf" features --json helper && says '"name":"helper:xdp:redirect_map"' &&
    [ "$(grep -o '"name":"helper:' "$work/out" | wc -l)" = $((32 * 211)) ] &&
    status 3 "$ebpf" features --json=yaml && complains bpftool
}
# However often its group is named.
each_once() {
  status 0 "$ebpf" features --json map map link && [ "$(grep -o '"name":"map:hash"' "$work/out" | wc -l)" = 1 ] &&
    cp "$work/out" "$work/twice.json" && "$ebpf" features --json link map > "$work/once.json" &&
    status 0 "$ebpf" features --diff "$work/twice.json" "$work/once.json" && silent
}
bpftool_layout() {
  status 0 "$ebpf" features --json=bpftool && says '{"system_config":{"unprivileged_bpf_disabled":' &&
    says '"have_hash_map_type":true' && says '"have_xdp_prog_type":true' && says '"have_bounded_loops":true' &&
    says '"xdp_available_helpers":["bpf_map_lookup_elem",'
}
# What is no decimal number is a text in JSON.
bpftool_numbers() {
  local limit=/proc/sys/net/core/bpf_jit_limit
  if ! unshare -m true 2> "$work/err" || [ ! -e $limit ]; then return; fi
  echo 0x10 > "$work/limit"
  # shellcheck disable=SC2016
  status 0 unshare -m sh -c 'mount --bind "$1" "$2" && "$3" features --json=bpftool' sh "$work/limit" $limit "$ebpf" &&
    says '"bpf_jit_limit":"0x10"' && status 0 "$ebpf" features --json=bpftool && grep -qE '"bpf_jit_limit":[0-9]+,' "$work/out"
}
# What would be ignored is refused.
combinations() {
  status 3 "$ebpf" features --require map:hash --json && complains "--require does not go with --json" &&
    status 3 "$ebpf" features --require map:hash map && complains '"map" is one operand too many' &&
    status 3 "$ebpf" features --require map:hash --for "$object" && complains "--for" &&
    status 3 "$ebpf" features --require map:hash --require map:array && complains "--require is given twice" &&
    status 3 "$ebpf" features --macros --json && complains "--macros does not go with --json" &&
    status 3 "$ebpf" features --json=bpftool map && complains "--json=bpftool takes no groups" &&
    status 3 "$ebpf" features --for "$object" "$needs" && complains "one operand too many" &&
    status 3 "$ebpf" features --for "$object" --json=bpftool && complains "--for" &&
    status 3 "$ebpf" features --diff a.json b.json c.json && complains '"c.json" is one operand too many' &&
    status 3 "$ebpf" features --diff a.json b.json --unprivileged && complains "--diff does not go with --unprivileged"
}
help() {
  status 0 "$ebpf" features --help && says "--for OBJECT" && status 0 "$features" --help && says "--require" && never_says "--for"
}
# A line for each, also where a dozen files were looked for; and no advice for programmers.
require_one_line() {
  mkdir "$work/nothing" && cp "$features" "$work/nothing/ebpf-features" &&
    status 1 /usr/sbin/chroot "$work/nothing" /ebpf-features --require config:CONFIG_BPF,map:hash && lines out 1 &&
    says "config:CONFIG_BPF: unknown: no kernel configuration" &&
    status 1 /usr/sbin/chroot "$work/nothing" /ebpf-features --unprivileged --require btf:kernel && lines out 1 &&
    says "btf:kernel: unknown: " && never_says LoadOptions
}
require_many_wrong() {
  local list
  list=$(printf 'helper:xdp:redirct_map%d,' {1..1000})
  status 3 "$ebpf" features --require "${list%,}" && silent && complains '"helper:xdp:redirect_map"' &&
    lines err 17 && complains "was not looked at"
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
# record FEATURES: a file as --json writes it.
record() { printf '{"schema":1,"kernel":{"release":null},"features":[%s]}\n' "$1"; }
# Who denies is a part of the answer.
diff_of_denied() {
  record '{"name":"a:b","verdict":"denied","denied_by":"capability","value":null}' > "$work/a.json" &&
    record '{"name":"a:b","verdict":"denied","denied_by":"seccomp","value":null}' > "$work/b.json" &&
    status 1 "$ebpf" features --diff "$work/a.json" "$work/b.json" && says "denied by capability -> denied by seccomp" && lines out 1
}
# The same JSON is the same, however it is laid out, and with fields that are not known yet.
diff_of_layouts() {
  record '{"name":"mount:a","verdict":"supported","value":"/a\u00e4\"\\b"},{"name":"a:c","verdict":"absent","value":12}' > "$work/a.json"
  cat > "$work/b.json" << 'END'
{
  "features": [
    { "new": [ 1, { "x": [ ] }, -2.5e+3, true, null ], "verdict": "absent", "name": "a:c", "value": 12, "denied_by": null },
    {
      "value": "\/aä\u0022\\b",
      "name": "mount:\u0061", "verdict" : "supported"
    } ],
  "new": { "a": { }, "b": "]}" },
  "schema": 1
}

END
  status 0 "$ebpf" features --diff "$work/a.json" "$work/b.json" && silent || return 1
  if ! command -v python3 > "$work/python3"; then return; fi
  "$ebpf" features --json > "$work/a.json" && python3 -m json.tool < "$work/a.json" > "$work/b.json" &&
    status 0 "$ebpf" features --diff "$work/a.json" "$work/b.json" && silent
}
# What is none of it is refused, wherever the flaw is.
diff_of_damage() {
  local good text deep
  deep=$(printf '[%.0s' {1..100})$(printf ']%.0s' {1..100})
  good=$(record '{"name":"a:b","verdict":"absent","new":NEW}')
  echo "${good/NEW/[1]}" > "$work/a.json"
  status 0 "$ebpf" features --diff "$work/a.json" "$work/a.json" || return 1
  for text in "${good/NEW/1} x" "${good/NEW/1}${good/NEW/1}" "${good/NEW/1}]" "${good/NEW]\}]/1}" "${good/NEW}]/1]}" \
    "${good/NEW/[1,]}" "${good/NEW/[1 2]}" "${good/NEW/}" "${good/NEW/nul}" "${good/NEW/+1}" "${good/NEW/01}" "${good/NEW/1.}" "${good/NEW/1e}" "${good/NEW/\"\\x\"}" \
    "${good/NEW/\"\\u12\"}" "${good/NEW/\"}" "${good/NEW/\{\"a\"\}}" "${good/NEW/$deep}" '' '[]' '{}' \
    '{"schema":2,"features":[]}' '{"schema":1}' '{"schema":1,"features":{}}' '{"schema":1,"features":[1]}' \
    "$(record '{"name":"a:b"}')" "$(record '{"verdict":"absent"}')" "$(record '{name:"a:b","verdict":"absent"}')" \
    "$(record '{"name":"a:b","verdict":"absent"},{"name":"a:b","verdict":"supported"}')" \
    "$(record '{"name":"a:b","verdict":"absent"},')"; do
    printf '%s\n' "$text" > "$work/b.json"
    status 4 "$ebpf" features --diff "$work/a.json" "$work/b.json" && complains "b.json" || { echo "of $text"; return 1; }
  done
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
# What is missing, wherever in the object it is named, and nothing else.
for_object_lacks() {
  local need
  status 1 "$ebpf" features --for "$needs" || return 1
  for need in 'kfunc:sched_cls:ebpf_test_no_such_kfunc: *; needed by "kfunc_far_away"' \
    'config:CONFIG_EBPF_TEST_NO_SUCH_OPTION: *; needed by "option"' \
    'helper:sched_cls:4000: unknown: *; needed by "numbers"' 'map:4000: unknown: *; needed by "numbers"' \
    'map_flag:0x80000000: unknown: *; needed by "numbers"' \
    'struct_ops:ebpf_test_no_such_ops: absent: *; needed by "callback"'; do
    grep -q -- "^${need/\*/.*}\$" "$work/out" || { echo "not said: $need"; show; return 1; }
  done
  ! grep -i weak "$work/out" && status 1 "$ebpf" features --for "$needs" --json &&
    grep -qE '"name":"misc:large_programs",[^{]*"programs":\["large"\]' "$work/out" &&
    grep -qE '"name":"misc:sleepable_uprobes",[^{]*"programs":\["sleepable"\]' "$work/out"
}
# A program that prints is nothing special; and what was not asked for is no "no".
for_object_loud() {
  status 0 "$ebpf" features --for "$prints" && says "all that it needs is there" && lines out 1 &&
    status 0 "$ebpf" features --for "$prints_and_writes" && says 'helper:kprobe:probe_write_user: not asked: ' &&
    says '; needed by "writes"' && says "all that was asked for is there" && lines out 2 &&
    status 0 "$ebpf" features --for "$prints_and_writes" --json &&
    grep -qE '"name":"helper:kprobe:probe_write_user","verdict":"unknown",[^{]*"asked":false,' "$work/out" &&
    [ "$(grep -o '"asked":false' "$work/out" | wc -l)" = 1 ]
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
check_as_root "features: absent, with what it needs" what_it_needs
check_as_root "features: colours on a terminal only" colours
check_as_root "features: JSON, helpers of all types of programs in it" json
check_as_root "features: a group that is named twice is there once" each_once
check_as_root "features: bpftool's layout" bpftool_layout
check_as_root "features: bpftool's layout has decimal numbers" bpftool_numbers
check_as_root "features: options that do not go together" combinations
check_as_root "features: --help offers what there is" help
check_as_root "features: --require is an exit status, and suggests names" require
check_as_root "features: --require says a line for each" require_one_line
check_as_root "features: --require names the first of many wrong names" require_many_wrong
check_as_root "features: --unprivileged" unprivileged
check_as_root "features: without CAP_PERFMON that is what is missing" without_capability
check_as_root "features: --macros compiles" macros
check_as_root "features: --diff" diff_of
check_as_root "features: --diff of who denies" diff_of_denied
check_as_root "features: --diff of any layout" diff_of_layouts
check_as_root "features: --diff refuses what is no such file" diff_of_damage
check_as_root "features: --for an object" for_object
check_as_root "features: --for an object that needs what is not there" for_object_lacks
check_as_root "features: --for an object that prints" for_object_loud
check_as_root "features: --for an object, without capabilities" for_object_without
check_as_root "features: the lists in the examples" examples_are_right
check_as_root "features: a binary of its own runs in an empty root directory" empty_root
exit $((failures > 0))
