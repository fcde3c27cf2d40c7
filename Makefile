# Every target makes .venv first, from requirements.lock; a warm start skips that.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install install-tests run test beside apart check bench chart pictures faults replay doctor reset lock schema clean

# Any Python from 3.11 on; server/install.py looks for another one when this is too old.
PYTHON ?= python3
BIN := .venv/bin
# What Python compiles is kept below .cache: a process that finds nothing there starts in twice the time.
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.cache/pycache
unexport PYTHONDONTWRITEBYTECODE

# Caches go below the checkout where HOME is missing or cannot be written.
ifneq ($(shell test -n "$$HOME" && test -w "$$HOME" && echo yes),yes)
export XDG_CACHE_HOME := $(CURDIR)/.cache/xdg
export HOME := $(CURDIR)/.cache/home
$(shell mkdir -p $(CURDIR)/.cache/home)
endif

SPEED ?= max
# The retailer's sales that the replay's tests read, where they lie beside the checkout.
export RETAIL_FILE ?= $(firstword $(wildcard ../shared/data/online-retail-*.csv.gz))

INSTALL = command -v $(PYTHON) >/dev/null \
	|| { echo "stockcast: $(PYTHON) is missing: install Python 3.11 or newer, or name it with PYTHON=/path/to/python3." >&2; exit 1; }; \
	$(PYTHON) -I server/install.py

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Make .venv from requirements.lock (every target does it first)
	@$(INSTALL)

# What the tests start beside it: Java and Maven for the real Kafka, a browser for the page.
install-tests:
	@$(INSTALL) --tests

run: install ## Start everything on port 5005 within seconds (PORT, DATA_DIR, EPHEMERAL=1, SIMULATOR=0, KAFKA=1, DATABASE_URL …)
	@exec $(BIN)/python -m server demo

# Tests wait for servers half of their time: so there are three runs at once, each with servers of its own, the check
# before one of them. What the others say comes after the first. With ARGS there is one run, of what they choose, and no check.
BESIDE = tests/unit tests/contract
APART = tests/system tests/clients tests/browser tests/faults
RUN = $(BIN)/python -m pytest

test: ## Check and test everything against real servers (minutes); prints the seconds
	@began=$$(date +%s); $(MAKE) --no-print-directory install-tests || exit; said=$$(mktemp -d); runs=; \
	trap 'kill $$runs 2>/dev/null; rm -rf $$said' EXIT; trap 'exit 130' INT TERM; \
	for run in $(if $(ARGS),,beside apart); do \
		$(MAKE) --no-print-directory $$run >$$said/$$run 2>&1 & runs="$$runs $$!"; done; \
	$(RUN) --durations=15 $(or $(ARGS),$(addprefix --ignore=,$(BESIDE) $(APART))); status=$$?; \
	for run in $$runs; do wait $$run || status=2; done; \
	$(if $(ARGS),,echo "make check and the tests beside:"; cat $$said/beside $$said/apart;) \
	echo "make test: $$(( $$(date +%s) - began )) seconds"; exit $$status

beside: install
	@$(MAKE) --no-print-directory check
	@$(RUN) --durations=5 -p no:cacheprovider $(BESIDE)

apart: install-tests
	@$(RUN) --durations=15 -p no:cacheprovider $(APART)

check: install ## Format, lint, types and layers: ruff, pyright, import-linter; tsc, eslint and prettier for TypeScript
	@$(BIN)/ruff format --check --quiet . || { echo "stockcast: mend the format with \`$(BIN)/ruff format .\`" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@node=$$($(BIN)/python -m server.embedded.node path) && PATH="$$node:$$PATH" PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
	@$(BIN)/lint-imports --no-logo
	@node=$$($(BIN)/python -m server.embedded.node path) && $(BIN)/python -m server.embedded.node packages dashboard lint \
		&& PATH="$$node:$$PATH" node lint/check.mjs

bench: install ## Measure the promised figures, kept as JSON (hours; ONLY=W4,W5,idle for some: W1, W2, availability, flat, W3, W4, W5, idle, latency, ledger, insight, memory, relay, start)
	@exec $(BIN)/python -m benchmarks $(ONLY)

chart: install ## Draw docs/images/benchmarks.svg from what make bench kept last (FILES="… …" for some runs)
	@exec $(BIN)/python -m benchmarks._chart $(FILES)

pictures: install-tests ## Take docs/images/dashboard-*.png anew from the demo that runs (URL=http://127.0.0.1:5005)
	@exec $(BIN)/python -m tests.browser.pictures $(URL)

# What keeps tenants apart in the database is shown beside what they are told.
FAULTS = tests/faults tests/integration/test_row_level_security.py tests/conformance/test_write_model.py

# Where another mark, or what a test needs, has the name of a run already, its mark has another.
RUNS = oversell expiry inbox malformed tokens tamper tenants model rollups redis kafka bridge api slow expiry-token
MARK_redis = redis_fault
MARK_kafka = kafka_fault
MARK_bridge = bridge_fault
MARK_api = api_fault
MARK_slow = slow_screens
MARK_expiry-token = token_end
comma = ,
space = $(subst ,, )
ASKED = $(subst $(comma), ,$(ONLY))
MARKS = $(foreach run,$(ASKED),$(or $(MARK_$(run)),$(run)))

faults: install-tests ## The long fault runs (hours), or some of them (ONLY=redis,kafka,bridge,api,slow,expiry-token,oversell,expiry,inbox,malformed,tokens,tamper,tenants,model,rollups); their figures come last
	@case "$(filter-out $(RUNS),$(ASKED))" in "") ;; *) \
		echo "stockcast: ONLY=$(ONLY) is no fault run: ONLY=$(subst $(space),$(comma) ,$(RUNS)), several with commas between, or without ONLY all." >&2; exit 2;; esac; \
	exec env FAULTS_LONG=1 $(BIN)/python -m pytest $(FAULTS) $(if $(MARKS),-m "$(subst $(space), or ,$(strip $(MARKS)))") $(ARGS)

replay: install ## Play a sales file through the running system: FILE=….csv.gz SPEED=max|N (max: minutes)
	@exec $(BIN)/python -m server replay $(if $(FILE),"$(FILE)") --speed "$(SPEED)"

doctor: install ## Check beforehand what run and test need
	@exec $(BIN)/python -m server doctor

reset: install ## Remove the demo's data (DATA_DIR), so that the next run begins afresh
	@exec $(BIN)/python -m server reset

schema: install ## Write the SDL, persisted and typed documents, access.json, openapi.json, asyncapi.json and docs/roles.md from the code
	@exec $(BIN)/python -m server schema

lock: install ## Pin the newest allowed versions: requirements.lock, requirements-programs.lock
	@uv=$$(command -v .cache/tools/bin/uv uv | head -n 1); \
	options="--quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate"; \
	"$$uv" pip compile $$options --custom-compile-command "make lock" --extra dev -o requirements.lock pyproject.toml && \
	"$$uv" pip compile $$options --custom-compile-command "make lock" --no-deps --group programs -o requirements-programs.lock

clean: ## Remove everything that was made, but for the demo's data
	@rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache build *.egg-info dashboard/dist
	@find . -path ./.data -prune -o \( -name __pycache__ -o -name node_modules \) -type d -prune -exec rm -rf {} +
