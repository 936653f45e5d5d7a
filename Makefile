# Each target makes its own .venv on a machine that has Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint bench lock docs clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   the loop on real data: file, model, endpoint, drift, retrain, promote"
	@echo "make test   the whole test suite"
	@echo "make lint   format, types, layers, sizes"
	@echo "make bench  the claims of docs/performance.md, measured"

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(STAMP)

demo: $(STAMP)
	$(BIN)/penstock demo

test: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/sizes.py

bench: $(STAMP)
	$(BIN)/python -m benchmarks

docs: $(STAMP)
	$(BIN)/python -m penstock.cli.reference docs/reference

lock:
	$(BIN)/uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --quiet --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --universal --quiet --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements-extras.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
