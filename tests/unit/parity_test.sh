#!/bin/bash
# docs/parity.md: the tests that it names are built and have the cases that it names, and every row marked done names
# one.
#   parity_test.sh PAGE FILE...
# FILE... are the sources and BUILD files of the tests.
set -u
page=$1
shift
files=("$@")

# The file of that path in the workspace; fails where it was not given.
file_of() {
  local file
  for file in "${files[@]}"; do
    if [[ $file == "$1" || $file == */"$1" ]]; then
      echo "$file"
      return
    fi
  done
  return 1
}

check_reference() { # TARGET CASE
  local package=${1#//} name source build
  name=${package#*:}
  package=${package%%:*}
  if ! build=$(file_of "$package/BUILD") || ! grep -qF "\"$name\"" "$build" || ! source=$(file_of "$package/$name.cc"); then
    echo "there is no $1"
    return 1
  fi
  grep -qF "TEST_CASE(\"$2\")" "$source" || { echo "$1 has no case \"$2\""; return 1; }
}

failed=0
verdict() { # STATUS NAME
  if [[ $1 == 0 ]]; then
    echo "[case] PASS $2"
  else
    echo "[case] FAIL $2"
    failed=1
  fi
}

name="parity: the tests that the page names exist"
echo "[case] START $name"
missing=0 references=0
while IFS= read -r reference; do
  ((++references))
  target=${reference#\`}
  check_reference "${target%%\`*}" "$(sed 's/^[^"]*"//; s/"$//' <<<"$reference")" || missing=1
done < <(grep '^|' "$page" | grep -oE '`//[^`]+` "[^"]+"' | sort -u)
((references >= 50)) || { echo "only $references tests are named"; missing=1; }
verdict $missing "$name"

name="parity: every row says what is done, and where it is done by which test"
echo "[case] START $name"
awk -F'|' '
  /^\|/ && $2 !~ /^ (Behaviour|---) $/ {
    ++rows
    if (NF != 5) { print "not three columns: " $0; bad = 1 }
    else if ($3 !~ /^ (done|differs|not done|in work)/) { print "no status: " $0; bad = 1 }
    else if ($3 ~ /^ done/ && $4 !~ /`\/\/[^`]+` "[^"]+"/) { print "done, but no test: " $0; bad = 1 }
  }
  END { if (rows < 100) { print "only " rows " rows"; bad = 1 }; exit bad }' "$page"
verdict $? "$name"
exit $failed
