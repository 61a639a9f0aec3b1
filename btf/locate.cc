// btf::Spec::locate: from a path in C's words ("rx.queues[3].packets") to a place in a type.

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kMostMembers = 1u << 16;  // looked at for one step; anonymous members nest in hostile files

// One step of a path: a name, or an index.
struct Step {
  std::string_view name;
  std::uint32_t index = 0;
};

class Path {
 public:
  explicit Path(std::string_view text) : text_(text), rest_(text) {}

  bool done() const { return rest_.empty(); }
  // What has been taken so far, for errors.
  std::string_view taken() const { return text_.substr(0, text_.size() - rest_.size()); }
  std::string_view text() const { return text_; }

  Result<Step> next() {
    if (rest_.front() == '[') return next_index();
    if (rest_.front() == '.') rest_.remove_prefix(1);
    const std::string_view name = rest_.substr(0, rest_.find_first_of(".[]"));
    if (name.empty()) return bad();
    rest_.remove_prefix(name.size());
    return Step{name};
  }

 private:
  Result<Step> next_index() {
    const std::size_t close = rest_.find(']');
    if (close == std::string_view::npos) return bad();
    const std::string_view digits = rest_.substr(1, close - 1);
    const auto index = parse_unsigned(digits, 10, UINT32_MAX);
    if (!index) return bad();
    rest_.remove_prefix(close + 1);
    return Step{.name = {}, .index = static_cast<std::uint32_t>(*index)};
  }
  Failure bad() const {
    return fail(errc::invalid_argument, quoted(text_),
                " is no path of members and indices, such as \"rx.queues[3].packets\"");
  }

  std::string_view text_;
  std::string_view rest_;
};

class Locator {
 public:
  Locator(const Spec& types, std::string_view path) : types_(types), path_(path) {}

  Result<MemberPlace> locate(TypeId root) {
    EBPF_TRY(const Type first, types_.strip(root));
    place_.type = first.is(Kind::variable) ? first.referenced() : root;
    while (!path_.done()) {
      if (place_.bitfield_size != 0) return not_found("a bit-field has no members");
      EBPF_TRY(const Step& step, path_.next());
      EBPF_TRY(const Type type, types_.strip(place_.type));
      EBPF_CHECK(step.name.empty() ? into_element(type, step.index) : into_member(type, step.name));
    }
    if (place_.bit_offset != 0 && place_.bitfield_size == 0) return not_found("it does not begin with a byte");
    return place_;
  }

 private:
  Failure not_found(std::string_view why) const {
    return fail(errc::not_found, quoted(path_.text()), ": at ", quoted(path_.taken()), ": ", why);
  }

  Result<void> into_element(Type array, std::uint32_t index) {
    if (!array.is(Kind::array)) return not_found(cat(types_.describe(place_.type), " is no array"));
    const ArrayInfo info = array.array();
    // One without a length, at the end of a structure, is as long as what it is in.
    if (index >= info.count && info.count != 0)
      return fail(errc::out_of_range, quoted(path_.text()), ": there is no element ", index, " in ",
                  types_.describe(place_.type));
    EBPF_TRY(const std::uint64_t size, types_.size_of(info.element));
    std::uint64_t distance = 0;
    if (__builtin_mul_overflow(size, std::uint64_t{index}, &distance) ||
        __builtin_add_overflow(place_.offset, distance, &place_.offset))
      return fail(errc::out_of_range, quoted(path_.text()), ": element ", index, " is out of reach");
    place_.type = info.element;
    return {};
  }

  Result<void> into_member(Type type, std::string_view name) {
    if (!type.is_composite()) return not_found(cat(types_.describe(place_.type), " has no members"));
    std::uint32_t budget = kMostMembers;
    EBPF_TRY(const bool found, find(type, name, 0, 0, budget));
    if (!found) return not_found(cat(types_.describe(place_.type), " has no such member"));
    return {};
  }

  // Looks into anonymous members, too. `bits` is where `holder` begins, in the structure at place_.offset.
  Result<bool> find(Type holder, std::string_view name, std::uint64_t bits, int depth, std::uint32_t& budget) {
    if (depth > kMaxDepth) return fail(errc::malformed, "BTF: anonymous structures are nested too deep");
    for (std::uint32_t i = 0; i < holder.vlen(); ++i) {
      if (budget-- == 0) return fail(errc::malformed, "BTF: too many nested members");
      const Member member = holder.member(i);
      if (member.name == name) {
        const auto type = types_.strip(member.type);
        take(member, bits + member.bit_offset, type && type->is_partial() ? type->integer() : IntInfo{});
        return true;
      }
      if (!member.name.empty()) continue;
      EBPF_TRY(const Type inside, types_.strip(member.type));
      if (!inside.is_composite()) continue;
      EBPF_TRY(const bool found, find(inside, name, bits + member.bit_offset, depth + 1, budget));
      if (found) return true;
    }
    return false;
  }

  // `part`: of its type, where that is all that it has.
  void take(const Member& member, std::uint64_t bits, const IntInfo& part) {
    if (member.bitfield_size == 0) bits += part.bit_offset;
    place_.type = member.type;
    place_.offset += bits / 8;
    place_.bit_offset = static_cast<std::uint32_t>(bits % 8);
    place_.bitfield_size = member.bitfield_size != 0 ? member.bitfield_size : part.bits;
  }

  const Spec& types_;
  Path path_;
  MemberPlace place_ = {};
};

}  // namespace

Result<MemberPlace> Spec::locate(TypeId id, std::string_view path) const { return Locator(*this, path).locate(id); }

}  // namespace ebpf::btf
