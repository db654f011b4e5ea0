# Every target sets up what it needs, from python3 (3.11 or newer), make and a Python package index.
# `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO_OUT ?= demo-out
PYTEST_ARGS ?=
MINUTES ?= 10
FUZZ ?= zip axml arsc dex signature app
NAMES ?=

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: fixtures fuzz help setup test lint types check docs docs-check demo wheel wheel-check coverage pins clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- set-up: stamp files keep it idempotent -----------------------------------------------------------------------

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "dunproof needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
	    echo "  → make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "this Python has no venv or ensurepip (Debian and Ubuntu keep them in a package of their own)." >&2; \
	    echo "  → sudo apt install python3-venv, then make $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "setting up $(VENV) …" >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements/run.txt
	@test -f $(VENV)/.dev || { echo "installing pinned requirements (run) …" >&2; \
	  $(PIP) install --quiet --require-hashes -r requirements/run.txt; }
	@touch $@

$(VENV)/.dev: $(VENV)/.python requirements/dev.txt
	@echo "installing pinned requirements (run, test, check) …" >&2
	@$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# Both kinds of set-up end in the same editable install; whichever ran is enough for it.
$(VENV)/.editable: pyproject.toml | $(VENV)/.python
	@test -f $(VENV)/.dev || test -f $(VENV)/.run || $(MAKE) --no-print-directory $(VENV)/.run
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.dev $(VENV)/.editable  ## make .venv with pinned, hash-checked requirements and dunproof itself

# --- checks -------------------------------------------------------------------------------------------------------

test: $(VENV)/.dev $(VENV)/.editable  ## run all tests
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

lint: $(VENV)/.dev $(VENV)/.editable  ## style, floors, dependencies, spelling, and the rules' own examples
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry src
	@$(BIN)/codespell src docs requirements README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
	@$(BIN)/dunproof rules check
	@$(BIN)/dunproof law check

types: $(VENV)/.dev $(VENV)/.editable  ## mypy --strict, over the package, its public types and the benchmarks
	@$(BIN)/mypy
	@$(BIN)/mypy tests/typing docs/build.py
	@MYPYPATH=bench $(BIN)/mypy bench

docs: $(VENV)/.dev $(VENV)/.editable  ## write the generated pages and schemas
	@$(BIN)/python docs/build.py write

docs-check: $(VENV)/.dev $(VENV)/.editable  ## fail when a generated page is not what the code says
	@$(BIN)/python docs/build.py check

check: test lint types docs-check wheel-check  ## everything that has to hold before a change is taken

fixtures: $(VENV)/.python  ## build the small test packages anew, bit for bit (Debian; installs smali, aapt, apksigner)
	@$(BIN)/python tests/read/app/fixtures/build.py $(NAMES)

fuzz: $(VENV)/.dev $(VENV)/.editable  ## fuzz the readers of hostile formats, MINUTES each (with atheris where it installs)
	@mkdir -p build/fuzz
	@test -d build/fuzz/lib || $(PIP) install --quiet --target build/fuzz/lib atheris || echo "no atheris here: changes at random" >&2
	@for target in $(FUZZ); do echo "fuzzing $$target …" >&2; \
	  PYTHONPATH=build/fuzz/lib $(BIN)/python tests/fuzz/run.py $$target --minutes $(MINUTES) 2>build/fuzz/$$target.log \
	    || { tail -n 40 build/fuzz/$$target.log >&2; exit 1; }; \
	  done

coverage: $(VENV)/.dev $(VENV)/.editable  ## run all tests under branch coverage and print what was not run
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

# --- use ----------------------------------------------------------------------------------------------------------

demo: $(VENV)/.run $(VENV)/.editable  ## investigate an invented case; prints where the report is
	@$(BIN)/dunproof demo --out $(DEMO_OUT)

wheel: $(VENV)/.run $(VENV)/.editable  ## build dist/dunproof-*.whl
	@rm -rf dist build
	@$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

# The wheel in an empty environment without any development package, run in an empty folder.
wheel-check: wheel  ## build the wheel, install it alone and run it
	@$(PYTHON) -m venv build/smoke
	@build/smoke/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/run.txt
	@build/smoke/bin/python -m pip --disable-pip-version-check uninstall --quiet --yes hatchling
	@build/smoke/bin/python -m pip --disable-pip-version-check install --quiet --no-deps --no-index dist/*.whl
	@mkdir -p build/empty
	@cd build/empty && ../smoke/bin/dunproof --version
	@cd build/empty && ../smoke/bin/dunproof demo --out report > demo.txt && test -s report/out/report.html && tail -n 5 demo.txt
	@cd build/empty && ../smoke/bin/dunproof rules check && ../smoke/bin/dunproof doctor

pins: $(VENV)/.python  ## write requirements/*.txt anew from pyproject.toml (asks the package index)
	@test -x $(BIN)/uv || $(PIP) install --quiet uv
	@for kind in build:run dev:dev; do \
	  $(BIN)/uv pip compile pyproject.toml --group $${kind%:*} --all-extras --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o requirements/$${kind#*:}.txt >/dev/null; \
	done
	@grep -c == requirements/*.txt

clean:  ## remove what was built, .venv too
	@rm -rf $(VENV) dist build demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*
