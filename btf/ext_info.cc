// Reading .BTF.ext. Three lists of the same shape: a record size, then blocks of {section name, count, records}.
#include "ebpf/btf/ext_info.h"

#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

constexpr std::uint16_t kMagic = 0xeb9f;
constexpr std::uint32_t kMinHeader = 24;   // without CO-RE, as clang 9 and older write it
constexpr std::uint32_t kCoreHeader = 32;  // with it
constexpr std::uint32_t kFunctionRecord = 8;
constexpr std::uint32_t kLineRecord = 16;
constexpr std::uint32_t kCoreRecord = 16;
constexpr std::uint32_t kSlotSize = 8;

}  // namespace

Result<ExtInfo> ExtInfo::parse(std::span<const std::byte> bytes, const Spec& types) {
  const ByteView view(bytes, types.byte_order());
  const auto magic = view.read<std::uint16_t>(0);
  if (!magic || *magic != kMagic)
    return fail(errc::malformed, ".BTF.ext: it does not begin with the magic number 0xeb9f");
  if (view.size() < kMinHeader) return fail(errc::malformed, ".BTF.ext: truncated header (", view.size(), " bytes)");
  if (view.field<std::uint8_t>(2) != 1)
    return fail(errc::unsupported_input, ".BTF.ext: version ", view.field<std::uint8_t>(2),
                "; only version 1 is known");
  const std::uint64_t header = view.field<std::uint32_t>(4);
  if (header < kMinHeader || header > view.size())
    return fail(errc::malformed, ".BTF.ext: the header claims ", header, " bytes");

  struct List {
    std::uint32_t place;  // of offset and length in the header
    std::uint32_t record;
    Blocks ExtInfo::* blocks;
    std::string_view name;
  };
  static constexpr List kLists[] = {
      {8, kFunctionRecord, &ExtInfo::functions_, "func_info"},
      {16, kLineRecord, &ExtInfo::lines_, "line_info"},
      {24, kCoreRecord, &ExtInfo::core_, "core_relo"},
  };
  ExtInfo out;
  for (const List& list : kLists) {
    if (list.place == 24 && header < kCoreHeader) continue;
    const auto data =
        view.slice(header + view.field<std::uint32_t>(list.place), view.field<std::uint32_t>(list.place + 4));
    if (!data) return fail(errc::malformed, ".BTF.ext: ", list.name, " reaches past the end");
    EBPF_TRY_IN(out.*list.blocks, read_list(*data, list.record, types), ".BTF.ext: ", list.name);
  }
  return out;
}

Result<ExtInfo::Blocks> ExtInfo::read_list(ByteView list, std::uint32_t min_record, const Spec& types) {
  Blocks blocks;
  if (list.empty()) return blocks;
  const auto record_size = list.read<std::uint32_t>(0);
  if (!record_size || *record_size < min_record || *record_size % 4 != 0)
    return fail(errc::unsupported_input, "records of ", record_size.value_or(0), " bytes; at least ", min_record,
                " are needed");
  for (std::uint64_t at = 4; at < list.size();) {
    const auto head = list.slice(at, 8);
    if (!head) return fail(errc::malformed, "truncated at ", hex(at));
    const std::uint64_t length = std::uint64_t{head->field<std::uint32_t>(4)} * *record_size;
    const auto records = list.slice(at + 8, length);
    if (!records) return fail(errc::malformed, "the records at ", hex(at), " reach past the end");
    const std::string_view section = types.string(head->field<std::uint32_t>(0));
    if (section.empty()) return fail(errc::malformed, "the records at ", hex(at), " name no section");
    blocks.push_back({section, *records, *record_size});
    at += 8 + length;
  }
  return blocks;
}

template <class Record, class Decode>
Result<std::vector<Record>> ExtInfo::collect(const Blocks& blocks, std::string_view section, Decode decode) {
  std::vector<Record> out;
  for (const Block& block : blocks) {
    if (block.section != section) continue;
    out.reserve(out.size() + block.records.size() / block.record_size);
    for (std::size_t at = 0; at < block.records.size(); at += block.record_size) {
      const auto offset = block.records.template field<std::uint32_t>(at);
      if (offset % kSlotSize != 0)
        return fail(errc::malformed, ".BTF.ext: a record for section ", quoted(section), " is at byte ", offset,
                    ", which is inside an instruction");
      out.push_back(decode(block.records, at, offset / kSlotSize));
    }
  }
  return out;
}

Result<std::vector<FunctionInfo>> ExtInfo::functions(std::string_view section) const {
  return collect<FunctionInfo>(functions_, section, [](ByteView raw, std::size_t at, std::uint32_t slot) {
    return FunctionInfo{slot, raw.field<std::uint32_t>(at + 4)};
  });
}

Result<std::vector<LineInfo>> ExtInfo::lines(std::string_view section) const {
  return collect<LineInfo>(lines_, section, [](ByteView raw, std::size_t at, std::uint32_t slot) {
    return LineInfo{slot, raw.field<std::uint32_t>(at + 4), raw.field<std::uint32_t>(at + 8),
                    raw.field<std::uint32_t>(at + 12)};
  });
}

Result<std::vector<CoreRelocation>> ExtInfo::core_relocations(std::string_view section) const {
  auto out = collect<CoreRelocation>(core_, section, [](ByteView raw, std::size_t at, std::uint32_t slot) {
    return CoreRelocation{slot, raw.field<std::uint32_t>(at + 4), raw.field<std::uint32_t>(at + 8),
                          static_cast<CoreKind>(raw.field<std::uint32_t>(at + 12))};
  });
  if (!out) return out;
  for (const CoreRelocation& relocation : *out)
    if (static_cast<std::uint32_t>(relocation.kind) > kMaxCoreKind)
      return fail(errc::unsupported_input, ".BTF.ext: CO-RE relocation of kind ",
                  static_cast<std::uint32_t>(relocation.kind), " in section ", quoted(section));
  return out;
}

}  // namespace ebpf::btf
