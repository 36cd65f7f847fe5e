#!/usr/bin/env python3
"""Measures kfeat beside the kernel's own conf, on one tree, in one run.

usage: benches/compare.py TREE [--runs N] [--arch ARCH] [--kfeat PROGRAM]

These programs take turns, N times each (default 11), so that whatever else the
machine does hits all of them:

  kfeat   `kfeat check` over all architectures of the tree
  conf    the tree's `conf --alldefconfig` for one architecture (default x86), with
          the output of each $(shell,...) recorded before, so that no command runs
  conf*3  the same for three architectures, one after the other
  reach   the example `reachability`: whether every symbol that an arch-support.txt names
          can be on, and can be off, on all architectures
  conf*5  conf for five architectures
  cat     `cat` of the Kconfig files that all architectures source, and of the headers that
          kfeat reads: those that strace sees it open

The table shows processor time (user and system, all threads) and the largest resident
memory. The last lines are what kfeat promises: `check`, proofs for all configurations
included, takes less processor time than conf for one architecture and at most 150 MB, and
the reachability of all those symbols less than conf for five.

It needs gcc, flex, bison and a release build (`cargo build --release --bins --examples`);
strace for the line of cat, which is left out without it. conf is built in a temporary
directory; the tree is only read.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import peers

MEMORY_LIMIT_MB = 150
# The architectures for which conf runs: the first three, and all five. That of --arch comes before them.
SEVERAL = ["x86", "arm64", "powerpc", "riscv", "mips"]


def files_of(command, tree):
    """The regular files of the tree that a command opens, or None without strace."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(
            ["strace", "-f", "-e", "trace=open,openat", "-o", log.name, *command],
            stdout=subprocess.DEVNULL,
        )
        # Line by line: what this process holds at most counts as memory of the processes that it starts.
        opened = re.compile(r'open(?:at)?\([^"]*"([^"]+)".*= \d')
        paths = {found[1] for found in map(opened.search, log) if found}
    return sorted(path for path in paths if path.startswith(f"{tree}/") and os.path.isfile(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--kfeat", type=Path, default=peers.HERE.parent / "target/release/kfeat")
    parser.add_argument("--reach", type=Path, default=peers.HERE.parent / "target/release/examples/reachability")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    peers.require("gcc", "flex", "bison")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release` first")
    kfeat = [str(arguments.kfeat.resolve()), "-C", str(tree), "check", "--no-cache", "--format", "concise"]
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        conf = peers.build_conf(tree, temporary / "conf")
        objtree = peers.objtree(temporary / "objtree")
        archs = [arguments.arch, *(arch for arch in SEVERAL if arch != arguments.arch)][:5]
        several = []
        for arch in archs:
            scratch = temporary / arch
            scratch.mkdir()
            variables = peers.environment(tree, arch)
            answers, _ = peers.record(conf, variables, scratch)
            env = peers.with_answers(conf, variables, answers, scratch)
            several.append(([conf / "conf", "--alldefconfig", "Kconfig"], {"cwd": objtree, "env": env}))
        programs = {"kfeat": [(kfeat, {})], "conf": several[:1], "conf*3": several[:3]}
        if arguments.reach.exists():
            programs["reach"] = [([str(arguments.reach.resolve()), str(tree)], {})]
            programs["conf*5"] = several
        else:
            print(f"there is no {arguments.reach}: run `cargo build --release --examples`", file=sys.stderr)
        files = files_of(kfeat, tree)
        if files:
            programs["cat"] = [(["cat", *files], {})]
        runs = {name: [] for name in programs}
        for _ in range(arguments.runs):
            for name, commands in programs.items():
                of_one = [peers.measure(command, good=(0, 1), **options) for command, options in commands]
                runs[name].append((sum(run.cpu for run in of_one), max(run.memory for run in of_one)))
    print(f"{tree.name}, {arguments.runs} runs each, conf for {', '.join(archs)}")
    if files:
        size = sum(os.path.getsize(path) for path in files) / 1e6
        print(f"kfeat reads {len(files)} files of the tree, {size:.1f} MB")
    print(f"\n{'':8}{'cpu min':>10}{'cpu median':>12}{'memory':>10}")
    best, middle = {}, {}
    for name, measured in runs.items():
        times, memory = zip(*measured)
        best[name], middle[name] = min(times), statistics.median(times)
        print(f"{name:8}{best[name] * 1e3:7.0f} ms{middle[name] * 1e3:9.0f} ms{max(memory):7.0f} MB")
    print()
    for program, other in (("kfeat", "conf"), ("kfeat", "conf*3"), ("kfeat", "cat"), ("reach", "conf*5")):
        if program in runs and other in runs:
            ratio = middle[program] / middle[other]
            print(f"{program} / {other}: {ratio:.2f} (medians), {best[program] / best[other]:.2f} (minima)")
    memory = max(memory for _, memory in runs["kfeat"])
    kept = middle["kfeat"] < middle["conf"] and memory <= MEMORY_LIMIT_MB
    print(f"check in less than conf for one, and at most {MEMORY_LIMIT_MB} MB: {'yes' if kept else 'NO'}")
    if "reach" in runs:
        reached = middle["reach"] < middle["conf*5"]
        print(f"reachability in less than conf for five: {'yes' if reached else 'NO'}")
        kept = kept and reached
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
