"""How pages are written: the templates, their styles and script, the words they explain, how numbers and ids look on them.

Words with a definition are one list, ``nicmethods/tables/glossary.csv``, for pages and for ``docs/glossary.md``.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import math
import re
from functools import cache
from importlib.resources import files
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup, escape

from nicmethods import __version__
from nicmethods.results import write_text
from nicmethods.site.said import counted
from nicmethods.tables import words
from nicmethods.tables.saying import capital, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2
__all__ = [
    "MEANINGS",
    "TEMPLATES",
    "anchor",
    "explained",
    "href",
    "known",
    "num",
    "words",
    "words_in",
    "write_page",
]

TEMPLATES = Path(__file__).parent / "templates"

_GLOSSARY = "<!--glossary-->"
"""Where a page defines the words that it explains."""

_TEXT = files("nicmethods.tables").joinpath("glossary.csv").read_text(encoding="utf-8")
_USED = re.compile(r'aria-describedby="(word-[^"]+)"')

MEANINGS: dict[str, dict[str, str]] = {row["word"]: row for row in csv.DictReader(_TEXT.splitlines())}
"""Row of the glossary by word."""


def write_page(path: Path, template: str, values: Mapping[str, Any]) -> None:
    """Write a page from a template; everything in `values` is escaped, fragments of notebooks aside."""
    text = _environment().get_template(template).render(values)
    found = words_in(text)
    words = _environment().get_template("glossary.html.j2").render(words=found) if found else ""
    write_text(path, text.replace(_GLOSSARY, words, 1))


def explained(word: str, shown: str = "") -> Markup:
    """Give a word that says what it means on hover, focus and tap, without a script.

    Parameters
    ----------
    word
        A word of the glossary.
    shown
        What stands on the page; empty: the word.
    """
    mould = Markup('<span class="term" tabindex="0" aria-describedby="{}">{}<span class="means" aria-hidden="true">{}</span></span>')  # fmt: skip
    return mould.format(_place(word), shown or word, MEANINGS[word]["means"])


def words_in(html: str) -> list[dict[str, str]]:
    """List the words that a page explains, by alphabet, with their places in its glossary."""
    used = set(_USED.findall(html))
    rows = [row | {"anchor": _place(word)} for word, row in MEANINGS.items()]
    return sorted((row for row in rows if row["anchor"] in used), key=lambda row: row["word"].lower())


def _place(word: str) -> str:
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower())


def num(value: object) -> str:
    """Say a number as a page does: whole numbers whole, others to three figures, an en dash for undefined.

    Examples
    --------
    >>> num(1204), num(0.04567), num(-2.5), num(float("nan"))
    ('1,204', '0.0457', '−2.5', '–')
    """
    if not known(value):
        return "–"
    if not isinstance(value, Number) or isinstance(value, bool):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    digits = 0 if number.is_integer() else max(0, 2 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{min(digits, 6)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def known(value: object) -> bool:
    """Say whether there is a value: not None, not NaN, not empty, not left out of a summary."""
    from jinja2 import Undefined

    if value is None or isinstance(value, Undefined):
        return False
    return not (pd.api.types.is_scalar(value) and (bool(pd.isna(value)) or value == ""))  # type: ignore[call-overload]


def anchor(*parts: object) -> str:
    """Make an anchor or file name from ids: stable across runs, distinct for distinct ids.

    Examples
    --------
    >>> anchor("t", "12"), anchor("tie", "w1", "w2", "E03", "E11")
    ('t-12', 'tie-w1-w2-E03-E11')
    """
    text = "-".join(str(part) for part in parts)
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", text)
    return plain if plain == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def href(*parts: str) -> str:
    """Make a relative address of folders and a file, with every character that needs it escaped."""
    return "/".join(quote(part) for part in parts)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES / "pages"), autoescape=True)
    environment.filters.update(
        num=num, words=words, percent=_percent, span=_span, strong=_strong, counted=counted, capital=capital
    )
    environment.globals.update(explained=explained, meanings=MEANINGS)
    environment.tests["known"] = known
    names = {"css": "site.css", "js": "site.js", "network_js": "network.js"}
    texts = {key: (TEMPLATES / name).read_text(encoding="utf-8") for key, name in names.items()}
    policy = (
        "default-src 'none'; img-src 'self' file: data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(texts['css'])}'; script-src '{_hash(texts['js'])}'"
    )
    beside = f"{policy} '{_hash(texts['network_js'])}' 'self' file:"
    styles_beside = policy.replace("style-src", "style-src 'self' file:")
    site = {**texts, "policy": policy, "network_policy": beside, "deep_policy": styles_beside}
    environment.globals["site"] = {key: Markup(text) for key, text in site.items()} | {"version": __version__}
    environment.globals.update(banners=(), trail=(), here="")
    return environment


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _strong(text: str) -> Markup:
    """Set ``**text**`` in bold and let ``[[word]]`` or ``[[word|shown]]`` say what it means; everything else is escaped."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", str(escape(text)))
    return Markup(re.sub(r"\[\[([^|\]]+)(?:\|([^\]]+))?\]\]", lambda term: explained(term[1], term[2] or ""), bold))


def _percent(share: Any) -> str:
    return percent(share if known(share) else None)


def _span(wave: Mapping[str, Any]) -> str:
    dates = [str(wave[name]) for name in ("opened", "closed") if known(wave.get(name))]
    return " to ".join(dict.fromkeys(dates)) or "–"
