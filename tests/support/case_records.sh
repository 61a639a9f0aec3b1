#!/bin/bash
# case_records.sh OUTPUT TESTLOGS: what became of each test case of a `bazel test`.
#
# OUTPUT is what Bazel printed, with its summary of a line per target; TESTLOGS is its bazel-testlogs. For each test case
# that the logs of these targets name (see test_main.cc; cached results have their logs there too), one line is printed:
#
#     PASS //target name
#     FAIL //target name
#     SKIP //target name: why
#
# A case that started and never ended is a FAIL, and so are a target that failed without a failed case to show for it (a
# crash after the last case, a timeout, a build that broke) and one that passed without a single case.
set -eu

awk -v testlogs="$2" '
  function record(verdict, text) { print verdict, target, text }

  # Reads the log of `target`. Returns how many cases it names; `failed` becomes how many of them failed.
  function read_log(path,    line, verdict, name, running, cases) {
    failed = 0; cases = 0; running = ""
    while ((getline line < path) > 0) {
      if (line !~ /^\[case\] (START|PASS|FAIL|SKIP) /) continue
      verdict = substr(line, 8, index(substr(line, 8), " ") - 1)
      name = substr(line, 9 + length(verdict))
      if (verdict == "START") {
        if (running != "") lost(running)
        running = name
        cases++
        continue
      }
      # What doctest itself skips has not been started.
      if (running == "") cases++
      running = ""
      if (verdict == "FAIL") failed++
      record(verdict, name)
    }
    close(path)
    if (running != "") lost(running)
    return cases
  }

  function lost(name) { failed++; record("FAIL", name ": started and never ended") }

  # "//tests/unit/base:text_test   (cached) PASSED in 0.1s"
  /^\/\/[^ ]+:[^ ]+ +(\(cached\) )?[A-Z]/ {
    target = $1
    status = $0
    sub(/^[^ ]+ +(\(cached\) )?/, "", status)
    sub(/ in [0-9.]+s.*/, "", status)

    # What was not run now may have left a log of an earlier time.
    if (status ~ /^(NO STATUS|FAILED TO BUILD|SKIPPED)/) { record("FAIL", "(" status ")"); next }

    path = substr(target, 3)
    sub(/:/, "/", path)
    cases = read_log(testlogs "/" path "/test.log")
    if (status !~ /^PASSED/ && failed == 0) record("FAIL", "(" status ", but no test case failed)")
    if (status ~ /^PASSED/ && cases == 0) record("FAIL", "(" status ", but it printed no test case)")
  }
' "$1"
