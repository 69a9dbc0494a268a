"""What will run: cases times notebooks, with every parameter checked by name and type before anything starts."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.errors import RunError
from nicmethods.results import ACROSS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Parameter", "Run", "has_parameters", "n_code_cells", "parse_parameters", "plan_runs", "read_parameters"]

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
_SECRET = re.compile(r"passw|secret|token|credential|api_?key|private_?key|auth", re.IGNORECASE)
_OURS = ("case", "reports")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook: its name, type, default and the comment beside it."""

    name: str
    type: str
    default: Any
    help: str = ""


@dataclass(frozen=True)
class Run:
    """One notebook on one case, or across cases.

    Parameters
    ----------
    case
        Name of the case; ``across_cases`` for a notebook that reads all cases' results.
    folder
        The case's folder; None across cases.
    notebook
        The notebook to run.
    reports
        Folder of all reports.
    parameters
        Parameters beside ``case`` and ``reports``, already checked.
    """

    case: str
    folder: Path | None
    notebook: Path
    reports: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> Path:
        """Where the executed notebook goes."""
        return self.reports / self.case / "notebooks" / self.notebook.name

    @property
    def arguments(self) -> dict[str, Any]:
        """What the notebook is given: absolute folders, so that it does not matter where it runs."""
        case = {} if self.folder is None else {"case": str(self.folder)}
        return {**case, "reports": str(self.reports), **self.parameters}

    @property
    def shown_arguments(self) -> dict[str, Any]:
        """The same as anyone may see it: the case by name, reports beside the notebooks."""
        return self.arguments | {"reports": "../reports"} | ({} if self.folder is None else {"case": self.case})


def plan_runs(
    cases: Iterable[str | Path],
    notebooks: Iterable[str | Path],
    *,
    reports: str | Path = "reports",
    parameters: Mapping[str, Any] | None = None,
) -> list[Run]:
    """Plan a batch and check it.

    A notebook with a parameter ``case`` runs once for each case; one without it runs once, after all cases, and reads
    their results.

    Parameters
    ----------
    cases
        Case folders.
    notebooks
        Notebooks, each with one cell tagged ``parameters`` that holds ``name: type = default  # help`` lines.
    reports
        Folder of all reports.
    parameters
        Values for parameters other than ``case`` and ``reports``. Each is given to the notebooks that have it; at least
        one must.

    Returns
    -------
    list of Run
        In the order cases times notebooks, runs across cases last.

    Raises
    ------
    RunError
        With everything that is wrong, before any notebook starts.
    """
    parameters, paths = parameters or {}, [Path(path).resolve() for path in notebooks]
    folders, target, faults = [Path(case).resolve() for case in cases], Path(reports).resolve(), []
    declared: dict[Path, dict[str, Parameter]] = {}
    for path in paths:
        try:
            declared[path] = {parameter.name: parameter for parameter in read_parameters(path)}
        except RunError as error:
            faults += str(error).splitlines()
    faults += [*_check_folders(folders, target), *_check_stems(paths), *_check_values(parameters, declared)]
    faults += [f"{path.name} has no parameter 'reports'." for path, own in declared.items() if "reports" not in own]
    if faults:
        raise RunError("\n".join(["Nothing was run:", *(f"  {fault}" for fault in faults)]))
    given = {path: {name: value for name, value in parameters.items() if name in declared[path]} for path in paths}
    per_case = [path for path in paths if "case" in declared[path]]
    across = [path for path in paths if "case" not in declared[path]]
    return [Run(folder.name, folder, path, target, given[path]) for folder in folders for path in per_case] + [
        Run(ACROSS, None, path, target, given[path]) for path in across
    ]


def read_parameters(notebook: str | Path) -> list[Parameter]:
    """Read a notebook's parameters, without running it.

    Raises
    ------
    RunError
        If the file is no notebook, has not exactly one cell tagged ``parameters``, or that cell holds anything but
        typed defaults; every fault is listed.
    """
    path = Path(notebook)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", ())]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path.name} cannot be read as a notebook ({type(error).__name__}).") from None
    if len(tagged) != 1:
        raise RunError(f"{path.name} has {len(tagged)} cells tagged 'parameters'; it must have one.")
    source = "".join(tagged[0]["source"])
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise RunError(f"{path.name}: line {error.lineno} of its parameters is no Python.") from None
    found = [_parse_parameter(statement, source.splitlines()) for statement in statements]
    faults = [f"{path.name}: {fault}" for fault in found if isinstance(fault, str)]
    if faults:
        raise RunError("\n".join(faults))
    return [parameter for parameter in found if isinstance(parameter, Parameter)]


def has_parameters(notebook: Path) -> bool:
    """Say whether a notebook is meant to be run in bulk; one that cannot be read is, so that somebody looks into it."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return any("parameters" in cell.get("metadata", {}).get("tags", ()) for cell in cells)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return True


def n_code_cells(notebook: Path) -> int:
    """Count the cells of a notebook that hold code."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


def parse_parameters(texts: Sequence[str]) -> dict[str, Any]:
    """Turn ``name=value`` texts of a command line into values.

    Examples
    --------
    >>> parse_parameters(["seed=3", "policy=observed", "weighted=true"])
    {'seed': 3, 'policy': 'observed', 'weighted': True}
    """
    import yaml

    faults = [text for text in texts if not re.fullmatch(r"[A-Za-z_]\w*=.*", text, re.DOTALL)]
    if faults:
        raise RunError("\n".join(f"'{text}' is not of the form name=value." for text in faults))
    pairs = [text.split("=", 1) for text in texts]
    try:
        return {name: yaml.safe_load(value) for name, value in pairs}
    except yaml.YAMLError:
        raise RunError("A parameter's value cannot be read; put quotes around it.") from None


def _parse_parameter(statement: ast.stmt, lines: list[str]) -> Parameter | str:
    text = ast.unparse(statement)
    if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
        return f"'{text}' is not of the form name: type = default."
    name, kind = statement.target.id, ast.unparse(statement.annotation)
    if _SECRET.search(name):
        return f"'{name}' looks like a secret; values of parameters are stored in the executed notebook."
    if not set(kind.split(" | ")) <= {*_TYPES, "None"}:
        return f"'{name}' has type '{kind}'; use one of {', '.join(_TYPES)}, or one of them with ' | None'."
    try:
        default = ast.literal_eval(statement.value)
    except ValueError:
        return f"the default of '{name}' is not a plain value."
    if not _fits(default, kind):
        return f"'{name}' is declared as {kind}, but its default is {default!r}."
    comment = lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset :].decode().lstrip()
    return Parameter(name, kind, default, comment.lstrip("# ").rstrip())


def _fits(value: Any, kind: str) -> bool:
    kinds = kind.split(" | ")
    if value is None:
        return "None" in kinds
    allowed = tuple(_TYPES[name] for name in kinds if name != "None")
    if isinstance(value, bool):
        return bool in allowed
    return isinstance(value, allowed) or (isinstance(value, int) and float in allowed)


def _check_values(parameters: Mapping[str, Any], declared: Mapping[Path, Mapping[str, Parameter]]) -> list[str]:
    faults, known = [], sorted({name for own in declared.values() for name in own} - set(_OURS))
    for name, value in parameters.items():
        if name in _OURS:
            faults.append(f"'{name}' is set by the plan and cannot be given.")
        elif _SECRET.search(name):
            faults.append(f"'{name}' looks like a secret; values of parameters are stored in the executed notebook.")
        elif name not in known:
            faults.append(f"No notebook has a parameter '{name}'; there are: {', '.join(known) or 'none'}.")
        else:
            faults += [
                f"{path.name}: '{name}' must be {own[name].type}, not {type(value).__name__} ({value!r})."
                for path, own in declared.items()
                if name in own and not _fits(value, own[name].type)
            ]
    return faults


def _check_folders(folders: Sequence[Path], reports: Path) -> list[str]:
    names = [folder.name for folder in folders]
    faults = [
        f"There is no case folder '{folder.name}' (looked at {folder})." for folder in folders if not folder.is_dir()
    ]
    faults += [
        f"Two cases are named '{name}'; rename one folder." for name in sorted(set(names)) if names.count(name) > 1
    ]
    faults += [f"A case may not be named '{name}'." for name in names if name == ACROSS or name.startswith(".")]
    inside = [folder.name for folder in folders if reports == folder or folder in reports.parents]
    return faults + [f"Reports may not be written into the case folder '{name}'." for name in inside]


def _check_stems(notebooks: Sequence[Path]) -> list[str]:
    stems = [path.stem for path in notebooks]
    return [f"Two notebooks are named '{stem}'." for stem in sorted(set(stems)) if stems.count(stem) > 1]
