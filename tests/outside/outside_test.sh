#!/bin/bash
# A project outside of this workspace that uses the library builds, and its program runs.
#   outside_test.sh bazel|cmake
set -u

root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..
. tests/support/command_cases.sh
project=$root/examples/outside

run() { "$@" > "$work/log" 2>&1 || { echo "failed: $*"; tail -n 60 "$work/log"; return 1; }; }

build_with_bazel() {
  local bazel=(bazel "--output_user_root=$work/bazel")
  # Whose test this is means something to Bazel; the other one must not find it.
  unset TEST_TMPDIR RUNFILES_DIR RUNFILES_MANIFEST_FILE
  (
    cd "$project" || exit 1
    run "${bazel[@]}" build --jobs=2 --symlink_prefix=/ //:calls && cp -L "$("${bazel[@]}" info bazel-bin 2> "$work/err")/calls" "$work/calls"
    status=$?
    "${bazel[@]}" shutdown > "$work/log" 2>&1
    exit $status
  )
}

build_with_cmake() {
  run cmake -S "$root" -B "$work/library" -DCMAKE_BUILD_TYPE=None && run cmake --build "$work/library" -j 2 &&
    run cmake --install "$work/library" --prefix "$work/prefix" &&
    run cmake -S "$project" -B "$work/project" -DCMAKE_PREFIX_PATH="$work/prefix" &&
    run cmake --build "$work/project" && cp "$work/project/calls" "$work/calls"
}

# What the kernel counted is what the program did.
counts() { status 0 "$work/calls" && says "10 system calls"; }

tool=$1
if ! command -v "$tool" > "$work/log"; then
  echo "[case] START outside: $tool"
  echo "[case] SKIP outside: $tool: there is no $tool on this machine"
  exit 0
fi
check "outside: a project of its own builds with $tool" "build_with_$tool"
check_as_root "outside: its program runs ($tool)" counts
exit $((failures > 0))
