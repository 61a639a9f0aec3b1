// btf::Spec: reading and checking the table of types, and the questions that need more than one type.
#include <algorithm>
#include <cstring>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/record.h"

namespace ebpf::btf {
namespace {

constexpr std::uint16_t kMagic = 0xeb9f;
constexpr std::uint32_t kMinHeader = 24;
constexpr std::uint32_t kDefaultPointerSize = 8;
constexpr std::uint32_t kMaxVisits = 1 << 16;  // of members, to find one alignment

// How compilers call the integer that is as wide as a pointer.
bool is_long(std::string_view name) {
  constexpr std::string_view kNames[] = {"long unsigned int", "long int", "unsigned long", "long"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

std::string type_label(Type type) {
  return cat("type ", type.id(), " (", kind_name(type.kind()), type.name().empty() ? "" : " ", type.name(), ")");
}

}  // namespace

Result<Spec> Spec::parse(std::vector<std::byte> bytes, std::shared_ptr<const Spec> base) {
  Spec spec;
  spec.storage_ = std::make_shared<std::vector<std::byte>>(std::move(bytes));
  spec.bytes_ = *spec.storage_;
  EBPF_CHECK(spec.index(std::move(base)));
  EBPF_CHECK(spec.check_references());
  return spec;
}

Result<Spec> Spec::view(std::span<const std::byte> bytes, std::shared_ptr<const void> keep_alive,
                        std::shared_ptr<const Spec> base) {
  Spec spec;
  spec.keep_alive_ = std::move(keep_alive);
  spec.bytes_ = bytes;
  EBPF_CHECK(spec.index(std::move(base)));
  return spec;
}

Result<void> Spec::index(std::shared_ptr<const Spec> base) {
  if (base) {
    base_ = std::move(base);
    if (base_->string_bytes() > UINT32_MAX) return fail(errc::malformed, "BTF: the base has too many strings");
    first_id_ = base_->type_count();
    first_string_ = static_cast<std::uint32_t>(base_->string_bytes());
  }
  EBPF_CHECK(read_header());
  EBPF_CHECK(index_types());
  pointer_size_ = base_ ? base_->pointer_size_ : find_pointer_size();
  return {};
}

// BTF does not say of which machine it is. Of the kernels that have it, and of all that is compiled for BPF, the `long`
// is as wide as a pointer; it is among a kernel's first types.
std::uint32_t Spec::find_pointer_size() const {
  for (const Type type : *this) {
    const bool possible = type.is(Kind::integer) && (type.size() == 4 || type.size() == 8);
    if (possible && is_long(type.name())) return type.size();
  }
  return kDefaultPointerSize;
}

Result<void> Spec::read_header() {
  const ByteView raw(bytes_, ByteOrder::little);
  const auto magic = raw.read<std::uint16_t>(0);
  if (!magic || (*magic != kMagic && *magic != byte_swap(kMagic)))
    return fail(errc::malformed, "BTF: it does not begin with the magic number 0xeb9f");
  const ByteView view = raw.with_order(*magic == kMagic ? ByteOrder::little : ByteOrder::big);
  if (view.size() < kMinHeader) return fail(errc::malformed, "BTF: the header is truncated (", view.size(), " bytes)");
  const auto version = view.field<std::uint8_t>(2);
  if (version != 1) return fail(errc::unsupported_input, "BTF: version ", version, "; only version 1 is known");
  const std::uint64_t header_size = view.field<std::uint32_t>(4);
  if (header_size < kMinHeader || header_size > view.size())
    return fail(errc::malformed, "BTF: the header claims ", header_size, " bytes");
  const auto types = view.slice(header_size + view.field<std::uint32_t>(8), view.field<std::uint32_t>(12));
  const auto strings = view.slice(header_size + view.field<std::uint32_t>(16), view.field<std::uint32_t>(20));
  if (!types) return fail(errc::malformed, "BTF: the types reach past the end");
  if (!strings) return fail(errc::malformed, "BTF: the strings reach past the end");
  const bool begins = base_ || (!strings->empty() && strings->field<std::uint8_t>(0) == 0);
  const bool ends = strings->empty() ? base_ != nullptr : strings->field<std::uint8_t>(strings->size() - 1) == 0;
  if (!begins || !ends) return fail(errc::malformed, "BTF: the string section does not begin and end with a NUL");
  if (base_ && base_->byte_order() != view.order())
    return fail(errc::malformed, "BTF: the table and the one that it continues are of different byte orders");
  types_ = *types;
  strings_ = *strings;
  return {};
}

// One pass over all records. What is checked here (a known kind, a record that ends inside) is what everything else
// relies on; it is the whole cost of opening a kernel's table, so it reads one word of each type and no more.
Result<void> Spec::index_types() {
  stride_ = types_.size() <= kDenseLimit ? 1 : kStride;
  auto checkpoints = std::make_shared<std::vector<Checkpoint>>();
  // Few records have less than a header and a half.
  checkpoints->reserve(types_.size() / (std::size_t{18} * stride_) + 1);
  EBPF_CHECK(types_.order() == ByteOrder::little ? index_as<ByteOrder::little>(*checkpoints)
                                                 : index_as<ByteOrder::big>(*checkpoints));
  checkpoints_ = std::move(checkpoints);
  return {};
}

template <ByteOrder kOrder>
Result<void> Spec::index_as(std::vector<Checkpoint>& checkpoints) {
  const std::byte* const begin = types_.data();
  const std::size_t size = types_.size();
  if (size != 0 && size < kTypeHeader) return bad_record(first_id_, 0);
  // The last place at which a header fits. A record that ends outside is seen when the next one would begin there.
  const std::size_t last = size - kTypeHeader;
  const std::uint32_t stride = stride_;
  std::size_t offset = 0;
  TypeId id = first_id_;
  while (offset <= last && size != 0) {
    Checkpoint block{static_cast<std::uint32_t>(offset), 0};
    for (const TypeId end = id + stride; id != end && offset <= last; ++id) {
      const std::uint32_t info = record_word<kOrder>(begin + offset + 4);
      const std::uint32_t length = record_size(info);
      if (length == 0) [[unlikely]]
        return bad_record(id, offset);
      block.kinds |= 1u << kind_of(info);
      offset += length;
    }
    checkpoints.push_back(block);
  }
  if (offset != size) return bad_record(offset > size ? id - 1 : id, size);
  type_count_ = id;
  return {};
}

std::span<const Checkpoint> Spec::checkpoints() const {
  return checkpoints_ ? std::span<const Checkpoint>(*checkpoints_) : std::span<const Checkpoint>();
}

Failure Spec::bad_record(TypeId id, std::uint64_t offset) const {
  const auto info = types_.read<std::uint32_t>(offset + 4);
  const std::uint32_t kind = info ? kind_of(*info) : 0;
  if (info && (kind == 0 || kind > kMaxKind))
    return fail(errc::unsupported_input, "BTF: type ", id, " is of kind ", kind, ", which is not known");
  return fail(errc::malformed, "BTF: type ", id, " reaches past the end of the types");
}

Result<Type> Spec::type(TypeId id) const {
  if (id == 0) return Type(*this, 0, 0);
  if (id >= type_count_) return fail(errc::not_found, "BTF: there is no type ", id, " (", type_count_, " types)");
  if (id < first_id_) return base_->type(id);
  std::uint32_t offset = (*checkpoints_)[(id - first_id_) / stride_].offset;
  for (std::uint32_t skip = (id - first_id_) % stride_; skip > 0; --skip)
    offset += record_size(types_.field<std::uint32_t>(std::size_t{offset} + 4));
  return Type(*this, id, offset);
}

Spec::Iterator& Spec::Iterator::operator++() {
  offset_ += record_size(spec_->types_.field<std::uint32_t>(std::size_t{offset_} + 4));
  ++id_;
  return *this;
}

std::string_view Spec::string(std::uint32_t offset) const {
  if (offset < first_string_) return base_->string(offset);
  return strings_.c_string(offset - first_string_).value_or(std::string_view());
}

std::optional<TypeId> Spec::find(std::string_view name, Kind kind) const {
  if (base_)
    if (const auto found = base_->find(name, kind)) return found;
  for (const Type candidate : *this)
    if (candidate.is(kind) && candidate.name() == name) return candidate.id();
  return std::nullopt;
}

// Every name and every reference of every type, so that what is read later needs to expect no more than endless chains.
Result<void> Spec::check_references() const {
  for (const Type type : *this) {
    if (type.word(0) >= string_bytes())
      return fail(errc::malformed, "BTF: type ", type.id(), ": its name is outside the strings");
    EBPF_CHECK_IN(check_type(type), "BTF: ", type_label(type));
  }
  return {};
}

Result<void> Spec::check_type(Type type) const {
  const auto check_id = [this](TypeId id, std::string_view role, std::uint32_t index) -> Result<void> {
    if (id < type_count_) [[likely]]
      return {};
    return fail(errc::malformed, role, " ", index, " is type ", id, ", but there are only ", type_count_);
  };
  EBPF_CHECK(check_id(type.referenced(), "reference", 0));
  if (type.is(Kind::array)) {
    EBPF_CHECK(check_id(type.array().element, "element type", 0));
    return check_id(type.array().index, "index type", 0);
  }
  const std::size_t entry_size = kShapes[static_cast<std::size_t>(type.kind())].entry;
  if (entry_size == 0) return {};
  const bool named = !type.is(Kind::data_section);
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    if (named && type.word(kTypeHeader + i * entry_size) >= string_bytes())
      return fail(errc::malformed, "the name of entry ", i, " is outside the strings");
    if (type.is_composite()) EBPF_CHECK(check_id(type.member(i).type, "member", i));
    if (type.is(Kind::function_prototype)) EBPF_CHECK(check_id(type.parameter(i).type, "parameter", i));
    if (type.is(Kind::data_section)) EBPF_CHECK(check_id(type.section_variable(i).type, "variable", i));
  }
  return {};
}

Result<Type> Spec::strip(TypeId id) const {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    EBPF_TRY(const Type current, type(id));
    if (!current.is_qualifier() && !current.is(Kind::type_definition)) return current;
    id = current.referenced();
  }
  return fail(errc::malformed, "BTF: type ", id, " is at the end of too long a chain of typedefs and qualifiers");
}

Result<Type> Spec::strip_qualifiers(TypeId id) const {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    EBPF_TRY(const Type current, type(id));
    if (!current.is_qualifier()) return current;
    id = current.referenced();
  }
  return fail(errc::malformed, "BTF: type ", id, " is at the end of too long a chain of qualifiers");
}

Result<std::uint64_t> Spec::size_of(TypeId id) const {
  std::uint64_t count = 1;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    EBPF_TRY(const Type current, strip(id));
    if (current.is(Kind::variable)) {
      id = current.referenced();
      continue;
    }
    if (current.is(Kind::array)) {
      if (__builtin_mul_overflow(count, std::uint64_t{current.array().count}, &count))
        return fail(errc::malformed, "BTF: the size of ", type_label(current), " overflows");
      id = current.array().element;
      continue;
    }
    const bool sized = current.is(Kind::pointer) || current.is(Kind::integer) || current.is_composite() ||
                       current.is_enumeration() || current.is(Kind::floating) || current.is(Kind::data_section);
    if (!sized) return fail(errc::invalid_argument, "BTF: ", type_label(current), " has no size");
    const std::uint64_t size = current.is(Kind::pointer) ? pointer_size_ : current.size();
    if (__builtin_mul_overflow(count, size, &count))
      return fail(errc::malformed, "BTF: the size of ", type_label(current), " overflows");
    return count;
  }
  return fail(errc::malformed, "BTF: type ", id, ": arrays nested too deep");
}

Result<std::uint32_t> Spec::align_of(TypeId id) const {
  std::uint32_t budget = kMaxVisits;
  return align_at(id, 0, budget);
}

// Structures that contain themselves do not exist in C, but do in hostile files: the depth of the walk is bounded, and
// so is its length, since two members of the type itself double it at every level.
Result<std::uint32_t> Spec::align_at(TypeId id, int depth, std::uint32_t& budget) const {
  if (depth > kMaxDepth || budget == 0) return fail(errc::malformed, "BTF: type ", id, ": nested too deep");
  --budget;
  EBPF_TRY(const Type current, strip(id));
  switch (current.kind()) {
    case Kind::pointer:
      return pointer_size_;
    case Kind::integer:
    case Kind::floating:
    case Kind::enumeration:
    case Kind::enumeration64: {
      // An odd size comes from no compiler; what does (128-bit integers) is aligned to 16 at the most.
      const std::uint32_t size = current.size();
      return size != 0 && (size & (size - 1)) == 0 && size <= 16 ? size : 1;
    }
    case Kind::array:
      return align_at(current.array().element, depth + 1, budget);
    case Kind::variable:
      return align_at(current.referenced(), depth + 1, budget);
    case Kind::structure:
    case Kind::union_type:
      return align_of_composite(current, depth, budget);
    default:
      return fail(errc::invalid_argument, "BTF: ", type_label(current), " has no alignment");
  }
}

// BTF does not record alignment: it is that of the most demanding member, unless a member stands where that alignment
// forbids it or the size is no multiple of it; then the type was declared packed.
Result<std::uint32_t> Spec::align_of_composite(Type type, int depth, std::uint32_t& budget) const {
  std::uint32_t strictest = 1;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Member member = type.member(i);
    EBPF_TRY(const std::uint32_t align, align_at(member.type, depth + 1, budget));
    if (member.bitfield_size == 0 && member.bit_offset % (align * 8) != 0) return 1;
    strictest = std::max(strictest, align);
  }
  return type.size() % strictest == 0 ? strictest : 1;
}

// Makes the bytes this Spec's own before they are changed. Returns where in them the type's record begins.
std::size_t Spec::make_own(Type type) {
  const auto place = [this](const std::byte* p) { return static_cast<std::size_t>(p - bytes_.data()); };
  const std::size_t types_at = place(types_.data());
  const std::size_t strings_at = place(strings_.data());
  if (!storage_ || storage_.use_count() > 1)
    storage_ = std::make_shared<std::vector<std::byte>>(bytes_.begin(), bytes_.end());
  keep_alive_.reset();
  bytes_ = *storage_;
  const ByteView whole(bytes_, types_.order());
  types_ = *whole.slice(types_at, types_.size());
  strings_ = *whole.slice(strings_at, strings_.size());
  return types_at + type.offset_;
}

void Spec::put(std::size_t at, std::uint32_t value) {
  value = to_host(value, types_.order());
  std::memcpy(storage_->data() + at, &value, sizeof value);
}

Result<void> Spec::lay_out_section(TypeId section, std::uint32_t size, std::span<const std::uint32_t> offsets) {
  EBPF_TRY(const Type type, this->type(section));
  if (section < first_id_ || !type.is(Kind::data_section) || type.vlen() != offsets.size())
    return fail(errc::invalid_argument, "BTF: ", type_label(type), " is no data section of ", offsets.size(),
                " variables");
  std::vector<SectionVariable> variables(offsets.size());
  for (std::uint32_t i = 0; i < offsets.size(); ++i) {
    variables[i] = type.section_variable(i);
    variables[i].offset = offsets[i];
  }
  stable_sort(variables, [](const SectionVariable& a, const SectionVariable& b) { return a.offset < b.offset; });
  const std::size_t at = make_own(type);
  put(at + 8, size);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    put(at + kTypeHeader + i * 12, variables[i].type);
    put(at + kTypeHeader + i * 12 + 4, variables[i].offset);
    put(at + kTypeHeader + i * 12 + 8, variables[i].size);
  }
  return {};
}

Result<void> Spec::set_function_linkage(TypeId function, Linkage linkage) {
  EBPF_TRY(const Type type, this->type(function));
  if (function < first_id_ || !type.is(Kind::function))
    return fail(errc::invalid_argument, "BTF: ", type_label(type), " is no function");
  const std::uint32_t info = (type.info() & ~0xffffu) | static_cast<std::uint32_t>(linkage);
  put(make_own(type) + 4, info);
  return {};
}

}  // namespace ebpf::btf
