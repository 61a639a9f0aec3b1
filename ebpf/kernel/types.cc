// Where the types of a kernel are found, in the order of preference, and those of its modules.
#include "ebpf/kernel/types.h"

#include <dirent.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/elf/elf.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/sys/file.h"
#include "ebpf/sys/mmap.h"

namespace ebpf {
namespace {

constexpr std::string_view kSysfs = "/sys/kernel/btf";
constexpr std::size_t kMostModule = 64u << 20;
constexpr std::size_t kMostBtf = 256u << 20;

// Where distributions put the uncompressed kernel. {} is its release ("6.1.0-18-amd64").
constexpr std::string_view kVmlinuxFiles[] = {
    "/boot/vmlinux-{}",
    "/lib/modules/{}/vmlinux-{}",
    "/lib/modules/{}/build/vmlinux",
    "/usr/lib/modules/{}/kernel/vmlinux",
    "/usr/lib/debug/boot/vmlinux-{}",
    "/usr/lib/debug/boot/vmlinux-{}.debug",
    "/usr/lib/debug/lib/modules/{}/vmlinux",
};

std::string with_release(std::string_view pattern, std::string_view release) {
  std::string out;
  for (std::size_t at = pattern.find("{}"); at != std::string_view::npos; at = pattern.find("{}")) {
    out += cat(pattern.substr(0, at), release);
    pattern.remove_prefix(at + 2);
  }
  return cat(out, pattern);
}

bool is_elf(std::span<const std::byte> bytes) {
  constexpr std::byte kMagic[] = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'}};
  return bytes.size() >= sizeof kMagic && std::ranges::equal(bytes.first(sizeof kMagic), kMagic);
}

// The .BTF section of an ELF file, or all of a file that is BTF itself, as bytes of our own.
Result<std::vector<std::byte>> copy_btf(std::span<const std::byte> bytes, const std::string& path) {
  if (is_elf(bytes)) {
    EBPF_TRY(const elf::File& object, elf::File::parse(bytes));
    EBPF_TRY(const auto& section, object.find_section(".BTF"));
    if (!section) return fail(errc::not_found, quoted(path), " has no .BTF section");
    bytes = section->data.span();
  }
  if (bytes.size() > kMostBtf) return fail(errc::out_of_range, quoted(path), ": BTF of ", bytes.size(), " bytes");
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

// A vmlinux with debugging information has hundreds of megabytes, of which a mapping touches only what is looked at.
// What cannot be mapped is read: a file in /sys before 6.16, a pipe.
Result<std::vector<std::byte>> btf_of_file(const std::string& path) {
  if (const auto file = sys::map_file(path)) return copy_btf({file->data(), file->size()}, path);
  EBPF_TRY(const std::vector<std::byte>& bytes, sys::read_whole_file(path, kMostBtf));
  return copy_btf(bytes, path);
}

// The names in /sys/kernel/btf but that of the kernel itself.
std::vector<std::string> module_names() {
  std::vector<std::string> names;
  DIR* const directory = ::opendir(std::string(kSysfs).c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && name != "vmlinux") names.emplace_back(name);
  }
  ::closedir(directory);
  stable_sort(names);
  return names;
}

}  // namespace

Result<KernelTypes::Shared> KernelTypes::make(btf::Spec types, std::string source, bool is_running) {
  std::shared_ptr<KernelTypes> out(new KernelTypes());
  out->types_ = std::make_shared<const btf::Spec>(std::move(types));
  out->source_ = std::move(source);
  out->is_running_ = is_running;
  return out;
}

Result<KernelTypes::Shared> KernelTypes::running() {
  std::string tried;
  for (const auto open : {from_sysfs, from_object, from_vmlinux_files}) {
    auto types = open();
    if (types) return types;
    tried += cat("\n  ", types.error().message());
  }
  return fail(errc::not_found,
              "the types of the running kernel are nowhere to be found; it may have been built without "
              "CONFIG_DEBUG_INFO_BTF. Give LoadOptions::kernel_types those of the same kernel from elsewhere. "
              "Tried:",
              tried);
}

// 6.16 and later let the file be mapped, which costs nothing; the others copy it.
Result<KernelTypes::Shared> KernelTypes::from_sysfs() {
  const std::string path = cat(kSysfs, "/vmlinux");
  if (auto mapping = sys::map_file(path)) {
    auto held = std::make_shared<const sys::Mapping>(*std::move(mapping));
    EBPF_TRY(btf::Spec types, btf::Spec::view({held->data(), held->size()}, held));
    return make(std::move(types), path, true);
  }
  EBPF_TRY(std::vector<std::byte> bytes, sys::read_whole_file(path, kMostBtf));
  const auto held = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  EBPF_TRY(btf::Spec types, btf::Spec::view(*held, held));
  return make(std::move(types), path, true);
}

Result<KernelTypes::Shared> KernelTypes::from_object() {
  EBPF_TRY_IN(const kernel::BtfObject& object, kernel::kernel_btf_object("vmlinux"), "BTF object \"vmlinux\"");
  EBPF_TRY(std::vector<std::byte> bytes, kernel::read_btf_object(object.fd));
  const auto held = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  EBPF_TRY(btf::Spec types, btf::Spec::view(*held, held));
  return make(std::move(types), "the kernel", true);
}

Result<KernelTypes::Shared> KernelTypes::from_vmlinux_files() {
  utsname name{};
  if (::uname(&name) != 0) return fail_errno(errno, "uname");
  std::string tried;
  for (const std::string_view pattern : kVmlinuxFiles) {
    const std::string path = with_release(pattern, name.release);
    auto bytes = btf_of_file(path);
    if (!bytes) {
      tried += cat(tried.empty() ? "" : "\n  ", bytes.error().message());
      continue;
    }
    EBPF_TRY(btf::Spec types, btf::Spec::parse(*std::move(bytes)));
    return make(std::move(types), path, true);
  }
  return fail(errc::not_found, std::move(tried));
}

Result<KernelTypes::Shared> KernelTypes::read_file(const std::string& path) {
  EBPF_TRY(std::vector<std::byte> bytes, btf_of_file(path));
  EBPF_TRY_IN(btf::Spec types, btf::Spec::parse(std::move(bytes)), quoted(path));
  return make(std::move(types), path, false);
}

Result<KernelTypes::Shared> KernelTypes::parse(std::vector<std::byte> bytes) {
  EBPF_TRY(btf::Spec types, btf::Spec::parse(std::move(bytes)));
  return make(std::move(types), "memory", false);
}

void KernelTypes::list_modules() const {
  if (is_listed_ || !is_running_) return;
  is_listed_ = true;
  for (std::string& name : module_names()) modules_.push_back({.name = std::move(name), .module = {}, .problem = {}});
}

// A module's types continue those of the kernel that it was built for. Some build systems leave the wrong ones in it;
// the kernel takes the module all the same.
void KernelTypes::open_module(ModuleSlot& slot) const {
  if (slot.module || !slot.problem.empty()) return;
  auto bytes = sys::read_whole_file(cat(kSysfs, "/", slot.name), kMostModule);
  auto types = bytes ? btf::Spec::parse(*std::move(bytes), types_) : fail_in(std::move(bytes));
  if (types)
    slot.module = std::make_unique<const Module>(Module{slot.name, *std::move(types)});
  else
    slot.problem = cat("types of module ", quoted(slot.name), " are passed over: ", types.error().message());
}

std::vector<const KernelTypes::Module*> KernelTypes::modules() const {
  const std::lock_guard guard(lock_);
  list_modules();
  std::vector<const Module*> out;
  for (ModuleSlot& slot : modules_) {
    open_module(slot);
    if (slot.module) out.push_back(slot.module.get());
  }
  return out;
}

std::vector<std::string> KernelTypes::module_problems() const {
  const std::lock_guard guard(lock_);
  std::vector<std::string> out;
  for (const ModuleSlot& slot : modules_)
    if (!slot.problem.empty()) out.push_back(slot.problem);
  return out;
}

Result<const KernelTypes::Module*> KernelTypes::module(std::string_view name) const {
  const std::lock_guard guard(lock_);
  list_modules();
  const auto slot = std::ranges::find(modules_, name, &ModuleSlot::name);
  if (slot == modules_.end()) return fail(errc::not_found, "no module ", quoted(name), " with types is loaded");
  open_module(*slot);
  if (!slot->module) return fail(errc::malformed, slot->problem);
  return slot->module.get();
}

}  // namespace ebpf
