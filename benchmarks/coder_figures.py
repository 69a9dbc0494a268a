"""Figures of docs/coder.md for the trained coder: ``python benchmarks/coder_figures.py``.

Cross-validated by meeting (AMI: by team), from a start that saw the other corpus alone; and learned on AMI, start and all, then tried on
ICSI. The starting coder's held-out figures are printed by fit_starting_coder.py. Corpora that it never saw (TalkMoves requests, IRC links) are scored as they are.
"""

from __future__ import annotations

from dialogue import gold_code, gold_links, read_dialogue
from fit_starting_coder import fit_start, rounded

from nicmethods.coder.scores import code_scores, link_scores
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.training import train
from nicmethods.coder.turn_arrays import as_arrays

CODES = ("help_request", "help_given")


def on(name: str, coder: object, *, seed: int = 1) -> None:
    turns = read_dialogue(name)
    talk = as_arrays(turns)
    found = coder.assess(talk)
    for code in CODES:
        carries, judged = gold_code(turns, code)
        if (carries & judged).any():
            suggested = found.codes[code].suggested
            print(
                "  ",
                name,
                code,
                rounded(code_scores(carries[judged], suggested[judged], talk.meeting[judged], seed=seed)),
            )
    links = gold_links(turns)
    if any(links):
        print("  ", name, "links", rounded(link_scores(found.links, links, seed=seed)))


if __name__ == "__main__":
    print("starting coder on corpora that it never saw")
    on("talkmoves", starting_coder())
    on("irc", starting_coder())
    for name, other in (("ami", "icsi"), ("icsi", "ami")):
        card = train(read_dialogue(name), seed=1, codes=CODES, by="team", start=fit_start((other,))).card
        print("trained on", name, "links", card["links"])
        for form, codes in card["codes"].items():
            for code, scores in codes.items():
                print("  ", form, code, rounded(scores))
    print("trained on ami, tried on icsi")
    on("icsi", train(read_dialogue("ami"), seed=1, codes=CODES, by="team", start=fit_start(("ami",))))
