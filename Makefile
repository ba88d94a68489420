# rulesflow: `make run` serves the sample shop, `make test` runs every test. Both make .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8080
PAYMENT_PORT ?= 8701
STATE  ?= .rulesflow
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
# Event patterns need durable-rules, which is built here; from Python 3.13 on it lacks a name without the flag.
PATTERNS = CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject $(PIP) --no-cache-dir -e '.[patterns]' || \
  echo "durable-rules could not be built, which takes a C compiler: all but event patterns works without"
EDITABLE = $(addprefix -e ./,$(PLUGINS))
# The dashboard's sources: installing builds it anew, where they have changed. Folders too, for what was deleted.
UI := hatch_build.py ui/package-lock.json ui/index.html ui/vite.config.ts ui/tsconfig.json $(shell find ui/src)
CHROMIUM := /usr/bin/chromium

.DEFAULT_GOAL := help
.PHONY: help api ui run test check fix demo screenshots bench chaos clean

help: ## show what there is
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "rulesflow needs Python 3.11 or newer; say which with: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(PLUGINS)) $(UI)
	$(PIP) -e '.[otel]' $(EDITABLE)
	@$(PATTERNS)
	@touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt $(addsuffix /pyproject.toml,$(PLUGINS)) $(UI)
	$(PIP) -e '.[test,check]' $(EDITABLE)
	@$(PATTERNS)
	@touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.test
	$(PIP) -e '.[bench]'
	@touch $@

$(VENV)/.demo: $(VENV)/.run
	$(PIP) -e '.[demo]'
	@touch $@

# Tests drive the dashboard in Debian's browser. Who may not install it goes without them.
$(CHROMIUM):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else echo "there is no $@: tests of the dashboard in a browser are left out"; fi

api: $(VENV)/.run ## write the dashboard's client anew, from the service's OpenAPI document
	$(BIN)/python ui/scripts/document.py | (cd ui && node scripts/api.mjs)

ui: $(BIN)/python ## build the dashboard into the package, where its sources have changed
	$(PIP) --no-deps -e .

run: $(VENV)/.run ## serve the sample shop on http://127.0.0.1:8080 (PORT=…)
	@exec $(BIN)/python -m bench.shop --port $(PORT) --payment-port $(PAYMENT_PORT) --state $(STATE)

test: $(VENV)/.test | $(CHROMIUM) ## run every test
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test | $(CHROMIUM) ## lint, types, storeys and the quick tests: before every commit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --strict $(wildcard plugins/*/rulesflow_*)
	$(BIN)/lint-imports
	@! command -v node >/dev/null || ui/node_modules/.bin/tsc --noEmit -p ui
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not slow"

fix: $(VENV)/.test ## format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo: $(VENV)/.demo ## play a Black Friday with an outage through the service, and draw what came of it
	$(BIN)/python -m bench.demo

screenshots: $(VENV)/.test | $(CHROMIUM) ## take the README's pictures of the dashboard anew
	$(BIN)/python -m bench.screenshots

bench: $(VENV)/.bench ## measure against peers, side by side
	$(BIN)/python -m bench

chaos: $(VENV)/.test ## try to lose orders and to charge twice, and park 100,000 runs: takes an hour or two
	$(BIN)/python -m bench chaos --random 20
	$(BIN)/python -m bench chaos --parked 100000

clean: ## remove what the other targets made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache bench/results .coverage* dist build \
	  rulesflow/dashboard ui/node_modules ui/dist
