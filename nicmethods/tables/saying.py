"""Counts, shares, lists and p in words, the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["capital", "count_of", "listed", "p_text", "percent"]


def capital(text: str) -> str:
    """Begin as a sentence begins; capitals within it stay.

    Examples
    --------
    >>> capital("no E-I index")
    'No E-I index'
    """
    return text[:1].upper() + text[1:]


def listed(parts: Iterable[object]) -> str:
    """Put words side by side.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    said = [str(part) for part in parts]
    return " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else "".join(said)


def percent(share: float | None) -> str:
    r"""Say a share in percent, or a dash; its blank does not break.

    Examples
    --------
    >>> percent(0.056), percent(0.004), percent(0.0), percent(None)
    ('6\xa0%', 'under 1\xa0%', '0\xa0%', '–')
    """
    if share is None or share != share:
        return "–"
    return f"{'under 1' if 0 < share < 0.005 else round(100 * share)}\u00a0%"


def count_of(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Examples
    --------
    >>> count_of(1, "pair"), count_of(0, "pair"), count_of(2, "person", "people")
    ('1 pair', '0 pairs', '2 people')
    """
    return f"{n} {one if n == 1 else many or one + 's'}"


def p_text(p: float, *, draws: int = 0) -> str:
    """A p in words: two decimals from .1 on, three below, ``less than .001`` below that; fewer where draws do not support them.

    Parameters
    ----------
    p
        From 0 to 1.
    draws
        How many draws stand behind it; 0 where it is exact. A third decimal is said from a Monte Carlo error of .002 down.

    Examples
    --------
    >>> p_text(0.0312), p_text(2e-5), p_text(0.0044), p_text(0.9996)
    ('p = .031', 'p less than .001', 'p = .004', 'p = 1.00')
    >>> p_text(0.0312, draws=999), p_text(0.001, draws=999), p_text(0.0312, draws=9999), p_text(0.004, draws=999)
    ('p = .03', 'p = .001', 'p = .031', 'p = .004')
    """
    if p < 0.001:
        return "p less than .001"
    error = (p * (1 - p) / draws) ** 0.5 if draws else 0.0
    digits = 2 if p >= 0.1 or error > 0.002 else 3
    text = f"{p:.{digits}f}"
    return "p less than .01" if text == "0.00" else f"p = {text.removeprefix('0')}"
