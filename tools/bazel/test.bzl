"""Test targets: doctest with tests/support's main(), whose [case] lines tools/test counts."""

def ebpf_unit_test(name, srcs, deps = [], data = [], size = "small", **kwargs):
    """A test that needs no kernel and no privilege.

    Args:
      name: the target.
      srcs: test files; each includes "tests/support/test.h".
      deps: what is tested.
      data: files that the test reads; it finds them with runfile() of "tests/support/runfiles.h".
      size: Bazel's size, which sets the timeout.
      **kwargs: further attributes of cc_test. tools/test knows two tags: "tsan" for a test that is to run under
        ThreadSanitizer too, "no-sanitizer" for one that looks at optimised code or links statically and so cannot run
        under AddressSanitizer.
    """
    native.cc_test(
        name = name,
        size = size,
        srcs = srcs,
        data = data,
        linkstatic = True,
        deps = deps + [
            "//tests/support:objects",
            "//tests/support:test_main",
        ],
        **kwargs
    )

def ebpf_kernel_test(name, srcs, deps = [], data = [], size = "medium", tags = [], **kwargs):
    """A test that calls bpf(2), as root, on the kernel of the machine.

    It runs outside Bazel's sandbox, which is a user namespace in which bpf(2) answers EPERM. Tests run beside each
    other: names in a file system or a cgroup must be the process's own (see tests/support). The result is not taken
    from the cache, since it depends on the kernel, which Bazel does not know as an input.

    Args:
      name: the target.
      srcs: test files; each test case calls require_root_and_bpf() of "tests/support/private_mounts.h", and
        test_requires() of "tests/support/requires.h" for what not every kernel has.
      deps: what is tested.
      data: files that the test reads, such as bpf_object targets; found with runfile().
      size: Bazel's size, which sets the timeout.
      tags: more tags, such as those that ebpf_unit_test names; "host-only" keeps a test out of the virtual machines of
        tools/matrix, which have no compiler and no shell but busybox's.
      **kwargs: further attributes of cc_test.
    """
    ebpf_unit_test(
        name = name,
        size = size,
        srcs = srcs,
        data = data,
        tags = tags + [
            "external",
            "kernel",
            "local",
        ],
        deps = deps + ["//tests/support:kernel"],
        **kwargs
    )
