// /proc/kallsyms: a line for each symbol, "ffffffff81000000 T _text" and for a module's behind a tab its name in
// brackets. Hundreds of thousands of lines, which the kernel writes anew for each reader: it is read once for all
// names.
#include "ebpf/kernel/symbols.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "ebpf/base/number.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"

namespace ebpf::kernel {
namespace {

struct Line {
  std::uint64_t address = 0;
  char type = 0;
  std::string_view name = {};
  bool is_module = false;
};

bool read_line(std::string_view text, Line& line) {
  const auto address = take_unsigned(text, 16);
  if (!address || text.size() < 4 || text[0] != ' ' || text[2] != ' ') return false;
  line.address = *address;
  line.type = text[1];
  line.name = text.substr(3);
  const std::size_t tab = line.name.find('\t');
  line.is_module = tab != std::string_view::npos;
  line.name = line.name.substr(0, tab);
  // What a compiler that optimises the whole kernel appends to the names of data that it made local.
  if (line.type == 'd') line.name = line.name.substr(0, line.name.find(".llvm."));
  return true;
}

// The modules that are loaded, as the kernel lists them; empty for a kernel that has none. Only with one of them can a
// symbol appear that was not there.
std::string module_list() {
  constexpr std::size_t kMost = 1u << 20;
  auto text = sys::read_text_file("/proc/modules", kMost);
  return text ? *std::move(text) : std::string();
}

// Programs of BPF, trampolines and the like have symbols that come and go by themselves.
bool may_come(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {"bpf_", "ftrace_", "kprobe_"};
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Symbols that were found before, for the life of the process, and those that were not there, for as long as the
// modules are the same.
class Memory {
 public:
  void recall(std::span<Symbol> wanted) {
    const std::lock_guard guard(lock_);
    for (Symbol& symbol : wanted)
      for (const Entry& entry : entries_)
        if (entry.name == symbol.name) symbol = {.name = symbol.name, .found = true, .address = entry.address};
  }
  void keep(std::string_view name, std::uint64_t address) {
    const std::lock_guard guard(lock_);
    if (std::ranges::find(entries_, name, &Entry::name) == entries_.end())
      entries_.push_back({std::string(name), address});
  }

  bool knows_absent(std::span<const Symbol> wanted, std::string_view modules) {
    const std::lock_guard guard(lock_);
    return modules == modules_ && std::ranges::all_of(wanted, [&](const Symbol& symbol) {
             return symbol.found || std::ranges::find(absent_, symbol.name) != absent_.end();
           });
  }
  void keep_absent(std::string_view name, const std::string& modules) {
    const std::lock_guard guard(lock_);
    if (modules != modules_) absent_.clear();
    modules_ = modules;
    if (!may_come(name) && std::ranges::find(absent_, name) == absent_.end()) absent_.emplace_back(name);
  }

 private:
  struct Entry {
    std::string name;
    std::uint64_t address;
  };
  std::mutex lock_;
  std::vector<Entry> entries_;
  std::vector<std::string> absent_;  // with these modules
  std::string modules_;
};

// Never destroyed, so that threads that outlive main() may still ask.
Memory& memory() {
  static Memory& remembered = *new Memory;
  return remembered;
}

enum class SeveralAddresses { refuse, leave_out };

Result<void> take(Symbol& symbol, const Line& line, SeveralAddresses several) {
  if (line.address == 0)
    return fail(errc::denied,
                "/proc/kallsyms shows no addresses to this process: it needs CAP_SYSLOG, or "
                "kernel.kptr_restrict is 2 (symbol ",
                quoted(symbol.name), ")");
  const bool is_another = symbol.found && symbol.address != line.address;
  if (is_another && several == SeveralAddresses::leave_out) symbol.is_ambiguous = true;
  if (is_another && several == SeveralAddresses::refuse)
    return fail(errc::invalid_argument, "symbol ", quoted(symbol.name), " is at ", hex(symbol.address), " and at ",
                hex(line.address), " in this kernel");
  symbol.found = true;
  symbol.address = line.address;
  symbol.is_module = line.is_module;
  return {};
}

// Some names, looked for in a text that comes in pieces.
class Search {
 public:
  explicit Search(std::span<Symbol> wanted, SeveralAddresses several = SeveralAddresses::refuse) : several_(several) {
    for (Symbol& symbol : wanted)
      if (!symbol.found) by_name_.push_back(&symbol);
    stable_sort(by_name_, [](const Symbol* a, const Symbol* b) { return name_of(a) < name_of(b); });
  }

  // Whole lines.
  Result<void> feed(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      Line line;
      const bool is_whole = read_line(text.substr(0, end), line);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!is_whole) continue;
      auto at = std::ranges::lower_bound(by_name_, line.name, {}, name_of);
      for (; at != by_name_.end() && (*at)->name == line.name; ++at) EBPF_CHECK(take(**at, line, several_));
    }
    return {};
  }

 private:
  static std::string_view name_of(const Symbol* symbol) { return symbol->name; }

  std::vector<Symbol*> by_name_;
  SeveralAddresses several_;
};

Result<void> read_all(Search& search) {
  EBPF_TRY(sys::LineReader file, sys::LineReader::open("/proc/kallsyms"));
  for (;;) {
    EBPF_TRY(const std::string_view lines, file.next());
    if (lines.empty()) return {};
    EBPF_CHECK(search.feed(lines));
  }
}

}  // namespace

Result<void> find_symbols_in(std::string_view text, std::span<Symbol> wanted) { return Search(wanted).feed(text); }

Result<void> find_symbols(std::span<Symbol> wanted) {
  memory().recall(wanted);
  if (std::ranges::all_of(wanted, &Symbol::found)) return {};
  const std::string modules = module_list();  // before the search: what comes meanwhile is looked for again
  if (memory().knows_absent(wanted, modules)) return {};
  Search search(wanted);
  EBPF_CHECK(read_all(search));
  for (const Symbol& symbol : wanted) {
    if (!symbol.found) memory().keep_absent(symbol.name, modules);
    if (symbol.found && !symbol.is_module) memory().keep(symbol.name, symbol.address);
  }
  return {};
}

Result<void> find_unique_symbols(std::span<Symbol> wanted) {
  Search search(wanted, SeveralAddresses::leave_out);
  EBPF_CHECK(read_all(search));
  for (Symbol& symbol : wanted)
    if (symbol.is_ambiguous) symbol.found = false;
  return {};
}

}  // namespace ebpf::kernel
