"""The desk on the screen: hands actions in and what changed out, and keeps nothing of the talk in the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget

from nicmethods.lab.base import load_assets

if TYPE_CHECKING:
    from nicmethods.lab.desk_state import DeskState

__all__ = ["DeskWidget"]

_SCRIPT, _STYLE = load_assets("desk_list", "desk")


class DeskWidget(anywidget.AnyWidget):
    """A screen for a desk.

    Everything goes through messages. A widget's synchronised state may be saved with the notebook; this one's holds the
    script and the style sheet alone.

    Parameters
    ----------
    state
        The desk.
    """

    _esm = _SCRIPT
    _css = _STYLE

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
