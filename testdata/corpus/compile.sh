#!/bin/bash
# compile.sh OUTPUT INCLUDE SOURCE…: compiles every source in each of the ways below that it allows, two at a time, to
# OUTPUT/VARIANT/NAME.bpf.o. One action makes hundreds of objects so: an action for each would take longer to set up than
# to run.
#
# A line "// corpus: v3 clang-19" at a source's top says which instruction set it needs at least (v1 where it does not
# say), and that it is only for that compiler.
set -eu
output=$(realpath "$1")
include=$(realpath "$2")
shift 2
sources=()
for source in "$@"; do sources+=("$(realpath "$source")"); done
folder=$(dirname "${sources[0]}")

# name, compiler, instruction set, options
variants=(
  "clang19_v1 clang-19 v1 -O2"
  "clang19_v2 clang-19 v2 -O2"
  "clang19_v3 clang-19 v3 -O2"
  "clang19_v4 clang-19 v4 -O2"
  "clang19_O1 clang-19 v3 -O1"
  "clang19_Os clang-19 v2 -Os"
  "clang14_v1 clang-14 v1 -O2"
  "clang14_v2 clang-14 v2 -O2"
  "clang14_v3 clang-14 v3 -O2"
  "clang14_O1 clang-14 v2 -O1"
)

case $(uname -m) in
  x86_64) arch=x86 ;;
  aarch64) arch=arm64 ;;
  *) arch=$(uname -m) ;;
esac
multiarch=$(gcc -print-multiarch 2> /dev/null || echo "$(uname -m)-linux-gnu")

# The sources that a variant is for.
sources_for() {
  local compiler=$1 set=$2 source needs
  for source in "${sources[@]}"; do
    needs=$(sed -n 's|^// corpus: ||p' "$source")
    case $needs in *clang-*) case $needs in *"$compiler"*) ;; *) continue ;; esac ;; esac
    case $needs in
      *v4*) [ "$set" = v4 ] || continue ;;
      *v3*) case $set in v1 | v2) continue ;; esac ;;
      *v2*) [ "$set" != v1 ] || continue ;;
    esac
    echo "$source"
  done
}

compile() {
  local name=$1 compiler=$2 set=$3 optimisation=$4
  local of_variant
  mapfile -t of_variant < <(sources_for "$compiler" "$set")
  mkdir -p "$output/$name"
  cd "$output/$name"
  "$compiler" --target=bpfel -g "$optimisation" "-mcpu=$set" -Wall -Werror -Wno-unused-function \
    -Wno-pass-failed "-D__TARGET_ARCH_$arch" -I "$include" -idirafter "/usr/include/$multiarch" \
    "-ffile-prefix-map=$folder=." -c "${of_variant[@]}"
  # Half of them as packages ship them: without DWARF.
  case $name in *_v2 | *_v4 | *_O1) "${compiler/clang/llvm-strip}" --strip-debug ./*.o ;; esac
}

# What bpftool's static linker makes of one object, and of two.
link() {
  local from=$1 name=$2 object
  mkdir -p "$output/$name"
  for object in "$output/$from"/*.bpf.o; do
    case $object in */linked_?.bpf.o) continue ;; esac
    bpftool gen object "$output/$name/$(basename "$object")" "$object"
  done
  bpftool gen object "$output/$name/linked.bpf.o" "$output/$from"/linked_{a,b}.bpf.o
}

# Runs a command beside one other. The end of a command that failed is this script's.
running=0
beside() {
  if [ "$running" = 2 ]; then finish_one; fi
  "$@" &
  running=$((running + 1))
}
finish_one() {
  wait -n
  running=$((running - 1))
}
finish_all() { while [ "$running" -gt 0 ]; do finish_one; done; }

PATH=$PATH:/usr/sbin  # bpftool
for variant in "${variants[@]}"; do
  # shellcheck disable=SC2086
  beside compile $variant
done
finish_all
beside link clang19_v3 linked_clang19
beside link clang14_v2 linked_clang14
finish_all
