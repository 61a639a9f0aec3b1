// Against libbpf: what the kernel is given for struct_ops, and for programs that attach to other programs. Both
// libraries call bpf(2) through syscall(3), which this program has its own of: it writes down what they ask for.
//
// Nothing is registered: where a struct_ops map gets its value the kernel is left out. So it is where programs attach
// to another one, which not every machine lets them.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ebpf/asm/opcode.h"
#include "ebpf/asm/slot.h"
#include "ebpf/sys/attr.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// All that was asked for, by the name of the map or program, as text.
struct Recorder {
  std::map<std::string, std::string> asked = {};
  std::map<int, std::string> maps = {};  // of struct_ops, by descriptor
  std::map<int, std::uint32_t> value_sizes = {};
  int target = -1;
};
Recorder* recorder = nullptr;

std::string hex_of(const void* bytes, std::size_t size) {
  std::string out;
  char digits[3];
  for (std::size_t i = 0; i < size; ++i) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<const unsigned char*>(bytes)[i]);
    out += digits;
  }
  return out;
}

// Without the descriptors of maps.
std::string code_of(const sys::ProgLoadAttr& attr) {
  const auto* slots = reinterpret_cast<const insn::Slot*>(attr.insns);
  std::string out;
  for (std::uint32_t i = 0; i < attr.insn_cnt; ++i) {
    insn::Slot slot = slots[i];
    if (slot.opcode == insn::kLdImm64 && slot.src() != 0) slot.imm = 0;
    out += hex_of(&slot, sizeof slot) + "\n";
  }
  return out;
}

std::string text_of(const sys::ProgLoadAttr& attr) {
  const std::string license = reinterpret_cast<const char*>(attr.license);
  const std::string target = recorder->target >= 0 && attr.attach_prog_fd == static_cast<unsigned>(recorder->target)
                                 ? "the target"
                                 : std::to_string(attr.attach_prog_fd);
  return std::string(name(attr.prog_type)) + " " + license + " flags " + std::to_string(attr.prog_flags) +
         " expected " + std::to_string(static_cast<std::uint32_t>(attr.expected_attach_type)) + " btf id " +
         std::to_string(attr.attach_btf_id) + " of " + target + " functions " + std::to_string(attr.func_info_cnt) +
         " lines " + std::to_string(attr.line_info_cnt) + "\n" + code_of(attr);
}

std::string text_of(const sys::MapCreateAttr& attr) {
  return "map key " + std::to_string(attr.key_size) + " value " + std::to_string(attr.value_size) + " entries " +
         std::to_string(attr.max_entries) + " flags " + std::to_string(attr.map_flags) + " types " +
         std::to_string(attr.btf_key_type_id) + " " + std::to_string(attr.btf_value_type_id) + " " +
         std::to_string(attr.btf_vmlinux_value_type_id) + (attr.btf_fd != 0 ? " with BTF" : " without BTF");
}

// Words that are descriptors of programs, as their names.
std::string value_text(const std::byte* value, std::uint32_t size) {
  std::string out;
  for (std::uint32_t at = 0; at + 8 <= size; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, value + at, sizeof word);
    bpf_prog_info info = {};
    std::uint32_t length = sizeof info;
    const bool is_program =
        word != 0 && word < 4096 && bpf_obj_get_info_by_fd(static_cast<int>(word), &info, &length) == 0;
    out += std::to_string(at) + ": " + (is_program ? std::string(info.name) : std::to_string(word)) + "\n";
  }
  return out;
}

// The attributes, of which an older library writes fewer.
template <class Attr>
Attr read_attr(const void* attr, unsigned size) {
  Attr out;
  std::memcpy(static_cast<void*>(&out), attr, std::min<std::size_t>(size, sizeof out));
  return out;
}

using Syscall = long (*)(long, ...);

long straight(int command, void* attr, unsigned size) {
  static const auto next = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
  return next(SYS_bpf, command, attr, size);
}

long record(int command, void* attr, unsigned size) {
  if (command == BPF_MAP_CREATE) {
    const auto asked = read_attr<sys::MapCreateAttr>(attr, size);
    const long fd = straight(command, attr, size);
    if (asked.map_type != MapType::struct_ops) return fd;
    recorder->asked[asked.map_name] = text_of(asked);
    recorder->maps[static_cast<int>(fd)] = asked.map_name;
    recorder->value_sizes[static_cast<int>(fd)] = asked.value_size;
    return fd;
  }
  if (command == BPF_MAP_UPDATE_ELEM) {
    const auto asked = read_attr<sys::MapElemAttr>(attr, size);
    const auto map = recorder->maps.find(static_cast<int>(asked.map_fd));
    if (map == recorder->maps.end()) return straight(command, attr, size);
    const auto* value = reinterpret_cast<const std::byte*>(asked.value);
    recorder->asked["value of " + map->second] = value_text(value, recorder->value_sizes[map->first]);
    return 0;
  }
  if (command != BPF_PROG_LOAD) return straight(command, attr, size);
  const auto asked = read_attr<sys::ProgLoadAttr>(attr, size);
  const bool to_program = recorder->target >= 0 && asked.attach_prog_fd == static_cast<unsigned>(recorder->target);
  if (to_program || asked.prog_type == ProgramType::struct_ops) recorder->asked[asked.prog_name] = text_of(asked);
  return to_program ? fcntl(recorder->target, F_DUPFD_CLOEXEC, 3) : straight(command, attr, size);
}

struct Recording {
  explicit Recording(int target) {
    out.target = target;
    recorder = &out;
  }
  ~Recording() { recorder = nullptr; }
  Recorder out;
};

using Object = std::unique_ptr<bpf_object, void (*)(bpf_object*)>;

Object open_theirs(const std::string& object) {
  libbpf_set_print(nullptr);
  Object opened(bpf_object__open_file(object_path(object).c_str(), nullptr), bpf_object__close);
  REQUIRE(opened != nullptr);
  return opened;
}

void compare(const Recorder& ours, const Recorder& theirs) {
  CHECK(ours.asked.size() == theirs.asked.size());
  for (const auto& [name, text] : theirs.asked) {
    CAPTURE(name);
    const auto own = ours.asked.find(name);
    REQUIRE(own != ours.asked.end());
    CHECK(own->second == text);
  }
}

}  // namespace

// In place of the C library's, for both libraries.
extern "C" long syscall(long number, ...) noexcept {
  static const auto next = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number != SYS_bpf || recorder == nullptr)
    return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
  return record(static_cast<int>(arguments[0]), reinterpret_cast<void*>(arguments[1]),
                static_cast<unsigned>(arguments[2]));
}

TEST_CASE("struct_ops: the kernel is given the same as by libbpf") {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::struct_ops));
  for (const std::string object : {"struct_ops_plain", "struct_ops_dummy"}) {
    CAPTURE(object);
    const Object opened = open_theirs(object);
    Recording theirs(-1);
    REQUIRE(bpf_object__load(opened.get()) == 0);
    bpf_map* map = nullptr;
    std::vector<bpf_link*> links;
    bpf_object__for_each_map(map, opened.get()) if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
        links.push_back(bpf_map__attach_struct_ops(map));
    for (bpf_link* link : links) {
      REQUIRE(link != nullptr);
      bpf_link__disconnect(link);
      bpf_link__destroy(link);
    }
    Recording ours(-1);
    Collection objects = load_object(object);
    for (Link& link : ok(attach_struct_ops(objects))) link.disconnect();
    compare(ours.out, theirs.out);
    CHECK(ours.out.asked.size() >= 4);
    if (object == "struct_ops_plain") CHECK(contains(ours.out.asked["value of second"], ": half_window\n"));
  }
}

TEST_CASE("programs that attach to a program: the kernel is given the same as by libbpf") {
  require_root_and_bpf();
  test_requires(kernel_btf());
  Collection targets = load_object("replaceable");
  const Program& target = *targets.program("ask_for_a_verdict");
  const std::set<std::string> wanted = {"stricter", "on_entry", "on_return"};

  const Object opened = open_theirs("attach_to_program");
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, opened.get()) {
    bpf_program__set_autoload(program, wanted.contains(bpf_program__name(program)));
    REQUIRE(bpf_program__set_attach_target(program, target.fd().get(), nullptr) == 0);
  }
  Recording theirs(target.fd().get());
  REQUIRE(bpf_object__load(opened.get()) == 0);

  CollectionSpec spec = read_object("attach_to_program");
  LoadOptions options;
  for (ProgramSpec& each : spec.programs) {
    each.autoload = wanted.contains(each.name);
    options.program_targets.push_back({.program = each.name, .target = &target.fd()});
  }
  Recording ours(target.fd().get());
  ok(Collection::load(spec, options));
  compare(ours.out, theirs.out);
  CHECK(ours.out.asked.size() == wanted.size());
}
