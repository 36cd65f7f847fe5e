#!/usr/bin/env python3
"""Measures kfeat beside the kernel's own conf, on one tree, in one run.

usage: benches/compare.py TREE [--runs N] [--arch ARCH] [--kfeat PROGRAM]

Three programs take turns, N times each (default 11), so that whatever else the
machine does hits all of them:

  kfeat   `kfeat check` over all architectures of the tree
  conf    the tree's `conf --alldefconfig` for one architecture (default x86), with
          the output of each $(shell,...) recorded before, so that no command runs
  cat     `cat` of the Kconfig files that all architectures source, and of the headers that
          kfeat reads: those that strace sees it open

The table shows processor time (user and system, all threads) and the largest resident
memory. The last lines are the two figures that kfeat promises: less processor time
than conf, and at most 150 MB.

It needs gcc, flex, bison and a release build (`cargo build --release`); strace for the line
of cat, which is left out without it. conf is built in a temporary directory; the tree is
only read.
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


def files_of(command, tree):
    """The regular files of the tree that a command opens, or None without strace."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as log:
        subprocess.run(
            ["strace", "-f", "-e", "trace=open,openat", "-o", log.name, *command],
            stdout=subprocess.DEVNULL,
        )
        paths = re.findall(r'open(?:at)?\([^"]*"([^"]+)".*= \d', log.read())
    return sorted({path for path in paths if path.startswith(f"{tree}/") and os.path.isfile(path)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--kfeat", type=Path, default=peers.HERE.parent / "target/release/kfeat")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    peers.require("gcc", "flex", "bison")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release` first")
    kfeat = [str(arguments.kfeat.resolve()), "-C", str(tree), "check", "--format", "concise"]
    with tempfile.TemporaryDirectory() as temporary:
        temporary = Path(temporary)
        conf = peers.build_conf(tree, temporary / "conf")
        variables = peers.environment(tree, arguments.arch)
        answers, _ = peers.record(conf, variables, temporary)
        env = peers.with_answers(conf, variables, answers, temporary)
        objtree = peers.objtree(temporary / "objtree")
        programs = {
            "kfeat": (kfeat, {}),
            "conf": ([conf / "conf", "--alldefconfig", "Kconfig"], {"cwd": objtree, "env": env}),
        }
        files = files_of(kfeat, tree)
        if files:
            programs["cat"] = (["cat", *files], {})
        runs = {name: [] for name in programs}
        for _ in range(arguments.runs):
            for name, (command, options) in programs.items():
                run = peers.measure(command, good=(0, 1), **options)
                runs[name].append((run.cpu, run.memory))
    print(f"{tree.name}, {arguments.runs} runs each, conf for {arguments.arch}")
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
    for other in ("conf", "cat"):
        if other in runs:
            ratio = middle["kfeat"] / middle[other]
            print(f"kfeat / {other}: {ratio:.2f} (medians), {best['kfeat'] / best[other]:.2f} (minima)")
    memory = max(memory for _, memory in runs["kfeat"])
    kept = middle["kfeat"] < middle["conf"] and memory <= MEMORY_LIMIT_MB
    print(f"less than conf and at most {MEMORY_LIMIT_MB} MB: {'yes' if kept else 'NO'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
