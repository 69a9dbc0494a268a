"""Two arguments in each other's place are refused with a sentence, in every public function that takes bundles or tables."""

import importlib
import inspect
from itertools import combinations

import pandas as pd
import pytest

import nicmethods as nic
from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES, WORK_TABLES, empty
from nicmethods.tables.bundles import Coders, Meetings, Survey, Talk

BUNDLES = {one.__name__: one for one in (Survey, Meetings, Coders, Talk)}
ROOMS = ["nicmethods", "nicmethods.network", "nicmethods.joint", "nicmethods.across", "nicmethods.figures"]
MODULES = [f"nicmethods.coding.{name}" for name in ("agreement", "carrying", "coded", "events", "review", "settling")]
MODULES += [f"nicmethods.joint.{name}" for name in ("pathway", "placement", "models", "attribution")]


def public():
    """Public functions by name, each once."""
    found = {}
    for home in [*ROOMS, *MODULES]:
        module = importlib.import_module(home)
        for name in module.__all__:
            function = getattr(module, name)
            if inspect.isfunction(function):
                found.setdefault((function.__module__, function.__name__), function)
    return found


def by_position(function):
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one for one in inspect.signature(function).parameters.values() if one.kind in kinds]


def is_checked(function):
    """Whether the function refuses wrong arguments (``takes``)."""
    return hasattr(function, "__wrapped__") and function.__code__.co_filename.endswith("bundles.py")


def right(parameter):
    """An argument that is in its place: of the right kind, without rows."""
    if str(parameter.annotation) in BUNDLES:
        return BUNDLES[str(parameter.annotation)]()
    declared = RUN_TABLES.get(parameter.name) or WORK_TABLES.get(parameter.name)
    return empty(declared) if declared else pd.DataFrame({parameter.name: []})


def is_told(parameter):
    """Whether what belongs there can be told from anything else: a bundle, or a declared table."""
    return str(parameter.annotation) in BUNDLES or parameter.name in RUN_TABLES or parameter.name in WORK_TABLES


SWAPS = [
    pytest.param(function, i, j, id=f"{name}({', '.join(one.name for one in by_position(function))}) {i}-{j}")
    for (_, name), function in sorted(public().items())
    if is_checked(function)
    for i, j in combinations(range(len(by_position(function))), 2)
    if is_told(by_position(function)[i]) or is_told(by_position(function)[j])
]


@pytest.mark.parametrize(("function", "i", "j"), SWAPS)
def test_swapped_arguments_are_refused_with_a_sentence(function, i, j):
    order = by_position(function)
    given = [right(one) for one in order]
    given[i], given[j] = given[j], given[i]
    others = {one.name: 1 for one in inspect.signature(function).parameters.values() if one.kind is one.KEYWORD_ONLY}
    with pytest.raises(MeasureError, match=rf"^{function.__name__}(\(|: ).* must be (a|the) .*\.$"):
        function(*given, **others)


def test_the_functions_that_are_asked_most_are_among_them():
    asked = {name for (_, name), function in public().items() if is_checked(function)}
    assert asked >= {"dyads", "tie_attribution", "activity_yield", "evaluate_propositions", "coded_talk", "help_events"}
    assert len(SWAPS) >= 70


def test_no_public_function_takes_more_than_four_arguments_by_position():
    assert [name for name, function in public().items() if len(by_position(function)) > 4] == []


def test_every_function_of_coding_and_joint_with_a_bundle_refuses_what_is_none():
    loose = [
        name
        for (home, name), function in public().items()
        if home.startswith(("nicmethods.coding", "nicmethods.joint")) and not is_checked(function)
        if any(str(one.annotation) in BUNDLES for one in inspect.signature(function).parameters.values())
    ]
    assert loose == []


def test_a_table_in_the_place_of_a_bundle_says_what_was_given():
    with pytest.raises(MeasureError, match="'survey' must be a Survey bundle; a DataFrame was given"):
        nic.joint.dyads(pd.DataFrame(), Meetings(), Talk())
