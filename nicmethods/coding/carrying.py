"""Codings after a transcript was corrected: each goes to the turn that holds its words now, or is listed as lost.

Turns are matched by text and order inside an activity: first those whose words are the same, then word by word what
lies between them. Turn ids may change; speakers and times are not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from nicmethods.case.coverage import position_ranges, turns_read
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Carried", "carry", "carry_coverage", "match_words"]

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_LEAST_SHARE = 0.5


class _Word(NamedTuple):
    turn: str
    start: int
    end: int
    form: str


_Turn = tuple[_Word, ...]


@dataclass(frozen=True, repr=False)
class Carried:
    """What became of a table of codings, decisions or suggestions.

    Attributes
    ----------
    table
        The rows that were carried, under their new turns and spans; ``reply_to`` is renamed with them.
    review
        Rows of ``table`` (under their old ``turn`` and with ``new_turn``) that a person should look at, with ``why``.
    lost
        Rows that could not be carried, as they were, with ``why``.
    """

    table: pd.DataFrame
    review: pd.DataFrame
    lost: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Carried: {len(self.table)} rows, {len(self.review)} to review, {len(self.lost)} lost>"


def carry(table: pd.DataFrame, old_turns: pd.DataFrame, new_turns: pd.DataFrame) -> Carried:
    """Carry codings to the corrected transcript.

    Parameters
    ----------
    table
        Work table ``codings`` or any other with ``activity`` and ``turn`` (and perhaps ``start_char``, ``end_char``,
        ``reply_to``) of the old turns.
    old_turns, new_turns
        Work tables ``turns`` before and after the correction.

    Returns
    -------
    Carried
        A coding of a whole turn goes to the new turn that holds most of its words, if at least half of them are still
        there; a span goes to the words it held, if at least half are in one turn. Every row of the table is either in
        ``table`` or in ``lost``.
    """
    words = match_words(old_turns, new_turns)
    rows = table.reset_index(drop=True)
    found = _destinations(rows, words, old_turns, new_turns)
    placed = rows.join(found)
    lost = placed["new_turn"].isna()
    carried = placed[~lost].copy()
    if "start_char" in rows:
        carried["start_char"], carried["end_char"] = carried["new_start"], carried["new_end"]
    replies = _replies(carried, words)
    why = carried["why"].astype("str").str.cat(replies.pop("why"), sep="; ").str.strip("; ")
    review = rows.loc[carried.index].assign(new_turn=carried["new_turn"], why=why)
    carried = carried.assign(turn=carried["new_turn"], **replies)[rows.columns].astype(rows.dtypes)
    return Carried(
        table=carried.reset_index(drop=True),
        review=review[why != ""].reset_index(drop=True),
        lost=rows[lost].assign(why=placed.loc[lost, "why"]).reset_index(drop=True),
    )


def carry_coverage(coverage: pd.DataFrame, old_turns: pd.DataFrame, new_turns: pd.DataFrame) -> pd.DataFrame:
    """Carry what each coder read to the corrected transcript.

    Parameters
    ----------
    coverage
        Work table ``coverage``, in positions of the old turns.
    old_turns, new_turns
        Work tables ``turns`` before and after the correction.

    Returns
    -------
    pandas.DataFrame
        Work table ``coverage`` in positions of the new turns: those of which at least half of the words are from turns
        that the coder had read. Turns that the correction added count as not read.
    """
    if coverage.empty:
        return coverage.copy()
    rows = coverage.reset_index(drop=True).rename_axis("row").reset_index()
    read = turns_read(rows, old_turns[["activity", "turn", "position"]])
    words = match_words(old_turns, new_turns)
    kept = read[["row", "activity", "turn"]].merge(words, on=["activity", "turn"], validate="many_to_many")
    matched = kept.groupby(["row", "activity", "new_turn"])["n_words"].agg(["sum", "min"]).reset_index()
    size = new_turns[["activity", "turn", "position"]].assign(n_new=_n_words(new_turns))
    size = size.rename(columns={"turn": "new_turn"})
    matched = matched.merge(size, on=["activity", "new_turn"], validate="many_to_one")
    new = matched[(matched["sum"] >= _LEAST_SHARE * matched["n_new"]) | (matched["min"] == 0)]
    ranges = [position_ranges(part[["activity", "position"]]).assign(row=row) for row, part in new.groupby("row")]
    if not ranges:
        return coverage.iloc[:0].copy()
    rows = rows.drop(columns=["activity", "first_position", "last_position"])
    placed = rows.merge(pd.concat(ranges), on="row", validate="one_to_many")
    return conform(placed, WORK_TABLES["coverage"])


def match_words(old_turns: pd.DataFrame, new_turns: pd.DataFrame) -> pd.DataFrame:
    """Match runs of words of a transcript before and after its correction.

    Parameters
    ----------
    old_turns, new_turns
        Work tables ``turns``.

    Returns
    -------
    pandas.DataFrame
        A row for each word that both have, in order: ``activity``, ``turn`` and ``new_turn``, ``start``, ``end`` and
        ``new_start``, ``new_end`` (characters inside the turn), ``n_words`` (1). A turn without words counts as one
        word. A turn that alone took the place of one turn, between matched neighbours, has a row with ``n_words`` 0.
    """
    columns = ["activity", "turn", "start", "end", "new_turn", "new_start", "new_end", "n_words"]
    after = dict(list(new_turns.sort_values("position").groupby("activity")))
    rows = [
        (activity, *old[:3], *new[:3], n_words)
        for activity, before in old_turns.sort_values("position").groupby("activity")
        if activity in after
        for old, new, n_words in _matched(_by_turn(before), _by_turn(after[activity]))
    ]
    return pd.DataFrame(rows, columns=columns)


def _by_turn(turns: pd.DataFrame) -> list[_Turn]:
    found = []
    for turn, text in zip(turns["turn"], turns["text"].fillna(""), strict=True):
        words = tuple(_Word(turn, m.start(), m.end(), m[0].casefold()) for m in _WORD.finditer(text))
        found.append(words or (_Word(turn, 0, len(text), ""),))
    return found


def _n_words(turns: pd.DataFrame) -> pd.Series[int]:
    return turns["text"].fillna("").str.count(_WORD.pattern).clip(lower=1)


def _matched(old: list[_Turn], new: list[_Turn]) -> list[tuple[_Word, _Word, int]]:
    """Pair words: whole turns that are the same, then runs of words between them; at last turns by their place."""
    pairs: list[tuple[_Word, _Word, int]] = []
    for what, a, b, c, d in SequenceMatcher(None, _forms(old), _forms(new), autojunk=False).get_opcodes():
        before = [word for turn in old[a:b] for word in turn]
        after = [word for turn in new[c:d] for word in turn]
        if what == "equal":
            pairs += [(*pair, 1) for pair in zip(before, after, strict=True)]
        elif what == "replace":
            inner = SequenceMatcher(None, [w.form for w in before], [w.form for w in after], autojunk=False)
            for i, j, n in inner.get_matching_blocks():
                pairs += [(*pair, 1) for pair in zip(before[i : i + n], after[j : j + n], strict=True)]
    return [*pairs, *_in_place(pairs, old, new)]


def _in_place(
    pairs: list[tuple[_Word, _Word, int]], old: list[_Turn], new: list[_Turn]
) -> Iterator[tuple[_Word, _Word, int]]:
    """Pair a turn with the only free one between the turns that its neighbours became."""
    order = {turn[0].turn: place for place, turn in enumerate(new)}
    length = {turn[0].turn: len(turn) for turn in old}
    n_matched = Counter((a.turn, b.turn) for a, b, _ in pairs).most_common()
    became = {a: order[b] for (a, b), n in reversed(n_matched) if n >= _LEAST_SHARE * length[a]}
    places = [-1, *(became.get(turn[0].turn) for turn in old), len(new)]
    taken = set(became.values())
    for turn, before, here, after in zip(old, places, places[1:], places[2:], strict=False):
        if here is None and before is not None and after is not None:
            free = set(range(before + 1, after)) - taken
            if len(free) == 1:
                yield turn[0], new[free.pop()][0], 0


def _forms(turns: list[_Turn]) -> list[tuple[str, ...]]:
    return [tuple(word.form for word in turn) for turn in turns]


def _destinations(
    rows: pd.DataFrame, words: pd.DataFrame, old_turns: pd.DataFrame, new_turns: pd.DataFrame
) -> pd.DataFrame:
    """For each row its new turn and span (blank where lost) and what is to be said about it."""
    spans = rows.reindex(columns=["activity", "turn", "start_char", "end_char"]).rename_axis("row").reset_index()
    old = old_turns[["activity", "turn", "text"]].assign(length=_n_words(old_turns))
    spans = spans.merge(old, on=["activity", "turn"], how="left", validate="many_to_one")
    spans["n_coded"] = spans["length"].where(spans["start_char"].isna(), _n_words_inside(spans))
    hits = spans.merge(words, on=["activity", "turn"], validate="many_to_many")
    inside = hits["start_char"].isna() | ((hits["start"] < hits["end_char"]) & (hits["end"] > hits["start_char"]))
    groups = hits[inside & (hits["n_words"] > 0)].groupby(["row", "new_turn"], sort=False, as_index=False)
    by_turn = groups.agg(n_words=("n_words", "sum"), new_start=("new_start", "min"), new_end=("new_end", "max"))
    best = by_turn.sort_values("n_words", ascending=False, kind="stable").drop_duplicates("row")
    found = spans.merge(best, on="row", how="left", validate="one_to_one").set_index("row")
    found["n_turns"] = by_turn.groupby("row").size().reindex(found.index).fillna(0)
    found["n_words"] = found["n_words"].fillna(0)
    found = _unchanged(found, words, new_turns)
    placed = hits[(hits["n_words"] == 0) & hits["start_char"].isna()]
    by_place = placed.set_index("row")["new_turn"].reindex(found.index)
    enough = found["n_words"] >= _LEAST_SHARE * found["n_coded"]
    found["new_turn"] = found["new_turn"].where(enough, by_place)
    found.loc[found["start_char"].isna(), ["new_start", "new_end"]] = None
    found["why"] = _reasons(found, enough, by_place.notna())
    return found[["new_turn", "new_start", "new_end", "why"]]


def _unchanged(found: pd.DataFrame, words: pd.DataFrame, new_turns: pd.DataFrame) -> pd.DataFrame:
    """Keep spans as they are in turns whose text is the same to the character."""
    beside = words.drop_duplicates(["activity", "turn"])[["activity", "turn", "new_turn"]]
    texts = new_turns[["activity", "turn", "text"]].set_axis(["activity", "new_turn", "new_text"], axis=1)
    beside = (
        found[["activity", "turn"]]
        .merge(beside.merge(texts), on=["activity", "turn"], how="left")
        .set_axis(found.index)
    )
    same = found["start_char"].notna() & (found["text"] == beside["new_text"]).fillna(False).astype(bool)
    ends = {"new_start": found["start_char"], "new_end": found["end_char"], "n_words": found["n_coded"]}
    return found.assign(new_turn=beside["new_turn"], n_turns=1, **ends).where(same, found)


def _n_words_inside(spans: pd.DataFrame) -> pd.Series[int]:
    counts = [
        sum(m.start() < end and m.end() > start for m in _WORD.finditer(text)) if pd.notna(start) and pd.notna(text) else 0
        for text, start, end in zip(spans["text"], spans["start_char"], spans["end_char"], strict=True)
    ]  # fmt: skip
    return pd.Series(counts, index=spans.index, dtype="int64").clip(lower=1)


def _reasons(found: pd.DataFrame, enough: pd.Series[bool], by_place: pd.Series[bool]) -> pd.Series[str]:
    reason = pd.Series("", index=found.index, dtype="str")
    reason[enough & (found["n_words"] < found["n_coded"])] = "some of its words are gone or changed"
    reason[enough & (found["n_turns"] > 1)] = "its words are in several turns now; it is on the one with most of them"
    reason[~enough & by_place] = "most of its words are gone or changed; it is on the turn that stands in its place"
    reason[~enough & ~by_place] = "fewer than half of its words are in any one turn now"
    reason[~enough & ~by_place & (found["n_words"] == 0)] = "none of its words are there any more"
    reason[found["length"].isna()] = "the old transcript has no such turn"
    return reason


def _replies(carried: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """Rename ``reply_to`` like the turns themselves; one whose turn is gone is blank, with the reason."""
    if "reply_to" not in carried:
        return pd.DataFrame({"why": pd.Series("", index=carried.index, dtype="str")})
    most = words.groupby(["activity", "turn", "new_turn"], sort=False)["n_words"].sum().reset_index()
    most = most.sort_values("n_words", ascending=False, kind="stable").drop_duplicates(["activity", "turn"])
    names = most.set_index(["activity", "turn"])["new_turn"]
    key = pd.MultiIndex.from_frame(carried[["activity", "reply_to"]])
    renamed = pd.Series(names.reindex(key).to_numpy(), index=carried.index, dtype="str")
    gone = carried["reply_to"].notna() & renamed.isna()
    reason = ("the turn it answers, " + carried["reply_to"] + ", is gone").where(gone, "")
    return pd.DataFrame({"reply_to": renamed, "why": reason.astype("str")})
