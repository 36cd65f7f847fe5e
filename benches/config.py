#!/usr/bin/env python3
"""Measures kfeat side by side with other programs that evaluate Kconfig, in one run: the alldefconfig of all
architectures of a tree, with the same answers of all shell commands.

usage: cargo build --release --example config_all
       benches/config.py TREE [--kconfiglib DIRECTORY] [--rounds N] [--arch ARCH…]

  conf               the kernel's own, one process for each architecture
  conf, large hash   the same with its hash table of expressions enlarged from 2^14 to 2^18 buckets
  kfeat              the example config_all: one process for all architectures, then one for each
  Kconfiglib         the kconfiglib.py in the directory that --kconfiglib names, one process for each architecture. Which fork
                     reads the tree depends on the tree: the 14.1.0 of PyPI reads none since 6.18, the fork of sysprog21
                     reads 7.2. Left out with a message if it is not given or cannot read the tree.

Rounds take turns, so that whatever else the machine does hits all of them; the smallest time of each counts. CPU is user and
system time of all threads, memory the largest resident set of one process. The configurations are compared with those of
conf. Then the commands run for real: once as conf asks for them, once as kfeat does, and each distinct one alone.

It needs gcc, flex and bison. The tree is only read. The exit code is 1 if a configuration differs or a promise of the last
lines is not kept.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import peers

# What kfeat promises: seconds of CPU and MiB for all architectures, MiB for one, milliseconds for one more configuration.
PROMISED = {"cpu": 1.0, "all": 150.0, "one": 27.0, "more": 10.0}

KCONFIGLIB = """
import json, sys
import kconfiglib
answers = json.load(open(sys.argv[1]))["answers"]
kconfiglib._shell_fn = lambda kconf, _, command: answers[command]
kconf = kconfiglib.Kconfig("Kconfig", warn=False)
kconf.write_config(sys.argv[2], header="")
"""


def body(config):
    """A configuration without its heading, which Kconfiglib does not write."""
    return "".join(config.splitlines(keepends=True)[4:])


class Bench:
    """One run of the benchmark."""

    def __init__(self, arguments, scratch):
        self.tree = arguments.tree.resolve()
        self.scratch = scratch
        self.rounds = arguments.rounds
        self.kfeat = arguments.kfeat.resolve()
        known = sorted(path.parent.name for path in (self.tree / "arch").glob("*/Kconfig"))
        self.arches = arguments.arch or known
        self.conf = peers.build_conf(self.tree, scratch / "conf")
        self.environments = {arch: peers.environment(self.tree, arch) for arch in self.arches}
        self.runs = {}
        self.configs = {}
        self.differ = []

    def record(self):
        """The answers of all commands, for everyone; and how many commands the runs of conf asked for."""
        self.answers, self.asked = {}, 0
        for arch in self.arches:
            answers, asked = peers.record(self.conf, self.environments[arch], self.scratch)
            self.answers.update(answers)
            self.asked += asked
        for name in ("reference", "cold"):
            (self.scratch / name / "env").mkdir(parents=True)
            for arch, variables in self.environments.items():
                lines = "".join(f"{name}={value}\n" for name, value in variables.items())
                (self.scratch / f"{name}/env/{arch}.txt").write_text(lines)
        self.answers_path = self.scratch / "reference/answers.json"
        self.answers_path.write_text(json.dumps({"answers": self.answers}))

    def note(self, name, arch, config, whole=True):
        """Keeps the first configuration of an architecture, and the names of those that differ from it."""
        known = self.configs.setdefault(arch, config)
        if (config != known) if whole else (config != body(known)):
            self.differ.append(f"{name} {arch}")

    def run_conf(self, program, name):
        measured = []
        for arch in self.arches:
            directory = peers.objtree(Path(tempfile.mkdtemp(dir=self.scratch)))
            env = peers.with_answers(self.conf, self.environments[arch], self.answers, self.scratch)
            command = [self.conf / program, "--alldefconfig", "Kconfig"]
            measured.append(peers.measure(command, cwd=directory, env=env))
            self.note(name, arch, (directory / ".config").read_text())
        return measured

    def run_kfeat(self, arches, reference="reference"):
        out = self.scratch / "out"
        out.mkdir(exist_ok=True)
        run = peers.measure([self.kfeat, self.tree, self.scratch / reference, out, *arches], cwd=self.scratch)
        for arch in arches:
            self.note("kfeat", arch, (out / arch).read_text())
        return run

    def run_kconfiglib(self, directory, arches):
        measured = []
        for arch in arches:
            out = self.scratch / "kconfiglib"
            env = {**self.environments[arch], "PYTHONPATH": str(directory)}
            command = [sys.executable, "-c", KCONFIGLIB, self.answers_path, out]
            measured.append(peers.measure(command, cwd=self.scratch, env=env))
            self.note("Kconfiglib", arch, out.read_text(), whole=False)
        return measured

    def kconfiglib(self, directory):
        """The directory, if what is in it reads the tree."""
        if not directory:
            print("Kconfiglib: left out, give --kconfiglib DIRECTORY", file=sys.stderr)
            return None
        try:
            self.run_kconfiglib(directory.resolve(), self.arches[:1])
        except RuntimeError as error:
            last = str(error).strip().splitlines()[-1]
            print(f"Kconfiglib: left out, it cannot read this tree: {last}", file=sys.stderr)
            return None
        return directory.resolve()

    def row(self, name, how, runs):
        """A line of the table; `runs` has one list of processes for each round."""
        cpu = min(sum(run.cpu for run in round_) for round_ in runs)
        wall = min(sum(run.wall for run in round_) for round_ in runs)
        memory = max(run.memory for round_ in runs for run in round_)
        print(f"{name:18} {how:13} {cpu:8.2f} {wall:8.2f} {memory:8.1f}", flush=True)
        return cpu, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path, help="a kernel tree")
    parser.add_argument("--kfeat", type=Path, default=peers.HERE.parent / "target/release/examples/config_all")
    parser.add_argument("--kconfiglib", type=Path, metavar="DIRECTORY", help="a directory with kconfiglib.py")
    parser.add_argument("--arch", nargs="+", help="directories below arch/ [default: all]")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    peers.require("gcc", "flex", "bison")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release --example config_all` first")
    with tempfile.TemporaryDirectory() as scratch:
        return report(Bench(arguments, Path(scratch)), arguments)


def report(bench, arguments):
    bench.record()
    kconfiglib = bench.kconfiglib(arguments.kconfiglib)
    conf, large, kfeat, alone, python = [], [], [], [], []
    for _ in range(bench.rounds):
        conf.append(bench.run_conf("conf", "conf"))
        large.append(bench.run_conf("conf-large-hash", "conf, large hash"))
        kfeat.append([bench.run_kfeat(bench.arches)])
        alone.append([bench.run_kfeat([arch]) for arch in bench.arches])
        if kconfiglib:
            python.append(bench.run_kconfiglib(kconfiglib, bench.arches))
    count = len(bench.arches)
    print(f"{bench.tree.name}: alldefconfig of {count} architectures, {bench.rounds} rounds")
    print(f"{'':18} {'processes':13} {'CPU s':>8} {'wall s':>8} {'MiB':>8}")
    bench.row("conf", f"{count}", conf)
    bench.row("conf, large hash", f"{count}", large)
    if kconfiglib:
        bench.row("Kconfiglib", f"{count}", python)
    cpu, memory = bench.row("kfeat", "1", kfeat)
    _, one = bench.row("kfeat", f"{count}", alone)
    more = [statistics.median(float(run.text.split()[0]) for run in runs) for runs in zip(*alone)]
    print(f"kfeat, one more configuration of a loaded model: {min(more):.1f} to {max(more):.1f} ms")

    cold = bench.run_kfeat(bench.arches, "cold")
    ran = int(cold.text.split()[1])
    once = peers.measure(["sh", "-c", once_each(bench)], cwd=bench.scratch, good=range(256))
    print(f"commands: conf asks {bench.asked} times, {len(bench.answers)} are distinct, kfeat runs {ran}")
    print(f"  each distinct one alone: CPU {once.cpu:.1f} s; kfeat with all of them: CPU {cold.cpu:.1f} s")

    for line in bench.differ:
        print(f"differs from conf: {line}")
    reached = {"cpu": cpu, "all": memory, "one": one, "more": max(more)}
    kept = all(reached[name] <= limit for name, limit in PROMISED.items()) and ran <= len(bench.answers)
    print(f"at most {PROMISED['cpu']} s, {PROMISED['all']:.0f} MiB for all, {PROMISED['one']:.0f} MiB for one, "
          f"{PROMISED['more']:.0f} ms for one more, each command once: {'yes' if kept else 'NO'}")
    return 0 if kept and not any("kfeat" in line for line in bench.differ) else 1


def once_each(bench):
    """A script that runs each distinct command as popen does, in a shell of its own."""
    script = bench.scratch / "commands"
    script.mkdir()
    for index, command in enumerate(bench.answers):
        (script / f"{index}").write_text(command)
    variables = bench.environments[bench.arches[0]]
    exports = "".join(f"export {name}='{value}'\n" for name, value in variables.items())
    return exports + f'for file in {script}/*; do sh -c "$(cat "$file")" >/dev/null 2>&1; done; true'


if __name__ == "__main__":
    sys.exit(main())
