#!/usr/bin/env python3
"""Doubles hostile input in one dimension after the other, and fails where time or memory grows faster than it should.

usage: benches/growth.py [--program PATH] [--quick] [--list] [DIMENSION…]

For each dimension the program runs on a small tree with n/4, n/2 and n of one thing, with one thread and without its cache. Two
things must hold:

  - from n/4 to n, the processor time beyond that of an empty run grows no more than ALLOWED times, where n log n would be
    about 4.7 times and a square 16 times. Differences below NOISE seconds say nothing. Dimensions of which a limit of
    docs/security.md bounds the work are let off this: their work grows faster until it reaches the limit;
  - the largest run takes at most 30 s of processor time and 1 GiB.

Processor time is user and system time of the process. A number of 2 says that a limit is named: then work ends early, which is
what a limit is for. With --quick the sizes are a sixteenth, for a build without optimisation; `cargo test --test untrusted growth`
runs that. The exit code is 1 if a dimension fails.
"""

import argparse
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = 8.0
NOISE = 0.4
SECONDS = 30
MEMORY = 1 << 30
CAP = SECONDS + 5

CHECK = ["check", "--no-cache", "--arch", "arm64"]
HOOK = "#define arch_enter_lazy_mmu_mode() do {} while (0)\n"
TABLE = "Documentation/features/vm/huge-vmap/arch-support.txt"

DIMENSIONS = {}

# What bounds the work of a dimension that cannot be n log n.
BOUNDED = {
    "entries_that_select_the_feature": "solver-steps",
    "choice_members_with_selects": "solver-steps",
    "operands_of_one_expression": "rewritten-nodes",
    "dependencies_on_all_entries_before": "rewriting-steps",
    "pigeons": "solver-conflicts",
    "elif_chain": "condition-steps",
    "elif_chain_of_comparisons": "condition-steps",
    "branches_that_define_the_hook": "condition-steps",
    "redefinitions": "condition-steps",
    "ladder_of_states": "condition-steps",
    "ladder_of_macros": "condition-steps",
    "tower_of_headers": "condition-steps",
    "parts_of_a_path": "path-depth",
    "words_that_are_filtered_by_patterns": "makefile-text",
    "equal_rows_of_a_table": "what a snippet may show of a file, 16 KiB",
}

# What ends with an error once all of it is read.
REFUSED = {"hunks_before_one_that_does_not_fit"}


def dimension(size, *runs):
    """Registers a function that returns the files to put on top of the tree for n of one thing. A text that begins with a plus
    sign is put after the file that is there. Each run is a list of arguments; DIR stands for the tree."""

    def register(function):
        DIMENSIONS[function.__name__] = (size, runs or (CHECK,), function)
        return function

    return register


def kconfig(text):
    return {"mm/Kconfig": "+\n" + text}


def header(text, **files):
    """The entry header with an include of `first.h`."""
    made = {f"include/linux/{name}.h": content for name, content in files.items()}
    return {"include/linux/pgtable.h": "!#include <linux/first.h>", "include/linux/first.h": text, **made}


# Kconfig

@dimension(100_000)
def symbols(n):
    return kconfig("".join(f'config S{i}\n\tbool "s"\n\tdepends on S{i // 2}\n' for i in range(1, n)))


@dimension(16_000)
def selects_of_one_symbol_in_one_entry(n):
    return kconfig("config MANY\n\tbool \"m\"\n" + "\tselect ARCH_HAS_LAZY_MMU_MODE\n" * n)


@dimension(16_000)
def selects_of_many_symbols_in_one_entry(n):
    text = "".join(f"config T{i}\n\tbool\n" for i in range(n))
    return kconfig(text + 'config MANY\n\tbool "m"\n' + "".join(f"\tselect T{i * 7919 % n}\n" for i in range(n)))


@dimension(100_000, ["explain", "SELECTED", "--arch", "arm64"])
def entries_that_select_one_symbol(n):
    text = "config SELECTED\n\tbool\n"
    return kconfig(text + "".join(f'config S{i}\n\tbool "s"\n\tselect SELECTED\n' for i in range(n)))


@dimension(20_000)
def entries_that_select_the_feature(n):
    return kconfig("".join(f'config S{i}\n\tbool "s"\n\tselect ARCH_HAS_LAZY_MMU_MODE\n' for i in range(n)))


@dimension(4_000, [*CHECK, "--feature", "all"])
def entries_that_select_the_feature_under_conditions(n):
    line = "\tselect ARCH_HAS_LAZY_MMU_MODE if Z{} && !Z{}\n"
    return kconfig("".join(f'config Z{i}\n\tbool "z"\n' + line.format((i + 1) % n, i * 3 % n) for i in range(n)))


@dimension(180_000, [*CHECK, "--feature", "all"])
def dependencies_on_all_entries_before(n):
    def lines(i):
        return "".join(f"\tdepends on !Z{j}\n" for j in range(i))

    return kconfig("".join(f'config Z{i}\n\tbool "z"\n' + lines(i) for i in range(math.isqrt(2 * n))))


@dimension(8_000)
def nested_if(n):
    return kconfig("".join(f"if S{i}\n" for i in range(n)) + 'config IN\n\tbool "i"\n' + "endif\n" * n)


@dimension(8_000)
def nested_menu(n):
    return kconfig('menu "m"\n' * n + 'config IN\n\tbool "i"\n' + "endmenu\n" * n)


@dimension(16_000)
def missing_source(n):
    return kconfig('source "mm/not-there"\n' * n)


@dimension(16_000)
def other_missing_sources(n):
    return kconfig("".join(f'source "mm/not-there-{i}"\n' for i in range(n)))


@dimension(4_000)
def sourced_files(n):
    files = {f"mm/Kconfig.{i}": f'config F{i}\n\tbool "f"\n' for i in range(n)}
    return {**files, **kconfig("".join(f'source "mm/Kconfig.{i}"\n' for i in range(n)))}


@dimension(50_000)
def choice_members(n):
    members = "".join(f'config C{i}\n\tbool "c"\n' for i in range(n))
    return kconfig('choice\n\tprompt "c"\n' + members + "endchoice\n")


@dimension(8_000, CHECK, ["explain", "C1", "--arch", "arm64"])
def choice_members_with_selects(n):
    members = "".join(f'config C{i}\n\tbool "c"\n\tselect ARCH_HAS_LAZY_MMU_MODE\n' for i in range(n))
    return kconfig('choice\n\tprompt "c"\n' + members + "endchoice\n")


@dimension(20_000, CHECK, ["explain", "MANY", "--arch", "arm64"])
def defaults_of_one_symbol(n):
    symbols = "".join(f'config D{i}\n\tbool "d"\n' for i in range(n))
    return kconfig(symbols + "config MANY\n\tint\n" + "".join(f"\tdefault {i} if D{i}\n" for i in range(n)))


@dimension(20_000)
def ranges_of_one_symbol(n):
    symbols = "".join(f'config D{i}\n\tbool "d"\n' for i in range(n))
    return kconfig(symbols + 'config MANY\n\tint "m"\n' + "".join(f"\trange {i} 30000 if D{i}\n" for i in range(n)))


@dimension(20_000)
def depends_on_lines(n):
    return kconfig('config MANY\n\tbool "m"\n' + "".join(f"\tdepends on D{i}\n" for i in range(n)))


@dimension(8_000)
def operands_of_one_expression(n):
    text = "".join(f'config D{i}\n\tbool "d"\n' for i in range(n))
    return kconfig(text + 'config MANY\n\tbool "m"\n\tdepends on ' + " || ".join(f"D{i}" for i in range(n)) + "\n")


@dimension(8_000)
def parentheses(n):
    return kconfig('config MANY\n\tbool "m"\n\tdepends on ' + "(" * n + "MMU" + ")" * n + "\n")


@dimension(20_000)
def places_of_one_symbol(n):
    return kconfig('config MANY\n\tbool "m"\n' * n)


@dimension(20_000)
def prompts_of_one_symbol(n):
    return kconfig('config MANY\n\tbool "m"\n' + '\tprompt "m"\n' * n)


@dimension(1_000_000)
def one_line_of_kconfig(n):
    return kconfig('config MANY\n\tbool "' + "m" * n + '"\n')


@dimension(20_000)
def wrong_lines_of_kconfig(n):
    return kconfig("what is this\n" * n)


@dimension(400_000)
def wrong_words_in_one_line_of_kconfig(n):
    return kconfig("? " * n + "\n")


@dimension(400_000)
def help_lines(n):
    return kconfig('config MANY\n\tbool "m"\n\thelp\n' + "\t  A line.\n" * n)


@dimension(20_000)
def chain_of_selects(n):
    return kconfig("".join(f'config S{i}\n\tbool "s"\n\tselect S{i + 1}\n' for i in range(n)))


@dimension(20_000)
def chain_of_dependencies(n):
    return kconfig("".join(f'config S{i}\n\tbool "s"\n\tdepends on S{i + 1}\n' for i in range(n)))


@dimension(20_000)
def ring_of_dependencies(n):
    return kconfig("".join(f'config S{i}\n\tbool "s"\n\tdepends on S{(i + 1) % n}\n' for i in range(n)))


@dimension(20_000)
def macros(n):
    return kconfig("".join(f"M{i} := $(M{i - 1})x\n" if i % 100 else f"M{i} := x\n" for i in range(n)))


@dimension(5_000)
def macros_that_double(n):
    return kconfig("A0 := x\n" + "".join(f"A{i} := $(A{i - 1})$(A{i - 1})\n" for i in range(1, n)))


@dimension(20_000)
def uses_of_a_macro(n):
    return kconfig("A = $(B)$(B)\nB = $(C)$(C)\nC = xx\n" + "".join(f'config S{i}$(A)\n\tbool "s"\n' for i in range(n)))


@dimension(2_000, CHECK, ["explain", "PIGEONS", "--arch", "arm64"])
def pigeons(n):
    holes = round(math.sqrt(n / 20))
    text, clauses = "", []
    for pigeon in range(holes + 1):
        for hole in range(holes):
            text += f'config P{pigeon}_{hole}\n\tbool "p"\n'
            clauses += [f"!P{pigeon}_{hole} || !P{other}_{hole}" for other in range(pigeon)]
        clauses.append(" || ".join(f"P{pigeon}_{hole}" for hole in range(holes)))
    text += 'config PIGEONS\n\tbool "p"\n' + "".join(f"\tdepends on {clause}\n" for clause in clauses)
    return kconfig(text + "\tselect ARCH_HAS_LAZY_MMU_MODE\n")


# Headers

@dimension(50_000)
def defines(n):
    return header("".join(f"#define D{i} {i}\n" for i in range(n)))


@dimension(50_000)
def defines_under_conditions(n):
    return header("".join(f"#ifdef CONFIG_D{i}\n#define D{i} {i}\n#endif\n" for i in range(n)))


@dimension(1_600)
def elif_chain(n):
    chain = "".join(f"#elif defined(CONFIG_E{i})\n#define E {i}\n" for i in range(n))
    return header(f"#if defined(CONFIG_E)\n{chain}#else\n{HOOK}#endif\n")


@dimension(1_600)
def elif_chain_of_comparisons(n):
    chain = "".join(f"#elif CONFIG_E == {i}\n#define E {i}\n" for i in range(n))
    return header(f"#if CONFIG_E == -1\n{chain}#else\n{HOOK}#endif\n")


@dimension(1_600)
def branches_that_define_the_hook(n):
    return header("".join(f"#ifdef CONFIG_E{i}\n{HOOK}#endif\n" for i in range(n)))


@dimension(4_000)
def nested_ifdef(n):
    return header("".join(f"#ifdef CONFIG_N{i}\n" for i in range(n)) + HOOK + "#endif\n" * n)


@dimension(2_000)
def redefinitions(n):
    text = "".join(f"#ifdef CONFIG_R{i}\n#undef STATE\n#define STATE {i}\n#endif\n" for i in range(n))
    return header(text + f"#if STATE == 3\n{HOOK}#endif\n")


@dimension(2_000)
def ladder_of_states(n):
    text = "".join(
        f"#if defined(CONFIG_R{i}) && defined(STATE)\n#undef STATE\n#elif defined(CONFIG_S{i})\n#define STATE 1\n#endif\n"
        for i in range(n)
    )
    return header(text + f"#ifdef STATE\n{HOOK}#endif\n")


@dimension(64)
def ladder_of_macros(n):
    text = "".join(
        f"#ifdef CONFIG_M{i}\n#define Q{i} (Q{i + 1} + 1)\n#else\n#define Q{i} (Q{i + 1} + Q{i + 1})\n#endif\n" for i in range(n)
    )
    return header(text + f"#define Q{n} 1\n#if Q0 > 3\n{HOOK}#endif\n")


@dimension(160)
def tower_of_headers(n):
    files = {
        f"level{i}": f"#ifdef CONFIG_X{i}\n#include <linux/level{i + 1}.h>\n#endif\n"
        f"#ifdef CONFIG_Y{i}\n#include <linux/level{i + 1}.h>\n#endif\n"
        for i in range(n)
    }
    files[f"level{n}"] = f"#ifdef CONFIG_LAST\n{HOOK}#endif\n"
    return header("#include <linux/level0.h>\n", **files)


@dimension(4_000)
def included_headers(n):
    return header("".join(f"#include <linux/h{i}.h>\n" for i in range(n)), **{f"h{i}": f"#define H{i} 1\n" for i in range(n)})


@dimension(20_000)
def missing_headers(n):
    return header("".join(f"#include <linux/missing{i}.h>\n" for i in range(n)))


@dimension(16_000)
def includes_of_one_header(n):
    return header("#include <linux/again.h>\n" * n, again="#ifndef AGAIN\n#define AGAIN\n#endif\n")


@dimension(1_000)
def operands_of_one_condition(n):
    return header("#if " + " || ".join(f"defined(CONFIG_O{i})" for i in range(n)) + f"\n{HOOK}#endif\n")


@dimension(1_000_000)
def one_line_of_a_header(n):
    return header("#define LONG " + "x " * n + "\n")


@dimension(20_000)
def wrong_conditions(n):
    return header("#if (\n#endif\n" * n)


@dimension(8_000)
def parentheses_of_a_condition(n):
    return header("#if " + "(" * n + "1" + ")" * n + f"\n{HOOK}#endif\n")


# Sources, Makefiles, tables

@dimension(20_000)
def uses_of_a_hook(n):
    return {"mm/many.c": "#include <linux/pgtable.h>\n" + "void f(void) { arch_enter_lazy_mmu_mode(); }\n" * n}


@dimension(20_000)
def uses_under_conditions(n):
    use = "\n#ifdef CONFIG_U{0}\nvoid f{0}(void) {{ arch_enter_lazy_mmu_mode(); }}\n#endif\n"
    return {"mm/many.c": "#include <linux/pgtable.h>\n" + "".join(use.format(i) for i in range(n))}


@dimension(1_000_000)
def one_line_of_c(n):
    return {"mm/many.c": "#include <linux/pgtable.h>\nint x[] = {" + "1," * n + "arch_enter_lazy_mmu_mode() };\n"}


@dimension(20_000)
def lines_of_a_makefile(n):
    return {"mm/Makefile": "+\n" + "".join(f"obj-$(CONFIG_M{i}) += memory.o many-{i}.o\n" for i in range(n))}


@dimension(4_000)
def nested_ifdef_of_a_makefile(n):
    return {"mm/Makefile": "+\n" + "".join(f"ifdef CONFIG_M{i}\n" for i in range(n)) + "obj-y += memory.o\n" + "endif\n" * n}


@dimension(10_000, ["audit"], ["matrix"])
def rows_of_a_table(n):
    return {TABLE: "+" + "".join(f"    |      arch{i}: | TODO |\n" for i in range(n))}


@dimension(10_000, ["audit"])
def equal_rows_of_a_table(n):
    return {TABLE: "+" + "    |       arm64: | TODO |\n" * n}


@dimension(3_000, [*CHECK, "--fix", "--mail", "--from", "A <a@example.org>"])
def tables_with_a_fix_each(n):
    table = (ROOT / "fixtures/linux-mini" / TABLE).read_text().replace("TODO", "ok  ")
    return {f"Documentation/features/vm/t{i}/arch-support.txt": table.replace("huge-vmap", f"t{i}") for i in range(n)}


@dimension(2_000, ["audit"], ["matrix"], ["emit", "--all", "--check"])
def tables(n):
    head = "#\n# Feature name:          {0}\n#         Kconfig:       {1}\n#         description:   arch supports {0}\n#\n"
    rows = "    -----------------------\n    |         arch |status|\n    -----------------------\n    |       arm64: | TODO |\n    -----------------------\n"
    return {
        f"Documentation/features/vm/many-{i}/arch-support.txt": head.format(f"many-{i}", f"MANY_{i}") + rows for i in range(n)
    }


# Makefiles as functions

COVER = ["cover", "mm/memory.c", "--arch", "arm64"]


def makefile(text):
    return {"mm/Makefile": "+\n" + text}


@dimension(20_000, COVER)
def conditional_lists_of_a_makefile(n):
    return makefile("".join(f"ifeq ($(CONFIG_M{i}),y)\nobj-y += memory.o\nendif\n" for i in range(n)))


@dimension(4_000, COVER)
def nested_conditionals_of_a_makefile(n):
    return makefile("".join(f"ifdef CONFIG_M{i}\n" for i in range(n)) + "obj-y += memory.o\n" + "endif\n" * n)


@dimension(2_000, COVER)
def variables_that_double_in_a_makefile(n):
    return makefile("V0 = memory.o\n" + "".join(f"V{i} = $(V{i - 1}) $(V{i - 1})\n" for i in range(1, n)) + f"obj-y += $(V{n - 1})\n")


@dimension(2_000, COVER)
def texts_under_conditions_of_a_makefile(n):
    return makefile("".join(f"V += $(if $(CONFIG_M{i}),a{i}.o,b{i}.o)\n" for i in range(n)) + "obj-y += $(sort $(V)) memory.o\n")


@dimension(10_000, COVER)
def rounds_of_foreach(n):
    words = " ".join(f"w{i}" for i in range(n))
    return makefile(f"W := {words}\nobj-y += $(foreach w,$(W),$(w).o) memory.o\n")


@dimension(2_000, COVER)
def evals_of_a_makefile(n):
    return makefile("define R\nV$(1) := $(1)\nobj-$$(CONFIG_$(1)) += memory.o\nendef\n" + "".join(f"$(eval $(call R,{i}))\n" for i in range(n)))


@dimension(4_000, COVER)
def lines_that_list_one_object(n):
    return makefile("".join(f"obj-$(CONFIG_M{i}) += memory.o\n" for i in range(n)))


@dimension(6_000, COVER)
def composite_objects_with_a_part_in_common(n):
    return makefile("".join(f"obj-$(CONFIG_M{i}) += m{i}.o\nm{i}-objs := m{(i + 1) % n}.o memory.o\n" for i in range(n)))


@dimension(20_000, COVER)
def words_that_are_filtered_by_words(n):
    words = " ".join(f"w{i}.o" for i in range(n))
    return makefile(f"W := {words}\nobj-y += $(patsubst %.c,%.o,$(filter-out $(W),$(sort $(W) $(W)))) memory.o\n")


@dimension(20_000, COVER)
def words_that_are_filtered_by_patterns(n):
    words, patterns = (" ".join(f"w{i}{end}" for i in range(n)) for end in (".o", "%"))
    return makefile(f"W := {words}\nobj-y += $(filter-out {patterns},$(W)) memory.o\n")


@dimension(20_000, COVER)
def references_to_a_long_variable(n):
    return makefile("".join(f"W += w{i}.o\nifdef W\nV := $(firstword $(W))\nendif\n" for i in range(n)) + "obj-y += memory.o\n")


@dimension(20_000, COVER)
def functions_in_functions(n):
    return makefile("obj-y += " + "$(strip " * n + "memory.o" + ")" * n + "\n")


@dimension(2_000, COVER)
def included_makefiles(n):
    files = {f"mm/more{i}.mk": f"obj-$(CONFIG_M{i}) += memory.o\n" for i in range(n)}
    return {**files, **makefile("".join(f"include mm/more{i}.mk\n" for i in range(n)))}


@dimension(50_000, COVER)
def conditionals_of_a_covered_file(n):
    return {"mm/memory.c": "+\n" + "".join(f"#ifdef CONFIG_C{i}\nint c{i};\n#endif\n" for i in range(n // 50))}


# Specs

SPEC = ["check", "--no-cache", "--arch", "arm64", "--spec", "DIR/own.yaml"]
OWN = "name: own\ntitle: own\ndirectory: vm/own\ndescription: own\nentry_header: include/linux/pgtable.h\n"


@dimension(3_000, SPEC)
def hooks_of_a_spec(n):
    hooks = "".join(f"  - own_hook_{i}\n" for i in range(n))
    return {"own.yaml": OWN + "kconfig: MMU\nhooks:\n" + hooks + "wrappers: [own_wrapper]\n"}


@dimension(3_000, SPEC)
def terms_of_a_spec(n):
    return {"own.yaml": OWN + "kconfig:\n" + "".join(f"  - OWN_{i}\n" for i in range(n)) + "hooks: []\n"}


# Patches

def added(paths):
    text = "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] many\n\nText.\n---\n"
    return text + "".join(
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+int x;\n" for path in paths
    )


PATCH = ["check", "--no-cache", "--arch", "arm64", "--patch", "DIR/patch"]


@dimension(4_000, PATCH)
def new_files_of_a_patch(n):
    return {"patch": added(f"mm/new{i}.c" for i in range(n))}


@dimension(4_000, PATCH)
def new_directories_of_a_patch(n):
    return {"patch": added(f"mm/new{i}/f.c" for i in range(n))}


@dimension(8_000, PATCH)
def parts_of_a_path(n):
    return {"patch": added(["a/" * n + "f.c"])}


@dimension(50_000, PATCH)
def hunks(n):
    old = "".join(f"int x{i};\nint y{i};\nint z{i};\n" for i in range(n))
    new = "".join(f"@@ -{i * 3 + 1},3 +{i * 3 + 1},3 @@\n int x{i};\n-int y{i};\n+int w{i};\n int z{i};\n" for i in range(n))
    head = "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] many\n\nText.\n---\n"
    return {"mm/many.c": old, "patch": head + "diff --git a/mm/many.c b/mm/many.c\n--- a/mm/many.c\n+++ b/mm/many.c\n" + new}


@dimension(8_000, PATCH)
def hunks_that_stand_elsewhere(n):
    old = "int x;\n" * (3 * n) + "".join(f"int x{i};\nint y{i};\nint z{i};\n" for i in range(n))
    new = "".join(f"@@ -{i * 3 + 2},3 +{i * 3 + 2},3 @@\n int x{i};\n-int y{i};\n+int w{i};\n int z{i};\n" for i in range(n))
    head = "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] many\n\nText.\n---\n"
    return {"mm/many.c": old, "patch": head + "diff --git a/mm/many.c b/mm/many.c\n--- a/mm/many.c\n+++ b/mm/many.c\n" + new}


@dimension(8_000, PATCH)
def hunks_before_one_that_does_not_fit(n):
    old = "int x;\nint y;\nint z;\n" * n
    new = "".join(f"@@ -{i * 3 + 1},3 +{i * 3 + 1},3 @@\n int x;\n-int y;\n+int w;\n int z;\n" for i in range(n - 1))
    new += f"@@ -{n * 3 - 2},3 +{n * 3 - 2},3 @@\n int x;\n-int q;\n+int w;\n int z;\n"
    head = "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] many\n\nText.\n---\n"
    return {"mm/many.c": old, "patch": head + "diff --git a/mm/many.c b/mm/many.c\n--- a/mm/many.c\n+++ b/mm/many.c\n" + new}


@dimension(100, PATCH)
def mails(n):
    text = "".join(
        f"From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH {i + 1}/{n}] many\nMessage-ID: <{i}@x>\n\nText.\n---\n"
        f"diff --git a/mm/new{i}.c b/mm/new{i}.c\nnew file mode 100644\n--- /dev/null\n+++ b/mm/new{i}.c\n@@ -0,0 +1 @@\n+int x;\n\n"
        for i in range(n)
    )
    return {"patch": text}


@dimension(10_000, PATCH)
def mails_without_a_patch(n):
    text = "".join(
        f"From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: Re: many\nMessage-ID: <{i}@x>\n\nText.\n\n" for i in range(n)
    )
    return {"patch": text + "\n" + added(["mm/new.c"])}


@dimension(10_000, PATCH)
def replies_to_replies(n):
    text = "".join(
        f"From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: Re: many\nMessage-ID: <{i}@x>\n"
        f"In-Reply-To: <{i - 1}@x>\nReferences: <0@x> <{i - 1}@x>\n\n> Text.\n\n"
        for i in range(n)
    )
    return {"patch": text + "\n" + added(["mm/new.c"])}


@dimension(100_000, PATCH)
def references_of_one_mail(n):
    references = "".join(f" <{i}@x>\n" for i in range(n))
    return {"patch": added(["mm/new.c"]).replace("Subject:", f"References:{references}Subject:", 1)}


@dimension(20_000, PATCH)
def parts_of_one_mail(n):
    part = '--b\nContent-Type: text/plain\n\nText.\n'
    head = 'From: A <a@example.org>\nSubject: [PATCH] many\nContent-Type: multipart/mixed; boundary="b"\n\n'
    body = "--b\nContent-Type: text/x-patch\n\n" + added(["mm/new.c"]).split("---\n", 1)[1]
    return {"patch": head + part * n + body + "--b--\n"}


@dimension(8_000, PATCH)
def lines_that_a_patch_adds_to_kconfig(n):
    head = "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] many\n\nText.\n---\n"
    lines = "".join(f'+config P{i}\n+\tbool "p"\n+\tselect NOT_THERE_{i}\n' for i in range(n))
    text = f"diff --git a/mm/Kconfig b/mm/Kconfig\n--- a/mm/Kconfig\n+++ b/mm/Kconfig\n@@ -1,1 +1,{n * 3 + 1} @@\n # SPDX-License-Identifier: MIT OR Apache-2.0\n"
    return {"patch": head + text + lines}


# Files that the user names

@dimension(50_000, ["config", "alldefconfig", "--arch", "arm64", "--fragment", "DIR/f"])
def lines_of_a_fragment(n):
    symbols = "".join(f'config F{i}\n\tbool "f"\n' for i in range(n))
    return {"Kconfig": symbols, "f": "".join(f"CONFIG_F{i}=y\n" for i in range(n))}


@dimension(50_000, ["config", "alldefconfig", "--arch", "arm64", "--fragment", "DIR/f"])
def lines_of_one_symbol_in_a_fragment(n):
    return {"Kconfig": 'config KASAN\n\tbool "k"\n', "f": "CONFIG_KASAN=y\nCONFIG_KASAN=n\n" * n}


@dimension(20_000, [*CHECK, "--baseline", "DIR/baseline.json"])
def findings_of_a_baseline(n):
    one = '{{"file":"mm/Kconfig","lint":"select-without-hook","archs":["arm64"],"count":1,"text":"t{0}"}}'
    findings = ",\n".join(one.format(i) for i in range(n))
    return {"baseline.json": '{\n"kind": "kfeat baseline",\n"schema": "1.0",\n"findings": [\n' + findings + "\n]\n}\n"}


@dimension(2_000, [*CHECK, "--suppressions", "DIR/kfeat.yaml"])
def suppressions(n):
    one = "  - lint: select-without-hook\n    file: mm/Kconfig{0}\n    reason: because\n"
    return {"kfeat.yaml": "suppress:\n" + "".join(one.format(i) for i in range(n))}


def overlay(tree, files):
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("+"):
            text = path.read_text() + text[1:]
        elif text.startswith("!"):
            text = path.read_text().replace("#include", text[1:] + "\n#include", 1)
        path.write_text(text)


class Run:
    """One run of the program: seconds of processor time, bytes of memory, what it wrote, and how it ended."""

    def __init__(self, program, arguments, tree):
        with tempfile.TemporaryFile() as out:
            environment = {**os.environ, "RAYON_NUM_THREADS": "1", "XDG_CACHE_HOME": "/dev/null"}
            command = [program, "-C", tree, *(part.replace("DIR", str(tree)) for part in arguments)]
            child = subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                preexec_fn=lambda: (
                    resource.setrlimit(resource.RLIMIT_CPU, (CAP, CAP)),
                    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY)),
                ),
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = self.code = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.text = out.read()
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss << 10


def measured(program, arguments, tree, files):
    """The same on a fresh copy of the tree with some files on top."""
    shutil.copytree(ROOT / "fixtures/linux-mini", tree, symlinks=True)
    overlay(tree, files)
    run = Run(program, arguments, tree)
    shutil.rmtree(tree)
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/kfeat")
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the sizes")
    parser.add_argument("--list", action="store_true", help="name the dimensions")
    parser.add_argument("--show", action="store_true", help="show the end of what the largest run writes")
    parser.add_argument("dimension", nargs="*")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{name} {size}" for name, (size, _, _) in DIMENSIONS.items()))
        return 0
    unknown = [name for name in arguments.dimension if name not in DIMENSIONS]
    if unknown:
        parser.error(f"there is no dimension {', '.join(unknown)}; see --list")
    program = arguments.program.resolve()
    failed = []
    print(f"{'dimension':40} {'n':>8} {'n/4':>7} {'n/2':>7} {'n':>7}  grows   MiB  exit")
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        empty = {}
        for name in arguments.dimension or DIMENSIONS:
            size, runs, function = DIMENSIONS[name]
            size = max(8, size // 16) if arguments.quick else size
            for run in runs:
                sizes = [size // 4, size // 2, size]
                done = [measured(program, run, tree, function(n)) for n in sizes]
                base = empty.get(run[0])
                if base is None:
                    files = function(4)
                    base = empty[run[0]] = measured(program, run, tree, files).cpu
                times = [max(one.cpu - base, 0) for one in done]
                grows = times[2] / max(times[0], 0.02)
                last = done[2]
                verdict = ""
                if times[2] > NOISE and grows > ALLOWED and name not in BOUNDED:
                    verdict = "GROWS TOO FAST"
                if last.cpu > SECONDS:
                    verdict = "TOO LONG"
                if last.memory > MEMORY:
                    verdict = "TOO MUCH MEMORY"
                if last.code not in (0, 1, 2):
                    verdict = f"ENDED BY {last.code}"
                if last.code == 2 and b"exceeds the limit" not in last.text and name not in REFUSED:
                    verdict = "MEASURES NOTHING: an error ends the run"
                if b"panicked" in last.text:
                    verdict = "PANICS"
                if verdict:
                    failed.append(f"{name} ({run[0]}): {verdict}")
                columns = " ".join(f"{time:7.2f}" for time in times)
                print(
                    f"{name + ' ' + run[0]:40} {size:8} {columns} {grows:6.1f} {last.memory >> 20:5}  {last.code}  {verdict}",
                    flush=True,
                )
                if arguments.show:
                    print(last.text.decode(errors="replace")[-1500:])
    if failed:
        print("\n" + "\n".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
