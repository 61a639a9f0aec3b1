#include "tests/fuzz/targets.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/asm/object.h"
#include "ebpf/asm/parse.h"
#include "ebpf/asm/print.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/builder.h"
#include "ebpf/btf/dedup.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/btf/minimize.h"
#include "ebpf/elf/elf.h"
#include "ebpf/spec/spec.h"
#include "tests/fuzz/require.h"
#include "tools/cli/assemble.h"

namespace ebpf::fuzz {
namespace {

void touch(ByteView view) {
  for (const std::byte b : view.span().first(std::min<std::size_t>(view.size(), 64))) use(std::to_integer<unsigned>(b));
  if (!view.empty()) use(std::to_integer<unsigned>(view.span().back()));
}

void touch(std::string_view text) {
  if (!text.empty()) use(static_cast<unsigned char>(text.front()) + static_cast<unsigned char>(text.back()));
}

void read_notes(const elf::Section& section) {
  elf::NoteReader notes(section.data, section.alignment);
  while (true) {
    const auto note = notes.next();
    if (!good(note) || !*note) return;
    touch((*note)->name);
    touch((*note)->description);
  }
}

void read_section(const elf::File& file, const elf::Section& section) {
  touch(section.name);
  touch(section.data);
  if (section.type == elf::SectionType::note) read_notes(section);
  if (const auto symbols = file.symbols(section); good(symbols)) {
    for (std::size_t i = 0; i < symbols->size(); ++i)
      if (const auto symbol = symbols->at(i); good(symbol)) touch(symbol->name);
  }
  if (const auto relocations = file.relocations(section); good(relocations)) {
    for (std::size_t i = 0; i < relocations->size(); ++i) use((*relocations)[i].offset);
  }
}

// One type, with what it contains.
void read_type(const btf::Spec& types, const btf::Type& type) {
  touch(type.name());
  use(type.size() + type.referenced() + static_cast<unsigned>(type.linkage()) +
      static_cast<unsigned>(type.component_index()) + type.integer().bits + type.array().count);
  // The count of a function is its linkage.
  const std::uint32_t entries = type.is(btf::Kind::function) ? 0 : type.vlen();
  for (std::uint32_t i = 0; i < entries; ++i) {
    touch(type.member(i).name);
    touch(type.enumerator(i).name);
    touch(type.parameter(i).name);
    use(type.section_variable(i).offset);
  }
  require(types.describe(type.id()).size() < (std::size_t{1} << 20));
}

void read_types(const btf::Spec& types) {
  // How long an answer may take is bounded for each; all of them for a table of many hard ones would take minutes.
  const std::uint32_t asked = std::min<std::uint32_t>(types.type_count(), 512);
  for (btf::TypeId id = 0; id < types.type_count(); ++id) {
    const auto type = types.type(id);
    require(type.has_value());
    if (id < asked) read_type(types, *type);
  }
  for (btf::TypeId id = 0; id < asked; ++id) {
    if (const auto bare = types.strip(id); good(bare)) require(!bare->is_qualifier());
    if (const auto bare = types.strip_qualifiers(id); good(bare)) require(!bare->is_qualifier());
    good(types.size_of(id));
    if (const auto align = types.align_of(id); good(align)) require(*align != 0 && (*align & (*align - 1)) == 0);
  }
  require(!types.type(types.type_count()).has_value());
  use(types.find("task_struct", btf::Kind::structure).value_or(0));
}

void edit_types(btf::Spec types) {
  const btf::Spec original = types;
  const std::vector<std::byte> before(types.bytes().begin(), types.bytes().end());
  for (btf::TypeId id = 1; id < std::min<std::uint32_t>(types.type_count(), 64); ++id) {
    const auto type = types.type(id);
    require(type.has_value());
    if (type->is(btf::Kind::function)) require(types.set_function_linkage(id, btf::Linkage::external).has_value());
    if (type->is(btf::Kind::data_section)) {
      std::vector<std::uint32_t> offsets(type->vlen());
      for (std::uint32_t i = 0; i < offsets.size(); ++i) offsets[i] = static_cast<std::uint32_t>(offsets.size()) - i;
      require(types.lay_out_section(id, 4096, offsets).has_value());
    }
  }
  require(std::equal(before.begin(), before.end(), original.bytes().begin(), original.bytes().end()));
  require(btf::Spec::parse({types.bytes().begin(), types.bytes().end()}).has_value());
}

void read_ext_info(Input bytes, const btf::Spec& types) {
  const auto ext = btf::ExtInfo::parse(bytes, types);
  if (!good(ext)) return;
  for (const std::string_view section : {".text", "xdp", "tc", "syscall", "socket", "raw_tp/sys_enter"}) {
    if (const auto records = ext->functions(section); good(records)) use(records->size());
    if (const auto records = ext->lines(section); good(records)) use(records->size());
    if (const auto records = ext->core_relocations(section); good(records)) use(records->size());
  }
}

void read_raw_btf(Input bytes, Input ext) {
  const auto types = btf::Spec::parse({bytes.begin(), bytes.end()});
  if (!good(types)) return;
  read_types(*types);
  edit_types(*types);
  read_ext_info(ext, *types);
}

void copy_types(const btf::Spec& types) {
  btf::Builder copy;
  auto importer = btf::Importer::between(types, copy);
  if (!good(importer)) return;
  importer->add_all();
  if (const auto again = copy.spec(types.byte_order()); good(again)) {
    require(again->type_count() == types.type_count());
    require(again->bytes().size() <= types.bytes().size() + 64 * std::size_t{types.type_count()} + 4096);
  }
  if (const auto more = btf::Builder::continuing(types); good(more)) require(more->next_id() == types.type_count());
}

void join_types(const btf::Spec& types) {
  const auto joined = btf::deduplicate(types, {.keep_all_strings = true});
  if (!good(joined)) return;
  require(joined->ids.size() == types.type_count());
  require(joined->types.type_count() <= types.type_count());
  for (const btf::TypeId id : joined->ids) require(id < joined->types.type_count());
  for (const auto& [before, after] : joined->strings) require(types.string(before) == joined->types.string(after));
}

void degrade_types(const btf::Spec& types) {
  const auto oldest = btf::degrade(types, {});
  if (good(oldest)) {
    require(oldest->type_count() == types.type_count());
    const auto left = btf::features_of(*oldest);
    require(left && left->empty());
  }
  if (const auto whole = btf::sanitize(types); good(whole)) require(whole->type_count() >= types.type_count());
}

// What an object finds in its own types.
void minimize_types(const btf::Spec& types, Input ext_bytes) {
  btf::Minimizer needed(types);
  if (const auto ext = btf::ExtInfo::parse(ext_bytes, types); good(ext))
    for (const std::string_view section : {".text", "xdp", "syscall", "socket", "raw_tp/sys_enter"})
      if (const auto records = ext->core_relocations(section); good(records)) good(needed.add(types, *records));
  // And something of each kind of question, whatever the object asks.
  for (btf::TypeId id = 1; id < std::min<std::uint32_t>(types.type_count(), 16); ++id) {
    const btf::CoreRelocation questions[] = {{0, id, 0, btf::CoreKind::type_matches},
                                             {0, id, 0, btf::CoreKind::type_exists}};
    good(needed.add(types, questions));
  }
  if (const auto small = needed.table(); good(small)) require(small->type_count() <= types.type_count());
}

void write_raw_btf(Input bytes, Input ext) {
  const auto types = btf::Spec::parse({bytes.begin(), bytes.end()});
  if (!good(types)) return;
  copy_types(*types);
  join_types(*types);
  degrade_types(*types);
  minimize_types(*types, ext);
}

// Calls a target with the .BTF and .BTF.ext of an ELF file, or with the input itself where it is none.
void with_btf(Input bytes, void (*target)(Input btf, Input ext)) {
  const auto file = elf::File::parse(bytes);
  if (!good(file)) {
    // The .BTF.ext of the same input, from its middle on.
    target(bytes, bytes.subspan(bytes.size() / 2));
    return;
  }
  const auto btf = file->find_section(".BTF");
  const auto ext = file->find_section(".BTF.ext");
  if (!good(btf) || !*btf) return;
  target((*btf)->data.span(), good(ext) && *ext ? (*ext)->data.span() : Input());
}

void read_function(const CollectionSpec& spec, const FunctionSpec& function) {
  require(!function.code.empty());
  for (const Reference& reference : function.references) require(reference.slot < function.code.size());
  for (const btf::LineInfo& line : function.lines) {
    require(line.slot < function.code.size());
    touch(spec.types.string(line.text));
  }
  for (const auto& core : function.core_relocations) require(core.slot < function.code.size());
  require(function.type < spec.types.type_count());
}

void read_variable(VariableSpec variable) {
  require(variable.value.empty() || variable.value.size() == variable.size);
  if (const auto number = variable.get<std::uint32_t>(); good(number)) use(*number);
  if (const auto wide = variable.get<std::uint64_t>(); good(wide)) use(*wide);
  if (good(variable.set(-1))) require(variable.value.size() == variable.size);
  if (good(variable.set(std::uint64_t{7}))) require(variable.value.size() == variable.size);
  use(variable.types.describe(variable.type).size());
}

// Code that was read from text is code, and reads as text that is the same code.
void read_code(std::span<const insn::Slot> code) {
  while (!code.empty()) {
    const auto decoded = insn::decode(code);
    require(decoded.has_value());
    const auto again = insn::parse_instruction(insn::to_source(decoded->instruction));
    require(again.has_value() && *again == decoded->instruction);
    code = code.subspan(decoded->slots);
  }
}

void read_object(const insn::Object& object) {
  for (const insn::ObjectSection& section : object.sections) {
    require(section.zeroes ? section.bytes.empty() : section.bytes.size() == section.size);
    for (const insn::ObjectRelocation& relocation : section.relocations) {
      require(relocation.symbol < object.symbols.size());
      require(!section.zeroes && relocation.offset < section.size);
    }
  }
  for (const insn::ObjectSymbol& symbol : object.symbols) {
    if (!symbol.section) continue;
    require(*symbol.section < object.sections.size());
    require(in_bounds(symbol.offset, symbol.size, object.sections[*symbol.section].size));
  }
}

}  // namespace

void read_elf(Input bytes) {
  const auto file = elf::File::parse(bytes);
  if (!good(file)) return;
  for (std::uint32_t i = 0; i < file->section_count(); ++i)
    if (const auto section = file->section(i); good(section)) read_section(*file, *section);
  for (std::uint32_t i = 0; i < file->segment_count(); ++i)
    if (const auto segment = file->segment(i); good(segment)) touch(segment->data);
  good(file->find_section(".BTF"));
  good(file->find_section(elf::SectionType::symtab));
}

void read_btf(Input bytes) { with_btf(bytes, read_raw_btf); }
void write_btf(Input bytes) { with_btf(bytes, write_raw_btf); }

void read_spec(Input bytes) {
  const auto spec = CollectionSpec::parse(bytes, "fuzz.bpf.o");
  if (!good(spec)) return;
  for (const ProgramSpec& program : spec->programs) read_function(*spec, program);
  for (const FunctionSpec& function : spec->subprograms) read_function(*spec, function);
  for (const VariableSpec& variable : spec->variables) read_variable(variable);
  for (const MapSpec& map : spec->maps) {
    require(map.data.empty() || map.data.size() == map.value_size);
    require(map.inner.size() <= 1);
    touch(map.name);
  }
  for (const ExternSpec& external : spec->externs) touch(external.name);
}

void read_instructions(Input bytes) {
  // Instructions do not depend on each other: more of them find no more, only later.
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), 2048));
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    std::vector<insn::Slot> code;
    for (std::size_t at = 0; at + insn::kSlotSize <= bytes.size(); at += insn::kSlotSize)
      code.push_back(*insn::read_slot(ByteView(bytes, order), at));
    for (std::size_t at = 0; at < code.size();) {
      const auto rest = std::span<const insn::Slot>(code).subspan(at);
      const auto decoded = insn::decode(rest);
      if (!good(decoded)) {
        ++at;
        continue;
      }
      // What decode() takes, encode() gives back.
      const auto encoded = insn::encode(decoded->instruction);
      require(encoded.has_value() && encoded->count == decoded->slots);
      for (std::size_t i = 0; i < encoded->count; ++i) require(encoded->slots[i] == rest[i]);
      require(!insn::to_text(decoded->instruction).empty());
      at += decoded->slots;
    }
  }
}

void read_assembly(Input bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto one = insn::parse_instruction(text); good(one)) {
    const auto encoded = insn::encode(*one);
    require(encoded.has_value());
    read_code(encoded->span());
  }
  if (const auto code = insn::parse(text); good(code)) {
    read_code(code->slots);
    for (const insn::Reference& reference : code->references) {
      require(reference.slot < code->slots.size());
      touch(reference.name);
    }
  }
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const auto object = insn::assemble_object(text, order);
    if (!good(object)) return;
    read_object(*object);
    const auto file = cli::assemble_file(text, order);
    require(file.has_value());
    good(CollectionSpec::parse(*file, "fuzz.bpf.o"));
  }
}

}  // namespace ebpf::fuzz
