#!/bin/bash
# ebpf check and ebpf run on the real kernel, as scripts see them; as root.
#   command_test.sh EBPF COUNTER_OBJECT
set -eu

ebpf=$PWD/$1
counter=$PWD/$2
objects=$PWD/testdata
corpus=$PWD/testdata/corpus/objects
. tests/support/command_cases.sh

# Datagrams on loopback, which nobody listens to; bounded in number and time.
traffic() {
  for ((i = 0; i < 150; i++)); do
    echo datagram > /dev/udp/127.0.0.1/9 || true
    sleep 0.02
  done 2> /dev/null
}

accepted() {
  for object in globals maps packet subprograms tracing; do
    for variant in "" _clang14; do
      status 0 "$ebpf" check --json "$objects/$object$variant.bpf.o" && says '"ok":true' && ! grep -q '"loaded":false' "$work/out" || return 1
    done
  done
  status 0 "$ebpf" check "$objects/globals_nobtf.bpf.o" && says loaded
}
refused() {
  status 1 "$ebpf" check --json "$objects/rejected.bpf.o" && says '"loaded":false,"errno":13' && says 'rejected.bpf.c:' &&
    says 'invalid access to packet' && status 1 "$ebpf" check "$objects/rejected.bpf.o" && complains 'invalid access to packet'
}
keep_going() {
  status 1 "$ebpf" check --json "$objects/rejected.bpf.o" "$objects/globals.bpf.o" && [ "$(wc -l < "$work/out")" = 1 ] &&
    status 1 "$ebpf" check --json --keep-going "$objects/rejected.bpf.o" "$objects/globals.bpf.o" && [ "$(wc -l < "$work/out")" = 2 ]
}
# A directory stands for the objects below it, sorted; links to objects count, other files do not.
directories() {
  mkdir -p "$work/tree/a/deep" "$work/tree/b" "$work/nothing" && cp "$objects/globals.bpf.o" "$work/tree/b/" &&
    cp "$objects/maps.bpf.o" "$work/tree/a/deep/" && ln -s "$objects/packet.bpf.o" "$work/tree/z.o" &&
    ln -s .. "$work/tree/a/up" && echo text > "$work/tree/readme" || return 1
  status 0 "$ebpf" check --json "$work/tree" || return 1
  [ "$(grep -o '"file":"[^"]*"' "$work/out" | sed "s|$work/tree/||" | tr '\n' ' ')" = \
    '"file":"a/deep/maps.bpf.o" "file":"b/globals.bpf.o" "file":"z.o" ' ] || { cat "$work/out"; return 1; }
  status 4 "$ebpf" check "$work/nothing" && complains 'no file *.o below'
}
# `errno` says why, also where the kernel was not asked.
not_asked() {
  status 1 "$ebpf" check --json "$corpus/clang19_v3/missing_option.bpf.o" && says '"loaded":false,"errno":3,"insns":0' &&
    status 1 "$ebpf" check --json "$corpus/clang19_v3/nameless.bpf.o" && says '"loaded":false,"errno":22,"insns":0' &&
    ! grep -q '"loaded":false,"errno":0' "$work/out"
}
denied() {
  cp "$ebpf" "$work/ebpf" && cp "$objects/tracing.bpf.o" "$work/" && chmod 755 "$work/ebpf" && chmod 644 "$work/tracing.bpf.o" &&
    status 2 setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all \
      "$work/ebpf" check "$work/tracing.bpf.o" && complains "CAP_BPF"
}
watches() {
  traffic &
  status 0 "$ebpf" run "$counter" --set sample_rate=4 --watch packets --watch sampled --for 3 --json || return 1
  wait
  [ "$(wc -l < "$work/out")" = 3 ] && says '"values":{"packets":' && says '"sampled":' || return 1
  # The counter grew between the first line and the last.
  local first last
  first=$(sed -n 's/.*"packets":\([0-9]*\).*/\1/p' "$work/out" | head -n 1)
  last=$(sed -n 's/.*"packets":\([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
  [ "$last" -gt "$first" ] || { echo "packets stood at $first"; return 1; }
}
watches_text() {
  traffic &
  status 0 "$ebpf" run "$counter" --watch packets --for 2 || return 1
  wait
  says 'packets = ' && says '/s)'
}
nothing_else_needed() {
  # As in an image made FROM scratch: the command, its object, and nothing more.
  mkdir "$work/root" && cp "$ebpf" "$work/root/ebpf" && cp "$counter" "$work/root/counter.bpf.o" &&
    status 0 /usr/sbin/chroot "$work/root" /ebpf check /counter.bpf.o && says loaded
}

# A program from text, in the hands of this library and of libbpf.
assembled() {
  cat > "$work/filter.s" << 'END'
	.section socket
	.globl count
count:
	r6 = r1
	r1 = packets ll
	r2 = 1
	lock *(u64 *)(r1 + 0) += r2
	r1 = packets + 8 ll
	*(u32 *)(r1 + 0) = 7
	call twice              # a static function in another section
	call bpf_ktime_get_ns
	if r0 == 0 goto none
	r0 = *(u32 *)(r6 + 0)
none:
	exit
	.text
twice:
	r0 = 2; exit
	.bss
	.globl packets
packets: .zero 16
	.section license
	.asciz "GPL"
END
  status 0 "$ebpf" asm "$work/filter.s" -o "$work/filter.o" && status 0 "$ebpf" check --json "$work/filter.o" &&
    says '"name":"count","section":"socket","type":"socket_filter","loaded":true' || return 1
  [ -x /usr/sbin/bpftool ] || { echo "no bpftool: not tried with libbpf"; return 0; }
  status 0 unshare --mount sh -c "mount -t bpf bpf /sys/fs/bpf && /usr/sbin/bpftool prog load $work/filter.o /sys/fs/bpf/count"
}
# What disasm shows is as long as what check hands to this kernel, and this kernel's types are those of its file.
shown_as_loaded() {
  local loaded shown
  status 0 "$ebpf" check --json "$objects/core.bpf.o" || return 1
  loaded=$(grep -o '"insns":[0-9]*' "$work/out" | cut -d: -f2 | tr '\n' ' ')
  status 0 "$ebpf" disasm --json --for-kernel "$objects/core.bpf.o" && cp "$work/out" "$work/running" &&
    status 0 "$ebpf" disasm --json --for-kernel --kernel-btf /sys/kernel/btf/vmlinux "$objects/core.bpf.o" &&
    cmp "$work/out" "$work/running" || return 1
  shown=$(while read -r line; do grep -o '"slot":' <<< "$line" | wc -l; done < "$work/out" | tr '\n' ' ')
  [ "$loaded" = "$shown" ] || { echo "loaded: $loaded, shown: $shown"; return 1; }
}

check_as_root "asm: an object from text is loaded, by libbpf too" assembled
check_as_root "disasm: for the kernel, as many slots as are loaded" shown_as_loaded
check_as_root "check: objects of clang 14 and clang-19, and one without BTF, are accepted" accepted
check_as_root "check: a refused program is status 1, with the verifier's reason" refused
check_as_root "check: stops at a refused file, unless told to keep going" keep_going
check_as_root "check: a directory stands for the objects below it" directories
check_as_root "check: what is refused without asking the kernel has an errno, too" not_asked
check_as_root "check: without capabilities it is status 2 and names what is missing" denied
check_as_root "run: watched globals grow, one JSON object a second" watches
check_as_root "run: watched globals with their change, as text" watches_text
check_as_root "command: runs where there is nothing else" nothing_else_needed
exit $((failures > 0))
