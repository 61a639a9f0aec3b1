"""The command `ebpf`, with all of its subcommands or with a choice of them."""

load("//tools/bazel:cc.bzl", "ebpf_static_command")

# What a subcommand is made of. main.cc offers those that are linked.
_COMMANDS = {
    "asm": ["asm.cc"],
    "btf": ["btf.cc", "btf_commands.h", "btf_dump.cc", "btf_min.cc"],
    "check": ["check.cc"],
    "disasm": ["disasm.cc"],
    "features": [
        "features.cc",
        "features_check.cc",
        "features_diff.cc",
        "features_for.cc",
        "features_json.cc",
        "features_text.cc",
    ],
    "inspect": ["inspect.cc"],
    "run": ["run.cc"],
    "vars": ["vars.cc"],
}

# What several of them share; the linker leaves out what is not needed.
_SHARED = [
    "command.cc",
    "command.h",
    "features.h",
    "kernel_btf.cc",
    "kernel_btf.h",
    "loaded.cc",
    "loaded.h",
    "main.cc",
    "no_exceptions.cc",
    "object_files.cc",
    "object_files.h",
    "output.cc",
    "output.h",
    "watch.cc",
    "watch.h",
]

ALL_COMMANDS = _COMMANDS.keys()

# What musl lacks of what libstdc++ was built for.
MUSL = select({
    str(Label("//tools:musl")): [Label("//tools:cli/musl.cc")],
    "//conditions:default": [],
})

def ebpf_command(name, commands):
    """A static binary `ebpf` with these subcommands.

    Args:
      name: of the binary.
      commands: some of ALL_COMMANDS.
    """
    for command in commands:
        if command not in _COMMANDS:
            fail("there is no command %s: it is one of %s" % (command, ", ".join(ALL_COMMANDS)))
    files = _SHARED + [file for command in commands for file in _COMMANDS[command]]
    ebpf_static_command(
        name = name,
        srcs = [Label("//tools:cli/" + file) for file in files] + MUSL,
        deps = [Label("//tools:cli")] + [Label("//" + room) for room in [
            "asm",
            "base",
            "btf",
            "ebpf",
            "ebpf/features",
            "ebpf/kernel",
            "ebpf/load",
            "ebpf/sys",
        ]],
    )
