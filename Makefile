# The commands to remember: demo, test, test-slow, check, wheel. Each sets up what it needs in .venv, from the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow check wheel eval eval-model bench audit format lock docs decision clean

demo: $(VENV)/.run
	$(BIN)/sitrep demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --no-verify --baseline .secrets.baseline

# What others install: the wheel, in an empty environment, with what pip itself resolves.
wheel: $(VENV)/.run
	.ci/wheel $(PYTHON) $(BIN)/python

# Search quality on real questions, where ../shared/data is there; the first run embeds for a while.
eval: $(VENV)/.dev
	$(BIN)/python -m benchmarks.retrieval_quality
	$(BIN)/python -m benchmarks.briefing_month
	$(BIN)/python -m benchmarks.briefings
	$(BIN)/python -m benchmarks.embedders
	$(BIN)/python -m benchmarks.story_clustering
	$(BIN)/python -m benchmarks.reader
	$(BIN)/python -m benchmarks.answers
	$(BIN)/python -m benchmarks.multihop
	$(BIN)/python -m benchmarks.claim_check
	$(BIN)/python -m benchmarks.claim_crossing
	$(BIN)/python -m benchmarks.answers_hold
	$(BIN)/python -m benchmarks.extraction
	$(BIN)/python -m benchmarks.pdf

# Answers with a real chat model: CHAT_MODEL and OPENAI_BASE_URL say which; EVAL='--most 12' asks fewer.
# Goes on where it was stopped.
eval-model: $(VENV)/.dev
	$(BIN)/python -m benchmarks.model_answers $(EVAL)

# Known weaknesses of the locked dependencies.
audit: $(VENV)/.dev
	$(BIN)/pip-audit --disable-pip --no-deps -r requirements-all.lock

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What it costs, searching to serving; BENCH='--huge' adds 300,000 passages to search, LOAD='--hour'
# an hour of load. About half an hour without.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.search_speed $(BENCH)
	$(BIN)/python -m benchmarks.ingest_speed
	$(BIN)/python -m benchmarks.story_speed
	$(BIN)/python -m benchmarks.briefing_delivery
	$(BIN)/python -m benchmarks.load $(LOAD)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Sitrep needs Python 3.11 or newer; try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# A lock is whole: nothing beside it is resolved. What is never imported is not compiled.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation -e .
	touch $@

# Tests start programs and give them seconds, so what these import is compiled before.
UNTIMED := '/(scipy|sklearn|mypy|mypyc|pip|setuptools|hypothesis|tests?)/'

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(BIN)/python -m compileall -q -j 2 -x $(UNTIMED) $(VENV)/lib || true
	touch $@

# Needs uv. Rewrites the locks from pyproject.toml, for all platforms: what `make demo` and the image
# install, the same with all extras, and with what tests and benchmarks need.
COMPILE := uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet \
	--excludes requirements.excluded --group build --custom-compile-command "make lock"
lock:
	$(COMPILE) --extra postgres -o requirements.lock
	$(COMPILE) --all-extras -c requirements.lock -o requirements-all.lock
	$(COMPILE) --all-extras --group dev --group bench -c requirements-all.lock -o requirements-dev.lock

# The pages of docs/reference that are written from the code.
docs: $(VENV)/.dev
	$(BIN)/python -m tests.support.reference

# A new page in docs/decisions: make decision TITLE="The title"
decision: $(VENV)/.dev
	$(BIN)/python -m tests.support.decision "$(TITLE)"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
