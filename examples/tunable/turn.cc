// Turn: sets a global variable of a program that is running, loaded by whom ever. Names and types come from the kernel,
// so this needs no object file, and nothing of the process that loaded the program:
//
//     turn PROGRAM VARIABLE VALUE          turn lose_packets loss_percent 30; PROGRAM may be a number, too
//
// It turns knobs that are booleans or unsigned numbers of 32 bits. `ebpf vars set` does it for all types.
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "ebpf/ebpf.h"

namespace {

std::uint32_t number(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 0));
}

ebpf::Result<ebpf::Program> open_program(const std::string& name_or_number) {
  const bool is_number = std::isdigit(static_cast<unsigned char>(name_or_number[0])) != 0;
  return is_number ? ebpf::Program::from_id(number(name_or_number)) : ebpf::Program::from_name(name_or_number);
}

ebpf::Result<void> turn(const std::string& program_name, const std::string& name, std::uint32_t value) {
  EBPF_TRY(const auto program, open_program(program_name));
  EBPF_TRY(const auto variables, ebpf::variables_of(program));
  EBPF_TRY(const auto& knob, ebpf::find_variable(variables, name));

  // A view of the program's own memory, typed: what is stored, the program sees at its next look.
  if (const auto flag = knob.as<bool>()) {
    flag->store(value != 0);
  } else {
    EBPF_TRY(const auto setting, knob.as<std::uint32_t>());  // the error names both types
    setting.store(value);
  }
  std::printf("%s = %u\n", name.c_str(), value);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "turn PROGRAM VARIABLE VALUE\n");
    return EXIT_FAILURE;
  }
  const auto turned = turn(argv[1], argv[2], number(argv[3]));
  if (!turned) return ebpf::report(turned.error());
}
