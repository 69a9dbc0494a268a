"""The desk in a real JupyterLab and a real Chromium: keys, kernels, modes and themes."""

import csv
import os
import re
import signal

import nbformat
import pytest
from nbconvert import HTMLExporter

PID = "import os, pathlib; n = pathlib.Path('kernel.pid').write_text(str(os.getpid()))"


def cells(case, coder, activity="A1", **options):
    more = "".join(f", {name}={value!r}" for name, value in options.items())
    return ["import nicmethods as nic", f"nic.desk({str(case)!r}, {activity!r}, coder={coder!r}{more})"]


def at_desk(page):
    desk = page.locator(".nic-desk")
    desk.locator(".nd-row.nd-here").wait_for()
    desk.locator(".nd-list").focus()
    return desk


def says(desk, words):
    desk.locator(".nd-status", has_text=re.compile(words)).wait_for()


def shows(desk, words):
    desk.locator(".nd-progress", has_text=words).wait_for()


def choose(desk, mode):
    desk.get_by_label(mode, exact=True).check()
    says(desk, f"^{mode.capitalize()}: ")
    desk.locator(".nd-list").focus()


def rows(case, coder):
    with (case / "codings" / f"{coder}.csv").open(newline="") as file:
        return [(row["turn"], row["code"]) for row in csv.DictReader(file)]


def test_ten_turns_coded_by_keyboard_outlive_a_killed_kernel(open_notebook, demo, lab):
    page = open_notebook([PID, *cells(demo, "anna")])
    desk = at_desk(page)
    for turn in range(1, 11):
        page.keyboard.press(str(turn % 3 + 1))
        says(desk, f"^Saved: .* on turn {turn}\\.")
        page.keyboard.press("j")
    shows(desk, "10 of 126 turns read, 10 coded")
    page.keyboard.press("u")
    says(desk, "^Undone: .* on turn 10")
    page.keyboard.press("3")
    says(desk, "^Saved: shared_practice on turn 10")
    page.keyboard.press("m")
    page.keyboard.type("a memo, with a comma")
    page.keyboard.press("Enter")
    says(desk, "^Saved: memo of shared_practice on turn 10")
    os.kill(int((lab.folder / "kernel.pid").read_text()), signal.SIGKILL)
    names = ["help_given", "shared_practice", "help_request"]
    expected = [(str(turn), names[turn % 3 - 1]) for turn in range(1, 10)] + [("10", "shared_practice")]
    assert rows(demo, "anna") == expected
    page.keyboard.press("1")
    again = open_notebook(cells(demo, "anna"))
    reopened = at_desk(again)
    shows(reopened, "10 of 126 turns read, 10 coded")
    again.keyboard.press("Home")
    assert reopened.locator(".nd-row").first.locator(".nd-chip").inner_text().startswith("2 Help given")
    assert rows(demo, "anna") == expected
    says(desk, "The kernel does not answer")
    assert page.complaints == again.complaints == []


def test_two_coders_in_two_kernels_work_blind_and_then_compare(open_notebook, demo):
    pages = {who: open_notebook(cells(demo, who)) for who in ("anna", "ben")}
    desks = {who: at_desk(page) for who, page in pages.items()}
    anna, ben = pages["anna"].keyboard, pages["ben"].keyboard
    for keyboard, keys in ((anna, "1jj2j1"), (ben, "1jj3")):
        for key in keys:
            keyboard.press(key)
    shows(desks["anna"], "3 coded")
    shows(desks["ben"], "2 coded")
    for who, page in pages.items():
        other = "ben" if who == "anna" else "anna"
        assert not re.search(rf"\b{other}\b", desks[who].inner_html()), "not even hidden"
        assert desks[who].locator(".nd-pale").count() == 0, "no suggestion is on the page"
        page.keyboard.press("r")
        says(desks[who], "^Saved: read to turn")
    assert rows(demo, "anna") == [("1", "help_request"), ("3", "help_given"), ("4", "help_request")]
    assert rows(demo, "ben") == [("1", "help_request"), ("3", "shared_practice")]

    choose(desks["anna"], "compare")
    desks["anna"].locator("select").first.select_option("ben")
    says(desks["anna"], "^Compared with ben")
    panel = desks["anna"].locator(".nd-extra")
    assert "3 turns read by both; 2 of 2 disagreements open" in panel.inner_text()
    desks["anna"].locator(".nd-list").focus()
    anna.press("Home")
    anna.press("n")
    says(desks["anna"], "Compared")
    desks["anna"].locator(".nd-here b", has_text="3").wait_for()
    anna.press("y")
    anna.type("a reason")
    anna.press("Enter")
    says(desks["anna"], "^Saved: turn 3 carries help_given, as settled")
    panel.get_by_text("1 of 2 disagreements open").wait_for()
    assert "settled: yes (anna and ben: a reason)" in panel.inner_text()
    assert not re.search("null|undefined|NaN", desks["anna"].inner_text())

    ben.press("2")
    says(desks["ben"], "^Saved: help_given on turn 3")
    panel.get_by_text("1 of 1 disagreements open").wait_for()
    for page in pages.values():
        assert page.complaints == []


@pytest.fixture
def long_case(tmp_path):
    """Twelve hundred turns, the second of them hostile, some of many lines."""
    folder = tmp_path / "long"
    (folder / "transcripts").mkdir(parents=True)
    (folder / "case.yml").write_text("title: Long\n")
    (folder / "roster.csv").write_text("actor,name\nE1,Dana Miller\nE2,Grace Nunez\n")
    talk = [
        f"{n},{('Dana Miller', 'Grace Nunez')[n % 2]},{n * 5},{n * 5 + 4},{'how do you do that Dana? ' * (n * 7 % 23 + 1)}"
        for n in range(1, 1201)
    ]
    talk[1] = "2,Dana Miller,10,14,<img src=x onerror=document.title='pwned'><b>bold</b>"
    (folder / "transcripts" / "A1.csv").write_text("\n".join(["turn,speaker,start,end,text", *talk]))
    return folder


def test_a_long_hostile_transcript_in_the_dark(open_notebook, long_case):
    page = open_notebook(cells(long_case, "anna", mode="review"), dark=True)
    desk = at_desk(page)
    shade = "element => getComputedStyle(element).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    assert max(desk.evaluate(shade)) < 60
    assert "<img src=x onerror=document.title='pwned'><b>bold</b>" in desk.inner_text()
    assert desk.locator("img, b:text('bold')").count() == 0
    assert page.title() != "pwned"

    holes = page.evaluate(
        """async () => {
            const list = document.querySelector(".nd-list"), frame = () => new Promise(requestAnimationFrame);
            const seen = [];
            for (let step = 0; step < 40; step++) {
                list.scrollTop = step % 4 ? list.scrollTop + 150 : (step * 7919) % list.scrollHeight;
                await frame(); await frame(); await frame();
                const box = list.getBoundingClientRect();
                const rows = [...list.querySelectorAll(".nd-row")].map((row) => row.getBoundingClientRect())
                    .filter((row) => row.bottom > box.top && row.top < box.bottom).sort((a, b) => a.top - b.top);
                const gap = rows.slice(1).some((row, k) => Math.abs(row.top - rows[k].bottom) > 1);
                if (gap || rows[0].top > box.top + 1 || rows.at(-1).bottom < box.bottom - 1) seen.push(step);
            }
            return seen;
        }"""
    )
    assert holes == [], "wherever one scrolls, rows of all heights touch"
    assert desk.locator(".nd-row").count() < 60, "of 1200 turns only those in sight are on the page"

    page.keyboard.press("End")
    assert desk.locator(".nd-here b").inner_text() == "1200"
    assert desk.locator(".nd-list").get_attribute("aria-activedescendant") == desk.locator(".nd-here").get_attribute(
        "id"
    )
    page.keyboard.press("Home")
    page.keyboard.press("n")
    desk.locator(".nd-here b", has_text="2").wait_for()
    page.keyboard.press("n")
    desk.locator(".nd-here b", has_text="3").wait_for()
    page.keyboard.press("Enter")
    says(desk, "on turn 3 accepted")
    knob, target = desk.locator(".nd-here .nd-knob").bounding_box(), desk.locator(".nd-row").first.bounding_box()
    page.mouse.move(knob["x"] + 5, knob["y"] + 5)
    page.mouse.down()
    page.mouse.move(knob["x"] + 5, target["y"] + 12, steps=4)
    page.mouse.up()
    says(desk, "^Saved: turn 3 answers turn 1\\.")
    page.keyboard.press("l")
    page.keyboard.press("Backspace")
    says(desk, "^Saved: turn 3 answers no turn")
    page.keyboard.press("/")
    page.keyboard.type("bold")
    says(desk, "^1 turn found")
    page.keyboard.press("Enter")
    assert desk.locator(".nd-here b").inner_text() == "2"

    desk.locator(".nd-here .nd-text").dblclick(position={"x": 20, "y": 10})
    says(desk, "^A part of the turn is marked")
    page.keyboard.press("3")
    says(desk, "^Saved: shared_practice on turn 2")
    with (long_case / "codings" / "anna.csv").open(newline="") as file:
        assert [(row["start_char"], row["end_char"]) for row in csv.DictReader(file)] == [("", ""), ("1", "4")], "img"
    desk.locator(".nd-here mark", has_text="img").wait_for()

    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    saved = page.notebook.read_text()
    output = nbformat.reads(saved, 4).cells[1].outputs[0].data
    assert "Shown are the first 40 of 1200 turns" in output["text/html"]
    assert "Dana" not in saved
    assert "widgets" not in nbformat.reads(saved, 4).metadata
    html, _ = HTMLExporter().from_filename(str(page.notebook))
    assert "Shown are the first 40 of 1200 turns" in html, "nbconvert takes the table"
    assert "widget-view+json" not in html
    assert "<img src=x" not in html
    assert page.complaints == []


def test_a_small_window_shows_what_was_saved_and_a_mouse_is_enough(open_notebook, demo):
    page = open_notebook(cells(demo, "coder_a", mode="compare"), width=700, height=700)
    desk = page.locator(".nic-desk")
    desk.locator(".nd-row.nd-here").wait_for()
    desk.locator("select").first.select_option("coder_b")
    says(desk, "^Compared with coder_b")
    here = desk.locator(".nd-row.nd-here")
    desk.locator(".nd-split-item").first.click()
    here.locator("b", has_text="57").wait_for()
    text, row = here.locator(".nd-text").bounding_box(), here.bounding_box()
    assert text["width"] > row["width"] / 2, "two columns of codes leave room for the talk"
    desk.get_by_role("button", name="does not (x)").click()
    page.keyboard.type("a reason")
    desk.get_by_role("button", name="Settle", exact=True).click()
    says(desk, "^Saved: turn 57 does not carry help_request, as settled")
    status = desk.locator(".nd-status").bounding_box()
    assert 0 < status["y"] < status["y"] + status["height"] < 700, "what was saved is in sight"
    choose(desk, "blind")
    desk.locator(".nd-row[data-row='60']").click()
    desk.locator(".nd-answered", has_text="Answers turn 60").click()
    says(desk, "^Turn 61 answers turn 60")
    desk.locator(".nd-row[data-row='58']").click()
    says(desk, "^Saved: turn 61 answers turn 59")
    assert page.complaints == []


@pytest.mark.slow
def test_a_batch_gets_the_table_and_no_widget(demo):
    nbclient = pytest.importorskip("nbclient")
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells(demo, "coder_a")])
    nbclient.NotebookClient(nb, timeout=1200, kernel_name="python3").execute()
    (output,) = nb.cells[1].outputs
    assert set(output.data) == {"text/plain", "text/html"}
    assert "widgets" not in nb.metadata
