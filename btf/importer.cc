// Importer: types of one table into another, renumbered.
#include "ebpf/base/text.h"
#include "ebpf/btf/builder.h"

namespace ebpf::btf {

Importer::Importer(const Spec& from, Records records, Builder& to)
    : from_(from), records_(std::move(records)), to_(&to), new_ids_(from.type_count()) {}

Result<Importer> Importer::between(const Spec& from, Builder& to) {
  EBPF_TRY(Records records, Records::read(from));
  return Importer(from, std::move(records), to);
}

std::optional<TypeId> Importer::find(TypeId id) const {
  if (id == 0) return 0;
  if (id >= new_ids_.size() || new_ids_[id] == 0) return std::nullopt;
  return new_ids_[id];
}

// The new number of a type; one that has none gets it here, and waits to be copied.
TypeId Importer::number(TypeId id) {
  if (id == 0) return 0;
  if (new_ids_[id] == 0) {
    new_ids_[id] = to_->next_id() + static_cast<TypeId>(pending_.size() - copied_);
    pending_.push_back(id);
  }
  return new_ids_[id];
}

void Importer::copy_pending() {
  for (; copied_ < pending_.size();) {
    const auto record = records_[pending_[copied_]];
    record_.assign(record.begin(), record.end());
    // Counted as copied only now: number() goes by what is still to come behind this one.
    for_each_reference(std::span(record_), [this](std::uint32_t& id) { id = number(id); });
    for_each_name(std::span(record_), [this](std::uint32_t& name) { name = to_->add_string(from_.string(name)); });
    to_->add_record(record_);
    ++copied_;
  }
  pending_.clear();
  copied_ = 0;
}

Result<TypeId> Importer::add(TypeId id) {
  if (id >= new_ids_.size())
    return fail(errc::not_found, cat("BTF: there is no type ", id, " (", new_ids_.size(), " types)"));
  const TypeId out = number(id);
  copy_pending();
  return out;
}

void Importer::add_all() {
  // Numbered before any is copied, so that they stay in their order.
  for (TypeId id = records_.first_id(); id < records_.end_id(); ++id) number(id);
  copy_pending();
}

}  // namespace ebpf::btf
