// Pass: kernel configuration options get the values that the running kernel was built with.
//
// The text is the caller's (LoadOptions::kernel_config) and, for what that says nothing of, the running kernel's, which
// is read only where a program asks for such an option. Names that begin with LINUX_ are no options: the kernel itself
// is asked. A variable that the caller has set is left alone; what is declared weak and not configured is zero.
#include <algorithm>
#include <optional>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/kernel/config.h"
#include "ebpf/kernel/symbols.h"
#include "ebpf/load/old_kernel.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::loader {
namespace {

// An option's place in the image of its section.
struct Option {
  const VariableSpec& variable;
  btf::Type type;  // stripped
  std::span<std::byte> bytes;
};

void store(const Option& option, std::uint64_t value) {
  for (std::size_t i = 0; i < option.bytes.size(); ++i) {
    const std::size_t place = kHostByteOrder == ByteOrder::little ? i : option.bytes.size() - 1 - i;
    option.bytes[place] = i < sizeof value ? static_cast<std::byte>(value >> (8 * i)) : std::byte{0};
  }
}

Failure does_not_fit(const Option& option, std::string_view text) {
  return fail(errc::type_mismatch, "its value ", text, " does not fit \"",
              option.variable.types.describe(option.variable.type), "\"");
}

// The three answers of a question with the answers y, n and m (built as a module).
Result<void> set_choice(const Option& option, char answer) {
  const bool is_char = option.type.is(btf::Kind::integer) && option.bytes.size() == 1 && !option.type.integer().is_bool;
  if (is_char) {
    store(option, static_cast<unsigned char>(answer));
  } else if (option.type.is_enumeration()) {
    // enum libbpf_tristate: TRI_NO, TRI_YES, TRI_MODULE.
    store(option, answer == 'y' ? 1 : answer == 'm' ? 2 : 0);
  } else if (option.type.is(btf::Kind::integer) && option.type.integer().is_bool && answer != 'm') {
    store(option, answer == 'y' ? 1 : 0);
  } else {
    return does_not_fit(option, std::string_view(&answer, 1));
  }
  return {};
}

// In quotes, with \" and \\ in it. What does not fit is cut, and a NUL always ends it.
Result<void> set_text(const Option& option, std::string_view text) {
  const bool is_array = option.type.is(btf::Kind::array);
  if (!is_array || text.size() < 2 || text.back() != '"' || option.bytes.empty()) return does_not_fit(option, text);
  text = text.substr(1, text.size() - 2);
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size() && used + 1 < option.bytes.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    option.bytes[used++] = static_cast<std::byte>(text[i]);
  }
  std::fill(option.bytes.begin() + static_cast<std::ptrdiff_t>(used), option.bytes.end(), std::byte{0});
  return {};
}

Result<void> set_number(const Option& option, std::string_view text) {
  const auto number = parse_signed(text);
  if (!number || !option.type.is(btf::Kind::integer) || option.bytes.size() > sizeof(std::uint64_t))
    return does_not_fit(option, text);
  const btf::IntInfo info = option.type.integer();
  const unsigned bits = static_cast<unsigned>(option.bytes.size() * 8);
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  const std::uint64_t most = info.is_signed ? all >> 1 : all;
  if (number->magnitude > most + (number->is_negative ? 1 : 0) || (number->is_negative && !info.is_signed) ||
      info.is_bool)
    return does_not_fit(option, text);
  store(option, number->is_negative ? 0 - number->magnitude : number->magnitude);
  return {};
}

Result<void> set_from_config(const Option& option, std::string_view text) {
  if (text == "y" || text == "n" || text == "m") return set_choice(option, text[0]);
  if (text.starts_with('"')) return set_text(option, text);
  return set_number(option, text);
}

// bpf_get_attach_cookie came with Linux 5.15: asked by doing, since distributions carry it back.
Result<bool> has_attach_cookie(Token& token) {
  constexpr std::int32_t kGetAttachCookie = 174;
  const insn::Slot code[] = {insn::make_slot(insn::kCall, 0, 0, 0, kGetAttachCookie),
                             insn::make_slot(insn::kExit, 0, 0, 0, 0)};
  return is_accepted(code, token);
}

// Whether system calls have functions of their own that take one pt_regs ("__x64_sys_bpf", Linux 4.17).
Result<bool> has_syscall_wrapper(Token&) {
  kernel::Symbol symbols[] = {{.name = "__x64_sys_bpf"},
                              {.name = "__arm64_sys_bpf"},
                              {.name = "__s390x_sys_bpf"},
                              {.name = "__riscv_sys_bpf"},
                              {.name = "__se_sys_bpf"}};
  EBPF_CHECK(kernel::find_symbols(symbols));
  return std::ranges::any_of(symbols, &kernel::Symbol::found);
}

Result<std::uint32_t> kernel_version(Token&) { return sys::running_kernel_version(); }

// What F answers, as a number.
template <auto F>
Result<std::uint64_t> number(Token& token) {
  EBPF_TRY(const std::uint64_t value, F(token));
  return value;
}

struct Virtual {
  std::string_view name;
  Result<std::uint64_t> (*value)(Token& token);
};

constexpr Virtual kVirtual[] = {
    {"LINUX_KERNEL_VERSION", number<kernel_version>},
    {"LINUX_HAS_BPF_COOKIE", number<has_attach_cookie>},
    {"LINUX_HAS_SYSCALL_WRAPPER", number<has_syscall_wrapper>},
};

class Resolver {
 public:
  explicit Resolver(LoadPlan& plan) : given_(KernelConfig::parse(plan.options.kernel_config)), token_(plan.token) {}

  Result<void> resolve(const Option& option, bool is_weak) {
    const std::string_view name = option.variable.name;
    for (const Virtual& known : kVirtual) {
      if (known.name != name) continue;
      EBPF_TRY(const std::uint64_t value, known.value(token_));
      store(option, value);
      return {};
    }
    std::string why = "which is not an option";
    if (name.starts_with("CONFIG_")) {
      auto value = from_config(name);
      if (value && *value) return set_from_config(option, **value);
      if (!value && !is_weak) return fail_in(std::move(value));
      why = "which is not set in this kernel's configuration";
    }
    if (is_weak) return {};
    return fail(errc::not_found, quoted(name), ", ", why, "; declare it __weak, or set the variable before loading");
  }

 private:
  Result<std::optional<std::string_view>> from_config(std::string_view name) {
    if (given_.mentions(name)) return given_.value(name);
    if (!running_) {
      EBPF_TRY(running_, KernelConfig::running());
    }
    return running_->value(name);
  }

  KernelConfig given_;
  Token& token_;
  std::optional<KernelConfig> running_;
};

bool is_weak(const CollectionSpec& spec, std::string_view name) {
  const auto external = std::ranges::find(spec.externs, name, &ExternSpec::name);
  return external != spec.externs.end() && external->is_weak;
}

}  // namespace

Result<void> resolve_kconfig(LoadPlan& plan) {
  MapPlan* map = plan.map(kKconfigSection);
  if (map == nullptr) return {};
  map->image.resize(map->attributes.value_size);
  Resolver resolver(plan);
  for (const VariableSpec& variable : plan.spec.variables) {
    if (variable.section != kKconfigSection || !variable.value.empty()) continue;
    if (!in_bounds(variable.offset, variable.size, map->image.size()))
      return fail(errc::out_of_range, "variable ", quoted(variable.name), " is outside of ", kKconfigSection);
    EBPF_TRY(const btf::Type declared, variable.types.type(variable.type));
    EBPF_TRY(const btf::Type type, variable.types.strip(declared.referenced()));
    const Option option{variable, type, std::span(map->image).subspan(variable.offset, variable.size)};
    EBPF_CHECK_IN(resolver.resolve(option, is_weak(plan.spec, variable.name)), "kernel configuration ",
                  quoted(variable.name));
  }
  return {};
}

}  // namespace ebpf::loader
