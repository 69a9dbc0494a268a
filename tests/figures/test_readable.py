import pandas as pd

from nicmethods.figures.readable import by_case, by_development, by_wave, in_full, over_cases, shared_or_not


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
    html = in_full(pd.DataFrame({"quote": [text]})).data
    assert "<script>" not in html
    assert html.count("word") == 40


def test_cases_have_their_values_with_interval_and_n():
    comparison = pd.DataFrame(
        {
            "case": ["b", "b", "a", "a"],
            "what": ["ties", "help", "ties", "help"],
            "value": [0.5, 2.0, 0.25, float("nan")],
            "low": [0.4, float("nan"), 0.0, float("nan")],
            "high": [0.6, float("nan"), 0.5, float("nan")],
            "n": pd.array([12, 3, 8, pd.NA], dtype="Int64"),
        }
    )
    table = by_case(comparison)
    assert table.index.tolist() == ["b", "a"]
    assert table["ties"].tolist() == ["0.50 (0.40 to 0.60); n = 12", "0.25 (0 to 0.50); n = 8"]
    assert table["help"].tolist() == ["2; n = 3", "–"]


def test_actions_have_shares_with_n_and_which_networks():
    actions = pd.DataFrame(
        {
            "action": ["Coaching", "Coaching", "Focus"],
            "development": ["least developed", "most developed", "most developed"],
            "n": [2, 8, 4],
            "n_with": [0, 6, 4],
            "share": [0.0, 0.75, 1.0],
            "networks": [None, "a;b;c", "a;b;c;d"],
        }
    )
    table = by_development(actions)
    assert table.columns.tolist() == ["most developed", "least developed"]
    assert table.loc["Coaching"].tolist() == ["6 of 8 (75 %): a, b, c", "0 of 2"]
    assert table.loc["Focus", "least developed"] == "–"


def test_labels_of_tables_are_said_in_words_and_texts_stay():
    html = in_full(pd.DataFrame({"verdict": ["silence_talk"], "text": ["my_file is no label"], "n": [3]})).data
    assert "silence of the talk" in html
    assert "my_file is no label" in html


def test_what_cases_share_stands_before_what_cannot_be_told():
    common = pd.DataFrame(
        {
            "about": "measure",
            "subject": "abc",
            "what": ["x", "y", "z"],
            "said": "a 1",
            "reading": ["cannot_be_told", "differ", "shared"],
        }
    )
    table = shared_or_not(common)
    assert table["On"].tolist() == ["z", "y", "x"]
    assert list(table) == ["Cases", "On", "Which says what"]


def test_pooled_values_are_said_and_leave_one_out_is_left_to_the_figure():
    rows = {"proposition": "new_ties", "left_out": [None, "a"], "k": 2, "n_rows": 40, "n_both": 6, "expected": 2.25}
    pooled = pd.DataFrame(
        rows | {"odds_ratio": 8.0, "low": 3.0, "high": 20.5, "q_p": float("nan"), "p_more": [0.0004, 0.2]}
    )
    (row,) = over_cases(pooled).to_dict("records")
    assert list(row.values()) == [
        "new ties",
        "2",
        "6 of 40",
        "2.2",
        "less than 1 in 1,000",
        "8 (3 to 20.50)",
        "–",
    ]
    assert over_cases(pooled.assign(left_out=None)).loc[1, "So much or more if that were all"] == "20 in 100"
