// sanitize(): tables with symbols that are only declared, as a kernel takes them.
//
// No kernel takes a variable or function of linkage "extern", a section that lists functions, a variable without a
// size, or the prototype of a function whose parameters have no names (btf_var_check_meta, btf_datasec_check_meta,
// btf_func_check and others in its kernel/bpf/btf.c). Compilers write all of these for .ksyms and .kconfig.
#include <algorithm>
#include <utility>
#include <vector>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/btf/records.h"

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kLinkageWord = kRecordHead;
constexpr std::uint32_t kSectionEntry = 3;  // words: variable, offset, size

class Sanitizer {
 public:
  Sanitizer(const Spec& types, Records records)
      : types_(types), records_(std::move(records)), out_(Builder::with_strings_of(types)) {}

  bool is_needed() const {
    for (TypeId id = records_.first_id(); id < records_.end_id(); ++id)
      if (is_declaration(id) || has_unnamed_parameters(id)) return true;
    return false;
  }

  Result<Spec> run() {
    for (TypeId id = records_.first_id(); id < records_.end_id(); ++id) repair(id);
    for (TypeId id = records_.first_id(); id < records_.end_id(); ++id) out_.add_record(records_[id]);
    if (number_ != 0) out_.add_integer({.name = "int", .size = kNumberSize, .is_signed = true});
    if (variable_ != 0) out_.add_variable("declared_function", number_);
    return out_.spec(types_.byte_order());
  }

 private:
  static constexpr std::uint32_t kNumberSize = 4;

  bool is_declaration(TypeId id) const {
    if (!records_.has(id)) return false;
    const auto record = records_[id];
    const auto external = static_cast<std::uint32_t>(Linkage::external);
    if (records_.kind(id) == Kind::function) return vlen_of(record[kInfoWord]) == external;
    return records_.kind(id) == Kind::variable && record[kLinkageWord] == external;
  }

  bool has_unnamed_parameters(TypeId function) const {
    if (records_.kind(function) != Kind::function) return false;
    const TypeId prototype = records_[function][kTypeWord];
    if (!records_.has(prototype) || records_.kind(prototype) != Kind::function_prototype) return false;
    const auto record = records_[prototype];
    for (std::size_t at = kRecordHead; at < record.size(); at += 2)
      if (record[at] == 0 && record[at + 1] != 0) return true;
    return false;
  }

  void repair(TypeId id) {
    switch (records_.kind(id)) {
      case Kind::data_section:
        return repair_section(id);
      case Kind::variable:
        return repair_variable(id);
      case Kind::function:
        return repair_function(id);
      default:
        return;
    }
  }

  void repair_function(TypeId id) {
    if (has_unnamed_parameters(id)) {
      const auto prototype = records_.edit(records_[id][kTypeWord]);
      for (std::size_t at = kRecordHead; at < prototype.size(); at += 2)
        if (prototype[at] == 0 && prototype[at + 1] != 0) prototype[at] = out_.add_string("unnamed");
    }
    if (is_declaration(id)) records_.edit(id)[kInfoWord] = make_info(Kind::function, 1);
  }

  void repair_variable(TypeId id) {
    if (!is_declaration(id)) return;
    const auto record = records_.edit(id);
    record[kLinkageWord] = static_cast<std::uint32_t>(Linkage::global);
    if (size_of(record[kTypeWord]) == 0) record[kTypeWord] = number();
  }

  // In bytes; 0 where it has none, as `void` and what is only declared.
  std::uint32_t size_of(TypeId type) const {
    const auto size = types_.size_of(type);
    return size && *size <= UINT32_MAX ? static_cast<std::uint32_t>(*size) : 0;
  }

  // Whether the original table declares something in this section. Asked of `types_`: records may be repaired already.
  bool lists_declarations(std::span<const std::uint32_t> section) const {
    for (std::size_t at = kRecordHead; at < section.size(); at += kSectionEntry) {
      const auto type = types_.type(section[at]);
      if (!type || type->is(Kind::function)) return true;
      if (type->is(Kind::variable) && type->linkage() == Linkage::external) return true;
    }
    return false;
  }

  // One that the loader laid out (.kconfig is a map) stays as it is.
  void repair_section(TypeId id) {
    const auto section = records_.edit(id);
    if (!lists_declarations(section)) return;
    const bool is_laid_out = section[kTypeWord] != 0;
    std::uint64_t end = 0;
    for (std::size_t at = kRecordHead; at < section.size(); at += kSectionEntry) {
      const auto type = types_.type(section[at]);
      const bool is_variable = type && type->is(Kind::variable);
      if (!is_variable) section[at] = variable();
      std::uint32_t size = is_variable ? size_of(type->referenced()) : kNumberSize;
      if (size == 0) size = kNumberSize;
      if (is_laid_out) continue;
      const std::uint64_t align = is_variable ? types_.align_of(type->referenced()).value_or(kNumberSize) : kNumberSize;
      const std::uint64_t offset = (end + align - 1) / align * align;
      section[at + 1] = static_cast<std::uint32_t>(offset);
      section[at + 2] = size;
      end = offset + size;
    }
    if (!is_laid_out) section[kTypeWord] = static_cast<std::uint32_t>(std::min<std::uint64_t>(end, UINT32_MAX));
  }

  // What stands for a type without a size, and for a function in a section. Behind all others, so that those keep
  // their numbers.
  TypeId number() {
    if (number_ == 0) number_ = records_.end_id();
    return number_;
  }
  TypeId variable() {
    if (variable_ == 0) variable_ = number() + 1;
    return variable_;
  }

  const Spec& types_;
  Records records_;
  Builder out_;
  TypeId number_ = 0;
  TypeId variable_ = 0;
};

}  // namespace

Result<Spec> sanitize(const Spec& types) {
  EBPF_TRY(Records records, Records::read(types));
  Sanitizer sanitizer(types, std::move(records));
  if (!sanitizer.is_needed()) return types;
  return sanitizer.run();
}

}  // namespace ebpf::btf
