// The names of the kinds of things, and back.
#include "ebpf/sys/types.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "tests/support/test.h"

namespace ebpf {
namespace {

// Every value below `count` has a name of its own, made of the characters that the kernel's words are made of, that
// leads back to it; the value `count` has none.
template <class Type>
void check_names(std::uint32_t count, std::optional<Type> (*by_name)(std::string_view)) {
  std::set<std::string_view> seen;
  for (std::uint32_t value = 0; value < count; ++value) {
    const std::string_view word = name(static_cast<Type>(value));
    CAPTURE(value);
    CHECK_FALSE(word.empty());
    CHECK(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
    CHECK(seen.insert(word).second);
    CHECK(by_name(word) == static_cast<Type>(value));
  }
  CHECK(name(static_cast<Type>(count)).empty());
  CHECK(name(static_cast<Type>(0xffffffff)).empty());
  for (const char* word : {"", "no such word", "HASH", "XDP"}) CHECK_FALSE(by_name(word));
}

TEST_CASE("every value has a name that leads back to it") {
  SUBCASE("maps") { check_names<MapType>(kMapTypeCount, map_type_by_name); }
  SUBCASE("programs") { check_names<ProgramType>(kProgramTypeCount, program_type_by_name); }
  SUBCASE("attachments") { check_names<AttachType>(kAttachTypeCount, attach_type_by_name); }
  SUBCASE("links") { check_names<LinkType>(kLinkTypeCount, link_type_by_name); }
}

TEST_CASE("the names are the kernel's words") {
  CHECK(name(MapType::percpu_hash) == "percpu_hash");
  CHECK(name(MapType::cgroup_storage) == "cgroup_storage");
  CHECK(name(MapType::rhash) == "rhash");
  CHECK(name(ProgramType::sk_skb) == "sk_skb");
  CHECK(name(ProgramType::netfilter) == "netfilter");
  CHECK(name(AttachType::cgroup_inet_ingress) == "cgroup_inet_ingress");
  CHECK(name(AttachType::trace_fsession_multi) == "trace_fsession_multi");
  CHECK(name(LinkType::perf_event) == "perf_event");
  CHECK(name(LinkType::tracing_multi) == "tracing_multi");
}

}  // namespace
}  // namespace ebpf
