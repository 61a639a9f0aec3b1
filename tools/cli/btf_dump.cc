// ebpf btf dump: the types of the kernel, a module, an object, or whatever the kernel holds under an id, as C, as
// lines, or as JSON.
#include <memory>
#include <optional>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/c_printer.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/kernel/types.h"
#include "tools/cli/btf_commands.h"
#include "tools/cli/type_listing.h"

namespace ebpf::cli {
namespace {

constexpr std::size_t kPieceBytes = 64u << 10;

// The types, and whoever holds what they view.
struct Subject {
  std::shared_ptr<const KernelTypes> kernel;
  std::optional<btf::Spec> own = std::nullopt;
  const btf::Spec* types = nullptr;
};

class StandardOutput : public btf::TextSink {
 public:
  Result<void> write(std::string_view piece) override {
    print_text(piece);
    return output_error();
  }
};

Result<Subject> of_kernel() {
  EBPF_TRY(KernelTypes::Shared kernel, KernelTypes::running());
  const btf::Spec* types = &kernel->types();
  return Subject{.kernel = std::move(kernel), .types = types};
}

Result<Subject> of_module(std::string_view name) {
  EBPF_TRY(KernelTypes::Shared kernel, KernelTypes::running());
  EBPF_TRY(const KernelTypes::Module* module, kernel->module(name));
  return Subject{.kernel = std::move(kernel), .types = &module->types};
}

Result<Subject> of_file(std::string_view path) {
  EBPF_TRY(KernelTypes::Shared file, KernelTypes::read_file(std::string(path)));
  const btf::Spec* types = &file->types();
  return Subject{.kernel = std::move(file), .types = types};
}

// A module's continue those of the kernel.
Result<Subject> of_id(std::string_view text) {
  const auto number = parse_unsigned(text, 10, UINT32_MAX);
  if (!number) return fail(errc::invalid_argument, "id ", quoted(text), " is no number");
  const auto id = static_cast<std::uint32_t>(*number);
  auto object = kernel::btf_object_by_id(id);
  if (!object) return fail_in(std::move(object), "BTF object ", id);
  EBPF_TRY(std::vector<std::byte> bytes, kernel::read_btf_object(object->fd));
  Subject out;
  std::shared_ptr<const btf::Spec> base;
  if (object->is_kernel && object->name != "vmlinux") {
    EBPF_TRY(out.kernel, KernelTypes::running());
    base = std::shared_ptr<const btf::Spec>(out.kernel, &out.kernel->types());
  }
  EBPF_TRY(out.own, btf::Spec::parse(std::move(bytes), std::move(base)));
  return out;
}

Result<Subject> open_subject(const Arguments& arguments) {
  const auto& operands = arguments.operands;
  if (arguments.has("--module")) return of_module(arguments.value("--module"));
  if (operands.empty()) return of_kernel();
  return operands.size() == 1 ? of_file(operands[0]) : of_id(operands[1]);
}

// The types of that name: there may be a structure and a typedef of it.
Result<std::vector<btf::TypeId>> roots(const btf::Spec& types, std::string_view name) {
  std::vector<btf::TypeId> out;
  for (const auto kind : {btf::Kind::integer, btf::Kind::structure, btf::Kind::union_type, btf::Kind::enumeration,
                          btf::Kind::enumeration64, btf::Kind::type_definition, btf::Kind::floating})
    if (const auto id = types.find(name, kind)) out.push_back(*id);
  if (out.empty()) return fail(errc::not_found, "there is no type ", quoted(name));
  return out;
}

Result<void> dump_c(const btf::Spec& types, std::string_view root) {
  StandardOutput out;
  if (root.empty()) return btf::print_c_header(types, out);
  EBPF_TRY(const std::vector<btf::TypeId>& wanted, roots(types, root));
  btf::CPrinter printer(types);
  std::string text;
  for (const btf::TypeId id : wanted) EBPF_CHECK(printer.print(id, text));
  return out.write(text);
}

// Of the types themselves, not of those that they continue.
Result<void> dump_each(const btf::Spec& types, std::string_view root,
                       void (*append)(std::string& out, const btf::Spec& types, btf::Type type)) {
  StandardOutput out;
  std::string text;
  std::vector<btf::TypeId> wanted;
  if (!root.empty()) {
    EBPF_TRY(wanted, roots(types, root));
  }
  for (btf::TypeId id = types.first_id(); root.empty() && id < types.type_count(); ++id) {
    EBPF_TRY(const btf::Type type, types.type(id));
    append(text, types, type);
    if (text.size() < kPieceBytes) continue;
    EBPF_CHECK(out.write(text));
    text.clear();
  }
  for (const btf::TypeId id : wanted) {
    EBPF_TRY(const btf::Type type, types.type(id));
    append(text, types, type);
  }
  return out.write(text);
}

Result<void> dump_raw(const btf::Spec& types, std::string_view root) { return dump_each(types, root, append_raw); }

Result<void> dump_json(const btf::Spec& types, std::string_view root) {
  return dump_each(types, root, [](std::string& out, const btf::Spec&, btf::Type type) { append_json(out, type); });
}

struct Format {
  std::string_view name;
  Result<void> (*dump)(const btf::Spec& types, std::string_view root);
};
constexpr Format kFormats[] = {{"c", dump_c}, {"raw", dump_raw}, {"json", dump_json}};

const Format* find_format(std::string_view name) {
  for (const Format& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

ExitStatus usage_error(std::string message) {
  print_error(Error(errc::invalid_argument, std::move(message)));
  return kUsage;
}

ExitStatus dump(const Arguments& arguments) {
  const auto& operands = arguments.operands;
  if (operands.size() == 2 && operands[0] != "id")
    return usage_error(cat("btf dump: ", quoted(operands[1]), " is one operand too many"));
  if (!operands.empty() && arguments.has("--module"))
    return usage_error("btf dump: --module and an operand say two things");
  const Format* format = find_format(arguments.has("--format") ? arguments.value("--format") : "raw");
  if (format == nullptr)
    return usage_error(cat("btf dump: there is no format ", quoted(arguments.value("--format")), ": c, raw or json"));
  const auto subject = open_subject(arguments);
  if (!subject) {
    print_error(subject.error());
    return subject.error().code() == errc::invalid_argument ? kUsage : status_of(subject.error());
  }
  const btf::Spec& types = subject->own ? *subject->own : *subject->types;
  if (auto done = format->dump(types, arguments.value("--root")); !done) {
    print_error(done.error());
    return status_of(done.error());
  }
  return kOk;
}

constexpr Option kOptions[] = {
    {"--module", "NAME", "the types of a loaded module"},
    {"--format", "c|raw|json", "a C header; a line per type (the default); a JSON object per type"},
    {"--root", "NAME", "only the type of that name and, as C, what it needs"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kBtfDump = {
    .name = "dump",
    .operands = "[FILE | id N]",
    .summary =
        "Prints the types of an object or BTF file, of what the kernel has under an id, or of the running kernel.",
    .options = kOptions,
    .least_operands = 0,
    .most_operands = 2,
    .run = dump,
};

}  // namespace ebpf::cli
