// The table of what older kernels do not know, and what takes its place.
//
// The kernel's rules are those of the *_check_meta functions in its kernel/bpf/btf.c; libbpf does the same for most
// rows ("kernel_supports(FEAT_BTF_*)" in its documentation of features). Where this differs it says so.
#include "ebpf/btf/degrade.h"

#include <iterator>
#include <string>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/btf/builder.h"
#include "ebpf/btf/records.h"

namespace ebpf::btf {
namespace {

using Record = std::vector<std::uint32_t>;

constexpr std::uint32_t kLayoutHeader = 32;  // struct btf_header with layout_off and layout_len
constexpr std::uint32_t kLayoutLength = 28;

// What a replacement may look at and add to.
struct Context {
  const Spec& types;
  Builder& out;
};

// ---- What takes the place of a record ----

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A name with underscores for what an identifier, or the name of a section, could not have before Linux 6.9.
std::string plain_name(std::string_view name, bool dots) {
  std::string out(name);
  for (char& c : out)
    if (!is_letter(c) && !(dots && c == '.') && (!is_digit(c) || &c == out.data())) c = '_';
  return out;
}

void make(Record& record, Kind kind, std::uint32_t vlen, std::uint32_t size_or_type) {
  record[kInfoWord] = make_info(kind, vlen);
  record[kTypeWord] = size_or_type;
  record.resize(record_size(record[kInfoWord]) / kWord);
}

void make_integer(Record& record, std::uint32_t size, bool is_signed) {
  make(record, Kind::integer, 0, size);
  record[kRecordHead] = (is_signed ? 1u << 24 : 0) | size * 8;
}

void rename(Record& record, const Context& context, bool dots) {
  record[kNameWord] = context.out.add_string(plain_name(context.types.string(record[kNameWord]), dots));
}

// A typedef of the prototype, which itself becomes a pointer. (libbpf makes the prototype an enumeration; kernels that
// check names refuse that where a parameter has none.)
void function_to_typedef(Record& record, const Context& context) {
  make(record, Kind::type_definition, 0, record[kTypeWord]);
  rename(record, context, false);
}
void prototype_to_pointer(Record& record, const Context&) { make(record, Kind::pointer, 0, 0); }

// A typedef, so that the members of the section's structure still have types. (libbpf: an integer of one byte.)
void variable_to_typedef(Record& record, const Context& context) {
  make(record, Kind::type_definition, 0, record[kTypeWord]);
  rename(record, context, false);
}

void section_to_structure(Record& record, const Context& context) {
  rename(record, context, false);
  const std::uint32_t vlen = vlen_of(record[kInfoWord]);
  record[kInfoWord] = make_info(Kind::structure, vlen);
  for (std::size_t at = kRecordHead; at < record.size(); at += 3) {
    const TypeId variable = record[at];
    const std::uint32_t offset = record[at + 1];
    const auto type = context.types.type(variable);
    record[at] = type ? context.out.add_string(plain_name(type->name(), false)) : 0;
    record[at + 1] = variable;
    record[at + 2] = offset * 8;
  }
}

void function_to_static(Record& record, const Context&) { record[kInfoWord] = make_info(Kind::function, 0); }

void floating_to_structure(Record& record, const Context&) {
  make(record, Kind::structure, 0, record[kTypeWord]);
  record[kNameWord] = 0;  // "long double" is no name for a structure
}

// Nothing refers to a tag of this kind, but the number must be taken.
void decl_tag_to_integer(Record& record, const Context&) {
  make_integer(record, 1, false);
  record[kNameWord] = 0;
}

void type_tag_to_const(Record& record, const Context&) {
  make(record, Kind::const_qualifier, 0, record[kTypeWord]);
  record[kNameWord] = 0;
}

void clear_kind_flag(Record& record, const Context&) { record[kInfoWord] &= ~kKindFlag; }

// (libbpf: a union, in which a bit-field of the type is refused, and of which tools show no value.)
void enumeration64_to_integer(Record& record, const Context&) {
  make_integer(record, record[kTypeWord], (record[kInfoWord] & kKindFlag) != 0);
}

void section_to_plain_name(Record& record, const Context& context) { rename(record, context, true); }

// ---- Where a feature is used ----

bool always(std::span<const std::uint32_t>, std::string_view) { return true; }
bool has_linkage(std::span<const std::uint32_t> record, std::string_view) { return vlen_of(record[kInfoWord]) != 0; }
bool has_kind_flag(std::span<const std::uint32_t> record, std::string_view) {
  return (record[kInfoWord] & kKindFlag) != 0;
}
bool has_odd_name(std::span<const std::uint32_t>, std::string_view name) { return plain_name(name, true) != name; }

struct Substitution {
  Feature feature;
  Kind kind;
  bool (*is_used)(std::span<const std::uint32_t> record, std::string_view name);
  void (*replace)(Record& record, const Context& context);
};

// In the order in which they are applied: what became another kind is not looked at as the old one again.
constexpr Substitution kSubstitutions[] = {
    {Feature::function, Kind::function, always, function_to_typedef},
    {Feature::function, Kind::function_prototype, always, prototype_to_pointer},
    {Feature::data_section, Kind::variable, always, variable_to_typedef},
    {Feature::data_section, Kind::data_section, always, section_to_structure},
    {Feature::global_function, Kind::function, has_linkage, function_to_static},
    {Feature::floating, Kind::floating, always, floating_to_structure},
    {Feature::decl_tag, Kind::decl_tag, always, decl_tag_to_integer},
    {Feature::type_tag, Kind::type_tag, always, type_tag_to_const},
    {Feature::signed_enumeration, Kind::enumeration, has_kind_flag, clear_kind_flag},
    {Feature::enumeration64, Kind::enumeration64, always, enumeration64_to_integer},
    {Feature::section_name, Kind::data_section, has_odd_name, section_to_plain_name},
    {Feature::tag_attribute, Kind::decl_tag, has_kind_flag, clear_kind_flag},
    {Feature::tag_attribute, Kind::type_tag, has_kind_flag, clear_kind_flag},
};

bool is_used(const Substitution& row, std::span<const std::uint32_t> record, const Spec& types) {
  return record_kind(record[kInfoWord]) == row.kind && row.is_used(record, types.string(record[kNameWord]));
}

bool has_layout(const Spec& types) {
  const ByteView bytes(types.bytes(), types.byte_order());
  return bytes.read<std::uint32_t>(4).value_or(0) >= kLayoutHeader &&
         bytes.read<std::uint32_t>(kLayoutLength).value_or(0) != 0;
}

}  // namespace

std::string describe(Features degraded) {
  std::string out;
  for (const FeatureInfo& row : kFeatures) {
    if (!degraded.has(row.feature)) continue;
    out += cat(out.empty() ? "" : ", ", row.name, " (Linux ", row.major, ".", row.minor, ") became ", row.instead);
  }
  return out;
}

Result<Features> features_of(const Spec& types) {
  EBPF_TRY(const Records& records, Records::read(types));
  Features out;
  for (TypeId id = records.first_id(); id < records.end_id(); ++id)
    for (const Substitution& row : kSubstitutions)
      if (is_used(row, records[id], types)) out.add(row.feature);
  if (has_layout(types)) out.add(Feature::layout);
  return out;
}

Result<Spec> degrade(const Spec& types, Features known) {
  EBPF_TRY(const Features& used, features_of(types));
  Features missing = used.without(known);
  if (missing.empty()) return types;
  // A tag on a parameter has nothing to stand on where there are no functions.
  if (missing.has(Feature::function)) missing.add(Feature::decl_tag);
  EBPF_TRY(const Records& records, Records::read(types));
  Builder out = Builder::with_strings_of(types);
  Record record;
  for (TypeId id = records.first_id(); id < records.end_id(); ++id) {
    record.assign(records[id].begin(), records[id].end());
    for (const Substitution& row : kSubstitutions)
      if (missing.has(row.feature) && is_used(row, record, types)) row.replace(record, {types, out});
    out.add_record(record);
  }
  return out.spec(types.byte_order());
}

}  // namespace ebpf::btf
