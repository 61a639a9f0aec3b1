# Every instruction that LLVM 19 knows, in the order of the ISA document. Assembled and disassembled by LLVM, for both
# byte orders, and compared with what asm/ makes of the same bytes (llvm_test.cc).
	.text
	.globl	all
	.type	all, @function
all:
	# 64-bit arithmetic with a number
	r0 += 1
	r1 -= -1
	r2 *= 0x7fffffff
	r3 /= -0x80000000
	r4 |= 16
	r5 &= 1
	r6 <<= -1
	r7 >>= 0x7fffffff
	r8 %= -0x80000000
	r9 ^= 16
	r10 = 1
	r0 s>>= -1

	# 64-bit arithmetic with a register
	r0 += r10
	r1 -= r9
	r2 *= r8
	r3 /= r7
	r4 |= r6
	r5 &= r5
	r6 <<= r4
	r7 >>= r3
	r8 %= r2
	r9 ^= r1
	r10 = r0
	r0 s>>= r10

	# 64-bit negation, signed division and sign extension
	r3 = -r3
	r1 s/= 7
	r1 s/= -7
	r1 s/= r2
	r1 s%= 7
	r1 s%= -7
	r1 s%= r2
	r1 = (s8)r2
	r1 = (s16)r2
	r1 = (s32)r2

	# 32-bit arithmetic with a number
	w0 += 1
	w1 -= -1
	w2 *= 0x7fffffff
	w3 /= -0x80000000
	w4 |= 16
	w5 &= 1
	w6 <<= -1
	w7 >>= 0x7fffffff
	w8 %= -0x80000000
	w9 ^= 16
	w10 = 1
	w0 s>>= -1

	# 32-bit arithmetic with a register
	w0 += w10
	w1 -= w9
	w2 *= w8
	w3 /= w7
	w4 |= w6
	w5 &= w5
	w6 <<= w4
	w7 >>= w3
	w8 %= w2
	w9 ^= w1
	w10 = w0
	w0 s>>= w10

	# 32-bit negation, signed division and sign extension
	w3 = -w3
	w1 s/= 7
	w1 s/= -7
	w1 s/= w2
	w1 s%= 7
	w1 s%= -7
	w1 s%= w2
	w1 = (s8)w2
	w1 = (s16)w2

	# casts between address spaces
	r1 = addr_space_cast(r2, 0, 1)
	r1 = addr_space_cast(r2, 1, 0)
	r1 = addr_space_cast(r2, 65535, 32768)

	# byte swaps
	r2 = le16 r2
	r4 = le32 r4
	r8 = le64 r8
	r2 = be16 r2
	r4 = be32 r4
	r8 = be64 r8
	r2 = bswap16 r2
	r4 = bswap32 r4
	r8 = bswap64 r8

	# jumps
	goto +0
	goto -1
	goto +32767
	goto -32768
	gotol +0
	gotol -32768
	# The assembler takes no distance of more than 16 bits for gotol, but the disassembler prints it.
	.byte 6, 0, 0, 0
	.long -70000
	.byte 6, 0, 0, 0
	.long 0x7fffffff
	may_goto +3
	may_goto -3
	if r0 == 0 goto +0
	if r0 == r10 goto +5
	if r1 > -1 goto +5
	if r1 > r9 goto -5
	if r2 >= 0x7fffffff goto -5
	if r2 >= r8 goto +32767
	if r3 & -0x80000000 goto +32767
	if r3 & r7 goto -32768
	if r4 != 0 goto -32768
	if r4 != r6 goto +0
	if r5 s> -1 goto +0
	if r5 s> r5 goto +5
	if r6 s>= 0x7fffffff goto +5
	if r6 s>= r4 goto -5
	if r7 < -0x80000000 goto -5
	if r7 < r3 goto +32767
	if r8 <= 0 goto +32767
	if r8 <= r2 goto -32768
	if r9 s< -1 goto -32768
	if r9 s< r1 goto +0
	if r10 s<= 0x7fffffff goto +0
	if r10 s<= r0 goto +5
	if w0 == 0 goto +0
	if w0 == w10 goto +5
	if w1 > -1 goto +5
	if w1 > w9 goto -5
	if w2 >= 0x7fffffff goto -5
	if w2 >= w8 goto +32767
	if w3 & -0x80000000 goto +32767
	if w3 & w7 goto -32768
	if w4 != 0 goto -32768
	if w4 != w6 goto +0
	if w5 s> -1 goto +0
	if w5 s> w5 goto +5
	if w6 s>= 0x7fffffff goto +5
	if w6 s>= w4 goto -5
	if w7 < -0x80000000 goto -5
	if w7 < w3 goto +32767
	if w8 <= 0 goto +32767
	if w8 <= w2 goto -32768
	if w9 s< -1 goto -32768
	if w9 s< w1 goto +0
	if w10 s<= 0x7fffffff goto +0
	if w10 s<= w0 goto +5

	# calls: of a helper, of a function of the program, and through a register, which LLVM prints but does not assemble
	call 1
	call 211
	call all
	.ifdef BIG_ENDIAN
	.byte 0x8d, 0x30, 0, 0, 0, 0, 0, 0
	.else
	.byte 0x8d, 0x03, 0, 0, 0, 0, 0, 0
	.endif
	exit

	# loads, also with sign extension
	r0 = *(u8 *)(r10 + 0)
	r0 = *(u8 *)(r10 - 8)
	r1 = *(u16 *)(r9 + 76)
	r1 = *(u16 *)(r10 - 16)
	r2 = *(u32 *)(r8 + 152)
	r2 = *(u32 *)(r10 - 24)
	r3 = *(u64 *)(r7 + 228)
	r3 = *(u64 *)(r10 - 32)
	r1 = *(s8 *)(r2 + 4)
	r1 = *(s8 *)(r2 - 32768)
	r1 = *(s16 *)(r2 + 4)
	r1 = *(s16 *)(r2 - 32768)
	r1 = *(s32 *)(r2 + 4)
	r1 = *(s32 *)(r2 - 32768)

	# stores
	*(u8 *)(r10 - 1) = r1
	*(u8 *)(r1 + 32767) = r10
	*(u8 *)(r10 - 1) = 1
	*(u8 *)(r1 + 0) = -1
	*(u16 *)(r10 - 2) = r1
	*(u16 *)(r1 + 32767) = r10
	*(u16 *)(r10 - 2) = 1
	*(u16 *)(r1 + 0) = -1
	*(u32 *)(r10 - 4) = r1
	*(u32 *)(r1 + 32767) = r10
	*(u32 *)(r10 - 4) = 1
	*(u32 *)(r1 + 0) = -1
	*(u64 *)(r10 - 8) = r1
	*(u64 *)(r1 + 32767) = r10
	*(u64 *)(r10 - 8) = 1
	*(u64 *)(r1 + 0) = -1

	# atomic operations; see print.h for the 32-bit ones
	lock *(u64 *)(r1 + 0) += r2
	lock *(u64 *)(r1 + 0) |= r2
	lock *(u64 *)(r1 + 0) &= r2
	lock *(u64 *)(r1 + 0) ^= r2
	r2 = atomic_fetch_add((u64 *)(r10 - 8), r2)
	r2 = atomic_fetch_or((u64 *)(r10 - 8), r2)
	r2 = atomic_fetch_and((u64 *)(r10 - 8), r2)
	r2 = atomic_fetch_xor((u64 *)(r10 - 8), r2)
	r2 = xchg_64(r1 + 8, r2)
	r0 = cmpxchg_64(r1 - 8, r0, r2)
	lock *(u32 *)(r1 + 0) += w2
	lock *(u32 *)(r1 + 0) |= w2
	lock *(u32 *)(r1 + 0) &= w2
	lock *(u32 *)(r1 + 0) ^= w2
	w2 = atomic_fetch_add((u32 *)(r10 - 8), w2)
	w2 = atomic_fetch_or((u32 *)(r10 - 8), w2)
	w2 = atomic_fetch_and((u32 *)(r10 - 8), w2)
	w2 = atomic_fetch_xor((u32 *)(r10 - 8), w2)
	w2 = xchg32_32(r1 + 8, w2)
	w0 = cmpxchg32_32(r1 - 8, w0, w2)

	# 64-bit numbers
	r1 = 0 ll
	r1 = 1 ll
	r1 = -1 ll
	r1 = 0xffffffff ll
	r1 = 0x100000000 ll
	r1 = -0x100000000 ll
	r1 = 0x7fffffffffffffff ll
	r1 = -0x8000000000000000 ll
	r1 = 0x123456789abcdef ll

	# packet access
	r0 = *(u8 *)skb[8]
	r0 = *(u8 *)skb[r1]
	r0 = *(u16 *)skb[16]
	r0 = *(u16 *)skb[r2]
	r0 = *(u32 *)skb[32]
	r0 = *(u32 *)skb[r4]
	r0 = *(u8 *)skb[-0x1000]
