"""A small synthetic study: nobody in it exists."""

import itertools

import numpy as np
import pandas as pd
import pytest

from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES
from nicmethods.tables.bundles import Meetings, Survey, Talk

SITES = ("Birch", "Cedar", "Elm", "Hazel", "Rowan")
WAVES = ["w1", "w2", "w3"]


def _shaped(name: str, table: pd.DataFrame) -> pd.DataFrame:
    return table.reindex(columns=RUN_TABLES[name].names)


PLACES = {Survey: {"roster": CASE_TABLES}, Meetings: {"activities": CASE_TABLES}, Talk: {"events": RUN_TABLES}}
FILLERS = {"number": 1.0, "integer": 1, "flag": True, "text": "x", "date": pd.NaT}


def build(bundle, **tables):
    """A bundle of tables that say only what a test is about; other columns are filled, ids by row number."""
    filled = {}
    for name, frame in tables.items():
        if isinstance(frame, pd.DataFrame):
            table = PLACES[bundle].get(name, WORK_TABLES)[name]
            lacking = [one for one in table.columns if one.name not in frame and not one.blank]
            rows = [str(number) for number in range(len(frame))]
            frame = frame.assign(
                **{
                    one.name: rows if one.name in ("turn", "event") else (one.among or (FILLERS[one.kind],))[0]
                    for one in lacking
                }
            )
        filled[name] = frame
    return bundle(**filled)


def build_roster(n_sites: int = 5, per_site: int = 4, n_hub: int = 3) -> pd.DataFrame:
    names = [*SITES, *(f"Site {k}" for k in range(6, 60))][:n_sites]
    rows = [(f"H{k + 1}", "Hub", "researcher") for k in range(n_hub)]
    rows += [
        (f"E{s * per_site + k + 1:02d}", site, "principal" if k == 0 else "teacher")
        for s, site in enumerate(names)
        for k in range(per_site)
    ]
    return pd.DataFrame(rows, columns=["actor", "site", "role"]).assign(name=None)


def build_ties(roster: pd.DataFrame, waves: list[str], seed: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = len(roster)
    same = roster["site"].to_numpy()[:, None] == roster["site"].to_numpy()[None]
    hub = roster["role"].eq("researcher").to_numpy()
    lift = np.where(same, 1.2, -2.6 - 0.02 * max(n - 24, 0) + (hub[:, None] | hub[None]) * 1.2)
    latent = rng.normal(size=(n, n)) + 0.5 * rng.normal(size=(n, n)).T + lift
    frames = []
    for step, wave in enumerate(waves):
        latent = latent + rng.normal(scale=0.55, size=(n, n)) + 0.16 * (step > 0)
        weight = np.clip(np.ceil(latent), 0, 4)
        source, target = np.nonzero((weight > 0) & ~np.eye(n, dtype=bool))
        actors = roster["actor"].to_numpy()
        frame = pd.DataFrame({"source": actors[source], "target": actors[target], "weight": weight[source, target]})
        frames.append(frame.assign(relation="advice", wave=wave))
    return pd.concat(frames, ignore_index=True)


def build_responses(
    roster: pd.DataFrame, waves: list[str], silent: dict[str, str], away: dict[str, str]
) -> pd.DataFrame:
    grid = pd.MultiIndex.from_product([["advice"], waves, roster["actor"]], names=["relation", "wave", "actor"])
    table = grid.to_frame(index=False)
    present = table["actor"].map(away).ne(table["wave"])
    responded = present & table["actor"].map(silent).ne(table["wave"])
    return table.assign(present=present.astype("boolean"), responded=responded.astype("boolean"), basis="listed")


def build_dyad_change(
    ties: pd.DataFrame, responses: pd.DataFrame, roster: pd.DataFrame, waves: list[str]
) -> pd.DataFrame:
    frames = []
    people = roster.set_index("actor")
    for before, after in itertools.pairwise(waves):
        pairs = pd.MultiIndex.from_product([people.index, people.index], names=["source", "target"])
        pairs = pairs[pairs.get_level_values(0) != pairs.get_level_values(1)]
        frame = pairs.to_frame(index=False)
        for side, wave in (("weight_from", before), ("weight_to", after)):
            known = ties[ties["wave"].eq(wave)].set_index(["source", "target"])["weight"]
            answered = responses[responses["wave"].eq(wave) & responses["responded"]]["actor"]
            frame[side] = known.reindex(pairs).fillna(0.0).to_numpy()
            frame.loc[~frame["source"].isin(answered), side] = np.nan
        was, now = frame["weight_from"], frame["weight_to"]
        frame["kind"] = np.select(
            [was.isna() | now.isna(), was.eq(0) & now.eq(0), was.eq(0), now.eq(0), now.gt(was), now.lt(was)],
            ["not_observable", "absent", "created", "dissolved", "strengthened", "weakened"],
            "kept",
        )
        frame["reason"] = np.where(frame["kind"].eq("not_observable"), "no_answer", None)
        site = [people["site"][frame[side]].to_numpy() for side in ("source", "target")]
        role = [people["role"][frame[side]].to_numpy() for side in ("source", "target")]
        frame["scope"] = np.where(site[0] == site[1], "within", "across")
        frame["role_pair"] = pd.Series(role[0]) + " > " + pd.Series(role[1])
        frames.append(frame.assign(from_wave=before, to_wave=after, relation="advice"))
    table = pd.concat(frames, ignore_index=True).assign(threshold_from=1.0, threshold=1.0, policy="observed")
    return _shaped("dyad_change", table)


@pytest.fixture(scope="session")
def waves() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "wave": WAVES,
            "opened": pd.to_datetime(["2024-01-08", "2024-02-26", "2024-04-15"]),
            "closed": pd.to_datetime(["2024-01-14", "2024-03-03", "2024-04-21"]),
        }
    )


@pytest.fixture(scope="session")
def relations() -> pd.DataFrame:
    return pd.DataFrame(
        {"relation": ["advice"], "question": ["Whom?"], "threshold": [1.0], "within": [None], "directed": [True]}
    )


@pytest.fixture(scope="session")
def roster() -> pd.DataFrame:
    return build_roster()


@pytest.fixture(scope="session")
def ties(roster) -> pd.DataFrame:
    return build_ties(roster, WAVES)


@pytest.fixture(scope="session")
def responses(roster) -> pd.DataFrame:
    return build_responses(roster, WAVES, silent={"E07": "w2"}, away={"E20": "w1"})


@pytest.fixture(name="build", scope="session")
def build_fixture():
    return build


@pytest.fixture(scope="session")
def survey(ties, responses, roster, relations, waves) -> Survey:
    return build(
        Survey,
        ties=ties,
        responses=responses,
        roster=roster,
        relations=relations,
        waves=waves,
        roles={"hub": ["researcher"]},
    )


@pytest.fixture(scope="session")
def meetings(activities, attendance, turns) -> Meetings:
    return build(Meetings, activities=activities, attendance=attendance, turns=turns)


@pytest.fixture(scope="session")
def talk(codings, coverage, events) -> Talk:
    return build(Talk, codings=codings, coverage=coverage, events=events)


@pytest.fixture(scope="session")
def dyad_change(ties, responses, roster) -> pd.DataFrame:
    return build_dyad_change(ties, responses, roster, WAVES)


@pytest.fixture(scope="session")
def mixing(ties, roster) -> pd.DataFrame:
    site = roster.set_index("actor")["site"]
    size = site.value_counts()
    frames = []
    for wave, now in ties.groupby("wave"):
        pairs = pd.MultiIndex.from_product([size.index, size.index], names=["source_group", "target_group"])
        counted = now.groupby([now["source"].map(site), now["target"].map(site)]).size()
        frame = counted.reindex(pairs).fillna(0).rename("n_ties").reset_index()
        own = frame["source_group"].eq(frame["target_group"])
        frame["n_dyads"] = frame["source_group"].map(size) * (frame["target_group"].map(size) - own)
        frame["expected"] = frame["n_dyads"] * len(now) / frame["n_dyads"].sum()
        frames.append(frame.assign(wave=wave))
    table = pd.concat(frames).assign(relation="advice", by="site", threshold=1.0, policy="observed")
    table["density"] = table["n_ties"] / table["n_dyads"]
    return _shaped("mixing", table).astype({"n_ties": "Int64", "n_dyads": "Int64"})


@pytest.fixture(scope="session")
def network_measures() -> pd.DataFrame:
    values = {
        "n_responded": ("", 22, 22, 23),
        "n_ties": ("", 74, 81, 104),
        "density": ("", 0.16, 0.175, 0.21),
        "mean_degree": ("", 3.4, 3.7, 4.5),
        "reciprocity_arc": ("", 0.54, 0.49, 0.52),
        "transitivity": ("", 0.48, 0.43, 0.41),
        "ei_index": ("site", -0.42, -0.3, -0.05),
        "centralization_in": ("", 0.3, 0.33, 0.38),
        "n_components": ("", 1, 1, 1),
        "n_isolates": ("", 0, 0, np.nan),
        "triad_census": ("300", 3, 4, 5),
    }
    rows = [
        (wave, "advice", measure, by, value, low, high, expected)
        for measure, (by, *numbers) in values.items()
        for wave, value in zip(WAVES, numbers, strict=True)
        for low, high, expected in [
            (value - 0.12 * abs(value), value + 0.1 * abs(value), 0.62 if by == "site" else np.nan)
            if measure[:2] != "n_"
            else (np.nan,) * 3
        ]
    ]
    names = ["wave", "relation", "measure", "by", "value", "low", "high", "expected"]
    table = pd.DataFrame(rows, columns=names).assign(p=np.nan, n_dyads=462, threshold=1.0, policy="observed", note=None)
    return _shaped("network_measures", table).astype({"n_dyads": "Int64"})


@pytest.fixture(scope="session")
def change(dyad_change) -> pd.DataFrame:
    both = [dyad_change.assign(scope="all"), dyad_change, dyad_change.assign(scope=dyad_change["role_pair"])]
    keys = ["from_wave", "to_wave", "relation", "scope", "kind"]
    counted = pd.concat(both).groupby(keys).size().rename("n").reset_index()
    table = counted.assign(threshold_from=1.0, threshold=1.0, policy="observed")
    return _shaped("change", table)


@pytest.fixture(scope="session")
def activities() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("a1", "2024-01-18", "Kick-off", "meeting"),
            ("a2", "2024-02-01", "Site visit at Elm", "notes"),
            ("a3", "2024-02-15", "Design session 1", "meeting"),
            ("a4", "2024-02-29", "Check-in by video", "meeting"),
            ("a5", "2024-03-14", "Design session 2", "meeting"),
            ("a6", "2024-04-04", "Share-out", "meeting"),
            ("a7", None, "Interview", "interview"),
        ],
        columns=["activity", "date", "title", "kind"],
    ).astype({"date": "datetime64[us]"})


@pytest.fixture(scope="session")
def attendance(activities, roster) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    there = [
        (activity, actor, 60.0, "listed")
        for activity, share in zip(activities["activity"], (0.9, 0.3, 0.7, 0.4, 0.8, 0.95, 0.1), strict=True)
        for actor in roster["actor"][rng.random(len(roster)) < share]
    ]
    return pd.DataFrame(there, columns=["activity", "actor", "minutes", "basis"])


@pytest.fixture(scope="session")
def turns(attendance) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frames = []
    for activity, people in attendance[attendance["activity"].ne("a2")].groupby("activity")["actor"]:
        chance = rng.gamma(0.8, size=len(people)) + 0.05
        who = rng.choice(people.to_numpy(object), size=90, p=chance / chance.sum())
        frame = pd.DataFrame({"activity": activity, "position": np.arange(1, 91), "actor": who})
        frame["text"] = [" ".join(["word"] * n) for n in rng.integers(2, 40, size=90)]
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    table["speaker"] = table["actor"]
    table.loc[(table["activity"] == "a5") & (table["position"] % 11 == 0), "actor"] = None
    return table.assign(turn=table["position"].astype(str), start_s=np.nan, end_s=np.nan, cues=None)


@pytest.fixture(scope="session")
def codings(turns) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    coded = turns[turns["activity"].isin(["a1", "a3", "a5", "a6"])].sample(160, random_state=5)
    code = rng.choice(["shared_practice", "help_request", "help_given", "reflection", "agreement"], size=160)
    table = coded[["activity", "turn"]].assign(coder=rng.choice(["ana", "ben"], size=160), code=code)
    return table[~((table["activity"] == "a3") & (table["code"] == "agreement"))]


@pytest.fixture(scope="session")
def coverage() -> pd.DataFrame:
    return pd.DataFrame(
        {"coder": "ana", "activity": ["a1", "a3", "a5", "a6"], "codebook": "help", "first_position": 1,
         "last_position": 90, "basis": "listed"}
    )  # fmt: skip


@pytest.fixture(scope="session")
def events(attendance) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    rows = []
    for activity, n in (("a1", 14), ("a3", 26), ("a5", 31), ("a6", 22)):
        people = attendance.loc[attendance["activity"].eq(activity), "actor"].to_numpy(object)
        for k in range(n):
            seeker, helper = rng.choice(people[: 3 + len(people) // 2], size=2, replace=False)
            kind = rng.choice(["help_request", "help_given", "shared_practice"], p=[0.3, 0.45, 0.25])
            unknown = k % 9 == 0
            rows.append((f"{activity}/{k}/1", activity, np.nan, kind, seeker, None if unknown else helper))
    table = pd.DataFrame(rows, columns=["event", "activity", "time_s", "kind", "seeker", "helper"])
    table = table.assign(request_turn=None, response_turn="1", basis="coded", source="ana")
    return _shaped("events", table)


@pytest.fixture(scope="session")
def agreement() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    rows = []
    for code, prevalence in (
        ("help_request", 0.12),
        ("help_given", 0.15),
        ("shared_practice", 0.2),
        ("agreement", 0.002),
    ):
        for coefficient in ("percent", "kappa_cohen", "alpha_nominal", "ac1_gwet", "specific_positive"):
            value = np.nan if prevalence < 0.01 and coefficient == "kappa_cohen" else rng.uniform(0.5, 0.95)
            note = "no turn carries the code" if np.isnan(value) else None
            rows.append((code, coefficient, value, value - 0.15, min(value + 0.08, 1.0), prevalence, note))
    names = ["code", "coefficient", "value", "low", "high", "prevalence", "note"]
    table = pd.DataFrame(rows, columns=names).assign(coders="ana & ben", n=212, resampled="turns in blocks")
    return _shaped("agreement", table)


@pytest.fixture(scope="session")
def dyads(dyad_change, roster) -> pd.DataFrame:
    from nicmethods.joint.pairs import proposed_verdicts

    rng = np.random.default_rng(9)
    table = dyad_change[dyad_change["source"] < dyad_change["target"]].rename(
        columns={"source": "a", "target": "b", "kind": "change"}
    )
    n = len(table)
    close = table["change"].isin(["created", "strengthened", "kept"]).to_numpy()
    together = rng.poisson(2, n)
    n_help = rng.poisson(np.where(close, 0.6, 0.05)) * (together > 0)
    back = rng.poisson(np.where(close, 0.3, 0.01)) * (together > 0)
    asked = rng.poisson(np.where(close, 0.4, 0.05)) * (together > 0)
    table = table.assign(
        change_ab=table["change"], change_ba=table["change"], n_together=together, n_together_coded=together,
        n_help_ab=n_help, n_help_ba=back, n_request_ab=asked, n_request_ba=0, n_shared_ab=0, n_shared_ba=0,
        reciprocated_talk=(n_help > 0) & (back > 0), minutes_together=np.nan, reciprocated_survey=None,
        activities=None, events=None, weight_ab_from=table["weight_from"], weight_ab_to=table["weight_to"],
        weight_ba_from=np.nan, weight_ba_to=np.nan, role_pair=table["role_pair"].str.replace(">", "-"),
        verdict=proposed_verdicts(
            table["change"].to_numpy(object), n_help=n_help + back, n_other=asked, n_together_coded=together
        ),
    )  # fmt: skip
    return _shaped("dyads", table).reset_index(drop=True)


@pytest.fixture(scope="session")
def convergence(dyads) -> pd.DataFrame:
    from nicmethods.joint.pairs import convergence

    return convergence(dyads)


@pytest.fixture(scope="session")
def propositions() -> pd.DataFrame:
    rows = [
        ("new_across", "New ties form between educators of different schools.", 0.05, 0.03, 0.08, 546, "supports", 17, 167, 0.06, 0.16, "supports", 262, 17, 7.1, "supports", "agreement", "agreement"),
        ("stronger_within", "Ties between colleagues of one school grow stronger.", 0.26, 0.08, 0.44, 62, "supports", 7, 32, 0.09, 0.4, "supports", 35, 3, 2.6, "too_little", "too_little_to_say", None),
        ("reciprocity", "Help is reciprocated between educators, and between researchers and educators, over the whole time.", -0.02, -0.2, 0.16, 81, "open", 0, 0, np.nan, np.nan, "not_observable", 0, 0, np.nan, "too_little", "not_observable", None),
        ("hub", "The hub helps members more than members help each other.", -0.4, -0.6, -0.1, 81, "contradicts", 20, 39, 0.3, 0.7, "supports", 39, 4, 3.8, "open", "dissonance", None),
    ]  # fmt: skip
    names = ["proposition", "statement", "survey_value", "survey_low", "survey_high", "survey_n", "survey_stance", "n_seen", "n_pairs",
             "seen_low", "seen_high", "talk_stance", "n_rows", "n_both", "expected", "together_stance", "proposed_verdict", "researcher_verdict"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    texts = ["relation", "survey_claim", "survey_evidence", "talk_claim", "talk_evidence", "together_claim", "together_evidence", "reason",
             "change_said", "talk_said", "survey_answer", "talk_answer", "together_answer"]  # fmt: skip
    fixed = {"claim": "coincidence", "pairs": "all", "n_talk": table["n_both"], "n_change": table["n_both"]}
    fixed |= {"survey_up": 5, "survey_down": 1, "n_row_pairs": table["n_rows"]}
    return _shaped("propositions", table.assign(**fixed, **dict.fromkeys(texts, "")))


@pytest.fixture(scope="session")
def activity_yield() -> pd.DataFrame:
    rows = [("w1", "w2", a, n, ties, e) for a, n, ties, e in (("a1", 9, 14, 5.1), ("a3", 6, 12, 6.3))]
    rows += [
        ("w2", "w3", a, n, ties, e) for a, n, ties, e in (("a5", 17, 25, 9.4), ("a6", 8, 22, 7.7), ("all", 20, 28, 13))
    ]
    names = ["from_wave", "to_wave", "activity", "n_preceded", "n_ties", "expected"]
    table = pd.DataFrame(rows, columns=names).assign(
        relation="advice", kind="any", n_pairs=40, n_first=3, share=0.3, low=0.2, high=0.4, p=0.01, p_holm=[0.03, 0.6, 0.0004, 0.9, 0.01],
        threshold=1.0, policy="observed",
    )  # fmt: skip
    table = table.assign(null_low=table["expected"] - 3, null_high=table["expected"] + 3)
    return _shaped("activity_yield", table)


@pytest.fixture(scope="session")
def pathway_curves() -> pd.DataFrame:
    frames = []
    for by, group, scale in (("all", "all", 1.0), ("scope", "within", 1.5), ("scope", "across", 0.7)):
        for step, top in (("shared_practice", 0.4), ("help_asked", 0.2), ("help_reciprocated", 0.08)):
            days = np.array([14, 28, 56, 77])
            reached = np.linspace(0.3, 1, 4) * top * scale
            frame = pd.DataFrame({"days": days, "reached": reached, "low": reached * 0.7, "high": reached * 1.3})
            frames.append(frame.assign(by=by, group=group, step=step, n_at_risk=[200, 150, 100, 40], n_reached=5))
    return _shaped("pathway_curves", pd.concat(frames, ignore_index=True))


@pytest.fixture(scope="session")
def pathway_steps() -> pd.DataFrame:
    rows = []
    for by, group, n in (("all", "all", 210), ("scope", "within", 40), ("scope", "across", 170)):
        for step, share in (("shared_practice", 0.3), ("help_asked", 0.16), ("help_reciprocated", 0.06)):
            k = round(n * share)
            rows.append((by, group, step, n, k, k / n, 0.8 * k, 0.5 * k, 1.2 * k, 0.6 * k, 0.3 * k, 0.9 * k))
    names = ["by", "group", "step", "n_pairs", "n_reached", "share", "order_expected", "order_low", "order_high",
             "present_expected", "present_low", "present_high"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names).assign(low=0.1, high=0.4, median_days=np.nan, order_p=0.2, present_p=0.01)
    return _shaped("pathway_steps", table)


@pytest.fixture(scope="session")
def case_propositions(propositions) -> pd.DataFrame:
    verdicts = ["agreement", "partial_agreement", "open", "dissonance", "silence_talk", "too_little_to_say"]
    frames = [
        propositions.assign(case=case, proposed_verdict=[verdicts[(k * place) % 6] for k in range(4)])
        for place, case in enumerate(("demo", "statewide", "valley", "harbour"))
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="session")
def case_measures(network_measures) -> pd.DataFrame:
    scale = {"demo": 1.0, "statewide": 0.8, "valley": 1.3}
    numbers = ["value", "low", "high"]
    frames = [
        network_measures.assign(case=case, **{c: network_measures[c] * s for c in numbers}) for case, s in scale.items()
    ]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="session")
def models() -> pd.DataFrame:
    rows = [("tie_change", "w1", "w2", "advice", "intercept", 0.4, 0.3, 0.5), ("tie_change", "w1", "w2", "advice", "help", 0.3, 0.1, 0.5),
            ("tie_change", "w1", "w2", "advice", "same_site", -0.05, -0.2, 0.1), ("tie_change", "w2", "w3", "advice", "help", 0.2, -0.1, 0.5),
            ("help_events", None, None, None, "reciprocity", 1.2, 0.8, 1.6), ("help_events", None, None, None, "inertia", np.nan, np.nan, np.nan),
            ("help_events", None, None, None, "deviance", 812.0, np.nan, np.nan)]  # fmt: skip
    names = ["model", "from_wave", "to_wave", "relation", "term", "estimate", "low", "high"]
    return _shaped("models", pd.DataFrame(rows, columns=names).assign(n=[1260, 1260, 1260, 930, 61, 61, 61]))


@pytest.fixture(scope="session")
def sensitivity() -> pd.DataFrame:
    settings = [
        ("none", "the report's own"),
        ("threshold", "one lower"),
        ("threshold", "one higher"),
        ("policy", "zero"),
    ]
    rows = [
        (choice, setting, "proposition", subject, "partial_agreement" if changed else verdict, verdict, not changed)
        for k, (choice, setting) in enumerate(settings)
        for subject, verdict in (("new_across", "agreement"), ("reciprocity", "open"), ("hub", "dissonance"))
        for changed in [subject == "reciprocity" and k == 2]
    ]
    rows += [
        (choice, setting, "pair", f"w1/w2/A/{p}", "coincide", "coincide", p >= 2 * k)
        for k, (choice, setting) in enumerate(settings) for p in range(10)
    ]  # fmt: skip
    names = ["choice", "setting", "kind", "subject", "verdict", "baseline", "is_same"]
    return _shaped("sensitivity", pd.DataFrame(rows, columns=names))
