"""Taguette databases, made here with the tables of its schema."""

import json
import sqlite3

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.exchange.projects import codebook_from_refi
from nicmethods.exchange.refi import read_refi, write_refi
from nicmethods.exchange.taguette import _Text, read_taguette

PAGE = "<p>Zoë: We <b>tried</b> 😀 it.</p>\n<p>Ann: Could you\nshow me &amp; Bo <i>how</i>?</p>"
PLAIN = (
    "Zoë: We tried 😀 it.\nAnn: Could you\nshow me & Bo how?"  # what Taguette counts: text nodes, one line end between
)


def make(tmp_path, *highlights, projects=("Study",)):
    path = tmp_path / "project.sqlite3"
    with sqlite3.connect(path) as base:
        base.executescript(
            "create table projects (id integer, name text, description text, created text);"
            "create table documents (id integer, name text, description text, filename text, created text, project_id integer,"
            " text_direction text, contents text);"
            "create table tags (id integer, project_id integer, path text, description text);"
            "create table highlights (id integer, document_id integer, start_offset integer, end_offset integer, snippet text);"
            "create table highlight_tags (highlight_id integer, tag_id integer);"
            "create table commands (id integer, date text, user_login text, project_id integer, document_id integer, payload text);"
        )
        for n, title in enumerate(projects, start=1):
            base.execute("insert into projects values (?, ?, '', '')", [n, title])
            base.execute("insert into documents values (?, 'm1', '', '', '', ?, 'LEFT_TO_RIGHT', ?)", [n, n, PAGE])
            base.executemany(
                "insert into tags values (?, ?, ?, ?)",
                [(10 * n, n, "help.request", "asks"), (10 * n + 1, n, "shares", "")],
            )
        for n, (start, end, snippet, tags, who) in enumerate(highlights, start=1):
            base.execute("insert into highlights values (?, 1, ?, ?, ?)", [n, start, end, snippet])
            base.executemany("insert into highlight_tags values (?, ?)", [(n, tag) for tag in tags])
            payload = json.dumps({"type": "highlight_add", "highlight_id": n})
            base.execute("insert into commands values (?, '', ?, 1, 1, ?)", [n, who, payload])
        base.execute("insert into commands values (99, '', 'zed', 1, null, 'no json')")
    return path


def mark(words, snippet=None, tags=(10,), who="ana", shift=0):
    start = len(PLAIN[: PLAIN.index(words)].encode())
    return start + shift, start + shift + len(words.encode()), snippet or words, tags, who


def test_highlights_land_on_their_words(tmp_path):
    path = make(
        tmp_path,
        mark("tried 😀 it", "<b>tried</b> 😀 it"),
        mark("show me & Bo how", "show me &amp; Bo <i>how</i>", tags=(10, 11), who="ben"),
        mark("it.\nAnn", "<p>it.</p>\n<p>Ann</p>", tags=(11,)),
    )
    project, problems = read_taguette(path, "project.sqlite3")
    assert problems == []
    text = project.sources["text"][0]
    assert text.split("\n") == ["Zoë: We tried 😀 it.", "Ann: Could you show me & Bo how?"]
    coders, codes = (table.set_index("guid")["name"] for table in (project.users, project.codes))
    assert [(coders[c.user], codes[c.code], text[c.start : c.end]) for c in project.codings.itertuples()] == [
        ("ana", "help.request", "tried 😀 it"),
        ("ben", "help.request", "show me & Bo how"),
        ("ben", "shares", "show me & Bo how"),
        ("ana", "shares", "it.\nAnn"),
    ]
    assert codebook_from_refi(project.codes, id="s", title="S").codes[0].definition == "asks"


def test_goes_on_to_other_programs(tmp_path):
    project, _ = read_taguette(make(tmp_path, mark("Could you"), mark("😀", tags=(10, 11))), "p")
    write_refi(project, tmp_path / "p.qdpx")
    again, problems = read_refi(tmp_path / "p.qdpx", "p.qdpx")
    assert problems == []
    for table in ("codes", "users", "sources", "codings"):
        ours, theirs = (getattr(p, table).sort_values("guid", ignore_index=True) for p in (project, again))
        pd.testing.assert_frame_equal(theirs, ours)


def test_what_has_no_place_is_said(tmp_path):
    path = make(tmp_path, mark("tried", shift=2), mark("it"), mark("Ann", tags=()), mark("me", tags=(99,)))
    project, problems = read_taguette(path, "p")
    assert len(project.codings) == 1
    assert [problem.message for problem in problems] == [
        "2 highlights have no tag and are left out.",
        "1 highlights are left out: their words are not at their place.",
    ]


def test_one_of_several_projects(tmp_path):
    path = make(tmp_path, mark("it"), projects=("One", "Two"))
    none, problems = read_taguette(path, "p")
    assert none is None
    assert "The database holds: One, Two." in problems[0].message
    project, _ = read_taguette(path, "p", project="Two")
    assert (project.name, len(project.sources), len(project.codings), len(project.codes)) == ("Two", 1, 0, 2)


@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" + bytes(200)])
def test_another_file(tmp_path, data):
    (tmp_path / "p.sqlite3").write_bytes(data)
    project, problems = read_taguette(tmp_path / "p.sqlite3", "p")
    assert project is None
    assert "no Taguette database that can be read" in problems[0].message


@given(st.lists(st.text("aé😀 &<", min_size=1, max_size=6), min_size=1, max_size=5), st.data())
@settings(max_examples=80, deadline=None)
def test_any_words_are_found_by_their_bytes(paragraphs, data):
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in paragraphs]
    page, plain = _Text("".join(f"<p>{text}</p>\n" for text in escaped)), "\n".join(paragraphs)
    start = data.draw(st.integers(0, len(plain)))
    end = data.draw(st.integers(start, len(plain)))
    words = plain[start:end]
    span = page.span(
        *(len(plain[:at].encode()) for at in (start, end)), words.replace("&", "&amp;").replace("<", "&lt;")
    )
    if words.split():
        assert "".join(page.text[slice(*span)].split()) == "".join(words.split())
    else:
        assert span is None


def test_a_tag_stands_under_the_tag_that_its_path_begins_with(tmp_path):
    path = make(tmp_path, mark("Could you", tags=(10, 12)))
    with sqlite3.connect(path) as base:
        base.execute("insert into tags values (12, 1, 'help', '')")
    project, problems = read_taguette(path, "p")
    assert problems == []
    codes = project.codes.set_index("guid")
    assert [(code.name, codes["name"].get(code.parent)) for code in codes.itertuples()] == [
        ("shares", None), ("help", None), ("request", "help"),
    ]  # fmt: skip
