#!/usr/bin/env python3
"""Measures what `kfeat check` does not do twice: a series beside one tree, and a second run.

usage: benches/series.py TREE [--runs N] [--kfeat PROGRAM]

The tree becomes a commit of a git repository in a temporary directory, as far as `check`
reads it, with twelve commits on top that each change a file of the lazy MMU layer: headers
that every unit includes, Kconfig files that every architecture sources, and callers. These
take turns, N times each (default 5), so that whatever else the machine does hits all of them:

  one tree       `check --rev BASE --no-cache`
  series         `check --range BASE..TOP`, which checks thirteen trees
  directory      `check --no-cache` on the tree itself
  second run     `check --cache-dir DIR` on the tree itself, where the result is known

The table shows processor time (user and system, all threads and children) and wall time.
The last lines are what kfeat promises: the series takes less than twice the time of one tree,
and the second run less than a third of the first. The exit code is 1 where that is not kept.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import peers

HERE = Path(__file__).resolve().parent
WHOLE = ("arch/", "Documentation/features/", "fs/", "include/", "kernel/", "lib/", "mm/", "virt/")
NAMES = ("Kconfig", "Makefile", "Kbuild")
TOUCHED = (
    "arch/sparc/mm/tlb.c",
    "arch/sparc/include/asm/tlbflush_64.h",
    "mm/vmalloc.c",
    "mm/Kconfig",
    "include/linux/pgtable.h",
    "arch/powerpc/include/asm/book3s/64/tlbflush-hash.h",
    "arch/x86/Kconfig",
    "arch/x86/include/asm/paravirt.h",
    "arch/arm64/include/asm/pgtable.h",
    "include/linux/sched.h",
    "arch/x86/boot/startup/sme.c",
    "mm/kasan/shadow.c",
    # For trees that lack one of those.
    "arch/x86/mm/mem_encrypt_identity.c",
    "arch/x86/mm/mem_encrypt_amd.c",
    "mm/mprotect.c",
)
COMMITS = 12


def is_read(path):
    """Whether `check` may read a file."""
    return (path.startswith(WHOLE) and "/dts/" not in path) or Path(path).name.startswith(NAMES)


def repository(tree, directory):
    """Makes the repository, with the branches `base` and `top`."""
    touched = [path for path in TOUCHED if (tree / path).is_file()][:COMMITS]
    if len(touched) < COMMITS:
        sys.exit(f"{tree} has only {len(touched)} of the files that the commits change")
    isolated = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
    git = ["git", "-C", str(directory)]
    subprocess.run([*git, "init", "-q", "--bare"], check=True, env=isolated)
    importer = subprocess.Popen(
        [*git, "-c", "core.compression=0", "fast-import", "--quiet", "--depth=0"],
        stdin=subprocess.PIPE,
        env=isolated,
    )

    def commit(branch, start, files):
        text = f"commit refs/heads/{branch}\ncommitter Somebody <s@example.org> 1 +0000\ndata 1\nx\n"
        importer.stdin.write((text + (f"from refs/heads/{start}\n" if start else "")).encode())
        for path, data in files:
            importer.stdin.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")

    paths = (Path(top) / name for top, _, names in os.walk(tree) for name in names)
    files = ((str(path.relative_to(tree)), path) for path in paths if path.is_file() and not path.is_symlink())
    commit("base", None, ((name, path.read_bytes()) for name, path in files if is_read(name)))
    for index, path in enumerate(touched):
        name = Path(path).name
        line = f"# {index}\n" if name.startswith(NAMES) else f"/* {index} */\n"
        data = (tree / path).read_bytes() + line.encode()
        commit("top", None if index else "base", [(path, data)])
    importer.stdin.close()
    if importer.wait() != 0:
        sys.exit("git fast-import failed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kfeat", type=Path, default=HERE.parent / "target/release/kfeat")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    kfeat = arguments.kfeat.resolve()
    if not kfeat.exists():
        sys.exit(f"there is no {kfeat}: run `cargo build --release` first")
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary) / "repository"
        directory.mkdir()
        repository(tree, directory)
        check = [str(kfeat), "check", "--format", "concise"]
        of_git, of_tree = ["-C", str(directory)], ["-C", str(tree)]
        cache = ["--cache-dir", str(Path(temporary) / "cache")]
        commands = {
            "one tree": [*check, *of_git, "--rev", "base", "--no-cache"],
            "series": [*check, *of_git, "--range", "base..top"],
            "directory": [*check, *of_tree, "--no-cache"],
            "second run": [*check, *of_tree, *cache],
        }
        peers.measure(commands["second run"], good=(0, 1))
        runs = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                runs[name].append(peers.measure(command, good=(0, 1)))
    print(f"{tree.name}, {arguments.runs} runs each\n")
    print(f"{'':14}{'cpu min':>10}{'cpu median':>12}{'wall min':>11}{'wall median':>13}")
    middle = {}
    for name, measured in runs.items():
        cpu, wall = zip(*((run.cpu, run.wall) for run in measured))
        middle[name] = (statistics.median(cpu), statistics.median(wall))
        print(f"{name:14}{min(cpu):8.2f} s{middle[name][0]:10.2f} s{min(wall):9.2f} s{middle[name][1]:11.2f} s")
    series = [middle["series"][kind] / middle["one tree"][kind] for kind in (0, 1)]
    second = [middle["directory"][kind] / middle["second run"][kind] for kind in (0, 1)]
    print(f"\nthe series takes {series[0]:.2f} times the processor time of one tree, {series[1]:.2f} times the wall time")
    print(f"the second run is {second[0]:.1f} times as fast by processor time, {second[1]:.1f} times by wall time")
    kept = max(series) < 2 and min(second) >= 3
    print(f"less than 2, and at least 3: {'yes' if kept else 'NO'}")
    return 0 if kept else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(str(error))
