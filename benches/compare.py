#!/usr/bin/env python3
"""Measures everything that kfeat promises about its speed, beside its peers, in one run.

usage: benches/compare.py TREE [--runs N] [--kfeat PROGRAM] [--only PART…] [--build] [--write]

The jobs of a part take turns, N times each (default 5), so that whatever else the machine does
hits all of them. Processor time is user and system time of all threads and children, memory the
largest resident set of one process; a ratio is that of the medians.

  check     `check` of the lazy MMU layer on all architectures, beside `cat` of all files that it
            reads, to /dev/null, and beside the tree's `conf --alldefconfig` of x86 with a larger
            hash table, which makes that conf four times as fast
  features  `check` of all features that kfeat knows, beside that of one
  second    a second run: on the same tree, and after a header or a Kconfig file has changed
  threads   memory with 64 threads
  version   `kfeat --version` beside /bin/true
  series    a series of 200 commits, 23 of them to Kconfig files, one of 12 beside one `check`, and
            commits to the Kconfig file of one driver
  config    `config alldefconfig` of x86, all architectures in one process, and one more
            configuration of a loaded architecture, beside the same conf
  audit     `audit` of all tables, beside the tree's own script that refreshes them
  growth    how the time grows with architectures, symbols, commits and threads

`--build` measures a cold `cargo build`, too: that of `release` beside that of `dist`. `--write`
writes docs/performance.md with the plots in docs/performance/; where the run is interrupted, with
what was measured until then. The exit code is 1 where a promise is not kept or a part ends in an
error; the others are measured all the same.

It needs gcc, flex, bison, git, strace and a build (`cargo build --release --bins --examples`).
The tree is only read.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import grown
import peers

ROOT = peers.HERE.parent
PARTS = ("check", "features", "second", "threads", "version", "series", "config", "audit", "growth")
SCRIPTS = ("tools/docs/features-refresh.sh", "Documentation/features/scripts/features-refresh.sh")
ISOLATED = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")


def files_of(command, tree):
    """The regular files of the tree that a command opens."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        traced = ["strace", "-f", "-y", "-e", "trace=open,openat,openat2", "-o", str(log), *command]
        subprocess.run(traced, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = set()
        with log.open() as lines:
            for line in lines:
                # With -y strace writes the path after the descriptor that comes back.
                path = line.rstrip().rpartition("<")[2].removesuffix(">")
                if path.startswith(f"{tree}/") and os.path.isfile(path):
                    found.add(path)
    return sorted(found)


class Bench:
    """One run of the benchmark."""

    def __init__(self, arguments, scratch):
        self.tree = arguments.tree.resolve()
        self.kfeat = str(arguments.kfeat.resolve())
        self.examples = arguments.kfeat.resolve().parent / "examples"
        self.runs = arguments.runs
        self.scratch = scratch
        self.rows = []
        self.plots = []
        self.done = []

    def check(self, tree=None, *more, feature="lazy_mmu"):
        """The command that checks a feature of a tree, or all of them."""
        of = ["--feature", feature] if feature else []
        return [self.kfeat, "-C", str(tree or self.tree), "check", *of, "--no-cache", "--format", "concise", *more]

    def turns(self, jobs, runs=None, before=None):
        """Runs jobs, each a list of commands with options, in turns. Returns the medians by name: processor time and wall time
        of all commands of a job in seconds, memory in MiB."""
        measured = {name: [] for name in jobs}
        for _ in range(runs or self.runs):
            for name, commands in jobs.items():
                if before:
                    before(name)
                done = [peers.measure(command, good=(0, 1), **options) for command, options in commands]
                of_job = (sum(run.cpu for run in done), sum(run.wall for run in done), max(run.memory for run in done))
                measured[name].append(of_job)
        return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in measured.items()}

    def row(self, job, against, value, reference, limit, unit):
        """Notes a promise: a ratio to a reference, or a value with a limit."""
        measured = value / reference if reference else value
        self.rows.append((job, against, value, reference, measured, limit, unit))
        mark = "yes" if measured <= limit else "NO"
        print(f"  {job} | {against}: {shown(measured, unit if not reference else '×')}, at most {limit:g}: {mark}", flush=True)

    def conf(self, archs):
        """`conf` with a larger hash table for each architecture, and what it is run with."""
        if not hasattr(self, "jobs_of_conf"):
            peers.require("gcc", "flex", "bison")
            peers.build_conf(self.tree, self.scratch / "conf")
            peers.objtree(self.scratch / "objtree")
            self.jobs_of_conf, self.answers = {}, {}
        conf, objtree = self.scratch / "conf", self.scratch / "objtree"
        missing = [arch for arch in archs if arch not in self.jobs_of_conf]
        if missing:
            jobs, answers = self.jobs_of_conf, self.answers
            for arch in missing:
                scratch = self.scratch / "archs" / arch
                scratch.mkdir(parents=True)
                variables = peers.environment(self.tree, arch)
                of_arch, _ = peers.record(conf, variables, scratch)
                answers.update(of_arch)
                env = peers.with_answers(conf, variables, of_arch, scratch)
                jobs[arch] = ([conf / "conf-large-hash", "--alldefconfig", "Kconfig"], {"cwd": objtree, "env": env})
                directory = self.scratch / "reference/env"
                directory.mkdir(parents=True, exist_ok=True)
                lines = "".join(f"{name}={value}\n" for name, value in variables.items())
                (directory / f"{arch}.txt").write_text(lines)
            (self.scratch / "reference/answers.json").write_text(json.dumps({"answers": answers}))
        return {arch: self.jobs_of_conf[arch] for arch in archs}

    def part_check(self):
        files = files_of(self.check(), self.tree)
        self.files = files
        jobs = {
            "kfeat": [(self.check(), {})],
            "cat": [(["sh", "-c", 'exec cat -- "$@" >/dev/null', "sh", *files], {})],
            "conf": [self.conf(["x86"])["x86"]],
        }
        of = self.turns(jobs)
        size = sum(os.path.getsize(path) for path in files) / 1e6
        job = f"`check --feature lazy_mmu`, all architectures, {of['kfeat'][2]:.0f} MiB"
        self.row(job, f"`cat` of the {len(files):,} files that it reads ({size:.0f} MB)", of["kfeat"][0], of["cat"][0], 1.6, "s")
        self.row("the same", "`conf --alldefconfig`, one architecture, larger hash table", of["kfeat"][0], of["conf"][0], 1.5, "s")

    def part_features(self):
        jobs = {"all": [(self.check(feature=None), {})], "one": [(self.check(), {})]}
        of = self.turns(jobs)
        self.row("`check` of all features that kfeat knows", "`check` of one", of["all"][0], of["one"][0], 3, "s")

    def part_audit(self):
        script = next((self.tree / script for script in SCRIPTS if (self.tree / script).is_file()), None)
        if script is None:
            print("  the tree has no script that refreshes the tables", file=sys.stderr)
            return
        directory = self.scratch / "refresh"
        for path in (self.tree / "arch").rglob("Kconfig*"):
            target = directory / path.relative_to(self.tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.copytree(self.tree / "Documentation/features", directory / "Documentation/features")
        audit = [self.kfeat, "-C", str(self.tree), "audit", "--format", "concise"]
        jobs = {"audit": [(audit, {"cwd": directory})], "script": [(["bash", str(script)], {"cwd": directory})]}
        of = self.turns(jobs, runs=min(self.runs, 3))
        self.row("`audit`, all tables", f"`{script.name}`", of["audit"][0], of["script"][0], 1 / 50, "s")

    def part_config(self):
        archs = sorted(path.parent.name for path in (self.tree / "arch").glob("*/Kconfig"))
        conf = self.conf(archs)
        variables = conf["x86"][1]["env"].items()
        of_conf = ("LD_PRELOAD", "KFEAT_SHELL_ANSWERS", "PATH", "HOME")
        env = dict(os.environ, **{name: value for name, value in variables if name not in of_conf})
        # kfeat also asks for what kbuild asks for before it starts conf, so it records its answers itself.
        answers, config = self.scratch / "answers.json", self.scratch / "config"
        one = [self.kfeat, "-C", str(self.tree), "config", "--arch", "x86"]
        target = ["alldefconfig", "-o", str(config)]
        peers.measure([*one, "--allow-shell", "--record-shell-answers", str(answers), *target], env=env)
        one += ["--shell-answers", str(answers), *target]
        everything = [str(self.examples / "config_all"), str(self.tree), str(self.scratch / "reference"), str(self.scratch / "out"), *conf]
        (self.scratch / "out").mkdir(exist_ok=True)
        jobs = {"kfeat": [(one, {"env": env})], "conf": [conf["x86"]]}
        of = self.turns(jobs)
        self.row("`config alldefconfig`, one architecture", "the same `conf`", of["kfeat"][0], of["conf"][0], 1 / 3, "s")
        self.row("its memory", "the same `conf`", of["kfeat"][2], of["conf"][2], 1, "MiB")
        of = self.turns({"kfeat": [(everything, {})], "conf": list(conf.values())}, runs=min(self.runs, 3))
        self.row(f"all {len(conf)} in one process", f"{len(conf)} such `conf`", of["kfeat"][0], of["conf"][0], 1 / 15, "s")
        alone = everything[:4] + ["x86"]
        more = float(peers.measure(alone).text.split()[0])
        self.row("one more configuration of a loaded architecture", "", more, None, 3, "ms")

    def repository(self, name, tree, changes):
        """A bare repository with the tree as `base`, and one commit for each change, a file with the text to append."""
        directory = self.scratch / name
        subprocess.run(["git", "init", "-q", "--bare", str(directory)], check=True, env=ISOLATED)
        importer = subprocess.Popen(
            ["git", "-C", str(directory), "-c", "core.compression=0", "fast-import", "--quiet", "--depth=0"],
            stdin=subprocess.PIPE,
            env=ISOLATED,
        )

        def commit(branch, start, files):
            text = f"commit refs/heads/{branch}\ncommitter Somebody <s@example.org> 1 +0000\ndata 1\nx\n"
            importer.stdin.write((text + (f"from refs/heads/{start}\n" if start else "")).encode())
            for path, data in files:
                importer.stdin.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")

        commit("base", None, ((path, (tree / path).read_bytes()) for path in grown.files(tree)))
        texts = {}
        for index, (path, line) in enumerate(changes):
            texts[path] = texts.get(path, (tree / path).read_bytes()) + line.encode()
            commit("top", None if index else "base", [(path, texts[path])])
            importer.stdin.write(f"reset refs/heads/at{index + 1}\nfrom refs/heads/top\n\n".encode())
        importer.stdin.close()
        if importer.wait() != 0:
            sys.exit("git fast-import failed")
        return directory

    def changes(self, number, every):
        """Returns this number of changes of files, each `every`th of them of a driver's Kconfig file."""
        drivers = sorted(str(path.relative_to(self.tree)) for path in (self.tree / "drivers").glob("*/*/Kconfig"))
        sources = [path for path in grown.files(self.tree) if path.startswith(("mm/", "fs/", "kernel/", "arch/x86/mm/")) and path.endswith(".c")]
        found = []
        for index in range(number):
            if index % every == 0:
                path = drivers[index * 7 % len(drivers)]
                found.append((path, f'\nconfig ADDED_{index}\n\tbool "Added by a commit"\n\tdepends on MMU\n'))
            else:
                found.append((sources[index * 31 % len(sources)], f"/* {index} */\n"))
        return found

    def of_series(self, directory, commits):
        return [self.kfeat, "-C", str(directory), "check", "--feature", "lazy_mmu", "--no-cache", "--format", "concise", "--range", f"base..at{commits}"]

    def part_series(self):
        directory = self.repository("series", self.tree, self.changes(200, 9))
        self.series = directory
        of = self.turns({"series": [(self.of_series(directory, 200), {})]}, runs=min(self.runs, 3))
        self.row("a series of 200 commits, 23 of them to Kconfig files", "", of["series"][0], None, 2, "s")
        self.row("its memory", "", of["series"][2], None, 250, "MiB")
        of = self.turns({"series": [(self.of_series(directory, 12), {})], "check": [(self.check(), {})]})
        self.row("a series of 12 commits, 2 of them to Kconfig files", "`check` of the tree", of["series"][0], of["check"][0], 1.5, "s")
        drivers = self.repository("drivers", self.tree, self.changes(21, 1))
        jobs = {"long": [(self.of_series(drivers, 21), {})], "short": [(self.of_series(drivers, 1), {})]}
        of = self.turns(jobs)
        each = (of["long"][0] - of["short"][0]) / 20 * 1e3
        self.row("a commit to the Kconfig file of one driver, in a series", "", each, None, 40, "ms")

    def part_second(self):
        tree = grown.copy(self.tree, self.scratch / "second", linked=False)
        cache = self.scratch / "cache"
        header, kconfig = tree / "arch/x86/include/asm/pgtable.h", tree / "mm/Kconfig"
        texts = {path: path.read_bytes() for path in (header, kconfig)}
        command = [arg for arg in self.check(tree) if arg != "--no-cache"] + ["--cache-dir", str(cache)]
        old = 1_000_000_000

        def before(name):
            for path, text in texts.items():
                path.write_bytes(text)
                os.utime(path, (old, old))
            if name == "first":
                shutil.rmtree(cache, ignore_errors=True)
                return
            # What is kept is that of the tree as it was.
            peers.measure(command, good=(0, 1))
            if name == "header":
                header.write_bytes(texts[header] + b"/* changed */\n")
            if name == "kconfig":
                kconfig.write_bytes(texts[kconfig] + b"# changed\n")

        names = ("first", "unchanged", "header", "kconfig")
        of = self.turns({name: [(command, {})] for name in names}, before=before)
        self.row("a second run, nothing changed", "the first run", of["unchanged"][0], of["first"][0], 1 / 15, "s")
        self.row("a second run, one header changed", "the first run", of["header"][0], of["first"][0], 1 / 6, "s")
        self.row("a second run, one Kconfig file changed", "the first run", of["kconfig"][0], of["first"][0], 1 / 6, "s")

    def part_threads(self):
        env = dict(os.environ, RAYON_NUM_THREADS="64")
        of = self.turns({"check": [(self.check(), {"env": env})]})
        self.row("memory of `check` with 64 threads", "", of["check"][2], None, 100, "MiB")

    def part_version(self):
        jobs = {"kfeat": [([self.kfeat, "--version"], {})], "true": [(["/bin/true"], {})]}
        of = self.turns(jobs, runs=max(self.runs * 10, 30))
        self.row("`kfeat --version`", "more than `/bin/true`", (of["kfeat"][1] - of["true"][1]) * 1e3, None, 2, "ms")

    def part_growth(self):
        points = []
        for times in (1, 2, 4, 8):
            tree = grown.with_architectures(self.tree, self.scratch / f"archs{times}", times)
            count = len(list((tree / "arch").glob("*/Kconfig")))
            points.append((count, self.turns({"check": [(self.check(tree), {})]}, runs=3)["check"][0]))
            shutil.rmtree(tree)
        self.plot("architectures", "architectures", points)
        points = []
        for symbols in (0, 35_000, 70_000, 140_000):
            tree = grown.with_symbols(self.tree, self.scratch / f"symbols{symbols}", symbols)
            points.append((symbols, self.turns({"check": [(self.check(tree), {})]}, runs=3)["check"][0]))
            shutil.rmtree(tree)
        self.plot("symbols", "symbols more than the tree has", points)
        directory = getattr(self, "series", None) or self.repository("series", self.tree, self.changes(200, 9))
        points = [(count, self.turns({"check": [(self.of_series(directory, count), {})]}, runs=3)["check"][0]) for count in (25, 50, 100, 200)]
        self.plot("commits", "commits of a series", points)
        points = []
        for threads in (1, 2, 4, 16, 64):
            env = dict(os.environ, RAYON_NUM_THREADS=str(threads))
            points.append((threads, self.turns({"check": [(self.check(), {"env": env})]}, runs=3)["check"][0]))
        self.plot("threads", "threads", points)

    def plot(self, name, axis, points):
        self.plots.append((name, axis, points))
        print(f"  {axis}: " + ", ".join(f"{x:,}: {y:.2f} s" for x, y in points), flush=True)


def build(bench):
    """A cold build of `release`, beside that of `dist`."""
    jobs = {}
    for profile in ("release", "dist"):
        target = bench.scratch / f"build-{profile}"
        command = ["cargo", "build", "--locked", "--quiet", "--profile", profile, "--target-dir", str(target)]
        jobs[profile] = [(command, {"cwd": ROOT})]
    of = bench.turns(jobs, runs=1)
    bench.row("`cargo build --release`, cold: processor time", "`cargo build --profile dist`", of["release"][0], of["dist"][0], 1 / 3, "s")
    bench.row("the same: time on the clock", "the same", of["release"][1], of["dist"][1], 1 / 3, "s")


def shown(value, unit):
    if unit == "s" and value < 0.1:
        return f"{value * 1e3:.0f} ms"
    if unit == "×" and value < 0.1:
        return f"1/{1 / value:.0f}" if value else "0"
    return f"{value:.2f} {unit}" if unit in ("s", "×") else f"{value:.1f} {unit}"


def svg(axis, points):
    """A plot of processor time over something, both from zero, with the straight line from the first point through the last."""
    width, height, left, bottom = 480, 260, 56, 40
    most_x, most_y = max(x for x, _ in points) or 1, max(y for _, y in points) * 1.1

    def at(x, y):
        return left + x / most_x * (width - left - 20), height - bottom - y / most_y * (height - bottom - 16)

    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in (at(x, y) for x, y in points))
    (x1, y1), (x2, y2) = at(*points[0]), at(*points[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path d="M{left} 16V{height - bottom}H{width - 20}" fill="none" stroke="black"/>',
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#bbb" stroke-dasharray="4"/>',
        f'<polyline points="{line}" fill="none" stroke="#0366d6" stroke-width="2"/>',
    ]
    for x, y in points:
        a, b = at(x, y)
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#0366d6"/>')
        parts.append(f'<text x="{a:.1f}" y="{height - bottom + 16}" text-anchor="middle">{x:,}</text>')
        parts.append(f'<text x="{a:.1f}" y="{b - 8:.1f}" text-anchor="middle">{y:.2f}</text>')
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 6}" text-anchor="middle">{axis}</text>')
    parts.append(f'<text x="14" y="{height / 2}" text-anchor="middle" transform="rotate(-90 14 {height / 2})">processor time, s</text>')
    parts.append("</svg>\n")
    return "\n".join(parts)


def page(bench):
    """The page of the book."""
    runs = "one run each" if bench.runs == 1 else f"medians of {bench.runs} runs"
    lines = [
        "# Performance",
        "",
        f"`benches/compare.py --write` writes this page. Measured on {bench.tree.name}, {os.cpu_count()} processors,",
        f"Linux {platform.release()}, {runs}, which took turns with their peers. Times are processor time, user and system, of all",
        "threads and children.",
        "`conf` is the tree's own, with its hash table of expressions enlarged, and with the output of each command recorded before.",
        "",
        "| job | against | measured | of it | ratio or value | promised | kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for job, against, value, reference, measured, limit, unit in bench.rows:
        of = shown(reference, unit) if reference else ""
        ratio = shown(measured, "×" if reference else unit)
        promised = f"≤ {shown(limit, '×' if reference else unit)}"
        lines.append(f"| {job} | {against} | {shown(value, unit)} | {of} | {ratio} | {promised} | {'yes' if measured <= limit else '**no**'} |")
    missing = [part for part in PARTS if part not in bench.done]
    if missing:
        lines += ["", f"Not measured to their end in this run: {', '.join(missing)}."]
    if bench.plots:
        lines += ["", "## Growth", "", "The dashed line is the straight one from the first point to the last.", ""]
        for name, axis, points in bench.plots:
            lines += [f"![processor time over {axis}](performance/{name}.svg)", ""]
    return "\n".join(lines).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kfeat", type=Path, default=ROOT / "target/release/kfeat")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--build", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    peers.require("git", "strace")
    if not arguments.kfeat.exists():
        sys.exit(f"there is no {arguments.kfeat}: run `cargo build --release --bins --examples` first")
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench(arguments, Path(temporary))
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        try:
            for part in PARTS:
                if part in arguments.only:
                    print(part, flush=True)
                    try:
                        getattr(bench, f"part_{part}")()
                        bench.done.append(part)
                    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                        # The others can be measured all the same.
                        print(f"  {error}", file=sys.stderr)
            if arguments.build:
                print("build", flush=True)
                build(bench)
        except (KeyboardInterrupt, RuntimeError) as error:
            print(error if str(error) else "interrupted", file=sys.stderr)
        # A second signal must not end the run before the page is written.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if arguments.write:
        (ROOT / "docs/performance").mkdir(exist_ok=True)
        for name, axis, points in bench.plots:
            (ROOT / f"docs/performance/{name}.svg").write_text(svg(axis, points))
        (ROOT / "docs/performance.md").write_text(page(bench))
    is_whole = all(part in bench.done for part in arguments.only)
    return 0 if is_whole and all(row[4] <= row[5] for row in bench.rows) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit(str(error))
