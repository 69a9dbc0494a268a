"""Codebooks: what is read, and every way a file can be wrong."""

from pathlib import Path

import pytest

from nicmethods.case.codebook import load_codebook, parse_codebook
from nicmethods.errors import CaseError

SHIPPED = Path(__file__).parents[2] / "codebooks"
CODE = """
  - id: c1
    name: One
    definition: What it is.
    use_when: Then.
    not_when: Otherwise.
    examples: [A, B]
    patterns: ["we tried|used ... it?"]
"""
GOOD = f"id: b\ntitle: B\ncodes:{CODE}"


def test_the_help_codebook_is_complete():
    book = load_codebook(SHIPPED / "help.yml")
    assert book.ids[:3] == ("help_request", "help_given", "shared_practice")
    for code in book.codes:
        assert code.definition
        assert code.use_when
        assert code.not_when
        assert len(code.examples) == 2
        assert code.patterns


def test_a_good_codebook_is_read_whole():
    book, problems = parse_codebook(GOOD, name="b.yml")
    assert problems == []
    assert book["c1"].examples == ("A", "B")
    assert book["c1"].patterns == ("we tried|used ... it?",)
    assert "c1" in book
    assert "c2" not in book


@pytest.mark.parametrize(
    ("text", "row", "said"),
    [
        ("", None, "no keys"),
        ("- a\n", 1, "no keys"),
        (GOOD.replace("title: B", "title: B\ntitle: C"), 3, "key 'title' stands twice, first in line 2"),
        (GOOD.replace("    name: One", "\tname: One"), 5, "a tab stands where YAML wants blanks"),
        (GOOD.replace("use_when", "use_wehn"), 7, "unknown key 'codes.0.use_wehn'. Did you mean 'use_when'?"),
        (GOOD.replace("title: B\n", ""), None, "key 'title' is missing"),
        (GOOD + CODE.lstrip("\n"), 11, "code 'c1' is defined twice, first in row 4"),
        (GOOD.replace("id: c1", "id: c 1"), 4, "id 'c 1' must be letters"),
        (GOOD.replace("name: One", "name: [12]"), 5, "'codes.0.name' must be text"),
        (
            GOOD.replace("name: One", "name: One\n    parent: c9"),
            6,
            "'parent' of code 'c1' is 'c9', which is no code of this codebook",
        ),
        (
            GOOD.replace("name: One", "name: One\n    parent: c1"),
            6,
            "'parent' of code 'c1' is 'c1', which hangs on this code itself",
        ),
        (GOOD.replace("[A, B]", "A"), 9, "'codes.0.examples' is 'A'; it must be a list"),
        (GOOD.replace("codes:", "codes: none\nother:"), 3, "'codes' is 'none'; it must be a list"),
        (GOOD.replace("we tried|used ... it?", "... it"), 10, "phrase '... it' must be words"),
        (GOOD.replace('"we tried|used ... it?"', "[{LEMMA: try}]"), 10, "'LEMMA' needs a language model"),
        (GOOD.replace('"we tried|used ... it?"', "[{LOVER: try}]"), 10, "unknown pattern key 'LOVER'"),
        (GOOD.replace('"we tried|used ... it?"', "12"), 10, "a pattern must be a phrase or a list"),
    ],
)
def test_each_fault_is_named_with_its_line(text, row, said):
    book, problems = parse_codebook(text, name="b.yml")
    assert book is None
    found = [problem for problem in problems if said in problem.message]
    assert found, [str(problem) for problem in problems]
    assert row is None or row in {problem.row for problem in found}
    assert {problem.file for problem in problems} == {"b.yml"}


def test_all_faults_come_at_once():
    _, problems = parse_codebook(GOOD.replace("title: B", "tittle: B").replace("[A, B]", "A"), name="b.yml")
    assert len(problems) == 3


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    (tmp_path / "b.yml").write_bytes(b"id: \xff\xfe\x00")
    for name in ("b.yml", "none.yml"):
        with pytest.raises(CaseError, match="cannot run: 1 error"):
            load_codebook(tmp_path / name)
