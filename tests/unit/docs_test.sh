#!/bin/bash
# What the README shows is what is built: its program is examples/counter/loader.cc, without that file's first comment.
#   docs_test.sh README LOADER
set -eu
name="README: the program in it is examples/counter/loader.cc"
echo "[case] START $name"
if diff <(sed -n '/^```cpp$/,/^```$/p' "$1" | sed '1d;$d') <(sed -n '/^#include/,$p' "$2"); then
  echo "[case] PASS $name"
else
  echo "[case] FAIL $name"
  exit 1
fi
