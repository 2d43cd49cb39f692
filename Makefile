# Two commands need nothing but Python 3.11 or later, git and make: `make demo` and `make test`.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8765
ONLY ?=
LIBS := --disable-pip-version-check --quiet

.PHONY: demo test check bench lock format clean

demo: $(VENV)/.run
	$(BIN)/python -m bot demo --port $(PORT)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check bot tests tools benchmarks
	$(BIN)/ruff check bot tests tools benchmarks
	$(BIN)/mypy
	$(BIN)/python -m bot check
	$(BIN)/python tools/audit.py

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ONLY)

format: $(VENV)/.dev
	$(BIN)/ruff check --fix-only bot tests tools benchmarks
	$(BIN)/ruff format bot tests tools benchmarks

lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -o requirements.txt
	uv pip compile pyproject.toml --group dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-annotate --no-header -o requirements-dev.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the bot needs (once, about a minute) ..."
	$(BIN)/pip install $(LIBS) --require-hashes -r requirements.txt
	$(BIN)/pip install $(LIBS) --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests need (once, a minute or two) ..."
	$(BIN)/pip install $(LIBS) --require-hashes -r requirements-dev.txt
	$(BIN)/pip install $(LIBS) --no-deps -e .
	@touch $@ $(VENV)/.run

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
