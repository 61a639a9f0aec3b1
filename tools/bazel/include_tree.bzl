"""include_tree: the headers of a library in one folder, each under the name by which it is included."""

def _include_tree_impl(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    lines = []
    inputs = []
    for header in ctx.attr.lib[CcInfo].compilation_context.headers.to_list():
        # Those with a prefix are there twice, once under the folder that the compiler looks in.
        virtual = header.path.split("/_virtual_includes/")
        if len(virtual) == 2:
            name = virtual[1].split("/", 1)[1]
        elif header.short_path.startswith("ebpf/"):
            name = header.short_path
        else:
            continue
        lines.append('mkdir -p "$(dirname "$1/%s")" && cp -L "%s" "$1/%s"' % (name, header.path, name))
        inputs.append(header)
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, "set -eu\n" + "\n".join(lines) + "\n")
    ctx.actions.run_shell(
        command = 'sh "$2" "$1"',
        arguments = [out.path, script.path],
        inputs = inputs + [script],
        outputs = [out],
        mnemonic = "IncludeTree",
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

include_tree = rule(
    implementation = _include_tree_impl,
    attrs = {"lib": attr.label(providers = [CcInfo], mandatory = True)},
)
