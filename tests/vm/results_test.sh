#!/bin/bash
# Tests of tools/matrix.d/split-results and table, on results made up for each case.
set -u
split_results=$1
table=$2
case_records=$3
work=$(mktemp -d "$TEST_TMPDIR/results.XXXXXX")
failures=0

# expect NAME EXPECTED ACTUAL. Texts are shown indented, so that their [case] lines are not counted as this script's own.
expect() {
  echo "[case] START matrix results: $1"
  if [ "$2" = "$3" ]; then
    echo "[case] PASS matrix results: $1"
  else
    diff <(echo "$2") <(echo "$3") | sed 's/^/> /'
    echo "[case] FAIL matrix results: $1"
    failures=1
  fi
}

# records_of: what becomes of standard input, as a machine's results where //a:one and //b/c:two were to be run.
records_of() {
  rm -rf "$work/logs"
  printf '//a:one\n//b/c:two\n' > "$work/tests"
  cat > "$work/results"
  "$split_results" -v tests="$work/tests" -v testlogs="$work/logs" "$work/results" > "$work/summary"
  "$case_records" "$work/summary" "$work/logs"
}

expect "each test has its log and its verdict" "PASS //a:one x
SKIP //b/c:two y: why
FAIL //b/c:two z" "$(records_of << 'END'
[test] START //a:one
[case] START x
[case] PASS x

[test] END //a:one 0 3
[test] START //b/c:two
[case] START y
[case] SKIP y: why
[case] START z
[case] FAIL z

[test] END //b/c:two 1 3
END
)"

expect "a machine that stops fails the case it was at, and those that did not start" \
  "FAIL //a:one x: started and never ended
FAIL //b/c:two (NO STATUS)" "$(records_of << 'END'
[test] START //a:one
[case] START x
END
)"

expect "a test that hangs is a timeout" "PASS //a:one x
FAIL //a:one (TIMEOUT, but no test case failed)
FAIL //b/c:two (NO STATUS)" "$(records_of << 'END'
[test] START //a:one
[case] START x
[case] PASS x
[test] END //a:one 137 300
END
)"

expect "no results at all" "FAIL //a:one (NO STATUS)
FAIL //b/c:two (NO STATUS)" "$(records_of < /dev/null)"

# Two kernels: one case everywhere, one skipped on the old kernel, one skipped on both, one that fails on the new one.
cat > "$work/6.1.records" << 'END'
PASS (machine) comes up
CASE //a:one x: with a colon
CASE //a:one y
CASE //a:one z
CASE //a:one w
PASS //a:one x: with a colon
SKIP //a:one y: needs map type arena: BPF_MAP_CREATE: EINVAL
SKIP //a:one z: needs the moon
PASS //a:one w
END
cat > "$work/latest.records" << 'END'
PASS (machine) comes up
CASE //a:one x: with a colon
CASE //a:one y
CASE //a:one z
CASE //a:one w
SKIP //a:one x: with a colon: new: colons
PASS //a:one y
SKIP //a:one z: needs the moon
FAIL //a:one w: started and never ended
END

expect "the table" "6.1    latest 
              (machine)
pass   pass     comes up
              //a:one
pass   skip     x: with a colon
skip   pass     y
skip   skip     z
pass   FAIL     w

skipped:
  //a:one y (6.1): needs map type arena: BPF_MAP_CREATE: EINVAL
  //a:one z (6.1, latest): needs the moon
  //a:one x: with a colon (latest): new: colons

skipped on every kernel of this run:
  //a:one z

failed:
  latest: //a:one w: started and never ended

5 passed, 1 failed, 4 skipped
status 1" "$("$table" "$work/6.1.records" "$work/latest.records"; echo "status $?")"

expect "what is skipped everywhere fails where the matrix is complete" "5 passed, 2 failed, 4 skipped" \
  "$("$table" -v complete=1 "$work/6.1.records" "$work/latest.records" | tail -n 1)"

expect "cases that are skipped everywhere are told to a file, too" "//a:one z" \
  "$("$table" -v nowhere_file="$work/nowhere" "$work/6.1.records" "$work/latest.records" > "$work/table"; cat "$work/nowhere")"
printf 'CASE (machine) comes up\nSKIP (machine) comes up: no package\n' > "$work/5.10.records"
sed -i '/ w$/d; / z/d' "$work/6.1.records"
expect "a kernel that cannot be had is skipped by name, and fails nothing" "5.10   6.1    
              (machine)
skip   pass     comes up
              //a:one
-      pass     x: with a colon
-      skip     y

skipped:
  (machine) comes up (5.10): no package
  //a:one y (6.1): needs map type arena: BPF_MAP_CREATE: EINVAL

skipped on every kernel of this run:
  //a:one y

2 passed, 0 failed, 2 skipped
status 0" "$("$table" "$work/5.10.records" "$work/6.1.records"; echo "status $?")"

exit $failures
