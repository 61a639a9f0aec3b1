// A Model as the text of a header: the templates, and what fills them in.
#include "tools/bpf2cpp/print.h"

#include "ebpf/base/text.h"
#include "tools/bpf2cpp/template.h"

namespace ebpf::bpf2cpp {
namespace {

// ---- the whole ----

constexpr std::string_view kHeader =
    R"(// Made by bpf2cpp of {{file}}. Do not edit: what is to be changed is in the object's source.
//
{{usage}}
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/skeleton.h"

namespace {{namespace}} {

{{types}}
{{sections}}
{{embedded}}
{{spec}}
{{links}}
{{object}}
}  // namespace {{namespace}}
)";

constexpr std::string_view kUsage = R"(//     auto spec = {{namespace}}::{{Spec}}::{{open}};
//     auto object = {{namespace}}::{{Object}}::load(*spec);
)";

constexpr std::string_view kEmbedded = R"(// ---- the object, {{size}} bytes ----

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverlength-strings"
alignas(8) inline constexpr char kObject[] =
{{literal}};
#pragma GCC diagnostic pop

)";

constexpr std::string_view kSpec = R"(// ---- before loading ----

// The object as a specification: what is changed here is what {{Object}}::load() loads. Move-only.
class {{Spec}} {
 public:
{{maps}}
{{programs}}
{{open_embedded}}
  // The object of a file, which is to be another build of this one: the same names, and the same layout of data.
  static ebpf::Result<{{Spec}}> open_file(const std::string& path) {
    return ebpf::SkeletonSpec::open_file<{{Spec}}>(path);
  }

{{accessors}}
  // All of it, by name, with the data as it is now.
  ebpf::CollectionSpec collection_spec() const {
    ebpf::CollectionSpec out = *spec_;
{{write_sections}}
    return out;
  }

{{members}}
 private:
  friend class ebpf::SkeletonSpec;
  explicit {{Spec}}(ebpf::SkeletonSpec& from_)
{{initialisers}}

{{data}}
  std::unique_ptr<ebpf::CollectionSpec> spec_;
};

)";

constexpr std::string_view kOpenEmbedded = R"(  // The embedded object.
  static ebpf::Result<{{Spec}}> open() {
    return ebpf::SkeletonSpec::open<{{Spec}}>(std::as_bytes(std::span(kObject, sizeof kObject - 1)), {{object}});
  }
)";

constexpr std::string_view kAccessor = R"(  // {{section}}{{what}}
  {{Class}}& {{name}}() { return *{{name}}_; }
  const {{Class}}& {{name}}() const { return *{{name}}_; }

)";

constexpr std::string_view kLinks = R"(// What {{Object}}::attach() has attached. Destroying it detaches.
struct Links {
{{members}}
};

)";

constexpr std::string_view kObjectClass = R"(// ---- loaded ----

// The object in the kernel. Move-only; each part can be moved out on its own.
class {{Object}} {
 public:
{{sections}}
{{maps}}
{{programs}}
  // Loads what the specification describes, which is not changed. See ebpf::Collection::load.
  static ebpf::Result<{{Object}}> load(const {{Spec}}& spec, const ebpf::LoadOptions& options = {}) {
    return ebpf::SkeletonLoader::load<{{Object}}>(spec.collection_spec(), options);
  }

{{attach}}
{{members}}

 private:
  friend class ebpf::SkeletonLoader;
  explicit {{Object}}(ebpf::SkeletonLoader& from_)
{{initialisers}}
};

)";

constexpr std::string_view kAttach = R"(  // Attaches every program that its section says a place for, or none.
  ebpf::Result<Links> attach() const {
    Links links;
{{calls}}
    return links;
  }

)";

// ---- pieces of it ----

using Lines = std::string;

void indent(Lines& out, int depth) { out.append(static_cast<std::size_t>(depth) * 2, ' '); }

// A byte in a string literal. Octal, since a hexadecimal escape has no end of its own; a `?` could begin a trigraph.
void append_escaped(std::byte byte, bool digit_follows, std::string& out) {
  const auto value = static_cast<unsigned>(byte);
  if (value >= 0x20 && value < 0x7f && value != '"' && value != '\\' && value != '?') {
    out += static_cast<char>(value);
    return;
  }
  out += '\\';
  if (digit_follows || value >= 64) out += static_cast<char>('0' + (value >> 6));
  if (digit_follows || value >= 8) out += static_cast<char>('0' + (value >> 3 & 7));
  out += static_cast<char>('0' + (value & 7));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As a string in the source, whatever is in it.
std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i)
    append_escaped(static_cast<std::byte>(text[i]), i + 1 < text.size() && is_digit(text[i + 1]), out);
  return out + '"';
}

std::string_view keyword(bool is_union) { return is_union ? "union" : "struct"; }

std::string attributes(bool is_packed, std::uint32_t alignment) {
  std::string out;
  if (is_packed) out += "[[gnu::packed]] ";
  if (alignment != 0) out += cat("alignas(", alignment, ") ");
  return out;
}

void print_members(const std::vector<Member>& members, int depth, Lines& out) {
  for (const Member& member : members) {
    indent(out, depth);
    if (member.type.empty()) {
      // C++ has unnamed unions, but no unnamed structures, and no structure or union in an unnamed union.
      out +=
          cat("__extension__ ", keyword(member.is_union), " ", attributes(member.is_packed, member.alignment), "{\n");
      print_members(member.members, depth + 1, out);
      indent(out, depth);
      out += "};\n";
      continue;
    }
    out += cat(member.type, " ", member.name);
    if (member.bits != 0) out += cat(" : ", member.bits);
    if (member.initialised) out += member.bits != 0 ? " = {}" : "{}";
    out += ";\n";
  }
}

void print_offset_asserts(std::string_view type, const std::vector<Member>& members, Lines& out) {
  for (const Member& member : members) {
    if (member.type.empty()) print_offset_asserts(type, member.members, out);
    if (member.type.empty() || member.bits != 0 || member.is_padding) continue;
    out += cat("static_assert(offsetof(", type, ", ", member.name, ") == ", member.offset, ");\n");
  }
}

void append_member_rows(std::string_view type, const std::vector<Member>& members, Lines& rows) {
  for (const Member& member : members) {
    if (member.type.empty()) append_member_rows(type, member.members, rows);
    if (member.bpf_name.empty()) continue;
    rows += cat("      {", quote(member.bpf_name), ", ", member.offset, ", ebpf::host_type<decltype(", type,
                "::", member.name, ")>()},\n");
  }
}

// What the type says of its members (EBPF_MEMBERS, with the program's names), so that an object of another build, whose
// structure has the same size and not the same members, is refused.
void print_member_list(const Definition& type, Lines& out) {
  Lines rows;
  append_member_rows(type.name, type.members, rows);
  if (rows.empty()) return;
  out += fill(R"([[maybe_unused]] constexpr auto ebpf_members_of(const {{type}}*) {
  return std::to_array<ebpf::HostMember>({
{{rows}}
  });
}
)",
              {{"type", type.name}, {"rows", rows}});
}

void print_flexible(const FlexibleArray& array, Lines& out) {
  out += fill(R"(  // What follows the structure: {{element}} {{name}}[].
  {{element}}* {{name}}() { return ebpf::skeleton_detail::flexible_array<{{element}}>(this, {{offset}}); }
  const {{element}}* {{name}}() const { return ebpf::skeleton_detail::flexible_array<{{element}}>(this, {{offset}}); }
)",
              {{"element", array.element}, {"name", array.name}, {"offset", cat(array.offset)}});
}

void print_enumeration(const Definition& type, Lines& out) {
  out += cat("enum class ", type.name, " : ", type.underlying, " {\n");
  for (const Enumerator& enumerator : type.enumerators)
    out += cat("  ", enumerator.name, " = ", enumerator.value, ",\n");
  out += "};\n\n";
}

void print_type(const Definition& type, Lines& out) {
  if (type.kind == DefinitionKind::alias) {
    out += cat("using ", type.name, " = ", type.underlying, ";\n\n");
    return;
  }
  if (type.kind == DefinitionKind::enumeration) return print_enumeration(type, out);
  out += cat(keyword(type.kind == DefinitionKind::union_type), " ", attributes(type.is_packed, type.alignment),
             type.name, " {\n");
  print_members(type.members, 1, out);
  for (const FlexibleArray& array : type.flexible) print_flexible(array, out);
  out += "};\n";
  out += cat("static_assert(sizeof(", type.name, ") == ", type.size, ");\n");
  print_offset_asserts(type.name, type.members, out);
  print_member_list(type, out);
  out += '\n';
}

Lines types_text(const Model& model) {
  Lines out;
  if (model.forward.empty() && model.types.empty()) return out;
  out += "// ---- types, laid out as the object's BTF says ----\n\n";
  for (const ForwardDeclaration& type : model.forward) out += cat(keyword(type.is_union), " ", type.name, ";\n");
  if (!model.forward.empty()) out += '\n';
  for (const Definition& type : model.types) print_type(type, out);
  return out;
}

// ---- data sections ----

Lines section_text(const Section& section) {
  Lines out = cat("// ", printable(section.bpf_name), "\nstruct ", section.class_name, " {\n");
  print_members(section.members, 1, out);
  out += "};\n";
  // Its end may be rounded up.
  out += cat("static_assert(sizeof(", section.class_name, ") >= ", section.size, ");\n");
  print_offset_asserts(section.class_name, section.members, out);
  return out + '\n';
}

Lines sections_text(const Model& model) {
  Lines out;
  for (const Section& section : model.sections)
    if (section.in_object) out += section_text(section);
  if (!out.empty()) out.insert(0, "// ---- data: the bytes of each section, variable by variable ----\n\n");
  return out;
}

// "{"packets", 8, 8}"
std::string place_of(const Variable& variable) {
  return cat("{", quote(variable.bpf_name), ", ", variable.offset, ", ", variable.size, "}");
}

// ---- the classes ----

// A member and what it is made with.
struct Made {
  std::string declaration;
  std::string initialiser;
};

// A structure whose members are made of what `from_` gives.
Lines parts_text(std::string_view class_name, std::string_view from_type, const std::vector<Made>& parts) {
  Lines members, initialisers;
  for (const Made& part : parts) {
    members += cat("    ", part.declaration, ";\n");
    initialisers += cat(initialisers.empty() ? "        : " : ",\n          ", part.initialiser);
  }
  return fill(R"(  struct {{Class}} {
    explicit {{Class}}({{Asked}}& from_)
{{initialisers}} {}

{{members}}
  };
)",
              {{"Class", class_name}, {"Asked", from_type}, {"initialisers", initialisers}, {"members", members}});
}

std::vector<Made> spec_parts(const auto& parts, std::string_view type, std::string_view ask) {
  std::vector<Made> out;
  for (const auto& part : parts)
    out.push_back({cat(type, "& ", part.name), cat(part.name, "{from_.", ask, "(", quote(part.bpf_name), ")}")});
  return out;
}

// The members and the initialisers of a class, collected.
struct ClassBody {
  Lines members;
  Lines data;
  Lines initialisers;
  void add(std::string_view initialiser) {
    initialisers += cat(initialisers.empty() ? "      : " : ",\n        ", initialiser);
  }
};

Lines spec_text(const Model& model, bool embedded) {
  ClassBody body;
  Lines accessors, writes, maps, programs;
  if (!model.maps.empty()) {
    maps = parts_text("Maps", "ebpf::SkeletonSpec", spec_parts(model.maps, "ebpf::MapSpec", "map")) + '\n';
    body.members += "  Maps maps;\n";
    body.add("maps{from_}");
  }
  if (!model.programs.empty()) {
    programs =
        parts_text("Programs", "ebpf::SkeletonSpec", spec_parts(model.programs, "ebpf::ProgramSpec", "program")) + '\n';
    body.members += "  Programs programs;\n";
    body.add("programs{from_}");
  }
  for (const Section& section : model.sections) {
    if (!section.in_object) continue;
    accessors += fill(kAccessor, {{"section", cat(printable(section.bpf_name))},
                                  {"what", section.is_constant ? ": constants once it is loaded" : ""},
                                  {"Class", section.class_name},
                                  {"name", section.name}});
    writes += cat("    ebpf::write_section(out, ", quote(section.bpf_name), ", std::as_bytes(std::span(", section.name,
                  "_.get(), 1)));\n");
    Lines variables;
    for (const Variable& variable : section.variables)
      variables += cat(variables.empty() ? "" : ",\n             ", place_of(variable));
    body.add(cat(section.name, "_{from_.section<", section.class_name, ">({", quote(section.bpf_name), ", ",
                 section.size, "},\n            {", variables, "})}"));
    body.data += cat("  std::unique_ptr<", section.class_name, "> ", section.name, "_;\n");
  }
  body.add("spec_{from_.take()}");
  if (!body.members.empty()) body.members += '\n';
  const std::string open = fill(kOpenEmbedded, {{"Spec", model.spec_class}, {"object", quote(model.object_name)}});
  return fill(kSpec, {{"Spec", model.spec_class},
                      {"Object", model.object_class},
                      {"maps", maps},
                      {"programs", programs},
                      {"open_embedded", embedded ? open : ""},
                      {"accessors", accessors},
                      {"write_sections", writes},
                      {"members", body.members},
                      {"initialisers", cat(body.initialisers, " {}\n")},
                      {"data", body.data}});
}

Lines links_text(const Model& model) {
  Lines members;
  for (const Program& program : model.programs)
    if (program.attaches_by_name) members += cat("  std::optional<ebpf::Link> ", program.name, ";\n");
  return members.empty() ? "" : fill(kLinks, {{"Object", model.object_class}, {"members", members}});
}

Lines attach_text(const Model& model) {
  Lines calls;
  for (const Program& program : model.programs)
    if (program.attaches_by_name)
      calls += cat("    EBPF_CHECK(ebpf::attach_named(programs.", program.name, ", links.", program.name, "));\n");
  return calls.empty() ? "" : fill(kAttach, {{"calls", calls}});
}

Lines object_text(const Model& model) {
  ClassBody body;
  Lines sections, maps, programs;
  for (const Section& section : model.sections) {
    std::vector<Made> parts;
    for (const Variable& variable : section.variables)
      parts.push_back(
          {cat(variable.view, " ", variable.name), cat(variable.name, "{from_.variable<", variable.view, ">(",
                                                       quote(section.bpf_name), ", ", place_of(variable), ")}")});
    sections += cat("  // ", printable(section.bpf_name), "\n",
                    parts_text(section.class_name, "ebpf::SkeletonLoader", parts), "\n");
    body.members += cat("  ", section.class_name, " ", section.name, ";\n");
    body.add(cat(section.name, "{from_}"));
  }
  if (!model.maps.empty()) {
    std::vector<Made> parts;
    for (const Map& map : model.maps)
      parts.push_back(
          {cat(map.type, " ", map.name), cat(map.name, "{from_.map<", map.type, ">(", quote(map.bpf_name), ")}")});
    maps = parts_text("Maps", "ebpf::SkeletonLoader", parts) + '\n';
    body.members += "  Maps maps;\n";
    body.add("maps{from_}");
  }
  if (!model.programs.empty()) {
    std::vector<Made> parts;
    for (const Program& program : model.programs)
      parts.push_back(
          {cat(program.type, " ", program.name), cat(program.name, "{from_.program<", program.type, ">(",
                                                     quote(program.bpf_name), ", ", quote(program.section), ")}")});
    programs = parts_text("Programs", "ebpf::SkeletonLoader", parts) + '\n';
    body.members += "  Programs programs;\n";
    body.add("programs{from_}");
  }
  body.members +=
      "  // What went otherwise than the object asked for, and with LoadOptions::keep_going what was left out.\n"
      "  std::vector<std::string> notes;\n"
      "  std::vector<ebpf::RefusedProgram> refused;\n";
  body.add("notes{from_.notes()}");
  body.add("refused{from_.refused()}");
  return fill(kObjectClass, {{"Object", model.object_class},
                             {"Spec", model.spec_class},
                             {"sections", sections},
                             {"maps", maps},
                             {"programs", programs},
                             {"attach", attach_text(model)},
                             {"members", body.members},
                             {"initialisers", body.initialisers + " {}\n"}});
}

// ---- the object's bytes ----

// As a string literal, which compilers read far faster than a list of numbers.
std::string literal(std::span<const std::byte> bytes) {
  constexpr std::size_t kColumns = 118;
  std::string out = "    \"";
  std::size_t line = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (out.size() - line >= kColumns) {
      out += "\"\n";
      line = out.size();
      out += "    \"";
    }
    const auto next = i + 1 < bytes.size() ? static_cast<char>(bytes[i + 1]) : ' ';
    append_escaped(bytes[i], is_digit(next), out);
  }
  return out + '"';
}

}  // namespace

std::string print(const Model& model, std::span<const std::byte> object) {
  const bool embedded = !object.empty();
  const std::string usage =
      fill(kUsage, {{"namespace", model.name_space},
                    {"Spec", model.spec_class},
                    {"Object", model.object_class},
                    {"open", embedded ? "open()" : cat("open_file(", quote(model.file_name), ")")}});
  const std::string bytes =
      embedded ? fill(kEmbedded, {{"size", cat(object.size())}, {"literal", literal(object)}}) : std::string();
  return fill(kHeader, {{"file", cat(printable(model.file_name))},
                        {"usage", usage},
                        {"namespace", model.name_space},
                        {"types", types_text(model)},
                        {"sections", sections_text(model)},
                        {"embedded", bytes},
                        {"spec", spec_text(model, embedded)},
                        {"links", links_text(model)},
                        {"object", object_text(model)}});
}

}  // namespace ebpf::bpf2cpp
