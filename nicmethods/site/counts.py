"""What the main page of a case says in numbers: rows of the run's tables, counted. No test and no model is made here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nicmethods.site.said import survey_names
from nicmethods.tables import records
from nicmethods.tables.saying import listed, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from nicmethods.results import Results

__all__ = ["BETWEEN", "HUB", "INSIDE", "KINDS", "OTHER", "Counts", "claim_counts", "other_causes"]

BETWEEN, INSIDE, HUB, OTHER = "between schools", "inside a school", "hub and schools", "in the network"
KINDS = (BETWEEN, INSIDE, HUB, OTHER)
"""Pairs as the page tells them apart; schools are sites of members. Pairs that are none of these stand aside, unless all are."""

_Pair = tuple[str, str]
_Row = dict[str, Any]


@dataclass(frozen=True)
class Counts:
    """One case and one of its survey questions, counted.

    Parameters
    ----------
    results
        What the case's run left.
    relation
        The survey question.
    """

    results: Results
    relation: str

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run, of this survey question where it tells them apart; empty where there is none."""
        table = self.results.table(name)
        return table[table["relation"] == self.relation] if "relation" in table else table

    @cached_property
    def question(self) -> _Row:
        """What was asked: question, scale, threshold, with whom people were asked about."""
        relations = self.results.summary.get("relations") or ()
        return next((dict(row) for row in relations if row["relation"] == self.relation), {})

    @cached_property
    def waves(self) -> list[_Row]:
        """Surveys in order, with the month in which each is known."""
        rows = self.results.summary.get("waves") or ()
        names = survey_names(rows)
        return [
            {**row, "said": names[self.relation, row["wave"]]} for row in rows if row.get("relation") == self.relation
        ]

    @property
    def told(self) -> list[_Row]:
        """Surveys of which it is known who was there."""
        return [row for row in self.waves if row.get("n_present") is not None]

    def month(self, wave: str) -> str:
        """What a survey is called."""
        return next((row["said"] for row in self.waves if row["wave"] == wave), wave)

    @cached_property
    def meetings(self) -> list[_Row]:
        """Activities in order of time, with requests for help by who asked whom, and minutes where the record tells."""
        turns = self.table("turns")[["activity", "start_s", "end_s"]].astype({"start_s": float, "end_s": float})
        each = turns.assign(last=turns[["start_s", "end_s"]].max(axis=1)).groupby("activity")
        length = ((each["last"].max() - each["start_s"].min()) / 60).dropna()
        asked = Counter(zip(self.requests["activity"], self.requests["between"], strict=True))
        return [
            {
                **row,
                "said": row.get("title") or row["activity"],
                "minutes": length.get(row["activity"]),
                "asked": [asked[row["activity"], kind] for kind in KINDS],
            }
            for row in self.results.summary.get("activities") or ()
        ]

    @cached_property
    def minutes(self) -> float | None:
        """How long all meetings lasted; None unless the record tells of each."""
        each = [row["minutes"] for row in self.meetings]
        return None if not each or None in each else float(sum(each))

    @cached_property
    def people(self) -> dict[str, _Row]:
        """The roster by id."""
        return {row["actor"]: row for row in records(self.table("actors"))}

    def kind(self, a: object, b: object) -> str:
        """Which of :data:`KINDS` a pair is, or :data:`OTHER`."""
        one, other = self.people.get(str(a), {}), self.people.get(str(b), {})
        groups = {one.get("group"), other.get("group")}
        if groups == {"hub", "member"}:
            return HUB
        if (groups == {"member"} or not self._has_groups) and one.get("site") and other.get("site"):
            return INSIDE if one["site"] == other["site"] else BETWEEN
        return OTHER

    @cached_property
    def _has_groups(self) -> bool:
        return any(row.get("group") for row in self.people.values())

    @cached_property
    def kinds(self) -> list[str]:
        """Kinds of pairs among which the survey could have shown a tie; all in one where nobody has a school or a group."""
        asked = [kind for kind in KINDS if any(of for _, of in self.ties(kind))]
        return [kind for kind in asked if kind != OTHER] or asked

    def who(self, actor: str) -> str:
        """A person by role and site."""
        row = self.people.get(actor, {})
        return ", ".join(filter(None, (row.get("role"), row.get("site"))))

    # Survey

    @cached_property
    def thresholds(self) -> Mapping[str, float]:
        """Least value that counts as a tie, by wave, as the run took it."""
        table = self.table("network_measures")
        own = float(self.question.get("threshold") or 0)
        ran = table.groupby("wave")["threshold"].first().to_dict() if "threshold" in table else {}
        return {row["wave"]: float(ran.get(row["wave"], own)) for row in self.waves}

    @cached_property
    def tied(self) -> dict[str, set[_Pair]]:
        """Who reports a tie to whom, by wave; both ways where a tie has no direction."""
        ties, found = self.table("ties"), {}
        for wave, least in self.thresholds.items() if len(ties) else ():
            here = ties[(ties["wave"] == wave) & (ties["weight"] >= least) & (ties["weight"] > 0)]
            pairs = {(a, b) for a, b in zip(here["source"], here["target"], strict=True) if a != b}
            found[wave] = pairs if self.question.get("directed", True) else pairs | {(b, a) for a, b in pairs}
        return found

    @cached_property
    def possible(self) -> dict[str, set[_Pair]]:
        """Ordered pairs of which the survey tells, by wave: the first answered, the second belonged and was asked about."""
        answers, within = self.table("responses"), self.question.get("within")
        found = {}
        for wave in self.tied:
            here = answers[answers["wave"] == wave]
            there = here.loc[here["present"].fillna(False).astype(bool), "actor"]
            sources = here.loc[here["responded"].fillna(False).astype(bool), "actor"]
            found[wave] = {
                (a, b)
                for a in sources
                for b in there
                if a != b and (not within or self.people.get(a, {}).get(within) == self.people.get(b, {}).get(within))
            }
        return found

    @cached_property
    def ends(self) -> list[str]:
        """The first and the last wave in which somebody answered; one where these are one, none where nobody ever did."""
        told = [wave for wave, possible in self.possible.items() if possible]
        return list(dict.fromkeys([*told[:1], *told[-1:]]))

    def at_ends(self, kind: str) -> list[tuple[int, int]]:
        """Ties and possible ties of a kind in these waves; empty unless all of them tell."""
        found = [one for wave, one in zip(self.possible, self.ties(kind), strict=True) if wave in self.ends]
        return found if all(of for _, of in found) else []

    def ties(self, kind: str) -> list[tuple[int, int]]:
        """Ties and possible ties of a kind, wave by wave; undirected questions count pairs."""
        return [(held[kind], seen[kind]) for held, seen in self._by_kind]

    @cached_property
    def _by_kind(self) -> list[tuple[Counter[str], Counter[str]]]:
        found = []
        for wave, possible in self.possible.items():
            both = [self.tied[wave] & possible, possible]
            if not self.question.get("directed", True):
                both = [{(min(pair), max(pair)) for pair in pairs} for pairs in both]
            held, seen = (Counter(self.kind(*pair) for pair in pairs) for pairs in both)
            found.append((held, seen))
        return found

    def state(self, a: str, b: str, wave: str) -> str:
        """What a survey tells of a pair."""
        possible, tied = self.possible.get(wave, set()), self.tied.get(wave, set())
        told = [pair for pair in ((a, b), (b, a)) if pair in possible]
        if not told:
            return "not known"
        held = [pair for pair in told if pair in tied]
        if not held:
            return "no tie" if len(told) == 2 else "no tie one way, the other not known"
        if not self.question.get("directed", True):
            return "a tie"
        if len(held) == 2:
            return "ties both ways"
        return f"{held[0][0]} turns to {held[0][1]}" + ("" if len(told) == 2 else ", the other way not known")

    # Talk

    @cached_property
    def events(self) -> pd.DataFrame:
        """Coded events with the kind of pair."""
        table = self.table("events")
        between = [self.kind(a, b) for a, b in zip(table["seeker"], table["helper"], strict=True)]
        return table.assign(between=between)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Requests for help."""
        return self.events[self.events["kind"] == "help_request"]

    @cached_property
    def given(self) -> pd.DataFrame:
        """Help given between two people who are known, in order of meetings and turns."""
        given = self.events[self.events["kind"] == "help_given"].dropna(subset=["seeker", "helper"])
        order = {row["activity"]: number for number, row in enumerate(self.meetings)}
        return given.assign(order=given["activity"].map(order)).sort_values(["order", "time_s"], kind="stable")

    @cached_property
    def returned(self) -> dict[_Pair, list[_Row]]:
        """Pairs who helped each other both ways, with their help in order; those between whom most time passed first."""
        found: dict[_Pair, list[_Row]] = {}
        for row in records(self.given):
            found.setdefault((min(row["seeker"], row["helper"]), max(row["seeker"], row["helper"])), []).append(row)
        both = {pair: rows for pair, rows in found.items() if len({row["helper"] for row in rows}) == 2}
        first = {pair: min(row["order"] for row in rows) for pair, rows in both.items()}
        span = {pair: max(row["order"] for row in rows) - first[pair] for pair, rows in both.items()}
        return {pair: both[pair] for pair in sorted(both, key=lambda pair: (-span[pair], first[pair], pair))}


def claim_counts(claim: Mapping[str, Any]) -> _Row | None:
    """Give the occasions of a claim with and without what was heard, and of each those with the change.

    Parameters
    ----------
    claim
        Row of run table ``propositions``.

    Returns
    -------
    dict or None
        ``talk`` and ``change`` in words, ``n_with``, ``hits_with``, ``n_without``, ``hits_without``; None where there was no
        occasion.
    """
    n_rows, n_talk, n_change, n_both = (claim[name] for name in ("n_rows", "n_talk", "n_change", "n_both"))
    if None in (n_talk, n_change, n_both) or not n_rows:
        return None
    return {
        "talk": claim["talk_said"],
        "change": claim["change_said"],
        "n_rows": n_rows,
        "n_with": n_talk,
        "hits_with": n_both,
        "n_without": n_rows - n_talk,
        "hits_without": n_change - n_both,
    }


def other_causes(claim: Mapping[str, Any], rates: pd.DataFrame) -> str:
    """Say how often agreement on a claim comes from what no test on these data can tell, in simulated networks.

    Parameters
    ----------
    claim
        Row of run table ``propositions``.
    rates
        Run table ``error_rates``.

    Returns
    -------
    str
        Empty for other verdicts, and where nothing was simulated.
    """
    worlds = {
        "hidden affinity": "a lasting liking that nobody recorded brings both",
        "tie first, same interval": "the tie came first inside the interval",
    }
    own = rates[(rates["proposition"] == claim["proposition"]) & rates["bar"].isna() & rates["truth"].isin(worlds)]
    if claim["proposed_verdict"] != "agreement" or not len(own):
        return ""
    shares = [f"{percent(row['agreement'])} where {worlds[row['truth']]}" for row in records(own)]
    return f"the same verdict comes in {listed(shares)}"
