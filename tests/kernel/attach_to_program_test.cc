// Programs that attach to other programs: replacements (freplace) and traces (fentry, fexit) of their functions. The
// targets are run on made-up input, and what they return and what the others counted is looked at.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/privileges.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

constexpr std::uint32_t kDrop = 1, kPass = 2, kTx = 3;

void require_extensions() { test_requires(kernel_btf(), program_type(ProgramType::ext)); }

// The object with that program alone.
CollectionSpec only_program(const std::string& name) { return ok(read_object("attach_to_program").only(name)); }

LoadOptions target(const std::string& program, const Program& target, const std::string& function = {}) {
  LoadOptions options;
  options.program_targets = {{.program = program, .target = &target.fd(), .function = function}};
  return options;
}

Collection load_for(const std::string& program, const Program& of, const std::string& function = {}) {
  return ok(Collection::load(only_program(program), target(program, of, function)));
}

template <class T>
T value(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<T>());
}

}  // namespace

TEST_CASE("freplace: the function is another while the link is there") {
  require_extensions();
  Collection targets = load_object("replaceable");
  Collection objects = load_for("stricter", *targets.program("ask_for_a_verdict"));
  CHECK(run(targets, "ask_for_a_verdict") == kPass);
  const Program& replacement = *objects.program("stricter");
  CHECK(replacement.attaches_by_name());
  {
    const Link link = ok(replacement.attach());
    CHECK(run(targets, "ask_for_a_verdict") == kTx);
    CHECK(run(targets, "ask_late") == kDrop);
    CHECK(value<std::uint64_t>(objects, "replaced") == 1);
    const Error error = error_of(attach_freplace(replacement));
    CAPTURE(error.message());
    CHECK(error.code() == errc::busy);
    CHECK(contains(error.message(), "attach \"stricter\" to function \"decide\""));
  }
  CHECK(run(targets, "ask_for_a_verdict") == kPass);
  CHECK(value<std::uint64_t>(objects, "replaced") == 1);
}

TEST_CASE("freplace: the function's name is given with the target, or in the spec, instead of by the section") {
  require_extensions();
  Collection targets = load_object("replaceable");
  {
    Collection objects = load_for("stricter", *targets.program("ask_late"), "decide_late");
    CHECK(objects.program("stricter")->attach_to() == "decide_late");
    const Link link = ok(objects.program("stricter")->attach());
    CHECK(run(targets, "ask_late") == kTx);
    CHECK(run(targets, "ask_for_a_verdict") == kPass);
  }
  CollectionSpec spec = only_program("stricter");
  spec.program("stricter")->attach_to = "decide_late";
  Collection objects = ok(Collection::load(spec, target("stricter", *targets.program("ask_late"))));
  const Link link = ok(objects.program("stricter")->attach());
  CHECK(run(targets, "ask_late") == kTx);
}

TEST_CASE("freplace: one replacement of the functions of several targets") {
  require_extensions();
  test_requires(kernel(5, 10));
  Collection first = load_object("replaceable");
  Collection second = load_object("replaceable");
  Collection objects = load_for("stricter", *first.program("ask_for_a_verdict"));
  const Program& replacement = *objects.program("stricter");
  const Program& other = *second.program("ask_for_a_verdict");
  const Link link = ok(replacement.attach());
  {
    const Link same = ok(attach_freplace(replacement, other, "decide"));
    const Link late = ok(attach_freplace(replacement, *second.program("ask_late"), "decide_late"));
    CHECK(run(first, "ask_for_a_verdict") == kTx);
    CHECK(run(second, "ask_for_a_verdict") == kTx);
    CHECK(run(second, "ask_late") == kTx);
    CHECK(run(first, "ask_late") == kDrop);
    CHECK(value<std::uint64_t>(objects, "replaced") == 3);
    CHECK(error_of(attach_freplace(replacement, other, "decide")).code() == errc::busy);
  }
  CHECK(run(second, "ask_for_a_verdict") == kPass);
  CHECK(run(second, "ask_late") == kDrop);

  const Error missing = error_of(attach_freplace(replacement, other, "decidee"));
  CAPTURE(missing.message());
  CHECK(missing.code() == errc::not_found);
  CHECK(contains(missing.message(), "\"ask_for_a_verdict\" (program number "));
  CHECK(contains(missing.message(), "did you mean \"decide\"?"));
  const Error incompatible = error_of(attach_freplace(replacement, *second.program("no_xdp"), "no_xdp"));
  CAPTURE(incompatible.message());
  CHECK(incompatible.code() == errc::invalid_argument);
  CHECK(contains(incompatible.message(), "another type"));
  CHECK(error_of(attach_freplace(other, other, "decide")).code() == errc::type_mismatch);
}

TEST_CASE("freplace: attached again after its link has gone, by naming the target") {
  require_extensions();
  test_requires(kernel(5, 10));
  Collection targets = load_object("replaceable");
  const Program& target = *targets.program("ask_for_a_verdict");
  Collection objects = load_for("stricter", target);
  const Program& replacement = *objects.program("stricter");
  {
    const Link link = ok(replacement.attach());
  }
  const auto again = attach_freplace(replacement);
  if (!again) {
    CHECK(contains(again.error().message(), "naming target and function"));
    const Link link = ok(attach_freplace(replacement, target, "decide"));
    CHECK(run(targets, "ask_for_a_verdict") == kTx);
  } else {
    CHECK(run(targets, "ask_for_a_verdict") == kTx);
  }
}

TEST_CASE("fentry and fexit: a function of a program, whatever the kernel has under its name") {
  require_extensions();
  test_requires(program_type(ProgramType::tracing));
  Collection targets = load_object("replaceable");
  const Program& target = *targets.program("ask_for_a_verdict");
  Collection entry = load_for("on_entry", target);
  Collection exit = load_for("on_return", target);
  const Link on_entry = ok(entry.program("on_entry")->attach());
  const Link on_return = ok(exit.program("on_return")->attach());
  CHECK(run(targets, "ask_for_a_verdict") == kPass);
  CHECK(run(targets, "ask_late") == kDrop);
  CHECK(value<std::uint64_t>(entry, "entered") == 1);
  CHECK(value<std::uint64_t>(entry, "length_seen") == kFrameLength);
  CHECK(value<std::uint32_t>(entry, "tgid") == static_cast<std::uint32_t>(getpid()));
  CHECK(value<std::uint64_t>(exit, "left") == 1);
  CHECK(value<std::int64_t>(exit, "returned") == kPass);
  const LinkDetails details = ok(on_entry.info());
  CHECK(details.type == LinkType::tracing);
  CHECK(details.attach_type == AttachType::trace_fentry);
  if (!kernel(5, 15).missing) CHECK(details.target_id == ok(target.info()).id);
}

TEST_CASE("fentry: the program as a whole, and its static functions") {
  require_extensions();
  test_requires(program_type(ProgramType::tracing));
  Collection targets = load_object("replaceable");
  Collection whole = load_for("on_program", *targets.program("no_xdp"));
  Collection part = load_for("on_program", *targets.program("ask_late"), "count_bytes");
  const Link on_whole = ok(whole.program("on_program")->attach());
  const Link on_part = ok(part.program("on_program")->attach());
  run(targets, "no_xdp");
  run(targets, "ask_late");
  run(targets, "ask_late");
  CHECK(value<std::uint64_t>(whole, "entered") == 1);
  CHECK(value<std::uint64_t>(part, "entered") == 2);
}

TEST_CASE("fentry: a function of the kernel other than the section's") {
  require_root_and_bpf();
  test_requires(kernel_btf());
  CollectionSpec spec = only_program("on_program");
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_found);
  CHECK(contains(error.message(), "no function \"no_xdp\" in the types of this kernel"));
  test_requires(program_type(ProgramType::tracing));
  spec.program("on_program")->attach_to = "eventfd_write";
  Collection objects = ok(Collection::load(spec));
  const Link link = ok(objects.program("on_program")->attach());
  const int event = eventfd(0, EFD_CLOEXEC);
  REQUIRE(event >= 0);
  CHECK(write(event, "short", 4) == -1);
  close(event);
  CHECK(value<std::uint64_t>(objects, "entered") >= 1);
}

TEST_CASE("a replacement whose target is not said, not there, or does not fit") {
  require_root_and_bpf();
  Collection targets = load_object("replaceable");
  const Program& target_program = *targets.program("ask_for_a_verdict");
  struct Case {
    std::string program;
    LoadOptions options;
    errc code;
    const char* words;
  };
  LoadOptions no_descriptor = target("stricter", target_program);
  const Fd closed;
  no_descriptor.program_targets.front().target = &closed;
  const Case cases[] = {
      {"stricter", {}, errc::invalid_argument, "none is given: name it in LoadOptions::program_targets"},
      {"stricter", target("strictre", target_program), errc::not_found, "did you mean \"stricter\"?"},
      {"stricter", target("stricter", target_program, "decidee"), errc::not_found, "did you mean \"decide\"?"},
      {"stricter", target("stricter", target_program, "decide_late"), errc::not_found,
       "has no function \"decide_late\""},
      {"stricter", no_descriptor, errc::invalid_argument, "no open program"},
      {"on_entry", target("on_entry", target_program, "nothing_like_it"), errc::not_found, "(program number "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.words);
    const Error error = error_of(Collection::load(only_program(c.program), c.options));
    CAPTURE(error.message());
    CHECK(error.code() == c.code);
    CHECK(contains(error.message(), c.words));
    CHECK(contains(error.message(), c.program));
  }
  const CollectionSpec spec = read_object("replaceable");
  const Error plain = error_of(Collection::load(spec, target("ask_late", target_program)));
  CAPTURE(plain.message());
  CHECK(plain.code() == errc::invalid_argument);
  CHECK(contains(plain.message(), "attaches to no function of a program"));
}

TEST_CASE("a replacement of a function with another prototype") {
  require_extensions();
  Collection targets = load_object("replaceable");
  const Program& target_program = *targets.program("ask_for_a_verdict");
  const Error error =
      error_of(Collection::load(only_program("stricter"), target("stricter", target_program, "ask_for_a_verdict")));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "program \"stricter\""));
}

TEST_CASE("a target that was loaded without types has no functions to attach to") {
  require_root_and_bpf();
  CollectionSpec bare = ok(read_object("replaceable").only("no_xdp"));
  bare.types = {};
  for (ProgramSpec& program : bare.programs) program.type = 0;
  Collection targets = ok(Collection::load(bare));
  const Error error =
      error_of(Collection::load(only_program("stricter"), target("stricter", *targets.program("no_xdp"))));
  CAPTURE(error.message());
  CHECK(error.code() == errc::unsupported_input);
  CHECK(contains(error.message(), "without types"));
}

TEST_CASE("a replacement without CAP_SYS_ADMIN, where the caller has the target's types") {
  require_extensions();
  const CollectionSpec target_spec = read_object("replaceable");
  Collection targets = ok(Collection::load(target_spec));
  LoadOptions options = target("stricter", *targets.program("ask_for_a_verdict"));
  CollectionSpec spec = only_program("stricter");
  spec.program("stricter")->core_relocations.clear();
  with_capabilities_only({CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN}, [&] {
    const auto refused = Collection::load(spec, options);
    if (!refused) {
      CHECK(refused.error().code() == errc::denied);
      CHECK(contains(refused.error().message(), "CAP_SYS_ADMIN"));
    }
    options.program_targets.front().types = &target_spec.types;
    Collection objects = ok(Collection::load(spec, options));
    const Link link = ok(objects.program("stricter")->attach());
    CHECK(run(targets, "ask_for_a_verdict") == kTx);
  });
}

// Works without a kernel that has replacements: it stands in for it at the one call.
TEST_CASE("what the kernel is given: the target's descriptor and the function's number in its BTF") {
  require_root_and_bpf();
  test_requires(kernel(5, 0));
  const CollectionSpec target_spec = read_object("replaceable");
  Collection targets = ok(Collection::load(target_spec));
  const Program& target_program = *targets.program("ask_for_a_verdict");
  static std::vector<sys::ProgLoadAttr> asked;
  static int stand_in;
  asked.clear();
  stand_in = target_program.fd().get();
  LoadOptions options;
  for (const char* program : {"stricter", "on_entry", "on_return"})
    options.program_targets.push_back({.program = program, .target = &target_program.fd()});
  CollectionSpec spec = read_object("attach_to_program");
  spec.program("on_program")->autoload = false;
  spec.program("on_entry")->core_relocations.clear();
  sys::set_bpf_hook([](sys::Command command, void* attr, unsigned size) -> long {
    if (command != sys::Command::prog_load) return sys::straight_bpf(command, attr, size);
    asked.push_back(*static_cast<const sys::ProgLoadAttr*>(attr));
    return fcntl(stand_in, F_DUPFD_CLOEXEC, 3);
  });
  const auto loaded = Collection::load(spec, options);
  sys::set_bpf_hook(nullptr);
  ok(Result<void>(loaded ? Result<void>() : std::unexpected(loaded.error())));
  REQUIRE(asked.size() == 3);
  const auto decide = target_spec.types.find("decide", btf::Kind::function);
  REQUIRE(decide);
  const AttachType attach_types[] = {AttachType{}, AttachType::trace_fentry, AttachType::trace_fexit};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    CAPTURE(i);
    CHECK(asked[i].prog_type == (i == 0 ? ProgramType::ext : ProgramType::tracing));
    CHECK(asked[i].expected_attach_type == attach_types[i]);
    CHECK(asked[i].attach_prog_fd == static_cast<std::uint32_t>(stand_in));
    CHECK(asked[i].attach_btf_id == *decide);
  }
}

TEST_CASE("the kernel is asked about a target only where there is one") {
  require_root_and_bpf();
  static int asked = 0;
  asked = 0;
  sys::set_bpf_hook([](sys::Command command, void* attr, unsigned size) {
    asked += command == sys::Command::obj_get_info_by_fd || command == sys::Command::btf_get_fd_by_id;
    return sys::straight_bpf(command, attr, size);
  });
  const auto loaded = Collection::load(read_object("replaceable"));
  sys::set_bpf_hook(nullptr);
  CHECK(loaded.has_value());
  CHECK(asked == 0);
}
