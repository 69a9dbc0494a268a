"""What the widgets share: their scripts, a static twin where no widget can run, answers to the browser, words of progress, plain records."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Answering", "StaticTwin", "load_assets", "progress", "records", "somebody_there", "twin_page"]

_HERE = Path(__file__).parent


def load_assets(*names: str) -> tuple[str, str]:
    """Read scripts and styles that lie beside this module, joined in this order.

    Parameters
    ----------
    names
        File stems; each has a ``.js``, a ``.css`` or both.

    Returns
    -------
    tuple
        One ES module and one style sheet: anywidget loads a module from memory, where it can import no neighbour.
    """
    script, style = (
        "\n".join(path.read_text(encoding="utf-8") for name in names if (path := _HERE / f"{name}{suffix}").exists())
        for suffix in (".js", ".css")
    )
    return script, style


class StaticTwin:
    """What shows a plain page of itself where no widget can run: nbconvert, GitHub, a saved notebook."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def open(self) -> None:
        """Connect to the browser; in a batch there is none, and the notebook keeps no state of a widget."""
        if somebody_there():
            super().open()  # type: ignore[misc]

    def twin(self) -> str:
        """Give the static page as HTML; people by id, text escaped. Empty: there is none."""
        return ""

    def widget(self) -> Any:
        """Give the widget that is shown where a person sits: this one."""
        return super()

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        page = {"text/plain": repr(self), "text/html": self.twin()}
        page = {kind: said for kind, said in page.items() if said}
        if not somebody_there():
            return page, {}
        shown, metadata = self.widget()._repr_mimebundle_(**options) or ({}, {})
        return {**shown, **page}, metadata


class Answering(StaticTwin):
    """A widget whose script asks for things by name: ``ask`` calls the method ``_ask_<name>`` with the whole message."""

    def _answer(self, _: Any, content: dict[str, Any], __: Any) -> None:
        answer = getattr(self, f"_ask_{content.get('ask')}", None)
        if answer is not None:
            said = answer(content)
            buffers = said.pop("buffers", None)
            self.send({"key": content.get("key"), **said}, buffers=buffers)  # type: ignore[attr-defined]


def somebody_there() -> bool:
    """Whether a person can answer: a batch (nbconvert, Papermill, nbclient) tells the kernel that nobody can."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))


def twin_page(title: str, notes: Iterable[str], tables: Mapping[str, pd.DataFrame]) -> str:
    """Make a plain page of tables; every text is escaped.

    Parameters
    ----------
    title
        Heading.
    notes
        Sentences below it.
    tables
        Caption to table; an empty one is left out.
    """
    said = [f"<p><strong>{escape(title)}</strong></p>", *(f"<p>{escape(note)}</p>" for note in notes)]
    with pd.option_context("display.max_colwidth", None):
        for caption, table in tables.items():
            plain = table.rename(columns=lambda name: str(name).replace("_", " "))
            page = plain.to_html(index=False, border=0, na_rep="", escape=True)
            said += [f"<p>{escape(caption)}</p>", page] if len(table) else []
    return "\n".join([*said, "<p><em>A still picture: run the cell in JupyterLab to work with it.</em></p>"])


def progress() -> Callable[[str], None]:
    """Make a function that shows a line of progress in a notebook, each in place of the one before; else it is silent."""
    from IPython.display import display

    if not somebody_there():
        return lambda _: None
    handle = display({"text/plain": "…"}, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def say(words: str) -> None:
        handle.update({"text/plain": words}, raw=True)

    return say


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table into what a script reads: a dict a row, dates as text, None where a cell is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> records(pd.DataFrame({"day": [pd.Timestamp("2024-09-09"), pd.NaT], "n": [1.5, float("nan")]}))
    [{'day': '2024-09-09', 'n': 1.5}, {'day': None, 'n': None}]
    """
    dates = table.select_dtypes("datetime").columns
    plain = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in dates}).astype("object")
    return [
        {str(key): value for key, value in row.items()} for row in plain.where(plain.notna(), None).to_dict("records")
    ]
