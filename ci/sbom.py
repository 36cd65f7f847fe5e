#!/usr/bin/env python3
"""Writes the software bill of materials of the default build as CycloneDX 1.5, from `cargo metadata`.

usage: ci/sbom.py >kfeat.cdx.json

It has what the program is built from on this target: no crates of tests, none of other systems. With --check it only tells whether
every crate comes from crates.io and names a licence, and which crates are there in two versions; the exit code is 1 if one is not
from there or has none. `cargo deny --locked check` says more, and needs to be installed.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only check sources and licences")
    arguments = parser.parse_args()
    host = next(
        line.split(": ")[1]
        for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines()
        if line.startswith("host: ")
    )
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    metadata = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}

    def needed(node):
        """The crates that are linked or run while it is built."""
        return [
            dependency["pkg"]
            for dependency in nodes[node]["deps"]
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
        ]

    root = metadata["resolve"]["root"]
    reached, pending = {root}, [root]
    while pending:
        for dependency in needed(pending.pop()):
            if dependency not in reached:
                reached.add(dependency)
                pending.append(dependency)
    others = sorted(reached - {root}, key=lambda node: (packages[node]["name"], packages[node]["version"]))
    if arguments.check:
        wrong = []
        for package in (packages[node] for node in others):
            name = f"{package['name']} {package['version']}"
            if package["source"] != REGISTRY:
                wrong.append(f"{name} comes from {package['source']}")
            if not package["license"]:
                wrong.append(f"{name} names no licence")
        names = [packages[node]["name"] for node in others]
        for name in sorted({name for name in names if names.count(name) > 1}):
            print(f"{name} is there {names.count(name)} times")
        print("\n".join(wrong) or f"{len(others)} crates, all from crates.io, all with a licence")
        return 1 if wrong else 0

    def reference(node):
        package = packages[node]
        return f"pkg:cargo/{package['name']}@{package['version']}"

    def component(node, kind):
        package = packages[node]
        of = {
            "type": kind,
            "bom-ref": reference(node),
            "name": package["name"],
            "version": package["version"],
            "purl": reference(node),
        }
        if package["license"]:
            of["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if package["repository"]:
            of["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
        return of

    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(node, "library") for node in others],
        "dependencies": [
            {"ref": reference(node), "dependsOn": sorted(reference(to) for to in needed(node))} for node in [root, *others]
        ],
    }
    json.dump(document, sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
