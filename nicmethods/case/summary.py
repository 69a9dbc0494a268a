"""What a case holds and what it lacks, for people and for pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.excluded import excluded_of, published_with
from nicmethods.case.folder import read_identities
from nicmethods.case.people import pseudonymise
from nicmethods.case.proposals import leftover_names, propose_aliases
from nicmethods.case.published import coder_codes, published_problems
from nicmethods.files.yamlfiles import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem

__all__ = ["about", "case_summary", "gaps", "response_rates", "unsettled_names", "withdrawn"]


def about(case: Case) -> pd.DataFrame:
    """Say in a small table what a case holds, what is missing, and where something is wrong with it.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    DataFrame
        One column of text; the index says what it is about.
    """
    n_spoken = case.turns["activity"].nunique()
    rows = {
        "case": case.config.title + (" (synthetic: no real people)" if case.config.synthetic else ""),
        "people": f"{len(case.roster)} people, {case.roster['site'].nunique()} sites, {case.roster['role'].nunique()} roles",
        "survey": f"{len(case.waves)} {'wave' if len(case.waves) == 1 else 'waves'}, {len(case.relations)} {'question' if len(case.relations) == 1 else 'questions'}, {len(case.ties)} reported values",
        "talk": f"{len(case.activities)} activities, {n_spoken} with a transcript, {len(case.turns)} turns",
        "coders": ", ".join(coder_codes(case).values()) or "nobody has coded",
        **{f"missing {n}": gap for n, gap in enumerate(gaps(case), start=1)},
        **({"warnings": _counted(published_problems(case))} if case.problems else {}),
    }
    return pd.DataFrame({"about this case": rows})


def _counted(problems: list[Problem]) -> str:
    """How many problems are in which file; what they say is said once, at the top of the report."""
    files = ", ".join(f"{file} ({n})" for file, n in Counter(problem.file for problem in problems).items())
    return f"{len(problems)}, in {files}; `nicmethods check` and the report list them"


def response_rates(case: Case) -> pd.DataFrame:
    """Count who belonged and who answered, by relation and wave.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    DataFrame
        relation, wave, opened, closed, n_present, n_responded, response_rate (share of those present; NaN if nobody
        was), basis (``listed`` or ``inferred``).
    """
    found = case.responses.groupby(["relation", "wave"], sort=False, as_index=False).agg(
        n_present=("present", "sum"), n_responded=("responded", "sum"), basis=("basis", "first")
    )
    found["response_rate"] = (found["n_responded"] / found["n_present"].where(found["n_present"] > 0)).astype("float64")
    rates = found.merge(case.waves, on="wave", how="left", validate="many_to_one")
    return rates[["relation", "wave", "opened", "closed", "n_present", "n_responded", "response_rate", "basis"]]


def gaps(case: Case) -> list[str]:
    """Say what a report on this case cannot show, and what would mend it.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    list of str
        One sentence a gap; empty if nothing is missing.
    """
    n_codings, n_coders = len(case.codings), case.codings["coder"].nunique()
    uncoded = case.turns["activity"].nunique() - case.coverage["activity"].nunique()
    guessed = case.responses.loc[case.responses["basis"] == "inferred", "wave"].unique()
    some = f" for {', '.join(guessed)}" if len(guessed) < len(case.waves) else ""
    uncoded_are = f"{uncoded} {'activity with a transcript is' if uncoded == 1 else 'activities with a transcript are'}"
    has, talk = case.has_network, case.has_talk
    found = {
        "No survey ties: no network strand, and no verdict on any pair. Add ties.csv.": not has,
        "Only one survey wave: no change between waves.": has and len(case.waves) == 1,
        f"No response list{some}: who did not answer is inferred. Add responses.csv.": has and len(guessed),
        "No transcripts: no talk strand. Add activities.csv and transcripts/.": not talk,
        "No codings: help events rest on machine suggestions that nobody has reviewed. Add codings/<coder>.csv.": talk and not n_codings,
        "One coder only: no agreement between coders.": n_coders == 1,
        f"{uncoded_are} not coded: silence there means nothing.": n_codings and uncoded > 0,
        "No attendance list: whoever spoke counts as present. Add attendance.csv.": talk and (case.attendance["basis"] == "spoke").all(),
        "No dates: activities cannot be placed between waves.": len(case.activities) and case.activities["date"].isna().all(),
    }  # fmt: skip
    withheld = [problem.message for problem in case.problems if problem.field == "exclude"]
    return [*(sentence for sentence, applies in found.items() if applies), *withheld]


def unsettled_names(case: Case) -> list[str]:
    """Say what a person may settle about names. For the terminal alone: the lines hold names.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    list of str
        A line for each spelling that matches nobody, the lines for people.csv that would settle them as proposed, and a
        line of words in the talk that look like names; empty if there is nothing to settle.
    """
    reported = [p.value for p in case.problems if p.field == "name" and p.file.startswith("transcripts/") and p.value]
    also = pd.DataFrame({"speaker": reported, "actor": None}, dtype="str")
    spoken = pd.concat([case.turns[["speaker", "actor"]], also])
    proposed = propose_aliases(spoken, case.roster, case.people)
    whom = proposed["why"].where(proposed["actor"] == "?", proposed["actor"] + ", " + proposed["why"])
    lines = [f"  propose  '{speaker}': {who}" for speaker, who in zip(proposed["speaker"], whom, strict=True)]
    if lines:
        aliases = proposed[["speaker", "actor"]].to_csv(index=False, header=False, lineterminator="\n").splitlines()
        lines += ["  Lines for people.csv, to settle what is right (? leaves a spelling open):", *aliases]
    found = leftover_names(case.turns, case.roster, case.people, allow=case.config.privacy.allow)["name"].tolist()
    if found:
        shown = ", ".join(found[:12]) + (f" and {len(found) - 12} more" if len(found) > 12 else "")
        words = f"{len(found)} words in the talk look like names that are"
        many = "1 word in the talk looks like a name that is" if len(found) == 1 else words
        lines.append(
            f"  names    {many} in no list: {shown}. Add people to people.csv (? for somebody outside the roster), "
            "the rest to privacy.allow in case.yml."
        )
    return lines


def withdrawn(folder: Path, reports: Path | None = None) -> list[str]:
    """Say which published files hold people, by id or name, whom ``exclude:`` of case.yml withholds by now.

    Parameters
    ----------
    folder
        The case folder.
    reports
        The folder of all reports; None: ``reports/`` of the case's study.

    Returns
    -------
    list of str
        A line a file; empty where nobody is withheld or nothing was published.
    """
    published = (reports or folder.resolve().parent.parent / "reports") / folder.resolve().name
    document = read_yaml(folder / "case.yml", "case.yml")[0] if published.is_dir() else None
    known = read_identities(folder) if isinstance(document, dict) and document.get("exclude") else None
    if known is None:
        return []
    config, roster, _ = known
    people = excluded_of(config, roster).people
    names = roster.loc[roster["actor"].isin(list(people)), "name"].dropna()
    return [
        f"{published.name}/{file} was published and holds somebody who is withheld now. Run the case again, and take back copies."
        for file in published_with(published, people, names)
    ]


def case_summary(case: Case) -> dict[str, Any]:
    """Put together what pages say about a case before any result.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    dict
        Plain values under the keys of ``nicmethods.results.SUMMARY_KEYS``; no names of people.
    """
    config = case.config
    turns = case.turns.groupby("activity").size()
    activities = case.activities.assign(
        n_turns=case.activities["activity"].map(turns).fillna(0).astype(int),
        coded=case.activities["activity"].isin(case.coverage["activity"]),
    )
    return {
        **_told(case),
        "synthetic": config.synthetic,
        "strands": [name for name, present in (("network", case.has_network), ("talk", case.has_talk)) if present],
        "n_actors": len(case.roster),
        "n_sites": int(case.roster[config.site].nunique()),
        "relations": _relations(case),
        "waves": _records(response_rates(case)),
        "activities": _records(activities[["activity", "date", "title", "kind", "cycle", "phase", "n_turns", "coded"]]),
        "coders": list(coder_codes(case).values()),
        "suggestions_used": case.has_talk and case.codings.empty,
        "codes": {code.id: code.name for code in case.codebook.codes},
        "problems": [asdict(problem) for problem in published_problems(case)],
        "gaps": gaps(case),
    }


def _relations(case: Case) -> list[dict[str, Any]]:
    """The survey questions as they were put: with the words of their scale, and with whom people were asked about."""
    scales = {relation.name: sorted(relation.scale.items()) for relation in case.config.relations}
    return [row | {"scale": [list(pair) for pair in scales.get(row["relation"], [])]} for row in _records(case.relations)]  # fmt: skip


def _told(case: Case) -> dict[str, str]:
    """What case.yml says in words, without names of people."""
    config = case.config
    words = pd.Series({key: getattr(config, key) for key in ("title", "description", "question")}, dtype="str")
    return {str(key): str(text) for key, text in pseudonymise(words, case.roster, case.people).items()}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    dates = table.select_dtypes("datetime").columns
    plain = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in dates}).astype("object")
    return plain.where(plain.notna(), None).to_dict("records")  # type: ignore[return-value]
