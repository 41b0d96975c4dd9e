# Quarterdeck. `make run` builds everything and starts the desk; `make test` tests it.
#
#   setup   the virtual environment with every dependency, from the hashed lock
#   build   the Rust services and the wheel, installed into the virtual environment
#   run     build, then the console (in a terminal) or the desk and its state (elsewhere)
#   test    everything that has a test          lint   everything that has an opinion
#   bench   indicators, rates and latencies     sim    the desk under injected faults, SEEDS=1000
#   faults  a trading desk under real faults, ROUNDS=100: kill -9, SIGSTOP, a full disk, a clock that jumps
#   bench-peers  the libraries that bench compares with, in build/bench-venv
#   wheel   one wheel in dist/ that runs the desk from an empty environment
#   proto   the Python module of proto/messages.proto
#   lock    the hashed locks from pyproject.toml
#   clean   away with all of the above

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

ROOT := $(CURDIR)
VENV := .venv
BIN := $(VENV)/bin
CARGO := cargo
MANIFEST := --manifest-path rust/Cargo.toml
# The service binaries that ship; they link nothing of Python. The extension is maturin's to build.
SERVICES := market-data signal-bridge risk-manager execution-engine paper-venue quarterdeck-migrate
WORKSPACE := --workspace --exclude trading_rust
DECIDING := orders risk sim venue
STAGE := build/quarterdeck.data
SEEDS ?= 100
# Of `make faults`; the same seed gives the same faults.
ROUNDS ?= 100
SEED ?= 1
# Test files at work at a time: they mostly wait for processes, each with a desk of its own.
JOBS ?= 2
# Arguments of the benchmark: make bench BENCH="--only indicators --compare old.json"
BENCH ?=
PEERS := build/bench-venv/bin/python

# The same interpreter for every cargo call, or PyO3 compiles anew each time.
export PYO3_PYTHON := $(ROOT)/$(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-input

PRUNE := \( -name target -o -name __pycache__ \) -prune -o -type f -print
RUST_FILES := $(shell find rust bindings proto config $(PRUNE))
PYTHON_FILES := $(shell find console $(PRUNE))
DATA_FILES := $(shell find config models themes $(PRUNE))

.PHONY: setup build run test test-rust test-python bench bench-peers lint sim mutants faults wheel proto lock clean FORCE

# ---------------------------------------------------------------------------------------------------- environment

$(BIN)/python:
	@.ci/prerequisites.sh
	"$$(.ci/prerequisites.sh --python)" -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements.lock
	@echo "Installing what the desk needs (requirements.lock)"
	$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

$(VENV)/.developer: $(BIN)/python requirements-dev.lock
	@echo "Installing what the desk, its tests and its lints need (requirements-dev.lock)"
	$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime

setup: $(VENV)/.developer

# ---------------------------------------------------------------------------------------------------- build

# Changes when a file appears or disappears, which no timestamp of a remaining file would show.
build/files: FORCE
	@mkdir -p build
	@find rust bindings proto config console models themes $(PRUNE) | sort > $@.new
	@if cmp --silent $@.new $@; then rm $@.new; else mv $@.new $@; fi

build/services: $(RUST_FILES) build/files
	$(CARGO) build $(MANIFEST) --release --locked $(WORKSPACE) --exclude sim --bins
	@touch $@

build/wheel: build/services $(PYTHON_FILES) $(DATA_FILES) $(VENV)/.runtime pyproject.toml LICENSE
	@.ci/stage.sh $(STAGE) rust/target/release $(SERVICES)
	rm -rf dist
	$(BIN)/maturin build --quiet --release --out dist
	@touch $@

$(VENV)/.installed: build/wheel
	$(PIP_INSTALL) --no-deps --force-reinstall dist/quarterdeck-*.whl
	@touch $@

build: $(VENV)/.installed

wheel: build/wheel
	@ls dist/*.whl

# ---------------------------------------------------------------------------------------------------- use

run: build
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/quarterdeck; else $(BIN)/quarterdeck up && $(BIN)/quarterdeck status; fi

bench: setup build
	@test -x $(PEERS) || echo "No peers to compare with: \`make bench-peers\` installs them into build/bench-venv"
	@test ! -x $(PEERS) || $(PEERS) -m pip install --quiet --no-input --no-deps --force-reinstall dist/quarterdeck-*.whl
	$(CARGO) build $(MANIFEST) --release --locked --quiet --package feed --example bare_publisher
	$(CARGO) build $(MANIFEST) --release --locked --quiet --package indicators --example pace
	$(BIN)/python -m tests.bench $(BENCH)

# The extra `bench` alone: the desk's own dependencies are not needed there, and would not fit. Needs no build.
bench-peers: $(BIN)/python
	$(BIN)/python -m tests.bench.install_peers build/bench-venv

sim:
	$(CARGO) run $(MANIFEST) --release --locked --package sim -- --seeds $(SEEDS)

# Takes each protection out and shows which seed notices. The feature is never on in a build of what ships.
mutants:
	$(CARGO) run $(MANIFEST) --release --locked --package sim --features mutants -- --mutants --seeds 200 --steps 2000

faults: setup build
	$(BIN)/python -m tests.faults --rounds $(ROUNDS) --seed $(SEED)

# ---------------------------------------------------------------------------------------------------- checks

test: test-rust test-python

# In the release profile, so that dependencies are compiled once for the desk and for its tests. The pure crates of the
# desk's decisions are tested with the feature that takes protections out: each test that answers for one must notice.
# They are not tested a second time without it, as they ship: there each protection is in at compile time, the one
# difference, and the integration tests run those builds.
test-rust: setup build
	$(CARGO) test $(MANIFEST) --release --locked --no-fail-fast $(WORKSPACE) $(DECIDING:%=--exclude %)
	$(CARGO) test $(MANIFEST) --release --locked --no-fail-fast $(DECIDING:%=--package %) --features sim/mutants

test-python: setup build
	@.ci/system-packages.sh
	$(BIN)/python -m pytest tests --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

lint: setup
	$(CARGO) fmt $(MANIFEST) --all --check
	$(CARGO) clippy $(MANIFEST) --release --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict console
	$(BIN)/lint-imports

# ---------------------------------------------------------------------------------------------------- upkeep

proto: setup
	$(BIN)/python -m grpc_tools.protoc -Iproto --python_out=console/proto --pyi_out=console/proto messages.proto

lock:
	.ci/lock.sh

clean:
	rm -rf $(VENV) build dist rust/target .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find console tests models -name __pycache__ -type d -prune -exec rm -rf {} +
