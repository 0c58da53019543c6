# Each target does all its own set-up. Needs make and Python 3.11 or later; `make PYTHON=python3.12 test` names another.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
FUZZ := .venv-fuzz
MUTATION := .venv-mutation
SOURCES := pyproject.toml
PLUGIN := examples/plugins/ecomflow-giftcard

.PHONY: demo test contract docs lint crash simulate kills mutants mutation fuzz bench clean

demo: $(VENV)/demo.stamp
	@$(BIN)/ecomflow demo
	@echo && echo "And a plugin, installed on the way from $(PLUGIN): it brings"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --no-build-isolation --upgrade --target $(VENV)/demo-plugin $(PLUGIN)
	@PYTHONPATH=$(VENV)/demo-plugin $(BIN)/ecomflow plugins | sed -n '/^ecomflow-giftcard/,$$p'
	@PYTHONPATH=$(VENV)/demo-plugin $(BIN)/python $(PLUGIN)/try_it.py

# As many processes as there are cores; WORKERS=0 runs all tests in one.
WORKERS ?= auto
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Bring the carried contract cases up to date with ../shared/contract.
contract: $(VENV)/dev.stamp
	$(BIN)/python tests/contract/update.py

# Stop a process at every commit and outside call, also with a day gone by at the restart; prints how many points that were.
crash: $(VENV)/dev.stamp
	ECOMFLOW_CRASH_STRIDE=1 $(BIN)/python -m pytest -s tests/crash

# make simulate SEEDS=1000 SEED_FROM=0
SEEDS ?= 200
SEED_FROM ?= 0
simulate: $(VENV)/dev.stamp
	$(BIN)/python tests/simulation/simulate.py $(SEEDS) $(SEED_FROM)

# Kill a real engine under load, again and again, and count what was lost or doubled: make kills ROUNDS=100 KILL_SEED=1
ROUNDS ?= 100
KILL_SEED ?= 1
kills: $(VENV)/dev.stamp
	$(BIN)/python tests/kills/kills.py $(ROUNDS) $(KILL_SEED)

# Take one promise of the engine away after the other; each time tests must go red. make mutants NAME="told by the simulation"
mutants: $(VENV)/dev.stamp
	$(BIN)/python tests/mutants/run.py $(NAME)

# Search for inputs that raise what they should not, by coverage: make fuzz SECONDS=600
SECONDS ?= 300
fuzz: $(FUZZ)/stamp
	$(FUZZ)/bin/python tests/fuzz/search.py $(SECONDS)

# Change src/ecomflow/policies and src/ecomflow/core at each EVERYth place and print how many changes tests notice.
EVERY ?= 1
mutation: $(MUTATION)/stamp
	$(MUTATION)/bin/python tests/mutants/score.py $(EVERY)

# All benchmarks; each writes its part of benchmarks/RESULTS.md. The scripts of the bare loop and of DBOS are not part of the project.
bench: $(VENV)/dev.stamp $(PEERS)/stamp
	$(BIN)/python benchmarks/runs.py
	$(BIN)/python benchmarks/timers.py
	$(BIN)/python benchmarks/simulation.py
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/matching.py
	$(BIN)/python benchmarks/agreement.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/soak.py

# Write the generated parts of docs/ anew; tests compare them.
docs: $(VENV)/dev.stamp
	$(BIN)/python tests/docs/generated.py

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check
	$(BIN)/mypy

clean:
	rm -rf $(VENV) $(PEERS) $(FUZZ) $(MUTATION) mutants .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(PEERS)/stamp: Makefile
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check orjson jinja2 psutil dbos 'apscheduler<4' sqlalchemy \
		zen-engine rule-engine cel-python common-expression-language datalogic-py business-rules durable-rules
	@touch $@

$(FUZZ)/stamp: $(SOURCES)
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --disable-pip-version-check atheris -e '.[all]'
	@touch $@

$(MUTATION)/stamp: $(SOURCES)
	$(PYTHON) -m venv $(MUTATION)
	$(MUTATION)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' 'mutmut>=3.8,<4'
	@touch $@

$(VENV)/demo.stamp: $(SOURCES) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/dev.stamp: $(SOURCES) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,demo]'
	@touch $@ $(VENV)/demo.stamp
