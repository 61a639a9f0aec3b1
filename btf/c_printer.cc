// CPrinter: the whole of a table, names, and the bounds on what hostile types can make of it.
#include "ebpf/btf/c_printer.h"

#include "ebpf/base/text.h"
#include "ebpf/btf/c_printer_impl.h"

namespace ebpf::btf {
namespace {

constexpr std::size_t kPieceBytes = 64u << 10;
// A kernel's types make half a byte of C of each of their bytes, and are visited once for each eight. Anonymous types
// that contain each other, or a name of 60,000 characters that everything has, could make any amount of them.
constexpr std::uint64_t kLeastBytes = 1u << 20;
constexpr std::uint64_t kBytesPerType = 512;
constexpr std::uint64_t kBytesPerByte = 16;

std::uint64_t most_bytes_of(const Spec& types) {
  std::uint64_t bytes = 0;
  for (const Spec* table = &types; table != nullptr; table = table->base().get()) bytes += table->bytes().size();
  return kLeastBytes + kBytesPerType * types.type_count() + kBytesPerByte * bytes;
}

constexpr std::string_view kPragma =
    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
    "#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)\n"
    "#endif\n\n";
constexpr std::string_view kPragmaEnd =
    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
    "#pragma clang attribute pop\n"
    "#endif\n\n";

}  // namespace

CPrinter::Impl::Impl(const Spec& types)
    : types_(types),
      layout_(types_),
      first_id_(types.first_id()),
      states_(types_.size()),
      tags_(types_.size() / 8),
      ordinary_(types_.size() / 3),
      most_bytes_(most_bytes_of(types)),
      visits_left_(most_bytes_) {}

Result<void> CPrinter::Impl::print(TypeId id, std::string& out) {
  if (id >= types_.size()) return fail(errc::not_found, "BTF: there is no type ", id);
  written_ = 0;
  return define(id, out);
}

// Enumerations without a name are printed where they are used, and what nothing uses at the end.
Result<void> CPrinter::Impl::print_all(std::string& out, TextSink* sink) {
  const auto flush = [&]() -> Result<void> {
    if (sink == nullptr || out.size() < kPieceBytes) return {};
    written_ += out.size();
    EBPF_CHECK(sink->write(out));
    out.clear();
    return {};
  };
  written_ = 0;
  for (const bool named : {true, false}) {
    for (TypeId id = first_id_; id < types_.size(); ++id) {
      const Type& type = types_[id];
      const Kind kind = type.kind();
      const bool wanted = named ? type.is_composite() || type.is_enumeration() || kind == Kind::type_definition ||
                                      kind == Kind::forward || kind == Kind::integer || kind == Kind::floating
                                : type.is_enumeration();
      if (!wanted || (named && type.name().empty())) continue;
      EBPF_CHECK(define(id, out));
      EBPF_CHECK(flush());
    }
  }
  return {};
}

Result<std::string> CPrinter::Impl::declaration(TypeId id, std::string_view name) {
  if (id >= types_.size()) return fail(errc::not_found, "BTF: there is no type ", id);
  std::string out;
  declare(id, name, out, 0);
  EBPF_CHECK(outcome());
  return out;
}

// The first definition of a name gets it. A forward declaration shares it where it may mean that definition, be that
// before or after it.
std::uint32_t CPrinter::Impl::claim_tag(Type type) {
  const std::string_view name = identifiers_(type.name());
  const bool is_forward = type.is(Kind::forward);
  const Kind kind = !is_forward ? type.kind() : type.kind_flag() ? Kind::union_type : Kind::structure;
  NameSpace::Entry& entry = tags_.entry(name);
  if (entry.uses == 0) {
    entry.uses = 1;
    entry.owner = static_cast<std::uint8_t>(kind) & 0x1f;
    entry.is_forward = is_forward;
    return 1;
  }
  const bool same_kind = entry.owner == static_cast<std::uint8_t>(kind);
  if (same_kind && is_forward) return 1;
  if (same_kind && entry.is_forward) {
    entry.is_forward = false;
    return 1;
  }
  return tags_.claim(name);
}

void CPrinter::Impl::append_tag_name(Type type, std::string& out) {
  const bool is_union = type.is(Kind::union_type) || (type.is(Kind::forward) && type.kind_flag());
  out.append(type.is_enumeration() ? "enum" : is_union ? "union" : "struct");
  if (type.name().empty() && !type.is(Kind::forward)) return;
  State& state = states_[type.id()];
  if (state.version == 0) state.version = claim_tag(type);
  out += ' ';
  append_versioned(out, identifiers_(type.name()), state.version);
}

// Of a typedef or a scalar. C's own scalars have no version, and their names are no identifiers.
void CPrinter::Impl::append_ordinary_name(Type type, std::string& out) {
  State& state = states_[type.id()];
  if (state.version == 0 && type.is(Kind::type_definition)) state.version = ordinary_.claim(identifiers_(type.name()));
  if (state.version == 0)
    out.append(type.name());
  else
    append_versioned(out, identifiers_(type.name()), state.version);
}

// The structure or union of a member without a name. It may have a name itself (-fms-extensions): C has no such
// members, so that its own stand in its place.
std::optional<Type> CPrinter::Impl::anonymous_composite(TypeId id) const {
  for (int hops = 0; hops < kMaxDepth; ++hops) {
    const Type& type = types_[id];
    if (type.is_composite()) return type;
    if (!type.is_qualifier() && !type.is(Kind::type_definition)) return std::nullopt;
    id = type.referenced();
  }
  return std::nullopt;
}

void CPrinter::Impl::charge(const std::string& out) {
  const std::uint64_t names = tags_.kept_bytes() + ordinary_.kept_bytes() + identifiers_.kept_bytes();
  if (written_ + out.size() + names > most_bytes_) go_wrong("the text of its types is out of all proportion to them");
}

void CPrinter::Impl::go_wrong(std::string cause) {
  if (!error_) error_.emplace(errc::malformed, cat("BTF as C: ", cause));
}

Result<void> CPrinter::Impl::outcome() const {
  if (error_) return fail_in(Error(*error_));
  if (types_.dangling() != 0)
    return fail(errc::malformed, "BTF as C: there is no type ", types_.dangling(), ", to which another refers");
  return {};
}

CPrinter::CPrinter(const Spec& types) : impl_(std::make_unique<Impl>(types)) {}
CPrinter::~CPrinter() = default;
CPrinter::CPrinter(CPrinter&&) noexcept = default;
CPrinter& CPrinter::operator=(CPrinter&&) noexcept = default;

Result<void> CPrinter::print(TypeId id, std::string& out) { return impl_->print(id, out); }

Result<void> CPrinter::print_all(std::string& out) { return impl_->print_all(out, nullptr); }

Result<void> CPrinter::print_all(TextSink& sink) {
  std::string out;
  out.reserve(kPieceBytes * 2);
  EBPF_CHECK(impl_->print_all(out, &sink));
  return sink.write(out);
}

Result<std::string> CPrinter::declaration(TypeId id, std::string_view name) { return impl_->declaration(id, name); }

Result<void> print_c_header(const Spec& types, TextSink& sink, std::string_view guard) {
  CPrinter printer(types);
  EBPF_CHECK(sink.write(cat("#ifndef ", guard, "\n#define ", guard, "\n\n", kPragma)));
  EBPF_CHECK(printer.print_all(sink));
  return sink.write(cat(kPragmaEnd, "#endif /* ", guard, " */\n"));
}

}  // namespace ebpf::btf
