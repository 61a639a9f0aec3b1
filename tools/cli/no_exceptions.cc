// Nothing here throws, so the machinery of exceptions is left out of the binary: what the standard library would throw,
// for want of memory or for an index that is out of range, ends the process. That is what -fno-exceptions comes to
// anyway; said here, it saves some 90 KB of unwinder and demangler in a static program.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>

namespace {

[[noreturn]] void end_with(const char* what) {
  for (const std::string_view text : {"ebpf: ", what, "\n"})
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) break;
  std::abort();
}

void* allocate(std::size_t size) {
  void* const memory = std::malloc(size != 0 ? size : 1);
  if (memory == nullptr) end_with("out of memory");
  return memory;
}

}  // namespace

// The functions that libstdc++'s headers call instead of throwing themselves (bits/functexcept.h). The names of the
// containers' members that they are given are not printed: they tell a user nothing, and some hundred places pass one.
namespace std {
void __throw_length_error(const char*) { end_with("more elements than memory can hold"); }
void __throw_logic_error(const char*) { end_with("a wrong use of the standard library"); }
void __throw_out_of_range(const char*) { end_with("an index out of range"); }
void __throw_out_of_range_fmt(const char*, ...) { end_with("an index out of range"); }
void __throw_invalid_argument(const char*) { end_with("a wrong use of the standard library"); }
void __throw_bad_alloc() { end_with("out of memory"); }
void __throw_bad_array_new_length() { end_with("out of memory"); }
void __throw_bad_function_call() { end_with("an empty function was called"); }
void __throw_system_error(int) { end_with("a lock failed"); }
}  // namespace std

// Guards of local static variables (Itanium C++ ABI, 3.3.3): the first byte says that the variable is there, the second
// that a thread is making it. libstdc++'s own would throw where that thread comes to it again; this one would wait.
extern "C" {
int __cxa_guard_acquire(std::uint64_t* guard) noexcept;
void __cxa_guard_release(std::uint64_t* guard) noexcept;

int __cxa_guard_acquire(std::uint64_t* guard) noexcept {
  auto* const bytes = reinterpret_cast<unsigned char*>(guard);
  while (__atomic_load_n(&bytes[0], __ATOMIC_ACQUIRE) == 0) {
    if (__atomic_exchange_n(&bytes[1], 1, __ATOMIC_ACQ_REL) != 0) continue;
    if (__atomic_load_n(&bytes[0], __ATOMIC_ACQUIRE) == 0) return 1;
    __atomic_store_n(&bytes[1], 0, __ATOMIC_RELEASE);
  }
  return 0;
}

void __cxa_guard_release(std::uint64_t* guard) noexcept {
  auto* const bytes = reinterpret_cast<unsigned char*>(guard);
  __atomic_store_n(&bytes[0], 1, __ATOMIC_RELEASE);
  __atomic_store_n(&bytes[1], 0, __ATOMIC_RELEASE);
}
}

// Asked by std::make_shared's destructor in code built with RTTI, of which there is none.
bool std::_Sp_make_shared_tag::_S_eq(const std::type_info&) noexcept { return false; }

void* operator new(std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size != 0 ? size : 1); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
