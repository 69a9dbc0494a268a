"""How the documentation is built: Markdown as it lies here, tutorials that are run, and a reference made from docstrings."""

from __future__ import annotations

import logging
import re
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from myst_parser.parsers.sphinx_ import MystParser
from nbclient import NotebookClient
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import nicmethods
from nicmethods.batch.job import ANSI

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

project, author, copyright = "nicmethods", "The nicmethods developers", "the nicmethods developers"  # noqa: A001
version = release = nicmethods.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["**/.ipynb_checkpoints"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
autosummary_generate = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
default_role = "code"

html_theme = "furo"
html_title = f"nicmethods {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False

logging.getLogger("traitlets").setLevel(logging.WARNING)

SECONDS = 300
"""How long one cell of a tutorial may take."""


class Names(SphinxDirective):
    """All public names of a package: a table of them, then each one's docstring."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the table and one autodoc directive a name, and read that."""
        package = self.arguments[0]
        home = import_module(package)
        kinds = {name: getattr(home, name) for name in home.__all__}
        listed = {name: kind for name, kind in kinds.items() if callable(kind)}
        lines = [f".. currentmodule:: {package}", "", ".. autosummary::", "   :nosignatures:", ""]
        lines += [f"   {name}" for name in listed]
        for name, kind in listed.items():
            word = "class" if isinstance(kind, type) else "function"
            lines += ["", f".. auto{word}:: {name}", *(["   :members:"] if word == "class" else [])]
        return self.parse_text_to_nodes("\n".join(["````{eval-rst}", *lines, "````"]))


class Tutorial(MystParser):
    """A notebook, run from its first cell to its last in an empty folder; what goes wrong in it fails the build."""

    supported = ("ipynb",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Run the notebook, and read what it says and shows as Markdown."""
        written = nbformat.reads(inputstring, as_version=4).cells
        notebook = nbformat.reads(inputstring, as_version=4)
        for cell in notebook.cells:
            if "%nicmethods " in cell.source and "fails" not in cell.metadata.get("tags", []):
                cell.source += "\nassert _exit_code == 0"
        with tempfile.TemporaryDirectory() as folder:
            where, quiet = {"metadata": {"path": folder}}, ["--log-level=ERROR"]
            NotebookClient(
                notebook, timeout=SECONDS, kernel_name="python3", resources=where, extra_arguments=quiet
            ).execute()
        parts = []
        for before, cell in zip(written, notebook.cells, strict=True):
            if cell.cell_type == "markdown":
                parts.append(cell.source)
            elif cell.cell_type == "code":
                parts.append(_fenced("ipython3", before.source))
                parts += [_shown(output).replace(folder, "") for output in cell.outputs]
        for source in Path(nicmethods.__file__).parent.rglob("*.py"):  # run again when the library has changed
            document.settings.env.note_dependency(source)
        super().parse("\n\n".join(parts), document)


def _fenced(language: str, text: str) -> str:
    return f"``````{language}\n{text.rstrip()}\n``````"


def _shown(output: nbformat.NotebookNode) -> str:
    if output.output_type == "stream":
        return _fenced("text", ANSI.sub("", output.text).replace("\r\n", "\n"))
    data = output.data
    if "image/png" in data:
        alt = output.metadata.get("image/png", {}).get("alt", "")
        html = f'<img src="data:image/png;base64,{data["image/png"].strip()}" alt="{alt.replace(chr(34), "&quot;")}">'
    elif "text/html" in data:
        html = data["text/html"]
    else:
        return _fenced("text", data["text/plain"])
    return _fenced("{raw} html", f'<div class="shown">{html}</div>')


def whole_sentence(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Put a property's sentence together again, whose beginning up to a colon napoleon takes for a type."""
    kinds = [line for line in lines if line.startswith(":type: ")]
    if what == "property" and kinds:
        lines[:] = [f"{kinds[0].removeprefix(':type: ')}: {lines[0]}", *lines[1 : lines.index(kinds[0])]]


def asks_elsewhere(app: Sphinx, error: Exception | None) -> None:
    """Stop where a page would load something from elsewhere."""
    loaded = re.compile(r'(?:\ssrc|<link[^>]*\shref)="(?:https?:)?//[^"]*')
    pages = [] if error else sorted(Path(app.outdir).rglob("*.html"))
    found = [f"{page.name}: {what[0]}" for page in pages for what in loaded.finditer(page.read_text(encoding="utf-8"))]
    if found:
        raise ExtensionError("\n".join(["Pages load from elsewhere:", *found]))


def setup(app: Sphinx) -> None:
    """Register the above."""
    app.connect("autodoc-process-docstring", whole_sentence, priority=600)
    app.connect("build-finished", asks_elsewhere)
    app.add_directive("names", Names)
    app.add_source_suffix(".ipynb", "ipynb")
    app.add_source_parser(Tutorial)
