"""The C++ rules of this project: one place for the flags that a whole kind of target shares."""

LIBRARY_COPTS = [
    "-std=c++23",  # also where another workspace builds it, which has no .bazelrc of ours
    "-fno-exceptions",
    "-fno-rtti",
    "-Wpedantic",
]

TOOL_COPTS = [
    "-std=c++23",
    "-fno-exceptions",
    "-fno-rtti",
]

def ebpf_cc_library(name, copts = [], **kwargs):
    """A room of the library: no exceptions, no RTTI, and every header included as "ebpf/<room>/<file>.h".

    The prefix is the one under which the headers are installed, so that btf/ and elf/ never collide with another
    library's and asm/ never hides <asm/...>. For the room ebpf/ itself the path in the tree is that path already.
    """
    package = native.package_name()
    prefix = {} if package.split("/")[0] == "ebpf" else {"include_prefix": "ebpf/" + package}
    kwargs.update(prefix)
    native.cc_library(
        name = name,
        copts = LIBRARY_COPTS + copts,
        **kwargs
    )

def ebpf_static_command(name, copts = [], linkopts = [], **kwargs):
    """A command that is one static file and brings no exceptions: what runs where there is nothing else.

    Its sources are to have tools/cli/no_exceptions.cc among them.
    """
    native.cc_binary(
        name = name,
        copts = TOOL_COPTS + copts,
        features = ["fully_static_link"],
        linkopts = ["-static"] + linkopts,
        visibility = ["//visibility:public"],
        **kwargs
    )
