# For tests of a command from outside, as scripts see it: sourced, from the folder in which Bazel runs tests. Gives a
# folder $work, gone at the end, and test cases that are functions:
#
#     . tests/support/command_cases.sh
#     usage() { status 3 "$ebpf" && complains "FILE"; }
#     check "command: wrong usage is status 3" usage
#     exit $((failures > 0))

work=$(mktemp -d)
# It is root's alone, and some cases are not root.
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
failures=0

# check NAME FUNCTION: a test case.
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

# check_as_root NAME FUNCTION: the same, skipped where this is not root.
check_as_root() {
  if [ "$(id -u)" = 0 ]; then
    check "$@"
  else
    echo "[case] START $1"
    echo "[case] SKIP $1: needs root"
  fi
}

# The beginning of what the last command wrote, for a case that fails.
show() { head -c 2000 "$work/out" "$work/err"; }

# status WANTED COMMAND…: runs it, keeps what it writes.
status() {
  local want=$1 got=0
  shift
  "$@" > "$work/out" 2> "$work/err" || got=$?
  [ "$got" = "$want" ] || { echo "status $got instead of $want: $*"; show; return 1; }
}

# What the last command wrote.
says() { grep -qF -- "$1" "$work/out" || { echo "not on standard output: $1"; show; return 1; }; }
complains() { grep -qF -- "$1" "$work/err" || { echo "not on standard error: $1"; show; return 1; }; }
silent() { [ ! -s "$work/out" ] || { echo "says something:"; show; return 1; }; }
