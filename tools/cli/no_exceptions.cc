// Nothing here throws, so the machinery of exceptions is left out of the binary: what the standard library would throw,
// for want of memory or for an index that is out of range, ends the process. That is what -fno-exceptions comes to
// anyway; said here, it saves some 90 KB of unwinder and demangler in a static program.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

namespace {

[[noreturn]] void end_with(const char* what) {
  std::fprintf(stderr, "ebpf: %s\n", what);
  std::abort();
}

void* allocate(std::size_t size) {
  void* const memory = std::malloc(size != 0 ? size : 1);
  if (memory == nullptr) end_with("out of memory");
  return memory;
}

}  // namespace

// The functions that libstdc++'s headers call instead of throwing themselves (bits/functexcept.h).
namespace std {
void __throw_length_error(const char* what) { end_with(what); }
void __throw_logic_error(const char* what) { end_with(what); }
void __throw_out_of_range(const char* what) { end_with(what); }
void __throw_out_of_range_fmt(const char* what, ...) { end_with(what); }
void __throw_invalid_argument(const char* what) { end_with(what); }
void __throw_bad_alloc() { end_with("out of memory"); }
void __throw_bad_array_new_length() { end_with("out of memory"); }
void __throw_bad_function_call() { end_with("an empty function was called"); }
void __throw_system_error(int) { end_with("a lock failed"); }
}  // namespace std

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
