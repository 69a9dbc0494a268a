"""Which earlier turn each turn answers, how surely, and on what that rests."""

from __future__ import annotations

import pandas as pd

from nicmethods.case.tables import WORK_TABLES

__all__ = ["link"]


def link(turns: pd.DataFrame) -> pd.DataFrame:
    """Propose the turn that each turn answers: the last turn by another speaker that says something."""
    order = turns.sort_values(["activity", "position"], kind="stable")
    who = order["actor"].fillna(order["speaker"])
    text = order["text"].fillna("")
    says = (text.str.count(r"\s") >= 2) | text.str.contains(r"\?")
    out = []
    for distance in range(1, 9):
        earlier = order.shift(distance)
        fits = (earlier["activity"] == order["activity"]) & (who.shift(distance) != who) & who.notna()
        fits &= who.shift(distance).notna() & says.shift(distance, fill_value=False)
        found = order.loc[fits, ["activity", "turn"]].assign(reply_to=earlier.loc[fits, "turn"], distance=distance)
        out.append(found.assign(asked=text.shift(distance)[fits].str.contains(r"\?")))
    links = pd.concat(out).drop_duplicates(["activity", "turn"])
    links["score"] = 1 / (1.0 + links["distance"])
    links["basis"] = links["asked"].map({True: "answered", False: "adjacent"})
    links = links[(links["distance"] <= 4) | links["asked"]].sort_index()
    table = WORK_TABLES["links"]
    return links[table.names].astype({c.name: c.dtype for c in table.columns}).reset_index(drop=True)
