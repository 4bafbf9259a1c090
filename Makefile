# The two commands of a fresh machine: `make summary`, `make test`.
PYTHON ?= python3
VENV ?= .venv
# dvc and snakemake find each other, and this checkout's rpgan, activated or not.
export PATH := $(abspath $(VENV))/bin:$(PATH)

.PHONY: summary test check setup repro pull report tidy unlock

summary: setup unlock  ## the default grid, and its table
	@echo "The default grid, 8 data sets x 3 models x 2 trainings: minutes on 2 CPU cores."
	snakemake results/summary.parquet --cores all --quiet rules host reason
	rpgan show

test: setup  ## the tests, in minutes (slower ones: pytest -m slow)
	pytest

check: setup  ## format, lint, types
	ruff format --check
	ruff check
	pyright
	snakefmt --check Snakefile workflow

setup: $(VENV)/.done
$(VENV)/.done: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	"rpgan needs Python 3.11 or later, got " + sys.version.split()[0] + "; name one: make PYTHON=python3.12")'
	@echo "Installing rpgan and what it needs into $(VENV); PyTorch is large, so this takes minutes."
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

# What a killed run leaves behind; refused while another run is alive.
unlock: setup
	if ls .snakemake/locks/* >/dev/null 2>&1; then snakemake --unlock; fi

pull: setup  ## data and results of this commit, from the DVC remote
	dvc pull

repro: setup unlock  ## the grid that params.yaml names, its figures, and DVC's record of both
	dvc repro

report: setup  ## report.html: the leaderboard and every figure, and how they were made
	snakemake --report report.html

tidy: setup  ## lists files of runs that no grid names any more
	snakemake --list-untracked 2>/dev/null | grep -E '^(data|results)/' || true
