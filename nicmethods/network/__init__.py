"""Survey ties of waves -> measures, change between waves, tests and models.

Everything starts from a survey: a case's (``case.survey``), or one made of what is at hand (:func:`survey_of`).

Examples
--------
>>> import nicmethods as nic
>>> survey = nic.load_case("demo").survey
>>> begun_or_ended = nic.network.change(survey).query("scope == 'all' and kind in ['created', 'dissolved']")
>>> begun_or_ended[["from_wave", "to_wave", "kind", "n"]].values.tolist()
[['W1', 'W2', 'created', 28], ['W1', 'W2', 'dissolved', 1], ['W2', 'W3', 'created', 16], ['W2', 'W3', 'dissolved', 2]]
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    name: module
    for module, names in {
        "formats": ["survey_of", "write_network", "write_networks"],
        "graph": ["every_wave", "in_both", "to_igraph", "to_matrix", "to_networkx", "wave_network"],
        "matrices": ["covariate"],
        "influence_models": ["exposure", "influence", "selection"],
        "belonging": [
            "block_densities",
            "core_periphery",
            "leiden_modularity",
            "memberships",
            "structural_equivalence",
        ],
        "measures": ["network_measures", "other_reading", "wave_measures"],
        "actors": ["actor_measures", "brokerage", "eigenvector", "structural_holes", "wave_actors"],
        "census": ["dyad_census", "transitivity", "triad_census"],
        "groups": ["ei_interval", "ei_valued", "group_tests", "mixing"],
        "bootstrap": ["vertex_bootstrap"],
        "between_waves": ["change", "dyad_change", "stability", "transitions", "turnover"],
        "permutation": ["qap"],
        "regression": ["mrqap", "qap_table"],
        "random_graphs": ["cug", "reciprocity_test"],
        "pair_models": ["pair_model", "stergm", "stergm_table"],
        "places": ["layout"],
    }.items()
    for name in names
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
