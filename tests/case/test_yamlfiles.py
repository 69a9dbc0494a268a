"""YAML read plainly: what a value becomes, where each key stands, and what is refused in which line."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.files.yamlfiles import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1), ("-3", -3), ("0", 0), ("1.5", 1.5), ("-.5", -0.5), ("true", True), ("False", False), ("", None),
        ("~", None), ("null", None), ("no", "no"), ("ON", "ON"), ("007", "007"), ("1e5", "1e5"), ("12:30", "12:30"),
        ("2024-01-05", "2024-01-05"), ("2024-99-99", "2024-99-99"), ("1_000", "1_000"), ("'1'", "1"), ('""', ""),
        ("9" * 5000, "9" * 5000), ("[1, a]", [1, "a"]), ("{1: a, no: b}", {"1": "a", "no": "b"}), ("=", "="),
    ],
)  # fmt: skip
def test_values(written, value):
    document, _, problems = parse_yaml(f"key: {written}\n", "x")
    assert problems == []
    assert document == {"key": value}
    assert type(document["key"]) is type(value)


def test_every_key_and_item_has_its_line():
    text = "title: Riverside\n\nwaves:\n  - id: w1\n    opened: 2024-01-05\n  -\n    id: w2\n"
    _, lines, _ = parse_yaml(text, "case.yml")
    assert lines == {
        ("title",): 1,
        ("waves",): 3,
        ("waves", 0): 4,
        ("waves", 0, "id"): 4,
        ("waves", 0, "opened"): 5,
        ("waves", 1): 7,
        ("waves", 1, "id"): 7,
    }


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ("a: 1\n\tb: 2\n", 2, "a tab stands where YAML wants blanks"),
        ("a:\n  - b\n \t- c\n", 3, "a tab stands where YAML wants blanks"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' stands twice, first in line 1"),
        ("w:\n  - {id: 1, id: 2}\n", 2, "key 'id' stands twice, first in line 2"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases"),
        ("a: *x\n", 1, "anchors and aliases"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "is not read"),
        ("a: !!int many\n", 1, "is not read"),
        ("a: !!timestamp 2024-99-99\n", 1, "is not read"),
        ("a: 'open\n", 2, "this is not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "this is not YAML"),
        ("a: b: c\n", 1, "this is not YAML"),
        ("x: 1\n? [a]\n: b\n", 2, "a key is a list"),
        ("- 1\n", 1, "holds no keys"),
        ("word\n", 1, "holds no keys"),
        ("# nothing\n", 1, "holds no keys"),
        ("a: 1\nb: \ufffe\n", 2, "a character stands here"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_what_is_refused_names_its_line(text, row, message):
    document, _, problems = parse_yaml(text, "case.yml")
    assert document is None
    assert (problems[0].level, problems[0].file, problems[0].row) == ("error", "case.yml", row)
    assert message in problems[0].message


_PLAIN = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, blacklist_categories=("Cc",), blacklist_characters="\xa0"),
    max_size=6,
)
_TREE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_PLAIN, inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(_PLAIN, _TREE, max_size=4))
def test_what_is_written_comes_back(document):
    text = json.dumps(document, indent=1, ensure_ascii=False)
    found, lines, problems = parse_yaml(text, "x")
    assert problems == []
    assert found == document
    assert all(lines[(key,)] >= 1 for key in document)


@settings(deadline=None, max_examples=50)
@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"#%@`?,\t\n .1~<=\\"), max_size=40))
def test_any_text_gives_a_mapping_or_problems(text):
    document, _, problems = parse_yaml(text, "x")
    assert (document is None) == bool(problems)


def test_read_yaml_says_what_is_wrong_with_the_bytes(tmp_path):
    path = tmp_path / "case.yml"
    path.write_bytes(b"\xef\xbb\xbftitle: x\n")
    document, _, problems = read_yaml(path, "case.yml")
    assert document == {"title": "x"}
    assert [problem.level for problem in problems] == ["warning"]
    path.write_bytes(b"title: \0\n")
    assert read_yaml(path, "case.yml")[0] is None
