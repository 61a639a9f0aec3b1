#!/bin/bash
# Tests of case_records.sh on logs made up for each case.
set -u
case_records=$1
work=$(mktemp -d "$TEST_TMPDIR/records.XXXXXX")
failures=0

# A target named //a:NAME with this status in the summary, and standard input as its log.
target() {
  printf '%-60s %s\n' "//a:$1" "$2" >> "$work/output"
  mkdir -p "$work/logs/a/$1"
  cat > "$work/logs/a/$1/test.log"
}

# expect NAME EXPECTED: for the targets since the last time. Lines are shown without "[case]" and indented, so that they
# are not counted as this script's own.
expect() {
  local actual
  echo "[case] START case_records: $1"
  actual=$("$case_records" "$work/output" "$work/logs")
  if [ "$actual" = "$2" ]; then
    echo "[case] PASS case_records: $1"
  else
    printf '> expected: %s\n> actual:   %s\n' "$2" "$actual"
    echo "[case] FAIL case_records: $1"
    failures=1
  fi
  rm -rf "$work/output" "$work/logs"
}

target good "PASSED in 0.1s" << 'END'
Executing tests from //a:good
[case] START one
[case] PASS one
[case] START two: with a colon
noise
[case] SKIP two: with a colon: why not
END
expect "passed and skipped" "PASS //a:good one
SKIP //a:good two: with a colon: why not"

target cached "(cached) PASSED in 0.1s" << 'END'
[case] START one
[case] PASS one
END
target other "PASSED in 12.3s" << 'END'
[case] START one
[case] PASS one
END
expect "a cached target counts, and so does a second one" "PASS //a:cached one
PASS //a:other one"

target bad "FAILED in 0.1s" << 'END'
[case] START one
[case] FAIL one
[case] START two
[case] PASS two
END
expect "a failed case stands for its target" "FAIL //a:bad one
PASS //a:bad two"

target crashed "FAILED in 0.1s" << 'END'
[case] START one
[case] PASS one
[case] START two
Segmentation fault
END
expect "a case that never ended" "PASS //a:crashed one
FAIL //a:crashed two: started and never ended"

target twice "FAILED in 0.1s" << 'END'
[case] START one
[case] START two
[case] PASS two
END
expect "a case that the next one overtook" "FAIL //a:twice one: started and never ended
PASS //a:twice two"

target late "FAILED in 0.1s" << 'END'
[case] START one
[case] PASS one
LeakSanitizer: detected memory leaks
END
expect "a target that failed after its last case" "PASS //a:late one
FAIL //a:late (FAILED, but no test case failed)"

target slow "TIMEOUT in 60.0s" << 'END'
END
expect "a timeout" "FAIL //a:slow (TIMEOUT, but no test case failed)"

target empty "PASSED in 0.0s" << 'END'
nothing to see
[case] is not a verdict
 [case] PASS nor is this
END
expect "a target without a case" "FAIL //a:empty (PASSED, but it printed no test case)"

target broken "FAILED TO BUILD" << 'END'
[case] START from an earlier time
[case] PASS from an earlier time
END
target untried "NO STATUS" << 'END'
END
expect "targets that were not run" "FAIL //a:broken (FAILED TO BUILD)
FAIL //a:untried (NO STATUS)"

target marked "PASSED in 0.1s" << 'END'
[case] SKIP only: marked with doctest::skip()
END
expect "a case that was skipped before it started" "SKIP //a:marked only: marked with doctest::skip()"

printf '//a:nolog   PASSED in 0.1s\n' > "$work/output"
expect "a log that is not there" "FAIL //a:nolog (PASSED, but it printed no test case)"

printf 'INFO: Build completed\n//a looks odd\nFAIL: //a:x (see …/test.log)\n' > "$work/output"
expect "lines of other kinds" ""

exit $failures
