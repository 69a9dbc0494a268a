"""The room's public names."""

import subprocess
import sys
from pathlib import Path

import pytest

from nicmethods import joint

MODULES = {path.stem for path in Path(joint.__file__).parent.glob("*.py")}


@pytest.mark.parametrize("name", joint.__all__)
def test_each_name_is_a_documented_function_however_often_it_is_asked_for(name):
    assert name not in MODULES
    for _ in range(2):
        function = getattr(joint, name)
        assert callable(function)
        assert function.__doc__


def test_names_are_few_and_listed():
    assert dir(joint) == joint.__all__
    assert len(joint.__all__) <= 30
    with pytest.raises(AttributeError, match="no_such_name"):
        joint.no_such_name  # noqa: B018


def test_the_room_is_cheap_to_enter_and_brings_no_language_model():
    code = "import sys, nicmethods.joint as j\nfirst = 'pandas' in sys.modules\nj.convergence, j.dyads\n"
    code += "print(first, 'spacy' in sys.modules, 'matplotlib' in sys.modules, 'pandera' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["False"] * 4
