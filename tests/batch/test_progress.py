"""What a person who waits sees, and the log that may be sent."""

import io

import pytest

from nicmethods.batch.plan import Run, plan_runs
from nicmethods.batch.progress import LOG, Progress, error_places, said_of
from nicmethods.batch.run import Event, only_batch, run_batch
from nicmethods.errors import RunError
from nicmethods.results import ACROSS


def runs_of(study, *cases):
    paths = [study / "notebooks" / f"{name}.ipynb" for name in ("01", "02")]
    found = [Run(case, study / "data" / case, path, study / "reports") for case in cases for path in paths]
    return [*found, Run(ACROSS, None, study / "notebooks" / "04.ipynb", study / "reports")]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_cases_are_counted_and_the_time_left_comes_from_what_ran(study):
    runs, now = runs_of(study, "a", "b", "c", "d"), [100.0]
    with Progress(runs, engine="nicmethods", workers=1, stream=io.StringIO(), clock=lambda: now[0]) as progress:
        assert progress.said == "0 of 4 cases done, 0 failed, 4 left"
        for run, status in zip(runs[:2], ("unchanged", "unchanged"), strict=True):
            progress.on_event(Event("finished", run, status, 1.0))
        assert progress.said == "1 of 4 cases done, 0 failed, 3 left", "what did not run says nothing of the time left"
        for run, status in ((runs[2], "ok"), (runs[3], "failed")):
            progress.on_event(Event("started", run))
            now[0] += 30
            progress.on_event(Event("finished", run, status, 30.0, "cell 3: ValueError: x"))
        assert progress.said == "2 of 4 cases done, 1 failed, 2 left, about 2 min to go", "30 s for each of 5 runs"
        for run in runs[4:]:
            progress.on_event(Event("finished", run, "ok", 30.0))
        assert progress.said == "4 of 4 cases done, 1 failed, 0 left"


def test_where_there_is_no_terminal_lines_are_few_and_plain(study):
    runs, stream = runs_of(study, *(f"c{n:03}" for n in range(200))), io.StringIO()
    with Progress(runs, engine="nicmethods", workers=1, stream=stream) as progress:
        for run in runs:
            progress.on_event(Event("started", run))
            failed = run.case == "c007"
            progress.on_event(Event("finished", run, "failed" if failed else "ok", 0.1, "cell 1: [red]Odd" * failed))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "failed    c007 01 cell 1: [red]Odd"
    assert len(lines) == 10 + 2
    assert lines[-1].startswith("200 of 200 cases done, 1 failed")
    assert "\x1b" not in stream.getvalue()


def test_on_a_terminal_there_is_a_bar_and_failures_stay(study):
    stream = Terminal()
    runs = runs_of(study, "a")
    with Progress(runs, engine="nicmethods", workers=1, stream=stream) as progress:
        for run in runs:
            progress.on_event(Event("finished", run, "failed" if run is runs[0] else "ok", 0.1, "cell 1: Odd"))
    text = stream.getvalue()
    assert "\r" in text
    assert "1 of 1 cases done, 1 failed" in text
    assert "failed    a 01 cell 1: Odd" in text


def test_the_log_tells_everything_but_words_and_folders(study, add_notebook):
    said = "def inner():\n    raise ValueError('Ada Quill said nothing')  # Ada Quill\ninner()"
    runs = plan_runs(
        [study / "data" / "tiny"], [add_notebook("01", said), add_notebook("02", "1")], reports=study / "reports"
    )
    with Progress(runs, engine="nicmethods", workers=2, stream=io.StringIO()) as progress:
        run_batch(runs, on_event=progress.on_event)
    log = (study / "reports" / LOG).read_text()
    assert "Ada" not in log
    assert "Quill" not in log
    assert str(study) not in log
    assert "failed    tiny 01 " in log
    assert "cell 3: ValueError\n" in log
    assert "ok        tiny 02 " in log
    assert log.count("started   ") == 2
    assert "In[3] line 2 inner" in log, "the line in the function"
    for fact in (
        "nicmethods 0",
        "pandas ",
        "plan: 1 cases, 2 runs of 01, 02; 2 at once, engine nicmethods",
        "processors",
    ):
        assert fact in log


def stopped(progress, run):
    with progress:
        progress.on_event(Event("started", run))
        raise KeyboardInterrupt


def test_a_batch_that_is_stopped_says_so_in_its_log(study):
    runs = runs_of(study, "a", "b")
    with pytest.raises(KeyboardInterrupt):
        stopped(Progress(runs, engine="stock", workers=1, stream=io.StringIO()), runs[0])
    last = "stopped (KeyboardInterrupt): 0 of 2 cases done, 0 failed, 2 left\n"
    assert (study / "reports" / LOG).read_text().endswith(last)


def test_a_second_batch_leaves_the_log_of_the_first(study, add_notebook):
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", "1")], reports=study / "reports")
    (study / "reports").mkdir()
    (study / "reports" / LOG).write_text("the first's")
    with (
        only_batch(study / "reports"),
        Progress(runs, engine="stock", workers=1, stream=io.StringIO()) as progress,
        pytest.raises(RunError, match="Another batch"),
    ):
        run_batch(runs, on_event=progress.on_event)
    assert (study / "reports" / LOG).read_text() == "the first's"


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        ("cell 4: KeyError: 'Ada'", "cell 4: KeyError"),
        ("cell 4: MemoryError", "cell 4: MemoryError"),
        ("its process was ended (code -9) Ada said", "its process was ended (code -9)"),
        ("cell 3: its process was ended (code -9) Ada said", "cell 3: its process was ended (code -9)"),
        ("the case cannot be read: ties.csv row 3: '…' is not in roster.csv", "the case cannot be read: ties.csv row 3: '…' is not in roster.csv"),
        ("", ""),
    ],
)  # fmt: skip
def test_of_an_error_the_type_is_kept(error, kept):
    assert said_of(error) == kept


@pytest.mark.parametrize("text", ["", "no json", '{"cells": []}'])
def test_a_notebook_without_an_error_has_no_places(tmp_path, text):
    (tmp_path / "a.ipynb").write_text(text)
    assert error_places(tmp_path / "a.ipynb") == []
    assert error_places(tmp_path / "none.ipynb") == []
