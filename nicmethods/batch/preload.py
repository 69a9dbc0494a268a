"""What notebooks and pages need, imported once: importing this module is its only use.

Processes that run notebooks are forked from one that holds this module, so that none of them imports anything. It must
leave the process with one thread, and loads matplotlib's inline backend, since figures vanish where a parent chose another.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages

gc.disable()  # nothing imported is garbage; looking for it takes longer than what it would save

import nicmethods  # noqa: E402

__all__: list[str] = []

os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

# The grammar is jsonschema's, for a check that nothing here makes, and takes a second to build; hypothesis makes examples for pandera.
_LEFT_OUT = [name for name in ("rfc3987_syntax", "hypothesis") if name not in sys.modules]
_LIBRARIES = (
    "encodings.utf_8_sig", "igraph", "ipykernel.ipkernel", "matplotlib.backends.backend_agg", "matplotlib.patheffects",
    "matplotlib.pyplot", "matplotlib_inline.backend_inline", "nbconvert.exporters.html", "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape", "pandas.io.formats.csvs", "pandas.io.formats.html", "pandas.io.formats.string",
    "papermill.execute", "psutil", "rocrate.rocrate", "scipy.optimize", "scipy.sparse", "scipy.special",
)  # fmt: skip
_ELSEWHERE = ("nicmethods.__main__", "nicmethods.cli", "nicmethods.lab")
_modules = (module.name for module in walk_packages(nicmethods.__path__, "nicmethods."))

sys.modules.update(dict.fromkeys(_LEFT_OUT))  # type: ignore[arg-type]
for _name in (*_LIBRARIES, *_modules):
    if not _name.startswith(_ELSEWHERE):
        with suppress(ImportError):  # then the notebook says what it lacks
            import_module(_name)
_manifest = import_module("nicmethods.tables").RUN_TABLES["manifest"]
_manifest.schema().validate(import_module("nicmethods.tables").empty(_manifest))  # loads what it checks with
for _name in _LEFT_OUT:
    del sys.modules[_name]
import_module("PIL.Image").preinit()
import_module("nicmethods.batch.provenance").versions()  # which looks for them on disk, once
import_module("nbformat").validate(import_module("nbformat.v4").new_notebook())  # writes its checks, once
_processes = import_module("nicmethods.batch.processes")
_processes.process_control(
    _processes.SUBREAPER, 1
)  # what outlives a process that was forked from this one is ended too
gc.freeze()  # or looking for garbage in a forked process would copy all of this
gc.enable()
