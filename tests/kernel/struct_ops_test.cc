// struct_ops: congestion control of TCP, registered by maps and used by a connection of this process over the loopback
// interface of a network namespace of its own.
//
// Names of congestion controls are known to the whole kernel: each case gives its own, so that tests can run beside
// each other.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "ebpf/asm/slot.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

void require_struct_ops() {
  require_root_and_bpf();
  test_requires(kernel_btf(), program_type(ProgramType::struct_ops));
}

// At most 15 characters.
std::string unique_name(const char* what) { return std::string(what) + "_" + std::to_string(getpid()); }

// The object with those maps alone, each under a name of its own.
CollectionSpec only_maps(const std::string& object, const std::vector<std::string>& maps) {
  CollectionSpec spec = read_object(object);
  for (MapSpec& map : spec.maps) {
    if (map.type != MapType::struct_ops) continue;
    map.autocreate = std::ranges::find(maps, map.name) != maps.end();
    ok(ok(StructOpsSpec::of(spec, map.name)).set_text("name", unique_name(map.name.substr(0, 7).c_str())));
  }
  return spec;
}

std::uint64_t count(const Collection& objects, const char* variable) {
  return ok(objects.variable(variable)->get<std::uint64_t>());
}

struct Socket {
  explicit Socket(int raw) : fd(raw) { REQUIRE(fd >= 0); }
  ~Socket() { close(fd); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd;
};

// 0, or the errno with which the kernel refuses the name.
int set_congestion(int socket, const std::string& name) {
  if (setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), static_cast<socklen_t>(name.size())) == 0) return 0;
  return errno;
}

std::string congestion(int socket) {
  char name[16] = {};
  socklen_t length = sizeof name;
  REQUIRE(getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name, &length) == 0);
  return name;
}

bool is_registered(const std::string& name) {
  const Socket probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int refused = set_congestion(probe.fd, name);
  if (refused != 0) CHECK(refused == ENOENT);
  return refused == 0;
}

// A connection with this congestion control on the sending side, over which some packets go.
void send_with(const std::string& name) {
  const Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(listener.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener.fd, 1) == 0);
  REQUIRE(getsockname(listener.fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const Socket client(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(set_congestion(client.fd, name) == 0);
  REQUIRE(connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const Socket server(accept4(listener.fd, nullptr, nullptr, SOCK_CLOEXEC));
  CHECK(congestion(client.fd) == name);
  // Each round waits for an answer, so that what was sent has been acknowledged.
  std::array<char, 8000> packet{};
  for (int round = 0; round < 10; ++round) {
    REQUIRE(send(client.fd, packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size()));
    REQUIRE(recv(server.fd, packet.data(), packet.size(), MSG_WAITALL) == static_cast<ssize_t>(packet.size()));
    REQUIRE(send(server.fd, packet.data(), 1, MSG_NOSIGNAL) == 1);
    REQUIRE(recv(client.fd, packet.data(), 1, MSG_WAITALL) == 1);
  }
}

}  // namespace

TEST_CASE("struct_ops: a TCP connection with a congestion control of our own") {
  require_struct_ops();
  const NetNamespace net;
  Collection objects = ok(Collection::load(only_maps("struct_ops", {"first", "second"})));
  const std::string first = unique_name("first"), second = unique_name("second");
  CHECK_FALSE(is_registered(first));
  {
    const Link link = ok(attach_struct_ops(*objects.map("first")));
    CHECK(is_registered(first));
    CHECK_FALSE(is_registered(second));
    const std::uint64_t before = count(objects, "first_inits");
    send_with(first);
    CHECK(count(objects, "first_inits") > before);
    CHECK(count(objects, "first_acks") > 0);
    CHECK(count(objects, "second_acks") == 0);
    const Link other = ok(attach_struct_ops(*objects.map("second")));
    send_with(second);
    CHECK(count(objects, "second_acks") > 0);
    CHECK(error_of(link.info()).code() == errc::not_supported);
  }
  CHECK_FALSE(is_registered(first));
  CHECK_FALSE(is_registered(second));
}

TEST_CASE("struct_ops: members are edited before loading") {
  require_struct_ops();
  const NetNamespace net;
  CollectionSpec spec = only_maps("struct_ops", {"first"});
  const StructOpsSpec ops = ok(StructOpsSpec::of(spec, "first"));
  const std::string name = unique_name("edited");
  ok(ops.set_text("name", name));
  ok(ops.set("flags", 2u));  // TCP_CONG_NEEDS_ECN
  CHECK(ok(ops.get<std::uint32_t>("flags")) == 2);
  CHECK(ops.callback("init") == "count_init");
  ok(ops.set_callback("init", "spare_init"));
  CHECK_FALSE(spec.loads(*spec.program("count_init")));
  CHECK(spec.loads(*spec.program("spare_init")));
  Collection objects = ok(Collection::load(spec));
  CHECK_FALSE(objects.program("count_init"));
  const Link link = ok(attach_struct_ops(*objects.map("first")));
  send_with(name);
  CHECK(count(objects, "first_inits") % 100 == 0);
  CHECK(count(objects, "first_inits") >= 100);
  // Without any.
  ok(ops.clear_callback("init"));
  ok(ops.set_text("name", unique_name("none")));
  Collection without = ok(Collection::load(spec));
  const Link other = ok(attach_struct_ops(*without.map("first")));
  send_with(unique_name("none"));
  CHECK(count(without, "first_inits") == 0);
  CHECK(count(without, "first_acks") > 0);
}

TEST_CASE("struct_ops: editing what is not there, or is something else") {
  CollectionSpec spec = read_object("struct_ops");
  const StructOpsSpec ops = ok(StructOpsSpec::of(spec, "first"));
  CHECK(contains(error_of(ops.set("flag", 1u)).message(), "flag"));
  CHECK(error_of(ops.set("flags", std::uint64_t{1} << 40)).code() == errc::out_of_range);
  CHECK(error_of(ops.set_text("flags", "text")).code() == errc::type_mismatch);
  CHECK(error_of(ops.set_text("name", "sixteen_letters_")).code() == errc::out_of_range);
  CHECK(contains(error_of(ops.set_callback("intit", "count_init")).message(), "did you mean \"init\"?"));
  CHECK(contains(error_of(ops.set_callback("init", "count_intit")).message(), "did you mean \"count_init\"?"));
  CHECK(error_of(ops.set_callback("flags", "count_init")).code() == errc::type_mismatch);
  CHECK(error_of(StructOpsSpec::of(spec, ".bss")).code() == errc::invalid_argument);
  CHECK(error_of(StructOpsSpec::of(spec, "frist")).code() == errc::not_found);
}

TEST_CASE("struct_ops: which maps are created, and which programs loaded") {
  require_struct_ops();
  const CollectionSpec spec = read_object("struct_ops");
  CHECK_FALSE(spec.map("dormant")->autocreate);
  Collection objects = ok(Collection::load(spec));
  CHECK_FALSE(objects.map("dormant"));
  CHECK_FALSE(objects.program("dormant_window"));
  CHECK_FALSE(objects.program("spare_init"));
  CHECK(objects.program("first_avoid"));
  CHECK(objects.program("future_avoid"));  // SEC("?struct_ops"), and a callback of a map that is created
  CHECK_FALSE(objects.program("first_avoid")->attaches_by_name());
  CHECK(contains(error_of(objects.program("first_avoid")->attach()).message(), "attach_struct_ops"));
  const MapDetails details = ok(objects.map("first")->info());
  CHECK(details.type == MapType::struct_ops);
  CHECK(details.value_size == objects.map("first")->struct_ops_value().size());

  CollectionSpec switched_on = read_object("struct_ops");
  for (MapSpec& map : switched_on.maps)
    if (map.type == MapType::struct_ops) map.autocreate = map.name == "dormant";
  Collection other = ok(Collection::load(switched_on));
  CHECK(other.map("dormant"));
  CHECK(other.program("dormant_window"));
  CHECK_FALSE(other.program("half_window"));
}

TEST_CASE("struct_ops: members that no kernel has are fine as long as they are zero") {
  require_struct_ops();
  const NetNamespace net;
  CollectionSpec spec = only_maps("struct_ops", {"future"});
  {
    Collection objects = ok(Collection::load(spec));
    const Link link = ok(attach_struct_ops(*objects.map("future")));
    send_with(unique_name("future"));
    CHECK(count(objects, "future_acks") > 0);
  }
  const StructOpsSpec ops = ok(StructOpsSpec::of(spec, "future"));
  ok(ops.set("strength", 7u));
  const Error data = error_of(Collection::load(spec));
  CAPTURE(data.message());
  CHECK(data.code() == errc::not_supported);
  CHECK(
      contains(data.message(), "map \"future\": member \"strength\": this kernel's struct tcp_congestion_ops has no"));
  ok(ops.set("strength", 0u));
  ok(ops.set_callback("telepathy", "count_init"));
  const Error callback = error_of(Collection::load(spec));
  CAPTURE(callback.message());
  CHECK(callback.code() == errc::not_supported);
  CHECK(contains(callback.message(), "member \"telepathy\""));
  CHECK(contains(callback.message(), "program \"count_init\""));
}

TEST_CASE("struct_ops: with a link, which is updated") {
  require_struct_ops();
  test_requires(kernel(6, 4));
  const NetNamespace net;
  CollectionSpec spec = only_maps("struct_ops_since_6_4", {"older", "newer", "other_name"});
  const std::string name = unique_name("linked");
  for (const char* map : {"older", "newer"}) ok(ok(StructOpsSpec::of(spec, map)).set_text("name", name));
  Collection objects = ok(Collection::load(spec));
  const Map& older = *objects.map("older");
  const Map& newer = *objects.map("newer");
  CHECK_FALSE(is_registered(name));
  {
    const Link link = ok(attach_struct_ops(older));
    send_with(name);
    CHECK(count(objects, "older_acks") > 0);
    const LinkDetails details = ok(link.info());
    CHECK(details.type == LinkType::struct_ops);
    CHECK(details.map_id == ok(older.info()).id);
    CHECK(error_of(attach_struct_ops(newer)).code() == errc::already_exists);
    CHECK(error_of(unregister_struct_ops(older)).code() == errc::invalid_argument);

    const Error unexpected = error_of(update_struct_ops(link, newer, &newer));
    CAPTURE(unexpected.message());
    CHECK(unexpected.code() == errc::busy);
    const Error renamed = error_of(update_struct_ops(link, *objects.map("other_name")));
    CAPTURE(renamed.message());
    CHECK(renamed.code() == errc::invalid_argument);
    ok(update_struct_ops(link, newer, &older));
    CHECK(ok(link.info()).map_id == ok(newer.info()).id);
    const std::uint64_t older_acks = count(objects, "older_acks");
    CHECK(count(objects, "newer_acks") == 0);
    send_with(name);
    CHECK(count(objects, "newer_acks") > 0);
    CHECK(count(objects, "older_acks") >= older_acks);
  }
  CHECK_FALSE(is_registered(name));
}

TEST_CASE("struct_ops: all maps of a collection, or none") {
  require_struct_ops();
  const NetNamespace net;
  Collection objects = ok(Collection::load(only_maps("struct_ops", {"first", "second"})));
  {
    const std::vector<Link> links = ok(attach_struct_ops(objects));
    CHECK(links.size() == 2);
    CHECK(is_registered(unique_name("first")));
    CHECK(is_registered(unique_name("second")));
  }
  CHECK_FALSE(is_registered(unique_name("first")));
  // A map has one life.
  const Error again = error_of(attach_struct_ops(objects));
  CAPTURE(again.message());
  CHECK(again.code() == errc::busy);
  CHECK(contains(again.message(), "attach struct_ops map \"first\""));

  // One that is to be left out, is.
  CollectionSpec spec = only_maps("struct_ops", {"first", "second"});
  spec.map("second")->autoattach = false;
  Collection one = ok(Collection::load(spec));
  CHECK(ok(attach_struct_ops(one)).size() == 1);
  ok(attach_struct_ops(*one.map("second")));
  spec.map("second")->autoattach = true;

  ok(ok(StructOpsSpec::of(spec, "second")).set_text("name", unique_name("first")));
  Collection same_name = ok(Collection::load(spec));
  CHECK(error_of(attach_struct_ops(same_name)).code() == errc::already_exists);
  CHECK_FALSE(is_registered(unique_name("first")));
}

TEST_CASE("struct_ops: left registered, and unregistered by another descriptor") {
  require_struct_ops();
  const NetNamespace net;
  const std::string name = unique_name("first");
  std::uint32_t id = 0;
  {
    Collection objects = ok(Collection::load(only_maps("struct_ops", {"first"})));
    CHECK(error_of(unregister_struct_ops(*objects.map("first"))).code() == errc::not_found);
    Link link = ok(attach_struct_ops(*objects.map("first")));
    CHECK(error_of(link.pin("/sys/fs/bpf/struct_ops_test")).code() == errc::not_supported);
    id = ok(objects.map("first")->info()).id;
    link.disconnect();
  }
  CHECK(is_registered(name));
  const Map map = ok(Map::from_id(id));
  CHECK(error_of(attach_struct_ops(map)).code() == errc::invalid_argument);
  ok(unregister_struct_ops(map));
  CHECK_FALSE(is_registered(name));
  CHECK(error_of(unregister_struct_ops(map)).code() == errc::not_found);
}

TEST_CASE("struct_ops: what keeps the programs is the map") {
  require_struct_ops();
  const NetNamespace net;
  const std::size_t before = open_fd_count();
  {
    Collection objects = ok(Collection::load(only_maps("struct_ops", {"first"})));
    const Map map = ok(objects.take_map("first"));
    const Variable* acks = &*objects.variable("first_acks");
    objects.programs.clear();
    Link link = ok(attach_struct_ops(map));
    send_with(unique_name("first"));
    CHECK(ok(acks->get<std::uint64_t>()) > 0);
    ok(link.detach());
    CHECK_FALSE(is_registered(unique_name("first")));
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("struct_ops: what the kernel refuses, and what does not fit together") {
  require_struct_ops();
  CollectionSpec spec = only_maps("struct_ops", {"first"});
  const auto refused = [&](errc code, const char* words) {
    const Error error = error_of(Collection::load(spec));
    CAPTURE(error.message());
    CHECK(error.code() == code);
    CHECK(contains(error.message(), words));
  };
  SUBCASE("a program that is no callback") {
    std::erase_if(spec.map("first")->callbacks, [](const MapCallback& each) { return each.member == "init"; });
    refused(errc::invalid_argument, "program \"count_init\": it is of type struct_ops, and a callback of no map");
  }
  SUBCASE("a program that is two callbacks") {
    ok(ok(StructOpsSpec::of(spec, "first")).set_callback("undo_cwnd", "half_window"));
    refused(errc::invalid_argument, "program \"half_window\" is another callback already");
  }
  SUBCASE("a callback that is not there") {
    spec.map("first")->callbacks.front().program = "no_such_program";
    spec.program("count_init")->autoload = false;
    refused(errc::not_found, "no_such_program");
  }
  SUBCASE("a map without a structure") {
    spec.map("first")->value_type = 0;
    refused(errc::invalid_argument, "a structure with a name");
  }
  SUBCASE("a structure that the kernel has no struct_ops of") {
    const auto sock = spec.types.find("tcp_sock", btf::Kind::structure);
    REQUIRE(sock);
    spec.map("first")->value_type = *sock;
    refused(errc::not_found, "no struct_ops of type \"tcp_sock\"");
  }
  SUBCASE("a callback too few: told when it is attached") {
    ok(ok(StructOpsSpec::of(spec, "first")).clear_callback("ssthresh"));
    Collection objects = ok(Collection::load(spec));
    const Error error = error_of(attach_struct_ops(*objects.map("first")));
    CAPTURE(error.message());
    CHECK(error.code() == errc::invalid_argument);
    CHECK_FALSE(is_registered(unique_name("first")));
  }
  SUBCASE("another type of map") {
    Collection objects = ok(Collection::load(spec));
    CHECK(contains(error_of(attach_struct_ops(*objects.map(".bss"))).message(), "it is a array, not a struct_ops"));
  }
}

TEST_CASE("struct_ops: a map whose callback was refused is loaded with the rest, and cannot be attached") {
  require_struct_ops();
  CollectionSpec spec = only_maps("struct_ops", {"first", "second"});
  spec.program("first_avoid")->code.front() = insn::make_slot(0x85, 0, 0, 0, 0xbad);  // a call of nothing
  CHECK(error_of(Collection::load(spec)).code() == errc::verifier_rejected);
  LoadOptions options;
  options.keep_going = true;
  Collection objects = ok(Collection::load(spec, options));
  CHECK(objects.refused.size() == 1);
  CHECK(contains(objects.notes.back(), "map \"first\" cannot be attached: its callback \"first_avoid\" was refused"));
  const Error error = error_of(attach_struct_ops(*objects.map("first")));
  CHECK(contains(error.message(), "its callback \"first_avoid\" was refused"));
  CHECK(ok(attach_struct_ops(*objects.map("second"))).detach());
}

TEST_CASE("struct_ops: one program with its map alone") {
  require_struct_ops();
  const CollectionSpec whole = read_object("struct_ops");
  for (const ProgramSpec& program : whole.programs) {
    CAPTURE(program.name);
    const CollectionSpec alone = ok(whole.only(program.name));
    const auto loaded = Collection::load(alone);
    if (program.name == "spare_init") {
      CHECK(contains(error_of(Collection::load(alone)).message(), "a callback of no map"));
      continue;
    }
    REQUIRE(loaded.has_value());
    CHECK(loaded->programs.size() == 1);
  }
}

TEST_CASE("struct_ops: programs are the members that the kernel takes them for") {
  require_struct_ops();
  test_requires(kernel(5, 16));
  Collection objects = load_object("struct_ops_dummy");
  int state = 41;
  const std::uint64_t one[] = {reinterpret_cast<std::uintptr_t>(&state)};
  const auto answer = objects.program("answer")->test_run({.context = std::as_bytes(std::span(one))});
  if (!answer && answer.error().code() == errc::not_supported) SKIP_TEST("this kernel has no CONFIG_NET test runs");
  CHECK(ok(answer).return_value == 42);
  const std::uint64_t five[] = {one[0], 1, 20, 3, 4000};
  CHECK(ok(objects.program("sum")->test_run({.context = std::as_bytes(std::span(five))})).return_value == 4024);
  const Error error = error_of(attach_struct_ops(*objects.map("dummy")));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
}

TEST_CASE("a map that is not created, and a program that uses it") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  Collection all = ok(Collection::load(spec));
  spec = read_object("maps");
  spec.map("percpu_array")->autocreate = false;
  const auto loaded = Collection::load(spec);
  REQUIRE_FALSE(loaded);
  CAPTURE(loaded.error().message());
  CHECK(loaded.error().code() == errc::verifier_rejected);
  CHECK(contains(loaded.error().message(), "map \"percpu_array\""));
  CHECK(contains(loaded.error().message(), "is not created (MapSpec::autocreate is false)"));
}

TEST_CASE("struct_ops: a program that is no callback is given a map") {
  require_struct_ops();
  test_requires(kernel(7, 0));
  Collection objects = ok(Collection::load(only_maps("struct_ops", {"first", "second"})));
  const Map& first = *objects.map("first");
  ProgramSpec spec;
  spec.name = "asks";
  spec.program_type = ProgramType::socket_filter;
  spec.code = {insn::make_slot(0xb7, 0, 0, 0, 0), insn::make_slot(0x95, 0, 0, 0, 0)};
  const Program program = ok(Program::load(spec, "GPL"));
  ok(associate_struct_ops(program, first));
  ok(associate_struct_ops(program, first));
  CHECK(error_of(associate_struct_ops(program, *objects.map("second"))).code() == errc::busy);
}

TEST_CASE("struct_ops: what cannot be given a map, and what is none") {
  require_struct_ops();
  Collection objects = ok(Collection::load(only_maps("struct_ops", {"first"})));
  ProgramSpec spec;
  spec.name = "asks";
  spec.program_type = ProgramType::socket_filter;
  spec.code = {insn::make_slot(0xb7, 0, 0, 0, 0), insn::make_slot(0x95, 0, 0, 0, 0)};
  const Program program = ok(Program::load(spec, "GPL"));
  const Map array =
      ok(Map::create({.name = "a", .type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1}));
  CHECK(error_of(associate_struct_ops(program, array)).code() == errc::invalid_argument);
  const Error callback = error_of(associate_struct_ops(*objects.program("count_init"), *objects.map("first")));
  CHECK(callback.code() == errc::invalid_argument);
  CHECK(contains(callback.message(), "the program is a callback"));
}
