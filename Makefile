# Every target is one readable command. Python 3.11 or newer is all it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo install dev test check format bench clean

demo: install  ## install, survey a real animated clip, say where the report is
	$(BIN)/animstudio demo

install: $(VENV)/.installed  ## the core and the demo clip, into .venv

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[demo]'
	touch $@

dev: $(VENV)/.dev  ## what tests and checks need besides

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[demo,dev,models]'
	touch $@

test: dev  ## every test but tests/gpu
	$(BIN)/pytest -n auto

check: dev  ## format, lint, types, layers, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m animstudio.cli.reference --check docs/reference

format:  ## put the code in order and write the generated docs again
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m animstudio.cli.reference docs/reference

bench: dev  ## measure beside the peers; tables go into benchmarks/*/README.md by hand
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	for b in benchmarks/*/run.py; do $(BIN)/python $$b || exit 1; done

clean:
	rm -rf $(VENV)
