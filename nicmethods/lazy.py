"""Names of a package that are loaded when first used, so that a part never pays for another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["lazy_names"]


def lazy_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make a package's ``__getattr__`` and ``__dir__``.

    Parameters
    ----------
    package
        Name of the package.
    homes
        Public name to the module in the package that defines it; a name that is its own home is that module.

    Returns
    -------
    tuple
        ``__getattr__`` and ``__dir__``.

    Examples
    --------
    >>> get, names = lazy_names("nicmethods", {"Problem": "errors"})
    >>> get("Problem").__name__, names()
    ('Problem', ['Problem'])
    """

    def get(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module = import_module(f"{package}.{homes[name]}")
        return module if homes[name] == name else getattr(module, name)

    return get, lambda: sorted(homes)
