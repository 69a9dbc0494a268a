"""How fast the network strand is, beside R's sna and networkx, as ratios of processor time in one run.

Run ``python benchmarks/network.py``, or name parts: ``qap``, ``mrqap``, ``alone``, ``measures``, ``large``. R (with sna)
is needed for the first two. R runs a few permutations, scaled up; all else runs in full. One thread each; processor time
does not depend on what else the machine does.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nicmethods.tables.bundles import Survey

QAP_IN_R = """
suppressMessages(library(sna)); g <- array(0, c(2, N, N))
for (k in 1:2) g[k, , ] <- as.matrix(read.csv(paste0("m", k, ".csv"), header = FALSE))
cat(sum(system.time(qaptest(g, gcor, g1 = 1, g2 = 2, reps = REPS))[1:2]))
"""
MRQAP_IN_R = """
suppressMessages(library(sna)); read <- function(k) as.matrix(read.csv(paste0("m", k, ".csv"), header = FALSE))
x <- array(0, c(4, N, N)); for (k in 1:4) x[k, , ] <- read(k + 1)
cat(sum(system.time(suppressWarnings(netlm(read(1), x, reps = REPS)))[1:2]))
"""


def timed(work: Callable[[], object], *, least_s: float = 0.2) -> float:
    """Processor seconds of one call, the mean over as many as fill the least time."""
    work()
    times, start = 0, time.process_time()
    while time.process_time() - start < least_s:
        work()
        times += 1
    return (time.process_time() - start) / times


def side_by_side(works: Sequence[Callable[[], object]], *, rounds: int = 7) -> list[float]:
    """Processor seconds of one call of each, the median over rounds that take them in turn, so that a busy machine is as busy for all."""
    for work in works:
        work()
    return np.median([[_seconds(work) for work in works] for _ in range(rounds)], axis=0).tolist()


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def in_r(script: str, matrices: Sequence[np.ndarray], reps: int) -> float:
    """Processor seconds R takes for so many permutations."""
    with tempfile.TemporaryDirectory() as folder:
        for k, matrix in enumerate(matrices, 1):
            np.savetxt(Path(folder) / f"m{k}.csv", matrix, delimiter=",", fmt="%.10g")
        code = script.replace("N, N", f"{len(matrices[0])}, {len(matrices[0])}").replace("REPS", str(reps))
        done = subprocess.run(["Rscript", "-e", code], cwd=folder, capture_output=True, text=True, check=True)
    return float(done.stdout)


def ties(n: int, rng: np.random.Generator, degree: float = 10) -> np.ndarray:
    matrix = (rng.random((n, n)) < degree / n).astype(float)
    np.fill_diagonal(matrix, 0)
    return matrix


def holes(matrix: np.ndarray, rng: np.random.Generator, share: float = 0.1) -> np.ndarray:
    return np.where(rng.random(matrix.shape) < share, np.nan, matrix)


def qap_part(rng: np.random.Generator) -> None:
    from nicmethods.network.permutation import qap

    for n, reps in ((50, 200), (200, 20), (1000, 4)):
        x, y = ties(n, rng), ties(n, rng)
        theirs = in_r(QAP_IN_R, (x, y), reps) / reps * 1000
        ours = timed(lambda x=x, y=y: qap(x, y, seed=1, n_permutations=1000))
        report(f"QAP, n = {n}, mean degree 10, 1,000 permutations", ours, theirs, f"R sna, {reps} permutations scaled")
        if n == 200:
            missing = holes(x, rng), holes(y, rng)
            ours = timed(lambda missing=missing: qap(*missing, seed=1, n_permutations=1000))
            report("  the same with 10 % of cells missing in each", ours, theirs, "R sna, complete data")
            dense = rng.normal(size=(2, n, n))
            ours = timed(lambda dense=dense: qap(*dense, seed=1, n_permutations=1000))
            report("  the same with every cell a different value", ours, theirs, "R sna, as above")


def mrqap_part(rng: np.random.Generator) -> None:
    from nicmethods.network.regression import mrqap

    for n, reps in ((50, 20), (200, 3)):
        group = rng.integers(0, 5, n)
        predictors = {
            "earlier": ties(n, rng),
            "other": ties(n, rng),
            "same": (group[:, None] == group).astype(float),
            "noise": rng.normal(size=(n, n)),
        }
        y = ties(n, rng)
        theirs = in_r(MRQAP_IN_R, (y, *predictors.values()), reps) / reps * 1000
        for label, outcome, chosen in (
            ("two relations, same group, a dense covariate", y, predictors),
            ("  10 % of the outcome missing", holes(y, rng), predictors),
            ("  sparse relations only", y, predictors | {"same": ties(n, rng), "noise": ties(n, rng)}),
        ):
            ours = timed(lambda outcome=outcome, chosen=chosen: mrqap(outcome, chosen, seed=1, n_permutations=1000))
            note = f"R sna, {reps} permutations scaled, complete data, first row's predictors"
            report(f"MRQAP, n = {n}, 4 predictors, 1,000 permutations: {label}", ours, theirs, note)


def alone_part(rng: np.random.Generator) -> None:
    from nicmethods.network.permutation import qap
    from nicmethods.network.regression import mrqap

    x, y = ties(500, rng), ties(500, rng)
    report("QAP, n = 500, mean degree 10, 10,000 permutations", timed(lambda: qap(x, y, seed=1, n_permutations=10_000)))
    predictors = {name: ties(500, rng) for name in "abcd"}
    seconds = timed(lambda: mrqap(y, predictors, seed=1, n_permutations=10_000))
    report("MRQAP, n = 500, 4 sparse predictors, 10,000 permutations", seconds)


def made_up(n: int, n_ties: int, rng: np.random.Generator) -> Survey:
    """A synthetic survey: one wave, everyone answered."""
    from nicmethods.network import survey_of

    actor = np.array([f"p{i:06d}" for i in range(n)])
    key = (
        rng.choice(n * n, size=int(1.05 * n_ties) + n, replace=False)
        if n < 5000
        else rng.integers(0, n * n, 2 * n_ties)
    )
    key = np.unique(key)
    source, target = np.divmod(rng.permutation(key), n)
    kept = np.flatnonzero(source != target)[:n_ties]
    frame = {"source": actor[source[kept]], "target": actor[target[kept]]}
    roster = pd.DataFrame(
        {
            "actor": actor,
            "site": rng.integers(0, max(5, n // 1000), n).astype(str),
            "role": rng.choice(["a", "b", "c"], n),
        }
    )
    weight = rng.integers(1, 5, len(kept)).astype(float)
    return survey_of(pd.DataFrame(frame).assign(weight=weight), roster=roster)


def in_networkx(graph: nx.DiGraph, site: dict[str, str]) -> None:
    """What networkx has of the measure set, each by its fastest function."""
    undirected = graph.to_undirected()
    groups = [{node for node in graph if site[node] == one} for one in set(site.values())]
    nx.density(graph), nx.overall_reciprocity(graph), nx.triadic_census(graph), nx.transitivity(undirected)
    dict(graph.in_degree()), dict(graph.out_degree()), dict(graph.in_degree(weight="weight"))
    nx.betweenness_centrality(graph), nx.harmonic_centrality(graph), nx.harmonic_centrality(graph.reverse())
    nx.pagerank(graph), nx.core_number(undirected), nx.constraint(graph), nx.effective_size(graph)
    (
        nx.closeness_centrality(graph),
        nx.closeness_centrality(graph.reverse()),
        nx.eigenvector_centrality_numpy(undirected),
    )
    nx.clustering(undirected), nx.degree_assortativity_coefficient(graph)
    sum(sum(far.values()) for _, far in nx.all_pairs_shortest_path_length(graph))  # mean distance and diameter
    list(nx.weakly_connected_components(graph)), list(nx.strongly_connected_components(graph)), list(nx.isolates(graph))
    nx.community.modularity(graph, groups, weight=None), nx.attribute_assortativity_coefficient(graph, "site")
    nx.attribute_mixing_matrix(graph, "site"), nx.community.louvain_communities(undirected, seed=1)


def measures_part(rng: np.random.Generator) -> None:
    from nicmethods.network.actors import wave_actors
    from nicmethods.network.graph import to_networkx, wave_network
    from nicmethods.network.measures import wave_measures

    survey = made_up(500, 5000, rng)
    network = wave_network(survey)
    graph = to_networkx(network)
    site = dict(zip(survey.roster["actor"], survey.roster["site"], strict=True))

    def ours() -> None:
        built = wave_network(survey)
        wave_measures(built, seed=1, by=("site",), n_permutations=0, n_bootstrap=0)
        wave_actors(built, seed=1, by=())

    seconds, fast = side_by_side([ours, lambda: in_networkx(graph, site)])
    # For all nodes at once networkx 3.6 takes effective size from matrices and divides by the wrong person's tie; node by node it is right.
    wrong, right = timed(lambda: nx.effective_size(graph)), timed(lambda: nx.effective_size(graph, nodes=list(graph)))
    what = "All values of a wave, 500 actors, 5,000 ties, beside networkx's vectorised functions"
    report(what, seconds, fast, "networkx, what it has of them, effective size from matrices (wrong)")
    report("  the same, effective size node by node", seconds, fast - wrong + right, "networkx, effective size right")

    def everything() -> None:
        built = wave_network(survey)
        wave_measures(built, seed=1)
        wave_actors(built, seed=1)

    report("  with intervals, 1,000-permutation tests and brokerage by site and role", timed(everything))


def large_part(rng: np.random.Generator) -> None:
    from nicmethods.network.actors import actor_measures
    from nicmethods.network.measures import network_measures

    survey = made_up(100_000, 1_000_000, rng)
    for name, function in (("network_measures", network_measures), ("actor_measures", actor_measures)):
        start, wall = time.process_time(), time.perf_counter()
        rows = function(survey, seed=1)
        seconds, wall = time.process_time() - start, time.perf_counter() - wall
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        report(f"{name}, 100,000 actors, 1,000,000 ties: {len(rows):,} rows, {wall:.0f} s by the clock", seconds)
        print(f"    most memory so far {memory:.1f} GiB")
        if name == "network_measures":
            noted = rows[rows["note"].str.contains("random|grown")]
            print("    approximated: " + "; ".join(noted["measure"] + ": " + noted["note"]))


def report(what: str, ours: float, theirs: float | None = None, note: str = "") -> None:
    ratio = f"{theirs / ours:10,.0f} x   (theirs {theirs:8.2f} s; {note})" if theirs else ""
    print(f"{what:<95} {ours:8.3f} s {ratio}", flush=True)


PARTS = {"qap": qap_part, "mrqap": mrqap_part, "alone": alone_part, "measures": measures_part, "large": large_part}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part](np.random.default_rng(20))
