"""The methods as they ran: who was asked, what was read by whom, under which choices, with which versions and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicmethods.paper.parts import Grid, Heading, Part, Text, ToWrite, count
from nicmethods.tables import records
from nicmethods.tables.saying import listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.paper.ran import Ran

__all__ = ["availability", "paragraphs", "policy", "references"]

_AGREEMENT = {
    "percent": "Percent",
    "kappa_cohen": "Cohen's kappa",
    "alpha_nominal": "Krippendorff's alpha",
    "ac1_gwet": "Gwet's AC1",
}
_POLICIES = {
    "observed": "Reports of people who did not answer are unknown, not absent.",
    "reconstruct": "Where one of two people did not answer, the other's report stands in.",
    "zero": "People who did not answer are read as having named nobody.",
}
_NAMED = ("numpy", "pandas", "scipy", "networkx", "igraph", "scikit-learn", "spacy")


def policy(ran: Ran) -> str:
    """How missing answers were read, in a sentence; empty where no notebook says so."""
    return _POLICIES.get(str(ran.parameter("policy")), "")


def paragraphs(ran: Ran) -> Iterator[Part]:
    """Tell the methods, strand by strand."""
    summary = ran.summary
    yield ToWrite(
        "How the network and its people came to be studied; consent and ethical approval; who the researchers are to them."
    )
    if ran.has("network"):
        yield Heading("Survey", 2)
        yield from (Text(_asked(relation)) for relation in summary.get("relations") or ())
        waves = summary.get("waves") or ()
        how = "Who named nobody, and is on no list, is taken not to have answered."
        if {wave.get("basis") for wave in waves} == {"listed"}:
            how = "A list says who answered."
        n = len({wave["wave"] for wave in waves})
        yield Text(
            f"It was given { {1: 'once', 2: 'twice'}.get(n, f'{n} times') } (⟦waves⟧). {how} {policy(ran)} Intervals of measures come "
            "from a bootstrap over people; comparisons with chance permute people (QAP)."
        )
        yield ToWrite("How the names were listed, and how people were asked to take part.")
    if ran.has("talk"):
        yield Heading("Talk", 2)
        yield from _talk(ran)
    if len(ran.table("propositions")):
        yield Heading("Both together", 2)
        yield from _together(ran)
    yield Heading("Software", 2)
    yield Text(_software(ran))


def _asked(relation: dict[str, Any]) -> str:
    """A survey question with its scale, and what counts as a tie."""
    told = [f"The survey asked for ties of '{relation['relation']}'."]
    if relation.get("question"):
        told = [f"The survey asked: “{relation['question']}”"]
    if relation.get("scale"):
        told.append(f"Answers were {listed(f'{value:g} ({label})' for value, label in relation['scale'])}.")
    if relation.get("threshold") is not None:
        told.append(f"An answer of {relation['threshold']:g} or more counts as a tie.")
    told.append(
        "Each answer is one person's report of another." if relation.get("directed") else "Ties have no direction."
    )
    return " ".join(told)


def _talk(ran: Ran) -> Iterator[Part]:
    summary = ran.summary
    activities = summary.get("activities") or ()
    spoken = [a for a in activities if a["n_turns"]]
    turns = sum(a["n_turns"] for a in spoken)
    yield Text(
        f"Activities: {len(activities)} (⟦activities⟧); with a transcript: {len(spoken)}, of {turns:,} turns in all; "
        f"coded: {sum(bool(a['coded']) for a in activities)}. Names in the talk were replaced by ids before anything was published."
    )
    coders = summary.get("coders") or ()
    codes = ", ".join((summary.get("codes") or {}).values())
    if not coders:
        yield Text(
            f"Nobody coded the talk. The machine suggested codes ({codes}); nobody has reviewed what it suggested."
        )
        return
    by_coder = ran.table("readers").groupby("coder")["n_read"].sum()
    who = listed(
        f"{coder} ({by_coder[coder]:,} of {turns:,} turns)" if coder in by_coder else coder for coder in coders
    )
    told = (
        f"The talk was read and coded by {who}, with a codebook of these codes: {codes}. {summary.get('coding') or ''}"
    )
    yield Text(told.strip())
    yield from _agreement(ran, turns)
    yield ToWrite("Who the coders are, how they were trained, and how they settled where they disagreed.")


def _agreement(ran: Ran, n_turns: int) -> Iterator[Part]:
    """Agreement with what it covers, in a sentence, and code by code."""
    table, codes = ran.table("agreement"), ran.summary.get("codes") or {}
    if table.empty:
        yield Text("One person coded: there is no agreement between coders to report.")
        return
    yield Text(
        f"Agreement (⟦agreement⟧) rests on the {int(table['n'].max()):,} turns that several coders read, of {n_turns:,}: it says nothing of the others."
    )
    several = table["coders"].nunique() > 1
    rows = []
    for (coders, code), own in table.groupby(["coders", "code"], sort=False):
        found = {row["coefficient"]: row for row in records(own)}
        one = next(iter(found.values()))
        about = [codes.get(code, code), *[coders] * several, count(one["n"]), percent(one["prevalence"])]
        rows.append([*about, *(_interval(found.get(name)) for name in _AGREEMENT)])
    head = ["Code", *["Coders"] * several, "Turns", "Share coded", *_AGREEMENT.values()]
    said = list(dict.fromkeys(note.rpartition("; ")[2] for note in table["note"].dropna()))
    note = f"95 % intervals in brackets{''.join(f'; {one}' for one in said)}."
    shares = (1.5, *[1.3] * several, 0.8, 0.8, *[1.6] * len(_AGREEMENT))
    yield Grid("agreement", "Agreement between coders, code by code.", head, rows, note, shares=shares)


def _interval(row: dict[str, Any] | None) -> str:
    """``value`` with ``low`` and ``high`` in brackets where they are known, or a dash."""
    if row is None or row["value"] is None:
        return "–"
    return f"{row['value']:.2f}" + ("" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})")


def _together(ran: Ran) -> Iterator[Part]:
    claims = ran.table("propositions")
    yield Text(
        f"Survey and talk were set beside each other for each pair of people and each interval between surveys. {len(claims)} claims each say what the "
        "survey, the talk and both together should show; three questions are kept apart: how the survey changed, in how many pairs that were together in "
        "read talk the talk shows it, and whether both fall on the same pairs more than earlier reports, presence, site, hub, shared third parties and how "
        "much each talks and ties explain (residual product, one-sided p). Agreement takes all three (⟦joint⟧). Where threefold odds would be missed more "
        "often than found, the verdict is too little to say."
    )
    rates = ran.table("error_rates")
    if len(rates):
        sizes = ", ".join(dict.fromkeys(rates["size"]))
        yield Text(
            f"How often verdicts are wrong was measured in simulated networks of {sizes}, {rates['n'].max():,} of each kind at most: over kinds in which "
            f"a claim is not true, and which the test can know, the worst upper 95 % bound of wrong agreement stands beside each verdict (⟦rates⟧)."
        )
    written = claims["researcher_verdict"].notna().sum()
    yield Text(f"Researchers have written their own verdict on {written} of {len(claims)} claims.")


def _software(ran: Ran) -> str:
    held = ran.provenance["versions"]
    libraries = ", ".join(f"{name} {held[name]}" for name in _NAMED if name in held)
    days = sorted({run["started"][:10] for run in ran.provenance["notebooks"].values()})
    seed = ran.parameter("seed")
    return (
        f"nicmethods {held['nicmethods']} on Python {held['python']} ({libraries}), {ran.provenance.get('system', '')} {ran.provenance.get('machine', '')}, "
        f"run on {' and '.join(days)}{'' if seed is None else f' with seed {seed}'}. nicmethods verify {ran.case} runs it once more and says what differs."
    )


def availability(ran: Ran) -> Iterator[Part]:
    """Say what there is of data and code, and leave to people what they may give."""
    n, marks = len(ran.provenance["inputs"]), {run["code"][:12] for run in ran.provenance["notebooks"].values()}
    yield Text(
        f"The run left {len(ran.tables)} tables, every number quoted (numbers.json), its notebooks, and a research object (ro-crate-metadata.json) that "
        f"names its {n} input files by SHA-256. Text in them carries ids in place of names. The code is nicmethods {ran.provenance['versions']['nicmethods']} "
        f"({', '.join(f'files {mark}' for mark in sorted(marks))})."
    )
    if ran.summary.get("synthetic"):
        yield Text("The data were made up and are part of nicmethods.")
    yield ToWrite("Where tables and transcripts can be had, by whom, and under which conditions people agreed to it.")


def references(ran: Ran) -> Iterator[str]:
    """What the methods named above come from."""
    if ran.has("talk") and len(ran.table("agreement")):
        yield "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of high agreement. British Journal of Mathematical and Statistical Psychology, 61, 29–48."
    if len(ran.table("propositions")):
        yield "Farmer, T., Robinson, K., Elliott, S. J., & Eyles, J. (2006). Developing and implementing a triangulation protocol for qualitative health research. Qualitative Health Research, 16, 377–394."
        yield "Guetterman, T. C., Fetters, M. D., & Creswell, J. W. (2015). Integrating quantitative and qualitative results in health science mixed methods research through joint displays. Annals of Family Medicine, 13, 554–561."
        yield "Kallio, J. M., & Halverson, R. (2020). Designing for trust-building interactions in the initiation of a networked improvement community. Frontiers in Education, 4, 154."
    yield "O'Cathain, A., Murphy, E., & Nicholl, J. (2008). The quality of mixed methods studies in health services research. Journal of Health Services Research & Policy, 13, 92–98."
