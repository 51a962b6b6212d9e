# Two commands set everything up on a bare machine with Python 3.11+ and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
OLD_DUCKDB := .stamps/duckdb-1.5
SPREAD ?= -n auto --dist loadfile  # `make test SPREAD=` runs everything in one process

.PHONY: help demo test lint bench assets clean
help:
	@grep -E '^[a-z]+:.*#' $(MAKEFILE_LIST) | sed 's/:.*#/  -/'

demo: .stamps/light  # the main job on a synthetic hub: offline, light install only
	$(BIN)/headgate demo
	@echo "next: . $(BIN)/activate && headgate recall osktivcor/Murzan-70B --workspace demo.headgate"

test: .stamps/test $(OLD_DUCKDB) .stamps/sarif .stamps/axe  # every test, with all extras
	$(BIN)/python -m pytest $(SPREAD)
	PYTHONPATH=$(OLD_DUCKDB) $(BIN)/python -m pytest -q $(SPREAD) tests/test_workspace.py tests/test_derive.py tests/test_run.py tests/link tests/detect tests/govern tests/licences tests/bom/test_facts.py tests/test_diff.py tests/test_pieces.py tests/test_screening.py tests/test_screening_whole.py tests/report/test_datasheet.py tests/reading tests/screen/test_dependencies.py

lint: .stamps/lint  # ruff, mypy, import contracts, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell $$(git ls-files)

bench: .stamps/test  # side by side with networkx and pandas, at 300,000 models
	$(BIN)/python bench/hub.py --models 300000

assets:  # the dashboard's scripts, from the npm packages that assets/package-lock.json names
	cd assets && npm ci --silent --no-audit --no-fund && npm run --silent build

clean:  # remove the environment and what it made
	rm -rf $(VENV) .stamps demo.headgate

.stamps/venv:
	@mkdir -p .stamps
	$(PYTHON) -m venv $(VENV)
	@touch $@

.stamps/light: .stamps/venv pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

.stamps/test: .stamps/light
	$(PIP) -e '.[test]'
	@touch $@

.stamps/lint: .stamps/test
	$(PIP) -e '.[test,lint]'
	@touch $@

# The public validator of SARIF; without npm its one test is skipped.
.stamps/sarif:
	@mkdir -p $@
	timeout 180 npm install --silent --no-audit --no-fund --fetch-retries 1 --prefix $@ @microsoft/sarif-multitool@5.7.0 \
	  || echo "note: npm does not reach the SARIF validator; its test is skipped"
	@touch $@

# What checks the accessibility of the pages; without npm those tests are skipped.
.stamps/axe:
	@mkdir -p $@
	timeout 180 npm install --silent --no-audit --no-fund --fetch-retries 1 --prefix $@ axe-core@4.14.1 \
	  || echo "note: npm does not reach axe-core; its tests are skipped"
	@touch $@

# Headgate supports DuckDB 1.5 and 2.0; this folder shadows the 2.0 of the environment.
$(OLD_DUCKDB): .stamps/test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $@ 'duckdb>=1.5,<1.6'
	@touch $@
