// From the layout in which a program declares a structure of callbacks to the one that the kernel has.
//
// The value of the map is the kernel's wrapper: counters of its own, and the structure in its member "data". Which
// members there are differs between kernels, so those that one does not have may be declared as long as they are zero.
// (The rules are libbpf's.)
#include "ebpf/load/struct_ops_layout.h"

#include <algorithm>
#include <optional>
#include <string>

#include "ebpf/base/bytes.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"

namespace ebpf::loader {
namespace {

constexpr std::uint32_t kLargestValue = 1u << 20;  // the kernel's structures have some hundreds of bytes
constexpr std::string_view kData = "data";

// The members of a structure by name. Anonymous ones are left out.
class Members {
 public:
  explicit Members(btf::Type structure) : structure_(structure) {
    for (std::uint32_t i = 0; i < structure.vlen(); ++i)
      if (const std::string_view name = structure.member(i).name; !name.empty()) names_.emplace_back(name, i);
    stable_sort(names_);
  }
  std::optional<std::uint32_t> find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(names_, name, {}, &Entry::first);
    if (found == names_.end() || found->first != name) return std::nullopt;
    return found->second;
  }
  btf::Member operator[](std::uint32_t index) const { return structure_.member(index); }

 private:
  using Entry = std::pair<std::string_view, std::uint32_t>;
  btf::Type structure_;
  std::vector<Entry> names_;
};

Result<bool> points_to_function(const btf::Spec& types, btf::TypeId id) {
  EBPF_TRY(const btf::Type pointer, types.strip(id));
  if (!pointer.is(btf::Kind::pointer)) return false;
  EBPF_TRY(const btf::Type target, types.strip(pointer.referenced()));
  return target.is(btf::Kind::function_prototype);
}

class Translation {
 public:
  Translation(const MapSpec& map, const btf::Spec& local, const btf::Spec& kernel, btf::Type structure,
              std::uint32_t data_offset, StructOpsLayout& out)
      : map_(map),
        local_(local),
        kernel_(kernel),
        structure_(structure),
        members_(structure),
        data_offset_(data_offset),
        out_(out) {}

  Result<void> run() {
    EBPF_TRY(const btf::Type structure, local_.type(map_.value_type));
    for (std::uint32_t i = 0; i < structure.vlen(); ++i) {
      const btf::Member member = structure.member(i);
      EBPF_CHECK_IN(data(member), label(member.name));
    }
    for (const MapCallback& each : map_.callbacks) EBPF_CHECK_IN(callback(each), label(each.member));
    return {};
  }

 private:
  static std::string label(std::string_view member) {
    return member.empty() ? std::string("an anonymous member") : cat("member ", quoted(member));
  }
  std::string missing() const { return cat("this kernel's struct ", structure_.name(), " has no such member"); }

  // Where a member of the kernel's structure is in the map's value.
  Result<std::uint32_t> place(const btf::Member& member, std::uint64_t size) const {
    const std::uint64_t offset = std::uint64_t{data_offset_} + member.bit_offset / 8;
    if (member.bit_offset % 8 != 0 || !in_bounds(offset, size, out_.value.size()))
      return fail(errc::malformed, "the kernel's types say that it is outside of the structure");
    return static_cast<std::uint32_t>(offset);
  }

  Result<void> data(const btf::Member& member) {
    if (member.bitfield_size != 0) return bit_field(member);
    EBPF_TRY(const std::uint64_t size, local_.size_of(member.type));
    const std::uint64_t offset = member.bit_offset / 8;
    if (!in_bounds(offset, size, map_.data.size()))
      return fail(errc::invalid_argument, "it is past the end of MapSpec::data (", map_.data.size(), " bytes)");
    const auto bytes = std::span(map_.data).subspan(offset, size);
    // Nothing to be said of it: callbacks, above all. That it is of the same kind there is left unasked.
    if (all_zero(bytes)) return check_zero(member);
    const auto index = members_.find(member.name);
    if (!index) return fail(errc::not_supported, missing(), ", and it is not zero: leave it zero to do without");
    EBPF_CHECK(check_same(member, members_[*index], size));
    EBPF_TRY(const std::uint32_t to, place(members_[*index], size));
    std::ranges::copy(bytes, out_.value.begin() + to);
    return {};
  }

  // A zero needs no place; but a member that is there must still be the same thing, or the declaration is of something
  // else.
  Result<void> check_zero(const btf::Member& member) const {
    const auto index = members_.find(member.name);
    if (!index) return {};
    EBPF_TRY(const std::uint64_t size, local_.size_of(member.type));
    EBPF_TRY(const btf::Type type, local_.strip(member.type));
    if (type.is(btf::Kind::pointer)) return {};
    return check_same(member, members_[*index], size);
  }

  // The bits are in whole bytes of the data; all that is asked is whether they are zero.
  Result<void> bit_field(const btf::Member& member) const {
    const std::uint64_t first = member.bit_offset / 8;
    const std::uint64_t end = (std::uint64_t{member.bit_offset} + member.bitfield_size + 7) / 8;
    if (!in_bounds(first, end - first, map_.data.size())) return fail(errc::invalid_argument, "it is past the end");
    if (all_zero(std::span(map_.data).subspan(first, end - first))) return {};
    return fail(errc::unsupported_input, "it is a bit-field, and it or one beside it is not zero");
  }

  Result<void> check_same(const btf::Member& local, const btf::Member& kernel, std::uint64_t size) const {
    if (kernel.bitfield_size != 0) return fail(errc::unsupported_input, "it is a bit-field in this kernel");
    EBPF_TRY(const btf::Type here, local_.strip(local.type));
    EBPF_TRY(const btf::Type there, kernel_.strip(kernel.type));
    if (!btf::same_kind(here.kind(), there.kind()))
      return fail(errc::type_mismatch, "the program declares it as ", local_.describe(local.type),
                  ", and this kernel as ", kernel_.describe(kernel.type));
    if (here.is(btf::Kind::pointer))
      return fail(errc::unsupported_input, "it is a pointer and holds an address, which means nothing to the kernel");
    EBPF_TRY(const std::uint64_t kernel_size, kernel_.size_of(kernel.type));
    if (kernel_size == size) return {};
    return fail(errc::type_mismatch, "it has ", size, " bytes, and in this kernel ", kernel_size);
  }

  Result<void> callback(const MapCallback& callback) {
    const auto index = members_.find(callback.member);
    if (!index)
      return fail(errc::not_supported, missing(), ", and it is program ", quoted(callback.program),
                  ": do without (StructOpsSpec::clear_callback)");
    const btf::Member member = members_[*index];
    EBPF_TRY(const bool is_function, points_to_function(kernel_, member.type));
    if (!is_function || member.bitfield_size != 0)
      return fail(errc::type_mismatch, "it is a callback, and in this kernel ", kernel_.describe(member.type));
    EBPF_TRY(const std::uint32_t offset, place(member, sizeof(std::uint64_t)));
    for (const StructOpsLayout::Callback& other : out_.callbacks)
      if (other.member == *index) return fail(errc::invalid_argument, "it has two callbacks");
    out_.callbacks.push_back({offset, *index, callback.member, callback.program});
    return {};
  }

  const MapSpec& map_;
  const btf::Spec& local_;
  const btf::Spec& kernel_;
  btf::Type structure_;
  Members members_;
  std::uint32_t data_offset_;
  StructOpsLayout& out_;
};

}  // namespace

Result<StructOpsLayout> lay_out_struct_ops(const MapSpec& map, const btf::Spec& local, const btf::Spec& kernel,
                                           btf::TypeId wrapper) {
  EBPF_TRY(const btf::Type outer, kernel.type(wrapper));
  const auto place = Members(outer).find(kData);
  if (!place) return fail(errc::malformed, "the kernel's ", outer.name(), " has no member \"data\"");
  const btf::Member data = outer.member(*place);
  EBPF_TRY(const btf::Type structure, kernel.strip(data.type));
  const bool fits = structure.is(btf::Kind::structure) && outer.size() <= kLargestValue && data.bit_offset % 8 == 0 &&
                    in_bounds(data.bit_offset / 8, structure.size(), outer.size());
  if (!fits) return fail(errc::malformed, "the kernel's ", outer.name(), " makes no sense");
  StructOpsLayout out;
  out.structure = structure.id();
  out.value.resize(outer.size());
  EBPF_CHECK(Translation(map, local, kernel, structure, data.bit_offset / 8, out).run());
  return out;
}

}  // namespace ebpf::loader
