#!/usr/bin/env python3
"""Counts the instructions of kfeat's jobs, and fails where one takes more than it did.

usage: benches/instructions.py [--update] [--kfeat PROGRAM]

The tree is grown from fixtures/linux-mini, so nothing but this repository is needed: its
architectures twice over, and 1,000 symbols. Each job runs once under valgrind's
callgrind, with one thread; instructions hardly depend on what else the machine does.

  parse    the Kconfig files of all architectures, read and parsed
  model    and their models built
  config   and one alldefconfig computed for each
  check    `kfeat check` of all features
  audit    `kfeat audit` of all tables
  series   `kfeat check --range` over eight commits, three of them to Kconfig files

benches/instructions.json has the figures that count, in millions, and the compiler that they
are for. A job that takes 3 % more fails, with the command that writes new figures; with another
compiler than theirs 10 % more.

It needs valgrind, git and the build that .ci/run makes for its tests, an optimised one with
assertions (CONTRIBUTING.md has the command).
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import grown

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "benches/instructions.json"
LIMIT, LIMIT_OF_ANOTHER_COMPILER = 0.03, 0.10
ISOLATED = dict(
    os.environ,
    GIT_CONFIG_GLOBAL="/dev/null",
    GIT_CONFIG_NOSYSTEM="1",
    GIT_AUTHOR_DATE="@1 +0000",
    GIT_COMMITTER_DATE="@1 +0000",
    RAYON_NUM_THREADS="1",
)
COUNTED = re.compile(r"Collected : (\d+)")


def instructions(command, good=(0,)):
    """How many instructions a command takes, its children not counted."""
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    run = subprocess.run([*valgrind, *command], env=ISOLATED, capture_output=True, text=True)
    counted = COUNTED.search(run.stderr)
    if run.returncode not in good or not counted:
        sys.exit(f"{' '.join(command)} exits with {run.returncode}: {run.stderr[-800:]}")
    return int(counted[1])


def series(tree, directory):
    """A repository with the tree and eight commits on top."""
    shutil.copytree(tree, directory, symlinks=True)
    git = ["git", "-C", str(directory), "-c", "user.name=Somebody", "-c", "user.email=s@example.org"]

    def commit():
        subprocess.run([*git, "add", "-A"], check=True, env=ISOLATED)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True, env=ISOLATED)

    subprocess.run([*git, "init", "-q", "-b", "main"], check=True, env=ISOLATED)
    commit()
    subprocess.run([*git, "branch", "base"], check=True, env=ISOLATED)
    touched = ("mm/memory.c", "drivers/grown/Kconfig.0", "mm/mprotect.c", "arch/x86/include/asm/pgtable.h", "mm/Kconfig",
               "mm/vmalloc.c", "drivers/grown/Kconfig.500", "mm/vmscan.c")
    for number, path in enumerate(touched):
        is_kconfig = "Kconfig" in path
        with (directory / path).open("a") as file:
            file.write(f"\nconfig ADDED_{number}\n\tbool \"Added\"\n" if is_kconfig else f"/* {number} */\n")
        commit()


def count(kfeat):
    """The instructions of each job."""
    jobs = kfeat.parent / "examples/jobs"
    for program in (kfeat, jobs):
        if not program.exists():
            sys.exit(f"there is no {program}: build it as CONTRIBUTING.md says")
    with tempfile.TemporaryDirectory() as temporary:
        several = grown.with_architectures(ROOT / "fixtures/linux-mini", Path(temporary) / "several", 2)
        tree = grown.with_symbols(several, Path(temporary) / "tree", 1000)
        repository = Path(temporary) / "repository"
        series(tree, repository)
        options = ["--no-cache", "--format", "concise"]
        commands = {
            "parse": [str(jobs), "parse", str(tree)],
            "model": [str(jobs), "model", str(tree)],
            "config": [str(jobs), "config", str(tree)],
            "check": [str(kfeat), "-C", str(tree), "check", *options],
            "audit": [str(kfeat), "-C", str(tree), "audit", "--format", "concise"],
            "series": [str(kfeat), "-C", str(repository), "check", *options, "--range", "base..main"],
        }
        return {name: instructions(command, good=(0, 1)) for name, command in commands.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--kfeat", type=Path, default=ROOT / "target/release/kfeat")
    arguments = parser.parse_args()
    for program in ("valgrind", "git"):
        if not shutil.which(program):
            sys.exit(f"{program} is needed")
    compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    counted = count(arguments.kfeat.resolve())
    if arguments.update:
        millions = {name: round(number / 1e6, 2) for name, number in counted.items()}
        FIGURES.write_text(json.dumps({"compiler": compiler, "millions": millions}, indent=2) + "\n")
    figures = json.loads(FIGURES.read_text())
    limit = LIMIT if figures["compiler"] == compiler else LIMIT_OF_ANOTHER_COMPILER
    failed = False
    for name, number in counted.items():
        before = figures["millions"].get(name)
        change = number / 1e6 / before - 1 if before else float("inf")
        failed |= change > limit
        mark = "  MORE" if change > limit else ""
        print(f"{name:8}{number / 1e6:12.2f} million instructions, {change:+.1%}{mark}")
    if failed:
        print(f"\nmore than {limit:.0%} over benches/instructions.json, which is for {figures['compiler']}, here {compiler}")
        print("where that is worth it: benches/instructions.py --update")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
