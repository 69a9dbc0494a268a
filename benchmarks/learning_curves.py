"""What coding 50 to 800 turns gains over the starting coder: ``python benchmarks/learning_curves.py OUT.csv [SETTING...]``.

The start of a setting never saw the corpus that is taught and tested. Each of five seeds takes half of the corpus's teams for
testing and eight meetings of the rest for teaching: turns drawn at random, or in the order in which the desk asks for them
(three quarters where the coder is in doubt, ranked anew at each size, a quarter at random). Intervals of the paired change
resample meetings, the same for all seeds. ``--whole`` learns from all meetings outside the test.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from dialogue import gold_code, read_dialogue
from fit_starting_coder import fit_start
from scipy import sparse

from nicmethods.coder.starting import starting_coder
from nicmethods.coder.trained import described, term_counter, turn_documents
from nicmethods.coder.training import doubtful, fit_code, mixed
from nicmethods.coder.turn_arrays import as_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.coder.pairs import Links
    from nicmethods.coder.starting import StartingCoder, Told

SIZES, SEEDS, N_TAUGHT = (50, 100, 200, 400, 800), range(5), 8
SETTINGS = {
    "AMI to ICSI": ("icsi", ("ami",)),
    "ICSI to AMI": ("ami", ("icsi",)),
    "one ICSI series to the others": ("icsi", ("ami",)),
}
SETTINGS |= {"meetings to lessons": ("talkmoves", ())}
SERIES = "Bmr"
COLUMNS = [
    "setting",
    "order",
    "size",
    "seed",
    "code",
    "meeting",
    "carry",
    "hit",
    "suggested",
    "start_hit",
    "start_suggested",
]


@dataclass
class Corpus:
    """Everything of a corpus that does not depend on what is taught."""

    links: Links
    found: dict[str, np.ndarray]
    terms: Any
    gold: dict[str, tuple[np.ndarray, np.ndarray]]
    team: np.ndarray
    series: np.ndarray
    start: StartingCoder
    begun: Mapping[str, Told]
    plain: bool


def read(setting: str) -> Corpus:
    name, fitted_on = SETTINGS[setting]
    start = fit_start(fitted_on) if fitted_on else starting_coder()
    turns = read_dialogue(name)
    arrays = as_arrays(turns)
    turns = turns.iloc[arrays.order].reset_index(drop=True)
    link = start.weights["link"].dropna().to_dict()
    links, _ = described(arrays, link, start.phrases)
    found = {**links.turns, **links.answered(), **links.answers()}
    terms = sparse.csr_array(term_counter(min_df=3).fit_transform(turn_documents(arrays)).astype(float))
    gold = {code: gold_code(turns, code) for code in ("help_request", "help_given")}
    gold = {code: given for code, given in gold.items() if (given[0] & given[1]).any()}
    plain = bool(arrays.is_plain.mean() > 0.5)
    begun = start.assess(arrays).codes
    series = turns["activity"].str[:3].to_numpy()
    return Corpus(links, found, terms, gold, pd.factorize(turns["team"])[0], series, start, begun, plain)


def learned(corpus: Corpus, rows: np.ndarray, pool: np.ndarray, seed: int) -> dict[str, tuple[np.ndarray, float]]:
    """Probabilities of all turns and the threshold of each code, learned from some rows of a pool of turns."""
    inside, found, result = np.flatnonzero(pool), dict(corpus.found), {}
    near = corpus.terms[inside]
    used = np.flatnonzero(near.sum(axis=0) >= 3)
    fold = np.unique(corpus.links.arrays.meeting[inside], return_inverse=True)[1]
    fold = np.random.default_rng(seed).permutation(fold.max() + 1)[fold] % 5
    asking = corpus.begun["help_request"].probability
    for code, (carries, judged) in corpus.gold.items():
        if code != "help_request":
            found |= corpus.links.asked(asking)
        here = {name: values[inside] for name, values in found.items()}
        taught = np.isin(inside, rows) & judged[inside]
        start = corpus.start.code_weights(code, plain=corpus.plain)
        out, weights, strength = fit_code(
            here, near[:, used], carries[inside], taught, fold, np.ones(len(inside), bool), start
        )
        probability = weights.probability(corpus.terms[:, used], found)
        probability[inside] = out
        result[code] = probability, weights.threshold
        asking = probability if code == "help_request" else asking
        print(
            "   ",
            code,
            int((carries[inside] & taught).sum()),
            "of",
            int(taught.sum()),
            "strength",
            strength,
            weights.trees is not None,
            flush=True,
        )
    return result


def split(corpus: Corpus, setting: str, seed: int, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which turns are tested, and which may be taught."""
    rng = np.random.default_rng(seed)
    if "series" in setting:
        rest = corpus.series == SERIES
        test = ~rest
    else:
        teams = rng.permutation(np.unique(corpus.team))
        test = np.isin(corpus.team, teams[: len(teams) // 2])
        rest = ~test
    meetings = rng.permutation(np.unique(corpus.links.arrays.meeting[rest]))
    return test, np.isin(corpus.links.arrays.meeting, meetings if whole else meetings[:N_TAUGHT])


def counted(corpus: Corpus, test: np.ndarray, now: dict, place: tuple) -> list[tuple]:
    rows = []
    for code, (carries, judged) in corpus.gold.items():
        probability, threshold = now[code]
        suggested = probability >= threshold
        before = corpus.begun[code].suggested
        for meeting in np.unique(corpus.links.arrays.meeting[test & judged]):
            at = test & judged & (corpus.links.arrays.meeting == meeting)
            one = [carries[at].sum(), (carries & suggested)[at].sum(), suggested[at].sum()]
            rows.append((*place, code, meeting, *one, (carries & before)[at].sum(), before[at].sum()))
    return rows


def run(setting: str, *, whole: bool) -> list[tuple]:
    corpus, rows = read(setting), []
    for seed in SEEDS if not whole else (0, 1):
        test, pool = split(corpus, setting, seed, whole=whole)
        judged = np.logical_or.reduce([given[1] for given in corpus.gold.values()])
        can = np.flatnonzero(pool & judged)
        if whole:
            print(setting, "whole", seed, flush=True)
            rows += counted(corpus, test, learned(corpus, can, pool, seed), (setting, "whole", len(can), seed))
            continue
        for order in ("random", "taught"):
            queue = np.random.default_rng(seed).permutation(can)
            taken = np.zeros(0, np.intp)
            now = {code: (corpus.begun[code].probability, corpus.begun[code].threshold) for code in corpus.gold}
            for size in SIZES:
                if order == "taught":
                    left = np.setdiff1d(can, taken)
                    doubt = np.max(
                        [doubtful(p[left], np.broadcast_to(t, p.shape)[left]) for p, t in now.values()], axis=0
                    )
                    left = left[mixed(doubt, seed=seed + size)[0]]
                    taken = np.r_[taken, left[: size - len(taken)]]
                else:
                    taken = queue[:size]
                print(setting, order, seed, size, flush=True)
                now = learned(corpus, taken, pool, seed)
                rows += counted(corpus, test, now, (setting, order, size, seed))
    return rows


def change(sums: np.ndarray) -> np.ndarray:
    """F1 of what was learned less that of the start, from sums of carried, hit, suggested, and the start's two."""
    f1 = 2 * sums[..., 1] / (sums[..., 0] + sums[..., 2])
    return f1 - 2 * sums[..., 3] / (sums[..., 0] + sums[..., 4])


def table(counts: pd.DataFrame) -> pd.DataFrame:
    """F1 before and after, and the mean paired change over seeds with its interval over meetings."""
    rows = []
    for (setting, code, order, size), part in counts.groupby(["setting", "code", "order", "size"], sort=False):
        meetings, seeds = np.unique(part["meeting"]), np.unique(part["seed"])
        cube = np.zeros((len(seeds), len(meetings), 5))
        cube[np.searchsorted(seeds, part["seed"]), np.searchsorted(meetings, part["meeting"])] = part[COLUMNS[6:]]
        draws = np.random.default_rng(1).multinomial(
            len(meetings), np.full(len(meetings), 1 / len(meetings)), size=1000
        )
        drawn = np.nanmean([change(draws @ one) for one in cube], axis=0)
        total = cube.sum(axis=1)
        start = (2 * total[:, 3] / (total[:, 0] + total[:, 4])).mean()
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        worst = change(total).min()
        rows.append(
            (setting, code, order, size, start, start + change(total).mean(), change(total).mean(), low, high, worst)
        )
    return pd.DataFrame(rows, columns="setting code order size start f1 change low high worst_seed".split())


def markdown(curves: pd.DataFrame) -> str:
    """The table as docs/coder.md has it: a row a setting, code and order, a column a size."""
    lines = [
        "| setting | code, start's F1 | order | " + " | ".join(map(str, SIZES)) + " |",
        "|---" * (3 + len(SIZES)) + "|",
    ]
    for (setting, code, order), part in curves.groupby(["setting", "code", "order"], sort=False):
        cells = [f"{row.change:+.3f} [{row.low:+.3f}, {row.high:+.3f}]" for row in part.itertuples()]
        lines.append(f"| {setting} | {code}, {part['start'].iloc[0]:.2f} | {order} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    out, *chosen = [one for one in sys.argv[1:] if one != "--whole"]
    for setting in chosen or SETTINGS:
        found = pd.DataFrame(run(setting, whole="--whole" in sys.argv), columns=COLUMNS)
        path = f"{out}.{list(SETTINGS).index(setting)}{'w' if '--whole' in sys.argv else ''}.csv"
        found.to_csv(path, index=False)
        print(markdown(table(found)))
