// Importer: types of one table into another, renumbered.
#include <utility>

#include "ebpf/base/text.h"
#include "ebpf/btf/builder.h"

namespace ebpf::btf {

Result<Importer> Importer::between(const Spec& from, Builder& to) {
  Importer out(from, to);
  for (const Spec* layer = &out.from_; layer != nullptr; layer = layer->base().get()) {
    const Spec* base = to.base_.get();
    if (base != nullptr && layer->bytes().data() == base->bytes().data()) {
      out.first_copied_ = layer->type_count();
      break;
    }
    EBPF_TRY(Records records, Records::read(*layer));
    out.layers_.push_back(std::move(records));
  }
  return out;
}

std::span<const std::uint32_t> Importer::record(TypeId id) const {
  for (const Records& layer : layers_)
    if (layer.has(id)) return layer[id];
  return {};
}

std::optional<TypeId> Importer::find(TypeId id) const {
  if (id < first_copied_) return id;
  if (id >= new_ids_.size() || new_ids_[id] == 0) return std::nullopt;
  return new_ids_[id];
}

// The new number of a type; one that has none gets it here, and waits to be copied.
TypeId Importer::number(TypeId id) {
  if (id < first_copied_) return id;
  if (new_ids_[id] == 0) {
    new_ids_[id] = to_->next_id() + static_cast<TypeId>(pending_.size() - copied_);
    pending_.push_back(id);
  }
  return new_ids_[id];
}

void Importer::copy_pending() {
  for (; copied_ < pending_.size();) {
    const auto original = record(pending_[copied_]);
    record_.assign(original.begin(), original.end());
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
    return fail(errc::not_found, "BTF: there is no type ", id, " (", new_ids_.size(), " types)");
  const TypeId out = number(id);
  copy_pending();
  return out;
}

void Importer::add_all() {
  // Numbered before any is copied, so that they stay in their order.
  for (TypeId id = from_.first_id(); id < from_.type_count(); ++id) number(id);
  copy_pending();
}

}  // namespace ebpf::btf
