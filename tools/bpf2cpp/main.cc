// bpf2cpp: a header for an object, with the object in it, its types, and a class with a member for each of its parts.
#include <span>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"
#include "tools/bpf2cpp/build_model.h"
#include "tools/bpf2cpp/print.h"
#include "tools/cli/command.h"

namespace ebpf::bpf2cpp {
namespace {

using cli::Arguments;

constexpr std::size_t kLargestObject = 64u << 20;

int failed(const Error& error, cli::ExitStatus status) {
  cli::print_error_text(cat("bpf2cpp: ", error.message(), '\n'));
  return status;
}

Result<void> write_header(const std::string& path, std::string_view text) {
  if (path != "-") return cli::write_file(path, std::as_bytes(std::span(text)));
  cli::print_text(text);
  return cli::output_error();
}

Result<Options> options_of(const Arguments& arguments) {
  Options out = {.name_space = std::string(arguments.value("--namespace")),
                 .class_name = std::string(arguments.value("--class"))};
  for (const cli::GivenOption& option : arguments.options) {
    if (option.name == "--type") out.types.emplace_back(option.value);
    if (option.name != "--record") continue;
    const std::size_t equals = option.value.find('=');
    if (equals == std::string_view::npos)
      return fail(errc::invalid_argument, "--record takes MAP=TYPE, not ", quoted(option.value));
    out.records.push_back({std::string(option.value.substr(0, equals)), std::string(option.value.substr(equals + 1))});
  }
  return out;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

struct Object {
  std::vector<std::byte> bytes;
  CollectionSpec spec;
};

Result<Object> read_object(const std::string& path) {
  EBPF_TRY(auto bytes, sys::read_whole_file(path, kLargestObject));
  EBPF_TRY(CollectionSpec spec, CollectionSpec::parse(bytes, object_name(path)));
  return Object{std::move(bytes), std::move(spec)};
}

// Names of the options that the object does not have are wrong usage; what else is wrong is wrong with the object.
cli::ExitStatus status_of(const Error& error) {
  return error.code() == errc::not_found || error.code() == errc::invalid_argument ? cli::kUsage : cli::kBadInput;
}

constexpr cli::Option kOptions[] = {
    {"-o", "HEADER", "the header that is written; - for standard output"},
    {"--namespace", "NS", "instead of one named after the object; may be nested: acme::counter"},
    {"--class", "NAME", "NAME and NAMESpec instead of Object and Spec"},
    {"--no-embed", "", "without the object's bytes: it is read from a file when the program runs"},
    {"--type", "TYPE", "also this type; may be repeated"},
    {"--record", "MAP=TYPE", "what a ring buffer or perf event array holds; may be repeated"},
    {"--help", "", "print this"},
};

constexpr cli::Command kBpf2cpp = {
    .name = "bpf2cpp",
    .operands = "OBJECT",
    .summary =
        "Writes a C++ header for a BPF object: its types, and classes with a member for each map, program and\n"
        "global variable.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = 1,
    .run = nullptr,
};

int run(std::span<char* const> words) {
  for (const char* word : words)
    if (std::string_view(word) == "--help") {
      cli::print_help(kBpf2cpp, "bpf2cpp");
      return cli::finish(cli::kOk);
    }
  const auto arguments = cli::parse_arguments(kBpf2cpp, words);
  if (!arguments) return failed(arguments.error(), cli::kUsage);
  const std::string out(arguments->value("-o"));
  if (out.empty())
    return failed(Error(errc::invalid_argument, "-o HEADER is missing (see 'bpf2cpp --help')"), cli::kUsage);
  const auto options = options_of(*arguments);
  if (!options) return failed(options.error(), cli::kUsage);
  if (auto good = check_names(*options); !good) return failed(good.error(), cli::kUsage);
  const std::string path(arguments->operands.front());
  const auto object = read_object(path);
  if (!object) return failed(Error(object.error()).in(path), cli::kBadInput);
  const auto model = build_model(object->spec, file_name(path), *options);
  if (!model) return failed(Error(model.error()).in(path), status_of(model.error()));
  const std::string header =
      print(*model, arguments->has("--no-embed") ? std::span<const std::byte>() : std::span(object->bytes));
  if (auto written = write_header(out, header); !written) return failed(written.error(), cli::kNo);
  return cli::kOk;
}

}  // namespace
}  // namespace ebpf::bpf2cpp

int main(int argc, char** argv) { return ebpf::bpf2cpp::run({argv + 1, static_cast<std::size_t>(argc - 1)}); }
