"""Surveys from a matrix, and R's reference values."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nicmethods.tables.bundles import Survey

REFERENCE = Path(__file__).parents[1] / "reference" / "network"


def make_survey(
    values,
    *,
    answered=None,
    present=None,
    blank=(),
    site=None,
    role=None,
    wave="w1",
    within=None,
    threshold=1.0,
    directed=True,
    ids=None,
):
    """A survey of one wave; `values` is an n x n matrix, blanks are pairs of numbers."""
    values = np.asarray(values, float)
    n = len(values)
    ids = [f"a{i:03d}" for i in range(n)] if ids is None else list(ids)
    here = np.ones(n, bool) if present is None else np.asarray(present, bool)
    answered = here & (np.ones(n, bool) if answered is None else np.asarray(answered, bool))

    def text(column, default):
        return pd.Series([default] * n if column is None else list(column), dtype="str")

    roster = pd.DataFrame({"actor": text(ids, ""), "name": text(None, "Test Person"), "site": text(site, "s")})
    roster["role"] = text(role, "r")
    responses = pd.DataFrame({"relation": "help", "wave": wave, "actor": text(ids, ""), "basis": "listed"}).assign(
        present=pd.array(here, dtype="boolean"), responded=pd.array(answered, dtype="boolean")
    )
    source, target = np.nonzero((values > 0) & answered[:, None] & ~np.eye(n, dtype=bool))
    cells = {(i, j): values[i, j] for i, j in zip(source.tolist(), target.tolist(), strict=True)}
    cells |= dict.fromkeys(blank, np.nan)
    ties = pd.DataFrame(
        {
            "relation": pd.Series(["help"] * len(cells), dtype="str"),
            "wave": pd.Series([wave] * len(cells), dtype="str"),
            "source": pd.Series([ids[i] for i, _ in cells], dtype="str"),
            "target": pd.Series([ids[j] for _, j in cells], dtype="str"),
            "weight": np.array(list(cells.values()), float),
        }
    )
    relations = pd.DataFrame(
        {
            "relation": ["help"],
            "question": ["Whom do you ask for help?"],
            "threshold": [float(threshold)],
            "within": pd.Series([within], dtype="str"),
            "directed": pd.array([directed], dtype="boolean"),
        }
    )
    waves = pd.DataFrame({"wave": [wave]})
    return Survey(roster=roster, waves=waves, relations=relations, ties=ties, responses=responses)


def join_waves(*parts):
    """Several waves as one survey; roster and relations are the last wave's."""
    tables = {name: pd.concat([getattr(one, name) for one in parts]) for name in ("waves", "ties", "responses")}
    return replace(parts[-1], **tables)


@pytest.fixture(scope="session")
def survey():
    """Build a survey from a matrix."""
    return make_survey


@pytest.fixture(scope="session")
def joined():
    """Put several waves into one survey."""
    return join_waves


@pytest.fixture(scope="session")
def network():
    """Build a WaveNetwork from a matrix."""
    from nicmethods.network.graph import wave_network

    def build(values, *, policy="observed", **options):
        return wave_network(make_survey(values, **options).under(policy=policy))

    return build


@pytest.fixture(scope="session")
def random_values():
    """Build a valued n x n matrix with some reciprocity, from a seed."""

    def build(n, seed, density=0.2):
        rng = np.random.default_rng(seed)
        tied = rng.random((n, n)) < density
        tied |= tied.T & (rng.random((n, n)) < 0.4)
        np.fill_diagonal(tied, val=False)
        return tied * rng.integers(1, 5, (n, n)).astype(float)

    return build


@pytest.fixture(scope="session")
def r_values():
    """R's values: network, measure, by, actor, value."""
    # "null" is a measure, not a blank.
    options = {"keep_default_na": False, "na_values": {"value": ["NA", "NaN"]}}
    return pd.read_csv(REFERENCE / "values.csv", dtype={"by": "str", "actor": "str"}, **options)


@pytest.fixture(scope="session")
def r_networks():
    """The networks R generated: name to (values, groups)."""
    rows = pd.read_csv(REFERENCE / "networks.csv")
    found = {}
    for name, part in rows.groupby("network"):
        groups = part[part["target"].isna()]["group"].astype(int).astype(str).to_numpy()
        cells = part[part["target"].notna()].astype({"source": int, "target": int})
        values = np.zeros((len(groups), len(groups)))
        values[cells["source"] - 1, cells["target"] - 1] = cells["weight"]
        found[name] = values, groups
    return found


@pytest.fixture(scope="session")
def r_matrix():
    """Read a matrix that R wrote as source, target and perhaps value."""

    def read(file, n):
        rows = pd.read_csv(REFERENCE / file)
        matrix = np.zeros((n, n))
        matrix[rows["source"] - 1, rows["target"] - 1] = rows.get("value", 1)
        return matrix

    return read
