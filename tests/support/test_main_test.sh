#!/bin/bash
# Checks what test binaries print and exit with, on one that fails in every way on purpose.
set -u
failing=$1
empty=$2
failures=0

# check NAME COMMAND…: runs the command as one test case of this script, with its verdict for tools/test.
check() {
  local name=$1
  shift
  echo "[case] START $name"
  if "$@"; then
    echo "[case] PASS $name"
  else
    echo "[case] FAIL $name"
    failures=1
  fi
}

# The [case] lines of the cases that the filter names. (doctest shows those that are marked with skip() whatever the
# filter is; no other case gets past this one.)
case_lines() {
  "$failing" --test-case="$1" | grep '^\[case\]' | if [ "$1" = "is marked" ]; then cat; else grep -v ' is marked: '; fi
}

# expect_lines FILTER EXPECTED: but for START, the lines of the case must be this one. What differs is printed without
# "[case]", so that it is not counted as this script's own.
expect_lines() {
  local filter=$1 expected=$2 actual
  actual=$(case_lines "$filter" | grep -v ' START ' | cut -c 8-)
  [ "$actual" = "$expected" ] && return
  printf '> expected: %s\n> actual:   %s\n' "$expected" "$actual"
  return 1
}

expect_status() {
  local filter=$1 expected=$2
  "$failing" --test-case="$filter" > /dev/null
  local actual=$?
  [ "$actual" = "$expected" ] && return
  echo "> exit status $actual instead of $expected"
  return 1
}

expect_totals() {
  "$failing" | grep -q '^test cases: 3 passed, 5 failed, 4 skipped;'
}

expect_start_only() {
  [ "$(VANISH=1 case_lines vanishes)" = "[case] START vanishes" ]
}

expect_crash() {
  local lines status
  lines=$(CRASH=1 "$failing" --test-case=crashes)
  status=$?
  [ "$status" != 0 ] && grep -qx '\[case\] FAIL crashes' <<< "$lines"
}

expect_empty_fails() { ! "$empty" > /dev/null; }

# A filter of Bazel's reaches the test binary by this variable.
expect_bazel_filter() {
  [ "$(TESTBRIDGE_TEST_ONLY=passes "$failing" | grep -c '^\[case\] START')" = 1 ]
}

check "a passing case" expect_lines "passes" "PASS passes"
check "a failed check" expect_lines "fails a check" "FAIL fails a check"
check "a failed require" expect_lines "fails a require" "FAIL fails a require"
check "an exception" expect_lines "throws" "FAIL throws"
check "a skip" expect_lines "skips" "SKIP skips: because of it"
check "a skip in a callee, reason on one line" \
  expect_lines "skips in a callee" "SKIP skips in a callee: two lines"
check "a skip in a subcase" expect_lines "skips in a subcase" "SKIP skips in a subcase: a subcase"
check "a failure before a skip stays one" expect_lines "fails\\, then skips" "FAIL fails, then skips"
check "a failure in an earlier subcase stays one" \
  expect_lines "fails in a subcase*" "FAIL fails in a subcase, then skips"
check "doctest's own skip mark" expect_lines "is marked" "SKIP is marked: marked with doctest::skip()"
check "failures fail the binary" expect_status "fails*" 1
check "an exception fails the binary" expect_status "throws" 1
check "skipping alone succeeds" expect_status "skips in a*" 0
check "passing succeeds" expect_status "passes" 0
check "a binary without cases fails" expect_empty_fails
check "a crash fails its case and the binary" expect_crash
check "a vanished process leaves only its START" expect_start_only
check "bazel's filter" expect_bazel_filter
check "the totals" expect_totals
exit $failures
