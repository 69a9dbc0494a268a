"""QualCoder databases, made here with the tables that its documentation lists."""

import sqlite3

import pandas as pd
import pytest

from nicmethods.exchange.projects import codebook_from_refi
from nicmethods.exchange.qualcoder import read_qualcoder
from nicmethods.exchange.refi import read_refi, write_refi

TEXT = "We tried 😀 it.\nCould you show me how?"


def make(tmp_path, *codings, categories=((1, "help", None),), codes=((1, "asks", 1), (2, "gives", None))):
    folder = tmp_path / "study.qda"
    folder.mkdir()
    with sqlite3.connect(folder / "data.qda") as base:
        base.executescript(
            "create table source (id integer, name text, fulltext text, mediapath text);"
            "create table code_cat (catid integer, name text, owner text, memo text, supercatid integer);"
            "create table code_name (cid integer, name text, memo text, catid integer, owner text, date text, color text);"
            "create table code_text (cid integer, fid integer, seltext text, pos0 integer, pos1 integer, owner text, date text, memo text);"
            "create table code_av (avid integer);"
            "insert into source values (2, 'clip.mp4', null, '/video/clip.mp4');"
        )
        base.execute("insert into source values (1, 'm1', ?, null)", [TEXT])
        base.executemany("insert into code_cat (catid, name, supercatid) values (?, ?, ?)", categories)
        base.executemany("insert into code_name (cid, name, catid, color) values (?, ?, ?, '#FF0000')", codes)
        base.executemany("insert into code_text values (?, 1, ?, ?, ?, ?, null, ?)", codings)
    return folder


def code(words, cid=1, owner="ana", shift=0):
    start = TEXT.index(words) + shift
    return cid, words, start, start + len(words), owner, ""


def test_codings_land_on_their_words(tmp_path):
    folder = make(tmp_path, code("Could you show me how?"), code("show me", cid=2, owner="ben"), code("tried"))
    project, problems = read_qualcoder(folder, "study.qda")
    assert problems == []
    assert [TEXT[c.start : c.end] for c in project.codings.itertuples()] == [
        "Could you show me how?",
        "show me",
        "tried",
    ]
    coders = project.users.set_index("guid")["name"]
    codes = project.codes.set_index("guid")["name"]
    assert [(coders[c.user], codes[c.code]) for c in project.codings.itertuples()] == [
        ("ana", "asks"), ("ben", "gives"), ("ana", "asks"),
    ]  # fmt: skip
    assert codebook_from_refi(project.codes, id="s", title="S").ids == ("help", "gives", "asks")


def test_a_code_stands_under_a_code_and_attributes_come_along(tmp_path):
    folder = make(tmp_path, code("tried"))
    with sqlite3.connect(folder / "data.qda") as base:
        base.executescript(
            "alter table code_name add column supercid integer; update code_name set supercid = 1 where cid = 2;"
            "create table cases (caseid integer, name text, memo text); insert into cases values (1, 'Ana', '');"
            "create table attribute (attrid integer, name text, attr_type text, value text, id integer);"
            "insert into attribute values (1, 'role', 'case', 'coach', 1), (2, 'Date', 'file', '2026-01-02', 1), (3, 'x', 'case', '', 1);"
        )
    project, problems = read_qualcoder(folder, "study.qda")
    assert problems == []
    named = project.codes.set_index("guid")["name"]
    assert {code.name: named.get(code.parent) for code in project.codes.itertuples()} == {
        "help": None, "asks": "help", "gives": "asks",
    }  # fmt: skip
    assert project.variables[["variable", "value"]].to_numpy().tolist() == [["role", "coach"], ["Date", "2026-01-02"]]


def test_goes_on_to_other_programs(tmp_path):
    project, _ = read_qualcoder(make(tmp_path, code("it."), code("Could you")) / "data.qda", "data.qda")
    write_refi(project, tmp_path / "p.qdpx")
    again, problems = read_refi(tmp_path / "p.qdpx", "p.qdpx")
    assert problems == []
    for table in ("codes", "users", "sources", "codings"):
        ours, theirs = (getattr(p, table).sort_values("guid", ignore_index=True) for p in (project, again))
        pd.testing.assert_frame_equal(theirs, ours)


def test_positions_in_utf16_units(tmp_path):
    project, problems = read_qualcoder(make(tmp_path, code("show me", shift=1)), "study.qda")
    assert problems == []
    assert [TEXT[c.start : c.end] for c in project.codings.itertuples()] == ["show me"]


def test_what_has_no_place_is_said(tmp_path):
    folder = make(tmp_path, code("show me", shift=5), code("tried", cid=9), code("it."))
    with sqlite3.connect(folder / "data.qda") as base:
        base.execute("insert into code_av values (1)")
    project, problems = read_qualcoder(folder, "study.qda")
    assert len(project.codings) == 1
    assert [problem.message for problem in problems] == [
        "2 codings are left out: their words are not at their place, or their code is gone.",
        "1 codings of images, audio and video are not carried.",
    ]


def test_categories_in_a_ring(tmp_path):
    folder = make(tmp_path, code("it."), categories=((1, "a", 2), (2, "b", 1)))
    project, _ = read_qualcoder(folder, "study.qda")
    assert sorted(project.codes["name"]) == ["a", "asks", "b", "gives"]
    assert project.codes["parent"].isna().sum() == 2


@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" + bytes(200)])
def test_another_file(tmp_path, data):
    (tmp_path / "data.qda").write_bytes(data)
    project, problems = read_qualcoder(tmp_path / "data.qda", "data.qda")
    assert project is None
    assert "no QualCoder project that can be read" in problems[0].message


def test_no_file(tmp_path):
    assert "is not there" in read_qualcoder(tmp_path, "study.qda")[1][0].message
