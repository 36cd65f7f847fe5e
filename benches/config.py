#!/usr/bin/env python3
"""Measures side by side, in one run: the alldefconfig of many architectures by kfeat and by others, with the same
recorded answers of all shell commands.

    cargo run --release --example conf_reference -- TREE CACHE REFERENCE    # once: conf, environments, shell answers
    cargo build --release --example config_all
    benches/config.py --tree TREE --reference REFERENCE --conf CACHE/DIGEST [--kconfiglib DIRECTORY]

Peers, each left out with a message if it is not given:

  kfeat                  the example config_all, one process for all architectures
  conf                   the kernel's own, one process for each
  conf, large hash       the same with its hash table of expressions enlarged from 2^14 to 2^18 buckets
  Kconfiglib             a directory with a kconfiglib.py that reads the tree; the one on PyPI (14.1.0) does not read
                         trees since 7.0, the fork of sysprog21 does

CPU is user and system time of the processes; memory the largest resident set of one of them. All configurations are
compared with those of conf. Exits with 1 if one differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

# One value of ARCH for each directory below arch/.
LABELS = [
    "alpha", "arc", "arm", "arm64", "csky", "hexagon", "loongarch", "m68k", "microblaze", "mips", "nios2",
    "openrisc", "parisc", "powerpc", "riscv", "s390", "sh", "sparc", "um-x86", "x86", "xtensa",
]

KCONFIGLIB = """
import json, sys
import kconfiglib
answers = json.load(open(sys.argv[1]))["answers"]
kconfiglib._shell_fn = lambda kconf, _, command: answers[command]
kconf = kconfiglib.Kconfig("Kconfig", warn=False)
kconf.write_config(sys.argv[2], header="")
"""


def measure(command, environment, directory):
    """Runs a command. Returns CPU seconds, wall seconds, KiB of memory and its standard output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        child = subprocess.Popen(command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            raise RuntimeError(f"{command[0]}: exit code {child.returncode}: {err.read().decode(errors='replace')[-400:]}")
        return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, out.read().decode()


def environment_of(reference, label):
    environment = {"PATH": os.environ["PATH"]}
    with open(f"{reference}/env/{label}.txt") as lines:
        environment.update(line.rstrip("\n").split("=", 1) for line in lines if "=" in line)
    return environment


def table_of(answers, path):
    """The file that the library preloaded into conf answers from."""
    with open(path, "wb") as table:
        for command, output in answers.items():
            table.write(command.encode() + b"\0" + output.encode() + b"\0")


def body(config):
    """A configuration without its heading, which Kconfiglib does not write."""
    return "".join(config.splitlines(keepends=True)[4:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tree", required=True, help="a kernel tree")
    parser.add_argument("--reference", required=True, help="what the example conf_reference wrote for it")
    parser.add_argument("--kfeat", default="target/release/examples/config_all", help="the example config_all")
    parser.add_argument("--conf", help="the directory with conf, conf-large-hash and shim.so")
    parser.add_argument("--kconfiglib", help="a directory with kconfiglib.py")
    parser.add_argument("--labels", nargs="+", default=LABELS, help="values of ARCH, as the files below env/ are called")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the smallest time of each counts")
    arguments = parser.parse_args()
    reference, labels = os.path.abspath(arguments.reference), arguments.labels
    kfeat, tree = os.path.abspath(arguments.kfeat), os.path.abspath(arguments.tree)
    with open(f"{reference}/answers.json") as file:
        answers = json.load(file)["answers"]
    rows, configs, differ = [], {}, []

    with tempfile.TemporaryDirectory() as scratch:
        table = f"{scratch}/table"
        table_of(answers, table)

        def note(name, label, config, whole=True):
            known = configs.setdefault(label, config)
            if (config != known) if whole else (body(known) != config):
                differ.append(f"{name} {label}")

        def each(name, run):
            """One process for each architecture; the smallest time of several rounds."""
            cpu = wall = memory = 0
            for label in labels:
                rounds = [run(label) for _ in range(arguments.rounds)]
                cpu += min(figures[0] for figures in rounds)
                wall += min(figures[1] for figures in rounds)
                memory = max([memory] + [figures[2] for figures in rounds])
            rows.append((name, f"{len(labels)} processes", cpu, wall, memory))

        def conf(program, name):
            def run(label):
                directory = tempfile.mkdtemp(dir=scratch)
                # conf writes many more files where there is no auto.conf.
                os.makedirs(f"{directory}/include/config")
                open(f"{directory}/include/config/auto.conf", "w").close()
                environment = environment_of(reference, label)
                environment["LD_PRELOAD"] = os.path.abspath(f"{arguments.conf}/shim.so")
                environment["KFEAT_SHELL_ANSWERS"] = table
                program_path = os.path.abspath(f"{arguments.conf}/{program}")
                figures = measure([program_path, "--alldefconfig", "Kconfig"], environment, directory)
                with open(f"{directory}/.config") as file:
                    note(name, label, file.read())
                return figures
            each(name, run)

        if arguments.conf:
            conf("conf", "conf")
            conf("conf-large-hash", "conf, large hash")
        else:
            print("conf: left out, give --conf DIRECTORY", file=sys.stderr)

        def with_kfeat(of):
            figures = measure([kfeat, tree, reference, scratch, *of], dict(os.environ), scratch)
            for label in of:
                with open(f"{scratch}/{label}") as file:
                    note("kfeat", label, file.read())
            return figures

        rounds = [with_kfeat(labels) for _ in range(arguments.rounds)]
        smallest = [min(figures[i] for figures in rounds) for i in (0, 1)]
        rows.append(("kfeat", "one process", *smallest, max(figures[2] for figures in rounds)))
        alone = [(label, with_kfeat([label])) for label in labels]
        largest = max(alone, key=lambda figures: figures[1][2])

        if arguments.kconfiglib:
            def kconfiglib(label):
                environment = environment_of(reference, label)
                environment["PYTHONPATH"] = os.path.abspath(arguments.kconfiglib)
                out = f"{scratch}/kconfiglib"
                command = [sys.executable, "-c", KCONFIGLIB, f"{reference}/answers.json", out]
                figures = measure(command, environment, scratch)
                with open(out) as file:
                    note("Kconfiglib", label, file.read(), whole=False)
                return figures
            each("Kconfiglib", kconfiglib)
        else:
            print("Kconfiglib: left out, give --kconfiglib DIRECTORY", file=sys.stderr)

    print(f"{'':18} {'':14} {'CPU s':>7} {'wall s':>7} {'MB':>6}")
    for name, how, cpu, wall, memory in rows:
        print(f"{name:18} {how:14} {cpu:7.2f} {wall:7.2f} {memory / 1024:6.1f}")
    print(f"kfeat, one architecture: at most {largest[1][2] / 1024:.1f} MB ({largest[0]})")
    milliseconds = [float(figures[3].split()[-1]) for _, figures in alone]
    print(f"kfeat, one more configuration of a loaded model: {min(milliseconds)} to {max(milliseconds)} ms")
    for line in differ:
        print(f"differs from conf: {line}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
