"""What is drawn in a figure is read by the scan for names, and figures of a case draw ids alone."""

import base64
import json
from pathlib import Path

import IPython.display
import matplotlib.image
import pandas as pd
import pytest

import nicmethods as nic
from nicmethods.case.folder import load_case
from nicmethods.figures import style
from nicmethods.site.privacy import scan

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
ROSTER = pd.DataFrame({"actor": ["E01"], "name": ["Jörg Müller"]})
PEOPLE = pd.DataFrame({"alias": [], "actor": []}, dtype="str")


@pytest.fixture
def shown(monkeypatch):
    """Figures that were shown, as bytes of their images."""
    images = []
    monkeypatch.setattr(
        IPython.display, "display", lambda data, **_: images.append(base64.b64decode(data["image/png"]))
    )
    return images


def draw(place):
    axes = style.finish(style.new_figure(4, 2).subplots(), title="Ties", alt="Ties by person.")
    axes.plot([0, 1], [0, 1], label="Jörg Müller" if place == "legend" else "x")
    if place == "tick":
        axes.set_xticks([0, 1], ["Jörg\nMüller", "b"])
    elif place == "label":
        axes.set_xlabel("Jörg Müller")
    elif place == "note":
        axes.annotate("Jörg Müller", (0, 0))
    elif place == "title":
        axes.set_title("Jörg Müller")
    axes.legend()
    return axes


@pytest.mark.parametrize("place", ["legend", "tick", "label", "note", "title"])
def test_a_name_drawn_anywhere_is_found_in_the_image_and_in_the_notebook(shown, tmp_path, place):
    nic.show(draw(place))
    (tmp_path / "a.png").write_bytes(shown[0])
    cell = {"outputs": [{"data": {"image/png": base64.b64encode(shown[0]).decode()}}]}
    (tmp_path / "b.ipynb").write_text(json.dumps({"cells": [cell]}))
    found = {(one.file, one.name) for one in scan(tmp_path, ROSTER, PEOPLE)}
    assert found == {("a.png", "Jörg Müller"), ("b.ipynb", "Jörg Müller")}
    assert matplotlib.image.imread(tmp_path / "a.png").shape[:2] == (384, 768)


def test_nothing_is_found_where_no_name_is_drawn(shown, tmp_path):
    nic.show(draw("nowhere"))
    (tmp_path / "a.png").write_bytes(shown[0])
    assert b"Ties by person." in shown[0]
    assert scan(tmp_path, ROSTER, PEOPLE) == []


def test_figures_of_a_case_draw_ids_where_tables_hold_names(shown, tmp_path):
    case = load_case(DEMO)
    assert case.roster["name"].notna().all()
    nic.show(nic.figures.plot_participation(case.meetings, case.survey))
    nic.show(nic.figures.plot_speakers(case.meetings, case.survey))
    for number, image in enumerate(shown):
        (tmp_path / f"{number}.png").write_bytes(image)
    assert scan(tmp_path, case.roster, case.people) == []
    drawn = b"".join(shown)
    assert all(actor.encode() in drawn for actor in case.turns["actor"].dropna().unique())
