# make run     set up, run every case under data/, build the pages, say which file to open
# make quick   after each change: the same tests without a browser, JupyterLab, whole runs and large computations
# make test    every test; CI runs it after make run, and make docs after it
# make docs    the documentation, its tutorials run; says which file to open
# make lab     JupyterLab on notebooks/, at the notebook to start with
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_TO_TEST := $(VENV)/.ready-to-test
# The locks are whole, so pip has nothing to resolve. Left to resolve, pip before 23.3 takes an extra of a pinned package from its newest release.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
SCRATCH := build/test-study

.PHONY: run quick test docs lab setup setup-tests lint check-types unit coverage nbval notebooks tables lock clean

run: setup
	$(BIN)/nicmethods run

lab: setup
	$(BIN)/jupyter lab notebooks/00_start.ipynb --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nicmethods needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

setup-tests: $(READY_TO_TEST)

$(READY_TO_TEST): $(READY) requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock
	@touch $(READY_TO_TEST)

quick: setup-tests
	$(BIN)/ruff check .
	$(BIN)/pytest -q -n 2 --dist loadscope -m "not slow and not browser"

test: lint check-types unit nbval

lint: setup-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

check-types: setup-tests
	$(BIN)/mypy

unit: setup-tests
	$(BIN)/pytest -q -n 2 --dist loadscope

# Which lines no test runs; counting them takes the tests twice as long.
coverage: setup-tests
	$(BIN)/pytest -q -n 2 --dist loadscope --cov --cov-report=term:skip-covered

# A study folder laid out as a user's, its shipped cases run, then each notebook's stored tables compared.
nbval: setup-tests
	rm -rf $(SCRATCH)
	$(BIN)/nicmethods init $(SCRATCH)
	$(BIN)/nicmethods run --study $(SCRATCH)
	$(BIN)/pytest -q -p no:cacheprovider --nbval-lax --nbval-sanitize-with tests/nbval_sanitise.cfg --rootdir $(SCRATCH) $(SCRATCH)/notebooks

notebooks: setup-tests
	$(BIN)/python tests/refresh_notebooks.py

docs: setup-tests
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/docs
	@echo "Open build/docs/index.html"

tables: setup-tests
	$(BIN)/python tests/write_tables_page.py

COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --group build --extra widgets

# All versions are chosen for everything together; what running needs is then a part of that.
lock:
	$(COMPILE) --extra cluster --extra docs --extra dev --output-file requirements-dev.lock
	$(COMPILE) --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
