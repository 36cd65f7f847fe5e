#!/usr/bin/env python3
"""Measures `kfeat build` beside tuxmake, in one run, and shows what each notices.

usage: benches/build.py TREE [--tuxmake PROGRAM] [--kfeat PROGRAM] [--archs A,B] [--jobs N]

Both build the same objects of the same tree, with the same options and compilers, for the
same architectures, from nothing and without a compiler cache. kfeat says which options and
objects: `kfeat build --dry-run`. tuxmake gets them as `--kconfig allnoconfig`, one
`--kconfig-add` with the fragment, and the objects as targets: that is the least that it
builds, `config` and one make for each object. It takes one architecture at a time, so its
time is the sum. What kfeat builds on top, the files of x86's decompressor with their own
makefile and the preprocessed files that it looks into, it builds in its time.

The second table asks both for the feature's KUnit test on riscv, where Kconfig drops the
option silently.

The exit code is 1 where kfeat is not twice as fast, or does not notice.

tuxmake comes from PyPI: python3 -m venv target/venv && target/venv/bin/pip install tuxmake
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = {"sparc": "sparc", "x86": "x86_64"}
# What `ARCH=sparc64` says, and tuxmake's `ARCH=sparc` does not.
MORE = {"sparc": "CONFIG_64BIT=y\n"}


def plan(kfeat, tree, archs):
    """The fragment and the objects of each architecture."""
    command = [kfeat, "-C", tree, "build", "--dry-run", "--wrapper", "none", "--arch", ",".join(archs)]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    plans = {}
    for arch, part in zip(sorted(archs), re.split(r"^# (?=\w+: )", text, flags=re.M)[1:]):
        assert part.startswith(arch), part
        fragment = re.search(r"<<'END'\n(.*?)END\n", part, flags=re.S).group(1)
        line = next(line for line in part.splitlines() if " -k " in line)
        plans[arch] = (fragment, [word for word in shlex.split(line) if word.endswith(".o")])
    return plans


def timed(command, log):
    """Runs a command; gives its exit code and its wall time."""
    started = time.monotonic()
    with open(log, "w") as file:
        code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT).returncode
    return code, time.monotonic() - started


def tuxmake(program, tree, directory, arch, fragment, objects, jobs):
    """Runs tuxmake for one architecture; gives its exit code, its wall time, and what it says of each target."""
    out = directory / f"tuxmake-{arch}"
    out.mkdir()
    lines = out / "fragment.config"
    lines.write_text(fragment + MORE.get(arch, ""))
    command = [program, "-C", tree, "-r", "null", "-a", TARGET.get(arch, arch), "-t", "gcc", "-j", str(jobs)]
    command += ["-k", "allnoconfig", "-K", str(lines), "-b", str(out / "build"), "-o", str(out / "artifacts")]
    code, wall = timed(command + objects, out / "log")
    said = {}
    metadata = out / "artifacts" / "metadata.json"
    if metadata.exists():
        results = json.loads(metadata.read_text()).get("results", {})
        said = {name: target["status"] for name, target in results.get("targets", {}).items()}
    return code, wall, said


def member(objects, results):
    """Those objects that kbuild builds in the configuration, as kfeat found out."""
    built = {of["source"][:-1] + "o" for of in results["objects"] if of["status"] == "built"}
    return [of for of in objects if of in built]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("--tuxmake", default=str(HERE.parent / "target/venv/bin/tuxmake"))
    parser.add_argument("--kfeat", default=str(HERE.parent / "target/release/kfeat"))
    parser.add_argument("--archs", default="arm64,powerpc,sparc,x86")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    tree = str(Path(arguments.tree).resolve())
    archs = sorted(arguments.archs.split(","))
    os.environ.pop("CROSS_COMPILE", None)
    os.environ.pop("LLVM", None)
    good = True
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        plans = plan(arguments.kfeat, tree, archs)
        run = [arguments.kfeat, "-C", tree, "build", "--wrapper", "none", "-j", str(arguments.jobs)]
        out = directory / "kfeat"
        code, ours = timed(run + ["--arch", ",".join(archs), "--out", str(out)], directory / "kfeat.log")
        results = json.loads((out / "results.json").read_text())
        results = {arch["arch"]: arch for arch in results["archs"]}
        print(f"{'':10}  {'kfeat':>12}  {'tuxmake':>24}  objects")
        theirs = 0.0
        for arch in archs:
            fragment, objects = plans[arch]
            objects = member(objects, results[arch])
            their, wall, said = tuxmake(arguments.tuxmake, tree, directory, arch, fragment, objects, arguments.jobs)
            theirs += wall
            passed = all(stage["status"] == "pass" for stage in results[arch]["stages"])
            status = "pass" if their == 0 else f"exit {their} " + ",".join(k for k, v in said.items() if v == "FAIL")
            print(f"{arch:10}  {'pass' if passed else 'fail':>12}  {status:>14} {wall:7.1f} s  {len(objects)}")
            good &= passed and their == 0
        print(f"{'all':10}  {ours:10.1f} s  {theirs:22.1f} s  tuxmake takes {theirs / ours:.1f} times as long\n")
        good &= code == 0 and theirs >= 2 * ours

        wanted = "CONFIG_KUNIT=y\nCONFIG_LAZY_MMU_MODE_KUNIT_TEST=y\n"
        mine = directory / "wanted.config"
        mine.write_text(wanted)
        code, _ = timed(
            run + ["--arch", "none", "--without", "riscv", "--fragment", str(mine), "--out", str(directory / "dropped")],
            directory / "dropped.log",
        )
        results = json.loads((directory / "dropped" / "results.json").read_text())["archs"][0]
        says = [f"{of['path']}:{of['line']}: {of['headline']}" for of in results["findings"]]
        their, _, said = tuxmake(
            arguments.tuxmake, tree, directory, "riscv", wanted, ["mm/memory.o", "mm/mprotect.o"], arguments.jobs
        )
        print("a dropped option on riscv:")
        print(f"  kfeat    exit {code}: {'; '.join(says) or 'says nothing'}")
        print(f"  tuxmake  exit {their}: {', '.join(f'{k} {v}' for k, v in said.items() if v != 'SKIP')}")
        good &= code == 1 and any("LAZY_MMU_MODE_KUNIT_TEST" in said for said in says)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
