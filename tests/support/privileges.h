// Parts of a test case that run without root's rights: as a user's process does, or as a service that was given a few
// capabilities.
//
//     unprivileged([&] { CHECK(Map::create(spec).error().code() == errc::denied); });
//     with_capabilities_only({CAP_BPF, CAP_PERFMON}, [&] { CHECK(Collection::load(spec)); });
//
// What is given runs at once, on a thread of its own that gave up the rest before: rights belong to threads.
// Assertions, exceptions and SKIP_TEST work as they do outside of it, REQUIRE too. The files of a test may be out of
// its reach: read objects before. Both skip the test case where the process is not root.
#pragma once

#include <linux/capability.h>

#include <functional>
#include <initializer_list>

namespace ebpf::test {

// As the user and group 65534 (nobody), without capabilities and without a way back.
void unprivileged(const std::function<void()>& act);

// The same user, with exactly these capabilities (capabilities(7)), permitted and effective.
void with_capabilities_only(std::initializer_list<int> capabilities, const std::function<void()>& act);

}  // namespace ebpf::test
