"""One decision at the coding desk, from the key to the disk: a meeting of 5,000 turns against one of 50.

Run ``python benchmarks/desk.py``. The ratio is of the two in one run; the milliseconds are of the machine it runs on.
"""

import random
import statistics
import tempfile
import time
from pathlib import Path

from nicmethods.case.folder import load_case
from nicmethods.lab.desk_state import DeskState

SIZES, N_DECISIONS, SHARE_CODED = (50, 5_000), 40, 0.4
WORDS = "we could try the exit ticket and see whether anyone who was out can start on Monday because you predicted it".split()


def made(folder: Path, n_turns: int) -> DeskState:
    random.seed(n_turns)
    (folder / "transcripts").mkdir(parents=True)
    (folder / "codings").mkdir()
    (folder / "case.yml").write_text("title: Made up\n")
    (folder / "roster.csv").write_text("actor\n" + "\n".join(f"E{n}" for n in range(20)))
    talk = [
        f"{n},E{n % 20},{' '.join(random.choices(WORDS, k=random.choice((3, 12, 60))))}" for n in range(1, n_turns + 1)
    ]
    (folder / "transcripts" / "A1.csv").write_text("\n".join(["turn,speaker,text", *talk]))
    coded = sorted(random.sample(range(1, n_turns + 1), int(n_turns * SHARE_CODED)))
    rows = [f"A1,{turn},help_given" for turn in coded]
    (folder / "codings" / "anna.csv").write_text("\n".join(["activity,turn,code", *rows, ""]))
    return DeskState(load_case(folder), "A1", coder="anna")


def milliseconds(desk: DeskState) -> float:
    desk.apply({"do": "open"})
    taken = []
    for n in range(N_DECISIONS):
        begun = time.perf_counter()
        answer = desk.apply({"do": "code", "turn": str(n + 1), "code": "thanks", "on": True})
        taken.append(time.perf_counter() - begun)
        if answer["went"] != "done":
            raise SystemExit(answer["said"])
    return statistics.median(taken) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = (milliseconds(made(Path(folder) / str(n), n)) for n in SIZES)
    print(f"{SIZES[0]} turns {small:.1f} ms, {SIZES[1]} turns {large:.1f} ms a decision: ratio {large / small:.1f}")


if __name__ == "__main__":
    main()
