#!/bin/bash
# Access to a global costs one instruction: looks at the machine code of accesses.cc, as objdump (binutils) prints it.
#   accesses_test.sh LIBRARY
set -eu

library=$1
failures=0

# The instructions of a function, without addresses, operands' comments and padding.
body() {
  objdump --disassemble="$1" --no-show-raw-insn -M att "$library" |
    sed -n "/<$1>:/,/^\$/p" | sed '1d; s/^ *[0-9a-f]*:[ \t]*//; s/ *$//; s/[ \t][ \t]*/ /g' |
    grep -vE '^(nop|endbr64|xchg %ax,%ax|cs nop|data16|$)' || true
}

# expect NAME INSTRUCTION...: the function is these instructions and a return.
expect() {
  local name=$1 got want
  shift
  echo "[case] START $name"
  got=$(body "$name")
  want=$(printf '%s\n' "$@" ret)
  if [ "${got//retq/ret}" = "$want" ]; then
    echo "[case] PASS $name"
  else
    printf '%s is\n%s\nand should be\n%s\n' "$name" "$got" "$want"
    echo "[case] FAIL $name"
    failures=$((failures + 1))
  fi
}

if [ "$(uname -m)" != x86_64 ]; then
  echo "[case] SKIP accesses: the expected instructions are x86-64's"
  exit 0
fi

# The first mov reads where the variable is, out of the Global; the second is the load.
expect load_u64 'mov (%rdi),%rax' 'mov (%rax),%rax'
expect load_u32 'mov (%rdi),%rax' 'mov (%rax),%eax'
expect load_u16 'mov (%rdi),%rax' 'movzwl (%rax),%eax'
expect load_u8 'mov (%rdi),%rax' 'movzbl (%rax),%eax'
expect load_constant 'mov (%rdi),%rax' 'mov (%rax),%rax'
expect load_ref 'mov (%rdi),%rax'
expect load_ref_seq_cst 'mov (%rdi),%rax'
expect store_ref 'mov %rsi,(%rdi)'
expect add_ref 'lock add %rsi,(%rdi)'

exit $((failures > 0))
