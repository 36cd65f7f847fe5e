"""Trees that are larger than any real one, for the plots of growth: more architectures, more symbols.

A grown tree shares the files of the real one as hard links, or as copies where links are not possible, and adds its own.
"""

import os
import shutil
from pathlib import Path

# What kfeat may read of a tree.
DIRECTORIES = ("arch", "Documentation/features", "fs", "include", "kernel", "lib", "mm", "scripts", "virt")
NAMES = ("Kconfig", "Makefile", "Kbuild")


def is_read(path):
    """Whether `check` may read the file at a path below the root."""
    inside = any(path == directory or path.startswith(f"{directory}/") for directory in DIRECTORIES)
    return (inside and "/dts/" not in path) or os.path.basename(path).startswith(NAMES)


def place(source, target):
    """Puts a file at another place too."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)


def files(tree):
    """The files of a tree that `check` may read, below its root, sorted."""
    found = []
    for top, directories, names in os.walk(tree):
        directories[:] = sorted(name for name in directories if name != ".git")
        inside = os.path.relpath(top, tree)
        for name in names:
            path = name if inside == "." else f"{inside}/{name}"
            if is_read(path) and not os.path.islink(os.path.join(top, name)):
                found.append(path)
    return sorted(found)


def copy(tree, directory, linked=True):
    """The tree as far as it is read, in a directory of its own. With `linked` no file of it may be changed in place."""
    for path in files(tree):
        if linked:
            place(tree / path, directory / path)
        else:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / path, directory / path)
    return directory


def with_architectures(tree, directory, times):
    """The tree with each of its architectures `times` times, the copies in directories of their own."""
    copy(tree, directory)
    archs = sorted(path.parent.name for path in (tree / "arch").glob("*/Kconfig"))
    # A copy of um would have nobody to borrow from.
    archs = [arch for arch in archs if arch != "um"]
    inside = [path for path in files(tree) if path.startswith("arch/")]
    for number in range(1, times):
        for path in inside:
            parts = path.split("/")
            if parts[1] not in archs:
                continue
            target = directory / "arch" / f"{parts[1]}x{number}" / "/".join(parts[2:])
            if parts[-1].startswith("Kconfig"):
                # What one architecture sources of its own directory, its copy has to source of its own.
                text = (tree / path).read_bytes()
                own = f"arch/{parts[1]}".encode()
                copied = f"arch/{parts[1]}x{number}".encode()
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text.replace(b'"' + own + b"/", b'"' + copied + b"/"))
            else:
                place(tree / path, target)
    return directory


def with_symbols(tree, directory, symbols, per_file=500):
    """The tree with so many symbols more, in files that drivers/Kconfig sources. They depend on each other in short chains and
    select each other, as those of drivers do."""
    copy(tree, directory)
    sources = []
    for first in range(0, symbols, per_file):
        lines = []
        for number in range(first, min(first + per_file, symbols)):
            lines.append(f"config GROWN_{number}\n\ttristate \"Driver number {number}\"\n")
            lines.append("\tdepends on HAS_IOMEM || COMPILE_TEST\n")
            if number % 8:
                lines.append(f"\tdepends on GROWN_{number - 1}\n")
            if number % 5 == 0 and number >= 8:
                lines.append(f"\tselect GROWN_{number - 8}\n")
            lines.append(f"\thelp\n\t  The driver with the number {number}.\n\n")
        path = directory / f"drivers/grown/Kconfig.{first}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines))
        sources.append(f'source "drivers/grown/Kconfig.{first}"\n')
    listed = directory / "drivers/Kconfig"
    text = listed.read_text().rstrip()
    # In a real tree the file is one menu.
    end = "endmenu" if text.endswith("\nendmenu") else ""
    listed.unlink()
    listed.write_text(f"{text.removesuffix(end)}\n{''.join(sources)}{end}\n")
    return directory
