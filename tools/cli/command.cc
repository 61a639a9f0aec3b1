// Command lines, exit statuses and errors.
#include "tools/cli/command.h"

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

const Option* find_option(const Command& command, std::string_view name) {
  for (const Option& option : command.options)
    if (option.name == name) return &option;
  return nullptr;
}

std::string suggestion(const Command& command, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Option& option : command.options) names.push_back(option.name);
  return did_you_mean(name, names);
}

// How grave, from the least: a "no" is an answer, the others are none.
int weight(ExitStatus status) {
  switch (status) {
    case kOk:
      return 0;
    case kNo:
      return 1;
    case kDenied:
      return 2;
    case kBadInput:
      return 3;
    case kUsage:
      return 4;
  }
  return 5;
}

}  // namespace

ExitStatus status_of(const Error& error) {
  switch (error.code()) {
    case errc::denied:
      return kDenied;
    case errc::malformed:
    case errc::unsupported_input:
    case errc::io:
      return kBadInput;
    default:
      return kNo;
  }
}

ExitStatus graver(ExitStatus a, ExitStatus b) { return weight(a) >= weight(b) ? a : b; }

bool Arguments::has(std::string_view name) const {
  for (const GivenOption& option : options)
    if (option.name == name) return true;
  return false;
}

std::string_view Arguments::value(std::string_view name) const {
  std::string_view found;
  for (const GivenOption& option : options)
    if (option.name == name) found = option.value;
  return found;
}

Result<Arguments> parse_arguments(const Command& command, std::span<char* const> words) {
  Arguments out;
  bool only_operands = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const bool is_number = word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
    if (only_operands || !word.starts_with('-') || word == "-" || is_number) {
      out.operands.push_back(word);
      continue;
    }
    if (word == "--") {
      only_operands = true;
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = find_option(command, name);
    if (option == nullptr)
      return fail(errc::invalid_argument, "there is no option ", quoted(name), suggestion(command, name));
    const bool attached = equals != std::string_view::npos;
    if (option->value.empty() && attached && !option->may_have_value)
      return fail(errc::invalid_argument, "option ", name, " takes no value");
    if (option->value.empty() && !attached) {
      out.options.push_back({option->name, {}});
    } else if (attached) {
      out.options.push_back({option->name, word.substr(equals + 1)});
    } else if (i + 1 < words.size()) {
      out.options.push_back({option->name, words[++i]});
    } else {
      return fail(errc::invalid_argument, "option ", name, " needs a value: ", name, " ", option->value);
    }
  }
  if (out.operands.size() < command.least_operands)
    return fail(errc::invalid_argument, command.operands, " is missing");
  if (out.operands.size() > command.most_operands)
    return fail(errc::invalid_argument, quoted(out.operands[command.most_operands]), " is one operand too many");
  return out;
}

ExitStatus finish(ExitStatus status) {
  const auto printed = output_error();
  if (printed) return status;
  print_error(printed.error());
  return graver(status, kBadInput);
}

void print_help(const Command& command, std::string_view called) {
  print("usage: ", called, " [OPTION]... ", command.operands, "\n\n", command.summary, "\n\noptions:\n");
  for (const Option& option : command.options)
    print("  ", padded(cat(option.name, option.value.empty() ? "" : " ", option.value), 24), " ", option.help, "\n");
}

}  // namespace ebpf::cli
