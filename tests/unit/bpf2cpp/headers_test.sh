#!/bin/bash
# Headers of bpf2cpp: each object's compiles, with both compilers and all their warnings; it is the same whenever and
# wherever it is written; misuse does not compile, and the compiler says why.
#   headers_test.sh BPF2CPP INCLUDE_DIRECTORY MISUSE_OBJECT MISUSE_SOURCE
set -u

. tests/support/command_cases.sh
bpf2cpp=$PWD/$1
include=$PWD/$2
misuse_object=$3
misuse_source=$4
objects=$(find -L testdata tests/unit/btf -name '*.bpf.o' | sort)

compile() {
  local compiler=$1
  shift
  "$compiler" -std=c++23 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fsyntax-only -I "$include" "$@"
}

# Objects that no loader takes: what is wrong with them is said, and nothing is written.
is_bad() {
  local bad=" bad_map_attribute map_key_mismatch map_nested_twice map_without_type static_map struct_ops_pointer
    struct_ops_static "
  [[ $bad =~ [[:space:]]$(basename "$1" .bpf.o)[[:space:]] ]]
}

generate_all() {
  local object name failed=0
  mkdir -p "$work/all"
  for object in $objects; do
    name=$(basename "$object" .bpf.o)
    if is_bad "$object"; then
      status 4 "$bpf2cpp" "$object" -o "$work/bad.h" && complains "bpf2cpp: $object: " || failed=1
      [ ! -e "$work/bad.h" ] || { echo "something was written for $object"; failed=1; }
      continue
    fi
    status 0 "$bpf2cpp" "$object" -o "$work/all/$name.skel.h" && silent || failed=1
    echo "#include \"$name.skel.h\"" >> "$work/all.cc"
  done
  # Of the same source, by other compilers and for other machines, one is enough where time counts.
  grep -vE '_(clang14|eb|nobtf|stripped|v[1-4])\.' "$work/all.cc" > "$work/some.cc"
  [ "$(wc -l < "$work/all.cc")" -gt 100 ] || { echo "hardly any objects"; failed=1; }
  return $failed
}

compiles() { compile "$1" -Werror -I "$work/all" "${@:3}" "$work/$2.cc"; }

# Written again, in another folder and another language, to another name.
same() {
  local object name failed=0
  mkdir -p "$work/again"
  for object in $objects; do
    is_bad "$object" && continue
    name=$(basename "$object" .bpf.o)
    cp -L "$object" "$work/again/$name.bpf.o"
    (cd "$work/again" && LC_ALL=C TZ=UTC "$bpf2cpp" "$name.bpf.o" -o -) | cmp - "$work/all/$name.skel.h" || failed=1
  done
  return $failed
}

# The lines of misuse.cc that say what to EXPECT have that error, and the others have none.
misused() {
  local compiler=$1 failed=0 line expected number
  compile "$compiler" $2 -I "$work" "$misuse_source" 2> "$work/errors"
  # gcc's quotation marks and words, as clang's.
  sed -i "s/‘/'/g; s/’/'/g; s/has no member named/no member named/" "$work/errors"
  grep -E "^[^ ]*misuse.cc:[0-9]+:[0-9]+: error: " "$work/errors" | sed -E 's/^[^:]*:([0-9]+):[0-9]+: error: /\1 /' > "$work/found"
  number=0
  while IFS= read -r line; do
    number=$((number + 1))
    case $line in
      *"// EXPECT "*)
        expected=${line#*// EXPECT }
        grep -E "^$number " "$work/found" | grep -qE "$expected" || {
          echo "line $number: not said: $expected"
          grep -E "^$number " "$work/found"
          failed=1
        }
        ;;
      *) ! grep -E "^$number " "$work/found" || failed=1 ;;
    esac
  done < "$misuse_source"
  [ "$failed" = 0 ] || grep -m 20 "error" "$work/errors"
  return $failed
}

usage() {
  status 3 "$bpf2cpp" && complains "OBJECT is missing" &&
    status 3 "$bpf2cpp" "$misuse_object" && complains "-o HEADER is missing" &&
    status 3 "$bpf2cpp" "$misuse_object" --colour && complains 'no option "--colour"' &&
    status 0 "$bpf2cpp" --help && says "--no-embed" &&
    status 4 "$bpf2cpp" "$work/nothing.o" -o - && complains "nothing.o"
}

# The file's name is part of what is generated; as a text, whatever is in it.
odd_file_name() {
  local odd="$work/a\"b\\c.bpf.o"
  cp "$misuse_object" "$odd" && status 0 "$bpf2cpp" "$odd" -o "$work/odd.skel.h" &&
    grep -qF '"a\42b\134c"' "$work/odd.skel.h" && ! grep -qF 'a"b' "$work/odd.skel.h"
}

options() {
  status 0 "$bpf2cpp" "$misuse_object" -o - --namespace acme::traffic --class Traffic --no-embed &&
    says "namespace acme::traffic {" && says "class TrafficSpec {" && says "class Traffic {" &&
    ! grep -q kObject "$work/out" &&
    status 3 "$bpf2cpp" "$misuse_object" -o - --namespace acme:: && complains '"acme::" cannot be the name of a namespace' &&
    status 3 "$bpf2cpp" "$misuse_object" -o - --class class && complains '"class" cannot be the name of a class' &&
    status 3 "$bpf2cpp" "$misuse_object" -o - --type stat && complains 'there is no type "stat"; did you mean "stats"?' &&
    status 3 "$bpf2cpp" "$misuse_object" -o - --record array=stats && complains 'it is a array, which has no records'
}

export LC_ALL=C.UTF-8
check "bpf2cpp: a header for every object" generate_all
for compiler in g++ clang++-19; do
  check "bpf2cpp: the headers compile: $compiler" compiles "$compiler" all
  check "bpf2cpp: the headers compile without exceptions and RTTI: $compiler" compiles "$compiler" some -fno-exceptions -fno-rtti
done
check "bpf2cpp: the same object gives the same header" same
"$bpf2cpp" "$misuse_object" -o "$work/misuse.skel.h" --record events=stats || failures=$((failures + 1))
check "bpf2cpp: misuse does not compile: g++" misused g++ -fmax-errors=0
check "bpf2cpp: misuse does not compile: clang++" misused clang++-19 -ferror-limit=0
check "bpf2cpp: wrong usage" usage
check "bpf2cpp: options" options
check "bpf2cpp: a file with quotes in its name" odd_file_name
exit $((failures > 0))
