# Two commands for newcomers: `make demo` and `make test`. Both need Python 3.11+ and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test suite lint bench clean

demo: $(VENV)/ready
	$(BIN)/auctiond demo

# Compiled files are kept even where the environment says not to: the tests start a hundred servers.
# Files are begun in the order of tests/conftest.py.
test suite: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/ready-dev
	@$(MAKE) --no-print-directory -j2 lint suite  # mypy has one processor; the tests begin on the other.

# On a fresh clone they are compiled once, while mypy has the other processor, and not by each worker.
suite: $(VENV)/ready-dev
	@test -d tests/__pycache__ || $(BIN)/python -m pytest -q --collect-only >/dev/null || true
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/ready-dev
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready-dev
	$(BIN)/python -m bench auction --quick

$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "auctiond needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build *.egg-info
