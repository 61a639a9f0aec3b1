#!/bin/bash
# The command from outside, as scripts see it: help, exit statuses, JSON on standard output. Needs no kernel.
#   command_test.sh EBPF OBJECT_FOLDER
set -eu

ebpf=$1
objects=$2
. tests/support/command_cases.sh

help() {
  status 0 "$ebpf" --help && says inspect && says check && says run && says disasm &&
    for command in inspect check run disasm; do status 0 "$ebpf" "$command" --help && says "--json" || return 1; done &&
    status 0 "$ebpf" --version && says "ebpf "
}
usage() {
  status 3 "$ebpf" && status 3 "$ebpf" inspekt && complains 'did you mean "inspect"?' &&
    status 3 "$ebpf" inspect && status 3 "$ebpf" inspect --jsno x && complains 'did you mean "--json"?' &&
    status 3 "$ebpf" run a b && status 3 "$ebpf" run "$objects/globals.bpf.o" --for soon &&
    status 3 "$ebpf" run --set && status 3 "$ebpf" run "$objects/globals.bpf.o" --set nonsense=1
}
full_disk() {
  status 4 sh -c '"$0" --version > /dev/full' "$ebpf" && complains "write to standard output: ENOSPC" &&
    status 4 sh -c '"$0" btf dump "$1" > /dev/full' "$ebpf" "$objects/globals.bpf.o" && complains ENOSPC &&
    status 3 sh -c '"$0" inspect > /dev/full' "$ebpf"
}
bad_input() {
  printf 'no object' > "$work/text"
  status 4 "$ebpf" inspect "$work/none" && complains "$work/none" && complains ENOENT &&
    status 4 "$ebpf" inspect "$work/text" && complains "not an ELF file" &&
    status 4 "$ebpf" inspect --json "$work/text" && says '"error":"read' &&
    status 4 "$ebpf" check --json "$objects/globals_eb.bpf.o" && says '"ok":false' && says "byte order"
}
inspect_struct_ops() {
  status 0 "$ebpf" inspect --json "$objects/struct_ops.bpf.o" &&
    says '"callbacks":[{"member":"undo_cwnd","program":"same_window"}' && says '"value_type":"struct tcp_congestion_ops"' &&
    says '"section":"?.struct_ops","autocreate":false' &&
    status 0 "$ebpf" inspect "$objects/struct_ops.bpf.o" && says "struct tcp_congestion_ops___future" &&
    says "(not created by default)" && grep -q "\.ssthresh  *= half_window" "$work/out"
}

inspect_json() {
  status 0 "$ebpf" inspect --json "$objects/globals.bpf.o" "$objects/globals_eb.bpf.o" && [ "$(wc -l < "$work/out")" = 2 ] &&
    says '"byte_order":"little"' && says '"byte_order":"big"' && says '"license":' && says '"type":"array"'
}
btf_min() {
  status 0 "$ebpf" btf min -o "$work/min.btf" "$objects/core_target_moved.bpf.o" "$objects/core_fields.bpf.o" &&
    [ ! -s "$work/out" ] && [ "$(stat -c %s "$work/min.btf")" -lt "$(stat -Lc %s "$objects/core_target_moved.bpf.o")" ] &&
    status 0 "$ebpf" btf min -o "$work/again.btf" "$work/min.btf" "$objects/core_fields.bpf.o" &&
    cmp "$work/min.btf" "$work/again.btf" &&
    status 3 "$ebpf" btf min "$work/min.btf" "$objects/core_fields.bpf.o" && complains "-o FILE is missing" &&
    status 3 "$ebpf" btf min -o "$work/x" "$work/min.btf" && status 3 "$ebpf" btf &&
    status 4 "$ebpf" btf min -o "$work/x" "$work/none" "$objects/core_fields.bpf.o" && complains "$work/none" &&
    status 4 "$ebpf" btf min -o "$work/none/x" "$work/min.btf" "$objects/core_fields.bpf.o" && complains ENOENT
}
# One line of JSON per program and subprogram, of the shape that docs/cli.md promises.
disasm_json() {
  local slot='\{"slot":[0-9]+,"bytes":"[0-9a-f]{16}","text":"[^"]*","symbol":(null|"[^"]+"),"line":(null|\{"file":"[^"]+","line":[0-9]+,"text":"([^"\\]|\\.)*"\}),"core":(null|"[^"]+")\}'
  local line='^\{"file":"[^"]+","program":"[^"]+","section":"[^"]+","kind":"(program|subprogram)","error":null,"insns":\[('$slot',?)+\]\}$'
  status 0 "$ebpf" disasm --json "$objects/globals.bpf.o" && ! grep -vqE "$line" "$work/out" && grep -qE "$line" "$work/out" &&
    says '"text":"exit","symbol":null' && says '"symbol":"packets"' &&
    status 0 "$ebpf" disasm --json --for-kernel "$objects/globals.bpf.o" && ! grep -vqE "$line" "$work/out" &&
    says '"text":"r1 = map_val(map_by_fd(0x0)) + '
}
disasm_text() {
  status 0 "$ebpf" disasm "$objects/globals.bpf.o" && says "; globals.bpf.c:" && says "goto L" && says "r1 = packets ll" && ! grep -q "goto +" "$work/out" &&
    status 0 "$ebpf" disasm --bytes "$objects/globals.bpf.o" && says "95 00 00 00 00 00 00 00  exit" &&
    status 0 "$ebpf" disasm --bytes "$objects/globals_eb.bpf.o" && says "95 00 00 00 00 00 00 00  exit" &&
    status 1 "$ebpf" disasm --for-kernel "$objects/globals_eb.bpf.o" && complains "big-endian" &&
    status 4 "$ebpf" disasm "$work/none" && status 3 "$ebpf" disasm
}
# llvm-mc and llvm-readelf take what asm writes, and disasm shows what was written.
assembles() {
  printf 'f: r0 = 0x1\n r1 = hits ll\n call g\n exit\n.globl f\n.data\nhits: .long 5\n' > "$work/text.s"
  status 0 "$ebpf" asm "$work/text.s" -o "$work/text.o" && status 0 llvm-readelf-19 -a "$work/text.o" && says R_BPF_64_32 &&
    [ ! -s "$work/err" ] || return 1
  llvm-mc-19 -triple bpfel -filetype=obj "$work/text.s" -o "$work/theirs.o" || return 1
  diff <(llvm-objdump-19 -dr "$work/text.o" | tail -n +3) <(llvm-objdump-19 -dr "$work/theirs.o" | tail -n +3) || return 1
  status 0 "$ebpf" asm "$work/text.s" -o "$work/text.o" --big-endian && status 0 llvm-readelf-19 -h "$work/text.o" && says "big endian" || return 1
  printf 'r0 = 0\nr1 ~ 2\n' > "$work/bad.s"
  status 4 "$ebpf" asm "$work/bad.s" -o "$work/bad.o" && complains "bad.s: line 2, column 4: expected an operator" &&
    [ ! -e "$work/bad.o" ] && status 3 "$ebpf" asm "$work/text.s" && status 4 "$ebpf" asm "$work/none" -o "$work/bad.o" &&
    status 1 "$ebpf" asm "$work/text.s" -o "$work/none/text.o" && complains ENOENT &&
    status 3 "$ebpf" disasm --kernel-btf "$work/none" "$work/text.o"
}
is_static() {
  # No program interpreter and no dynamic section: nothing else needs to be in the image.
  ! readelf --program-headers "$ebpf" | grep -qE 'INTERP|DYNAMIC'
}

check "command: help and version" help
check "command: wrong usage is status 3, with the nearest word" usage
check "command: output that nobody takes is told" full_disk
check "command: a bad input file is status 4 and is named" bad_input
check "command: inspect writes one JSON object per file" inspect_json
check "command: inspect shows the callbacks of struct_ops maps" inspect_struct_ops
check "command: btf min writes what an object needs" btf_min
check "command: disasm writes one JSON object per program" disasm_json
check "command: disasm for people has labels, names and source lines" disasm_text
check "command: asm writes what LLVM reads, or says what is wrong where" assembles
check "command: the binary is static" is_static
exit $((failures > 0))
