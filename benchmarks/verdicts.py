"""How often each verdict is wrong: simulated networks whose truth is known, judged by the code that judges a case.

``python benchmarks/verdicts.py rates --cases 2000 --processes 2`` writes ``nicmethods/joint/calibration/rates.csv``: for each truth,
by size of the network, the share of each verdict, of wrong agreement and wrong dissonance with Monte Carlo errors, and how
often any proposition of a case is wrong. ``python benchmarks/verdicts.py power`` writes ``nicmethods/joint/calibration/power.csv``: how
often an effect is found, by size, base rate and odds. ``python benchmarks/verdicts.py talk`` writes ``nicmethods/joint/calibration/talk.csv``:
the same of the tests on the talk alone, and how often intervals of occurrence cover. The truths are in ``verdict_truths.py`` and
``talk_truths.py``; ``pages`` prints the tables of ``docs/calibration.md``. Cases are numbered; the same
number gives the same network, however many processes share the work.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small matrices: threads only get in each other's way
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv
from talk_truths import OCCURRENCE, RECIPROCITY, ROLE, SELECTIVITY, simulate_share, simulate_talk
from verdict_truths import MIXED, TRUTHS, Truth, simulate, true_record

from nicmethods.case.propositions import Propositions, load_propositions
from nicmethods.joint.coincidence import ALPHA, power
from nicmethods.joint.judging import VERDICTS, judge
from nicmethods.joint.strands import occurrence, reciprocity, selectivity, tie_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nicmethods.joint.coincidence import Coincidence

ROOT = Path(__file__).parents[1]
OUT = ROOT / "nicmethods" / "joint" / "calibration"
DRAWS = 199
ORDERS = ("lagged", "reverse")
IN_TIME_FOUND = tuple(f"{order}_{way}" for order in ORDERS for way in ("more", "less"))
WRONG = ("wrong_agreement", "wrong_dissonance", "wrong_coincidence")
IN_TIME = 500
"""Networks of each truth in which one interval is also held against the next; no verdict follows from that."""
SIZES = {
    "people": (21, 24, 27, 33, 40, 60),
    "waves": (2, 3, 4),
    "meetings": (3, 4, 6, 8, 12),
    "events": (8, 10, 12, 14),
}
POWER = {
    "alike: 24 people, 6 meetings, 60 events": Truth(people=24, events=10),
    "differ: 24 people, 6 meetings, 60 events": Truth(**MIXED, people=24, events=10),
    "alike: 27 people, 6 meetings, 72 events": Truth(),
    "differ: 27 people, 6 meetings, 72 events": Truth(**MIXED),
    "all at once: 27 people, 6 meetings, 72 events": TRUTHS["all at once"],
    "differ: 27 people, 6 meetings, 72 events, 2 % new": Truth(**MIXED, begins=0.02),
    "differ: 27 people, 6 meetings, 72 events, 12 % new": Truth(**MIXED, begins=0.12),
    "differ: 21 people, 2 meetings, 20 events": Truth(**MIXED, people=21, meetings=1, events=10),
    "differ: 27 people, 2 meetings, 20 events": Truth(**MIXED, meetings=1, events=10),
    "differ: 27 people, 12 meetings, 144 events": Truth(**MIXED, meetings=6),
    "differ: 40 people, 6 meetings, 72 events": Truth(**MIXED, people=40),
    "differ: 60 people, 2 meetings, 20 events": Truth(**MIXED, people=60, meetings=1, events=10),
    "differ: 60 people, 6 meetings, 72 events": Truth(**MIXED, people=60),
    "differ: 60 people, 12 meetings, 144 events": Truth(**MIXED, people=60, meetings=6),
    "differ: 27 people, two waves, 6 meetings, 72 events": Truth(**MIXED, waves=2, meetings=6),
}


@lru_cache
def claims() -> Propositions:
    return load_propositions(ROOT / "codebooks" / "propositions.yml")


def of_size(truth: Truth, rng: np.random.Generator) -> Truth:
    """The truth in a network of a size drawn at random; meetings are those of the whole record."""
    drawn = {name: int(rng.choice(sizes)) for name, sizes in SIZES.items()}
    return replace(truth, **(drawn | {"meetings": max(1, round(drawn["meetings"] / (drawn["waves"] - 1)))}))


def one_case(name: str, truth: Truth, number: int, *, vary: bool) -> list[dict[str, Any]]:
    """Judge one network: a row for each proposition."""
    rng = np.random.default_rng([zlib.crc32(name.encode()), number])
    sized = of_size(truth, rng) if vary else truth
    drawn = simulate(sized, rng)
    judged = judge(claims(), drawn.record, seed=number, n_draws=DRAWS, beside=number < IN_TIME)
    truly = {(one.survey.tie, one.pairs): tie_change(true_record(drawn), tie=one.survey.tie, part=one.pairs).value for one in claims().propositions}  # fmt: skip
    return [
        {
            "truth": name,
            "case": number,
            "people": sized.people,
            "waves": sized.waves,
            "proposition": one.id,
            "verdict": found.verdict,
            "survey": found.stances[0],
            "together": found.stances[2],
            "information": found.together.information,
            "told": power(found.together, 3.0),
            "true_net": truly[one.survey.tie, one.pairs],
            **{f"{order}_{way}": _finds(getattr(found, order), way) for order in ORDERS for way in ("more", "less")},
        }
        for one, found in zip(claims().propositions, judged, strict=True)
    ]


def _finds(found: Coincidence | None, way: str) -> float:
    """Whether the test of one interval and the next finds something; NaN where it was not made or had too little."""
    p = np.nan if found is None else getattr(found, f"p_{way}")
    return np.nan if np.isnan(p) else float(p <= ALPHA)


def cases(truths: dict[str, Truth], numbers: Iterable[int], *, processes: int, vary: bool) -> pd.DataFrame:
    """Judge cases of every truth."""
    tables = []
    with ProcessPoolExecutor(processes) as pool:
        for name, truth in truths.items():
            found = pool.map(partial(one_case, name, truth, vary=vary), numbers, chunksize=20)
            tables.append(pd.DataFrame([row for rows in found for row in rows]))
            shares = tables[-1].groupby("proposition", sort=False)["verdict"].value_counts(normalize=True)
            print(name, shares.round(3).to_string(), sep="\n", flush=True)
    return pd.concat(tables, ignore_index=True)


def with_wrong(found: pd.DataFrame) -> pd.DataFrame:
    """Say of each verdict whether the truth makes it wrong.

    Agreement is right where help brings ties of the kind in the interval in which it is given, and the steps come in
    their order if that is claimed. Dissonance is right where help keeps ties from forming, or where the ties claimed to
    grow in number fall: on average over all networks of this truth and number of waves, every report true. That talk and
    change of ties fall on the same pairs, whatever the verdict, is wrong where help brings no ties of the kind.
    """
    claimed = {one.id: one for one in claims().propositions}
    brings = found["truth"].map({name: truth.help_odds for name, truth in TRUTHS.items()})
    stronger = found["truth"].map({name: truth.help_odds_stronger for name, truth in TRUTHS.items()})
    ordered = found["truth"].map({name: truth.in_order for name, truth in TRUTHS.items()})
    tie = found["proposition"].map({name: one.survey.tie for name, one in claimed.items()})
    grows = found["proposition"].map({name: one.survey.expect == "more" for name, one in claimed.items()})
    needs_order = found["proposition"].map({name: one.talk.asks == "order" for name, one in claimed.items()})
    odds = brings.where(tie != "stronger", stronger)
    falls = found.groupby(["truth", "proposition", "waves"])["true_net"].transform("mean") < 0
    return found.assign(
        wrong_agreement=(found["verdict"] == "agreement") & ~((odds > 1) & (ordered | ~needs_order)),
        wrong_dissonance=(found["verdict"] == "dissonance") & ~((odds < 1) | (falls & grows)),
        wrong_coincidence=(found["together"] == "supports") & ~(odds > 1),
    )


def rates(found: pd.DataFrame) -> pd.DataFrame:
    """Shares of verdicts, and of wrong ones with error and upper 95 % bound, by truth, size and proposition."""
    judged = with_wrong(found)
    groups = {
        "all sizes": judged["people"] > 0,
        "21 to 27 people": judged["people"] <= 27,
        "33 to 60 people": judged["people"] > 27,
        "2 waves": judged["waves"] == 2,
        "3 or 4 waves": judged["waves"] > 2,
    }
    tables = []
    for size, here in groups.items():
        part = judged[here]
        by = part.groupby(["truth", "proposition"], sort=False)
        shares = by["verdict"].value_counts(normalize=True).unstack(fill_value=0.0).reindex(columns=list(VERDICTS), fill_value=0.0)  # fmt: skip
        summed = {kind: (kind, "sum") for kind in WRONG}
        table = by.agg(n=("case", "size"), **summed, true_net=("true_net", "mean"), **{name: (name, "mean") for name in IN_TIME_FOUND}, n_in_time=(IN_TIME_FOUND[0], "count")).join(shares)  # fmt: skip
        case = part.groupby(["truth", "case"], sort=False)[list(WRONG)].any()
        case["wrong"] = case["wrong_agreement"] | case["wrong_dissonance"]
        any_ = case.groupby("truth", sort=False).agg(n=("wrong", "size"), **summed, wrong=("wrong", "sum"))
        any_ = any_.assign(proposition="any of them").set_index("proposition", append=True)
        tables.append(pd.concat([table, any_]).reset_index().assign(size=size))
    out = pd.concat(tables, ignore_index=True)
    order = {name: place for place, name in enumerate(TRUTHS)}
    for kind in (*WRONG, "wrong"):
        k, n = out[kind], out["n"]
        out[f"{kind}_high"] = betaincinv(k + 1, n - k, 0.975)
        out[f"{kind}_error"] = np.sqrt(k / n * (1 - k / n) / n)
        out[kind] = k / n
    out["bar"] = out["truth"].map({name: np.nan if t.hidden else 0.09 if t.on_purpose else 0.065 for name, t in TRUTHS.items()})  # fmt: skip
    out = out.sort_values(["size", "truth"], key=lambda c: c.map(order) if c.name == "truth" else c, kind="stable")
    first = ["truth", "size", "proposition", "n"]
    wrong = [f"{kind}{end}" for kind in (*WRONG, "wrong") for end in ("", "_error", "_high")]  # fmt: skip
    return out[[*first, *wrong, "bar", "true_net", *VERDICTS, *IN_TIME_FOUND, "n_in_time"]].round(4)


def powers(n_cases: int, processes: int) -> pd.DataFrame:
    """How often help that brings ties is found, and how often that was to be expected from the rows alone."""
    tables = []
    for odds in (2.0, 3.0, 5.0, 8.0):
        truths = {name: replace(t, help_odds=odds, help_odds_stronger=odds) for name, t in POWER.items()}
        found = cases(truths, range(n_cases), processes=processes, vary=False)
        found["found"], found["too_little"] = found["together"] == "supports", found["together"] == "too_little"
        by = found.groupby(["truth", "proposition"], sort=False)
        tables.append(by.agg(n=("case", "size"), found=("found", "mean"), told=("told", "mean"), too_little=("too_little", "mean"), agreement=("verdict", lambda v: (v == "agreement").mean()), information=("information", "median")).reset_index().assign(odds=odds))  # fmt: skip
    out = pd.concat(tables, ignore_index=True).rename(columns={"truth": "network"})
    out["error"] = np.sqrt(out["found"] * (1 - out["found"]) / out["n"])
    return out[["network", "odds", "proposition", "n", "found", "error", "too_little", "agreement", "information", "told"]].round(4)  # fmt: skip


def one_test(test: str, truth: Any, part: str, number: int) -> tuple[float, float]:
    """One-sided p upward and downward of a test of the talk."""
    record = simulate_talk(truth, np.random.default_rng([zlib.crc32(test.encode()), number]))
    found = (reciprocity if test == "reciprocity" else selectivity)(record, part=part, seed=number, n_draws=299)
    return found.p_more, found.p_less


def one_share(truth: Any, number: int) -> tuple[float, ...]:
    """Expected share of these people, and the ends of both intervals of occurrence."""
    record, share = simulate_share(truth, np.random.default_rng([5, number]))
    found = occurrence(record, talk="help", part="all")
    return share, found.low, found.high, found.low_such, found.high_such


def talk_rates(n_cases: int, processes: int) -> pd.DataFrame:
    """How often the tests of the talk find something, and how often intervals of occurrence cover."""
    tests = [("selectivity", "within_schools", SELECTIVITY), ("selectivity of the role", "hub_member", ROLE), ("reciprocity", "all", RECIPROCITY)]  # fmt: skip
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        for test, part, truths in tests:
            for name, truth in truths.items():
                p = np.array(list(pool.map(partial(one_test, test, truth, part), range(n_cases), chunksize=20)))
                more, less = np.nanmean(p[:, 0] <= ALPHA), np.nanmean(p[:, 1] <= ALPHA)
                rows.append({"test": test, "truth": name, "n": n_cases, "more": more, "less": less})
        for name, share in OCCURRENCE.items():
            ends = np.array(list(pool.map(partial(one_share, share), range(n_cases), chunksize=20)))
            these, such = ends[:, 0], ends[:, 0].mean()
            rows.append({
                "test": "occurrence", "truth": name, "n": n_cases,
                "covers_these": ((ends[:, 1] <= these) & (these <= ends[:, 2])).mean(),
                "covers_such": ((ends[:, 3] <= such) & (such <= ends[:, 4])).mean(),
                "exact_covers_such": ((ends[:, 1] <= such) & (such <= ends[:, 2])).mean(),
            })  # fmt: skip
    return pd.DataFrame(rows).round(4)


def pages() -> str:
    """Tables of ``docs/calibration.md``, in per cent, from the published files."""
    rates, powered = (pd.read_csv(OUT / f"{name}.csv") for name in ("rates", "power"))
    rates = rates[rates["size"] == "all sizes"]
    beside = ["wrong_coincidence"] if "wrong_coincidence" in rates else []
    said = " wrong coincidence: most of six |" if beside else ""
    lines = [f"| truth | wrong agreement: same pairs | across schools | most of six | wrong dissonance: most of six |{said} any of six wrong | bar |", f"|---|---|---|---|---|{'---|' * len(beside)}---|---|"]  # fmt: skip
    for truth, rows in rates.groupby("truth", sort=False):
        one = rows.set_index("proposition")
        six, any_ = one.drop("any of them"), one.loc["any of them"]
        high = [f"{100 * six[kind].max():.1f} (to {100 * six.loc[six[kind].idxmax(), kind + '_high']:.1f})" for kind in ("wrong_agreement", "wrong_dissonance", *beside)]  # fmt: skip
        single = [f"{100 * six.loc[name, 'wrong_agreement']:.1f}" for name in ("help_precedes_new_ties", "new_ties_across_schools")]  # fmt: skip
        bar = "printed" if np.isnan(six["bar"].iloc[0]) else f"{100 * six['bar'].iloc[0]:.1f}"
        lines.append(f"| {truth} | {' | '.join([*single, *high])} | {100 * any_['wrong']:.1f} | {bar} |")
    odds = sorted(powered["odds"].unique())
    lines += ["", f"| network | I at threefold odds | {' | '.join(f'odds {o:.0f}' for o in odds)} | across schools at 3 | told beforehand at 3 | too little at 3 |", f"|---|---|{'---|' * len(odds)}---|---|---|"]  # fmt: skip
    for network, rows in powered.groupby("network", sort=False):
        of = rows.set_index(["proposition", "odds"])
        three = of.loc[("help_precedes_new_ties", 3.0)]
        found = " | ".join(f"{100 * of.loc[('help_precedes_new_ties', o), 'found']:.0f}" for o in odds)
        lines.append(f"| {network} | {three['information']:.1f} | {found} | {100 * of.loc[('new_ties_across_schools', 3.0), 'found']:.0f} | {100 * three['told']:.0f} | {100 * three['too_little']:.0f} |")  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("what", choices=["rates", "power", "talk", "pages"])
    ask.add_argument("--cases", type=int, default=2000, help="networks of each truth, or of each size and odds")
    ask.add_argument("--processes", type=int, default=1)
    ask.add_argument(
        "--base", action="store_true", help="27 people, 3 waves, 6 meetings only, not sizes drawn at random"
    )
    ask.add_argument("--truths", help="names, with ; between; all if left out")
    ask.add_argument("--out", type=Path, help="file to write instead of that in nicmethods/joint/calibration")
    given = ask.parse_args()
    chosen = {name: TRUTHS[name] for name in given.truths.split(";")} if given.truths else TRUTHS
    if given.what == "pages":
        print(pages())
        return
    if given.what == "power":
        table = powers(given.cases, given.processes)
    elif given.what == "talk":
        table = talk_rates(given.cases, given.processes)
    else:
        table = rates(cases(chosen, range(given.cases), processes=given.processes, vary=not given.base))
    path = given.out or OUT / f"{given.what}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)


if __name__ == "__main__":
    main()
