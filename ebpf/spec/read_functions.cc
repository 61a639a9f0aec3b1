// The functions of an object: one per function symbol in a section with code.
//
// A global function outside .text is a program, and its section's name says of which kind. Everything else (functions
// in .text, and static ones anywhere) is a subprogram: linked to each program that calls it.
#include <algorithm>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

struct BySection {
  bool operator()(const FunctionDraft& draft, std::uint32_t section) const { return draft.section < section; }
  bool operator()(std::uint32_t section, const FunctionDraft& draft) const { return section < draft.section; }
};

Result<void> read_function(const ObjectReader& reader, const elf::Symbol& symbol, FunctionDraft& draft) {
  const elf::Section& section = reader.sections[symbol.section].section;
  if (symbol.value % insn::kSlotSize != 0 || symbol.size % insn::kSlotSize != 0)
    return fail(errc::malformed, "it begins at ", hex(symbol.value), " and has ", symbol.size,
                " bytes, which are no whole instructions");
  const auto code = section.data.slice(symbol.value, symbol.size);
  if (!code || symbol.size == 0)
    return fail(errc::malformed, "its code, at ", hex(symbol.value), ", ", symbol.size,
                " bytes, is not inside section ", quoted(section.name), " (", section.size, " bytes)");
  draft.section = symbol.section;
  draft.start = symbol.value;
  draft.size = symbol.size;
  draft.is_program = section.name != ".text" && symbol.binding != elf::Binding::local;
  draft.is_hidden = symbol.visibility == elf::Visibility::hidden || symbol.visibility == elf::Visibility::internal;
  draft.spec.name = symbol.name;
  draft.spec.section = section.name;
  draft.spec.is_static = symbol.binding == elf::Binding::local;
  draft.spec.code.reserve(symbol.size / insn::kSlotSize);
  for (std::uint64_t at = 0; at < symbol.size; at += insn::kSlotSize)
    draft.spec.code.push_back(*insn::read_slot(*code, at));
  return {};
}

// Programs are found by their names, so these must differ. Static functions of different files may share theirs (in
// objects linked together): later ones are told apart by where they stand.
Result<void> make_names_unique(std::vector<FunctionDraft>& functions) {
  std::vector<FunctionDraft*> by_name;
  for (FunctionDraft& function : functions) by_name.push_back(&function);
  stable_sort(by_name, [](const auto* a, const auto* b) {
    return std::pair(std::string_view(a->spec.name), a->spec.is_static) <
           std::pair(std::string_view(b->spec.name), b->spec.is_static);
  });
  for (std::size_t i = 1; i < by_name.size(); ++i) {
    FunctionDraft& later = *by_name[i];
    const FunctionDraft& first = *by_name[i - 1];
    if (later.spec.name != first.spec.name) continue;
    if (!later.spec.is_static)
      return fail(errc::malformed, "there are two functions ", quoted(later.spec.name), ", in sections ",
                  quoted(first.spec.section), " and ", quoted(later.spec.section));
    std::string unique = cat(later.spec.name, "@", later.spec.section, "+", hex(later.start));
    later.spec.name = std::move(unique);
    std::swap(by_name[i], by_name[i - 1]);  // the first stays next to those that follow
  }
  return {};
}

// A section's records, sorted, so that each function finds its own by search.
struct SectionRecords {
  std::vector<btf::FunctionInfo> functions;
  std::vector<btf::LineInfo> lines;
  std::vector<btf::CoreRelocation> core;
};

template <class Record>
std::vector<Record> sorted(std::vector<Record> records) {
  stable_sort(records, [](const Record& a, const Record& b) { return a.slot < b.slot; });
  return records;
}

// The records for the slots from `first` to `end`, counted from `first`.
template <class Record>
std::vector<Record> between(const std::vector<Record>& records, std::uint32_t first, std::uint32_t end) {
  const auto before = [](const Record& record, std::uint32_t slot) { return record.slot < slot; };
  const auto begin = std::lower_bound(records.begin(), records.end(), first, before);
  std::vector<Record> out(begin, std::lower_bound(begin, records.end(), end, before));
  for (Record& record : out) record.slot -= first;
  return out;
}

Result<void> take_records(ObjectReader& reader, FunctionDraft& draft, const SectionRecords& records) {
  const auto first = static_cast<std::uint32_t>(draft.start / insn::kSlotSize);
  const auto end = first + static_cast<std::uint32_t>(draft.spec.code.size());
  draft.spec.lines = between(records.lines, first, end);
  draft.spec.core_relocations = between(records.core, first, end);
  // Functions that share code share its records; see the limit on code below.
  reader.records_taken += draft.spec.lines.size() + draft.spec.core_relocations.size();
  if (reader.records_taken > reader.file.size())
    return fail(errc::malformed, ".BTF.ext: its functions share records over and over");
  const auto infos = between(records.functions, first, first + 1);
  if (infos.empty()) return {};
  const auto type = reader.spec.types.type(infos.front().type);
  if (!type || !type->is(btf::Kind::function))
    return fail(errc::malformed, ".BTF.ext: function ", quoted(draft.spec.name), " is said to have type ",
                infos.front().type, ", which is no function");
  draft.spec.type = infos.front().type;
  // A hidden function is not called from outside: as a static one, the verifier looks at it anew for each caller.
  if (draft.is_hidden && !draft.is_program && type->linkage() == btf::Linkage::global)
    return reader.spec.types.set_function_linkage(draft.spec.type, btf::Linkage::static_linkage);
  return {};
}

// What .BTF.ext says about the functions of one section.
Result<void> read_records(ObjectReader& reader, const elf::Section& section) {
  SectionRecords records;
  EBPF_TRY(records.functions, reader.ext_info.functions(section.name));
  EBPF_TRY(records.lines, reader.ext_info.lines(section.name));
  EBPF_TRY(records.core, reader.ext_info.core_relocations(section.name));
  records.functions = sorted(std::move(records.functions));
  records.lines = sorted(std::move(records.lines));
  records.core = sorted(std::move(records.core));
  const auto in_section =
      std::equal_range(reader.functions.begin(), reader.functions.end(), section.index, BySection());
  for (auto draft = in_section.first; draft != in_section.second; ++draft)
    EBPF_CHECK(take_records(reader, *draft, records));
  return {};
}

// A tag on a program's FUNC names the function that is to run when bpf_throw() ends it. The kernel finds it by the same
// tag, but only among the functions that the program comes with.
Result<void> read_exception_callbacks(ObjectReader& reader) {
  constexpr std::string_view kTag = "exception_callback:";
  auto& callbacks = reader.exception_callbacks;
  for (const btf::Type type : reader.spec.types)
    if (type.is(btf::Kind::decl_tag) && type.component_index() == -1 && type.name().starts_with(kTag))
      callbacks.emplace_back(type.referenced(), type.name().substr(kTag.size()));
  stable_sort(callbacks);
  const auto twice = std::ranges::adjacent_find(callbacks, {}, [](const auto& each) { return each.first; });
  if (twice == callbacks.end()) return {};
  EBPF_TRY(const btf::Type program, reader.spec.types.type(twice->first));
  return fail(errc::malformed, "program ", quoted(program.name()), " has two exception callbacks, ",
              quoted(twice->second), " and ", quoted(std::next(twice)->second));
}

}  // namespace

Result<void> read_functions(ObjectReader& reader) {
  // Functions may share code (an alias is one), but a file whose symbols cover its code over and over was made to
  // exhaust memory.
  constexpr std::uint64_t kMostCover = 16;
  std::uint64_t covered = 0;
  for (const elf::Symbol& symbol : reader.symbols) {
    if (symbol.type != elf::SymbolType::function || symbol.section >= reader.sections.size()) continue;
    if (reader.sections[symbol.section].role != Role::code) continue;
    FunctionDraft& draft = reader.functions.emplace_back();
    EBPF_CHECK_IN(read_function(reader, symbol, draft), "function ", quoted(symbol.name));
    covered += draft.size;
    if (covered > kMostCover * reader.file.size()) return fail(errc::malformed, "its functions overlap over and over");
  }
  stable_sort(reader.functions, [](const FunctionDraft& a, const FunctionDraft& b) {
    return std::pair(a.section, a.start) < std::pair(b.section, b.start);
  });
  EBPF_CHECK(make_names_unique(reader.functions));
  for (const SectionEntry& entry : reader.sections)
    if (entry.role == Role::code) EBPF_CHECK(read_records(reader, entry.section));
  return read_exception_callbacks(reader);
}

}  // namespace ebpf::spec_detail
