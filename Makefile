# Everything a person does here is one of these; each installs what it needs from the hash-pinned locks.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: setup check test demo bench docs services clients lock clean

setup: .venv/.installed

.venv/.installed: requirements/dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The engine's own tests reach every branch of it; measuring that makes them slow, so the others run without.
ENGINE := tests/unit/engine tests/unit/trials tests/golden
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile

test: check
	$(PYTEST) $(ENGINE) --cov=core.engine --cov-branch --cov-report=term:skip-covered --cov-fail-under=100
	$(PYTEST) tests $(addprefix --ignore=,$(ENGINE))

# What some tests need beside Python; without it they skip and say so.
services:
	command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium)

# The programs of other makers that tests/clients runs with CUEWIRE_CLIENTS=1; without it they skip and say so.
clients: setup
	PYTHON=$(PYTHON) tests/clients/install

demo: setup
	$(BIN)/python -m cuewire.demo $(if $(EXIT),--exit)

bench: setup
	$(BIN)/python -m benchmarks

docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "the site is in site/: open site/index.html"

lock:
	uv pip compile pyproject.toml --extra build --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q -o requirements/runtime.lock
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q -o requirements/dev.lock

clean:
	rm -rf .venv .coverage .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
