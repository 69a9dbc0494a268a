"""Everything a notebook may need, imported once: importing this module is its only use.

Processes that run notebooks are forked from one that holds this module, so that none of them imports anything. It must
leave the process with one thread, and loads matplotlib's inline backend, since figures vanish where a parent chose another.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages

import nicmethods

__all__: list[str] = []

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

_LIBRARIES = (
    "encodings.utf_8_sig", "igraph", "ipykernel.ipkernel", "matplotlib.backends.backend_agg", "matplotlib.patheffects",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "pandas.core.methods.to_dict", "pandas.core.reshape.reshape",
    "pandas.io.formats.csvs", "pandas.io.formats.html", "pandas.io.formats.string", "papermill.execute",
    "scipy.cluster.hierarchy", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats", "seaborn",
    "sklearn.linear_model", "spacy",
)  # fmt: skip
_modules = (module.name for module in walk_packages(nicmethods.__path__, "nicmethods."))

for _name in (*_LIBRARIES, *_modules):
    if not _name.endswith("__main__"):
        with suppress(ImportError):  # then the notebook says what it lacks
            import_module(_name)

_manifest = import_module("nicmethods.case.tables").RUN_TABLES["manifest"]
_manifest.schema().validate(import_module("nicmethods.case.tables").empty(_manifest))  # loads what it checks with
import_module("PIL.Image").preinit()
