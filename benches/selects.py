#!/usr/bin/env python3
"""Compares what the groups of `kfeat check --select kconfig` cost and find with kismet (PyPI: kmax) and with the tree's own
kconfig-sym-check, in one run on one tree.

    benches/selects.py TREE [--kfeat PROGRAM] [--arch x86_64] [--selectees 40] [--limit 600]

kfeat is asked about all selects of one architecture, as kismet is, and of all architectures. kismet takes hours for that: it is asked
about the selects of --selectees symbols, those of kfeat's alarms among them, and runs for at most --limit seconds of processor time;
where it takes longer, the table says so. The alarms of both are compared. kismet runs the tree's makefiles. A program that is not installed is left out, with a line that says how to install it. The figures
are processor time: user and system, of the process and its children.
"""

import argparse
import csv
import json
import os
import random
import re
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
    return seconds, json.loads(text)["findings"]


def selects(findings):
    """The selects that findings are about: selector and target."""
    headlines = (finding["headline"] for finding in findings)
    return {found.groups() for text in headlines if (found := re.match(r"`(\w+)` selects `(\w+)`", text))}


def targets(tree, count, known):
    """`known`, and as many symbols that drivers select as are missing to `count`: the same in each run."""
    found = set()
    for path in sorted((tree / "drivers").rglob("Kconfig*")):
        found.update(re.findall(r"^\s+select (\w+)", path.read_text(errors="replace"), re.M))
    others = sorted(found - set(known))
    random.Random(1).shuffle(others)
    return sorted([*known, *others[: max(0, count - len(known))]])


def kismet(tree, arch, limit, count, alarms):
    """Asks kismet about the selects of `count` symbols, among them those of kfeat's alarms, and compares the alarms."""
    if not shutil.which("kismet"):
        print("kismet is not installed: pip install kmax")
        return
    asked = targets(tree, count, {target for _, target in alarms})
    with tempfile.TemporaryDirectory() as directory:
        command = ["kismet", "--linux-ksrc", str(tree), "--formulas", f"{directory}/formulas", "-a", arch]
        command += ["--no-test-case-generation", "--no-verification", "--summary-csv", "summary.csv", "--selectees"]
        command += [f"CONFIG_{name}" for name in asked]
        seconds, _, ended = measured(command, limit, cwd=directory)
        summary = Path(directory) / "summary.csv"
        if not ended or not summary.exists():
            print(f"{'kismet, ' + arch:40} {seconds:8.2f} s  {'failed' if ended else 'not done'}, limit {limit} s")
            return
        rows = list(csv.DictReader(summary.open(), skipinitialspace=True))
    plain = lambda name: name.removeprefix("CONFIG_")
    pair = lambda row: (plain(row["selector"]), plain(row["selectee"]))
    pairs = {pair(row) for row in rows}
    theirs = {pair(row) for row in rows if row["analysis_result"] == "UNMET_ALARM"}
    print(f"{f'kismet, {arch}, {len(asked)} symbols':40} {seconds:8.2f} s  {len(pairs)} selects, {len(theirs)} alarms")
    for title, some in (("both", theirs & alarms), ("kfeat alone", alarms - theirs), ("kismet alone", theirs - alarms)):
        print(f"  {title}: {', '.join(f'{selector} -> {target}' for selector, target in sorted(some)) or 'none'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--kfeat", default=str(Path(__file__).resolve().parent.parent / "target/release/kfeat"))
    parser.add_argument("--arch", default="x86_64", help="as kismet names it")
    parser.add_argument("--selectees", type=int, default=40, help="how many symbols kismet is asked about")
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
        seconds, findings = kfeat(args.kfeat, args.tree, group, arch)
        print(f"{name:40} {seconds:8.2f} s  {len(findings)} findings", flush=True)
        if arch:
            alarms = selects(findings)
    script = args.tree / "scripts/kconfig/kconfig-sym-check.pl"
    if script.exists():
        seconds, text, _ = measured(["perl", str(script), str(args.tree)])
        print(f"{'kconfig-sym-check, names':40} {seconds:8.2f} s  {len(text.splitlines())} names", flush=True)
    kismet(args.tree, args.arch, args.limit, args.selectees, alarms)


if __name__ == "__main__":
    main()
