"""The page for people who come from UCINET, sna and statnet is run, and keeps its promise of three lines."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "from_ucinet.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_every_answer_runs_and_says_what_the_page_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = "\n\n".join(BLOCK.findall(PAGE))
    page = doctest.DocTestParser().get_doctest(blocks, {}, "from_ucinet.md", "docs/from_ucinet.md", 0)
    failed = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(page, out=failed.append)
    assert len(page.examples) == PAGE.count("\n>>> ")
    assert not failed, "".join(failed)


def test_there_are_thirty_questions_of_at_most_three_lines():
    questions = re.split(r"\n\*\*\d+\. ", PAGE.split("## What is not here")[0])[1:]
    assert len(questions) == 30
    for question in questions:
        (block,) = BLOCK.findall(question)
        assert 1 <= len(re.findall(r"^(?:>>>|\.\.\.)", block, re.MULTILINE)) <= 3, question
