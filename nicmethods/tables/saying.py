"""Counts and p in words, the same everywhere."""

from __future__ import annotations

__all__ = ["count_of", "p_text"]


def count_of(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    Examples
    --------
    >>> count_of(1, "pair"), count_of(0, "pair"), count_of(2, "person", "people")
    ('1 pair', '0 pairs', '2 people')
    """
    return f"{n} {one if n == 1 else many or one + 's'}"


def p_text(p: float) -> str:
    """A p in words: three decimals below .1, ``less than .001`` below that.

    Examples
    --------
    >>> p_text(0.0312), p_text(2e-5), p_text(0.0044)
    ('p = .031', 'p less than .001', 'p = .004')
    """
    if p < 0.001:
        return "p less than .001"
    return f"p = {p:.{2 if p >= 0.1 else 3}f}".replace("0.", ".", 1)
