import pandas as pd

from nicmethods.figures.readable import by_wave, whole


def test_values_stand_beside_their_intervals_and_undefined_is_a_dash():
    measures = pd.DataFrame(
        {
            "relation": "help",
            "wave": ["w1", "w2", "w1", "w2"],
            "measure": ["density", "density", "ei_index", "ei_index"],
            "by": [None, None, "site", "role"],
            "value": [0.25, float("nan"), -0.5, 1.0],
            "low": [0.1, float("nan"), float("nan"), float("nan")],
            "high": [0.4, float("nan"), float("nan"), float("nan")],
        }
    )
    table = by_wave(measures, measures={"density": "Density\n(share)", "ei_index": "E-I"})
    assert table.loc[("help", "Density (share)")].tolist() == ["0.25 (0.10 to 0.40)", "–"]
    assert table.loc[("help", "E-I")].tolist() == ["-0.50", "–"]


def test_a_long_quote_stays_whole_and_markup_stays_text():
    text = "<script>alert(1)</script> " + "word " * 40
    html = whole(pd.DataFrame({"quote": [text]})).data
    assert "<script>" not in html
    assert html.count("word") == 40
