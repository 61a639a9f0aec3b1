#!/bin/bash
# Tests of tools/matrix.d/machine on a real kernel: what becomes of tests that pass, hang, make the kernel warn or stop it,
# and what the jobs `run` and `shell` give.
#   machine_test.sh CASE_RECORDS TABLE
set -u
export MATRIX_CASE_RECORDS=$PWD/$1
table=$PWD/$2
parts=$PWD/tools/matrix.d
work=$(mktemp -d "$TEST_TMPDIR/machine.XXXXXX")
export MATRIX_BTF=$work/btf MATRIX_BOOT_SECONDS=300
failures=0

home=${HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)}
cache=${XDG_CACHE_HOME:-$home/.cache}/ebpf-matrix

# check NAME COMMAND…: the command as one test case. Why there is no machine, if there is none, is in $work/lost.
check() {
  local name="matrix machine: $1"
  shift
  echo "[case] START $name"
  if [ -s "$work/lost" ]; then
    echo "[case] SKIP $name: $(tail -n 1 "$work/lost")"
  elif "$@"; then
    echo "[case] PASS $name"
  else
    # The ends of the consoles say what went wrong.
    tail -n 12 "$work"/of_*/6.1/console.log | sed 's/^/> /'
    echo "[case] FAIL $name"
    failures=1
  fi
}

# says FILE LINE…: the file has each of these lines. What it has is shown indented, so that it counts as nobody's case.
says() {
  local file=$1 line
  shift
  for line in "$@"; do
    grep -qxF -- "$line" "$file" || { echo "not in $(basename "$file"): $line"; sed 's/^/> /' "$file"; return 1; }
  done
}

# tests NAME LABEL…: a machine's list of tests, each of which may take so many seconds.
tests() {
  local folder=$work/of_$1 label
  shift
  mkdir -p "$folder"
  for label in "$@"; do echo "//vm:$label ${seconds-60}"; done > "$folder/tests"
  cp "$work/common.cpio" "$work/modules" "$work/6.1.kernel" "$folder/"
}

# script NAME: a test program //vm:NAME from standard input.
script() {
  { echo '#!/bin/sh'; cat; } > "$work/common/ebpf/vm/$1"
  chmod +x "$work/common/ebpf/vm/$1"
}

prepare() {
  local program
  for program in qemu-system-x86_64 busybox cpio; do
    command -v "$program" > /dev/null || { echo "no $program on this machine" > "$work/lost"; return; }
  done
  "$parts/get-kernel" 6.1 "$cache" > "$work/6.1.kernel" 2> "$work/lost" || return
  rm -f "$work/lost"
  MATRIX_ACCEL=tcg
  if "$parts/try-kvm" > /dev/null 2>&1; then MATRIX_ACCEL=kvm; fi
  export MATRIX_ACCEL
  echo dummy > "$work/modules"
  "$parts/pack" base "$work/common"
  mkdir -p "$work/common/ebpf/vm"
  script passes <<< 'echo "[case] START a"; modprobe dummy && echo "[case] PASS a"'
  script hangs <<< 'echo "[case] START b"; exec sleep 1000'
  script warns <<< 'echo "[case] START c"; echo "WARNING: from a test of the matrix" > /dev/kmsg; echo "[case] PASS c"'
  # What it printed is to be out before.
  script panics <<< 'echo "[case] START d"; sleep 1; echo c > /proc/sysrq-trigger; sleep 1000'
  "$parts/pack" archive "$work/common" > "$work/common.cpio"
  seconds=3 tests goes_on hangs warns passes
  tests panic passes panics warns
  tests stuck hangs
  tests quiet passes
  tests jobs
}

# Each machine in a folder of its own, some of them at a time.
boot_all() {
  local folder
  for folder in goes_on panic; do "$parts/machine" "$work/of_$folder" 6.1 tests & done
  wait
  "$parts/machine" "$work/of_quiet" 6.1 tests &
  MATRIX_BOOT_SECONDS=12 "$parts/machine" "$work/of_stuck" 6.1 tests &
  wait
}

goes_on() {
  says "$work/of_goes_on/6.1.records" "PASS (machine) comes up, runs the tests and ends" \
    "FAIL (machine) no warning in dmesg" "FAIL //vm:hangs b: started and never ended" "PASS //vm:warns c" \
    "PASS //vm:passes a" && ! "$table" "$work/of_goes_on/6.1.records" > "$work/table" &&
    says "$work/table" "3 passed, 2 failed, 0 skipped"
}
shows() {
  "$parts/machine" "$work/of_goes_on" 6.1 show > "$work/shown" 2>&1
  says "$work/shown" "==== 6.1: the end of the log of //vm:hangs" "[case] START b" && grep -q 'WARNING: from a test' "$work/shown"
}
panics() {
  says "$work/of_panic/6.1.records" "FAIL (machine) comes up, runs the tests and ends" \
    "FAIL (machine) no warning in dmesg" "PASS //vm:passes a" "FAIL //vm:panics d: started and never ended" \
    "FAIL //vm:warns (NO STATUS)" || return 1
  "$parts/machine" "$work/of_panic" 6.1 show > "$work/shown" 2>&1
  grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$work/shown"
}
# On a slow host it may be stopped before the test has started.
stuck() {
  says "$work/of_stuck/6.1.records" "FAIL (machine) comes up, runs the tests and ends" &&
    grep -qE '^FAIL //vm:hangs (b: started and never ended|\(NO STATUS\))$' "$work/of_stuck/6.1.records"
}
quiet() {
  says "$work/of_quiet/6.1.records" "PASS (machine) comes up, runs the tests and ends" \
    "PASS (machine) no warning in dmesg" "PASS //vm:passes a" && ! grep -q '^FAIL' "$work/of_quiet/6.1.records" &&
    [ -z "$("$parts/machine" "$work/of_quiet" 6.1 show)" ]
}
# Little-endian BTF begins with 9f eb.
btf_is_kept() {
  local release
  release=$(cat "$(cat "$work/6.1.kernel")/release")
  [ "$(od -An -N2 -tx1 "$MATRIX_BTF/$release.btf")" = " 9f eb" ] && cmp "$MATRIX_BTF/6.1.btf" "$MATRIX_BTF/$release.btf" &&
    cmp "$work/of_quiet/6.1/results/vmlinux.btf" "$MATRIX_BTF/6.1.btf"
}
runs() {
  local status=0
  mkdir -p "$work/of_jobs/6.1.job/matrix"
  echo 'pwd; uname -r; exit 3' > "$work/of_jobs/6.1.job/matrix/command"
  "$parts/machine" "$work/of_jobs" 6.1 run > "$work/said" < /dev/null || status=$?
  [ "$status" = 3 ] && says "$work/said" /ebpf "$(cat "$(cat "$work/6.1.kernel")/release")"
}
# Standard input is the shell's, and its end is the shell's end.
gives_a_shell() {
  printf 'echo $((6 * 7)) of $(uname -r)\nid -u > /tmp/id; cat /tmp/id\n' | "$parts/machine" "$work/of_jobs" 6.1 shell |
    tr -d '\r' > "$work/said"
  [ "${PIPESTATUS[1]}" = 0 ] && says "$work/said" "42 of $(cat "$(cat "$work/6.1.kernel")/release")" 0
}
is_lost() {
  rm "$work/of_jobs/6.1.kernel"
  echo "no such package" > "$work/of_jobs/6.1.lost"
  "$parts/machine" "$work/of_jobs" 6.1 tests &&
    says "$work/of_jobs/6.1.records" "SKIP (machine) comes up, runs the tests and ends: no such package" &&
    ! "$parts/machine" "$work/of_jobs" 6.1 run 2> "$work/said" && says "$work/said" "no machine for 6.1: no such package"
}

prepare
[ -s "$work/lost" ] || boot_all
check "all is well, and nothing is shown" quiet
check "a test that hangs and a warning of the kernel's are failures, and the other tests go on" goes_on
check "what failed is shown: the test's log, and what the kernel said" shows
check "a panic fails the machine, the case it was at, and the tests that did not start" panics
check "a machine that does not end is stopped and fails" stuck
check "the kernel's types are kept, by release and by name" btf_is_kept
check "run: output and exit status of a command" runs
check "shell: what comes in on standard input is done" gives_a_shell
check "a kernel that cannot be had is skipped, with the reason" is_lost
exit $failures
