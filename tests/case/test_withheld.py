"""Small cells: what is withheld, what is shown, and that nothing downstream shows it again."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nicmethods as nic
from nicmethods.case.excluded import few, withhold_few
from nicmethods.case.folder import load_case, read_identities
from nicmethods.case.published import public_actors
from nicmethods.case.summary import case_summary

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def people(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"actor": [f"E{i:02}" for i in range(n)], "name": [f"N{i}" for i in range(n)], **columns})


@pytest.mark.parametrize(
    ("counts", "min_cell", "withheld"),
    [
        ({"a": 5, "b": 5}, 5, []),
        ({"a": 9, "b": 8, "c": 4}, 5, ["c", "b"]),
        ({"a": 9, "b": 3, "c": 2}, 5, ["c", "b"]),
        ({"a": 9, "b": 6, "c": 1, "d": 1}, 5, ["c", "d", "b"]),
        ({"a": 20, "b": 4}, 5, ["b", "a"]),
        ({"a": 4}, 5, ["a"]),
        ({}, 5, []),
    ],
)
def test_small_values_and_their_complements_hand_counted(counts, min_cell, withheld):
    values = pd.Series([value for value, n in counts.items() for _ in range(n)], dtype="str")
    assert few(values, min_cell=min_cell) == withheld


@given(st.lists(st.sampled_from([*"abcdef", None]), max_size=60), st.integers(0, 12))
def test_no_shown_cell_is_small_and_none_comes_back_by_subtraction(values, min_cell):
    roster = people(site=pd.Series(values, dtype="str"))
    shown, problems = withhold_few(roster, min_cell=min_cell, file="roster.csv")
    counts, all_counts = shown["site"].value_counts(), roster["site"].value_counts()
    assert (counts >= min_cell).all()
    gone = all_counts.drop(counts.index)
    assert (all_counts[counts.index] == counts).all()
    if len(gone):
        assert len(counts) == 0 or (len(gone) >= 2 and gone.sum() >= min_cell)
        assert f"withheld for {gone.sum()} people" in problems[0].message
    else:
        assert problems == []
    assert shown["site"].isna().sum() == roster["site"].isna().sum() + gone.sum()


@given(st.permutations(list(range(12))))
def test_the_order_of_people_does_not_matter(order):
    roster = people(site=list("aaaaabbbbccd"))
    shown, _ = withhold_few(roster, min_cell=3, file="roster.csv")
    again, _ = withhold_few(roster.iloc[order], min_cell=3, file="roster.csv")
    pd.testing.assert_frame_equal(again.sort_index(), shown)


def test_every_attribute_is_looked_at_but_no_ids_names_and_dates():
    dates = pd.Series(pd.date_range("2024-01-01", periods=6))
    roster = people(site=["n"] * 6, role=["t"] * 3 + ["p"] * 3, years=range(6), joined=dates)
    shown, problems = withhold_few(roster, min_cell=4, file="people.xlsx")
    assert [problem.field for problem in problems] == ["role", "years"]
    assert {problem.file for problem in problems} == {"people.xlsx"}
    assert shown["years"].isna().all()
    pd.testing.assert_frame_equal(
        shown[["actor", "name", "joined", "site"]], roster[["actor", "name", "joined", "site"]]
    )


@pytest.mark.parametrize("min_cell", [0, 1])
def test_nothing_is_withheld_by_default(min_cell):
    roster = people(site=["a", "b"])
    assert withhold_few(roster, min_cell=min_cell, file="roster.csv") == (roster, [])


def test_people_who_stand_out_by_a_combination_are_counted_not_named():
    roster = people(site=["n"] * 5 + ["s"] * 5, role=["t"] * 4 + ["p"] * 1 + ["t"] * 1 + ["p"] * 4)
    shown, problems = withhold_few(roster, min_cell=3, file="roster.csv")
    assert [problem.message.split(".")[0] for problem in problems] == [
        "2 people share their site, role taken together with fewer than 2 others"
    ]
    pd.testing.assert_frame_equal(shown, roster)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """The demo with small cells withheld: six sites of three to five people, and nine people who are no teachers."""
    folder = shutil.copytree(DEMO, tmp_path_factory.mktemp("few") / "demo")
    with (folder / "case.yml").open("a") as file:
        file.write("\nprivacy: {min_cell: 5}\n")
    return load_case(folder)


def test_a_case_is_read_without_its_small_cells_and_says_so(case):
    assert case.roster["site"].value_counts().to_dict() == {"Esker High": 5}
    assert case.roster["role"].value_counts().to_dict() == {"teacher": 15}
    said = [problem.field for problem in case.problems if "withheld" in problem.message]
    assert said == ["level", "role", "site"]
    assert case_summary(case)["n_sites"] == 1
    actors = public_actors(case)
    assert min(actors[column].value_counts().min() for column in ("site", "role", "group")) >= 5
    assert actors["level"].isna().all()
    _, roster, _ = read_identities(case.path)
    assert roster["role"].nunique() == 4


def test_tables_that_count_by_attribute_show_no_small_cell(case):
    mixing = nic.network.mixing(case.survey, seed=1, by=["site", "role"], n_permutations=20)
    shown = set(mixing.select_dtypes("str").melt()["value"])
    assert {"Esker High", "teacher"} <= shown
    hidden = {"Alder Elementary", "Brook Elementary", "Hub", "principal", "coach", "researcher"}
    changes = nic.network.dyad_change(case.survey)
    scopes = set(nic.network.change(case.survey)["scope"])
    assert scopes == {"all", "within", "across", "teacher > teacher"}
    assert set(changes["role_pair"].dropna()) == {"teacher > teacher"}
    placed = case.roster.set_index("actor")["site"].notna()
    scoped = changes[changes["scope"].notna()]
    assert placed[scoped["source"]].all()
    assert placed[scoped["target"]].all()
    assert not hidden & (shown | scopes | set(public_actors(case).melt()["value"]))
