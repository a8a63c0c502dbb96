# Oddfinch's commands. `make run` starts the dashboard, `make test` checks that everything works; `make help` lists the rest.
#   make run SOURCE=../shared/data/alerts.parquet    a local archive instead of live Fink; other options: ODDFINCH_PORT=8051 make run
#   make install PYTHON=python3.12                   another Python than python3 for the virtual environment

PYTHON ?= python3
SOURCE ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt
PINS := pyproject.toml .ci/constraints.txt
PLOTLY := assets/plotly
BUNDLE := assets/vendor/plotly-oddfinch.min.js
BUNDLE_SOURCES := $(addprefix $(PLOTLY)/,entry.js build.mjs package.json package-lock.json)

.DEFAULT_GOAL := help
.PHONY: help install run assets test check bench chromium clean

help:
	@echo "make install   what Oddfinch needs, into $(VENV), and what pages load from npm where npm exists"
	@echo "make run       install, then start the dashboard; SOURCE=PATH opens a local archive"
	@echo "make test      all tests; brings what they need"
	@echo "make check     format, lint, types, import rule"
	@echo "make bench     times and sizes against their targets"
	@echo "make assets    build the small Plotly bundle and get Aladin Lite (needs npm)"
	@echo "make clean     remove what these commands made, the virtual environment too"

install: $(VENV)/.installed $(VENV)/.assets

run: install
	@exec $(PY) app.py $(if $(SOURCE),--source "$(SOURCE)")

# Stamps: a second `make run` compares five times of modification and starts.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Oddfinch needs Python 3.11 or newer: make install PYTHON=python3.12, for example."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(PINS) | $(PY)
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(PINS) | $(PY)
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.assets: $(BUNDLE_SOURCES) | $(PY)
	@$(MAKE) --no-print-directory assets
	@touch $@

# Everything works without the bundle, only slower, and Aladin Lite comes from a CDN then; so whatever goes wrong here is
# one line, not an end.
assets:
	@if ! command -v npm >/dev/null 2>&1; then \
		echo "No npm here: pages use Plotly's stock file, which is larger, and Aladin Lite from a CDN; everything works."; \
	elif npm --prefix $(PLOTLY) ci --silent --no-audit --no-fund --fetch-retries=1 >/dev/null 2>&1 \
			&& node $(PLOTLY)/build.mjs >/dev/null 2>&1; then \
		echo "Built $(BUNDLE), and got Aladin Lite"; \
	else \
		echo "The small Plotly bundle could not be built (make assets tries again): pages use the stock file."; \
	fi
	@rm -rf $(PLOTLY)/node_modules

chromium:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Debian's chromium for the browser tests"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
			>/dev/null || echo "chromium could not be installed: the browser tests will be skipped."; \
	else \
		echo "No chromium, and not root: the browser tests will be skipped."; \
	fi

# The quick tests come first, on two processors; browsers are watched one at a time, because what they show depends on time.
test: $(VENV)/.dev $(VENV)/.assets chromium
	$(PY) -m pytest -n 2 --dist loadfile tests/unit tests/contract
	$(PY) -m pytest tests/browser

check: $(VENV)/.dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m mypy app.py benchmarks
	$(PY) -m pytest -q tests/unit/test_imports.py

bench: $(VENV)/.dev $(VENV)/.assets chromium
	$(PY) -m benchmarks

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis assets/vendor $(PLOTLY)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
