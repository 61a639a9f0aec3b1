// Watching variables, second by second.
#include "tools/cli/watch.h"

#include <signal.h>
#include <time.h>

#include <cmath>

#include "ebpf/base/json.h"
#include "ebpf/base/number.h"
#include "ebpf/base/real.h"
#include "ebpf/base/text.h"
#include "tools/cli/output.h"
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

Result<std::vector<std::byte>> read_bytes(const Variable& variable) {
  std::vector<std::byte> bytes(variable.size());
  EBPF_CHECK(variable.read(bytes));
  return bytes;
}

// A pointer is no number that anything is added to.
std::optional<SignedMagnitude> parse_decimal(std::string_view text) {
  return text.find('x') == std::string_view::npos ? parse_signed(text) : std::nullopt;
}

// " (+2/s)", " (-0.3/s)"; nothing of what is no number. Integers have more digits than a double, and of other numbers
// the digits are left out in which sums of decimal fractions are not exact.
std::string change_text(std::string_view before, std::string_view now) {
  constexpr int kDigits = 12;
  const auto from = parse_decimal(before), to = parse_decimal(now);
  if (from && to) {
    const bool same_sign = from->is_negative == to->is_negative;
    const bool grows = to->magnitude >= from->magnitude;
    const bool falls = same_sign ? grows == to->is_negative && to->magnitude != from->magnitude : to->is_negative;
    const std::uint64_t between = grows ? to->magnitude - from->magnitude : from->magnitude - to->magnitude;
    return cat(" (", falls ? "-" : "+", same_sign ? between : to->magnitude + from->magnitude, "/s)");
  }
  const auto real_from = parse_double(before), real_to = parse_double(now);
  if (!real_from || !real_to) return {};
  const double change = *real_to - *real_from;
  return cat(" (", std::signbit(change) ? "" : "+", real_text(change, kDigits), "/s)");
}

Result<void> show_text(std::vector<Watched>& watched) {
  std::string line;
  for (Watched& item : watched) {
    const Variable& variable = item.variable;
    EBPF_TRY(const std::vector<std::byte>& bytes, read_bytes(variable));
    std::string text = value_to_text(variable.types(), variable.type(), bytes, kHostByteOrder);
    line += cat(line.empty() ? "" : "  ", item.name, " = ", text, change_text(item.before, text));
    item.before = std::move(text);
  }
  print(line, '\n');
  return {};
}

Result<void> show_json(const std::vector<Watched>& watched) {
  Json json;
  json.open_object().key("time_ns").number(now_ns(CLOCK_REALTIME)).key("values").open_object();
  for (const Watched& item : watched) {
    EBPF_TRY(const std::vector<std::byte>& bytes, read_bytes(item.variable));
    json.key(item.name);
    value_to_json(json, item.variable.types(), item.variable.type(), bytes, kHostByteOrder);
  }
  json.close_object().close_object();
  print_line(json);
  return {};
}

}  // namespace

Result<Watched> watched_part(std::string_view name, const Variable& variable, std::string_view path) {
  if (path.empty()) return Watched{.name = std::string(name), .variable = variable};
  EBPF_TRY(Variable part, variable.field(path));
  return Watched{.name = std::string(name), .variable = std::move(part)};
}

void stop_at_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
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

Result<std::optional<std::uint64_t>> parse_seconds(const Arguments& arguments) {
  if (!arguments.has("--for")) return std::nullopt;
  const std::string_view text = arguments.value("--for");
  const auto seconds = parse_unsigned(text);
  if (!seconds) return fail(errc::invalid_argument, "--for ", text, ": it must be a whole number of seconds");
  return *seconds;
}

}  // namespace ebpf::cli
