# Everything one does with the project. `make run` and `make test` set up what they need by
# themselves, once, into .venv.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
# The processor that build and deploy are for; both must be told the same.
ARCHITECTURE ?= arm64
STACK ?= hookproof
OVERRIDES = --parameter-overrides Architecture=$(ARCHITECTURE)

# SAM asks nothing of the network that the work does not need.
export SAM_CLI_TELEMETRY := 0

.DEFAULT_GOAL := help
.PHONY: help run setup test interop lint format types bench bench-quick build build-here validate sam-local \
	deploy lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.laptop ## the laptop stack, with genuine and forged deliveries; ends by itself
	@$(BIN)/hookproof demo

setup: $(VENV)/.dev ## make .venv with everything the other commands need

test: $(VENV)/.dev ## every test (ARGS="tests/core -k stripe" for some)
	@$(BIN)/python -m pytest $(ARGS)

interop: $(VENV)/interop/.done ## against the official Python SDKs: who accepts what whom signs
	@$(VENV)/interop/bin/python -m pytest -W ignore tests/interop $(ARGS)

lint: $(VENV)/.dev ## ruff, import-linter, cfn-lint
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/lint-imports
	@$(BIN)/cfn-lint template.yaml

format: $(VENV)/.dev ## let ruff format and mend what it can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

types: $(VENV)/.dev ## mypy, strict
	@$(BIN)/mypy

bench: $(VENV)/.dev $(VENV)/interop/.done build-here ## all benchmarks, against the stock function and the floor
	@$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.dev $(VENV)/interop/.done build-here ## the benchmarks at two memory sizes, in under two minutes
	@$(BIN)/python -m benchmarks --quick

validate: $(VENV)/.dev ## sam validate --lint
	@$(BIN)/sam validate --lint

build: $(VENV)/.dev ## sam build (ARCHITECTURE=x86_64 for another than arm64)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build $(OVERRIDES)

build-here: $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m scripts.build_here .aws-sam/here

sam-local: $(VENV)/.dev ## the built function in Docker, through sam local, with signed requests
	@$(BIN)/python -m scripts.sam_local

deploy: $(VENV)/.dev build ## build, then sam deploy --guided
	@$(BIN)/sam deploy --guided --stack-name $(STACK) $(OVERRIDES)

lock: ## lock the requirements again (needs uv)
	@scripts/lock

clean: ## remove what the commands above made
	@rm -rf $(VENV) .aws-sam .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis dist

# The virtual environment, in two steps: `make run` needs only the first.
$(VENV)/.made: scripts/find-python requirements/pip.txt
	@python=$$(scripts/find-python) && echo "Setting up $(VENV) with $$python" && \
		"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -c 'import sys; sys.version_info[:2] == (3, 13) or print( \
		"  (not CPython 3.13, which Lambda runs: the emulator tests are skipped and layers are built uncompiled)")'
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements/pip.txt
	@touch $@

$(VENV)/.laptop: requirements/laptop.txt pyproject.toml $(VENV)/.made
	@echo "Installing the library, its commands and the laptop stack (about half a minute)"
	@$(PIP) install --require-hashes --only-binary :all: --requirement requirements/laptop.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.laptop
	@echo "Installing the tools that test and build (about a minute)"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

# A venv of its own: dozens of SDKs are no part of the development tools.
$(VENV)/interop/.done: tests/interop/requirements.txt $(VENV)/bin/python
	@echo "Installing the official SDKs (about a minute)"
	@$(BIN)/python -m venv --clear $(VENV)/interop
	@$(VENV)/interop/bin/python -m pip -qq --disable-pip-version-check --no-input install \
		--require-hashes --requirement tests/interop/requirements.txt
	@touch $@
