"""The coding desk: code a transcript in a cell of JupyterLab."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.folder import Case, load_case
from nicmethods.errors import MeasureError
from nicmethods.lab.base import needs_widgets, somebody_there
from nicmethods.lab.desk_state import MODES, DeskState, Mode
from nicmethods.lab.desk_view import static_page

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Desk", "desk"]

_CODER = re.compile(r"[^\W_](?:[\w .-]{0,60}[\w-])?")


class Desk:
    """A coding desk, shown as a widget where a person sits at it, else as a table.

    Parameters
    ----------
    state
        What the desk holds and does.
    """

    def __init__(self, state: DeskState) -> None:
        self.state = state

    def __repr__(self) -> str:
        state = self.state
        n_read, n_coded = len(state.record.read_by(state.coder)), len(state.record.codes_by_turn())
        return f"<Desk of {state.coder}, {state.activity}: {len(state.ids)} turns, {n_read} read, {n_coded} coded>"

    def static_page(self) -> str:
        """Give the first turns with the coder's codes as an HTML table; people by id, text escaped, memos left out."""
        state = self.state
        n_read = len(state.record.read_by(state.coder))
        return static_page(
            state.record.title, state.turns, state.record.codes_by_turn(), coder=state.coder, n_read=n_read
        )

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data: dict[str, Any] = {"text/plain": repr(self), "text/html": self.static_page()}
        if not somebody_there():
            return data, {}
        from nicmethods.lab.desk_widget import DeskWidget

        shown, metadata = DeskWidget(self.state.again())._repr_mimebundle_(**options) or ({}, {})
        return {**shown, **data}, metadata


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
    needs_widgets("desk")
    case = case if isinstance(case, Case) else load_case(case)
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
