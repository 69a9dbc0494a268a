import importlib.util
from pathlib import Path

import pytest

from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, empty

ALL = [*CASE_TABLES.values(), *WORK_TABLES.values(), *RUN_TABLES.values()]


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_table_has_meanings_and_an_empty_form_that_meets_it(table):
    assert table.meaning.endswith(".")
    assert all(column.meaning for column in table.columns)
    assert set(table.key) <= set(table.names)
    table.schema().validate(empty(table), lazy=True)


def test_the_pages_of_tables_and_words_are_current():
    path = Path(__file__).parents[1] / "write_tables_page.py"
    spec = importlib.util.spec_from_file_location("write_tables_page", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text() == module.tables_page(), "run: make tables"
    assert module.GLOSSARY.read_text() == module.glossary_page(), "run: make tables"
