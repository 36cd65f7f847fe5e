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

HERE = Path(__file__).resolve().parent
C_FILES = "conf.c confdata.c expr.c menu.c preprocess.c symbol.c util.c".split()
FLAGS = "-O2 -fomit-frame-pointer -std=gnu11 -I .".split()
MEMORY_LIMIT_MB = 150


def build_conf(tree, directory):
    """Builds conf and the library that answers for the shell, in `directory`."""
    sources = [*(tree / "scripts/kconfig").glob("*.[chly]"), *(tree / "scripts/include").glob("*.h")]
    for source in sources:
        shutil.copy(source, directory)
    shutil.copy(HERE.parent / "tests/conf/shim.c", directory)
    for command in (
        "bison -o parser.tab.c --defines=parser.tab.h -t -l parser.y".split(),
        "flex -olexer.lex.c -L lexer.l".split(),
        "gcc -O2 -shared -fPIC -o shim.so shim.c".split(),
        ["gcc", *FLAGS, *C_FILES, "parser.tab.c", "lexer.lex.c", "-o", "conf"],
    ):
        subprocess.run(command, cwd=directory, check=True, stderr=subprocess.PIPE)
    return directory / "conf"


def output(command, **options):
    """The first line of what a command prints, or nothing."""
    try:
        text = subprocess.run(command, capture_output=True, text=True, **options).stdout
    except OSError:
        return ""
    return (text.splitlines() or [""])[0].replace("#", "")


def environment(tree, arch):
    """What kbuild gives conf, for the compiler of this machine."""
    makefile = (tree / "Makefile").read_text()
    version = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*)$", makefile, re.M))
    parts = [version.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "ARCH": arch,
        "SRCARCH": arch,
        "srctree": str(tree),
        "KERNELVERSION": ".".join(filter(None, parts)) + version.get("EXTRAVERSION", ""),
        "CC": "gcc",
        "LD": "ld",
        "AR": "ar",
        "NM": "nm",
        "OBJCOPY": "objcopy",
        "RUSTC": "rustc",
        "BINDGEN": "bindgen",
        "PAHOLE": "pahole",
        "PYTHON3": "python3",
        "RUSTC_BOOTSTRAP": "1",
        "CC_VERSION_TEXT": output(["gcc", "--version"], env={**os.environ, "LC_ALL": "C"}),
        "RUSTC_VERSION_TEXT": output(["rustc", "--version"]),
        "PAHOLE_VERSION": output(["./scripts/pahole-version.sh", "pahole"], cwd=tree) or "0",
        "LC_COLLATE": "C",
        "LC_NUMERIC": "C",
    }


def answers(conf, directory, objtree, env):
    """Runs conf once for real and keeps what each command prints, as the library reads it."""
    record, table = directory / "record", directory / "answers"
    subprocess.run(
        [conf, "--alldefconfig", "Kconfig"],
        cwd=objtree,
        env={**env, "LD_PRELOAD": str(directory / "shim.so"), "KFEAT_SHELL_RECORD": str(record)},
        check=True,
        capture_output=True,
    )
    os.rename(record, table)
    return {**env, "LD_PRELOAD": str(directory / "shim.so"), "KFEAT_SHELL_ANSWERS": str(table)}


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


def measure(command, **options):
    """Processor time in seconds and largest resident memory in MB of one run."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    message = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{command[0]} exits with {child.returncode}: {message.decode()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--arch", default="x86")
    parser.add_argument("--kfeat", type=Path, default=HERE.parent / "target/release/kfeat")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    for program in ("gcc", "flex", "bison"):
        if not shutil.which(program):
            sys.exit(f"{program} is needed to build conf")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release` first")
    kfeat = [str(arguments.kfeat.resolve()), "-C", str(tree), "check", "--format", "concise"]
    with tempfile.TemporaryDirectory() as temporary:
        directory, objtree = Path(temporary) / "conf", Path(temporary) / "objtree"
        directory.mkdir()
        # conf writes its thousands of generated files only where there is no auto.conf yet.
        (objtree / "include/config").mkdir(parents=True)
        (objtree / "include/config/auto.conf").touch()
        conf = build_conf(tree, directory)
        env = answers(conf, directory, objtree, environment(tree, arguments.arch))
        programs = {
            "kfeat": (kfeat, {}),
            "conf": ([str(conf), "--alldefconfig", "Kconfig"], {"cwd": objtree, "env": env}),
        }
        files = files_of(kfeat, tree)
        if files:
            programs["cat"] = (["cat", *files], {})
        runs = {name: [] for name in programs}
        for _ in range(arguments.runs):
            for name, (command, options) in programs.items():
                runs[name].append(measure(command, **options))
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
    # Memory of children is counted in KB on Linux; elsewhere the figures would be wrong.
    if not sys.platform.startswith("linux"):
        sys.exit("this only measures right on Linux")
    sys.exit(main())
