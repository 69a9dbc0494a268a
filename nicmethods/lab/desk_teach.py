"""Teaching at the desk: which turn would teach most, and how well the coder does as it learns, in the background."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from nicmethods.coder.training import labelled_turns, next_to_code, train
from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from nicmethods.coder.trained import TrainedCoder

__all__ = ["HONESTY", "Teacher"]

HONESTY = (
    "Scores are from meetings held out of learning, on turns that you judged. Turns that were chosen because they are doubtful "
    "are harder than ordinary talk, so the scores say how learning goes, not how well the machine would do on all of it."
)
_LEARN_EVERY = 10


class Teacher:
    """Ranks the turns of one activity and learns from all that one coder judged.

    Parameters
    ----------
    turns
        Work table ``turns`` of the whole case.
    activity
        The activity at the desk.
    codes
        Codes that matter.
    seed
        Draws the random turns and the meetings held out together.
    """

    def __init__(self, turns: pd.DataFrame, *, activity: str, codes: Sequence[str], seed: int) -> None:
        self._all, self._here = turns, turns[turns["activity"] == activity]
        self._codes, self._seed = list(codes), seed
        self._model: TrainedCoder | None = None
        self._order: list[tuple[str, str]] | None = None
        self._thread: threading.Thread | None = None
        self._outcome: tuple[int, TrainedCoder | str] | None = None
        self._n_taught = -_LEARN_EVERY
        self.history: list[dict[str, Any]] = []
        self.too_few: list[tuple[str, str]] = []

    @property
    def is_learning(self) -> bool:
        """Whether the coder is learning just now."""
        return self._thread is not None

    def view(self, n_left: int) -> dict[str, Any]:
        """Give what is to be shown: scores as they came, what is too few to say, and how to read them."""
        return {
            "history": list(self.history),
            "too_few": self.too_few,
            "is_learning": self.is_learning,
            "n_left": n_left,
            "honesty": HONESTY,
        }

    def next_turn(self, read: Collection[str]) -> tuple[str, str] | None:
        """Give the most instructive turn that is not read yet, and why it is; None if all are read."""
        if self._order is None:
            ranked = next_to_code(self._here, seed=self._seed, model=self._model, codes=self._codes)
            self._order = list(zip(ranked["turn"], ranked["chosen"], strict=True))
        why = {"random": "drawn at random", "uncertain": "here the machine is in doubt"}
        return next(((turn, why[chosen]) for turn, chosen in self._order if turn not in read), None)

    def learn(self, codings: pd.DataFrame, coverage: pd.DataFrame, *, now: bool = False) -> None:
        """Begin to learn from what a coder judged, if enough is new.

        Parameters
        ----------
        codings, coverage
            Work tables of the coder, of the whole case.
        now
            Whether to learn even if fewer than ten turns are new.
        """
        n_judged = int((coverage["last_position"] - coverage["first_position"] + 1).sum())
        if self._thread is not None or (n_judged - self._n_taught < _LEARN_EVERY and not now):
            return
        self._n_taught = n_judged
        taught = labelled_turns(self._all, codings, coverage)
        self._thread = threading.Thread(target=self._learn, args=(taught, n_judged), daemon=True)
        self._thread.start()

    def collect(self, *, wait: bool = False) -> bool:
        """Take what was learned meanwhile; True if there is something new."""
        if self._thread is None or (self._thread.is_alive() and not wait):
            return False
        self._thread.join()
        self._thread, outcome = None, self._outcome
        if outcome is None:
            self.too_few = [("all", "learning failed; what you coded is safe")]
            return True
        n_judged, found = outcome
        if isinstance(found, str):
            self.too_few = [("all", found)]
            return True
        self._model, self._order = found, None
        self.too_few = list(found.card["not_learned"].items())
        self.history.append({"n_judged": n_judged, "scores": _scores(found)})
        return True

    def _learn(self, taught: pd.DataFrame, n_judged: int) -> None:
        self._outcome = None
        try:
            self._outcome = n_judged, train(taught, seed=self._seed, codes=self._codes)
        except MeasureError as too_few:
            self._outcome = n_judged, str(too_few)


def _scores(model: TrainedCoder) -> list[dict[str, Any]]:
    """One row a code that was learned, for transcripts as they are written."""
    forms = model.card["codes"]
    found = forms.get("marked") or forms["plain"]
    return [
        {
            "code": code,
            "n": score["n"],
            "n_coded": score["n_coded"],
            "f1": f"{score['f1']:.2f} [{score['f1_low']:.2f}, {score['f1_high']:.2f}]",
            "start": f"{score['start_f1']:.2f}" if "start_f1" in score else "",
            "precision": f"{score['precision']:.2f}",
            "recall": f"{score['recall']:.2f}",
            "kappa": f"{score['kappa']:.2f}",
        }
        for code, score in found.items()
    ]
