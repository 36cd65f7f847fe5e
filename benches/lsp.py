#!/usr/bin/env python3
"""Replays edits through the language server protocol and holds the server to its bounds of time and memory.

usage: benches/lsp.py [--program PATH] [--edits N] [--burst N] [--seed N] [--json] TREE

A session opens a few Kconfig files of the tree and types into them, as a person would: a line is begun, grows by a few characters, and
is taken away again. After each edit the time to the first diagnostics is measured, which is that of syntax and names. After each burst
of edits the script waits for the proofs; measured is the time from the edit to the end of the check, without the pause in typing that
the server waits for, and the processor time that the server took for it, which other programs on the machine change less. The peak of the memory is what the system says of the process (`VmHWM`).

The tree is not written to. The bounds hold for Linux 7.2. The exit code is 1 if one of them is exceeded.
"""

import argparse
import json
import os
import queue
import random
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Milliseconds and MiB.
BOUNDS = {"first": 300, "edit": 50, "proof": 500, "memory": 250}

# How long the server waits for another edit (`server.rs: PAUSE`), in milliseconds.
PAUSE = 300

FILES = ["mm/Kconfig", "arch/x86/Kconfig", "arch/arm64/Kconfig", "init/Kconfig", "drivers/net/Kconfig", "lib/Kconfig.debug"]

LINES = [
    "config LSP_BENCH\n\tbool \"a symbol\"\n\tdepends on MMU && 64BIT\n\tselect ARCH_HAS_PTE_SPECIAL\n\n",
    "config LSP_OTHER\n\ttristate\n\tdefault y if NET\n\n",
    "if MODULES\nendif\n\n",
    "# a comment\n",
    "config LSP_BROKEN\n\tselct NOTHING\n\tdepends on (MMU\n\n",
    "config LSP_UNMET\n\tbool \"x\"\n\tselect HUGETLB_PAGE\n\n",
]


class Server:
    """A running server and what it says."""

    def __init__(self, program, tree):
        self.start = time.monotonic()
        self.process = subprocess.Popen([program, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.messages = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.next = 0
        self.request("initialize", {
            "processId": None, "rootUri": tree.as_uri(), "capabilities": {}, "initializationOptions": {"reportChecks": True},
        })
        self.notify("initialized", {})

    def read(self):
        stream = self.process.stdout
        while True:
            size = 0
            while (line := stream.readline().strip()):
                size = int(line.split(b":")[1])
            if not size:
                self.messages.put((time.monotonic(), None))
                return
            message = json.loads(stream.read(size))
            self.messages.put((time.monotonic(), message))

    def send(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.process.stdin.flush()

    def notify(self, method, params):
        self.send({"method": method, "params": params})

    def request(self, method, params):
        self.next += 1
        number = self.next
        self.send({"id": number, "method": method, "params": params})
        return self.wait(lambda message: message.get("id") == number and "method" not in message)[1]

    def wait(self, fits):
        """Returns when a message that fits came, and the message."""
        while True:
            moment, message = self.messages.get(timeout=300)
            if message is None:
                raise SystemExit("the server has ended")
            if fits(message):
                return moment, message

    def diagnostics(self, uri, version):
        def fits(message):
            params = message.get("params", {})
            return message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri and params.get("version") == version
        return self.wait(fits)

    def checked(self, uri, version):
        """Returns when the proofs of a version came. Contracts of features may follow."""
        def fits(message):
            params = message.get("params", {})
            return message.get("method") == "kfeat/checked" and params["uri"] == uri and params["version"] == version
        return self.wait(fits)

    def processor(self):
        """The processor time so far, in milliseconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def memory(self, what):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) / 1024
        return 0.0


def place(text, offset):
    line = text.count("\n", 0, offset)
    start = text.rfind("\n", 0, offset) + 1
    return {"line": line, "character": len(text[start:offset].encode("utf-16-le")) // 2}


class Typist:
    """Types into a file: the next edit of it, again and again."""

    def __init__(self, text, chance):
        self.text, self.chance = text, chance
        self.at, self.left, self.typed = 0, "", ""

    def edit(self):
        if self.left:
            size = self.chance.randint(1, 8)
            piece, self.left = self.left[:size], self.left[size:]
            start = self.at + len(self.typed)
            self.typed += piece
            return self.replace(start, start, piece)
        if self.typed:
            start, end = self.at, self.at + len(self.typed)
            self.typed = ""
            return self.replace(start, end, "")
        entries = [at for at in range(len(self.text)) if self.text.startswith("\nconfig ", at)]
        self.at = self.chance.choice(entries or [0]) + 1
        self.left = self.chance.choice(LINES)
        return self.edit()

    def replace(self, start, end, piece):
        change = {"range": {"start": place(self.text, start), "end": place(self.text, end)}, "text": piece}
        self.text = self.text[:start] + piece + self.text[end:]
        return change


def summary(values):
    values = sorted(values)
    last = len(values) - 1
    return {
        "median": round(statistics.median(values), 1),
        "p95": round(values[round(last * 0.95)], 1),
        "max": round(values[last], 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--program", default=str(ROOT / "target/release/kfeat"))
    parser.add_argument("--edits", type=int, default=1000)
    parser.add_argument("--burst", type=int, default=10, help="edits between two waits for proofs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="write the figures as JSON")
    options = parser.parse_args()
    tree = options.tree.resolve()
    chance = random.Random(options.seed)
    server = Server(options.program, tree)
    typists = {}
    for path in FILES:
        file = tree / path
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        typists[file.as_uri()] = Typist(text, chance)
        document = {"uri": file.as_uri(), "languageId": "kconfig", "version": 1, "text": text}
        server.notify("textDocument/didOpen", {"textDocument": document})
    uris = list(typists)
    moment, _ = server.diagnostics(uris[0], 1)
    first = (moment - server.start) * 1000
    moment, _ = server.checked(uris[-1], 1)
    checked = (moment - server.start) * 1000
    print(f"first diagnostics after {first:.0f} ms, first proofs after {checked:.0f} ms; "
          f"{server.memory('VmHWM'):.0f} MiB at most so far, {server.memory('VmRSS'):.0f} MiB now", file=sys.stderr)
    edits, proofs, work = [], [], []
    version = 1
    for number in range(1, options.edits + 1):
        version += 1
        uri = uris[chance.randrange(len(uris))]
        change = typists[uri].edit()
        start = time.monotonic()
        server.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]})
        moment, _ = server.diagnostics(uri, version)
        edits.append((moment - start) * 1000)
        # The server waits now; what it did for earlier edits, such as contracts, is over or was ended.
        before = server.processor()
        if number % options.burst == 0 or number == options.edits:
            moment, _ = server.checked(uri, version)
            proofs.append((moment - start) * 1000 - PAUSE)
            work.append(server.processor() - before)
    figures = {
        "edits": len(edits),
        "first": round(first, 1),
        "first_proofs": round(checked, 1),
        "edit": summary(edits),
        "proof": summary(proofs),
        "proof_processor": summary(work),
        "memory": round(server.memory("VmHWM"), 1),
    }
    server.request("shutdown", None)
    server.notify("exit", None)
    server.process.wait()
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"first diagnostics   {figures['first']:8.1f} ms            bound {BOUNDS['first']} ms")
        for name, what in (("edit", "syntax and names"), ("proof", "proofs")):
            of = figures[name]
            print(f"{what:19} {of['median']:8.1f} ms median, {of['p95']:.1f} ms for 95 %, {of['max']:.1f} ms at most; bound {BOUNDS[name]} ms")
        of = figures["proof_processor"]
        print(f"{'  processor time':19} {of['median']:8.1f} ms median, {of['p95']:.1f} ms for 95 %, {of['max']:.1f} ms at most")
        print(f"memory at most      {figures['memory']:8.1f} MiB           bound {BOUNDS['memory']} MiB")
    worst = {"first": first, "edit": figures["edit"]["p95"], "proof": figures["proof"]["p95"], "memory": figures["memory"]}
    exceeded = [name for name, value in worst.items() if value > BOUNDS[name]]
    if exceeded:
        print("exceeded: " + ", ".join(exceeded), file=sys.stderr)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
