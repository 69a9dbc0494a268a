"""A spot check: some suggestions judged blind say how precise the machine is in this very case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coding.sample import draw
from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from nicmethods.case.codebook import Codebook

__all__ = ["ANSWERS", "SHEET_COLUMNS", "draw_check", "recalibrated", "spot_precision"]

ANSWERS = ("yes", "no", "unsure")
SHEET_COLUMNS = tuple("activity turn before speaker text after code question answer chance drawn_from".split())
_AROUND = 300
"""Characters shown of the turn before and the turn after."""
_LEVEL_SD = 1.5
"""How far the log-odds of a code's scores may be off before anybody checked, as a standard deviation."""


def draw_check(
    turns: pd.DataFrame,
    suggestions: pd.DataFrame,
    codebook: Codebook,
    *,
    seed: int,
    n: int = 50,
    n_unsuggested: int = 0,
) -> pd.DataFrame:
    """Draw what a person is to judge, as a sheet that shows neither score nor layer.

    Parameters
    ----------
    turns
        Work table ``turns``.
    suggestions
        Work table ``suggestions``, of the codes that are to be checked.
    codebook
        What the codes mean.
    seed
        Draws the rows, and their order.
    n
        Suggestions to draw, evenly over codes. Fifty take about ten minutes; the precision of one code from fifty is known
        to about 0.13 on either side.
    n_unsuggested
        Turns to draw, for each code, among those with words for which it was not suggested. They alone can tell recall: with
        300, a share of missed turns of 2 % is known to lie between 1 and 4 %. They are mixed in, so that judging is blind.

    Returns
    -------
    pandas.DataFrame
        One row a question (:data:`SHEET_COLUMNS`), in random order: the turn with its neighbours, the code, and an empty
        ``answer``. ``chance`` is the row's chance to be drawn, ``drawn_from`` the number of rows of its kind.

    Raises
    ------
    MeasureError
        If there is nothing to check.
    """
    at = ["activity", "turn"]
    if suggestions.empty:
        raise MeasureError("Nothing is suggested here: there is nothing to check.")
    parts = [_drawn(suggestions[[*at, "code"]].drop_duplicates(), n, seed)]
    if n_unsuggested:
        spoken = turns.loc[turns["text"].fillna("").str.contains(r"\w", regex=True), at]
        places = pd.MultiIndex.from_frame(spoken)
        for k, (code, suggested) in enumerate(suggestions.groupby("code"), 1):
            left = (
                spoken[~places.isin(pd.MultiIndex.from_frame(suggested[at]))].reset_index(drop=True).assign(code=code)
            )
            if len(left):
                parts.append(_drawn(left, n_unsuggested, seed + k))
    asked = pd.concat(parts, ignore_index=True)
    by = turns.groupby("activity", sort=False)
    near = turns.assign(before=by["text"].shift(1).str[-_AROUND:], after=by["text"].shift(-1).str[:_AROUND]).reindex(
        columns=[*at, "before", "speaker", "text", "after"]
    )
    whole = asked.merge(near, on=at, how="left", validate="m:1")
    meaning = {code.id: f"{code.name}: {code.definition}" for code in codebook.codes}
    whole = whole.assign(question=whole["code"].map(meaning).fillna(whole["code"]), answer="")
    return whole.iloc[np.random.default_rng(seed).permutation(len(whole))][list(SHEET_COLUMNS)].reset_index(drop=True)


def _drawn(frame: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    return draw(frame, n, ["code"], seed).assign(drawn_from=frame.groupby("code")["code"].transform("size"))


def _judged(sheet: pd.DataFrame, suggestions: pd.DataFrame) -> pd.DataFrame:
    """The answered rows of a sheet with whether they are right and whether they were suggested."""
    missing = {"activity", "turn", "code", "answer", "drawn_from"} - set(sheet.columns)
    if missing:
        raise MeasureError(
            f"The sheet lacks the columns {', '.join(sorted(missing))}. Keep the columns that were drawn."
        )
    answer = sheet["answer"].fillna("").astype("str").str.strip().str.lower()
    odd = sorted(set(answer) - {"", *ANSWERS})
    if odd:
        raise MeasureError(f"Answers are {', '.join(ANSWERS)} or blank; the sheet has {', '.join(map(repr, odd[:5]))}.")
    if (answer == "").all():
        raise MeasureError("No row of the sheet is answered yet.")
    at = ["activity", "turn", "code"]
    told = suggestions[[*at, "score", "layer"]].drop_duplicates(at).astype({"turn": "str"}).assign(suggested=True)
    whole = sheet.astype({"turn": "str"}).assign(answer=answer).merge(told, on=at, how="left", validate="m:1")
    whole["suggested"] = whole["suggested"].notna()
    n_suggested = whole["code"].map(told["code"].value_counts()).fillna(0)
    was_suggested = pd.to_numeric(whole["drawn_from"], errors="coerce").eq(n_suggested)
    stray = whole.index[whole.duplicated(at) | was_suggested.ne(whole["suggested"]) | whole["drawn_from"].isna()]
    if len(stray):
        rows = ", ".join(str(row + 2) for row in stray[:5]) + (f" and {len(stray) - 5} more" if len(stray) > 5 else "")
        raise MeasureError(
            f"In the sheet, row {rows} is not as it was drawn from these suggestions. Leave activity, turn, code and drawn_from "
            "as they were, each row once; where codebook, transcripts or coder changed since, draw a new sheet."
        )
    return whole[whole["answer"] != ""].assign(right=lambda found: found["answer"] == "yes")


def spot_precision(sheet: pd.DataFrame, suggestions: pd.DataFrame) -> pd.DataFrame:
    """Say how precise the suggestions of this case are, and how many turns they miss.

    Parameters
    ----------
    sheet
        As from :func:`draw_check`, with ``answer`` filled in: yes, no or unsure. Unsure counts as not right; blank rows are
        left out, as if they had not been drawn.
    suggestions
        The work table that the sheet was drawn from.

    Returns
    -------
    pandas.DataFrame
        One row a code: ``code``, ``n_suggested``, ``n_judged``, ``n_unsure``, ``precision`` with ``low`` and ``high`` (95 %,
        Wilson), ``n_unsuggested`` judged, and ``recall`` with ``recall_low`` and ``recall_high``; these are missing where
        no unsuggested turn was judged. The recall interval carries the doubt about missed turns alone.

    Raises
    ------
    MeasureError
        If the sheet is not one, or nothing in it is answered.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22(158).
    """
    from scipy.stats import binomtest

    rows = []
    for code, part in _judged(sheet, suggestions).groupby("code"):
        here, missed = part[part["suggested"]], part[~part["suggested"]]
        n_suggested = int(suggestions.loc[suggestions["code"] == code, ["activity", "turn"]].drop_duplicates().shape[0])
        precision = low = high = recall = recall_low = recall_high = np.nan
        if len(here):
            found = binomtest(int(here["right"].sum()), len(here))
            precision, (low, high) = found.statistic, found.proportion_ci(method="wilson")
        if len(here) and len(missed) and here["right"].any():
            share = binomtest(int(missed["right"].sum()), len(missed))
            n_right, n_left = precision * n_suggested, float(missed["drawn_from"].iloc[0])
            least, most = share.proportion_ci(method="wilson")
            recall, recall_low, recall_high = (n_right / (n_right + n_left * s) for s in (share.statistic, most, least))
        n_unsure = int((here["answer"] == "unsure").sum())
        rows.append(
            (code, n_suggested, len(here), n_unsure, precision, low, high, len(missed), recall, recall_low, recall_high)
        )
    columns = (
        "code n_suggested n_judged n_unsure precision low high n_unsuggested recall recall_low recall_high".split()
    )
    return pd.DataFrame(rows, columns=columns)


def recalibrated(suggestions: pd.DataFrame, sheet: pd.DataFrame) -> pd.DataFrame:
    """Move the scores of each checked code so that they say what the check found.

    Parameters
    ----------
    suggestions
        Work table ``suggestions``.
    sheet
        The judged sheet; one without an answer moves nothing.

    Returns
    -------
    pandas.DataFrame
        ``suggestions`` with scores of the checked codes moved by one step in log-odds a code; the fewer were judged, the less.
        Where a score was empty, it becomes the code's precision in this case, with half a right and half a wrong judgement
        added. Codes that were not checked stay as they are.
    """
    from scipy.optimize import brentq
    from scipy.special import expit, logit

    score = suggestions["score"].to_numpy(float).copy()
    if "answer" in sheet and sheet["answer"].fillna("").eq("").all():
        return suggestions
    for code, part in _judged(sheet, suggestions)[lambda found: found["suggested"]].groupby("code"):
        right, mine = part["right"].to_numpy(float), (suggestions["code"] == code).to_numpy()
        unscored = part["score"].isna().to_numpy()
        if unscored.any():
            score[mine & np.isnan(score)] = (right[unscored].sum() + 0.5) / (unscored.sum() + 1)
        if not unscored.all():
            odds = logit(np.clip(part["score"].to_numpy(float)[~unscored], 1e-4, 1 - 1e-4))
            gap = right[~unscored]

            def pull(step: float, odds: np.ndarray = odds, gap: np.ndarray = gap) -> float:
                return float((gap - expit(odds + step)).sum() - step / _LEVEL_SD**2)

            scored = mine & suggestions["score"].notna().to_numpy()
            score[scored] = expit(logit(np.clip(score[scored], 1e-4, 1 - 1e-4)) + brentq(pull, -20, 20))
    return suggestions.assign(score=score)
