// ebpf features --require and --diff: questions whose answer is an exit status.
#include <algorithm>
#include <optional>

#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

using features::Answer;
using features::Feature;
using features::Verdict;

// "denied by seccomp", "absent"
std::string verdict_text(const Answer& answer) {
  const std::string_view by = features::name(answer.denied_by);
  return by.empty() || answer.denied_by == features::Denier::unclear ? std::string(features::name(answer.verdict))
                                                                     : cat(features::name(answer.verdict), " by ", by);
}

// ---- --diff ----

struct Recorded {
  std::string name;
  std::string verdict;
  std::string value;
};
using Record = std::vector<Recorded>;  // by name

bool is_before(const Recorded& a, const Recorded& b) { return a.name < b.name; }

// Reads what print_features_json() wrote: objects whose members are texts, numbers and null.
class RecordReader {
 public:
  explicit RecordReader(std::string_view text) : rest_(text) {}

  std::optional<Record> read() {
    constexpr std::string_view kList = "\"features\":[";
    const auto list = rest_.find(kList);
    if (list == std::string_view::npos || !rest_.substr(0, list).starts_with("{\"schema\":1,")) return std::nullopt;
    rest_.remove_prefix(list + kList.size());
    Record out;
    while (!take(']'))
      if (!object(out)) return std::nullopt;
    stable_sort(out, is_before);
    for (std::size_t i = 1; i < out.size(); ++i)
      if (out[i].name == out[i - 1].name) return std::nullopt;
    return out;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A text without escapes other than \" and \\, which is all that names and values have; or a number or null, as is.
  std::optional<std::string> scalar() {
    std::string out;
    if (!take('"')) {
      const auto end = rest_.find_first_of(",}]");
      if (end == std::string_view::npos || end == 0) return std::nullopt;
      out = rest_.substr(0, end);
      rest_.remove_prefix(end);
      return out;
    }
    while (!rest_.empty() && !take('"')) {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) return std::nullopt;
      out.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return out;
  }
  bool object(Record& out) {
    take(',');
    if (!take('{')) return false;
    Recorded& recorded = out.emplace_back();
    while (!take('}')) {
      take(',');
      const auto key = scalar();
      if (!key || !take(':')) return false;
      const auto value = scalar();
      if (!value) return false;
      if (*key == "name") recorded.name = *value;
      if (*key == "verdict") recorded.verdict = *value;
      if (*key == "value" && *value != "null") recorded.value = *value;
    }
    return !recorded.name.empty();
  }

  std::string_view rest_;
};

Result<Record> read_record(const std::string& path) {
  constexpr std::size_t kMost = 64u << 20;
  EBPF_TRY(const std::string& text, sys::read_text_file(path, kMost));
  auto record = RecordReader(text).read();
  if (!record) return fail(errc::malformed, quoted(path), ": not what `ebpf features --json` writes");
  return *std::move(record);
}

std::string recorded_text(const Recorded* recorded) {
  if (recorded == nullptr) return "(not asked)";
  return recorded->value.empty() ? recorded->verdict : cat(recorded->verdict, " ", recorded->value);
}

}  // namespace

// What is unknown cannot be relied upon, and is no better than absent to who requires it.
ExitStatus status_of(const features::Answer& answer) {
  return answer.verdict == Verdict::supported ? kOk : answer.verdict == Verdict::denied ? kDenied : kNo;
}

std::string explanation(const features::Feature& feature, const features::Answer& answer) {
  std::string out = cat(features::name(feature), ": ", verdict_text(answer));
  if (!answer.sentence.empty()) out += cat(": ", answer.sentence);
  const std::string version = features::text(features::since(feature));
  const std::string_view config = features::needs_config(feature);
  if (answer.verdict == Verdict::absent && !version.empty())
    out += cat(" (Linux ", version, config.empty() ? "" : " with ", config, ")");
  return out;
}

// First all the names, so that a typing error is found on every kernel.
ExitStatus require_features(std::string_view list) {
  std::vector<Feature> wanted;
  bool misspelt = false;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (name.empty()) continue;
    auto feature = features::parse_feature(name);
    if (!feature) print_error(feature.error());
    misspelt |= !feature;
    if (feature) wanted.push_back(*std::move(feature));
  }
  if (misspelt) return kUsage;
  if (wanted.empty()) {
    print_error(Error(errc::invalid_argument, "features: --require wants names, such as map:ringbuf,prog:xdp"));
    return kUsage;
  }
  ExitStatus status = kOk;
  for (const Feature& feature : wanted) {
    const Answer answer = features::probe(feature);
    if (answer.verdict == Verdict::supported) continue;
    print(explanation(feature, answer), "\n");
    status = graver(status, status_of(answer));
  }
  return status;
}

ExitStatus diff_features(const std::string& before_path, const std::string& after_path) {
  const auto before = read_record(before_path);
  const auto after = read_record(after_path);
  if (!before) return print_error(before.error()), kBadInput;
  if (!after) return print_error(after.error()), kBadInput;
  ExitStatus status = kOk;
  for (std::size_t i = 0, j = 0; i < before->size() || j < after->size();) {
    const Recorded* was = i < before->size() ? &(*before)[i] : nullptr;
    const Recorded* is = j < after->size() ? &(*after)[j] : nullptr;
    if (was != nullptr && is != nullptr && is_before(*is, *was)) was = nullptr;
    if (was != nullptr && is != nullptr && is_before(*was, *is)) is = nullptr;
    i += was != nullptr ? 1 : 0;
    j += is != nullptr ? 1 : 0;
    const std::string old_text = recorded_text(was);
    const std::string new_text = recorded_text(is);
    if (old_text == new_text) continue;
    print(padded((was != nullptr ? was : is)->name, 40), " ", old_text, " -> ", new_text, "\n");
    status = kNo;
  }
  return status;
}

}  // namespace ebpf::cli
