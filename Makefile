# make run     set up, run every case under data/, build the pages, say which file to open
# make test    everything that CI runs
# make lab     JupyterLab on notebooks/
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SCRATCH := build/test-study

.PHONY: run test lab setup lint check-types unit nbval notebooks tables lock clean

run: setup
	$(BIN)/nicmethods run

lab: setup
	$(BIN)/jupyter lab notebooks --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "nicmethods needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

test: lint check-types unit nbval

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

check-types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/coverage erase
	$(BIN)/pytest -q -n 2 --dist loadscope --cov --cov-report=term:skip-covered

# A study folder laid out as a user's, its shipped cases run, then each notebook's stored tables compared.
nbval: setup
	rm -rf $(SCRATCH)
	$(BIN)/nicmethods init $(SCRATCH)
	$(BIN)/nicmethods run --study $(SCRATCH)
	$(BIN)/pytest -q -p no:cacheprovider --nbval-lax --nbval-sanitize-with tests/nbval_sanitise.cfg --rootdir $(SCRATCH) $(SCRATCH)/notebooks

notebooks: setup
	$(BIN)/python tests/refresh_notebooks.py

tables: setup
	$(BIN)/python tests/write_tables_page.py

lock:
	uv pip compile pyproject.toml --extra dev --extra widgets --extra cluster --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
