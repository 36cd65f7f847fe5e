#!/usr/bin/env python3
"""Checks the change from one release to the next as one commit: the largest change there is, made by people who know what they do.

    benches/releases.py OLD NEW [--kfeat PROGRAM] [--out FILE]

OLD and NEW are kernel trees; they are only read. A repository with both is made in a temporary directory, for which 1 GB is needed,
and `kfeat check --range` run over it. Printed are the findings of level error and warning, one a line, to be compared with the
sources: each one that is not right is a false alarm, as a maintainer would have met it. --out keeps all that kfeat wrote.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def git(repository, *arguments):
    """Runs git without what the machine or the user has configured."""
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    who = ["-c", "user.name=releases", "-c", "user.email=releases@example.org", "-c", "gc.auto=0"]
    subprocess.run(["git", *who, *arguments], cwd=repository, env=environment, check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--kfeat", default=Path(__file__).parent.parent / "target/release/kfeat", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    trees = [tree.resolve() for tree in (arguments.old, arguments.new)]
    for tree in trees:
        if not (tree / "Kconfig").is_file():
            sys.exit(f"{tree} is no kernel tree: it has no Kconfig")
    with tempfile.TemporaryDirectory() as repository:
        git(repository, "init", "-q")
        for tree, tag in zip(trees, ("old", "new")):
            git(repository, f"--work-tree={tree}", "add", "-A", "-f")
            git(repository, "commit", "-q", "-m", tree.name)
            git(repository, "tag", tag)
        command = [arguments.kfeat.resolve(), "-C", repository, "check", "--range", "old..new", "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"kfeat: exit {done.returncode}: {done.stderr}")
    if arguments.out:
        arguments.out.write_text(done.stdout)
    findings = [one for one in json.loads(done.stdout)["findings"] if one["level"] in ("error", "warning")]
    for one in findings:
        place = one["primary"]
        print(f"{place['path']}:{place['line']}: {one['level']}: {one['lint']}: {one['headline']}")
    errors = sum(one["level"] == "error" for one in findings)
    print(f"{errors} errors, {len(findings) - errors} warnings")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of processor time with git's", file=sys.stderr)


if __name__ == "__main__":
    main()
