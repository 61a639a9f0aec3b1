// The names of printed C: what is an identifier, what is taken, and how a thing is called whose name is taken.
// Internal.
#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace ebpf::btf {

// Whether C17 and the GNU dialect reserve the word, so that nothing can be called so.
bool is_c_keyword(std::string_view word);

// One of the two name spaces that a file has: that of tags, or that of typedefs and enumerators.
class NameSpace {
 public:
  struct Entry {
    const char* name = nullptr;  // null for a free place
    std::uint32_t length = 0;
    std::uint32_t uses : 24 = 0;       // how many things are called so
    std::uint32_t owner : 7 = 0;       // the caller's, for the thing that has the name without a suffix
    std::uint32_t is_forward : 1 = 0;  // that thing is only known by a forward declaration

    std::string_view text() const { return {name, length}; }
  };

  // For so many names without having to grow.
  explicit NameSpace(std::size_t expected);

  // The entry of a name; a new one has no uses. Valid until the next call.
  Entry& entry(std::string_view name);
  // Which of the things of that name this one is: 1 for the one that is called just so, otherwise the number to be
  // appended.
  std::uint32_t claim(std::string_view name);
  // The length of all names that were made here.
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  void grow();

  std::vector<Entry> places_;  // open addressing, a power of two
  std::size_t used_ = 0;
  std::size_t kept_bytes_ = 0;
  std::forward_list<std::string> suffixed_;  // which entries point into
};

// Makes identifiers of names. Texts that it had to change live as long as it does.
class Identifiers {
 public:
  // The name itself where it is an identifier.
  std::string_view operator()(std::string_view name);
  // The same, for a member: no keyword either.
  std::string_view member(std::string_view name);
  // The length of all names that were changed.
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  std::size_t kept_bytes_ = 0;
  std::forward_list<std::string> changed_;  // which stay where they are
};

// Appends "NAME", or "NAME___version".
void append_versioned(std::string& out, std::string_view name, std::uint32_t version);

}  // namespace ebpf::btf
