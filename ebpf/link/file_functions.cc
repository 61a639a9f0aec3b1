// ELF symbols of executables and shared libraries, and the way from an address to a place in the file: the segment that
// the address is loaded from.
#include "ebpf/link/file_functions.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "ebpf/base/found.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/elf/elf.h"
#include "ebpf/sys/file.h"

namespace ebpf {
namespace {

constexpr std::size_t kLargestProgram = 2048u << 20;

struct Function {
  std::string_view name;
  elf::Binding binding;
  std::uint64_t place;  // in the file
  std::uint64_t size;   // 0 where it is not known
};

// Where in the file the byte is that is loaded at `address`; nothing for one that the file does not have.
Result<std::optional<std::uint64_t>> place_of(const elf::File& file, std::uint64_t address) {
  for (std::uint32_t i = 0; i < file.segment_count(); ++i) {
    EBPF_TRY(const elf::Segment& segment, file.segment(i));
    if (segment.type != elf::SegmentType::load || address < segment.virtual_address) continue;
    const std::uint64_t within = address - segment.virtual_address;
    if (within < segment.file_size) return segment.offset + within;
  }
  return std::nullopt;
}

// Which names are wanted: those for which `matches(name, text)`.
struct Wanted {
  bool (*matches)(std::string_view name, std::string_view text);
  std::string_view text;
};

// The functions of one table.
Result<void> append_functions(const elf::File& file, const elf::Section& section, const Wanted& wanted,
                              std::vector<Function>& out) {
  EBPF_TRY(const elf::SymbolTable& symbols, file.symbols(section));
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    EBPF_TRY(const elf::Symbol& symbol, symbols.at(i));
    if (symbol.type != elf::SymbolType::function || !symbol.defined() || !wanted.matches(symbol.name, wanted.text))
      continue;
    EBPF_TRY(const auto& place, place_of(file, symbol.value));
    if (place) out.push_back({symbol.name, symbol.binding, *place, symbol.size});
  }
  return {};
}

Result<std::vector<Function>> find_functions(std::span<const std::byte> bytes, const Wanted& wanted) {
  EBPF_TRY(const elf::File& file, elf::File::parse(bytes));
  if (file.header().type != elf::FileType::executable && file.header().type != elf::FileType::shared)
    return fail(errc::unsupported_input, "it is neither a program nor a shared library");
  std::vector<Function> out;
  bool any = false;
  for (const elf::SectionType type : {elf::SectionType::symtab, elf::SectionType::dynsym}) {
    EBPF_TRY(const auto& section, file.find_section(type));
    if (!section) continue;
    any = true;
    EBPF_CHECK(append_functions(file, *section, wanted, out));
  }
  if (!any) return fail(errc::not_found, "it has no symbols: it was stripped, and nothing links to it");
  return out;
}

bool is_same(std::string_view name, std::string_view wanted) { return name == wanted; }

bool is_local(const Function& function) { return function.binding == elf::Binding::local; }

// "; did you mean …", of all functions of the file.
std::string nearest_to(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::size_t kMostNames = 100'000;  // of more it would take long
  const auto all = find_functions(bytes, {matches_pattern, "*"});
  if (!all || all->size() > kMostNames) return {};
  std::vector<std::string_view> names;
  for (const Function& function : *all) names.push_back(function.name);
  return did_you_mean(name, names);
}

// One of that name: a global one before those that are local to a source file.
Result<Function> find_function(std::span<const std::byte> bytes, std::string_view name) {
  EBPF_TRY(auto found, find_functions(bytes, {is_same, name}));
  if (std::ranges::any_of(found, [](const Function& function) { return !is_local(function); }))
    std::erase_if(found, is_local);
  if (found.empty())
    return fail(errc::not_found, "it has no function ", quoted(name), " of its own", nearest_to(bytes, name));
  for (const Function& other : found)
    if (other.place != found[0].place)
      return fail(errc::invalid_argument, "it has several functions ", quoted(name), ", the first at ",
                  hex(found[0].place), ", another at ", hex(other.place));
  return found[0];
}

template <class Search>
auto in_file(const std::string& path, const Search& search) -> decltype(search(std::span<const std::byte>())) {
  EBPF_TRY(const std::vector<std::byte>& bytes, sys::read_whole_file(path, kLargestProgram));
  auto found = search(bytes);
  if (!found) return fail_in(std::move(found), path);
  return found;
}

// The first of `folders`, of which a colon is between two, that has such a file.
std::optional<std::string> find_in(std::string_view folders, std::string_view name, int mode) {
  while (!folders.empty()) {
    const std::size_t colon = std::min(folders.find(':'), folders.size());
    const std::string path = cat(folders.substr(0, colon), "/", name);
    if (colon > 0 && ::access(path.c_str(), mode) == 0) return path;
    folders.remove_prefix(std::min(colon + 1, folders.size()));
  }
  return std::nullopt;
}

std::string_view environment(const char* name) {
  const char* value = ::getenv(name);
  return value != nullptr ? value : "";
}

#if defined(__x86_64__)
#define EBPF_MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define EBPF_MULTIARCH "aarch64-linux-gnu"
#elif defined(__riscv)
#define EBPF_MULTIARCH "riscv64-linux-gnu"
#elif defined(__s390x__)
#define EBPF_MULTIARCH "s390x-linux-gnu"
#else
#define EBPF_MULTIARCH "unknown"
#endif
constexpr std::string_view kLibraryFolders =
    "/usr/lib64:/lib64:/usr/lib/" EBPF_MULTIARCH ":/lib/" EBPF_MULTIARCH ":/usr/local/lib:/usr/lib:/lib";
constexpr std::string_view kProgramFolders = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
#undef EBPF_MULTIARCH

}  // namespace

Result<std::string> find_program_or_library(std::string_view name) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  const bool is_library = name.find(".so") != std::string_view::npos;
  const int mode = is_library ? R_OK : X_OK;
  for (const std::string_view folders :
       {environment(is_library ? "LD_LIBRARY_PATH" : "PATH"), is_library ? kLibraryFolders : kProgramFolders})
    if (auto found = find_in(folders, name, mode)) return *std::move(found);
  return fail(errc::not_found, "there is no ", is_library ? "library " : "program ", quoted(name), " in ",
              is_library ? "LD_LIBRARY_PATH" : "PATH", " or the usual folders: give its path");
}

bool matches_pattern(std::string_view text, std::string_view pattern) {
  // After a `*` that took too little, it takes one character more.
  std::size_t at = 0, in = 0, star = std::string_view::npos, taken = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      taken = at;
    } else if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == text[at])) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  while (in < pattern.size() && pattern[in] == '*') ++in;
  return in == pattern.size();
}

Result<std::uint64_t> function_offset_in(std::span<const std::byte> file, std::string_view function,
                                         std::uint64_t offset) {
  EBPF_TRY(const Function& chosen, find_function(file, function));
  if (chosen.size != 0 && offset >= chosen.size)
    return fail(errc::out_of_range, "function ", quoted(function), " has ", chosen.size, " bytes, byte ", offset,
                " is not of them");
  std::uint64_t place = 0;
  if (__builtin_add_overflow(chosen.place, offset, &place))
    return fail(errc::out_of_range, "function ", quoted(function), ": the offset is too large");
  return place;
}

Result<std::vector<std::uint64_t>> function_offsets_in(std::span<const std::byte> file, std::string_view pattern) {
  EBPF_TRY(const auto& found, find_functions(file, {matches_pattern, pattern}));
  if (found.empty()) return fail(errc::not_found, "it has no functions ", quoted(pattern), " of its own");
  std::vector<std::uint64_t> places;
  for (const Function& function : found) places.push_back(function.place);
  stable_sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  return places;
}

Result<std::uint64_t> function_offset(const std::string& path, std::string_view function, std::uint64_t offset) {
  return in_file(path, [&](std::span<const std::byte> bytes) { return function_offset_in(bytes, function, offset); });
}

Result<std::vector<std::uint64_t>> function_offsets(const std::string& path, std::string_view pattern) {
  return in_file(path, [&](std::span<const std::byte> bytes) { return function_offsets_in(bytes, pattern); });
}

}  // namespace ebpf
