// Which C++ types may stand for which BTF types, and the sentence where they may not: a table over the variables of
// testdata/views.bpf.c and their members. The same check is made by VariableSpec, Variable and every view.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

enum class Mode : std::uint32_t { off };
enum class Narrow : std::uint16_t { zero };

struct Limit {
  std::uint32_t rate;
  std::uint16_t burst;
  bool active;
};
EBPF_MEMBERS(Limit, rate, burst, active)

struct Moved {
  std::uint16_t burst;
  std::uint32_t rate;
};
EBPF_MEMBERS(Moved, burst, rate)

struct Unsigned {
  std::uint32_t rate;
  std::int16_t burst;
  bool active;
};
EBPF_MEMBERS(Unsigned, rate, burst, active)

struct Renamed {
  std::uint32_t rate;
  std::uint16_t bursts;
};
EBPF_MEMBERS(Renamed, rate, bursts)

struct Unlisted {
  std::uint64_t anything;
};

struct Point {
  std::int16_t x, y;
};
EBPF_MEMBERS(Point, x, y)

template <class LimitType>
struct alignas(8) Settings {
  std::uint64_t interval;
  LimitType limits[3];
  std::uint8_t bits[16];
  Mode mode;
  std::uint64_t wide;
  std::uint32_t address;
  Point point;
  char text[12];
  std::array<std::array<std::uint8_t, 3>, 2> grid;
  float ratio;
  double precise;
  std::uint64_t pointer;
};

struct AsItIs : Settings<Limit> {};
struct WithMoved : Settings<Moved> {};
EBPF_MEMBERS(AsItIs, interval, limits, mode, wide, address, point, text, grid, ratio, precise, pointer)
EBPF_MEMBERS(WithMoved, interval, limits)

struct BitField {
  std::uint8_t bytes[112];
  std::uint8_t narrow;
};

template <class T>
struct Is {};

const CollectionSpec& views() {
  static const CollectionSpec spec = parsed("views.bpf.o");
  return spec;
}

Result<void> check(const HostType& host, const std::string& variable, const std::string& path) {
  const VariableSpec& found = *views().variable(variable);
  const auto place = found.types.locate(found.type, path);
  REQUIRE_MESSAGE(place.has_value(), place.error().message());
  return check_host_type(host, found.types, place->type);
}

template <class T>
void fits(const std::string& variable, const std::string& path = "") {
  CAPTURE(variable);
  CAPTURE(path);
  const auto ok = check(host_type<T>(), variable, path);
  CHECK_MESSAGE(ok.has_value(), ok.error().message());
}

// The sentence names what the program has, and what C++ asked for.
template <class T>
void refused(const std::string& variable, const std::string& path, const std::string& there, const std::string& here) {
  CAPTURE(variable);
  CAPTURE(path);
  const auto result = check(host_type<T>(), variable, path);
  REQUIRE(!result.has_value());
  const std::string& sentence = result.error().message();
  CAPTURE(sentence);
  CHECK(result.error().code() == errc::type_mismatch);
  CHECK(sentence.find(there) != std::string::npos);
  CHECK(sentence.find(here) != std::string::npos);
}

}  // namespace

TEST_CASE("types that fit") {
  fits<std::uint32_t>("first_knob");
  fits<const std::uint32_t>("first_knob");
  fits<Mode>("first_knob");
  fits<std::uint32_t>("mode");
  fits<std::int32_t>("mode");
  fits<Mode>("mode");
  fits<std::uint64_t>("wide");
  fits<bool>("flag");
  fits<std::uint8_t>("flag");
  fits<char>("letter");
  fits<std::byte>("letter");
  fits<float>("ratio");
  fits<double>("precise");
  fits<std::uint64_t>("pointer");
  fits<std::array<std::uint64_t, 8>>("plain_per_cpu");
  fits<std::array<std::uint8_t, 6>>("settings", "grid");
  fits<std::uint8_t[2][3]>("settings", "grid");
  fits<std::array<char, 12>>("settings", "text");
  fits<std::array<std::byte, 12>>("settings", "text");
  fits<Limit>("settings", "limits[0]");
  fits<Unlisted>("settings", "limits[0]");
  fits<std::array<Limit, 3>>("settings", "limits");
  fits<Point>("settings", "point");
  fits<AsItIs>("settings");
  __extension__ using Wide = unsigned __int128;
  fits<Wide>("wide_number");
}

TEST_CASE("types that do not fit, and what is said of them") {
  SUBCASE("size") {
    refused<std::uint64_t>("first_knob", "", "\"__u32\" of 4 bytes", "no unsigned integer of 8 bytes");
    refused<std::uint16_t>("settings", "limits[0].rate", "\"__u32\" of 4 bytes", "no unsigned integer of 2 bytes");
    refused<float>("precise", "", "\"double\" of 8 bytes", "no floating point of 4 bytes");
    refused<Narrow>("mode", "", "\"enum mode\" of 4 bytes", "no enumeration of 2 bytes");
    refused<Mode>("wide", "", "\"enum wide\" of 8 bytes", "no enumeration of 4 bytes");
    refused<std::uint32_t>("pointer", "", "\"void *\" of 8 bytes", "no unsigned integer of 4 bytes");
    refused<std::uint64_t>("wide_number", "", "of 16 bytes", "no unsigned integer of 8 bytes");
    refused<Limit>("settings", "", "\"struct settings\" of 112 bytes", "no structure of 8 bytes");
  }
  SUBCASE("signedness") {
    refused<std::int32_t>("first_knob", "", "\"__u32\" of 4 bytes", "no signed integer of 4 bytes");
    refused<std::uint16_t>("settings", "point.x", "\"__s16\" of 2 bytes", "no unsigned integer of 2 bytes");
    __extension__ using Wide = __int128;
    refused<Wide>("wide_number", "", "of 16 bytes", "no signed integer of 16 bytes");
  }
  SUBCASE("floating point") {
    refused<float>("first_knob", "", "\"__u32\"", "no floating point of 4 bytes");
    refused<std::uint32_t>("ratio", "", "\"float\"", "no unsigned integer of 4 bytes");
    refused<std::uint64_t>("precise", "", "\"double\"", "no unsigned integer of 8 bytes");
  }
  SUBCASE("pointers are numbers here: what they point to is the kernel's") {
    refused<void*>("pointer", "", "\"void *\" of 8 bytes", "no pointer of 8 bytes");
    refused<void*>("pointer", "", "std::uint64_t", "pointer");
    refused<std::int64_t>("pointer", "", "\"void *\"", "no signed integer of 8 bytes");
    refused<double>("pointer", "", "\"void *\"", "no floating point");
    refused<int*>("second_knob", "", "\"__u64\"", "no pointer of 8 bytes");
  }
  SUBCASE("bool") {
    refused<bool>("letter", "", "\"char\" of 1 byte", "no bool of 1 byte");
    refused<bool>("settings", "grid[0][0]", "\"__u8\" of 1 byte", "no bool of 1 byte");
    refused<std::int8_t>("flag", "", "\"_Bool\"", "no signed integer of 1 byte");
  }
  SUBCASE("arrays") {
    refused<std::uint64_t>("plain_per_cpu", "", "\"__u64[8]\" of 64 bytes", "no unsigned integer of 8 bytes");
    refused<std::array<std::uint64_t, 7>>("plain_per_cpu", "", "\"__u64[8]\"", "no array of 7 unsigned integers");
    refused<std::array<std::uint32_t, 16>>("plain_per_cpu", "", "\"__u64[8]\"", "no array of 16 unsigned integers");
    refused<std::array<std::int64_t, 8>>("plain_per_cpu", "", "\"__u64[8]\"", "no array of 8 signed integers");
    refused<std::array<std::uint32_t, 1>>("first_knob", "", "\"__u32\"", "no array of 1 unsigned integer of 4 bytes");
    refused<std::array<bool, 12>>("settings", "text", "\"char[12]\"", "no array of 12 bools");
    refused<std::array<Limit, 2>>("settings", "limits", "\"struct limit[3]\"", "no array of 2 structures");
    refused<Unlisted[14]>("settings", "", "\"struct settings\"", "no array of 14 structures");
  }
  SUBCASE("structures against something else") {
    refused<Unlisted>("second_knob", "", "\"__u64\" of 8 bytes", "no structure of 8 bytes");
    refused<std::uint64_t>("settings", "limits[0]", "\"struct limit\" of 8 bytes", "no unsigned integer of 8 bytes");
    refused<Unlisted>("pointer", "", "\"void *\"", "no structure of 8 bytes");
  }
  SUBCASE("layout") {
    refused<Moved>("settings", "limits[0]", "\"burst\": the BPF program has it at byte 4 of \"struct limit\"",
                   "the C++ type at byte 0");
    refused<Unsigned>("settings", "limits[0]", "\"burst\"", "no signed integer of 2 bytes");
    refused<Renamed>("settings", "limits[0]", "\"struct limit\"", "\"bursts\"");
    refused<WithMoved>("settings", "", "\"limits\": member \"burst\"", "the C++ type at byte 0");
  }
}

TEST_CASE("a listed member that is a bit-field over there") {
  struct Listed {
    static HostType type() {
      static constexpr HostMember kMembers[] = {{"narrow", 32, host_type<std::uint8_t>()}};
      HostType type = host_type<BitField>();
      type.size = 112;
      type.members = kMembers;
      type.member_count = 1;
      return type;
    }
  };
  const auto result = check(Listed::type(), "settings", "");
  REQUIRE(!result.has_value());
  CHECK(result.error().message().find("a bit-field of 3 bits") != std::string::npos);
}

}  // namespace ebpf
