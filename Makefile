# Two commands do everything on a fresh machine with Python 3.11 or newer: `make chat` and `make test`.
#   PYTHON=python3.12     the interpreter to use
#   TORCH_INDEX=URL       a wheel index with CPU-only torch, for packages of yours that need torch (Yunce does not)
#   PORT=8000             where the chat listens

PORT ?= 8000
VENV ?= .venv
LTV ?= .venv-ltv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
UV := $(shell command -v uv 2>/dev/null)
INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX),)

# uv does not read pip's settings: hand it the same folders of wheels.
export UV_FIND_LINKS := $(or $(UV_FIND_LINKS),$(PIP_FIND_LINKS))
ifeq ($(strip $(UV_FIND_LINKS)),)
unexport UV_FIND_LINKS
endif

.DEFAULT_GOAL := help
.PHONY: help install chat demo test test-slow test-ltv lint check bench bench-large eval clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## Install Yunce into .venv

chat: $(VENV)/.installed ## Install, build the demo data if there is none, and open the chat
	@$(BIN)/yunce chat --port $(PORT)

demo: $(VENV)/.installed ## Build the demo data again
	@$(BIN)/yunce demo

test: $(VENV)/.installed-dev ## Install and run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

test-slow: $(VENV)/.installed-dev ## Test what takes longest: the story at other seeds and sizes, and the tests of the tests
	$(BIN)/python -m pytest -n auto --dist loadfile -m slow

test-ltv: $(LTV)/.installed ## Test predicted lifetime value in an environment of its own (some 700 MB more)
	YUNCE_REQUIRE_LTV=1 $(LTV)/bin/python -m pytest tests/tools/predicted_ltv tests/conformance/test_customers.py

lint: $(VENV)/.installed-dev ## Style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test test-slow ## Everything that must be green before a commit

bench: $(VENV)/.installed-dev ## Measure, and write the reports under benchmarks/
	$(BIN)/python -m benchmarks

eval: $(VENV)/.installed-dev ## Score the question sets, and write docs/evaluation.md
	$(BIN)/python -m benchmarks.planner

# BENCH_HOME reads the demo of a home that there is; BENCH_SCRATCH holds what is large; BENCH_ONLY picks what is measured again.
BENCH_SCRATCH ?= benchmarks/scratch
bench-large: $(VENV)/.installed-dev $(BENCH_SCRATCH)/venv/.installed ## Measure at a hundred million events, beside peers
	BENCH_HOME="$(BENCH_HOME)" BENCH_SCRATCH="$(BENCH_SCRATCH)" $(BIN)/python -m benchmarks.large $(BENCH_ONLY)

$(BENCH_SCRATCH)/venv/.installed: benchmarks/requirements.txt
	@test -n "$(PYTHON)" || { echo "The peers need Python 3.11 or newer."; exit 1; }
	$(PYTHON) -m venv $(BENCH_SCRATCH)/venv
	$(BENCH_SCRATCH)/venv/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

clean: ## Remove the environment and caches, never your data
	rm -rf $(VENV) $(LTV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist build

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Yunce needs Python 3.11 or newer; none was found. Install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	$(if $(UV),$(UV) venv --quiet --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(call pip,-e .)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(call pip,-e '.[dev]')
	@touch $@ $(VENV)/.installed

# Lifetimes is installed for its CDNOW data alone, without what its own code needs.
$(LTV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Yunce needs Python 3.11 or newer; none was found. Install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(LTV)
	$(LTV)/bin/python -m pip install --quiet --disable-pip-version-check $(INDEX) -c constraints.txt -e '.[ltv]' pytest pytest-asyncio pytest-timeout
	$(LTV)/bin/python -m pip install --quiet --disable-pip-version-check $(INDEX) --no-deps Lifetimes
	@touch $@

pip = $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python $(INDEX) -c constraints.txt $(1),\
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(INDEX) -c constraints.txt $(1))
