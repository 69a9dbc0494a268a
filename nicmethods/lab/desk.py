"""The coding desk on the screen: it hands actions in and what changed out, and keeps nothing of the talk in the notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import anywidget

from nicmethods.lab.base import StaticTwin, load_assets

if TYPE_CHECKING:
    from nicmethods.lab.desk_state import DeskState

__all__ = ["Desk"]

_N_STATIC = 40


class Desk(StaticTwin):
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

    def twin(self) -> str:
        """Give the first turns with the coder's codes as an HTML table; people by id, text escaped, memos left out."""
        state, n = self.state, len(self.state.turns)
        codes, n_read = state.record.codes_by_turn(), len(state.record.read_by(state.coder))
        body = "".join(
            f"<tr><td>{escape(turn)}</td><td>{escape(time)}</td><td>{escape(actor or '?')}</td>"
            f"<td style='text-align:left'>{escape(text)}</td><td>{escape(', '.join(codes.get(turn, ())))}</td></tr>"
            for turn, actor, time, text in state.turns[:_N_STATIC]
        )
        shown = f"the first {_N_STATIC} of {n} turns" if n > _N_STATIC else f"all {n} turns"
        said = f"Codings of {state.coder}: {n_read} of {n} turns read, {len(codes)} coded. Shown are {shown}; open the notebook in JupyterLab and run the cell to code."
        head = "".join(f"<th scope='col'>{name}</th>" for name in ("turn", "time", "speaker", "text", "codes"))
        return f"<p><strong>{escape(state.record.title)}</strong></p><p>{escape(said)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def widget(self) -> _Screen:
        """Give a screen of its own each time the desk is shown."""
        return _Screen(self.state.again())


class _Screen(anywidget.AnyWidget):
    """A screen for a desk.

    Everything goes through messages. A widget's synchronised state may be saved with the notebook; this one's holds the
    script and the style sheet alone.

    Parameters
    ----------
    state
        The desk.
    """

    _esm, _css = load_assets("desk_list", "desk")

    def __init__(self, state: DeskState) -> None:
        super().__init__()
        self._desk = state
        state.say_waiting = lambda words: self.send({"said": words, "went": "waiting"})
        self.on_msg(self._heard)

    def _heard(self, _: Any, action: Any, __: Any) -> None:
        if not isinstance(action, dict):
            return
        try:
            answer = self._desk.apply(action)
        except BaseException as fault:  # an interrupted wait too
            answer = {"said": f"Not done: the desk failed ({type(fault).__name__}: {fault}).", "went": "refused"}
            raise
        finally:
            self.send({"re": action.get("id"), **answer})
