#!/bin/bash
# ebpf vars on the real kernel, as scripts see it; as root.
#   vars_test.sh EBPF KNOBS_OBJECT
set -eu

ebpf=$PWD/$1
. tests/support/command_cases.sh

# The object under a name of this process's own, which begins the names of its maps.
own=k$$
cp "$2" "$work/$own.bpf.o"
: > "$work/run"
"$ebpf" run "$work/$own.bpf.o" 2> "$work/run" &
loader=$!
trap 'kill "$loader" 2> /dev/null; wait 2> /dev/null; rm -rf "$work"' EXIT
for ((i = 0; i < 300; i++)); do
  grep -q attached "$work/run" && break
  kill -0 "$loader" 2> /dev/null || break
  sleep 0.1
done
grep -q attached "$work/run" || cat "$work/run"

data=$own.data
bss=$own.bss

# value SELECTOR TEXT: what it is now.
value() { status 0 "$ebpf" vars get "$1" && says " = $2"; }

lists() {
  status 0 "$ebpf" vars list && says "$data, used by watch_calls (" && says "  config: struct config" &&
    says "  numbers: __s64[4]" && says "  constant: const volatile __u32 (constant)" && says "  watch_calls.runs: " &&
    status 0 "$ebpf" vars list --json "$data" && [ "$(wc -l < "$work/out")" = 2 ] &&
    says "\"map\":\"$data\",\"programs\":[{\"id\":" && says '"name":"watch_calls"}]' &&
    says '"name":"config","section":".data","type":"struct config","offset":' && says '"constant":false'
}
gets() {
  value "$data.numbers[1]" -2 && says 'numbers[1] = -2' && value "$data.config.limits[1].rate" 2 &&
    value "$data.config.limits[1]" '{rate = 2, burst = -2, active = true}' && value "$data.config.level" LEVEL_HIGH &&
    value "$data.config.few" 5 && value "$data.config.sign" -3 && value "$data.config.name" '"first"' &&
    value "$data.config.share" 0.5 && value "$data.config.big" 18446744073709551615 && value "$own.rodata.constant" 42 &&
    status 0 "$ebpf" vars get "$data" && says 'config = {limits = [{rate = 1,' && says 'numbers = [1, -2, 3, -4]' &&
    status 0 "$ebpf" vars get --json "$data.config.limits[1]" "$data.numbers" &&
    says '"name":"config.limits[1]","type":"struct limit","constant":false,"value":{"rate":2,"burst":-2,"active":true}}' &&
    says '"value":[1,-2,3,-4]}'
}
by_number() {
  local map program
  status 0 "$ebpf" vars list --json "$data" || return 1
  map=$(sed -n 's/.*"map_id":\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
  program=$(sed -n 's/.*"programs":\[{"id":\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
  value "$map.numbers[2]" 3 && value "map:$map.numbers[2]" 3 && value "program:$program.numbers[2]" 3 &&
    value "program:$program.watch_calls.runs" ''
}
sets() {
  status 0 "$ebpf" vars set "$data.config.limits[1].rate" 77 && says 'config.limits[1].rate = 77' &&
    value "$bss.seen.rate" 77 && value "$data.config.limits[1].burst" -2 &&
    status 0 "$ebpf" vars set "$data.config.limits[1]" '{burst = -5, active = false}' && value "$bss.seen" '{rate = 77, burst = -5, active = false}' &&
    status 0 "$ebpf" vars set "$data.config.limits[1]" '{"rate": 0x10, "active": true}' && value "$bss.seen" '{rate = 16, burst = -5, active = true}' &&
    status 0 "$ebpf" vars set "$data.numbers" '[10, 20]' && value "$data.numbers" '[10, 20, 3, -4]' &&
    status 0 "$ebpf" vars set "$data.numbers[3]" -40 && value "$data.numbers" '[10, 20, 3, -40]' &&
    status 0 "$ebpf" vars set "$data.config" '{limits = [{rate = 9}], name = "sec,ond", share = -1.5}' &&
    value "$data.config.limits[0].rate" 9 && value "$data.config.name" '"sec,ond"' && value "$data.config.share" -1.5 &&
    status 0 "$ebpf" vars set "$data.config.name" plain && value "$data.config.name" '"plain"' &&
    status 0 "$ebpf" vars set "$data.config.level" 'LEVEL_LOW|LEVEL_VERY' && value "$data.config.level" 'LEVEL_LOW|LEVEL_VERY' &&
    status 0 "$ebpf" vars set --json "$data.config.level" LEVEL_LOW && says '"value":1}'
}
# Numbers of more digits than a double has.
watches_change() {
  status 0 "$ebpf" vars set "$data.numbers[0]" 1152921504606846977 || return 1
  "$ebpf" vars watch "$data.numbers[0]" --for 4 > "$work/watched" 2>&1 &
  local watcher=$!
  sleep 2.5
  status 0 "$ebpf" vars set "$data.numbers[0]" 1152921504606846974
  wait "$watcher" && grep -qF ' = 1152921504606846974 (-3/s)' "$work/watched" && grep -qF '6977 (+0/s)' "$work/watched" && return
  cat "$work/watched"
  return 1
}
refuses() {
  status 1 "$ebpf" vars set "$own.rodata.constant" 7 && complains 'is a constant (.rodata)' && silent &&
    status 3 "$ebpf" vars set "$data.config.limits[1].rate" -1 && complains 'does not fit' &&
    status 3 "$ebpf" vars set "$data.config.limits[1].rate" many && complains 'is no value' &&
    status 3 "$ebpf" vars set "$data.config.limits[3].rate" 1 && complains 'no element 3' &&
    status 3 "$ebpf" vars set "$data.config" '{rate = 1}' && complains 'no such member' &&
    status 3 "$ebpf" vars set "$data.config" '{level = 1' && complains '} is missing' &&
    status 3 "$ebpf" vars set "$data.config.limits" 5 && complains 'it is an array' &&
    status 3 "$ebpf" vars set "$data.config.name" 'much too long' && complains 'does not fit into 8 bytes' &&
    status 3 "$ebpf" vars set "$data" 5 && complains 'which variable' &&
    status 3 "$ebpf" run "$work/$own.bpf.o" --watch config.few --for 1 && complains 'it is a bit-field' &&
    status 3 "$ebpf" run "$work/$own.bpf.o" --for '' && complains '--for' &&
    status 1 "$ebpf" vars set "$data.config.few" 1 && complains 'bit-field' && value "$data.config.few" 5 &&
    status 1 "$ebpf" vars set "$data.confgi.level" 1 && complains 'did you mean "config"?' &&
    status 1 "$ebpf" vars get "$own.nothing" && complains "no program or map" &&
    status 1 "$ebpf" vars get map:4294967295 && complains 'no map number 4294967295' &&
    status 3 "$ebpf" vars get && status 3 "$ebpf" vars && value "$data.config.big" 18446744073709551615
}
watches() {
  status 0 "$ebpf" vars watch --for 2 "$bss.calls" "$data.config.big" && [ "$(wc -l < "$work/out")" = 2 ] &&
    says "$data.config.big = 18446744073709551615" && says '/s)' &&
    status 0 "$ebpf" vars watch --json --for 1 "$bss" && says '"values":{' && says '"calls":' && says '"seen":{"rate":' &&
    status 3 "$ebpf" vars watch --for soon "$bss" && status 1 "$ebpf" vars watch "$bss.cals" && complains 'did you mean "calls"?'
}
run_sets_members() {
  status 3 "$ebpf" run "$work/$own.bpf.o" --set 'config.limits[5].rate=1' && complains 'no element 5' &&
    status 0 "$ebpf" run "$work/$own.bpf.o" --set 'config.limits[1].rate=123' --set 'config.few=7' \
      --watch 'config.limits[1].rate' --watch seen --for 1 --json && says '"config.limits[1].rate":123' && says '"seen":{"rate":123,'
}
denied() {
  cp "$ebpf" "$work/ebpf" && chmod 755 "$work/ebpf" &&
    status 2 setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all "$work/ebpf" vars list
}

check_as_root "vars list: what is loaded, with types" lists
check_as_root "vars get: variables and parts of them, as text and as JSON" gets
check_as_root "vars: maps and programs by number" by_number
check_as_root "vars set: the running program sees it; what is not named stays" sets
check_as_root "vars set: constants, bit-fields, values that do not fit and names that are not there" refuses
check_as_root "vars watch: a line each second" watches
check_as_root "vars watch: changes of integers to the last digit" watches_change
check_as_root "run: members are set and watched by path" run_sets_members
check_as_root "vars: denied without capabilities is status 2" denied
exit $((failures > 0))
