// The table of causes. The texts are those of kernel/bpf/verifier.c and its neighbours from Linux 5.10 to 7.3, which
// change from time to time: a row lists all forms of one cause. Registers are left open ("*"), since 7.3 also speaks of
// arguments there.
#include "ebpf/load/verifier_causes.h"

#include <algorithm>
#include <vector>

namespace ebpf::loader {
namespace {

using Patterns = std::string_view[];

// ---- memory ----

constexpr Patterns kPacket = {"invalid access to packet, off=* size=*(id=*,off=*,r=*)"};
constexpr Patterns kPacketOffset = {"offset is outside of the packet", "math between pkt pointer and",
                                    "makes pkt pointer be out of bounds"};
constexpr Patterns kNull = {"invalid mem access '*_or_null", "arithmetic on *_or_null* prohibited",
                            "type=*_or_null expected=", "Possibly NULL pointer passed"};
constexpr Patterns kPlainNumber = {"invalid mem access 'scalar'", "invalid mem access 'inv'"};
constexpr Patterns kPacketEnd = {"invalid mem access 'pkt_end'", "arithmetic on pkt_end prohibited"};
constexpr Patterns kReadOnly = {"write into map forbidden", "cannot write into", "only read is supported"};
constexpr Patterns kOtherMemory = {"invalid mem access '*'"};
constexpr Patterns kHelperSize = {"min value is negative, either use unsigned or", "unbounded memory access, use 'var",
                                  "invalid zero-sized read"};
constexpr Patterns kMapBounds = {"invalid access to map value, value_size=* off=* size=*",
                                 "invalid access to memory, mem_size=* off=* size=*"};
constexpr Patterns kIndexBounds = {
    "unbounded memory access, make sure",  "max value is outside of the allowed",
    "min value is outside of the allowed", "min value is negative, either use unsigned index",
    "register with unbounded min value",   "pointer be out of bounds"};
constexpr Patterns kContext = {"invalid bpf_context access off=* size="};
constexpr Patterns kContextPointer = {"dereference of modified ctx ptr", "variable ctx access"};
constexpr Patterns kKernelStruct = {"access beyond struct *", "access beyond the end of member",
                                    "cannot access ptr member"};
constexpr Patterns kMisaligned = {"misaligned *access off"};

// ---- registers and the stack ----

constexpr Patterns kReturnUnset = {"R0 !read_ok"};
constexpr Patterns kUnsetRegister = {"R* !read_ok"};
constexpr Patterns kUnsetStack = {"invalid indirect read from stack*off *+* size",
                                  "invalid read from stack*off *+* size"};
constexpr Patterns kStackDepth = {"combined stack size of * calls is *. Too large",
                                  "stack size of subprog * is *. Too large", "stack size *(extra *) is too large",
                                  "call stack of previous frames is"};
constexpr Patterns kCallDepth = {"the call stack of * frames is too deep", "recursive call from",
                                 "recursive subprogram call"};
constexpr Patterns kStackRead = {"invalid read from stack *off=* size="};
constexpr Patterns kStackBounds = {"invalid* stack *off=* size=", "invalid stack type R* off=* access_size="};
constexpr Patterns kStackOffset = {"variable-offset* stack", "variable stack access prohibited"};

// ---- what is called ----

constexpr Patterns kUnknownHelper = {"invalid func unknown#"};
constexpr Patterns kNotForType = {"program of this type cannot use helper *#", "unknown func *#"};
constexpr Patterns kGpl = {"GPL-restricted function", "must have a GPL compatible license"};
constexpr Patterns kKfunc = {"calling kernel function * is not allowed", "calling kernel function * is not supported"};
constexpr Patterns kSleep = {"might sleep", "sleepable helper", "must be sleepable to call", "is sleepable within",
                             "sleepable kfunc"};
constexpr Patterns kMapKind = {"cannot pass map_type * into func *#", "expected prog array map for tail call"};
constexpr Patterns kExclusive = {"doesn't match map's excl_prog_hash"};
constexpr Patterns kDynptr = {"Expected an initialized dynptr", "Expected a dynptr"};
constexpr Patterns kUntrusted = {"must be referenced or trusted", "must be a rcu pointer",
                                 "invalid mem access 'untrusted_"};
constexpr Patterns kArgument = {"type=* expected=", "expected pointer to ctx", "Caller passes invalid args",
                                "must point to scalar, or struct"};
constexpr Patterns kGlobalArgument = {"size cannot be determined"};

// ---- control flow, resources, size ----

constexpr Patterns kEndless = {"infinite loop detected"};
constexpr Patterns kBackEdge = {"back-edge from insn"};
constexpr Patterns kTooComplex = {"BPF program is too large. Processed * insn", "jumps is too complex"};
constexpr Patterns kReference = {"Unreleased reference", "would lead to reference leak",
                                 "reference has not been acquired"};
constexpr Patterns kLock = {"bpf_spin_unlock is missing", "lock-ed region",
                            "calls are not allowed while holding a lock", "bpf_rcu_read_unlock is missing",
                            "bpf_preempt_enable is missing"};
constexpr Patterns kReturnValue = {"the register R* has * should have been in *",
                                   "the register R* is not a known value", "R0 not a scalar value"};
constexpr Patterns kUnreachable = {"unreachable insn *"};
constexpr Patterns kFallsThrough = {"last insn is not an exit or jmp", "jump out of range",
                                    "subprogram can fall through"};

// ---- rights ----

constexpr Patterns kLeak = {"leaks addr", "leaking pointer", "pointer comparison prohibited",
                            "pointer * pointer prohibited", "attempt to corrupt spilled pointer"};
constexpr Patterns kRights = {"for !root",
                              "allowed for CAP_BPF and CAP_SYS_ADMIN",
                              "allowed for root only",
                              "requires CAP_BPF or CAP_SYS_ADMIN",
                              "only to CAP_PERFMON and CAP_SYS_ADMIN",
                              "are required to use"};
constexpr Patterns kPointerMath = {"pointer arithmetic on * prohibited", "32-bit pointer arithmetic prohibited",
                                   "pointer arithmetic with * operator prohibited",
                                   "bitwise operator * on pointer prohibited"};
constexpr Patterns kMisconfigured = {"kernel subsystem misconfigured verifier"};
constexpr Patterns kVerifierBug = {"verifier bug", "verifier internal error"};

constexpr VerifierCause kCauses[] = {
    {kMisconfigured,
     "the verifier knows no such call: of a helper with a map of a type that it is not for (a tail call takes a "
     "program array), or by a bug of the kernel's"},
    {kVerifierBug,
     "this is a bug of the kernel's verifier, not of the program; another way to write the same may get around it"},
    {kPacket,
     "the packet bounds were not checked before this access (r=$5: so many bytes are known to be in range); compare a "
     "pointer behind the last byte "
     "that is read with data_end, and leave the program where it lies beyond"},
    {kNull,
     "the pointer may be null here, as what a lookup gives; compare it with null before it is used, in the same "
     "function"},
    {kPlainNumber,
     "a plain number is used as a pointer here, or a pointer that the verifier has lost track of; memory of the kernel "
     "and of processes "
     "is read with bpf_probe_read_kernel, bpf_probe_read_user or BPF_CORE_READ"},
    {kPacketEnd, "data_end is only there to be compared with; it cannot be read through or computed with"},
    {kReadOnly,
     "this memory is read-only for the program: .rodata, a map with BPF_F_RDONLY_PROG, or an object of the kernel"},
    {kUntrusted,
     "the pointer is not known to be of a live object here; it must come from the context, an acquiring function or a "
     "lookup, and not be "
     "loaded from memory without a check or a lock"},
    {kLeak,
     "a kernel address would get out of the kernel; without CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8) the verifier "
     "does not "
     "let pointers be stored, compared or returned"},
    {kStackOffset,
     "the offset into the stack is not a constant that the verifier knows; bound the index, or use a map"},
    {kRights,
     "the process lacks a capability for this: CAP_BPF for loops, function calls and types, CAP_PERFMON for free use "
     "of pointers (CAP_SYS_ADMIN before Linux 5.8)"},
    {kReturnUnset,
     "no value was put into R0 on this path; each way out of the program and of its functions must return one"},
    {kUnsetRegister,
     "R$1 has no value on this path: nothing was written to it, or a call has taken what was in it (R1 to R5 do not "
     "survive calls)"},
    {kUnsetStack,
     "bytes of the stack are read that were not written on every path, padding between members included; zero the "
     "variable as a whole "
     "first"},
    {kStackDepth,
     "the stack has 512 bytes for a function and all that call it; keep large buffers in a per-CPU array map instead"},
    {kCallDepth, "functions call each other more than 8 deep, or one calls itself, which the kernel does not allow"},
    {kStackRead,
     "bytes of the stack are read that were not written on this path, or that are outside of the frame, which has 512 "
     "bytes; "
     "initialise the variable first"},
    {kStackBounds,
     "the access is outside of the stack frame, which has 512 bytes; keep large buffers in a per-CPU array map "
     "instead"},
    {kHelperSize,
     "the size that is given to the helper may be negative, zero or too large as far as the verifier knows; bound it "
     "just before the call ('size &= "
     "63', or 'if (size > sizeof(buffer)) return 0;') and keep it unsigned"},
    {kMapBounds,
     "the access is not within the value as far as the verifier knows, which has $1 bytes; bound the index just before "
     "it, "
     "by a comparison or with 'index &= size - 1'"},
    {kPacketOffset,
     "the offset into the packet may be too large or negative as far as the verifier knows; bound it before it is "
     "added to the pointer"},
    {kIndexBounds,
     "the index or offset may be outside of the object as far as the verifier knows; bound it just before the access, "
     "by an unsigned comparison or "
     "with 'index &= size - 1'"},
    {kContext,
     "programs of this type cannot access their context at offset $1 like this: the field is not theirs, is read-only, "
     "or is accessed with another size "
     "than it has; was the program meant to be of another type?"},
    {kContextPointer, "the context must be accessed at constant offsets from the pointer that the program was given"},
    {kKernelStruct,
     "the access is outside of the kernel's struct; types of the program that describe the kernel's need "
     "preserve_access_index, for CO-RE to move their members"},
    {kMisaligned,
     "the address is not a multiple of the size of the access; align the member or the variable, or read it by smaller "
     "parts"},
    {kUnknownHelper,
     "this kernel does not have that helper; it may be too old, or the program was compiled for a newer one "
     "(guard the call with bpf_core_enum_value_exists)"},
    {kNotForType,
     "this kernel does not let programs of this type call $1; another type of program, or a kfunc, may do; where it is "
     "a tracing helper, CAP_PERFMON "
     "may be what lacks"},
    {kGpl,
     "the helper is for programs under a license that is compatible with the GPL; the object's is not, or it has no "
     "\"license\" section"},
    {kKfunc, "this kernel does not let programs of this type call that kernel function"},
    {kSleep,
     "this may sleep, and the program or the place may not: a sleepable program (SEC(\"….s/\")) can call it, outside "
     "of locks"},
    {kMapKind, "the helper is for maps of another type than the one that it is given"},
    {kExclusive, "the program uses a map that is exclusive to another program (MapSpec::exclusive_program)"},
    {kDynptr, "the dynptr was not made on every path, or was released or overwritten already"},
    {kGlobalArgument,
     "an argument of a global function points to something whose size is not known; pass a pointer to a "
     "complete type, or make the function static"},
    {kArgument, "the argument is of another kind than the function that is called takes: see what it expected"},
    {kPointerMath,
     "this kind of pointer cannot be computed with like this; use the pointer as it was given, and constant or "
     "bounded offsets"},
    {kEndless,
     "the loop never ends as far as the verifier knows: nothing that its condition depends on changes; bound it by a "
     "counter, or use bpf_loop or bpf_for "
     "(Linux 5.17 and 6.4)"},
    {kBackEdge,
     "this is a loop, which takes Linux 5.3 and CAP_BPF (CAP_SYS_ADMIN before 5.8) and otherwise must be unrolled; or "
     "a function that calls itself, which no kernel takes"},
    {kTooComplex,
     "there are more ways through the program than the verifier follows (a million instructions, 8192 branches that "
     "are still open): a loop runs too "
     "often, or branches multiply; put loops into bpf_loop or bpf_for, split the program with tail calls, or make "
     "functions global, which are verified once"},
    {kReference,
     "what was acquired (a socket, a task, a record of a ring buffer) is not given back on this path; release, submit "
     "or discard it on each way "
     "out, also where something else failed"},
    {kLock, "a lock is held here, or was not released on this path; unlock before anything that may leave or call"},
    {kReturnValue, "the program's return value may be one that is not allowed for its type and attach point"},
    {kUnreachable,
     "instruction $1 cannot be reached from the beginning, which the verifier refuses; a function that never "
     "returns, or code written by hand, may leave such"},
    {kFallsThrough,
     "control flow leaves the function other than by exit: its end is missing, as behind a call that the compiler took "
     "for one that does not return"},
    {kOtherMemory, "this kind of pointer cannot be read or written through"},
};

// Where `pattern` is in `line`; what each '*' stood for goes into `captured`.
bool matches(std::string_view line, std::string_view pattern, std::vector<std::string_view>& captured) {
  captured.clear();
  std::size_t star = pattern.find('*');
  std::size_t at = line.find(pattern.substr(0, star));
  if (at == std::string_view::npos) return false;
  at += std::min(star, pattern.size());
  while (star != std::string_view::npos) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    const std::string_view next = pattern.substr(0, star);
    const std::size_t end = next.empty() ? line.size() : line.find(next, at);
    if (end == std::string_view::npos) return false;
    captured.push_back(line.substr(at, end - at));
    at = end + next.size();
  }
  return true;
}

// A meaning with what was captured in the places of $1 to $9.
std::string filled_in(std::string_view meaning, const std::vector<std::string_view>& captured) {
  std::string out;
  for (std::size_t i = 0; i < meaning.size(); ++i) {
    const bool is_place = meaning[i] == '$' && i + 1 < meaning.size();
    const std::size_t number = is_place ? static_cast<std::size_t>(meaning[i + 1] - '1') : captured.size();
    if (!is_place) {
      out += meaning[i];
      continue;
    }
    out += number < captured.size() ? captured[number] : "?";
    ++i;
  }
  return out;
}

}  // namespace

std::span<const VerifierCause> verifier_causes() { return kCauses; }

std::string explain_cause(std::string_view reason) {
  std::vector<std::string_view> captured;
  for (const VerifierCause& cause : kCauses) {
    for (std::string_view rest = reason; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      for (const std::string_view pattern : cause.patterns)
        if (matches(rest.substr(0, end), pattern, captured)) return filled_in(cause.meaning, captured);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return {};
}

}  // namespace ebpf::loader
