"""What is left out by exclude: is gone from every table, and its names are still looked for; who answered may be said in case.yml."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nicmethods as nic
from nicmethods.case.folder import load_case, read_case, read_identities
from nicmethods.case.people import find_names
from nicmethods.case.published import public_turns, published_problems
from nicmethods.case.summary import case_summary, withdrawn
from nicmethods.cli import app
from nicmethods.errors import CaseError

DEMO = Path(__file__).parents[2] / "data" / "demo"
TABLES = (
    "roster", "ties", "responses", "activities", "attendance", "turns", "codings", "coverage", "adjudicated", "suggestions",
    "attributes", "ledger",
)  # fmt: skip


@pytest.fixture
def demo(tmp_path):
    def made(line):
        folder = tmp_path / "data" / "demo"
        shutil.copytree(DEMO, folder)
        (folder / "attributes.csv").write_text(
            "actor,wave,name,value\nE02,W1,trust,3.5\nE03,W1,trust,4\nE03,W3,trust,5\n"
        )
        with (folder / "case.yml").open("a") as file:
            file.write(line + "\n")
        return folder

    return made


def holds(case, word):
    """Tables that hold an id as a cell, or as a part of one."""
    return [
        name
        for name in TABLES
        if getattr(case, name)
        .astype("str")
        .apply(lambda column: column.str.contains(rf"\b{word}\b", regex=True))
        .any(axis=None)
    ]


def test_a_person_is_gone_from_every_table_and_the_time_line_stays(demo):
    plain = load_case(DEMO)
    case = load_case(demo("exclude: {people: [E02]}"))
    assert holds(plain, "E02")
    assert holds(case, "E02") == []
    silent = case.turns["text"] == "[withheld]"
    assert silent.sum() == (plain.turns["actor"] == "E02").sum() > 0
    assert case.turns.loc[silent, ["actor", "speaker"]].isna().all(axis=None)
    assert case.turns[["activity", "turn", "start_s", "position"]].equals(
        plain.turns[["activity", "turn", "start_s", "position"]]
    )
    coded = set(zip(case.codings["activity"], case.codings["turn"], strict=True))
    assert not coded & set(zip(case.turns.loc[silent, "activity"], case.turns.loc[silent, "turn"], strict=True))
    assert len(case.survey.roster) == len(plain.roster) - 1
    assert len(case.meetings.turns) == len(plain.turns)


def test_the_page_says_how_many_and_not_who(demo):
    case = load_case(demo("exclude: {people: [E02, E08]}"))
    n = (load_case(DEMO).turns["actor"].isin(["E02", "E08"])).sum()
    said = f"2 people and {n} turns are withheld (exclude: in case.yml)."
    assert said in case_summary(case)["gaps"]
    assert said in [problem.message for problem in published_problems(case)]
    assert "E02" not in str(case_summary(case))


def test_the_name_of_a_withheld_person_is_still_looked_for(demo):
    folder = demo("exclude: {people: [E02]}")
    name = load_case(DEMO).roster.set_index("actor")["name"]["E02"]
    given = name.split()[0]
    case = load_case(folder)
    assert {kind for _, kind, _ in find_names(f"{name} and {given}", case.roster, case.people)} <= {
        "alias",
        "full",
        "word",
    }
    assert len(find_names(f"{name} and {given}", case.roster, case.people)) == 2
    assert not public_turns(case)["text"].str.contains(rf"\b{given}\b").any()
    _, roster, _ = read_identities(folder)
    assert "E02" in set(roster["actor"])


@pytest.mark.parametrize(
    ("line", "word", "gone"),
    [
        ("exclude: {waves: [W3]}", "W3", ("ties", "responses", "attributes")),
        ("exclude: {activities: [A2]}", "A2", ("activities", "turns", "codings", "attendance", "coverage")),
        ("exclude: {roles: [hub]}", "R1", ("roster", "ties", "attendance")),
        ("exclude: {roles: [researcher]}", "R1", ("roster", "ties", "attendance")),
    ],
)
def test_waves_activities_and_roles_may_be_left_out(demo, line, word, gone):
    plain, case = load_case(DEMO), load_case(demo(line))
    assert holds(case, word) == []
    assert word not in case.wave_order
    for name in gone:
        assert len(getattr(case, name)) > 0
        if name != "attributes":
            assert word in str(getattr(plain, name).to_dict())


def test_a_relation_may_be_left_out(demo):
    folder = demo("exclude: {relations: [trust]}")
    config = (
        (folder / "case.yml").read_text().replace("  asked: all\n", "  asked: all\n- name: trust\n  threshold: 1\n")
    )
    (folder / "case.yml").write_text(config)
    with (folder / "ties.csv").open("a") as file:
        file.write("W1,E01,E02,1,trust\n")
    case = load_case(folder)
    assert case.relations["relation"].tolist() == ["help"]
    assert set(case.ties["relation"]) == {"help"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("exclude: {people: [E99]}", "'exclude.people' is 'E99', who is not in the roster."),
        ("exclude: {waves: [W9]}", "'exclude.waves' is 'W9', which is no wave of case.yml."),
        ("exclude: {activities: [a1]}", "'exclude.activities' is 'a1', which is no activity. Add it there or correct it here. Did you mean 'A1'?"),
        ("exclude: {roles: [hub, member]}", "exclude: leaves nobody."),
        ("exclude: {person: [E01]}", "unknown key 'exclude.person'. Known keys: activities, people, relations, roles, waves."),
    ],
)  # fmt: skip
def test_what_cannot_be_left_out_is_said(demo, line, message):
    with pytest.raises(CaseError, match="demo") as error:
        load_case(demo(line))
    assert message in str(error.value)


def test_withdrawing_after_publication_says_which_files_held_the_person(demo):
    folder = demo("exclude: {people: [E02]}")
    reports = folder.parents[1] / "reports" / "demo"
    (reports / "tables").mkdir(parents=True)
    (reports / "tables" / "ties.csv").write_text("source,target\nE02,E03\n")
    (reports / "tables" / "clean.csv").write_text("source,target\nE020,E03\n")
    (reports / "index.html").write_text("<p>Tamsel Orrick was named</p>")
    lines = withdrawn(folder)
    assert [line.split(" was")[0] for line in lines] == ["demo/index.html", "demo/tables/ties.csv"]
    (folder.parents[1] / "notebooks").mkdir()
    said = CliRunner().invoke(app, ["check", str(folder)]).output
    assert "  withdrawn  demo/tables/ties.csv was published and holds somebody who is withheld now." in said


def test_attributes_stand_by_wave_and_are_checked(demo):
    folder = demo("# nothing left out")
    case = load_case(folder)
    assert case.attributes.to_numpy().tolist() == [
        ["E02", "W1", "trust", "3.5"],
        ["E03", "W1", "trust", "4"],
        ["E03", "W3", "trust", "5"],
    ]
    (folder / "attributes.csv").write_text("actor,wave,name,value\nE99,W9,trust,3\nE01,W1,trust,3\nE01,W1,trust,4\n")
    _, problems = read_case(folder)
    said = " ".join(problem.message for problem in problems if problem.file == "attributes.csv")
    for words in ("'E99', who is not in roster.csv", "'W9', which is no wave", "stands in row 3 already"):
        assert words in said


SMALL = {
    "case.yml": "title: S\nwaves: [{id: w1}, {id: w2}]\nrelations: [{name: help}]\n",
    "roster.csv": "actor\nA\nB\nC\n",
    "ties.csv": "wave,source,target,weight\nw1,A,B,2\nw1,B,A,0\nw1,B,C,0\nw2,A,B,1\n",
}


@pytest.mark.parametrize(
    ("line", "first", "second"),
    [
        ("", "AB", "A"),  # an explicit zero is an answer
        ("responses: all", "ABC", "ABC"),
        ("responses: [A, B]", "AB", "AB"),
        ("responses: {w1: all, w2: [A, C]}", "ABC", "AC"),
        ("responses: {w2: [A, C]}", "AB", "AC"),
    ],
)
def test_who_answered(tmp_path, line, first, second):
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text + (line + "\n" if name == "case.yml" else ""))
    case = load_case(tmp_path)
    rows = case.responses[case.responses["responded"]]
    assert ["".join(rows.loc[rows["wave"] == wave, "actor"]) for wave in ("w1", "w2")] == [first, second]


def test_who_is_said_not_to_have_answered_cannot_name_anybody(tmp_path):
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text + ("responses: {w1: [B]}\n" if name == "case.yml" else ""))
    _, problems = read_case(tmp_path)
    assert any(
        "A is listed as not having answered in wave 'w1' but names people there" in one.message for one in problems
    )


def test_equal_problems_are_said_once_with_their_first_places(tmp_path):
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text)
    rows = "".join(f"w{n},A,B,1,advice\n" for n in (1, 2)) + "".join(
        f"w1,{a},{b},1,advice\n" for a in "ABC" for b in "ABC" if a != b
    )
    (tmp_path / "ties.csv").write_text("wave,source,target,weight,relation\n" + rows)
    with pytest.raises(CaseError) as error:
        load_case(tmp_path)
    lines = [line for line in str(error.value).splitlines() if "no relation of case.yml" in line]
    assert len(lines) == 1
    assert lines[0].endswith("(7 times: ties.csv row 2, ties.csv row 3, ties.csv row 5, …)")


def test_a_case_is_loaded_by_its_name(tmp_path, monkeypatch):
    folder = tmp_path / "data" / "small"
    folder.mkdir(parents=True)
    for name, text in SMALL.items():
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert nic.load_case("small").name == "small"
    with pytest.raises(CaseError, match="Cases here: small"):
        nic.load_case("smal")
