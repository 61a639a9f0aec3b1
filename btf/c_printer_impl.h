// What a CPrinter consists of. Internal. The parts, by file:
//
//     c_order.cc        what has to be printed in front of a type, and printing it in that order
//     c_definition.cc   structures, unions, enumerations, typedefs, and the padding between members
//     c_declarator.cc   declarations: "int (*name[4])(void *)"
//
// Whatever is found wrong on the way is kept in `error_`; the one who asked looks at it in the end. Nothing on the way
// can crash or run away before that: recursion is bounded by depth, and everything else by `charge()`.
#pragma once

#include <optional>

#include "ebpf/btf/c_layout.h"
#include "ebpf/btf/c_names.h"
#include "ebpf/btf/c_printer.h"
#include "ebpf/btf/type_table.h"

namespace ebpf::btf {

class CPrinter::Impl {
 public:
  explicit Impl(const Spec& types);

  Result<void> print(TypeId id, std::string& out);
  Result<void> print_all(std::string& out, TextSink* sink);
  Result<std::string> declaration(TypeId id, std::string_view name);

 private:
  enum class Progress : std::uint8_t { untouched, open, done };
  struct State {
    std::uint32_t version = 0;  // 1: called by its name; n: NAME___n; 0: not named yet
    Progress progress = Progress::untouched;
    bool declared = false;  // a forward declaration has been printed, or the definition
  };
  // Something that must precede a definition: a definition, or a forward declaration.
  struct Need {
    TypeId id;
    bool definition;
  };
  struct Frame {
    TypeId id;
    std::size_t first;  // of its needs in needs_
    std::size_t next;
  };
  // Where in a declaration a type is mentioned.
  struct Mention {
    bool by_value;        // a structure has to be complete
    bool in_parentheses;  // of a prototype: a tag that is new there would be known only there
    int depth = 0;
  };
  struct Chain;

  // c_order.cc
  Result<void> define(TypeId id, std::string& out);
  void open(TypeId id);
  void collect_needs(Type type);
  void need(TypeId id, Mention mention);
  void need_members(Type composite, int depth);
  void need_composite(Type composite, Mention mention);
  void need_definition(TypeId id);
  void declare_forward(Type type, std::string& out);

  // c_definition.cc
  void print_definition(Type type, std::string& out);
  void print_typedef(Type type, std::string& out);
  void print_scalar(Type type, std::string& out);
  void print_composite(Type composite, std::string& out, int depth);
  void print_fields(Type composite, const Shape& shape, std::size_t first, std::string& out, int depth);
  void print_field(const Field& field, std::string& out, int depth);
  void print_opaque(Type composite, std::string& out);
  void print_enumeration(Type enumeration, std::string& out);
  void print_padding(std::uint64_t from, std::uint64_t to, std::string& out);
  void indent(std::string& out) const { out.append(static_cast<std::size_t>(indent_), '\t'); }

  // c_declarator.cc
  void declare(TypeId id, std::string_view name, std::string& out, int depth);
  bool follow(TypeId id, Chain& chain);
  void print_base(const Chain& chain, std::string& out, int depth);
  void print_left(const Chain& chain, std::string& out);
  void print_right(const Chain& chain, std::string& out, int depth);
  void print_parameters(Type prototype, std::string& out, int depth);
  void print_tag(TypeId tag, std::string& out);

  // Names, in c_printer.cc.
  void append_tag_name(Type type, std::string& out);
  void append_ordinary_name(Type type, std::string& out);
  std::uint32_t claim_tag(Type type);
  std::optional<Type> anonymous_composite(TypeId id) const;

  void charge(const std::string& out);
  void go_wrong(std::string cause);  // the first cause counts
  Result<void> outcome() const;

  TypeTable types_;
  Layout layout_;
  TypeId first_id_;  // of those that print_all() prints
  std::vector<State> states_;
  NameSpace tags_;
  NameSpace ordinary_;
  Identifiers identifiers_;
  std::vector<Frame> frames_;
  std::vector<Need> needs_;
  std::vector<Field> fields_;
  std::uint64_t most_bytes_;   // of text, and of names that were made
  std::uint64_t written_ = 0;  // handed to a sink
  std::uint64_t visits_left_;  // of types, in search of what a definition needs
  int indent_ = 0;
  std::optional<Error> error_;
};

}  // namespace ebpf::btf
