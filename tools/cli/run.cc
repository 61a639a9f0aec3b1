// ebpf run: loads an object, attaches what can attach by itself, and shows globals while it runs.
#include <optional>
#include <string>
#include <vector>

#include "ebpf/ebpf.h"
#include "tools/cli/command.h"
#include "tools/cli/value.h"
#include "tools/cli/watch.h"

namespace ebpf::cli {
namespace {

// Types that need an interface or a cgroup are loaded and left for others to attach. Callbacks of struct_ops maps go
// with these.
Result<std::vector<Link>> attach_all(const Collection& objects) {
  EBPF_TRY(std::vector<Link> links, attach_struct_ops(objects));
  const std::size_t maps = links.size();
  for (const Program& program : objects.programs) {
    if (program.type() == ProgramType::struct_ops) continue;
    if (!program.attaches_by_name()) {
      diagnose(program.name, " is loaded, but not attached: its section ", program.section(), " says no place");
      continue;
    }
    EBPF_TRY(Link link, program.attach());
    links.push_back(std::move(link));
  }
  if (links.empty()) return fail(errc::invalid_argument, "no program of this object can attach by itself");
  diagnose(links.size() - maps, " of ", objects.programs.size(), " programs attached",
           maps != 0 ? cat(", and ", maps, " struct_ops maps with their callbacks") : std::string());
  return links;
}

Result<std::vector<Watched>> find_watched(const Collection& objects, const Arguments& arguments) {
  std::vector<std::string_view> names;
  for (const Variable& variable : objects.variables) names.push_back(variable.name);
  std::vector<Watched> out;
  for (const GivenOption& option : arguments.options) {
    if (option.name != "--watch") continue;
    const NameAndPath found = split_name(option.value, names).value_or(NameAndPath{option.value, ""});
    auto variable = objects.variable(found.name);
    if (!variable) return fail_in(std::move(variable));
    EBPF_TRY(Watched part, watched_part(option.value, *variable, found.path));
    out.push_back(std::move(part));
  }
  return out;
}

Result<void> load_and_watch(CollectionSpec& spec, const Arguments& arguments, std::optional<std::uint64_t> seconds) {
  EBPF_TRY(Collection objects, Collection::load(spec));
  EBPF_TRY(std::vector<Watched> watched, find_watched(objects, arguments));
  EBPF_TRY(const std::vector<Link> links, attach_all(objects));
  return watch(watched, seconds, arguments.has("--json"));
}

// Before anything is loaded: whether there is such a variable.
Result<void> knows(CollectionSpec& spec, std::string_view watched) {
  std::vector<std::string_view> names;
  for (const VariableSpec& variable : spec.variables) names.push_back(variable.name);
  const NameAndPath found = split_name(watched, names).value_or(NameAndPath{watched, ""});
  auto variable = spec.variable(found.name);
  if (!variable) return fail_in(std::move(variable));
  if (found.path.empty()) return {};
  EBPF_TRY_IN(const btf::MemberPlace& place, variable->types.locate(variable->type, found.path), "variable ",
              quoted(variable->name));
  if (place.bitfield_size != 0)
    return fail(errc::unsupported_input, "variable ", quoted(watched),
                ": it is a bit-field, which shares its word with others; watch the structure that it is in");
  return {};
}

ExitStatus usage_error(const Error& error) {
  print_error(error);
  return kUsage;
}

ExitStatus run(const Arguments& arguments) {
  const auto seconds = parse_seconds(arguments);
  if (!seconds) return usage_error(seconds.error());
  auto spec = CollectionSpec::read_file(std::string(arguments.operands.front()));
  if (!spec) {
    print_error(spec.error());
    return kBadInput;
  }
  for (const GivenOption& option : arguments.options) {
    if (option.name == "--set")
      if (auto set = set_from_text(*spec, option.value); !set) return usage_error(set.error());
    if (option.name == "--watch")
      if (auto known = knows(*spec, option.value); !known) return usage_error(known.error());
  }
  stop_at_signals();
  if (auto ok = load_and_watch(*spec, arguments, *seconds); !ok) {
    print_error(ok.error());
    return status_of(ok.error());
  }
  return kOk;
}

constexpr Option kOptions[] = {
    {"--set", "VAR=VALUE", "set a variable, or VAR.member[3], before loading; may be repeated"},
    {"--watch", "VAR", "print a variable, or VAR.member[3], each second; may be repeated"},
    {"--for", "SECONDS", "stop after so many seconds; otherwise at Ctrl-C"},
    {"--json", "", "one JSON object each second"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kRun = {
    .name = "run",
    .operands = "FILE",
    .summary = "Loads an object, attaches what can attach by itself, and shows globals while it runs.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = 1,
    .run = run,
};

}  // namespace ebpf::cli
