// Addresses out of a text of /proc/kallsyms' form.
#include "ebpf/kernel/symbols.h"

#include <array>
#include <string>
#include <string_view>

#include "tests/support/test.h"

using namespace ebpf;
using kernel::Symbol;

namespace {

constexpr std::string_view kText =
    "ffffffff81000000 T _text\n"
    "ffffffff81000010 t helper\n"
    "ffffffff81000020 t helper\n"
    "ffffffff82000000 d counter.llvm.1234567890\n"
    "ffffffff82000008 D twin\n"
    "ffffffff82000008 D twin\n"
    "not a line\n"
    "\n"
    "ffffffffc0001000 t veth_xmit\t[veth]\n"
    "ffffffff81000030 T last";

}  // namespace

TEST_CASE("kernel symbols: found in one pass, whoever they belong to") {
  std::array wanted = {Symbol{.name = "veth_xmit"}, Symbol{.name = "last"},  Symbol{.name = "_text"},
                       Symbol{.name = "absent"},    Symbol{.name = "_text"}, Symbol{.name = "twin"}};
  REQUIRE(kernel::find_symbols_in(kText, wanted).has_value());
  CHECK(wanted[0].found);
  CHECK(wanted[0].address == 0xffffffffc0001000);
  CHECK(wanted[0].is_module);
  CHECK(wanted[1].address == 0xffffffff81000030);
  CHECK_FALSE(wanted[1].is_module);
  CHECK(wanted[2].address == 0xffffffff81000000);
  CHECK_FALSE(wanted[3].found);
  CHECK(wanted[4].address == wanted[2].address);
  CHECK(wanted[5].address == 0xffffffff82000008);
}

TEST_CASE("kernel symbols: data with the suffix of a whole-kernel optimisation") {
  std::array wanted = {Symbol{.name = "counter"}};
  REQUIRE(kernel::find_symbols_in(kText, wanted).has_value());
  CHECK(wanted[0].address == 0xffffffff82000000);
}

TEST_CASE("kernel symbols: a name at two addresses stands for neither") {
  std::array wanted = {Symbol{.name = "helper"}};
  const auto found = kernel::find_symbols_in(kText, wanted);
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code() == errc::invalid_argument);
  CHECK(found.error().message().find("\"helper\"") != std::string::npos);
}

TEST_CASE("kernel symbols: hidden addresses are an error, for what is asked only") {
  constexpr std::string_view kHidden = "0000000000000000 T _text\n0000000000000000 T other\n";
  std::array wanted = {Symbol{.name = "other"}};
  const auto found = kernel::find_symbols_in(kHidden, wanted);
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code() == errc::denied);
  CHECK(found.error().message().find("kptr_restrict") != std::string::npos);
  std::array absent = {Symbol{.name = "absent"}};
  CHECK(kernel::find_symbols_in(kHidden, absent).has_value());
}
