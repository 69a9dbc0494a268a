"""The models of the report: what goes with a change in ties, who helps whom next, where ties form and last.

Tie change by MRQAP, help by relational events (a conditional logistic regression on their order), ties by QAP and STERGM with
the talk as covariates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.placement import actor_ids, pair_events, places
from nicmethods.network.compare import qap_table
from nicmethods.network.pair_models import stergm_table
from nicmethods.network.permutation import adjusted
from nicmethods.network.regression import mrqap
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["TERMS", "Design", "conditional_logit", "event_design", "fit_models", "pair_covariates", "relational_event_model", "tie_change_model", "tie_models"]  # fmt: skip

_INTERVAL = ["from_wave", "to_wave"]
_Z = 1.959963984540054

_OF_CHANGE = {
    "help": "for each time help passed between two people",
    "shared_practice": "for each time practice was shared between two people",
    "together": "for each activity that two people attended together",
    "same_site": "between colleagues of one site",
    "same_role": "between people of one role",
    "earlier_tie": "for each scale point reported before",
}


@takes
def fit_models(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, *, seed: int) -> pd.DataFrame:
    """Fit the model of tie change and the model of help events.

    Parameters
    ----------
    dyads
        Run table.
    survey, meetings, talk
        What it was made from.
    seed
        Seed of permutations and of sampled pairs at risk.

    Returns
    -------
    DataFrame
        Run table ``models``: both, one below the other; ``reading`` says each term in a sentence.
    """
    parts = [tie_change_model(dyads, seed=seed), relational_event_model(survey, meetings, talk, seed=seed)]
    table = pd.concat(parts, ignore_index=True)
    tested = table["p"].where(~table["term"].isin(["intercept", "null_deviance", "deviance"]))
    family = [table[name].fillna("") for name in ("model", "from_wave", "to_wave", "relation")]
    return table.assign(p_holm=tested.groupby(family, sort=False).transform(adjusted))


@takes
def tie_change_model(dyads: pd.DataFrame, *, seed: int, n_permutations: int = 1000) -> pd.DataFrame:
    """Regress the change in each report on what passed between the two, with Dekker's double semi-partialling.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    seed
        Seed of the permutations.
    n_permutations
        Relabellings per predictor.

    Returns
    -------
    DataFrame
        ``models`` of ``RUN_TABLES``: one row per interval, relation and term, the intercept
        first. The outcome is the later minus the earlier reported value, in scale points, over the ordered pairs where
        both are known; ``p`` is the permutation's, ``statistic`` t. A predictor that does not vary is left out with a
        note; where the model is undefined the note says why.

    References
    ----------
    Dekker, Krackhardt & Snijders (2007), Psychometrika 72(4).
    """
    parts = []
    for keys, pairs in dyads.groupby(["from_wave", "to_wave", "relation"], sort=False):
        outcome, predictors = _matrices(pairs)
        left_out = _uninformative(outcome, predictors)
        used = {name: matrix for name, matrix in predictors.items() if name not in left_out}
        fit = mrqap(outcome, used, seed=seed, n_permutations=n_permutations)
        fit = pd.concat([fit, pd.DataFrame({"term": left_out.keys(), "note": left_out.values()})], ignore_index=True)
        start, end, relation = map(str, keys)
        fit = _read(fit.rename(columns={"n_dyads": "n"}), _change_reading)
        parts.append(fit.assign(model="tie change", from_wave=start, to_wave=end, relation=relation))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return conform(table.reindex(columns=RUN_TABLES["models"].names), RUN_TABLES["models"])


def _read(table: pd.DataFrame, reading: Callable[[Mapping[Any, Any]], str | None]) -> pd.DataFrame:
    """The table with each row in a sentence, where there is one."""
    return table.assign(reading=pd.Series([reading(row) for row in table.to_dict("records")], table.index, dtype="str"))


def _square(pairs: pd.DataFrame, ab: pd.Series[Any], ba: pd.Series[Any] | None = None) -> pd.DataFrame:
    """Values of pairs as a person x person matrix, row towards column; the same both ways unless the second is given."""
    people = pd.Index(pd.unique(pd.concat([pairs["a"], pairs["b"]]))).sort_values()
    a, b = places(people, pairs["a"]), places(people, pairs["b"])
    out = np.full((len(people), len(people)), np.nan)
    for one, other, values in ((a, b, ab), (b, a, ab if ba is None else ba)):
        out[one, other] = values.to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(out, index=people, columns=people)


def _matrices(pairs: pd.DataFrame) -> tuple[Floats, dict[str, Floats]]:
    """Outcome and predictors as actor x actor matrices, row reports column; NaN where unknown."""
    roles = pairs["role_pair"].str.split(" - ", expand=True, n=1).reindex(columns=[0, 1])
    gains = [pairs[f"weight_{way}_to"] - pairs[f"weight_{way}_from"] for way in ("ab", "ba")]
    predictors = {
        "help": [pairs["n_help_ab"] + pairs["n_help_ba"]],
        "shared_practice": [pairs["n_shared_ab"] + pairs["n_shared_ba"]],
        "together": [pairs["n_together"]],
        "same_site": [(pairs["scope"] == "within").where(pairs["scope"].notna())],
        "same_role": [(roles[0] == roles[1]).where(pairs["role_pair"].notna())],
        "earlier_tie": [pairs["weight_ab_from"], pairs["weight_ba_from"]],
    }
    return _square(pairs, *gains).to_numpy(), {
        name: _square(pairs, *both).to_numpy() for name, both in predictors.items()
    }


def _uninformative(outcome: Floats, predictors: Mapping[str, Floats]) -> dict[str, str]:
    """Predictors that say nothing: not known for any pair, or the same for every pair where all is known."""
    known = ~np.isnan(outcome)
    unknown = {name for name, matrix in predictors.items() if np.isnan(matrix[known]).all()}
    for name in predictors.keys() - unknown:
        known &= ~np.isnan(predictors[name])
    constant = {name for name in predictors.keys() - unknown if len(np.unique(predictors[name][known])) < 2}
    notes = dict.fromkeys(unknown, "left out: not known for any pair") | dict.fromkeys(
        constant, "left out: does not vary among the pairs that can be used"
    )
    return {name: notes[name] for name in predictors if name in notes}


def _change_reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate means, in a sentence."""
    if row["term"] not in _OF_CHANGE or np.isnan(row["estimate"]):
        return None
    what = _OF_CHANGE[row["term"]]
    if row["p"] >= 0.05:
        return f"Whether ties changed differently {what} cannot be told (p {row['p']:.2f})."
    return f"Reported ties changed by {row['estimate']:+.2f} scale points {what}, other terms equal (p {row['p']:.3f})."


TERMS = {
    "inertia": "someone who has helped a person before helps that person again",
    "reciprocity": "someone who was helped by a person helps that person",
    "same_site": "help passes between colleagues of one site",
    "same_role": "help passes between people of one role",
    "shift_ab_ba": "the one just helped helps back at once",
    "shift_ab_by": "the one just helped goes on to help a third person",
    "shift_ab_ay": "the one who just helped goes on to help a third person",
    "shift_ab_xa": "a third person helps the one who just helped",
    "shift_ab_xb": "a third person also helps the one just helped",
}
"""Statistics of an ordered pair at risk of being the next event, with what their estimates are about; defined in
``docs/definitions/joint.md``."""

_CELLS = 4_000_000


@takes
def relational_event_model(
    survey: Survey, meetings: Meetings, talk: Talk, *, seed: int, n_controls: int = 500
) -> pd.DataFrame:
    """Model which pair is next to help, given who attended and what passed before.

    The likelihood uses the order of events only. At risk are all ordered pairs of those who attended; inertia and
    reciprocity remember the whole record, participation shifts start anew with each activity.

    Parameters
    ----------
    survey
        Its roster: who can take part, with site and role.
    meetings
        Who attended what, and when.
    talk
        Coded events.
    seed
        Seed of the sample of pairs at risk; without effect where ``n_controls`` covers all.
    n_controls
        Most pairs at risk per event beside its own; where more are, so many are drawn at random, which leaves the
        estimates consistent (McFadden 1978) and memory bounded.

    Returns
    -------
    DataFrame
        ``models`` of ``RUN_TABLES``: one row per term of :data:`TERMS` with estimate, standard error, 95 % interval, p (Wald,
        two-sided) and a sentence, then ``null_deviance`` and ``deviance``. A term that does not vary, or that predicts every
        event (separation), has no estimate and a note; the others are then those of the limit.

    References
    ----------
    Butts (2008), Sociological Methodology 38; Gibson (2003), Social Forces 81, for participation shifts.
    """
    design = event_design(survey, meetings, talk, seed=seed, n_controls=n_controls)
    table = _read(conditional_logit(design), _event_reading).assign(model="relational events: help")
    return conform(table.reindex(columns=RUN_TABLES["models"].names), RUN_TABLES["models"])


@takes
def event_design(survey: Survey, meetings: Meetings, talk: Talk, *, seed: int, n_controls: int = 500) -> Design:
    """Lay out the statistics of every pair at risk of every event; parameters as for :func:`relational_event_model`.

    A pair of which the site or role of one is not known is never at risk, and an event on it is left out and counted; 0 where
    no site, or no role, is known at all. So many events are laid out at a time that memory stays bounded.
    """
    actors = actor_ids(survey.roster)
    people = survey.roster.set_index("actor").reindex(actors)
    same = np.stack([_same(people[column].to_numpy(dtype=object)) for column in ("site", "role")])
    passed = pair_events(survey, meetings, talk)
    passed = passed[passed["kind"] == "help_given"]
    rng = np.random.default_rng(seed)
    history = np.zeros((len(actors), len(actors)))
    blocks, sizes, lost, sampled = [np.empty((0, len(TERMS)))], [np.empty(0, dtype=np.int64)], 0, False
    for name, rows in passed.groupby("activity", sort=False):
        attended = meetings.attendance.loc[meetings.attendance["activity"] == name, "actor"]
        here = np.unique(places(actors, pd.concat([attended, rows["actor"], rows["other"]])))
        here = here[here >= 0]
        s, r = (np.searchsorted(here, places(actors, rows[who])) for who in ("actor", "other"))
        i, j = np.nonzero(~np.eye(len(here), dtype=bool))
        place = np.zeros((len(here), len(here)), dtype=np.int64)
        place[i, j] = np.arange(len(i))
        alike = same[:, here[i], here[j]]
        known = ~np.isnan(alike.sum(axis=0))
        sampled |= len(i) - 1 > n_controls
        step = max(1, _CELLS // len(i))
        for start in range(0, len(s), step):
            chunk = slice(start, start + step)
            own = place[s[chunk], r[chunk]]
            at_risk = _at_risk(own, known, n_controls, rng)
            counts = history[here[i], here[j]] + _before(own, len(i))
            last = [np.r_[-1, who[:-1]][chunk, None] for who in (s, r)]
            statistics = [np.log1p(counts), np.log1p(counts[:, place[j, i]]), *alike, *_shifts(i, j, *last)]
            at = [np.take_along_axis(np.broadcast_to(one, counts.shape), at_risk, 1)[known[own]] for one in statistics]
            blocks.append(np.stack(at, axis=-1).reshape(-1, len(TERMS)))
            sizes.append(np.full(int(known[own].sum()), at_risk.shape[1]))
            lost += int((~known[own]).sum())
            np.add.at(history, (here[s[chunk]], here[r[chunk]]), 1)
    counted = np.concatenate(sizes)
    return Design(np.concatenate(blocks), np.cumsum(counted) - counted, tuple(TERMS), lost, sampled)


def _same(values: NDArray[Any]) -> Floats:
    """Whether two people share a value; NaN where one is unknown, 0 if all are."""
    gap = pd.isna(values)
    if gap.all():
        return np.zeros((len(values), len(values)))
    return np.where(gap[:, None] | gap, np.nan, (values[:, None] == values).astype(float))


def _before(own: Ints, n: int) -> NDArray[np.float32]:
    """How often each pair had an event earlier in this block (events, pairs)."""
    happened = np.zeros((len(own), n), dtype=np.float32)
    happened[np.arange(len(own)), own] = 1
    return np.cumsum(happened, axis=0, dtype=np.float32) - happened


def _at_risk(own: Ints, known: NDArray[np.bool_], n_controls: int, rng: np.random.Generator) -> Ints:
    """Each event's own pair, then the others at risk or a sample of them (events, at most 1 + n_controls)."""
    key = rng.random((len(own), len(known)))
    key[:, ~known] = 2
    key[np.arange(len(own)), own] = -1
    n = min(int(known.sum()), n_controls + 1)
    return np.argpartition(key, n - 1, axis=1)[:, :n] if n < key.shape[1] else np.argsort(key, axis=1)


def _shifts(i: Ints, j: Ints, a: Ints, b: Ints) -> list[NDArray[np.bool_]]:
    """Participation shifts of all pairs (columns) at each event (rows); a and b are of the event before, -1 at the start."""
    third_i, third_j, begun = (i != a) & (i != b), (j != a) & (j != b), a >= 0
    shifts = [(i == b) & (j == a), (i == b) & third_j, (i == a) & third_j, third_i & (j == a), third_i & (j == b)]
    return [shift & begun for shift in shifts]


def _event_reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate means, in a sentence."""
    if np.isnan(row["estimate"]) or row["term"] in ("deviance", "null_deviance"):
        return None
    what = TERMS[row["term"]]
    if row["p"] >= 0.05:
        return f"Whether {what} more or less often than others cannot be told (p {row['p']:.2f})."
    more = "more" if row["estimate"] > 0 else "less"
    unit = " per unit" if row["term"] in ("inertia", "reciprocity") else ""
    return f"It happens {more} often than among others that {what}: odds times {np.exp(row['estimate']):.2f}{unit}."


_STEPS = 50
_LEAST_INFORMATION = 1e-7


@dataclass(frozen=True)
class Design:
    """Events with the pairs at risk.

    Attributes
    ----------
    rows
        Shape (n_rows, n_terms): the statistics of each pair at risk; each event's rows stand together, its own pair
        first.
    starts
        Shape (n_events,): first row of each event.
    terms
        Names of the columns.
    n_left_out
        Events on pairs with an unknown covariate.
    sampled
        Whether pairs at risk were sampled.
    """

    rows: Floats
    starts: Ints
    terms: tuple[str, ...]
    n_left_out: int = 0
    sampled: bool = False


def conditional_logit(design: Design) -> pd.DataFrame:
    """Fit a conditional logistic regression by Newton's method.

    Parameters
    ----------
    design
        Events with the pairs at risk.

    Returns
    -------
    DataFrame
        ``term, estimate, se, statistic, low, high, p, n, note``, then rows ``null_deviance`` and ``deviance`` (-2 log
        likelihood). n is the number of events.

    Examples
    --------
    Three events with two pairs at risk each; the pair with x = 1 happens twice, so the odds are 2.

    >>> rows = np.array([[1.0], [0], [1], [0], [0], [1]])
    >>> fit = conditional_logit(Design(rows, np.array([0, 2, 4]), ("x",)))
    >>> round(float(np.exp(fit.loc[0, "estimate"])), 6)
    2.0
    """
    from scipy.special import ndtr

    notes = _faults(design)
    free = [at for at, term in enumerate(design.terms) if term not in notes]
    limit = _limit(design, [term for term, note in notes.items() if note.startswith("separated")])
    beta, covariance, deviance, converged = _newton(limit.rows[:, free], limit.starts)
    n = len(design.starts)
    table = pd.DataFrame({"term": design.terms, "estimate": np.nan, "se": np.nan, "n": n})
    table["note"] = [notes.get(term) for term in design.terms]
    if n and converged:
        table.loc[free, "estimate"] = beta
        table.loc[free, "se"] = np.sqrt(np.diag(covariance))
    elif n:
        table.loc[free, "note"] = (
            "no finite estimate: the terms together predict events perfectly, or determine each other"
        )
    table["statistic"] = table["estimate"] / table["se"]
    table["low"], table["high"] = (table["estimate"] + z * table["se"] for z in (-_Z, _Z))
    table["p"] = 2 * ndtr(-table["statistic"].abs())
    sizes = np.diff(np.append(design.starts, len(design.rows)))
    said = ["pairs at risk sampled"] if design.sampled else []
    said += [f"{design.n_left_out} events left out: something about the pair is not known"] if design.n_left_out else []
    note = "; ".join(said) or None
    null = 2 * float(np.log(sizes).sum()) if n else np.nan
    fit = [
        {"term": "null_deviance", "estimate": null, "n": n, "note": note},
        {"term": "deviance", "estimate": deviance if n and converged else np.nan, "n": n, "note": note},
    ]
    return pd.concat([table, pd.DataFrame(fit).astype({"note": "object"})], ignore_index=True)


def _faults(design: Design) -> dict[str, str]:
    """Terms without an estimate: they do not vary among pairs at risk, or predict every event."""
    if not len(design.starts):
        return dict.fromkeys(design.terms, "no events")
    own = design.rows[design.starts]
    most = np.maximum.reduceat(design.rows, design.starts)
    least = np.minimum.reduceat(design.rows, design.starts)
    notes = {}
    for at, term in enumerate(design.terms):
        if (most[:, at] == least[:, at]).all():
            notes[term] = "does not vary among pairs at risk"
        elif (own[:, at] == most[:, at]).all():
            notes[term] = "separated: every event has the highest value at risk, the estimate goes to infinity"
        elif (own[:, at] == least[:, at]).all():
            notes[term] = "separated: every event has the lowest value at risk, the estimate goes to minus infinity"
    return notes


def _limit(design: Design, separated: Sequence[str]) -> Design:
    """Pairs that keep a chance when separated terms go to infinity: those with the event's own value."""
    if not separated:
        return design
    columns = [design.terms.index(term) for term in separated]
    event = np.repeat(np.arange(len(design.starts)), np.diff(np.append(design.starts, len(design.rows))))
    keep = (design.rows[:, columns] == design.rows[design.starts][event][:, columns]).all(axis=1)
    counts = np.bincount(event[keep], minlength=len(design.starts))
    return Design(design.rows[keep], np.cumsum(counts) - counts, design.terms)


def _newton(rows: Floats, starts: Ints) -> tuple[Floats, Floats, float, bool]:
    """Estimate, covariance, deviance and whether the maximum was found."""
    beta: Floats = np.zeros(rows.shape[1])
    value, gradient, information = _likelihood(beta, rows, starts)
    scale = np.sqrt(np.diag(information))
    for _ in range(_STEPS):
        if not _is_definite(information, scale):
            return beta, np.full_like(information, np.nan), np.nan, False
        if not len(beta) or np.abs(gradient).max() < 1e-8 * max(len(starts), 1):
            return beta, np.asarray(np.linalg.inv(information)), -2 * value, True
        step = np.linalg.solve(information, gradient)
        new = _likelihood(beta + step, rows, starts)
        while not new[0] >= value - 1e-9 and np.abs(step).max() > 1e-10:
            step /= 2
            new = _likelihood(beta + step, rows, starts)
        beta, (value, gradient, information) = beta + step, new
    return beta, np.full_like(information, np.nan), np.nan, False


def _is_definite(information: Floats, scale: Floats) -> bool:
    """Whether every direction still holds information, against that at the start; it dwindles as an estimate runs off."""
    if not len(scale):
        return True
    if not (scale > 0).all():
        return False
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale)).min() > _LEAST_INFORMATION)


def _likelihood(beta: Floats, rows: Floats, starts: Ints) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient and information; each event's own pair is its first row."""
    if not len(starts):
        return 0.0, np.zeros_like(beta), np.eye(len(beta))
    event = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    eta = rows @ beta
    eta -= np.maximum.reduceat(eta, starts)[event]
    weight = np.exp(eta)
    total = np.add.reduceat(weight, starts)
    weight /= total[event]
    weighted = rows * weight[:, None]
    mean = np.add.reduceat(weighted, starts)
    value = float((eta[starts] - np.log(total)).sum())
    return value, (rows[starts] - mean).sum(axis=0), weighted.T @ rows - mean.T @ mean


_MODEL = [*_INTERVAL, "relation", "model", "entered"]
_ALONE = ("formation", "persistence", "correlation")
_NETS = ("together", "help")
_BY = ("site", "role")
_FOR_EACH = {
    "together": "activity that two people attended together",
    "hours_together": "hour that two people were in activities together",
    "help": "time help passed between two people",
}
_COMES = {"formation": "a tie comes up", "persistence": "a tie lasts"}


@takes
def pair_covariates(dyads: pd.DataFrame) -> dict[str, dict[tuple[str, str], pd.DataFrame]]:
    """What passed between each two people in each interval, as matrices for models of ties.

    Parameters
    ----------
    dyads
        Run table.

    Returns
    -------
    dict
        ``together`` (activities that both attended), ``hours_together`` (hours in them; NaN where not known) and ``help``
        (times help was coded between the two, either way; 0 for who was never together, NaN for who was together in
        activities of which none was coded), each by pair of waves: frames with people as index and columns, as
        ``covariates`` of :func:`~nicmethods.network.stergm_table` and :func:`~nicmethods.network.qap_table` takes them.
    """
    found: dict[str, dict[tuple[str, str], pd.DataFrame]] = {name: {} for name in _FOR_EACH}
    for (start, end), every in dyads.groupby(_INTERVAL, sort=False):
        pairs = every.drop_duplicates(["a", "b"])  # the talk stands beside each relation alike
        heard = pairs["n_together_coded"].gt(0) | pairs["n_together"].eq(0)
        passed = {
            "together": pairs["n_together"],
            "hours_together": pairs["minutes_together"] / 60,
            "help": (pairs["n_help_ab"] + pairs["n_help_ba"]).where(heard),
        }
        for name, values in passed.items():
            found[name][str(start), str(end)] = _square(pairs, values)
    return found


@takes
def tie_models(dyads: pd.DataFrame, survey: Survey, *, seed: int, n_permutations: int = 1000) -> pd.DataFrame:
    """Ask of ties whether they form, last and are there where people were together and where they helped each other.

    Parameters
    ----------
    dyads
        Run table.
    survey
        What it was made from.
    seed
        Seed of the permutations.
    n_permutations
        Relabellings behind each p of QAP and MRQAP.

    Returns
    -------
    DataFrame
        Run table ``tie_models``. ``entered`` is ``alone``: one covariate of :func:`pair_covariates` net of reciprocity
        (formation, persistence) or correlated with the later ties (QAP); or ``all``: activities together and help net of each
        other, of sites, roles and, in MRQAP, of the earlier ties. Hours are entered alone: beside the count of activities,
        which measures the same, neither could be told. A covariate that does not vary over what is known of an interval is
        left out with a note.
    """
    given = pair_covariates(dyads)
    flat = [(name, *waves) for name, frames in given.items() for waves, frame in frames.items() if not _varies(frame)]
    used = {
        name: {waves: frame for waves, frame in frames.items() if (name, *waves) not in flat}
        for name, frames in given.items()
    }
    nets = {name: used[name] for name in _NETS}
    formed = [stergm_table(survey, by=(), covariates={name: frames}) for name, frames in used.items()]
    held = qap_table(survey, seed=seed, by=_BY, covariates=used, n_permutations=n_permutations)
    regressed = qap_table(survey, seed=seed, by=_BY, covariates=nets, n_permutations=n_permutations)
    correlated = held[held["model"].eq("correlation") & held["term"].isin(used)]
    alone = pd.concat([table[table["term"].isin(used)] for table in [*formed, correlated]]).assign(entered="alone")
    whole = [stergm_table(survey, by=_BY, covariates=nets), regressed[regressed["model"].eq("mrqap_linear")]]
    asked = whole[0][[*_INTERVAL, "relation", "threshold_from", "threshold", "policy"]].drop_duplicates()
    rows = pd.concat([alone, pd.concat(whole).assign(entered="all"), _left_out(flat, asked)], ignore_index=True)
    own = rows["p"].where(~rows["term"].isin(["edges", "intercept"]))  # no hypotheses
    rows["p_adjusted"] = own.groupby([rows[column] for column in _MODEL]).transform(lambda p: adjusted(p))
    return conform(_read(rows, _tie_reading), RUN_TABLES["tie_models"])


def _varies(frame: pd.DataFrame) -> bool:
    values = frame.to_numpy()
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(np.ptp(known) > 0)


def _left_out(flat: Sequence[tuple[str, str, str]], intervals: pd.DataFrame) -> pd.DataFrame:
    """A row for each covariate that says nothing of an interval."""
    said = pd.DataFrame(flat, columns=["term", *_INTERVAL], dtype="str").assign(
        entered="alone", note="left out: the same for every pair of whom it is known, or known of none"
    )
    return said.merge(intervals, on=_INTERVAL).merge(pd.DataFrame({"model": _ALONE}), how="cross")


def _tie_reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate of formation or persistence means, in a sentence."""
    if row["model"] not in _COMES or row["term"] not in _FOR_EACH or np.isnan(row["value"]):
        return None
    comes, each = _COMES[row["model"]], _FOR_EACH[row["term"]]
    if row["p_adjusted"] >= 0.05:
        return f"Whether it is likelier that {comes} for each {each} cannot be told (p {row['p_adjusted']:.2f})."
    times, low, high = map(_times, np.exp([row["value"], row["low"], row["high"]]))
    net = "net of the other terms" if row["entered"] == "all" else "net of reciprocity alone"
    return f"The odds that {comes} are {times} times as high [{low}, {high}] for each {each}, {net}."


def _times(odds: float) -> str:
    return f"{odds:.2f}" if odds < 1_000 else "over 1,000"  # next to separation digits say nothing
