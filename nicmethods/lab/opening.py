"""What a researcher opens in a cell of JupyterLab: the coding desk, the linked view, the ledger's form, the form of a survey file."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.folder import Case, find_case, load_case
from nicmethods.errors import MeasureError, RunError

if TYPE_CHECKING:
    from nicmethods.lab.decide_view import DecideView
    from nicmethods.lab.desk import Desk
    from nicmethods.lab.desk_state import Mode
    from nicmethods.lab.explore_view import ExploreView
    from nicmethods.lab.survey_form import SurveyForm
    from nicmethods.tables.bundles import Policy

__all__ = ["decide", "desk", "explore", "survey_form"]

_CODER = re.compile(r"[^\W_](?:[\w .-]{0,60}[\w-])?")


def _needs_widgets(name: str) -> None:
    """Stop with a clear sentence where the extra is not installed."""
    try:
        import_module("anywidget")
    except ImportError as missing:
        raise RunError(
            f"nic.{name} is a widget and needs the extra 'widgets': pip install \"nicmethods[widgets]\", "
            "then restart the kernel."
        ) from missing


def _loaded(case: Case | str) -> Case:
    return case if isinstance(case, Case) else load_case(case)


def desk(case: Case | str, activity: str, *, coder: str, mode: Mode = "blind") -> Desk:
    """Open the coding desk; what you decide is in ``codings/`` of the case at once.

    Parameters
    ----------
    case
        The case, or its name or path.
    activity
        The activity whose transcript is coded.
    coder
        Who codes; the codings are kept in ``codings/<coder>.csv``.
    mode
        ``"blind"``: no sight of suggestions and of other coders. ``"review"``: with machine suggestions and proposed
        replies. ``"compare"``: beside another coder, to settle disagreements. ``"teach"``: the most instructive turn next.
        The mode can be changed at the desk.

    Returns
    -------
    Desk
        Shown as a widget in JupyterLab, elsewhere as a table. People are shown by their ids.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.
    MeasureError
        If the activity has no transcript, or the coder's name cannot be the name of a file of codings.
    CaseError
        If the case, or a file in ``codings/``, has errors.

    Examples
    --------
    >>> import nicmethods as nic
    >>> nic.desk("demo", "A1", coder="anna")
    <Desk of anna, A1: 126 turns, 0 read, 0 coded>
    """
    _needs_widgets("desk")
    from nicmethods.lab.desk import Desk
    from nicmethods.lab.desk_state import MODES, DeskState

    case = _loaded(case)
    there = case.turns["activity"].unique().tolist()
    if activity not in there:
        known = f"Activities with one: {', '.join(there)}." if there else "The case has no transcripts."
        raise MeasureError(f"'{activity}' has no transcript. {known}")
    if mode not in MODES:
        raise MeasureError(f"mode '{mode}' is none of {', '.join(MODES)}.")
    _check_coder(coder, case.path / "codings")
    return Desk(DeskState(case, activity, coder=coder, mode=mode))


def _check_coder(coder: str, folder: Path) -> None:
    if not isinstance(coder, str) or not _CODER.fullmatch(coder):
        raise MeasureError(
            f"coder {coder!r} cannot be the name of a file. Use letters, digits, blanks and . - _ alone, at most 62, "
            "with a letter or digit first."
        )
    if coder.lower().endswith((".csv", ".xlsx")):
        raise MeasureError(f"coder '{coder}' is the name of a file. Write '{coder.rpartition('.')[0]}'.")
    if coder.casefold() in NOT_CODERS:
        raise MeasureError(
            f"'{coder}' is no coder: codings/{coder.casefold()}.csv holds something else. Choose another name."
        )
    for path in sorted(folder.glob("*")):
        name = f"codings/{path.name}"
        if path.suffix.lower() == ".xlsx" and path.stem in (coder, *NOT_CODERS):
            raise MeasureError(
                f"{name} is a spreadsheet; the desk writes csv. Save it as {path.stem}.csv and take it away."
            )
        if path.suffix == ".csv" and path.stem != coder and path.stem.casefold() == coder.casefold():
            raise MeasureError(f"'{coder}' and {name} differ only by capitals. Write '{path.stem}'.")


def explore(case: Case | str, *, policy: Policy = "observed", coder: str = "", relation: str = "") -> ExploreView:
    """Show a case as one linked view: network, time axis, pairs and quoted turns follow each other.

    Parameters
    ----------
    case
        The case, or its name or path.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.
    coder
        Use this coder's codings alone; empty: the coders' settled set.
    relation
        Survey question to begin with; empty: the first.

    Returns
    -------
    ExploreView
        A widget. What is chosen can be read and set from other cells: ``view.pair``, ``view.activity``, ``view.wave``
        and ``view.relation``; ``view.table()`` gives the rows of the pairs chosen. People stand by id and quotes carry
        ids in place of names, so that a notebook that holds the view may be shared as its tables may.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.

    Examples
    --------
    In a cell of JupyterLab ``view`` alone shows it; what is chosen there is chosen for other cells, and the other way round.

    >>> import nicmethods as nic
    >>> view = nic.explore("demo")
    >>> view.pair = ("E02", "E09")
    >>> view.table()[["from_wave", "to_wave", "verdict"]].values.tolist()
    [['W1', 'W2', 'coincide'], ['W2', 'W3', 'coincide']]
    """
    _needs_widgets("explore")
    from nicmethods.lab.base import progress
    from nicmethods.lab.explore_view import ExploreView
    from nicmethods.lab.findings import findings

    return ExploreView(findings(_loaded(case), policy=policy, coder=coder, say=progress()), relation=relation)


def decide(
    case: Case | str, *, researcher: str = "", policy: Policy = "observed", coder: str = "", seed: int = 1
) -> DecideView:
    """Show each claim with its evidence, and beside it a form that writes the researcher's verdict to ``ledger.csv``.

    Parameters
    ----------
    case
        The case, or its name or path.
    researcher
        Who decides; may be written in the form too.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.
    coder
        Use this coder's codings alone; empty: the coders' settled set.
    seed
        Seed of bootstrap and permutations: 1, as in the notebooks, so that the numbers are those of the report.

    Returns
    -------
    DecideView
        A widget. ``view.subject`` is what is decided on, a proposition or a pair in an interval
        (``from_wave/to_wave/a/b``), and can be set from another cell; ``view.table()`` gives the ledger as it is now.
        The tool fills in no interpretation: verdict and texts are blank until a person writes them, or as in the ledger.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.
    CaseError
        If the study's propositions or ``ledger.csv`` cannot be read.

    Examples
    --------
    In a cell of JupyterLab ``nic.decide("demo", researcher="KM")`` shows the form.

    >>> import nicmethods as nic
    >>> nic.decide("demo", researcher="KM").table()["subject"].tolist()
    ['W1/W2/E02/E09', 'W1/W2/E10/E15', 'new_ties_across_schools']
    """
    _needs_widgets("decide")
    from nicmethods.lab.base import progress
    from nicmethods.lab.decide_view import DecideView
    from nicmethods.lab.findings import findings

    case, say = _loaded(case), progress()
    found = findings(case, policy=policy, coder=coder, seed=seed, say=say)
    say("Holding each proposition against both strands …")
    propositions = found.propositions.assign(researcher_verdict=None, meta_inference=None)
    say("")
    return DecideView(case, found, propositions, researcher=researcher)


def survey_form(case: Case | Path | str, *, file: Path | str | None = None) -> SurveyForm:
    """Take a survey file into a case, in a cell of JupyterLab.

    The form shows the first rows of the file; pick the column that says who answers and the ones that ask for a relation, answer
    what is asked, look at the first ties in words, and take it in. The same as ``nicmethods survey``.

    Parameters
    ----------
    case
        The case, or its name or path; it needs a roster.
    file
        The file to begin with.

    Returns
    -------
    SurveyForm
        Shown as a form in JupyterLab.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.
    MeasureError
        If nobody can be read from the roster.

    Examples
    --------
    >>> import nicmethods as nic
    >>> nic.survey_form("demo")
    <Survey form of demo: no file yet>
    """
    _needs_widgets("survey_form")
    from nicmethods.lab.survey_form import SurveyForm

    folder = case.path if isinstance(case, Case) else case if isinstance(case, Path) else find_case(case)
    return SurveyForm(folder, Path(file) if file else None)
