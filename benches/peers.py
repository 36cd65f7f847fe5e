"""What the benchmarks share: the kernel's own conf, built outside of the tree, the environment that kbuild gives it, and the
measuring of a process.

conf needs gcc, flex and bison. It is built twice from the sources of the tree: as it is, and with the hash table of its
expressions enlarged from 2^14 to 2^18 buckets, by editing that constant in a temporary copy.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
C_FILES = "conf.c confdata.c expr.c menu.c preprocess.c symbol.c util.c".split()
FLAGS = "-O2 -fomit-frame-pointer -std=gnu11 -I .".split()
HASH_SIZE = re.compile(r"^#define EXPR_HASHSIZE\s.*$", re.M)


def require(*programs):
    """Ends the run if a program is missing, or the system counts memory in another way."""
    if not sys.platform.startswith("linux"):
        sys.exit("this only measures right on Linux")
    for program in programs:
        if not shutil.which(program):
            sys.exit(f"{program} is needed to build conf")


def build_conf(tree, directory):
    """Builds `conf`, `conf-large-hash` and `shim.so`, which answers for the shell, in `directory`. Before 6.12 there is no
    such hash table, and the two are the same. Returns the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for source in [*(tree / "scripts/kconfig").glob("*.[chly]"), *(tree / "scripts/include").glob("*.h")]:
        shutil.copy(source, directory)
    shutil.copy(HERE.parent / "tests/conf/shim.c", directory)
    compile_ = ["gcc", *FLAGS, *C_FILES, "parser.tab.c", "lexer.lex.c", "-o"]
    for command in (
        "bison -o parser.tab.c --defines=parser.tab.h -t -l parser.y".split(),
        "flex -olexer.lex.c -L lexer.l".split(),
        "gcc -O2 -shared -fPIC -o shim.so shim.c".split(),
        [*compile_, "conf"],
    ):
        subprocess.run(command, cwd=directory, check=True, stderr=subprocess.PIPE)
    internal = directory / "internal.h"
    text = internal.read_text()
    internal.unlink()  # The copy may be read-only.
    internal.write_text(HASH_SIZE.sub("#define EXPR_HASHSIZE (1U << 18)", text))
    subprocess.run([*compile_, "conf-large-hash"], cwd=directory, check=True, stderr=subprocess.PIPE)
    return directory


def output(command, **options):
    """The first line of what a command prints, or nothing."""
    try:
        text = subprocess.run(command, capture_output=True, text=True, **options).stdout
    except OSError:
        return ""
    return (text.splitlines() or [""])[0].replace("#", "")


def environment(tree, arch):
    """What kbuild gives conf for a directory below arch/, with the compiler of this machine; um runs on x86."""
    makefile = (tree / "Makefile").read_text()
    version = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*)$", makefile, re.M))
    parts = [version.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "ARCH": arch,
        "SRCARCH": arch,
        "srctree": str(tree),
        "KERNELVERSION": ".".join(filter(None, parts)) + version.get("EXTRAVERSION", ""),
        "CC": "gcc",
        "LD": "ld",
        "AR": "ar",
        "NM": "nm" + {"alpha": " -B", "powerpc": " --synthetic"}.get(arch, ""),
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
    if arch == "um":
        variables.update(SUBARCH="x86", HEADER_ARCH="x86")
    return variables


def objtree(path):
    """A directory for conf to write into. It writes its thousands of generated files only where there is no auto.conf yet."""
    (path / "include/config").mkdir(parents=True)
    (path / "include/config/auto.conf").touch()
    return path


def record(conf, variables, scratch):
    """Runs conf once for real. Returns each command with what it prints, in a mapping, and how many commands ran."""
    log = scratch / "record"
    log.unlink(missing_ok=True)
    subprocess.run(
        [conf / "conf", "--alldefconfig", "Kconfig"],
        cwd=objtree(Path(tempfile.mkdtemp(dir=scratch))),
        env={**variables, "LD_PRELOAD": str(conf / "shim.so"), "KFEAT_SHELL_RECORD": str(log)},
        check=True,
        capture_output=True,
    )
    parts = log.read_bytes().split(b"\0") if log.exists() else []
    answers = {}
    for command, said in zip(parts[::2], parts[1::2]):
        answers[command.decode()] = said.decode().rstrip("\n").replace("\n", " ")
    return answers, len(parts) // 2


def with_answers(conf, variables, answers, scratch):
    """The environment in which conf runs no command, but gets these answers."""
    table = scratch / "answers"
    table.write_bytes(b"".join(f"{command}\0{said}\0".encode() for command, said in answers.items()))
    return {**variables, "LD_PRELOAD": str(conf / "shim.so"), "KFEAT_SHELL_ANSWERS": str(table)}


@dataclass
class Measured:
    """One run: processor time (user and system, with the children that were waited for) and time on the clock in seconds,
    the largest resident memory in MiB of one process, and what was printed."""

    cpu: float
    wall: float
    memory: float
    text: str


# Starts a command, and writes the most memory that it had to a file whose number comes first. A process counts what the one
# that started it had as its own, which of python is more than conf ever needs.
LAUNCHER = r"""
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    const char *preload = getenv("LAUNCHER_PRELOAD");
    pid_t child = fork();
    if (child == 0) {
        close(atoi(argv[1]));
        if (preload)
            setenv("LD_PRELOAD", preload, 1);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 126;
    dprintf(atoi(argv[1]), "%ld", usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
"""


@functools.cache
def launcher():
    """The launcher, built; its directory is removed with this process."""
    directory = tempfile.TemporaryDirectory()
    program = Path(directory.name) / "launcher"
    subprocess.run(["gcc", "-O2", "-x", "c", "-", "-o", program], input=LAUNCHER, text=True, check=True)
    return directory, program


def measure(command, good=(0,), **options):
    """Runs a command. Ends the benchmark if its exit code is not among `good`."""
    _, program = launcher()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as memory:
        started = [program, str(memory.fileno()), *command]
        options["pass_fds"] = [memory.fileno()]
        if "LD_PRELOAD" in options.get("env", ()):
            # The shim is for conf: it takes itself out of the environment of whatever it is loaded into first.
            environment = dict(options["env"])
            environment["LAUNCHER_PRELOAD"] = environment.pop("LD_PRELOAD")
            options["env"] = environment
        start = time.monotonic()
        child = subprocess.Popen(started, stdin=subprocess.DEVNULL, stdout=out, stderr=err, **options)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - start
        memory.seek(0)
        resident = int(memory.read() or 0)
        out.seek(0)
        err.seek(0)
        if child.returncode not in good:
            message = err.read().decode(errors="replace")[-400:]
            raise RuntimeError(f"{command[0]} exits with {child.returncode}: {message}")
        return Measured(usage.ru_utime + usage.ru_stime, wall, resident / 1024, out.read().decode(errors="replace"))
