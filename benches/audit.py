#!/usr/bin/env python3
"""Measures `kfeat audit` beside the tree's own script that refreshes the tables, in one run.

usage: benches/audit.py TREE [--runs N] [--kfeat PROGRAM]

Both take turns, N times each (default 3), so that whatever else the machine does hits
both. The script writes into the tree that it runs in, so it works on a copy of what it
reads: the Kconfig files below arch/ and Documentation/features. kfeat reads the tree
itself, which is only read, and all Kconfig files of it.

The table shows processor time (user and system, all threads and children) and wall time.
The last lines are what kfeat promises: less than 2 s, and less than the script. The exit
code is 1 where that is not kept.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import peers

HERE = Path(__file__).resolve().parent
SCRIPTS = ("tools/docs/features-refresh.sh", "Documentation/features/scripts/features-refresh.sh")
LIMIT = 2.0


def copy(tree, directory):
    """Copies what the script reads."""
    for path in (tree / "arch").rglob("Kconfig*"):
        target = directory / path.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copytree(tree / "Documentation/features", directory / "Documentation/features")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--kfeat", type=Path, default=HERE.parent / "target/release/kfeat")
    arguments = parser.parse_args()
    tree = arguments.tree.resolve()
    script = next((tree / script for script in SCRIPTS if (tree / script).is_file()), None)
    if script is None:
        sys.exit(f"{tree} has no script that refreshes the tables")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release` first")
    kfeat = [str(arguments.kfeat.resolve()), "-C", str(tree), "audit", "--format", "concise"]
    runs = {"kfeat audit": [], script.name: []}
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory() as temporary:
            copy(tree, Path(temporary))
            runs["kfeat audit"].append(peers.measure(kfeat, good=(0, 1), cwd=temporary))
            runs[script.name].append(peers.measure(["bash", str(script)], good=(0, 1), cwd=temporary))
    print(f"{tree.name}, {arguments.runs} runs each\n")
    print(f"{'':22}{'cpu min':>10}{'cpu median':>12}{'wall median':>13}")
    middle = {}
    for name, measured in runs.items():
        cpu, wall = zip(*((run.cpu, run.wall) for run in measured))
        middle[name] = statistics.median(cpu)
        print(f"{name:22}{min(cpu):8.2f} s{middle[name]:10.2f} s{statistics.median(wall):11.2f} s")
    ratio = middle[script.name] / middle["kfeat audit"]
    kept = middle["kfeat audit"] < LIMIT and ratio > 1
    print(f"\nless than {LIMIT:.0f} s and {ratio:.1f} times as fast as the script: {'yes' if kept else 'NO'}")
    return 0 if kept else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(str(error))
