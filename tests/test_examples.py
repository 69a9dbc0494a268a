"""Every name of the library has an example, and every example comes out."""

import doctest
import inspect
import sys
from pathlib import Path

import pytest

import nicmethods as nic

ROOT = Path(__file__).resolve().parents[1]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
NAMES = {f"nic.{name}": getattr(nic, name) for name in nic.__all__}
ROOMS = {f"nic.{room}.{name}": getattr(getattr(nic, room), name) for room in nic.__all__
         if inspect.ismodule(getattr(nic, room)) for name in getattr(nic, room).__all__}  # fmt: skip


def examples(thing):
    return doctest.DocTestParser().get_examples(thing.__doc__ or "")


def is_found_by_doctest(thing):
    """Functions in a wrapper are not: doctest takes them for somebody else's."""
    return not inspect.isfunction(thing) or thing.__globals__ is vars(sys.modules[thing.__module__])


def test_names_of_rooms_are_no_modules():
    """A module that is called as a name of its package stands in its place."""
    assert not [name for name, thing in ROOMS.items() if inspect.ismodule(thing)]


@pytest.mark.parametrize("name", NAMES)
def test_each_top_level_name_has_an_example(name):
    assert examples(NAMES[name])


@pytest.mark.parametrize(
    "name", [name for name, thing in (NAMES | ROOMS).items() if examples(thing) and not is_found_by_doctest(thing)]
)
def test_examples_of_wrapped_functions_come_out(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    thing = (NAMES | ROOMS)[name]
    there = dict(vars(sys.modules[thing.__module__]))
    test = doctest.DocTest(examples(thing), there, name, thing.__code__.co_filename, 0, thing.__doc__)
    said = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append)
    assert not said, "".join(said)
