// What a program says of itself (BPF_OBJ_GET_INFO_BY_FD): a record for each of its functions, which names a type in its
// BTF. The BTF may have functions of other programs, too, which came from the same object: only the records tell which
// are in this one.
#include "ebpf/kernel/program_functions.h"

#include <cstring>
#include <vector>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::kernel {
namespace {

constexpr std::uint32_t kMostFunctions = 1u << 16;  // the kernel takes 256

// The kernel's records are {insn_off, type_id}.
static_assert(sizeof(btf::FunctionInfo) == 8);

struct Account {
  std::uint32_t id = 0;
  std::uint32_t btf_id = 0;
  std::string name = {};
  std::vector<btf::FunctionInfo> functions = {};
};

Result<Account> ask(const Fd& program) {
  sys::ProgInfo info;
  EBPF_CHECK(sys::obj_get_info(program.get(), info));
  Account out;
  out.id = info.id;
  out.btf_id = info.btf_id;
  out.name.assign(info.name, strnlen(info.name, sizeof info.name));
  if (info.btf_id == 0 || info.nr_func_info == 0) return out;
  if (info.nr_func_info > kMostFunctions) return fail(errc::out_of_range, cat(info.nr_func_info, " functions"));
  out.functions.resize(info.nr_func_info);
  info = {};
  info.nr_func_info = static_cast<std::uint32_t>(out.functions.size());
  info.func_info_rec_size = sizeof(btf::FunctionInfo);
  info.func_info = sys::to_u64(out.functions.data());
  EBPF_CHECK(sys::obj_get_info(program.get(), info));
  if (info.nr_func_info < out.functions.size()) out.functions.resize(info.nr_func_info);
  return out;
}

Result<btf::Spec> types_of(const Account& account) {
  EBPF_TRY(const BtfObject& object, btf_object_by_id(account.btf_id));
  EBPF_TRY(std::vector<std::byte> bytes, read_btf_object(object.fd));
  return btf::Spec::parse(std::move(bytes));
}

std::string label(const Account& account, std::string_view full_name) {
  return cat(quoted(full_name.empty() ? std::string_view(account.name) : full_name), " (program number ", account.id,
             ")");
}

Result<ProgramFunction> find(const Account& account, std::string_view name, const btf::Spec& types) {
  std::vector<std::string_view> names;
  std::optional<btf::TypeId> found;
  for (const btf::FunctionInfo& record : account.functions) {
    EBPF_TRY(const btf::Type function, types.type(record.type));
    if (!function.is(btf::Kind::function))
      return fail(errc::type_mismatch, label(account, {}), ": type ", record.type,
                  " is no function: these are "
                  "not the types that it was loaded with");
    names.push_back(function.name());
    if (function.name() == name && !found) found = record.type;
  }
  // The first is the program itself, whose name the kernel cuts to 15 characters.
  std::string program = label(account, names.front());
  if (found) return ProgramFunction{std::move(program), *found};
  return fail(errc::not_found, program, " has no function ", quoted(name), did_you_mean(name, names));
}

}  // namespace

Result<ProgramFunction> find_program_function(const Fd& program, std::string_view name, const btf::Spec* types) {
  EBPF_TRY(const Account& account, ask(program));
  if (account.functions.empty())
    return fail(errc::unsupported_input, label(account, {}),
                " tells no functions: it was loaded without types (compile it with -g), or "
                "this process may not see them (CAP_BPF)");
  if (types != nullptr) return find(account, name, *types);
  auto own = types_of(account);
  if (!own)
    return fail_in(std::move(own), label(account, {}), ": its types (BTF number ", account.btf_id,
                   ", which takes CAP_SYS_ADMIN to open)");
  return find(account, name, *own);
}

}  // namespace ebpf::kernel
