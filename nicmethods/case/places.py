"""Where the cases of a study and its shared files are: what may be asked without loading what reads them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["list_cases", "study_file"]


def list_cases(data: Path | str) -> list[Path]:
    """List the case folders of a study.

    Parameters
    ----------
    data
        Folder that holds one folder a case.

    Returns
    -------
    list of Path
        Folders with a case.yml, by name; names that begin with a dot or an underscore are left out.
    """
    return sorted(path.parent for path in Path(data).glob("[!._]*/case.yml"))


def study_file(kind: str, name: str, *, case: Path | None = None) -> Path:
    """Find a file of a study: with the case, in the case's study, or as shipped with the package.

    Parameters
    ----------
    kind
        Folder of the study: ``"codebooks"`` or ``"notebooks"``.
    name
        File in it.
    case
        Case folder, usually ``<study>/data/<case>``.

    Returns
    -------
    Path
        The first that exists; the shipped place where none does.
    """
    package = Path(__file__).resolve().parents[1]
    own = [case / kind / name, case.resolve().parent.parent / kind / name] if case else []
    shipped = [package / "_study" / kind / name, package.parent / kind / name]
    return next((path for path in [*own, *shipped] if path.is_file()), shipped[-1])
