import numpy as np
import pandas as pd
import pytest

from nicmethods.figures import (
    describe,
    plot_activity_yield,
    plot_agreement,
    plot_case_measures,
    plot_cases,
    plot_dyads,
    plot_pathway,
    plot_pathway_steps,
    plot_propositions,
    plot_verdict_grid,
    plot_verdicts,
)
from nicmethods.figures.style import VERDICT
from nicmethods.tables import RUN_TABLES, empty


def text_of(ax):
    return [text.get_text() for text in ax.texts]


def test_agreement_has_a_panel_a_coefficient_and_says_what_is_undefined(agreement):
    figure = plot_agreement(agreement)
    assert len(figure.axes) == 4
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][3] == "agreement\n0.2% of 212 turns"
    assert [text_of(ax) for ax in figure.axes] == [[], ["undefined"], [], []]
    alpha = agreement[agreement["coefficient"].eq("alpha_nominal")]
    np.testing.assert_allclose(figure.axes[2].collections[1].get_offsets()[:, 0], alpha["value"])


def test_every_team_of_coders_has_its_mark(agreement):
    figure = plot_agreement(pd.concat([agreement, agreement.assign(coders="ana & cem")]))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["ana & ben", "ana & cem"]


def test_each_pair_is_in_one_tile_and_the_tile_has_its_verdict(dyads):
    ax = plot_dyads(dyads)
    assert sum(int(text.replace(",", "")) for text in text_of(ax)) == len(dyads)
    assert {patch.get_label() for patch in ax.patches} == set(dyads["verdict"])
    assert f"help without a tie {dyads['verdict'].eq('help_without_tie').sum()}" in describe(ax)


def test_tiles_by_hand(dyads):
    few = dyads.head(3).assign(
        change=["created", "created", "absent"], n_help_ab=[1, 0, 0], n_help_ba=[1, 0, 0], reciprocated_talk=[True, False, False],
        n_request_ab=[0, 2, 0], n_together_coded=[1, 1, 0], verdict=["coincide", "coincide_in_part", "not_observable"],
    )  # fmt: skip
    ax = plot_dyads(few)
    assert {patch.get_label(): patch.get_xy() for patch in ax.patches} == {
        "coincide": (0, 0), "coincide_in_part": (2, 0), "not_observable": (4, 5)
    }  # fmt: skip


def test_verdict_bars_are_shares_of_what_shows_something(convergence):
    figure = plot_verdicts(convergence, by=("scope",))
    bars, rest = figure.axes[:2]
    assert [label.get_text() for label in bars.get_yticklabels()] == ["within sites", "across sites"]
    assert sum(bar[0].get_width() for bar in bars.containers) == pytest.approx(1.0)
    within = convergence[convergence["group"].eq("within")].groupby("verdict")["n"].sum()
    aside = ["lasting_tie", "waning_tie", "neither", "not_observable"]
    assert text_of(bars)[-2] == f"n = {within.drop(aside).sum()}"
    assert [bar[0].get_width() for bar in rest.containers] == within[aside].tolist()
    assert f"{within['coincide']} of {within.drop(aside).sum()} pairs within sites" in figure.get_suptitle()


def test_a_proposition_s_row_shows_both_strands_the_same_pairs_and_the_verdicts(propositions):
    figure = plot_propositions(propositions)
    rows = np.array(figure.axes).reshape(4, 5)
    claim, survey, talk, together, verdict = rows[0]
    assert text_of(claim)[0].replace("\n", " ") == propositions["statement"].iloc[0]
    assert text_of(survey) == ["▲", "0.05 [0.03, 0.08]"]
    line = next(line for line in survey.lines if line.get_label() == "interval")
    np.testing.assert_allclose(line.get_xdata(), [0.03, 0.08])
    assert [label.get_text() for label in survey.get_xticklabels()] == ["0"]
    assert text_of(talk) == ["▲", "0.10 [0.06, 0.16]"]
    assert text_of(together) == ["▲", "17, 7.1 expected"]
    assert [label.get_text() for label in together.get_xticklabels()] == ["7.1"]
    assert text_of(verdict) == ["agreement", "researchers: agreement"]
    assert text_of(rows[2][2]) == ["–", "not observable"]
    assert text_of(rows[2][3])[1] == "nothing to compare"
    assert text_of(rows[1][4]) == ["too little to say", "researchers: not yet judged"]


def test_only_what_is_held_against_something_has_a_line(propositions):
    talk, together = plot_propositions(propositions).axes[2:4]
    assert not any(line.get_label() == "reference" for line in talk.lines)
    assert any(line.get_label() == "reference" for line in together.lines)


def test_yield_stands_beside_its_null(activity_yield, activities):
    ax = plot_activity_yield(activity_yield, activities)
    dots = next(c for c in ax.collections if c.get_label() == "between people who helped there")
    assert list(dots.get_offsets()[:, 0]) == [9, 6, 17, 8]
    assert (
        ax.get_title(loc="left").replace("\n", " ")
        == "2 activities of 4 with more new or stronger ties of helping pairs than chance"
    )
    assert "17 of 25 ties, p < .001" in text_of(ax)
    assert "Kick-off (w1 to w2): 9 of 14, expected 5.1" in describe(ax)


def test_pathway_curves_start_at_none_and_keep_the_last_share(pathway_curves):
    figure = plot_pathway(pathway_curves)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["within sites (200 pairs)", "across sites (200 pairs)"]
    curve = figure.axes[0].lines[0]
    np.testing.assert_allclose(curve.get_ydata()[[0, -1]], [0.0, 0.6])
    assert [line.get_label() for line in figure.axes[1].lines] == [
        "practice shared",
        "then help asked",
        "then help returned",
    ]


def test_steps_of_the_pathway_are_counts_beside_two_nulls(pathway_steps):
    figure = plot_pathway_steps(pathway_steps, by=("all",))
    [ax] = figure.axes
    assert text_of(ax) == ["63", "34", "13"]
    assert [len(bars) for bars in ax.containers] == [3, 3]


def test_dots_at_the_ends_of_the_pathway_are_drawn_whole(pathway_steps):
    none = pathway_steps.assign(n_reached=[63, 34, 0] * 3)
    [ax] = plot_pathway_steps(none, by=("all",)).axes
    low, high = ax.get_xlim()
    assert low < -0.03 * high
    assert high > 1.05 * max(63, none["order_high"].max())


def test_cases_are_ranked_and_a_missing_value_stays_in(case_measures):
    rows = case_measures[case_measures["measure"].eq("density") & case_measures["wave"].eq("w3")]
    missing = pd.DataFrame({"case": ["harbour"], "value": [np.nan], "low": [np.nan], "high": [np.nan]})
    ax = plot_cases(pd.concat([missing, rows]), name="Density")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["valley", "demo", "statewide", "harbour"]
    assert text_of(ax) == ["no value"]
    assert "harbour no value" in describe(ax)


def test_case_measures_share_one_order_and_scales_that_compare():
    rows = [
        ("a", "reciprocity_arc", "ties that are returned, share of all ties", 0.5, 0.3, 0.7, 0.2),
        ("b", "reciprocity_arc", "ties that are returned, share of all ties", 0.1, 0.0, 0.3, 0.15),
        ("a", "ei_index", "E-I index by site", -0.4, np.nan, np.nan, 0.3),
        ("b", "ei_index", "E-I index by site", np.nan, np.nan, np.nan, np.nan),
        ("a", "mean_degree", "ties per person", 4.0, 3.0, 9.0, np.nan),
        ("b", "mean_degree", "ties per person", 2.0, 1.0, 3.0, np.nan),
    ]
    names = ["case", "measure", "what", "value", "low", "high", "expected"]
    figure = plot_case_measures(pd.DataFrame(rows, columns=names))
    shares, ei, degrees = figure.axes
    assert [ax.get_xlim()[0] < least for ax, least in ((shares, 0), (ei, -1), (degrees, 0))] == [True] * 3
    assert [most < ax.get_xlim()[1] < 1.1 * most for ax, most in ((shares, 1), (ei, 1), (degrees, 9))] == [True] * 3
    dots = next(c for c in shares.collections if c.get_label() == "value")
    np.testing.assert_allclose(dots.get_offsets(), [[0.5, 0], [0.1, 1]])
    assert text_of(ei) == ["no value"]
    assert "E-I index: a -0.40; b no value" in describe(figure)


def test_a_thousand_cases_fit_a_page(case_propositions):
    values = np.linspace(0, 1, 1000)[::-1]
    cases = [f"c{i:03d}" for i in range(1000)]
    comparison = pd.DataFrame({"case": cases, "measure": "x", "what": "x, share", "value": values}).assign(
        low=np.nan, high=np.nan, expected=np.nan
    )
    figure = plot_case_measures(comparison.sample(frac=1, random_state=1))
    assert figure.get_size_inches()[1] < 15
    assert "x: 1000 of 1000 cases have it, from 0.00 to 1.00, median 0.50" in describe(figure)
    [ax] = figure.axes
    np.testing.assert_allclose(ax.collections[-1].get_offsets()[:, 0], values)
    many = pd.concat([case_propositions.assign(case=case_propositions["case"] + str(i)) for i in range(60)])
    grid = plot_verdict_grid(many)
    assert grid.figure.get_size_inches()[1] < 15
    assert len(grid.texts) == many["proposition"].nunique()


def test_the_grid_leaves_blank_what_was_not_evaluated(case_propositions):
    gone = case_propositions.drop(index=0)
    ax = plot_verdict_grid(gone.assign(researcher_verdict=None))
    assert len(ax.patches) == 15
    assert [text.split("\n")[0][-1] for text in text_of(ax) if "\nagree" in text] == ["4", "4", "4", "3"]


def test_the_grid_rings_where_researchers_judged_otherwise(case_propositions):
    other = case_propositions.assign(researcher_verdict="dissonance")
    n = other["proposed_verdict"].ne("dissonance").sum()
    assert sum(patch.get_label() == "judged otherwise" for patch in plot_verdict_grid(other).patches) == n


def test_every_verdict_there_can_be_has_a_colour():
    among = {
        v for table in ("dyads", "propositions") for c in ("verdict", "proposed_verdict") for v in _among(table, c)
    }
    assert among <= set(VERDICT)


def _among(table, column):
    return RUN_TABLES[table][column].among if column in RUN_TABLES[table].names else ()


def test_empty_tables_give_a_sentence(activities):
    none = {name: empty(table) for name, table in RUN_TABLES.items()}
    cases = {name: none[name].assign(case=pd.Series(dtype="str")) for name in ("propositions",)}
    said = [
        plot_agreement(none["agreement"]),
        plot_dyads(none["dyads"]),
        plot_verdicts(none["convergence"]),
        plot_propositions(none["propositions"]),
        plot_activity_yield(none["activity_yield"], activities),
        plot_pathway(none["pathway_curves"]),
        plot_pathway_steps(none["pathway_steps"]),
        plot_cases(pd.DataFrame(columns=["case", "value", "low", "high"]), name="Density"),
        plot_case_measures(none["comparison"]),
        plot_verdict_grid(cases["propositions"]),
    ]
    assert all(describe(drawn).startswith("Nothing is drawn: ") for drawn in said)
