import pytest

from nicmethods.case.config import CaseConfig
from nicmethods.files.yamlfiles import checked, parse_yaml

GOOD = """\
title: A case
waves:
  - {id: w1, opened: 2026-01-12, closed: 2026-01-16}
  - {id: 2, opened: 2026-04-13}
relations:
  - {name: help, threshold: 2, scale: {0: never, 1: weekly}, asked: {within: site}}
roles: {hub: [researcher], member: [teacher]}
"""


def parsed(text):
    document, lines, problems = parse_yaml(text, "case.yml")
    assert problems == []
    return checked(CaseConfig, document, "case.yml", lines)


def test_reads_what_it_documents():
    config, problems = parsed(GOOD)
    assert problems == []
    assert [wave.id for wave in config.waves] == ["w1", "2"]
    assert config.relations[0].asked.within == "site"
    assert config.relations[0].scale == {0: "never", 1: "weekly"}


@pytest.mark.parametrize(
    ("old", "new", "row", "message"),
    [
        ("title: A case", "titel: A case", 1, "unknown key 'titel'. Did you mean 'title'?"),
        ("threshold: 2", "threshhold: 2", 6, "unknown key 'relations.0.threshhold'. Did you mean 'threshold'?"),
        ("threshold: 2", "threshold: 0", 6, "'relations.0.threshold' is '0'"),
        ("threshold: 2", "threshold: two", 6, "'relations.0.threshold' is 'two'"),
        ("within: site", "wihtin: site", 6, "Did you mean 'within'?"),
        ("closed: 2026-01-16", "closed: 2026-01-02", 3, "wave 'w1' closes (2026-01-02) before it opens (2026-01-12)"),
        ("id: 2,", "id: w1,", None, "wave 'w1' stands twice"),
        ("2026-04-13", "2026-01-14", None, "wave '2' (2026-01-14) begins before wave 'w1' ends (2026-01-16)"),
        ("2026-04-13", "13.4.2026", 4, "'waves.1.opened' is '13.4.2026'"),
    ],
)
def test_says_what_is_wrong_and_where(old, new, row, message):
    assert old in GOOD
    config, problems = parsed(GOOD.replace(old, new))
    assert config is None
    found = [problem for problem in problems if message in problem.message]
    assert len(found) == 1
    assert found[0].row == row


def test_gives_all_problems_at_once():
    text = GOOD.replace("title: A case", "titel: A case").replace("threshold: 2", "threshold: two")
    assert {problem.field for problem in parsed(text)[1]} == {"titel", "title", "relations.0.threshold"}
