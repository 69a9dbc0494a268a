"""What a run says about names that it found."""

import pytest

from nicmethods.cli.running import _say_findings
from nicmethods.site.privacy import Finding


def test_every_name_is_said_but_only_some_hints(tmp_path, capsys):
    names = [Finding("error", f"{n}.csv", "line 1", "Ada Quill", 1) for n in range(7)]
    hints = [
        Finding("warning", f"{n}/turns.csv", "text", "3 words look like names", 3, is_name=False) for n in range(8)
    ]
    assert _say_findings(tmp_path, names + hints)
    lines = capsys.readouterr().err.splitlines()
    assert sum("'Ada Quill'" in line for line in lines) == 7
    assert sum("look like names" in line for line in lines) == 5
    assert "  and 3 more files to look into before they are published" in lines
    assert "people's names stand in 7 files" in lines[-1]


@pytest.mark.parametrize("findings", [[], [Finding("warning", "a.csv", "line 1", "Hope", 1)]])
def test_warnings_do_not_forbid_to_publish(tmp_path, capsys, findings):
    assert not _say_findings(tmp_path, findings)
    assert "Do not publish" not in capsys.readouterr().err
