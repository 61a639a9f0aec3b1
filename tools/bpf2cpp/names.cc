// Names as C++ identifiers.
#include "tools/bpf2cpp/names.h"

#include <algorithm>

#include "ebpf/base/error.h"

namespace ebpf::bpf2cpp {
namespace {

// Sorted. C++23's keywords and alternative tokens, and words that gcc and clang reserve beside them.
constexpr std::string_view kKeywords[] = {
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char16_t",
    "char32_t",    "char8_t",  "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "typeof",       "union",
    "unsigned",    "using",    "virtual",    "void",      "volatile",  "wchar_t",      "while",
    "xor",         "xor_eq",
};
static_assert(std::ranges::is_sorted(kKeywords));

// Sorted. Macros without parameters that the headers of glibc and of the kernel's UAPI define under names that a
// program may well use, those of <stdio.h> and <sys/sysmacros.h> that have become functions or variables since, and
// those that compilers define. What is all in capitals and rarer is not here: redefining it is the user's choice.
constexpr std::string_view kMacros[] = {
    "BUFSIZ",
    "CHAR_BIT",
    "ECHO",
    "EOF",
    "EXIT_FAILURE",
    "EXIT_SUCCESS",
    "HUGE_VAL",
    "INFINITY",
    "INT_MAX",
    "INT_MIN",
    "LONG_MAX",
    "LONG_MIN",
    "NAN",
    "NULL",
    "PATH_MAX",
    "RAND_MAX",
    "SEEK_CUR",
    "SEEK_END",
    "SEEK_SET",
    "UINT_MAX",
    "ULONG_MAX",
    "alloca",
    "assert",
    "d_fileno",
    "errno",
    "h_addr",
    "h_errno",
    "htonl",
    "htons",
    "i386",
    "ifa_broadaddr",
    "ifa_dstaddr",
    "ifc_buf",
    "ifc_req",
    "ifr_addr",
    "ifr_bandwidth",
    "ifr_broadaddr",
    "ifr_data",
    "ifr_dstaddr",
    "ifr_flags",
    "ifr_hwaddr",
    "ifr_ifindex",
    "ifr_map",
    "ifr_metric",
    "ifr_mtu",
    "ifr_name",
    "ifr_netmask",
    "ifr_newname",
    "ifr_qlen",
    "ifr_slave",
    "ipv6mr_acaddr",
    "linux",
    "major",
    "makedev",
    "math_errhandling",
    "minor",
    "ntohl",
    "ntohs",
    "offsetof",
    "s6_addr",
    "s6_addr16",
    "s6_addr32",
    "sa_handler",
    "sa_sigaction",
    "setjmp",
    "si_addr",
    "si_addr_lsb",
    "si_arch",
    "si_band",
    "si_call_addr",
    "si_fd",
    "si_int",
    "si_lower",
    "si_overrun",
    "si_pid",
    "si_pkey",
    "si_ptr",
    "si_status",
    "si_stime",
    "si_syscall",
    "si_timerid",
    "si_uid",
    "si_upper",
    "si_utime",
    "si_value",
    "sigev_notify_attributes",
    "sigev_notify_function",
    "st_atime",
    "st_ctime",
    "st_mtime",
    "stderr",
    "stdin",
    "stdout",
    "unix",
    "va_arg",
    "va_copy",
    "va_end",
    "va_start",
};
static_assert(std::ranges::is_sorted(kMacros));

// What the generated code itself says at the beginning of a qualified name.
constexpr std::string_view kNamespaces[] = {"ebpf", "std"};

// Sorted. POSIX and C functions and the like with names that programs have.
constexpr std::string_view kLibraryNames[] = {
    "abort",    "abs",    "accept", "access",   "acct",    "alarm",   "bind",    "brk",    "calloc", "chdir",
    "chmod",    "chown",  "chroot", "clock",    "clone",   "close",   "connect", "daemon", "div",    "dup",
    "exit",     "exp",    "fcntl",  "floor",    "fork",    "free",    "fsync",   "getpid", "index",  "ioctl",
    "isatty",   "kill",   "link",   "listen",   "log",     "lseek",   "main",    "malloc", "mkdir",  "mmap",
    "mount",    "nice",   "open",   "pause",    "perror",  "pipe",    "poll",    "pow",    "printf", "ptrace",
    "puts",     "raise",  "rand",   "read",     "recv",    "remove",  "rename",  "rindex", "rmdir",  "round",
    "select",   "send",   "setns",  "shutdown", "signal",  "sin",     "sleep",   "socket", "splice", "stat",
    "stdin",    "strlen", "swab",   "sync",     "syscall", "sysinfo", "system",  "tee",    "time",   "times",
    "truncate", "umask",  "umount", "uname",    "unlink",  "unshare", "vfork",   "wait",   "write",
};
static_assert(std::ranges::is_sorted(kLibraryNames));

bool is_errno(std::string_view name) {
  if (!name.starts_with('E')) return false;
  for (int number = 1; number < 200; ++number)
    if (errno_name(number) == name) return true;
  return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

bool is_reserved(std::string_view name) {
  return std::ranges::binary_search(kKeywords, name) || std::ranges::binary_search(kMacros, name) ||
         std::ranges::find(kNamespaces, name) != std::end(kNamespaces) || is_errno(name);
}

bool is_library_function(std::string_view name) { return std::ranges::binary_search(kLibraryNames, name); }

std::string as_identifier(std::string_view name) {
  std::string out;
  if (name.empty() || is_digit(name.front())) out += '_';
  for (const char c : name) out += is_identifier_character(c) ? c : '_';
  return out;
}

bool Scope::would_keep(std::string_view name) const {
  return as_identifier(name) == name && !is_reserved(name) && !has(name);
}

std::string Scope::claim(std::string_view name) {
  std::string identifier = as_identifier(name);
  while (is_reserved(identifier) || has(identifier)) identifier += '_';
  taken_.insert(identifier);
  return identifier;
}

}  // namespace ebpf::bpf2cpp
