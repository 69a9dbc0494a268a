"""Three networks, one of them read with another codebook, that can be recounted."""

from pathlib import Path

import pandas as pd
import pytest

from nicmethods.across.development import ACTIONS, DEVELOPMENT, strategic_actions
from nicmethods.case.codebook import load_codebook
from nicmethods.tables import RUN_TABLES

CODEBOOKS = Path(__file__).parents[2] / "codebooks"
BOOK = {"technical.data": "Data systems", "social.coaching": "Coaching", "context.turnover": "Turnover", "idea": "Idea"}
SUMMARIES = {case: {"codes": BOOK} for case in ("high", "low", "unread", "unrated")} | {"other": {"codes": {"x": "X"}}}


def codings(*rows):
    return pd.DataFrame(rows, columns=["case", "activity", "turn", "code"])


@pytest.fixture
def tables():
    read = [("high", "m1"), ("high", "m1"), ("high", "m2"), ("low", "m1"), ("other", "m1"), ("unrated", "m1")]
    return {
        "coverage": pd.DataFrame(read, columns=["case", "activity"]),
        "codings": codings(
            ("high", "m1", "1", "technical.data"),
            ("high", "m1", "1", "technical.data"),
            ("high", "m2", "4", "technical.data"),
            ("low", "m1", "2", "context.turnover"),
            ("low", "m1", "2", "idea"),
            ("unread", "m1", "2", "social.coaching"),
        ),
    }


@pytest.fixture
def rated():
    levels = {"high": "Most", "low": "Least", "unread": "Most", "other": "Dev (Low)"}
    return pd.DataFrame({"case": levels, "development": levels}).assign(case=list(levels), domain="overall")


def test_every_share_can_be_recounted(tables, rated):
    found = strategic_actions(tables, SUMMARIES, rated)
    RUN_TABLES["strategic_actions"].schema().validate(found, lazy=True)
    cells = found.set_index(["code", "development"])
    assert set(found["code"]) == {"technical.data", "social.coaching"}
    data = cells.loc["technical.data"]
    assert data[["n", "n_with", "n_turns", "n_activities"]].to_numpy().tolist() == [
        [1, 1, 2, 2],
        [1, 0, 0, 1],
        [1, 0, 0, 1],
    ]
    assert data.index.tolist() == ["most developed", "least developed", "not rated"]
    assert data.loc["most developed", "networks"] == "high"
    assert pd.isna(data.loc["least developed", "networks"])
    assert data.loc["most developed", "low"] == pytest.approx(0.025), "one network of one is little to go by"
    assert data.loc["least developed", "high"] == pytest.approx(0.975)


def test_talk_that_nobody_read_or_read_for_something_else_counts_for_nothing(tables, rated):
    found = strategic_actions(tables, SUMMARIES, rated)
    coaching = found[found["code"] == "social.coaching"]
    assert coaching["n_with"].sum() == 0, "the only coding of it stands where nobody is known to have read"
    assert coaching["n"].sum() == 3
    assert "in between" not in set(found["development"]), "the other network was read with another codebook"


def test_other_domains_can_be_asked_for(tables, rated):
    found = strategic_actions(tables, SUMMARIES, rated, domains=["context"]).set_index("development")
    assert found.loc["least developed", ["code", "n_with"]].tolist() == ["context.turnover", 1]
    assert strategic_actions(tables, SUMMARIES, rated, domains=["no_such"]).empty
    assert strategic_actions({}, {}, rated.iloc[:0]).empty


def test_the_shipped_codebook_has_the_domains_that_count():
    book = load_codebook(CODEBOOKS / "strategic_actions.yml")
    domains = [code.split(".")[0] for code in book.ids]
    assert list(dict.fromkeys(domains)) == [*ACTIONS, "context"]
    assert all(len(code.examples) == 2 for code in book.codes)
    assert DEVELOPMENT[-1] == "not rated"
