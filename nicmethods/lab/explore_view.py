"""The widget behind :func:`nicmethods.explore`: a selection that Python and the browser share."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from nicmethods.joint.displays import discordant
from nicmethods.lab.base import Answering, load_assets, twin_page
from nicmethods.lab.overview import drawings, overview
from nicmethods.lab.selection import around, chosen_pairs, selection
from nicmethods.network.places import first_relation

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.lab.findings import Findings

__all__ = ["ExploreView"]

_TWIN_ROWS = 15


class ExploreView(Answering, anywidget.AnyWidget):
    """A linked view of one case.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question to begin with; empty: the first.

    Attributes
    ----------
    pair
        The two actors chosen, in order of their ids; empty: nobody.
    activity
        The activity chosen, or empty.
    wave
        What the network shows: a wave, or ``coded talk``.
    relation
        Survey question.
    places
        Where people were moved to: actor to x and y.
    """

    _esm, _css = load_assets("parts", "explore_network", "explore")
    overview = t.Dict().tag(sync=True)
    detail = t.Dict().tag(sync=True)
    pair = t.Tuple().tag(sync=True)
    activity = t.Unicode().tag(sync=True)
    wave = t.Unicode().tag(sync=True)
    relation = t.Unicode().tag(sync=True)
    places = t.Dict().tag(sync=True)

    def __init__(self, found: Findings, *, relation: str = "") -> None:
        self._found = found
        super().__init__(relation=relation or first_relation(found.survey), wave=next(iter(drawings(found)), ""))
        self._draw(None)
        self.on_msg(self._answer)

    def table(self) -> pd.DataFrame:
        """Give the rows of ``dyads`` (``docs/tables.md``) that are chosen; all of the relation where nothing is."""
        return chosen_pairs(self._found, **self._chosen).reset_index(drop=True)

    def twin(self) -> str:
        """Give a static page: what is missing, the timeline, and the pairs that ask for a second look."""
        found = self._found
        rows = found.pairs[found.pairs["relation"].isin([self.relation, "none"])]
        first = discordant(rows, found.talk, found.turns).head(_TWIN_ROWS).copy()
        first["pair"], first["between"] = first["a"] + " – " + first["b"], first["from_wave"] + " – " + first["to_wave"]
        shown = ["what", "id", "from_date", "title", "n_people", "n_requests", "n_help", "n_shared"]
        time = found.timeline(self.relation)[shown]
        about = f", {self.relation}" if len(found.relations) > 1 else ""
        return twin_page(
            f"{found.title}: linked view{about}",
            [found.talk.said, *found.gaps, *(drawing["told"] for drawing in self.overview["drawings"])],
            {
                "Surveys and activities": time.assign(from_date=time["from_date"].dt.strftime("%Y-%m-%d")),
                "Pairs that ask for a second look": first[["pair", "between", "verdict", "survey", "talk", "quote"]],
            },
        )

    @property
    def _chosen(self) -> dict[str, Any]:
        return {"relation": self.relation, "pair": self.pair, "activity": self.activity}

    @t.validate("pair")
    def _check_pair(self, proposal: Any) -> tuple[str, ...]:
        pair = tuple(proposal["value"])
        known = set(self._found.actors["actor"])
        if pair and (len(set(pair)) != 2 or len(pair) != 2 or not set(pair) <= known):
            raise t.TraitError(f"'pair' is {pair}; give two ids of the roster, as ('E01', 'E02'), or () for nobody")
        return tuple(sorted(pair))

    @t.validate("activity", "wave", "relation")
    def _check_name(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        known = {
            "activity": ["", *self._found.activities["activity"]],
            "wave": drawings(self._found) or [""],
            "relation": self._found.survey.relations["relation"].to_list() or [""],
        }[name]
        if value not in known:
            raise t.TraitError(f"'{name}' is '{value}'; give one of: {', '.join(filter(None, known))}")
        return str(value)

    @t.observe("relation")
    def _draw(self, _: Any) -> None:
        self.overview = overview(self._found, self.relation)
        self._follow(None)

    @t.observe("pair", "activity")
    def _follow(self, _: Any) -> None:
        self.detail = selection(self._found, **self._chosen)

    @t.observe("activity")
    def _turn(self, _: Any) -> None:
        """Show the wave after the activity, where new and stronger ties of those who helped in it are."""
        after = self._found.attribution
        waves = after.loc[after["activity"].eq(self.activity) & after["relation"].eq(self.relation), "to_wave"]
        self.wave = next(iter(waves), self.wave)

    def _ask_viewer(self, _: dict[str, Any]) -> dict[str, Any]:
        script = files("nicmethods") / "vendor" / "cytoscape" / "cytoscape.min.js"
        return {"buffers": [script.read_bytes()]}

    def _ask_around(self, content: dict[str, Any]) -> dict[str, Any]:
        return {"turns": around(self._found, str(content.get("turn")))}
