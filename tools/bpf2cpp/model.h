// What a generated header says, before it is text. Names are final, types are in the order of their definition, and
// layouts have been worked out: a printer (print.h) has nothing left to decide.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ebpf::bpf2cpp {

// A member of a structure, union or data section as it is written, or the padding in front of one.
struct Member {
  std::string type = {};  // in C++'s words; empty for an anonymous structure or union, whose members follow
  std::string name = {};
  std::string bpf_name = {};  // of what can be compared with the program's by name: no padding, no bit-field
  std::uint64_t offset = 0;   // in bytes; of a bit-field: of the byte in which it begins
  std::uint32_t bits = 0;     // of a bit-field
  bool is_padding = false;
  bool initialised = false;  // has `{}`: what is not said of it when it is made is zero
  // Of an anonymous structure or union.
  bool is_union = false;
  bool is_packed = false;
  std::uint32_t alignment = 0;  // where it must be said; 0: as its members have it
  std::vector<Member> members = {};
};

// An array of no stated length at the end of a structure, or of length 0 within it.
struct FlexibleArray {
  std::string element;
  std::string name;
  std::uint64_t offset;
};

struct Enumerator {
  std::string name;
  std::string value;
};

enum class DefinitionKind : std::uint8_t { structure, union_type, enumeration, alias };

struct Definition {
  DefinitionKind kind;
  std::string name;
  std::uint64_t size = 0;
  bool is_packed = false;
  std::uint32_t alignment = 0;  // as Member::alignment
  std::vector<Member> members = {};
  std::vector<FlexibleArray> flexible = {};
  std::string underlying = {};  // of an enumeration; of an alias: what it stands for
  std::vector<Enumerator> enumerators = {};
};

struct ForwardDeclaration {
  bool is_union;
  std::string name;
};

struct Variable {
  std::string bpf_name;
  std::string name;
  std::string view;  // "ebpf::Global<std::uint64_t>"
  std::uint32_t offset;
  std::uint32_t size;
};

// A data section.
struct Section {
  std::string bpf_name;         // ".data.custom"
  std::string name;             // data_custom
  std::string class_name = {};  // DataCustom
  std::uint32_t size;
  bool in_object;  // false for .kconfig, which gets its bytes when it is loaded
  bool is_constant;
  std::vector<Member> members = {};  // its variables, and the gaps between them
  std::vector<Variable> variables = {};
};

struct Map {
  std::string bpf_name;
  std::string name;
  std::string type;  // "ebpf::HashMap<std::uint32_t, stats>"
};

struct Program {
  std::string bpf_name;
  std::string name;
  std::string section;
  std::string type;       // "ebpf::XdpProgram"
  bool attaches_by_name;  // one of those that Object::attach() attaches
};

struct Model {
  std::string object_name;  // "counter"
  std::string file_name;    // "counter.bpf.o"
  std::string name_space;   // "counter", "acme::counter"
  std::string spec_class;
  std::string object_class;
  std::vector<ForwardDeclaration> forward;
  std::vector<Definition> types;
  std::vector<Section> sections;
  std::vector<Map> maps;
  std::vector<Program> programs;
};

}  // namespace ebpf::bpf2cpp
