#!/usr/bin/env python3
"""Compares what the groups of `kfeat check --select kconfig` cost and find with kismet (PyPI: kmax) and with the tree's own
kconfig-sym-check, in one run on one tree.

    benches/selects.py TREE [--kfeat PROGRAM] [--arch x86_64] [--limit 600]

kfeat is asked about one architecture, as kismet is, and about all. kismet runs for at most --limit seconds of processor time; where
it takes longer, the table says so. A program that is not installed is left out, with a line that says how to install it. The figures
are processor time: user and system, of the process and its children.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def measured(command, limit=None, **options):
    """The processor time of a command and its children, its output, and whether it came to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    def bound():
        if limit:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))

    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=bound, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, done.stdout, done.returncode >= 0


def kfeat(program, tree, group, arch=None):
    command = [program, "-C", str(tree), "check", "--select", group, "--no-cache", "--format", "json"]
    command += ["--arch", arch] if arch else []
    seconds, text, _ = measured(command)
    if not text:
        sys.exit(f"{' '.join(command)} prints nothing")
    return seconds, len(json.loads(text)["findings"])


def kismet(tree, arch, limit):
    if not shutil.which("kismet"):
        print("kismet is not installed: pip install kmax")
        return
    with tempfile.TemporaryDirectory() as directory:
        command = ["kismet", "--linux-ksrc", str(tree), "-a", arch, "--summary-csv", "summary.csv"]
        seconds, _, ended = measured(command, limit, cwd=directory)
        summary = Path(directory) / "summary.csv"
        alarms = summary.read_text().count("UNMET_ALARM") if summary.exists() else 0
        state = f"{alarms} alarms" if ended else f"not done after {limit} s"
        print(f"{'kismet, ' + arch:40} {seconds:8.2f} s  {state}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--kfeat", default=str(Path(__file__).resolve().parent.parent / "target/release/kfeat"))
    parser.add_argument("--arch", default="x86_64", help="as kismet names it")
    parser.add_argument("--limit", type=int, default=600, help="seconds of processor time for kismet")
    args = parser.parse_args()
    directory = {"x86_64": "x86", "i386": "x86", "sparc64": "sparc"}.get(args.arch, args.arch)
    if not os.access(args.kfeat, os.X_OK):
        sys.exit(f"{args.kfeat} is not there: cargo build --release")
    for name, group, arch in (
        (f"kfeat, selects of {directory}", "unmet", directory),
        ("kfeat, selects of all architectures", "unmet", None),
        ("kfeat, lines without effect", "dead", None),
        ("kfeat, names", "names", None),
    ):
        seconds, count = kfeat(args.kfeat, args.tree, group, arch)
        print(f"{name:40} {seconds:8.2f} s  {count} findings", flush=True)
    script = args.tree / "scripts/kconfig/kconfig-sym-check.pl"
    if script.exists():
        seconds, text, _ = measured(["perl", str(script), str(args.tree)])
        print(f"{'kconfig-sym-check, names':40} {seconds:8.2f} s  {len(text.splitlines())} names", flush=True)
    kismet(args.tree, args.arch, args.limit)


if __name__ == "__main__":
    main()
