"""Agreement: published values, other people's implementations, properties, hand-counted cards, bad input."""

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.coding.agreement import (
    ac1_gwet,
    agreement_card,
    alpha_krippendorff,
    disagreements,
    kappa_cohen,
    percent,
    specific_positive,
)
from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES, WORK_TABLES
from nicmethods.tables.bundles import Coders, Meetings

NAN = float("nan")
COEFFICIENTS = [percent, kappa_cohen, alpha_krippendorff, ac1_gwet, specific_positive]

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: four observers, twelve units.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T

# Fleiss (1971), table 1: how many of six psychiatrists gave each of 30 patients each of five diagnoses.
FLEISS = (
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)

# Two abstractors of 100 pregnancies, in the overview of R's irrCAC (after Gwet 2014): rows one, columns the other.
PREGNANCIES = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]


def rated(table):
    """The units x 2 ratings of a contingency table."""
    return [[i, j] for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]


class TestReference:
    @pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
    def test_krippendorff_canonical(self, level, value):
        assert round(alpha_krippendorff(KRIPPENDORFF, level=level), 3) == value

    def test_gwet_on_the_same_data(self):
        # R's irrCAC (after Gwet 2014): gwet.ac1.raw(cac.raw4raters) and pa.coeff.raw
        assert ac1_gwet(KRIPPENDORFF) == pytest.approx(0.77544, abs=5e-6)
        assert percent(KRIPPENDORFF) == pytest.approx(0.8181818, abs=5e-8)

    def test_fleiss_1971(self):
        ratings = [[k for k, n in enumerate(row) for _ in range(int(n))] for row in FLEISS.split()]
        assert np.bincount(np.ravel(ratings)).tolist() == [26, 26, 30, 55, 43]  # his p_j .144 .144 .167 .306 .239
        assert percent(ratings) == pytest.approx(0.556, abs=5e-4)
        # kappa .430 with the expected agreement .220; alpha adds one in 180 ratings to what agrees by chance
        kappa = 1 - (1 - alpha_krippendorff(ratings)) * 180 / 179
        assert kappa == pytest.approx(0.430, abs=5e-4)

    def test_gwet_2014_two_abstractors(self):
        ratings = rated(PREGNANCIES)
        assert percent(ratings) == pytest.approx(0.89)
        assert kappa_cohen(ratings) == pytest.approx(0.7964094, abs=5e-8)
        assert ac1_gwet(ratings) == pytest.approx(0.8493305, abs=5e-8)
        assert alpha_krippendorff(ratings) == pytest.approx(0.7972585, abs=5e-8)

    def test_fleiss_levin_paik_two_diagnosticians(self):
        # Statistical Methods for Rates and Proportions (2003), table 18.1, kappa .68
        assert kappa_cohen(rated([[75, 1, 4], [5, 4, 1], [0, 0, 10]])) == pytest.approx(0.23 / 0.34)

    def test_kappa_paradox(self):
        # Feinstein & Cicchetti (1990): nearly everyone agrees, kappa falls below zero, AC1 does not
        ratings = rated([[0, 2], [5, 118]])
        assert percent(ratings) == pytest.approx(0.944)
        assert kappa_cohen(ratings) == pytest.approx(-0.0234, abs=5e-5)
        assert ac1_gwet(ratings) == pytest.approx(0.9408, abs=5e-5)
        assert specific_positive(ratings) == pytest.approx(236 / 243)


tables_with_gaps = st.integers(2, 4).flatmap(
    lambda coders: st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, NAN]), min_size=coders, max_size=coders), min_size=2, max_size=15
    )
)


def oracle(ratings, level):
    ratings = np.array(ratings)
    pairable = ratings[(~np.isnan(ratings)).sum(axis=1) > 1]
    values = np.unique(pairable[~np.isnan(pairable)])
    return NAN if len(values) < 2 else krippendorff.alpha(pairable.T, value_domain=values, level_of_measurement=level)


class TestProperties:
    @pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
    @given(ratings=tables_with_gaps)
    @settings(max_examples=60, deadline=None)
    def test_alpha_is_the_other_library_s(self, level, ratings):
        assert alpha_krippendorff(ratings, level=level) == pytest.approx(oracle(ratings, level), nan_ok=True)

    @pytest.mark.parametrize("coefficient", COEFFICIENTS)
    @given(ratings=tables_with_gaps, random=st.randoms(use_true_random=False))
    @settings(max_examples=40, deadline=None)
    def test_order_of_units_and_coders_never_matters(self, coefficient, ratings, random):
        expected = coefficient(ratings)
        assert np.isnan(expected) or expected <= 1 + 1e-12
        shuffled = random.sample(ratings, len(ratings))
        columns = random.sample(range(len(ratings[0])), len(ratings[0]))
        assert coefficient(np.array(shuffled)[:, columns]) == pytest.approx(expected, nan_ok=True)

    @given(ratings=tables_with_gaps)
    @settings(max_examples=40, deadline=None)
    def test_names_of_categories_never_matter(self, ratings):
        names = {0.0: "agreement", 1.0: "silence", 2.0: "dissonance", 5.0: "partial_agreement"}
        named = [[names.get(value) for value in row] for row in ratings]
        for coefficient in (percent, kappa_cohen, alpha_krippendorff, ac1_gwet):
            assert coefficient(named) == pytest.approx(coefficient(ratings), nan_ok=True)

    @given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
    def test_ac1_is_never_below_kappa_of_the_same_two_margins(self, pairs):
        ratings = np.array(pairs + [(b, a) for a, b in pairs], dtype=float)
        if 0 < ratings.mean() < 1:
            assert ac1_gwet(ratings) >= kappa_cohen(ratings) - 1e-12

    @pytest.mark.parametrize("coefficient", COEFFICIENTS)
    def test_perfect_agreement_is_one(self, coefficient):
        assert coefficient([[1, 1], [0, 0], [1, 1]]) == pytest.approx(1)


class TestUndefined:
    @pytest.mark.parametrize("coefficient", COEFFICIENTS)
    @pytest.mark.parametrize("ratings", [[[NAN, 1.0], [0.0, NAN]], [[NAN, NAN]], np.empty((0, 2))])
    def test_no_unit_that_two_rated(self, coefficient, ratings):
        assert np.isnan(coefficient(ratings))

    @pytest.mark.parametrize("coefficient", [kappa_cohen, alpha_krippendorff, ac1_gwet])
    @pytest.mark.parametrize("value", [0, 1])
    def test_one_category_only_is_never_one(self, coefficient, value):
        assert np.isnan(coefficient([[value, value]] * 5))
        assert percent([[value, value]] * 5) == 1

    def test_nobody_says_yes(self):
        assert np.isnan(specific_positive([[0, 0]] * 5))

    def test_opposite_coders_have_a_kappa(self):
        assert kappa_cohen([[1, 0]] * 5) == 0

    def test_kappa_is_of_two(self):
        assert np.isnan(kappa_cohen([[1, 1, 0], [0, 0, 0]]))

    def test_a_scale_needs_numbers(self):
        with pytest.raises(MeasureError, match="'ordinal' needs numbers"):
            alpha_krippendorff([["low", "high"]], level="ordinal")


def make_turns(*lengths):
    rows = [(f"m{i:02d}", str(n), n) for i, length in enumerate(lengths) for n in range(1, length + 1)]
    return pd.DataFrame(rows, columns=["activity", "turn", "position"]).assign(text="")


def make_coverage(*rows):
    columns = ["coder", "activity", "codebook", "first_position", "last_position"]
    return pd.DataFrame(rows, columns=columns).astype({"codebook": "str"}).assign(basis="listed")


def bundles(codings, coverage, turns):
    activities = pd.DataFrame({"activity": turns["activity"].unique(), "kind": "meeting"})
    return Meetings(activities=activities, turns=turns), Coders(codings=codings, coverage=coverage)


def make_codings(*rows):
    return pd.DataFrame(rows, columns=["coder", "activity", "turn", "code"]).astype("str")


def value(card, code, coders, coefficient, column="value"):
    row = card[(card["code"] == code) & (card["coders"] == coders) & (card["coefficient"] == coefficient)]
    assert len(row) == 1
    return row.iloc[0][column]


@pytest.fixture
def talk():
    """Ten turns read by ana and ben, of which ben read only the first eight; cai read another meeting."""
    turns = make_turns(10, 5)
    coverage = make_coverage(
        ("ana", "m00", None, 1, 10), ("ben", "m00", None, 1, 8), ("cai", "m01", None, 1, 5), ("ana", "m01", None, 1, 2)
    )
    codings = make_codings(
        *[("ana", "m00", turn, "help") for turn in "12349"],
        *[("ben", "m00", turn, "help") for turn in "235"],
        ("ana", "m00", "1", "rare"),
        ("adjudicated", "m00", "1", "help"),
    )  # fmt: skip
    return codings, coverage, turns


class TestCard:
    def test_hand_counted(self, talk):
        card = agreement_card(*bundles(*talk), seed=1, n_bootstrap=50)
        # of the eight turns both read: both 2 and 3; ana alone 1 and 4; ben alone 5; neither 6, 7, 8
        assert value(card, "help", "ana & ben", "percent") == pytest.approx(5 / 8)
        assert value(card, "help", "ana & ben", "percent", "n") == 8
        assert value(card, "help", "ana & ben", "percent", "prevalence") == pytest.approx(7 / 16)
        assert value(card, "help", "ana & ben", "kappa_cohen") == pytest.approx((5 / 8 - 32 / 64) / (1 - 32 / 64))
        assert value(card, "help", "ana & ben", "specific_positive") == pytest.approx(4 / 7)
        note = value(card, "help", "ana & ben", "specific_positive", "note")
        assert note.startswith("coded by both 2, by ana only 2, by ben only 1")

    def test_every_code_pair_and_the_group(self, talk):
        card = agreement_card(*bundles(*talk), seed=1, n_bootstrap=50)
        assert len(card) == 2 * 4 * 5
        assert card["coders"].unique().tolist() == ["ana & ben", "ana & cai", "ben & cai", "ana & ben & cai"]
        assert card["code"].tolist() == ["help"] * 20 + ["rare"] * 20
        RUN_TABLES["agreement"].schema().validate(card)

    def test_undefined_says_why(self, talk):
        card = agreement_card(*bundles(*talk), seed=1, n_bootstrap=50)
        undefined = card[card["value"].isna()]
        assert undefined["note"].str.contains("undefined: ").all()
        assert "no turn that all" in value(card, "help", "ben & cai", "percent", "note")
        assert "nobody gave any turn the code" in value(card, "help", "ana & cai", "ac1_gwet", "note")
        assert (undefined["resampled"] == "nothing").all()

    def test_few_turns_have_no_interval(self, talk):
        card = agreement_card(*bundles(*talk), seed=1)
        assert card["low"].isna().all()
        assert "fewer than 10 meetings" in value(card, "help", "ana & ben", "percent", "note")

    def test_nobody_coded(self, talk):
        _, coverage, turns = talk
        card = agreement_card(*bundles(make_codings(), coverage, turns), seed=1)
        RUN_TABLES["agreement"].schema().validate(card)
        assert card.empty

    def test_one_coder_only(self, talk):
        codings, coverage, turns = talk
        assert agreement_card(*bundles(codings, coverage[coverage["coder"] == "ana"], turns), seed=1).empty

    def test_different_codebooks_are_not_compared(self, talk):
        codings, coverage, turns = talk
        apart = coverage.assign(codebook=coverage["coder"].map({"ana": "help", "ben": "trust"}))
        card = agreement_card(*bundles(codings, apart, turns), seed=1)
        assert value(card, "help", "ana & ben", "percent", "n") == 0
        assert value(card, "help", "ana & cai", "percent", "n") == 2  # cai names no codebook

    def test_two_spans_in_a_turn_count_once(self, talk):
        codings, coverage, turns = talk
        twice = pd.concat([codings, codings])
        pd.testing.assert_frame_equal(
            agreement_card(*bundles(twice, coverage, turns), seed=1),
            agreement_card(*bundles(codings, coverage, turns), seed=1),
        )

    def test_work_tables_are_accepted(self):
        empty = [
            pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in WORK_TABLES[name].columns})
            for name in ("codings", "coverage", "turns")
        ]
        assert agreement_card(*bundles(*empty), seed=1).empty
        assert disagreements(*bundles(*empty)).empty


def simulated(n_meetings, n_turns, coders=("ana", "ben", "cai"), seed=0):
    rng = np.random.default_rng(seed)
    turns = make_turns(*[n_turns] * n_meetings)
    truth = rng.random(len(turns)) < 0.2
    said = [turns[truth ^ (rng.random(len(turns)) < 0.1)].assign(coder=coder, code="help") for coder in coders]
    coverage = make_coverage(*[(c, m, None, 1, n_turns) for c in coders for m in turns["activity"].unique()])
    return pd.concat(said)[["coder", "activity", "turn", "code"]], coverage, turns


class TestIntervals:
    def test_meetings_from_ten_on(self):
        card = agreement_card(*bundles(*simulated(10, 30)), seed=1)
        defined = card[card["value"].notna()]
        assert (defined["resampled"] == "meetings").all()
        assert ((defined["low"] < defined["value"]) & (defined["value"] < defined["high"])).all()

    def test_blocks_below_ten(self):
        card = agreement_card(*bundles(*simulated(9, 30)), seed=1)
        defined = card[card["value"].notna()]
        assert (defined["resampled"] == "turns in blocks").all()
        assert (
            defined["note"]
            .str.contains("blocks of 6 turns, 9 common meetings: variation between meetings is not covered")
            .all()
        )

    def test_the_seed_decides(self):
        tables = simulated(10, 30)
        first, again, other = (agreement_card(*bundles(*tables), seed=seed) for seed in (1, 1, 2))
        pd.testing.assert_frame_equal(first, again)
        assert not first["low"].equals(other["low"])

    def test_row_order_never_matters(self):
        tables = simulated(10, 30)
        shuffled = [table.sample(frac=1, random_state=3) for table in tables]
        pd.testing.assert_frame_equal(
            agreement_card(*bundles(*tables), seed=1), agreement_card(*bundles(*shuffled), seed=1)
        )

    def test_inputs_stay_as_they_were(self):
        tables = simulated(3, 10)
        copies = [table.copy() for table in tables]
        agreement_card(*bundles(*tables), seed=1)
        disagreements(*bundles(*tables))
        for table, copy in zip(tables, copies, strict=True):
            pd.testing.assert_frame_equal(table, copy)

    def test_kappa_of_a_group_points_to_the_pairs(self):
        card = agreement_card(*bundles(*simulated(2, 10)), seed=1)
        assert "is of two coders; see the pairs" in value(card, "help", "ana & ben & cai", "kappa_cohen", "note")

    @pytest.mark.slow
    def test_about_95_of_100_intervals_hold_the_true_value(self):
        # two coders who flip 10 % of codes each: they agree on 0.9² + 0.1² of turns
        held = 0
        for seed in range(60):
            card = agreement_card(*bundles(*simulated(20, 20, ("ana", "ben"), seed)), seed=seed, n_bootstrap=300)
            low, high = (value(card, "help", "ana & ben", "percent", end) for end in ("low", "high"))
            held += low <= 0.82 <= high
        assert 50 <= held <= 60

    def test_agreement_without_exception_has_no_interval(self):
        codings, coverage, turns = simulated(10, 30)
        same = pd.concat([codings[codings["coder"] == "ana"].assign(coder=coder) for coder in ("ana", "ben")])
        card = agreement_card(*bundles(same, coverage[coverage["coder"] != "cai"], turns), seed=1)
        assert value(card, "help", "ana & ben", "kappa_cohen") == 1
        assert card["low"].isna().all()
        assert "every resample gives the same value" in value(card, "help", "ana & ben", "kappa_cohen", "note")

    def test_a_code_used_once_has_no_interval(self):
        _, coverage, turns = simulated(10, 30)
        once = make_codings(("ana", "m00", "1", "help"), ("ben", "m00", "1", "help"), ("ben", "m00", "2", "help"))
        card = agreement_card(*bundles(once, coverage, turns), seed=1)
        assert "undefined in" in value(card, "help", "ana & ben", "alpha_nominal", "note")
        assert np.isnan(value(card, "help", "ana & ben", "alpha_nominal", "low"))


class TestDisagreements:
    def test_hand_counted(self, talk):
        table = disagreements(*bundles(*talk))
        assert table.columns.tolist() == ["activity", "turn", "code", "ana", "ben", "cai"]
        assert table[["turn", "code", "ana", "ben"]].to_numpy().tolist() == [
            ["1", "help", "yes", "no"],
            ["1", "rare", "yes", "no"],
            ["4", "help", "yes", "no"],
            ["5", "help", "no", "yes"],
        ]
        assert table["cai"].isna().all()

    def test_as_many_as_the_card_says(self):
        tables = simulated(4, 50, ("ana", "ben"))
        card = agreement_card(*bundles(*tables), seed=1, n_bootstrap=20)
        assert len(disagreements(*bundles(*tables))) == round((1 - value(card, "help", "ana & ben", "percent")) * 200)

    def test_two_codebooks_give_each_turn_once_and_in_order(self):
        codings, coverage, turns = simulated(3, 12, ("ana", "ben"))
        both = pd.concat([coverage.assign(codebook="trust"), coverage.assign(codebook="help")])
        pd.testing.assert_frame_equal(
            disagreements(*bundles(codings, both, turns)), disagreements(*bundles(codings, coverage, turns))
        )
