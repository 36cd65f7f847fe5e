#!/usr/bin/env python3
"""Compares the processor time to compile whole configurations with that of the builds of `kfeat cover`.

usage: benches/compile-times.py TREE [--changes FILE] [--sample N] [--seed N] [--kfeat PROGRAM] [--only KIND,...]

For defconfig, allmodconfig and allyesconfig of this machine it configures and prepares a build in a
directory of its own, has `make -n` print the command for each object, and runs the commands of a
random sample with a fixed seed. The processor time of the sample is extrapolated to all objects; the
standard error says how far that may be off. Linking, modpost and preparing are not in these figures.

FILE has one change per line, as words for `kfeat cover`; `KFEAT_COVER_WRITE=FILE` has
`tests/real_cover.rs` write those of its corpus. Each change is built with `kfeat build --cover`. The
processor time of that is all that it takes: planning, configuring, preparing, preprocessing and
compiling. So the comparison favours the whole configurations.

The tree is only read. Its makefiles are run. Run it under `nice`: it takes half an hour.
"""

import argparse
import os
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ["defconfig", "allmodconfig", "allyesconfig"]
# The command for an object: it names the object after `-c -o`.
COMMAND = re.compile(r" -c -o (\S+\.o)[ ;]")


def processor_time(command, **options):
    """Runs a command; gives its exit code and the seconds of processor time of all its processes."""
    child = subprocess.Popen(command, **options)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_utime + usage.ru_stime


def make(tree, out, *words, **options):
    """make in a directory of its own, with a quiet log."""
    command = ["make", "-C", str(tree), f"O={out}", *words]
    return subprocess.run(command, env=environment(), **options)


def environment():
    """The environment without what would change a build."""
    unwanted = {"MAKEFLAGS", "ARCH", "CROSS_COMPILE", "KBUILD_OUTPUT", "LLVM", "KCFLAGS"}
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"LC_ALL": "C"}


def commands(tree, out):
    """For each object that make would compile its command."""
    printed = make(tree, out, "-n", "-k", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    found = {}
    for line in printed.replace("\\\n", " ").splitlines():
        match = COMMAND.search(line)
        if match:
            found.setdefault(match.group(1), line)
    return found


def sample(found, count, seed, out):
    """Runs the commands of some objects; gives their times, and how many did not compile."""
    names = random.Random(seed).sample(sorted(found), min(count, len(found)))
    times, failed = [], 0
    for name in names:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        code, spent = processor_time(
            ["sh", "-c", found[name]], cwd=out, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if code == 0:
            times.append(spent)
        else:
            failed += 1
    return times, failed


def whole(tree, kind, count, seed):
    """Prints the processor time for all objects of a configuration."""
    with tempfile.TemporaryDirectory(prefix=f"compile-{kind}-") as directory:
        out = Path(directory)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        make(tree, out, "-s", kind, check=True, **quiet)
        make(tree, out, "-s", "prepare", check=True, **quiet)
        found = commands(tree, out)
        if not found:
            sys.exit(f"{kind}: make -n names no object")
        times, failed = sample(found, count, seed, out)
    mean = statistics.mean(times)
    # That the sample is a part of all objects makes the error smaller.
    error = statistics.stdev(times) / len(times) ** 0.5 * (1 - len(times) / len(found)) ** 0.5
    print(
        f"{kind}: {len(found)} objects, {len(times)} of them compiled ({failed} more did not compile): "
        f"{mean:.2f} ± {error:.2f} s each, {mean * len(found) / 3600:.2f} ± {error * len(found) / 3600:.2f} h for all",
        flush=True,
    )


def changes(kfeat, tree, file):
    """Prints the processor time of the builds of changes."""
    times, objects, failed = [], [], 0
    for line in Path(file).read_text().splitlines():
        words = shlex.split(line)
        with tempfile.TemporaryDirectory(prefix="compile-cover-") as out:
            command = [kfeat, "-C", str(tree), "build", "--wrapper", "none", "--out", out]
            for word in words:
                command += ["--cover", word]
            code, spent = processor_time(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            made = sum(1 for path in Path(out).glob("cover-*"))
        # 1 says that a line is dead or undecided, or that there is no compiler for a build.
        if code > 1 or made == 0:
            failed += 1
            continue
        times.append(spent)
        objects.append(made)
    if not times:
        sys.exit("no change was built")
    print(
        f"cover: {len(times)} changes ({failed} not built), {sum(objects)} builds: median {statistics.median(times):.1f} s a change, "
        f"most {max(times):.1f} s",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--changes", metavar="FILE")
    parser.add_argument("--sample", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kfeat", default=str(HERE.parent / "target/release/kfeat"))
    parser.add_argument("--only", default=",".join(KINDS), help="the configurations, or `none`")
    given = parser.parse_args()
    tree = given.tree.resolve()
    for kind in given.only.split(","):
        if kind != "none":
            whole(tree, kind, given.sample, given.seed)
    if given.changes:
        changes(given.kfeat, tree, given.changes)


if __name__ == "__main__":
    main()
