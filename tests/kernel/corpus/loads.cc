#include "tests/kernel/corpus/loads.h"

#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <memory>

#include "ebpf/sys/attr.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::test {
namespace {

using Syscall = long (*)(long, ...);

Syscall next_syscall() {
  static const Syscall next = [] {
    Syscall found = nullptr;
    void* const symbol = dlsym(RTLD_NEXT, "syscall");
    std::memcpy(&found, &symbol, sizeof found);
    return found;
  }();
  return next;
}

// The program that is waited for, by the name that the kernel sees, and what came of it. One thread only.
struct Watch {
  std::string name;
  std::optional<HandedProgram> handed = {};
  int os_error = 0;  // what the kernel said to it
};
Watch* watch = nullptr;

// A map by its descriptor, in words.
std::string describe_map(int fd) {
  struct Info {  // struct bpf_map_info up to map_extra
    std::uint32_t type, id, key_size, value_size, max_entries, map_flags;
    char name[16];
    std::uint32_t ifindex, btf_vmlinux_value_type_id;
    std::uint64_t netns_dev, netns_ino;
    std::uint32_t btf_id, btf_key_type_id, btf_value_type_id, pad;
    std::uint64_t map_extra;
  } info{};
  struct {
    std::uint32_t fd, length;
    std::uint64_t info;
  } attr{static_cast<std::uint32_t>(fd), sizeof info, sys::to_u64(&info)};
  constexpr int kGetInfo = 15;
  if (next_syscall()(SYS_bpf, kGetInfo, &attr, sizeof attr) != 0) return "no map";
  std::string out(info.name, strnlen(info.name, sizeof info.name));
  // libbpf makes a data section mappable where it has a variable that other files see, this library always.
  constexpr std::uint32_t kMappable = 1u << 10;
  if (out.find('.') != std::string::npos) info.map_flags &= ~kMappable;
  for (const std::uint64_t number :
       {std::uint64_t{info.type}, std::uint64_t{info.key_size}, std::uint64_t{info.value_size},
        std::uint64_t{info.max_entries}, std::uint64_t{info.map_flags}, std::uint64_t{info.btf_key_type_id},
        std::uint64_t{info.btf_value_type_id}, info.map_extra})
    out += " " + std::to_string(number);
  return out;
}

template <class T>
std::vector<T> copy(std::uint64_t address, std::size_t count) {
  std::vector<T> out(address == 0 ? 0 : count);
  if (!out.empty())
    std::memcpy(static_cast<void*>(out.data()), reinterpret_cast<const void*>(static_cast<std::uintptr_t>(address)),
                count * sizeof(T));
  return out;
}

void take_references(HandedProgram& program) {
  for (std::size_t i = 0; i + 1 < program.code.size(); ++i) {
    insn::Slot& slot = program.code[i];
    if (slot.opcode != 0x18) continue;
    const int source = slot.src();
    if (source == 1 || source == 2) {  // BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE
      program.maps.push_back(std::to_string(i) + ": " + describe_map(slot.imm));
      slot.imm = 0;
    }
    if (source == 3) program.code[i + 1].imm = program.code[i + 1].imm != 0;  // BPF_PSEUDO_BTF_ID: a module's BTF
    ++i;
  }
}

// Whether this is the program that is waited for.
bool take(const void* attr_bytes, std::size_t size) {
  sys::ProgLoadAttr attr;
  std::memcpy(static_cast<void*>(&attr), attr_bytes, std::min(size, sizeof attr));
  const std::string name(attr.prog_name, strnlen(attr.prog_name, sizeof attr.prog_name));
  if (name != watch->name) return false;
  HandedProgram program;
  program.code = copy<insn::Slot>(attr.insns, attr.insn_cnt);
  take_references(program);
  program.functions = copy<std::uint32_t>(attr.func_info, attr.func_info_cnt * attr.func_info_rec_size / 4);
  program.lines = copy<std::uint32_t>(attr.line_info, attr.line_info_cnt * attr.line_info_rec_size / 4);
  const auto* license = reinterpret_cast<const char*>(static_cast<std::uintptr_t>(attr.license));
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(attr.prog_type), static_cast<std::uint32_t>(attr.expected_attach_type),
        attr.prog_flags, attr.prog_ifindex, attr.attach_btf_id, std::uint32_t{attr.attach_btf_obj_fd != 0},
        std::uint32_t{attr.prog_btf_fd != 0}})
    program.attributes += std::to_string(number) + " ";
  program.attributes += license == nullptr ? "" : license;
  watch->handed = std::move(program);
  return true;
}

class Watching {
 public:
  explicit Watching(std::string_view program) : watch_{std::string(program.substr(0, 15))} { watch = &watch_; }
  ~Watching() { watch = nullptr; }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;
  // What the kernel said to the program; what the loader says, where the kernel was not asked.
  Verdict verdict(int loaders_error) {
    const int os_error = watch_.handed ? watch_.os_error : loaders_error;
    return {.loaded = os_error == 0, .os_error = os_error, .handed = std::move(watch_.handed)};
  }

 private:
  Watch watch_;
};

using Object = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

Object open_object(const std::string& path) {
  static const bool quiet = (libbpf_set_print(nullptr), true);
  (void)quiet;
  return Object(bpf_object__open_file(path.c_str(), nullptr), bpf_object__close);
}

std::string first_difference(const std::string& what, const std::vector<std::string>& a,
                             const std::vector<std::string>& b) {
  if (a.size() != b.size()) return what + ": " + std::to_string(a.size()) + " and " + std::to_string(b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) return what + " " + std::to_string(i) + ": " + a[i] + " | " + b[i];
  return {};
}

std::vector<std::string> texts(const std::vector<insn::Slot>& code) {
  std::vector<std::string> out;
  char text[64];
  for (const insn::Slot& slot : code) {
    std::snprintf(text, sizeof text, "%02x %02x %d %d", slot.opcode, slot.registers, slot.offset, slot.imm);
    out.push_back(text);
  }
  return out;
}

std::vector<std::string> texts(const std::vector<std::uint32_t>& numbers) {
  std::vector<std::string> out;
  for (const std::uint32_t number : numbers) out.push_back(std::to_string(number));
  return out;
}

}  // namespace

std::optional<std::vector<ListedProgram>> libbpf_programs(const std::string& path, int& os_error) {
  const Object object = open_object(path);
  os_error = object ? 0 : errno;
  if (!object) return std::nullopt;
  std::vector<ListedProgram> out;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get())
      out.push_back({bpf_program__name(program), bpf_program__autoload(program)});
  return out;
}

Verdict libbpf_loads(const std::string& path, const std::string& name, const CollectionSpec& needs) {
  const Object object = open_object(path);
  if (!object) return {.os_error = errno};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get())
      bpf_program__set_autoload(program, name == bpf_program__name(program));
  bpf_map* map = nullptr;
  bpf_object__for_each_map(
      map, object.get()) if (!bpf_map__is_internal(map) && bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
      bpf_map__set_autocreate(map, needs.map(bpf_map__name(map)).has_value());
  Watching watching(name);
  const int status = bpf_object__load(object.get());
  return watching.verdict(-status);
}

Verdict we_load(const CollectionSpec& alone, const std::string& name, const KernelTypes::Shared& types) {
  LoadOptions options;
  options.kernel_types = types;
  Watching watching(name);
  const auto objects = Collection::load(alone, options);
  Verdict verdict = watching.verdict(0);
  if (!verdict.handed) verdict.loaded = objects.has_value();
  return verdict;
}

std::string difference(const HandedProgram& ours, const HandedProgram& theirs) {
  std::string found = first_difference("slot", texts(ours.code), texts(theirs.code));
  if (found.empty()) found = first_difference("map", ours.maps, theirs.maps);
  if (found.empty() && ours.attributes != theirs.attributes)
    found = "attributes: " + ours.attributes + " | " + theirs.attributes;
  if (found.empty()) found = first_difference("function record", texts(ours.functions), texts(theirs.functions));
  if (found.empty()) found = first_difference("line record", texts(ours.lines), texts(theirs.lines));
  return found;
}

}  // namespace ebpf::test

// The C library's, but for programs that are watched.
extern "C" long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  constexpr long kProgLoad = 5;
  const bool is_taken =
      number == SYS_bpf && arguments[0] == kProgLoad && ebpf::test::watch != nullptr &&
      ebpf::test::take(reinterpret_cast<const void*>(arguments[1]), static_cast<std::size_t>(arguments[2]));
  const long result = ebpf::test::next_syscall()(number, arguments[0], arguments[1], arguments[2], arguments[3],
                                                 arguments[4], arguments[5]);
  if (is_taken) ebpf::test::watch->os_error = result < 0 ? errno : 0;
  return result;
}
