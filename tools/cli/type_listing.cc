// Types one by one, in the words of the format.
#include "tools/cli/type_listing.h"

#include "ebpf/base/json.h"
#include "ebpf/base/number.h"
#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

using btf::Kind;
using btf::Type;

std::string_view linkage_word(btf::Linkage linkage) {
  switch (linkage) {
    case btf::Linkage::static_linkage:
      return "static";
    case btf::Linkage::global:
      return "global";
    case btf::Linkage::external:
      return "extern";
  }
  return "(unknown)";
}

// Of a kind whose lines follow.
bool has_entries(Type type) {
  return type.is_composite() || type.is_enumeration() || type.is(Kind::function_prototype) ||
         type.is(Kind::data_section);
}

// " KEY=VALUE" after " KEY=VALUE". Tables have a million of them: numbers go straight into the text.
class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}
  Line& text(std::string_view text) {
    out_.append(text);
    return *this;
  }
  Line& number(std::string_view key, std::int64_t value) {
    append_signed(out_.append(key), value);
    return *this;
  }
  Line& large_number(std::string_view key, std::uint64_t value) {
    append_number(out_.append(key), value);
    return *this;
  }
  // Names come from files: a newline in one would be taken for the end of the line.
  Line& name(std::string_view name) {
    text("'");
    for (const char c : name.empty() ? std::string_view("(anon)") : name)
      out_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return text("'");
  }

 private:
  std::string& out_;
};

void append_raw_integer(Line& line, Type type) {
  const btf::IntInfo info = type.integer();
  line.number(" size=", type.size()).number(" bits_offset=", info.bit_offset).number(" nr_bits=", info.bits);
  line.text(" encoding=").text(info.is_signed ? "SIGNED" : info.is_char ? "CHAR" : info.is_bool ? "BOOL" : "(none)");
}

// What its kind adds to the first line.
void append_raw_details(Line& line, Type type) {
  switch (type.kind()) {
    case Kind::integer:
      return append_raw_integer(line, type);
    case Kind::array: {
      const btf::ArrayInfo array = type.array();
      line.number(" type_id=", array.element).number(" index_type_id=", array.index).number(" nr_elems=", array.count);
      return;
    }
    case Kind::structure:
    case Kind::union_type:
    case Kind::data_section:
      line.number(" size=", type.size()).number(" vlen=", type.vlen());
      return;
    case Kind::enumeration:
    case Kind::enumeration64:
      line.text(type.kind_flag() ? " encoding=SIGNED" : " encoding=UNSIGNED");
      line.number(" size=", type.size()).number(" vlen=", type.vlen());
      return;
    case Kind::forward:
      line.text(type.kind_flag() ? " fwd_kind=union" : " fwd_kind=struct");
      return;
    case Kind::function:
      line.number(" type_id=", type.referenced()).text(" linkage=").text(linkage_word(type.linkage()));
      return;
    case Kind::function_prototype:
      line.number(" ret_type_id=", type.referenced()).number(" vlen=", type.vlen());
      return;
    case Kind::variable:
      line.number(" type_id=", type.referenced()).text(", linkage=").text(linkage_word(type.linkage()));
      return;
    case Kind::floating:
      line.number(" size=", type.size());
      return;
    case Kind::decl_tag:
      line.number(" type_id=", type.referenced()).number(" component_idx=", type.component_index());
      return;
    default:
      line.number(" type_id=", type.referenced());
      return;
  }
}

void append_raw_enumerator(Line& line, Type type, std::uint32_t index) {
  const btf::Enumerator enumerator = type.enumerator(index);
  line.name(enumerator.name);
  if (type.kind_flag())
    line.number(" val=", enumerator.value);
  else
    line.large_number(" val=", static_cast<std::uint64_t>(enumerator.value));
  if (type.is(Kind::enumeration64)) line.text(type.kind_flag() ? "LL" : "ULL");
}

void append_raw_entry(Line& line, const btf::Spec& types, Type type, std::uint32_t index) {
  line.text("\t");
  if (type.is_composite()) {
    const btf::Member member = type.member(index);
    line.name(member.name).number(" type_id=", member.type).number(" bits_offset=", member.bit_offset);
    if (member.bitfield_size != 0) line.number(" bitfield_size=", member.bitfield_size);
  } else if (type.is_enumeration()) {
    append_raw_enumerator(line, type, index);
  } else if (type.is(Kind::function_prototype)) {
    const btf::Parameter parameter = type.parameter(index);
    line.name(parameter.name).number(" type_id=", parameter.type);
  } else {
    const btf::SectionVariable variable = type.section_variable(index);
    line.number("type_id=", variable.type).number(" offset=", variable.offset).number(" size=", variable.size);
    if (const auto target = types.type(variable.type))
      line.text(" (").text(kind_name(target->kind())).text(" ").name(target->name()).text(")");
  }
  line.text("\n");
}

void add_members(Json& json, Type type) {
  json.key("size").number(type.size()).key("members").open_array();
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const btf::Member member = type.member(i);
    json.open_object().key("name").string_or_null(member.name).key("type").number(member.type);
    json.key("bit_offset").number(member.bit_offset).key("bitfield_size").number(member.bitfield_size).close_object();
  }
  json.close_array();
}

void add_enumerators(Json& json, Type type) {
  json.key("size").number(type.size()).key("signed").boolean(type.kind_flag()).key("values").open_array();
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const btf::Enumerator enumerator = type.enumerator(i);
    json.open_object().key("name").string(enumerator.name).key("value");
    if (type.kind_flag())
      json.number(enumerator.value);
    else
      json.number(static_cast<std::uint64_t>(enumerator.value));
    json.close_object();
  }
  json.close_array();
}

void add_prototype(Json& json, Type type) {
  json.key("type").number(type.referenced()).key("parameters").open_array();
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const btf::Parameter parameter = type.parameter(i);
    json.open_object().key("name").string_or_null(parameter.name).key("type").number(parameter.type).close_object();
  }
  json.close_array();
}

void add_section_variables(Json& json, Type type) {
  json.key("size").number(type.size()).key("variables").open_array();
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const btf::SectionVariable variable = type.section_variable(i);
    json.open_object().key("type").number(variable.type).key("offset").number(variable.offset);
    json.key("size").number(variable.size).close_object();
  }
  json.close_array();
}

void add_integer(Json& json, Type type) {
  const btf::IntInfo info = type.integer();
  json.key("size").number(type.size()).key("bits").number(std::uint32_t{info.bits});
  json.key("bit_offset").number(std::uint32_t{info.bit_offset}).key("signed").boolean(info.is_signed);
  json.key("char").boolean(info.is_char).key("bool").boolean(info.is_bool);
}

void add_details(Json& json, Type type) {
  switch (type.kind()) {
    case Kind::integer:
      return add_integer(json, type);
    case Kind::array: {
      const btf::ArrayInfo array = type.array();
      json.key("type").number(array.element).key("index_type").number(array.index).key("count").number(array.count);
      return;
    }
    case Kind::structure:
    case Kind::union_type:
      return add_members(json, type);
    case Kind::enumeration:
    case Kind::enumeration64:
      return add_enumerators(json, type);
    case Kind::forward:
      json.key("of").string(type.kind_flag() ? "union" : "struct");
      return;
    case Kind::function_prototype:
      return add_prototype(json, type);
    case Kind::data_section:
      return add_section_variables(json, type);
    case Kind::floating:
      json.key("size").number(type.size());
      return;
    case Kind::function:
    case Kind::variable:
      json.key("type").number(type.referenced()).key("linkage").string(linkage_word(type.linkage()));
      return;
    case Kind::decl_tag:
      json.key("type").number(type.referenced()).key("component");
      json.number(std::int64_t{type.component_index()});
      return;
    default:
      json.key("type").number(type.referenced());
      return;
  }
}

}  // namespace

void append_raw(std::string& out, const btf::Spec& types, Type type) {
  Line line(out);
  line.number("[", type.id()).text("] ").text(kind_name(type.kind())).text(" ").name(type.name());
  append_raw_details(line, type);
  line.text("\n");
  if (!has_entries(type)) return;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) append_raw_entry(line, types, type, i);
}

void append_json(std::string& out, Type type) {
  Json json;
  json.open_object().key("id").number(type.id()).key("kind").string(kind_name(type.kind()));
  json.key("name").string_or_null(type.name());
  add_details(json, type);
  json.close_object();
  out.append(json.text()).append("\n");
}

}  // namespace ebpf::cli
