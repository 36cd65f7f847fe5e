# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sphinx directive ``kernel-feat`` that shows what Kconfig says.

The kernel's own directive of the same name shows what the tables below ``Documentation/features`` claim. This one asks kfeat, and
shows the claim where it differs. It takes the same arguments, so it can replace the kernel's in ``Documentation/conf.py``: put the
directory of this file in front of ``sys.path``, and ``kfeat_sphinx`` in the place of ``kernel_feat`` in ``extensions``.

    .. kernel-feat:: features
    .. kernel-feat:: features arm64

Settings in ``conf.py``:

``kfeat_program``
    How kfeat is started. Default: ``kfeat``.
``kfeat_json``
    A file that ``kfeat matrix --format json`` wrote. Default: none; kfeat is run once for each build.
``kfeat_links``
    An address with ``{path}`` and ``{line}`` for links to sources. Default: none.

The tree is ``$srctree``, as for the kernel's directive, or ``kfeat_tree``.
"""

import json
import os
import subprocess

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from sphinx.errors import ExtensionError
from sphinx.util import logging

__version__ = "1.0"

LOG = logging.getLogger(__name__)
STATES = {
    "always": "yes",
    "conditional": "depends",
    "never": "no",
    "undecided": "undecided",
}


def setup(app):
    """Registers the directive and its settings."""
    app.add_config_value("kfeat_program", "kfeat", "env")
    app.add_config_value("kfeat_json", None, "env")
    app.add_config_value("kfeat_links", None, "env")
    app.add_config_value("kfeat_tree", None, "env")
    app.add_directive("kernel-feat", KernelFeat)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def tree_of(config):
    """The directory of the kernel tree."""
    tree = config.kfeat_tree or os.environ.get("srctree")
    if not tree:
        raise ExtensionError("kfeat: set $srctree or kfeat_tree to the kernel tree")
    return os.path.abspath(tree)


def matrix(app):
    """What kfeat says of all features, read once for a build."""
    known = getattr(app, "_kfeat_matrix", None)
    if known is None:
        known = app._kfeat_matrix = read_matrix(app.config)
    return known


def read_matrix(config):
    """The document of ``kfeat matrix --format json``."""
    if config.kfeat_json:
        with open(config.kfeat_json, encoding="utf-8") as file:
            return json.load(file)
    command = [config.kfeat_program, "-C", tree_of(config), "matrix", "--format", "json"]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    except OSError as error:
        raise ExtensionError(f"kfeat: cannot run {command[0]}: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        if not done.stdout:
            raise ExtensionError(f"kfeat: {' '.join(command)} exits with {done.returncode}: {said}")
        # Cells of files that cannot be read are undecided, and the rest stands.
        LOG.warning("kfeat: %s", said)
    return json.loads(done.stdout)


class KernelFeat(Directive):
    """The directive: the whole matrix, or one architecture."""

    required_arguments = 1
    optional_arguments = 2
    has_content = False
    option_spec = {"debug": directives.flag}

    def run(self):
        env = self.state.document.settings.env
        page = matrix(env.app)
        for feature in page["features"]:
            env.note_dependency(os.path.join(tree_of(env.config), feature["path"]))
        links = env.config.kfeat_links
        if len(self.arguments) > 1:
            arch = self.arguments[1]
            if arch not in page["architectures"]:
                raise self.error(f"the tree has no architecture {arch}")
            return [self.section(f"Feature status on {arch}", architecture(page, arch, links))]
        return [self.section("Feature status on all architectures", overview(page))]

    def section(self, title, content):
        """A section with a title, for a page of the kernel has none but that of the directive."""
        section = nodes.section(names=[nodes.fully_normalize_name(title)])
        section += nodes.title(text=title)
        section += content
        self.state.document.note_implicit_target(section, section)
        return section


def architecture(page, arch, links):
    """A table of all features of one architecture."""
    rows = []
    for feature in page["features"]:
        cell = next((cell for cell in feature["cells"] if cell["arch"] == arch), None)
        if cell is None:
            continue
        name = nodes.paragraph()
        name += nodes.strong(text=feature["name"])
        if feature["description"]:
            name += nodes.Text(f": {feature['description']}")
        symbols = nodes.paragraph()
        for index, term in enumerate(feature["kconfig"]):
            symbols += nodes.Text(" or ") if index else nodes.Text("")
            symbols += nodes.literal(text=term)
        rows.append([text(feature["subsystem"]), name, symbols, status(cell, links)])
    return table(["Subsystem", "Feature", "Kconfig", "Status"], [12, 32, 28, 40], rows, "kfeat-arch")


def overview(page):
    """A table of all features and architectures."""
    rows = []
    for feature in page["features"]:
        cells = {cell["arch"]: cell for cell in feature["cells"]}
        row = [text(f"{feature['subsystem']}/{feature['name']}")]
        for arch in page["architectures"]:
            cell = cells.get(arch)
            row.append(text(short(cell) if cell else ""))
        rows.append(row)
    widths = [28] + [max(10, len(arch) + 2) for arch in page["architectures"]]
    return table(["Feature"] + page["architectures"], widths, rows, "kfeat-matrix")


def short(cell):
    """The state of a cell in a few letters; with ``!`` where the table claims something else."""
    return STATES[cell["state"]] + ("!" if contradicts(cell) else "")


def contradicts(cell):
    """Whether the table and Kconfig say different things."""
    return cell["agreement"] in ("claimed", "denied")


def status(cell, links):
    """What Kconfig says, the place that proves it, and the claim of the table where that differs."""
    entry = nodes.container()
    says = nodes.paragraph(text=STATES[cell["state"]])
    if cell["condition"]:
        says += nodes.Text(": ")
        says += nodes.literal(text=cell["condition"])
    entry += says
    if cell["evidence"] and cell["actual"] == "yes":
        place = cell["evidence"][0]
        where = f"{place['path']}:{place['line']}"
        proof = nodes.paragraph()
        if links:
            address = links.format(path=place["path"], line=place["line"])
            proof += nodes.reference(text=where, refuri=address)
        else:
            proof += nodes.literal(text=where)
        entry += proof
    if contradicts(cell):
        claim = nodes.paragraph()
        claim += nodes.strong(text=f"The table says {cell['documented']['status']}")
        if cell["reason"]:
            claim += nodes.Text(f": {cell['reason'].replace('`', '')}")
        entry += claim
    return entry


def text(words):
    """A paragraph."""
    return nodes.paragraph(text=words)


def table(heads, widths, rows, name):
    """A table with a head."""
    node = nodes.table(classes=[name])
    group = nodes.tgroup(cols=len(heads))
    node += group
    for width in widths:
        group += nodes.colspec(colwidth=width)
    head = nodes.thead()
    head += row_of([text(words) for words in heads])
    body = nodes.tbody()
    for cells in rows:
        body += row_of(cells)
    group += head
    group += body
    return node


def row_of(cells):
    """A row of a table."""
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += cell
        row += entry
    return row
