"""What travels through the library in place of loose tables: the survey, the meetings, the coders' work, the coded talk.

A bundle is a frozen group of declared tables, checked when it is made. Five rows can make one in a test; a case makes
all of them (``case.survey``, ``case.meetings``, ``case.coders``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from numbers import Integral, Real
from typing import Any, Literal, ParamSpec, TypeVar, get_args
from weakref import WeakValueDictionary

import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, Table, conform, empty
from nicmethods.tables.saying import count_of

__all__ = ["SUGGESTED", "Coders", "Meetings", "Policy", "Survey", "Talk", "Threshold", "takes"]

Policy = Literal["observed", "reconstruct", "zero"]
Threshold = float | Mapping[str, float] | None
P = ParamSpec("P")
R = TypeVar("R")

SUGGESTED = "suggestions"
"""Source of a coded talk that no person has coded."""


def _table(of: dict[str, Table], name: str) -> Any:
    """A field that holds this declared table; without rows where none is given."""
    return field(default_factory=lambda: empty(of[name]), metadata={"table": of[name]}, repr=False)


_MADE: WeakValueDictionary[int, pd.DataFrame] = WeakValueDictionary()
"""Frames that a bundle has checked, by identity: handing one on to another bundle checks nothing twice."""


class _Bundle:
    """What all bundles do: make their tables what they are declared to be, or say which one is not."""

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            if "table" in one.metadata:
                made = _declared(getattr(self, one.name), one.metadata["table"], f"{type(self).__name__}.{one.name}")
                object.__setattr__(self, one.name, made)

    def _known(self, name: str, columns: Sequence[str], among: Mapping[str, Any], what: str) -> None:
        """Refuse values of a table's columns that another table does not have."""
        for column in columns:
            values = getattr(self, name)[column].dropna()
            unknown = values[~values.isin(list(among[column] if column in among else among["*"]))].unique()
            if len(unknown):
                some = ", ".join(repr(str(value)) for value in unknown[:3]) + (" …" if len(unknown) > 3 else "")
                raise MeasureError(f"{type(self).__name__}.{name}: '{column}' holds {some}, not among {what}.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Survey(_Bundle):
    """Who belongs to the network, what was asked, and what was answered, read in one stated way.

    Parameters
    ----------
    roster
        Case table ``roster``: the population, with any attributes.
    waves, relations, ties, responses
        Work tables. Only people of the roster may answer or be named, only in the waves and relations listed.
    attributes
        Case table ``attributes``: what is known of people in one wave, such as a score.
    policy
        How missing answers are read: ``"observed"`` (unknown), ``"reconstruct"`` (the other's report stands in,
        undirected relations only) or ``"zero"`` (no tie, as most tools have it; for comparison only).
    threshold
        Least value that counts as a tie, above 0: a number, a number by wave, or None for each relation's own.
    roles
        Which roles are ``hub`` and which ``member``.

    Raises
    ------
    MeasureError
        If a table is not what it is declared to be, names somebody or something unknown, or a choice is none.

    Examples
    --------
    >>> survey = Survey(
    ...     roster=pd.DataFrame({"actor": ["A", "B"]}),
    ...     waves=pd.DataFrame({"wave": ["w1"]}),
    ...     relations=pd.DataFrame({"relation": ["help"], "threshold": [1.0], "directed": [True]}),
    ...     ties=pd.DataFrame({"relation": ["help"], "wave": ["w1"], "source": ["A"], "target": ["B"], "weight": [2.0]}),
    ...     responses=pd.DataFrame({"relation": "help", "wave": "w1", "actor": ["A", "B"], "present": True,
    ...                             "responded": [True, False], "basis": "listed"}),
    ... )
    >>> survey
    <Survey: 2 people, 1 wave, relation help, 1 reported value; missing answers observed>
    """

    roster: pd.DataFrame = _table(CASE_TABLES, "roster")
    waves: pd.DataFrame = _table(WORK_TABLES, "waves")
    relations: pd.DataFrame = _table(WORK_TABLES, "relations")
    ties: pd.DataFrame = _table(WORK_TABLES, "ties")
    responses: pd.DataFrame = _table(WORK_TABLES, "responses")
    attributes: pd.DataFrame = _table(CASE_TABLES, "attributes")
    policy: Policy = "observed"
    threshold: Threshold = None
    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        lists = {
            "relation": self.relations["relation"],
            "wave": self.waves["wave"],
            "*": self.roster["actor"],
        }
        said = "the roster, waves and relations of the survey"
        self._known("ties", ["relation", "wave", "source", "target"], lists, said)
        self._known("responses", ["relation", "wave", "actor"], lists, said)
        self._known("attributes", ["wave", "actor"], lists, said)
        if self.policy not in get_args(Policy):
            raise MeasureError(f"The policy is {self.policy!r}; it must be one of {', '.join(get_args(Policy))}.")
        if self.policy == "reconstruct" and self.relations["directed"].any():
            directed = ", ".join(map(repr, self.relations.loc[self.relations["directed"].astype(bool), "relation"]))
            raise MeasureError(
                f"Relation {directed} is directed, so the other's report cannot stand in. Use policy 'observed', or "
                "only() an undirected relation."
            )
        self._check_threshold()

    def _check_threshold(self) -> None:
        by_wave = self.threshold if isinstance(self.threshold, Mapping) else {"": self.threshold}
        unknown = [wave for wave in by_wave if wave and wave not in set(self.waves["wave"])]
        if unknown:
            raise MeasureError(f"The threshold names wave {unknown[0]!r}; waves are {', '.join(self.wave_order)}.")
        for value in by_wave.values():
            if value is None and self.threshold is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Real):
                raise MeasureError(
                    f"The threshold is {value!r}, no number: give a number above 0, a number by wave, or None."
                )
            if not value > 0:
                raise MeasureError(f"The threshold is {value}; a tie needs a value above 0.")

    def __repr__(self) -> str:
        counts = f"{count_of(len(self.roster), 'person', 'people')}, {count_of(len(self.waves), 'wave', 'waves')}"
        asked = "relation " + ", ".join(self.relations["relation"]) if len(self.relations) else "no relation"
        cut = "" if self.threshold is None else f", ties from {self.threshold}"
        values = count_of(len(self.ties), "reported value", "reported values")
        return f"<Survey: {counts}, {asked}, {values}; missing answers {self.policy}{cut}>"

    @property
    def wave_order(self) -> list[str]:
        """Wave ids in order."""
        return self.waves["wave"].tolist()

    @property
    def hub(self) -> list[str]:
        """Ids of the people whose role is a hub role."""
        return self.roster.loc[self.roster["role"].isin(list(self.roles.get("hub", ()))), "actor"].tolist()

    def under(self, **choices: Any) -> Survey:
        """The same survey read in another way: ``policy=``, ``threshold=``."""
        return replace(self, **choices)

    def only(self, relation: str) -> Survey:
        """The survey with one relation alone."""
        if relation not in set(self.relations["relation"]):
            known = ", ".join(map(repr, self.relations["relation"])) or "none"
            raise MeasureError(f"Relation {relation!r} is not among the relations: {known}.")
        kept = {name: getattr(self, name) for name in ("relations", "ties", "responses")}
        return replace(self, **{name: table[table["relation"] == relation] for name, table in kept.items()})


@dataclass(frozen=True, eq=False, kw_only=True)
class Meetings(_Bundle):
    """What the network did together: when, who was there, what was said.

    Parameters
    ----------
    activities
        Case table ``activities``.
    attendance, turns
        Work tables, of these activities only.

    Examples
    --------
    >>> activities = pd.DataFrame({"activity": ["A1"], "date": [pd.Timestamp("2024-09-18")], "title": "Kick-off", "kind": "meeting"})
    >>> Meetings(activities=activities)
    <Meetings: 1 activity, 0 turns>
    """

    activities: pd.DataFrame = _table(CASE_TABLES, "activities")
    attendance: pd.DataFrame = _table(WORK_TABLES, "attendance")
    turns: pd.DataFrame = _table(WORK_TABLES, "turns")

    def __post_init__(self) -> None:
        super().__post_init__()
        listed = {"activity": self.activities["activity"]}
        for name in ("attendance", "turns"):
            self._known(name, ["activity"], listed, "the activities")

    def __repr__(self) -> str:
        return f"<Meetings: {count_of(len(self.activities), 'activity', 'activities')}, {count_of(len(self.turns), 'turn', 'turns')}>"


@dataclass(frozen=True, eq=False, kw_only=True)
class Coders(_Bundle):
    """What each coder coded and read, what they settled, and what the machine suggested.

    Parameters
    ----------
    codings, coverage, suggestions, spotcheck
        Work tables.
    decisions
        Case table ``adjudicated``.

    Examples
    --------
    >>> codings = pd.DataFrame({"coder": ["anna"], "activity": ["A1"], "turn": ["1"], "code": ["help_request"]})
    >>> Coders(codings=codings)
    <Coders: anna; 1 coding, 0 decisions>
    """

    codings: pd.DataFrame = _table(WORK_TABLES, "codings")
    coverage: pd.DataFrame = _table(WORK_TABLES, "coverage")
    decisions: pd.DataFrame = _table(CASE_TABLES, "adjudicated")
    suggestions: pd.DataFrame = _table(WORK_TABLES, "suggestions")
    spotcheck: pd.DataFrame = _table(WORK_TABLES, "spotcheck")

    def __repr__(self) -> str:
        names = ", ".join(self.names) or "nobody"
        return f"<Coders: {names}; {count_of(len(self.codings), 'coding', 'codings')}, {count_of(len(self.decisions), 'decision', 'decisions')}>"

    @property
    def names(self) -> list[str]:
        """Who coded, in alphabetical order."""
        return sorted(self.codings["coder"].unique())


@dataclass(frozen=True, eq=False, kw_only=True)
class Talk(_Bundle):
    """The coded talk that an analysis rests on: codings of one source, and the help events they make.

    Parameters
    ----------
    source
        The coder, ``"adjudicated"`` (the coders' settled set) or ``"suggestions"``.
    said
        The same in a sentence for the reader.
    codings, coverage, links
        Work tables; links say which turn answers which. Suggestions cover nothing: they are no evidence that nothing was
        said.
    events
        Run table.

    Examples
    --------
    >>> Talk()
    <Talk: There is no talk in this case. 0 events>
    """

    source: str = ""
    said: str = "There is no talk in this case."
    codings: pd.DataFrame = _table(WORK_TABLES, "codings")
    coverage: pd.DataFrame = _table(WORK_TABLES, "coverage")
    links: pd.DataFrame = _table(WORK_TABLES, "links")
    events: pd.DataFrame = _table(RUN_TABLES, "events")

    def __repr__(self) -> str:
        return f"<Talk: {self.said} {count_of(len(self.events), 'event', 'events')}>"


_GIVEN = {bundle.__name__: f"a {bundle.__name__} bundle" for bundle in (Survey, Meetings, Coders, Talk)} | {
    "WaveNetwork": "one wave (nic.network.wave_network)"
}
_COUNTS = ("seed", "n_permutations", "n_bootstrap")


def takes(function: Callable[P, R]) -> Callable[P, R]:
    """Refuse arguments in the wrong place with a sentence.

    A parameter annotated with a bundle or a wave must be one, a seed or number of draws a whole number. A frame whose parameter is named as a declared run or work table
    must have that table's columns.

    Examples
    --------
    >>> @takes
    ... def n_turns(meetings: Meetings) -> int:
    ...     return len(meetings.turns)
    >>> n_turns(Survey())
    Traceback (most recent call last):
    ...
    nicmethods.errors.MeasureError: n_turns(meetings): 'meetings' must be a Meetings bundle; a Survey was given.
    """
    signature = inspect.signature(function)
    order = [str(one) for one in signature.parameters]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in (*zip(order, args, strict=False), *kwargs.items()):
            parameter = signature.parameters.get(name)
            if parameter is None:
                continue
            annotation = str(getattr(parameter.annotation, "__name__", parameter.annotation)).strip("'\"")
            said = f"{function.__name__}({', '.join(order)}): '{name}' must be"
            if annotation in _GIVEN and annotation not in {kind.__name__ for kind in type(value).__mro__}:
                raise MeasureError(f"{said} {_GIVEN[annotation]}; a {type(value).__name__} was given.")
            if name in _COUNTS and (not isinstance(value, Integral) or value < 0):
                raise MeasureError(f"{said} a whole number from 0; {value!r} was given.")
            if annotation.endswith("DataFrame"):
                table = RUN_TABLES.get(name) or WORK_TABLES.get(name)
                if table is not None:
                    _refuse_other(value, table, f"{function.__name__}: '{name}'")
        return function(*args, **kwargs)

    return checked


def _refuse_other(frame: object, table: Table, what: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise MeasureError(f"{what} must be the table '{table.name}'; a {type(frame).__name__} was given.")
    lacking = [column.name for column in table.columns if not column.blank and column.name not in frame]
    if lacking:
        raise MeasureError(
            f"{what} must be the table '{table.name}'; it has no column {', '.join(map(repr, lacking[:3]))}."
        )


def _declared(frame: object, table: Table, what: str) -> pd.DataFrame:
    if isinstance(frame, pd.DataFrame) and _MADE.get(id(frame)) is frame and frame.attrs.get("table") == table.name:
        return frame
    _refuse_other(frame, table, what)
    try:
        made = conform(frame, table)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise MeasureError(f"{what} is not what the table '{table.name}' is declared to be: {error}") from None
    for column in table.columns:
        if not column.blank and made[column.name].isna().any():
            raise MeasureError(f"{what}: '{column.name}' may not be blank.")
        if column.among and not made[column.name].dropna().isin(column.among).all():
            raise MeasureError(f"{what}: '{column.name}' must be one of {', '.join(column.among)}.")
    if table.key and made.duplicated(list(table.key)).any():
        twice = made.loc[made.duplicated(list(table.key)), list(table.key)].iloc[0].tolist()
        raise MeasureError(
            f"{what}: {' '.join(map(str, twice))} stands twice; a row needs its own {', '.join(table.key)}."
        )
    _MADE[id(made)] = made
    return made
