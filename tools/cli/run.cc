// ebpf run: loads an object, attaches what can attach by itself, and shows globals while it runs.
#include <signal.h>
#include <time.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
#include "ebpf/ebpf.h"
#include "tools/cli/command.h"
#include "tools/cli/value.h"

namespace ebpf::cli {
namespace {

volatile sig_atomic_t stop_requested = 0;

extern "C" void request_stop(int) { stop_requested = 1; }

std::uint64_t now_ns(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// Sleeps until a moment of the monotonic clock, or until a signal.
void sleep_until(std::uint64_t when_ns) {
  const timespec when = {.tv_sec = static_cast<time_t>(when_ns / 1'000'000'000u),
                         .tv_nsec = static_cast<long>(when_ns % 1'000'000'000u)};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
}

// Types that need an interface or a cgroup are loaded and left for others to attach. Callbacks of struct_ops maps go
// with these.
Result<std::vector<Link>> attach_all(const Collection& objects) {
  EBPF_TRY(std::vector<Link> links, attach_struct_ops(objects));
  const std::size_t maps = links.size();
  for (const Program& program : objects.programs) {
    if (program.type() == ProgramType::struct_ops) continue;
    if (!program.attaches_by_name()) {
      std::fprintf(stderr, "ebpf: %s is loaded, but not attached: its section %s says no place\n", program.name.c_str(),
                   program.section().c_str());
      continue;
    }
    EBPF_TRY(Link link, program.attach());
    links.push_back(std::move(link));
  }
  if (links.empty()) return fail(errc::invalid_argument, "no program of this object can attach by itself");
  std::fprintf(stderr, "ebpf: %zu of %zu programs attached", links.size() - maps, objects.programs.size());
  if (maps != 0) std::fprintf(stderr, ", and %zu struct_ops maps with their callbacks", maps);
  std::fprintf(stderr, "\n");
  return links;
}

struct Watched {
  const Variable* variable;
  std::optional<double> before = std::nullopt;  // of a number: what it was a second ago
};

Result<std::vector<Watched>> find_watched(const Collection& objects, const Arguments& arguments) {
  std::vector<Watched> out;
  for (const GivenOption& option : arguments.options) {
    if (option.name != "--watch") continue;
    auto variable = objects.variable(option.value);
    if (!variable) return std::unexpected(std::move(variable).error());
    out.push_back({.variable = &*variable});
  }
  return out;
}

Result<std::vector<std::byte>> read_bytes(const Variable& variable) {
  std::vector<std::byte> bytes(variable.size());
  EBPF_CHECK(variable.read(bytes));
  return bytes;
}

// The text as a number, for the change per second. (strtod, since std::from_chars for double brings all of <locale>
// along.)
std::optional<double> as_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

Result<void> show_text(std::vector<Watched>& watched) {
  std::string line;
  for (Watched& item : watched) {
    const Variable& variable = *item.variable;
    EBPF_TRY(const std::vector<std::byte> bytes, read_bytes(variable));
    const std::string text = value_to_text(variable.types(), variable.type(), bytes, kHostByteOrder);
    line += cat(line.empty() ? "" : "  ", variable.name, " = ", text);
    const std::optional<double> number = as_number(text);
    if (number && item.before) {
      char change[48];
      std::snprintf(change, sizeof change, " (%+.12g/s)", *number - *item.before);
      line += change;
    }
    item.before = number;
  }
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  return {};
}

Result<void> show_json(const std::vector<Watched>& watched) {
  Json json;
  json.open_object().key("time_ns").number(now_ns(CLOCK_REALTIME)).key("values").open_object();
  for (const Watched& item : watched) {
    EBPF_TRY(const std::vector<std::byte> bytes, read_bytes(*item.variable));
    json.key(item.variable->name);
    value_to_json(json, item.variable->types(), item.variable->type(), bytes, kHostByteOrder);
  }
  json.close_object().close_object().print_line();
  return {};
}

Result<void> watch(std::vector<Watched>& watched, std::optional<std::uint64_t> seconds, bool json) {
  std::uint64_t next = now_ns(CLOCK_MONOTONIC);
  for (std::uint64_t second = 0; !stop_requested && (!seconds || second < *seconds); ++second) {
    next += 1'000'000'000u;
    sleep_until(next);
    if (stop_requested) break;
    if (json)
      EBPF_CHECK(show_json(watched));
    else if (!watched.empty())
      EBPF_CHECK(show_text(watched));
  }
  return {};
}

Result<std::optional<std::uint64_t>> parse_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(errc::invalid_argument, cat("--for ", text, ": it must be a whole number of seconds"));
  return seconds;
}

Result<void> load_and_watch(CollectionSpec& spec, const Arguments& arguments, std::optional<std::uint64_t> seconds) {
  EBPF_TRY(Collection objects, Collection::load(spec));
  EBPF_TRY(std::vector<Watched> watched, find_watched(objects, arguments));
  EBPF_TRY(const std::vector<Link> links, attach_all(objects));
  return watch(watched, seconds, arguments.has("--json"));
}

ExitStatus usage_error(const Error& error) {
  print_error(error);
  return kUsage;
}

ExitStatus run(const Arguments& arguments) {
  const auto seconds = parse_seconds(arguments.value("--for"));
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
      if (auto variable = spec->variable(option.value); !variable) return usage_error(variable.error());
  }
  struct sigaction action = {};
  action.sa_handler = request_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  if (auto ok = load_and_watch(*spec, arguments, *seconds); !ok) {
    print_error(ok.error());
    return status_of(ok.error());
  }
  return kOk;
}

constexpr Option kOptions[] = {
    {"--set", "VAR=VALUE", "set a variable before loading; may be repeated"},
    {"--watch", "VAR", "print a variable each second, with its change; may be repeated"},
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
