# unionwire on one machine. `make` alone prints the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
SOURCES ?= crawler/sources.yaml
VENV := .venv
IN_VENV := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo watch status down clean test check bench chaos load week quality lock python servers

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r target text; do printf 'make %-10s %s\n' "$$target" "$$text"; done

demo: servers $(VENV)/.runtime ## run everything on the bundled demo news site, and say what happened
	@$(IN_VENV) -m deploy.pipeline demo

watch: servers $(VENV)/.runtime ## run everything on live sites: make watch SOURCES=crawler/sources.yaml
	@$(IN_VENV) -m deploy.pipeline watch --sources "$(SOURCES)"

status: $(VENV)/.runtime ## say what runs
	@$(IN_VENV) -m deploy.pipeline status

down: $(VENV)/.runtime ## end everything; what is stored stays
	@$(IN_VENV) -m deploy.pipeline down

clean: $(VENV)/.runtime ## end everything and drop what is stored
	@$(IN_VENV) -m deploy.pipeline clean

test: servers $(VENV)/.development ## unit, integration and end-to-end tests on the real servers
	@bash deploy/install-test-tools
	@$(IN_VENV) -m pytest -q $(PYTEST_ARGUMENTS)

check: $(VENV)/.development ## format, lint, types, borders
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports

bench: servers $(VENV)/.development ## reading of pages, throughput of each stage beside its ceiling, latency, memory
	@$(IN_VENV) -m deploy.bench

week: $(VENV)/.development ## a simulated week of watching beside a fixed ten-minute poll (four minutes)
	@$(IN_VENV) -m deploy.bench.week

chaos: servers $(VENV)/.development ## every fault on the real processes, and whether it did harm
	@$(IN_VENV) -m deploy.chaos

load: servers $(VENV)/.development ## bursts, steady rates, cost of an article; two workers of each kind
	@$(IN_VENV) -m deploy.load

quality: servers $(VENV)/.development ## figures and names on the gold corpus, relevance of the search
	@$(IN_VENV) -m deploy.quality
	@$(IN_VENV) -m deploy.quality.relevance

lock: $(VENV)/.development ## pin requirements/*.in with hashes, naming no index
	@for name in runtime development; do \
	  $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate --quiet \
	    requirements/$$name.in --output-file requirements/$$name.txt; done

# Java and Maven are looked for first, so that nothing is downloaded in vain.
servers: python
	@$(PYTHON) -m deploy.local check

python:
	@command -v $(PYTHON) > /dev/null || { echo "There is no $(PYTHON): install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "unionwire needs Python 3.11 or newer, and $(PYTHON) is older: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "$(PYTHON) comes without venv: install it, on Debian and Ubuntu with apt-get install python3-venv"; exit 2; }

$(VENV)/.%: requirements/%.txt | python
	@[ -x $(IN_VENV) ] || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing requirements/$*.txt (the first time takes a minute)"
	@$(IN_VENV) -m pip install -qq --require-hashes --requirement requirements/$*.txt
	@touch $@ $(if $(filter development,$*),$(VENV)/.runtime)
