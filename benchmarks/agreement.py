"""Bootstrap of 1,000 alphas on 3 coders x 2,000 turns: here, and one resample after another with another library.

Run ``python benchmarks/agreement.py``. The ratio is of the two in one run; the seconds are of the machine it runs on.
"""

import time

import krippendorff
import numpy as np
import pandas as pd

from nicmethods.coding.agreement import agreement_card
from nicmethods.tables.bundles import Coders, Meetings

N_MEETINGS, N_TURNS, N_BOOTSTRAP = 20, 100, 1000
CODERS = ("ana", "ben", "cai")


def simulated(seed: int) -> tuple[Meetings, Coders, np.ndarray]:
    rng = np.random.default_rng(seed)
    meetings = [f"m{n:02d}" for n in range(N_MEETINGS)]
    positions = np.tile(np.arange(1, N_TURNS + 1), N_MEETINGS)
    turns = pd.DataFrame(
        {"activity": np.repeat(meetings, N_TURNS), "turn": positions.astype(str), "position": positions, "text": ""}
    )
    truth = rng.random(len(turns)) < 0.1
    said = {coder: truth ^ (rng.random(len(turns)) < 0.05) for coder in CODERS}
    codings = pd.concat([turns[said[coder]].assign(coder=coder, code="help") for coder in CODERS])
    coverage = pd.DataFrame(
        [(coder, meeting, None, 1, N_TURNS) for coder in CODERS for meeting in meetings],
        columns=["coder", "activity", "codebook", "first_position", "last_position"],
    ).assign(basis="listed")
    activities = pd.DataFrame({"activity": meetings, "kind": "meeting"})
    bundles = Meetings(activities=activities, turns=turns), Coders(codings=codings, coverage=coverage)
    return *bundles, np.array([said[coder] for coder in CODERS], dtype=float)


def one_by_one(ratings: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    by_meeting = ratings.reshape(len(CODERS), N_MEETINGS, N_TURNS)
    alphas = [
        krippendorff.alpha(
            by_meeting[:, rng.integers(0, N_MEETINGS, N_MEETINGS)].reshape(len(CODERS), -1),
            value_domain=[0, 1],
            level_of_measurement="nominal",
        )
        for _ in range(N_BOOTSTRAP)
    ]
    return np.quantile(alphas, [0.025, 0.975])


def main() -> None:
    meetings, coders, ratings = simulated(1)
    start = time.perf_counter()
    card = agreement_card(meetings, coders, seed=1, n_bootstrap=N_BOOTSTRAP)
    ours_s = time.perf_counter() - start
    start = time.perf_counter()
    low, high = one_by_one(ratings, 1)
    theirs_s = time.perf_counter() - start
    row = card[(card["coders"] == " & ".join(CODERS)) & (card["coefficient"] == "alpha_nominal")].iloc[0]
    n_intervals = int(card["low"].notna().sum())
    print(f"alpha of three coders: {row['low']:.3f} to {row['high']:.3f} here, {low:.3f} to {high:.3f} one by one")
    print(f"the whole card, {n_intervals} intervals of {N_BOOTSTRAP} resamples: {ours_s:.3f} s")
    print(f"that one interval, one resample after another: {theirs_s:.3f} s, {theirs_s / ours_s:.0f} times as long")


if __name__ == "__main__":
    main()
