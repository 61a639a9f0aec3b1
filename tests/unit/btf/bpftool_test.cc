// Every type of every object, written in the way of `bpftool btf dump ... format raw` and compared line by line with
// what bpftool wrote.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::btf {
namespace {

std::map<std::string, std::vector<std::string>> read_dumps() {
  std::ifstream file(test::runfile("tests/unit/btf/bpftool.txt"));
  std::map<std::string, std::vector<std::string>> dumps;
  std::vector<std::string>* lines = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("FILE "))
      lines = &dumps[line.substr(5)];
    else
      lines->push_back(line);
  }
  return dumps;
}

std::string quote(std::string_view name) { return "'" + std::string(name.empty() ? "(anon)" : name) + "'"; }
std::string number(std::int64_t value) { return std::to_string(value); }

std::string linkage_word(Linkage linkage) {
  return linkage == Linkage::static_linkage ? "static" : linkage == Linkage::global ? "global" : "extern";
}

// The line of a type's own; its entries follow in lines that begin with a tab.
void write_type(const Spec& types, const Type& type, std::vector<std::string>& out) {
  std::string line = "[" + number(type.id()) + "] " + std::string(kind_name(type.kind())) + " " + quote(type.name());
  const std::string vlen = " vlen=" + number(type.vlen());
  switch (type.kind()) {
    case Kind::integer: {
      const IntInfo info = type.integer();
      line += " size=" + number(type.size()) + " bits_offset=" + number(info.bit_offset) +
              " nr_bits=" + number(info.bits) + " encoding=" +
              (info.is_signed ? "SIGNED"
               : info.is_char ? "CHAR"
               : info.is_bool ? "BOOL"
                              : "(none)");
      break;
    }
    case Kind::array:
      line += " type_id=" + number(type.array().element) + " index_type_id=" + number(type.array().index) +
              " nr_elems=" + number(type.array().count);
      break;
    case Kind::structure:
    case Kind::union_type:
    case Kind::data_section:
      line += " size=" + number(type.size()) + vlen;
      break;
    case Kind::enumeration:
    case Kind::enumeration64:
      line += std::string(" encoding=") + (type.kind_flag() ? "SIGNED" : "UNSIGNED") + " size=" + number(type.size()) +
              vlen;
      break;
    case Kind::forward:
      line += std::string(" fwd_kind=") + (type.kind_flag() ? "union" : "struct");
      break;
    case Kind::function:
      line += " type_id=" + number(type.referenced()) + " linkage=" + linkage_word(type.linkage());
      break;
    case Kind::function_prototype:
      line += " ret_type_id=" + number(type.referenced()) + vlen;
      break;
    case Kind::variable:
      line += " type_id=" + number(type.referenced()) + ", linkage=" + linkage_word(type.linkage());
      break;
    case Kind::decl_tag:
      line += " type_id=" + number(type.referenced()) + " component_idx=" + number(type.component_index());
      break;
    case Kind::floating:
      line += " size=" + number(type.size());
      break;
    default:
      line += " type_id=" + number(type.referenced());
      break;
  }
  out.push_back(line);
  for (std::uint32_t i = 0; !type.is(Kind::function) && i < type.vlen(); ++i) {
    if (type.is_composite()) {
      const Member member = type.member(i);
      line =
          "\t" + quote(member.name) + " type_id=" + number(member.type) + " bits_offset=" + number(member.bit_offset);
      if (member.bitfield_size != 0) line += " bitfield_size=" + number(member.bitfield_size);
    } else if (type.is(Kind::enumeration64)) {
      const auto value = type.enumerator(i).value;
      line = "\t" + quote(type.enumerator(i).name) + " val=" + number(value) + (type.kind_flag() ? "LL" : "ULL");
    } else if (type.is(Kind::enumeration)) {
      line = "\t" + quote(type.enumerator(i).name) + " val=" + number(type.enumerator(i).value);
    } else if (type.is(Kind::function_prototype)) {
      line = "\t" + quote(type.parameter(i).name) + " type_id=" + number(type.parameter(i).type);
    } else {
      const SectionVariable variable = type.section_variable(i);
      const auto target = types.type(variable.type);
      REQUIRE(target.has_value());
      line = "\ttype_id=" + number(variable.type) + " offset=" + number(variable.offset) +
             " size=" + number(variable.size) + " (" + std::string(kind_name(target->kind())) + " " +
             quote(target->name()) + ")";
    }
    out.push_back(line);
  }
}

TEST_CASE("btf: every type of every object is what bpftool prints") {
  const auto dumps = read_dumps();
  CHECK(dumps.size() >= 40);
  for (const auto& [object, expected] : dumps) {
    CAPTURE(object);
    const test::Bytes bytes = test::testdata(object);
    const auto file = elf::File::parse(bytes);
    REQUIRE(file.has_value());
    const auto section = file->find_section(".BTF");
    REQUIRE(section.has_value());
    REQUIRE(section->has_value());
    const auto content = (*section)->data.span();
    const auto types = Spec::parse({content.begin(), content.end()});
    REQUIRE_MESSAGE(types.has_value(), types.error().message());
    std::vector<std::string> lines;
    for (TypeId id = 1; id < types->type_count(); ++id) write_type(*types, *types->type(id), lines);
    REQUIRE(lines.size() == expected.size());
    for (std::size_t i = 0; i < lines.size(); ++i) REQUIRE(lines[i] == expected[i]);
  }
}

}  // namespace
}  // namespace ebpf::btf
