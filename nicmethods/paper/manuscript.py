"""A finished run, told in the order of a paper: case, methods, findings of each strand and of both, limits, availability."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from nicmethods.errors import Problem, said_once
from nicmethods.figures.readable import by_wave
from nicmethods.paper import methods
from nicmethods.paper.parts import Figure, Grid, Heading, Note, Part, Quote, Text, ToWrite, count, numbered
from nicmethods.tables import records, words
from nicmethods.tables.saying import capital, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from nicmethods.paper.ran import Ran

__all__ = ["BLANK", "GRAMMS", "manuscript"]

GRAMMS = {
    "Describe the justification for using a mixed methods approach to the research question": "why one strand alone would not do",
    "Describe the design in terms of the purpose, priority and sequence of methods": "purpose and priority of each strand",
    "Describe each method in terms of sampling, data collection and analysis": "sampling, recruitment and instruments",
    "Describe where integration has occurred, how it has occurred and who has participated in it": "who took part, in which meetings",
    "Describe any limitation of one method associated with the presence of the other method": "whether being recorded, or being asked, changed what people did",
    "Describe any insights gained from mixing or integrating methods": "what was learned from both that neither shows alone",
}
"""The six items of good reporting, in the words of O'Cathain, Murphy & Nicholl (2008), and what of each only people can say."""

BLANK = "________"
"""What stands where only people can write."""

_MOST_WORDS = 60
_QUOTES = 2
_CAPTIONS = {
    "dyad_change": "Who names whom in each survey. Everyone keeps their place; colour shows what changed since the survey before.",
    "change": "What became of ties between surveys, within and across sites.",
    "codings": "Codes by activity. A zero says that the activity was read and none was found; hatched: nobody read it.",
    "activities": "Surveys and activities in order of time, with coded help. An activity during a survey belongs to no interval.",
    "dyads": "Survey and talk of the same pairs of people, by interval between surveys.",
}
_RESTS_ON = ("turns_read", "answered", "without_person", "without_meeting", "without_coder", "fewest_pairs", "draws")
_BECAME = ("created", "strengthened", "kept", "weakened", "dissolved", "not_observable", "joiner", "leaver")


def manuscript(ran: Ran) -> list[Part]:
    """Put a run into the order of a paper.

    Parameters
    ----------
    ran
        From :func:`~nicmethods.paper.ran.read_run`. A strand that the case lacks is named as lacking and has no section.

    Returns
    -------
    list of Part
        Tables and figures numbered in the order in which they stand. Every number is one of the run's tables; every sentence on
        what findings mean is a researcher's, from the ledger, or a blank for one.
    """
    parts: list[Part] = [Heading(str(ran.summary.get("title") or ran.case), 0), *_first(ran)]
    parts += [Heading("The case"), *_case(ran), Heading("Methods"), *methods.paragraphs(ran)]
    parts.append(Heading("Findings"))
    if ran.has("network"):
        parts += [Heading("What the survey shows", 2), *_survey(ran)]
    if ran.has("talk"):
        parts += [Heading("What the talk shows", 2), *_talk(ran)]
    if len(ran.table("propositions")):
        parts += [Heading("What both show together", 2), *_both(ran)]
    parts += [Heading("Limits"), *_limits(ran), Heading("Data and code availability"), *methods.availability(ran)]
    parts += [Heading("Good reporting of a mixed methods study"), *_checklist(ran), Heading("References")]
    parts += [Text(source) for source in methods.references(ran)]
    return numbered(parts)


def _first(ran: Ran) -> Iterator[Part]:
    if ran.summary.get("synthetic"):
        yield Note("Synthetic: nobody in this case exists, and nothing here may be cited as a finding.")
    if ran.summary.get("suggestions_used"):
        yield Note(
            "Machine suggestions that nobody has reviewed stand in for codings. They are no evidence to publish."
        )
    for strand, what in (("network", "survey"), ("talk", "coded talk")):
        if not ran.has(strand):
            yield Note(f"This case has no {what}: nothing here sets survey and talk beside each other.")
    yield ToWrite("Authors, affiliations, abstract; what this network set out to mend, and why it was studied.")


def _case(ran: Ran) -> Iterator[Part]:
    summary = ran.summary
    for lead, key in (("", "description"), ("Question: ", "question")):
        if summary.get(key):
            yield Text(f"{lead}{summary[key]}")
    waves, activities = summary.get("waves") or [], summary.get("activities") or []
    if ran.has("network"):
        rows = [
            [wave["wave"], wave.get("relation") or "", _span(wave), count(wave["n_responded"]), count(wave["n_present"]), percent(wave["response_rate"])]
            for wave in waves
        ]  # fmt: skip
        head = ["Survey", "Question", "Dates", "Answered", "Asked", "Share"]
        note = (
            "Asked: people who belonged to the network then; who had not joined, or had left, is not counted as silent."
        )
        yield Grid("waves", "Surveys, and who answered.", head, rows, note, shares=(0.7, 1, 2, 0.8, 0.7, 0.7))
    if activities:
        steps = records(ran.table("activities"))
        cycle = {row["activity"]: ", ".join(filter(None, (row["cycle"], row["phase"]))) for row in steps}
        rows = [
            [a.get("title") or a["activity"], a.get("date") or "no date", cycle.get(a["activity"], ""), count(a["n_turns"]), "yes" if a["coded"] else "no"]
            for a in activities
        ]  # fmt: skip
        head = ["Activity", "Date", "Cycle and phase", "Turns", "Coded"]
        yield Grid("activities", "What the network did together.", head, rows)


def _survey(ran: Ran) -> Iterator[Part]:
    measures, change = ran.table("network_measures"), ran.table("change")
    for place, relation in enumerate(measures["relation"].unique()):
        own = by_wave(measures[measures["relation"].eq(relation)]).reset_index()
        rows = own.drop(columns="relation").astype("str").to_numpy().tolist()
        name = f"measures_{relation}" if place else "measures"
        note = f"In brackets the 95 % interval (bootstrap over people). A dash is undefined. {methods.policy(ran)}"
        yield Grid(name, f"The network of '{relation}' by survey.", ["", *map(str, own.columns[2:])], rows, note)
    yield from _figure(ran, "dyad_change")
    counted = change[change["scope"].isin(["within", "across"])]
    if len(counted):
        kinds = [kind for kind in _BECAME if counted.loc[counted["kind"].eq(kind), "n"].any()]
        several = len(set(counted["relation"])) > 1
        key = ["relation", "from_wave", "to_wave", "scope"]
        table = counted.pivot_table(index=key, columns="kind", values="n", aggfunc="sum", sort=False).reset_index()
        rows = [
            [f"{row['from_wave']} to {row['to_wave']}", *[row["relation"]] * several, f"{row['scope']} sites", *(count(row[kind]) for kind in kinds)]
            for row in records(table)
        ]  # fmt: skip
        note = "Ordered pairs: one person's report of another. Not observable: whose report is missing in one of the two surveys."
        head = ["Interval", *["Question"] * several, "Pairs", *(_said(kind) for kind in kinds)]
        shares = (1.7, *[1.2] * several, 2, *[1.25] * len(kinds))
        yield Grid("became", "What became of reported ties.", head, rows, note, shares=shares)
    yield from _figure(ran, "change")


def _talk(ran: Ran) -> Iterator[Part]:
    yield from _figure(ran, "activities")
    events = ran.table("events")
    if len(events):
        counts = events.groupby(["activity", "kind"]).size().unstack(fill_value=0).reset_index()
        titles = _titles(ran)
        kinds = [kind for kind in ("help_request", "help_given", "shared_practice") if kind in counts]
        rows = [
            [titles.get(row["activity"], row["activity"]), *(count(row[kind]) for kind in kinds)]
            for row in records(counts)
        ]
        head = ["Activity", *(_said(kind) for kind in kinds)]
        note = "Activities in which nothing of the kind was coded are left out."
        yield Grid("events", "Help asked, help given and practice shared in coded talk.", head, rows, note)
    yield from _figure(ran, "codings")


def _both(ran: Ran) -> Iterator[Part]:
    yield from _pairs(ran)
    yield from _figure(ran, "dyads")
    claims = ran.table("propositions")
    rows = [
        [
            row["statement"],
            _answer(row["survey_answer"], row["survey_evidence"]),
            " ".join(filter(None, (_answer(row["talk_answer"], row["talk_evidence"]), row["choice_evidence"]))),
            _answer(row["together_answer"], row["together_evidence"]),
            f"{_said(row['proposed_verdict'])}: {row['reason']}.",
            ". ".join(filter(None, (_said(row["researcher_verdict"] or ""), row["meta_inference"])))
            or "not yet written",
        ]
        for row in records(claims)
    ]
    head = ["Claim", "Survey", "Talk", "On the same pairs", "Proposed verdict", "Researchers"]
    note = (
        "The verdict follows from the three answers by one written table (docs/definitions/joint.md of nicmethods); the last "
        "column is the researchers' own. Help and tie lie between the same two surveys: which came first cannot be told."
    )
    shares = (1.3, 1.7, 2.0, 2.2, 1.1, 1.1)
    yield Grid("joint", "Joint display of survey and talk, claim by claim.", head, rows, note, wide=True, shares=shares)
    yield from _verdicts(ran, claims)
    yield from _rests_on(ran, claims)
    yield Heading("What was said", 3)
    yield Text(
        "Of the turns that a claim rests on, the first in each of the two activities with most of them that no claim above has quoted. "
        "People are named by their ids; […] marks what is left out."
    )
    quoted = set[str]()
    for row in records(claims):
        found = list(_quotes(ran, row["turns"], quoted))
        if found:
            yield Text(row["statement"])
            yield from found
    yield ToWrite("What survey and talk say together that neither says alone, and what follows for the network.")


def _answer(answer: str, evidence: str) -> str:
    """A strand's answer as the pages give it, unless its evidence begins with it."""
    return evidence if evidence.casefold().startswith(answer) else f"{capital(answer)}. {evidence}"


def _said(label: str) -> str:
    return capital(words(label))


def _verdicts(ran: Ran, claims: pd.DataFrame) -> Iterator[Part]:
    robust = ran.table("robustness")
    if robust.empty:
        return
    held = {row["subject"]: row for row in records(robust[robust["kind"].eq("proposition")])}
    rows = [
        [
            row["statement"],
            words(row["proposed_verdict"]),
            "–" if row["wrong_at_most"] is None else f"{100 * row['wrong_at_most']:.1f} %",
            f"{stands['n_same']} of {stands['n_settings']}",
            stands["hangs_on"] or "none of those tried",
        ]
        for row in records(claims)
        if (stands := held.get(row["proposition"]))
    ]
    head = ["Claim", "Verdict", "Agreement wrong at most", "Same verdict under", "Another verdict under"]
    note = (
        "Agreement wrong at most: worst upper 95 % bound, over simulated networks of this size in which the claim is not true, of "
        "the share in which agreement was proposed all the same. Same verdict under: settings of policy, threshold and coder, one changed at a time. A dash: no rate belongs to this claim."
    )
    yield Grid("rates", "How sure the verdicts are.", head, rows, note, shares=(2.2, 1, 1, 0.9, 1.9))


def _rests_on(ran: Ran, claims: pd.DataFrame) -> Iterator[Part]:
    table = ran.table("rests_on")
    said = table[table["what"].isin(_RESTS_ON)].groupby("proposition")["said"].agg(" ".join)
    rows = [[row["statement"], said[row["proposition"]]] for row in records(claims) if row["proposition"] in said]
    if rows:
        head = ["Claim", "Rests on"]
        yield Grid("rests", "What each verdict rests on, and what would turn it.", head, rows, shares=(1, 3))


def _pairs(ran: Ran) -> Iterator[Part]:
    pairs = ran.table("convergence")
    pairs = pairs[pairs["by"].eq("all")]
    if pairs.empty:
        return
    interval = pairs["from_wave"] + " to " + pairs["to_wave"] + ", " + pairs["relation"]
    counts = pairs.assign(interval=interval).pivot_table("n", "verdict", "interval", fill_value=0, sort=False)
    rows = [[_said(verdict), *map(count, own)] for verdict, *own in counts.itertuples()]
    yield Grid("pairs", "Pairs of people by what survey and talk show of them.", ["Pairs", *counts.columns], rows)


def _quotes(ran: Ran, ids: str | None, quoted: set[str]) -> Iterator[Part]:
    turns = {f"{row['activity']}/{row['turn']}": row for row in records(ran.table("turns")) if row["text"]}
    asked = [one for one in (ids or "").split(";") if one in turns and one not in quoted]
    for activity, _ in Counter(turns[one]["activity"] for one in asked).most_common(_QUOTES):
        one = next(one for one in asked if turns[one]["activity"] == activity)
        quoted.add(one)
        speaker = turns[one]["actor"] or "speaker not known"
        title = _titles(ran).get(activity, activity)
        yield Quote(_cut(turns[one]["text"]), f"{speaker}, {title}, turn {turns[one]['turn']}")


def _titles(ran: Ran) -> dict[str, str]:
    return {a["activity"]: a.get("title") or a["activity"] for a in ran.summary.get("activities") or ()}


def _cut(text: str) -> str:
    said = text.split()
    return " ".join(said) if len(said) <= _MOST_WORDS else f"{' '.join(said[:_MOST_WORDS])} […]"


def _limits(ran: Ran) -> Iterator[Part]:
    for gap in ran.summary.get("gaps") or ():
        yield Text(gap)
    for said in said_once(Problem(**problem) for problem in ran.summary.get("problems") or ()):
        yield Text(f"Found when the data were read: {said.message} ({', '.join(said.places)})")
    yield ToWrite("Who is not heard here, and why; what would have to be true elsewhere for this to hold there.")


def _checklist(ran: Ran) -> Iterator[Part]:
    """Fill in of GRAMMS what the run knows; the rest is blank, and says for whom."""
    yield Text(
        "GRAMMS (O'Cathain, Murphy & Nicholl 2008). What this run can say is filled in; the blanks are for the authors."
    )
    rows = [
        [str(number), item, found or "nothing", f"{BLANK} ({rest})"]
        for number, ((item, rest), found) in enumerate(zip(GRAMMS.items(), _found(ran), strict=True), start=1)
    ]
    head = ["", "Item", "From this run", "For the authors"]
    yield Grid("gramms", "Good reporting of a mixed methods study.", head, rows, shares=(0.3, 1.6, 2.4, 1.6))


def _found(ran: Ran) -> list[str]:
    summary, claims, pairs = ran.summary, ran.table("propositions"), ran.table("convergence")
    waves = list(summary.get("waves") or ()) if ran.has("network") else []
    read = [a for a in summary.get("activities") or () if a["coded"]]
    dates = [(str(wave["opened"]), f"survey {wave['wave']}") for wave in waves if wave.get("opened")]
    dates += [(str(a["date"]), str(a.get("title") or a["activity"])) for a in read if a.get("date")]
    order = ", ".join(dict.fromkeys(what for _, what in sorted(dates)))
    survey = f"Survey: ⟦waves⟧, waves: {len({wave['wave'] for wave in waves})}." if waves else "No survey."
    talk = "No coded talk."
    if read:
        talk = f"Talk: ⟦activities⟧; coded activities: {len(read)}, coders: {len(summary.get('coders') or ())}."
    unseen = pairs.loc[pairs["by"].eq("all") & pairs["verdict"].eq("not_observable"), "n"].sum()
    both = insights = limits = ""
    if unseen:
        limits = (
            f"Pairs in an interval that cannot be compared, not together in read talk or without a report: {unseen:,}."
        )
    if len(claims):
        written = claims["researcher_verdict"].notna().sum()
        both = f"Pair by pair and claim by claim, in a joint display (⟦joint⟧). Verdicts proposed by rule for {len(claims)} claims; written by researchers for {written}."
        verdicts = Counter(words(verdict) for verdict in claims["proposed_verdict"])
        said = "; ".join(f"{verdict}: {n}" for verdict, n in verdicts.items())
        insights = f"Proposed verdicts, {said}. What they mean together is not the run's to say."
    return [
        f"Question: {summary['question']}" if summary.get("question") else "",
        f"In order of time: {order}." if order else "",
        f"{survey} {talk}",
        both,
        limits,
        insights,
    ]


def _figure(ran: Ran, key: str) -> Iterator[Part]:
    if key in ran.pictures:
        png, alt = ran.pictures[key]
        yield Figure(f"figure_{key}", _CAPTIONS[key], alt, png)


def _span(wave: dict[str, Any]) -> str:
    return " to ".join(dict.fromkeys(filter(None, (wave.get("opened"), wave.get("closed"))))) or "no date"
