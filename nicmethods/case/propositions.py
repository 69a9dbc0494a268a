"""What a study claims, as data: what the survey, the talk and both together should show of some pairs."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from nicmethods.errors import CaseError, Problem
from nicmethods.files.yamlfiles import Strict, read_checked

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

__all__ = [
    "Proposition",
    "Propositions",
    "SurveyPart",
    "TalkPart",
    "TogetherPart",
    "claim_problems",
    "load_propositions",
]

_NEEDS = {"help": ("help_given",), "returned_help": ("help_given",), "pathway": ("shared_practice", "help_request", "help_given")}  # fmt: skip
"""Codes without which nothing of the kind can be seen in the talk."""


class SurveyPart(Strict):
    """What the survey should show.

    Attributes
    ----------
    says
        In words.
    tie
        ``new`` ties, ``stronger`` ties, or ``mutual`` ones (the two come to name each other).
    expect
        ``more`` such changes than of their opposite, ``fewer``, or ``some`` at all, whatever else ends.
    """

    says: str
    tie: Literal["new", "stronger", "mutual"]
    expect: Literal["more", "fewer", "some"] = "more"


class TalkPart(Strict):
    """What the talk should show.

    Attributes
    ----------
    says
        In words.
    shows
        ``help`` between the two either way, ``returned_help`` (each helped the other in the record), or ``pathway``
        (practice shared, then help asked, then help reciprocated).
    asks
        ``occurrence``: that it happens. ``selectivity``: that these pairs help more than presence brings.
        ``reciprocity``: that help comes back more than who asks and gives brings. ``order``: that the pathway is gone in
        its order more than chance has it.
    within
        For ``returned_help``: the help that comes back lies at most so many dated meetings after the other (0: in the same);
        empty: anywhere in the record.
    """

    says: str
    shows: Literal["help", "returned_help", "pathway"]
    asks: Literal["occurrence", "selectivity", "reciprocity", "order"] = "occurrence"
    within: Annotated[int, Field(ge=0)] | None = None


class TogetherPart(Strict):
    """What both strands together should show, of the same pairs.

    Attributes
    ----------
    says
        In words.
    expect
        Whether talk and change of the tie should fall on the same pairs ``more`` or ``fewer`` times than what brings both
        there anyway has it.
    """

    says: str
    expect: Literal["more", "fewer"] = "more"


class Proposition(Strict):
    """One claim.

    Attributes
    ----------
    id, statement, why
        Short name, the claim in a sentence, and where it comes from.
    claim
        ``coincidence``: the claim is about the same pairs, and the network must be large enough to tell. ``existence``:
        the claim is that instances are there; both strands showing them is partial agreement, agreement takes the same
        pairs.
    pairs
        ``all``, ``within_schools``, ``across_schools`` (both of members only), ``hub_member`` or ``members``.
    survey, talk, together
        What each should show.
    relation
        Survey question it is about; empty: the first that the case asked.
    """

    id: str
    statement: str
    relation: str = ""
    why: str = ""
    claim: Literal["coincidence", "existence"] = "coincidence"
    pairs: Literal["all", "within_schools", "across_schools", "hub_member", "members"] = "all"
    survey: SurveyPart
    talk: TalkPart
    together: TogetherPart

    @field_validator("talk")
    @classmethod
    def _asks_what_it_shows(cls, talk: TalkPart) -> TalkPart:
        fits = {"selectivity": "help", "reciprocity": "returned_help", "order": "pathway"}
        if talk.asks in fits and talk.shows != fits[talk.asks]:
            raise ValueError(f"'asks: {talk.asks}' goes with 'shows: {fits[talk.asks]}', not with '{talk.shows}'")
        if talk.within is not None and talk.shows != "returned_help":
            raise ValueError(f"'within' says within how many meetings help returns; it goes with 'shows: returned_help', not with '{talk.shows}'")  # fmt: skip
        return talk

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any key or word of the proposition; a default is the same written or not."""
        text = json.dumps(self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


class Propositions(Strict):
    """The propositions of a study, in order."""

    id: str
    title: str
    description: str = ""
    propositions: tuple[Proposition, ...]

    @field_validator("propositions")
    @classmethod
    def _told_apart(cls, propositions: tuple[Proposition, ...]) -> tuple[Proposition, ...]:
        names = [proposition.id for proposition in propositions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"proposition '{twice[0]}' stands twice; every proposition needs an id of its own")
        return propositions


def load_propositions(path: Path) -> Propositions:
    """Read a propositions file.

    Parameters
    ----------
    path
        The YAML file.

    Raises
    ------
    CaseError
        With every problem of the file: what cannot be read, unknown and missing keys, words that no key knows, ids that
        stand twice.
    """
    found, _, problems = read_checked(Propositions, path, path.name)
    if found is None:
        raise CaseError(path.stem, problems)
    return found


def claim_problems(path: Path, *, relations: Collection[str], codes: Collection[str], has_hub: bool) -> list[Problem]:
    """List everything that is wrong with a propositions file, by itself and for one case.

    Parameters
    ----------
    path
        The YAML file.
    relations
        Survey questions that the case asked.
    codes
        Codes of its codebook.
    has_hub
        Whether anybody is of the hub.

    Returns
    -------
    list of Problem
        Unknown keys and words, with what there is; survey questions that were not asked (errors); codes that the codebook
        lacks and pairs with the hub where there is none (warnings: such a proposition is not observable).
    """
    found, lines, problems = read_checked(Propositions, path, path.name)
    held = _of_case(found, relations, codes, has_hub) if found is not None else ()
    return [*problems, *(Problem(level, path.name, lines.get(place), ".".join(map(str, place)), value, said) for level, place, value, said in held)]  # fmt: skip


def _of_case(
    claims: Propositions, relations: Collection[str], codes: Collection[str], has_hub: bool
) -> Iterator[tuple[Literal["error", "warning"], tuple[str | int, ...], str, str]]:
    for at, one in enumerate(claims.propositions):
        place = ("propositions", at)
        if one.relation and one.relation not in relations:
            near = get_close_matches(one.relation, list(relations), 1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            asked = ", ".join(map(repr, relations)) or "none"
            yield "error", (*place, "relation"), one.relation, f"proposition '{one.id}' names the survey question '{one.relation}'; the case asked: {asked}.{meant}"  # fmt: skip
        lacking = [code for code in _NEEDS[one.talk.shows] if code not in codes]
        if lacking:
            yield "warning", (*place, "talk", "shows"), one.talk.shows, f"proposition '{one.id}' looks for '{one.talk.shows}', and the codebook has no code {', '.join(map(repr, lacking))}; there are: {', '.join(codes)}."  # fmt: skip
        if one.pairs == "hub_member" and not has_hub:
            yield "warning", (*place, "pairs"), one.pairs, f"proposition '{one.id}' is about pairs of hub and member, and nobody's role is of the hub. Name its roles under 'roles' in case.yml."  # fmt: skip
