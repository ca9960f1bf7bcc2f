# Every command of the house. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
T ?= tests

.DEFAULT_GOAL := help
.PHONY: help setup run test quick journeys lint fix map words migrations shell db check

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: ## install what is missing (run and test do it by themselves)
	@$(PYTHON) scripts/setup.py

run: setup ## the demonstration on http://localhost:8000: database, site, workers; Ctrl-C stops it
	@DEMONSTRATION=$${DEMONSTRATION:-1} exec $(BIN)/python -m hueandcry.console.main up

test: setup ## all tests; some of them: make test T=tests/kit
	@$(BIN)/python -m pytest -n auto $(T)

quick: setup ## rules, gateways, house: no database, seconds
	@$(BIN)/python -m pytest -q -n auto -m "not django_db" --ignore=tests/kit/test_postgres.py tests/house tests/gateways tests/kit tests/domain

journeys: setup ## whole stories in a browser
	@$(BIN)/python -m pytest tests/journeys

lint: setup ## ruff, djlint, mypy, import contracts, migrations
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m djlint --lint --quiet hueandcry/web/templates
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m hueandcry.console.main manage makemigrations --check --dry-run

fix: setup ## mend what a machine can
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

map: setup ## redraw docs/map.md
	@$(BIN)/python -m hueandcry.console.main map

words: setup ## extract what the public reads into the catalogues of other languages
	@$(BIN)/python -m hueandcry.console.main words

migrations: setup ## one named migration: make migrations NAME=add_expiry
	@test -n "$(NAME)" || { echo "Say what it does: make migrations NAME=add_expiry"; exit 2; }
	@$(BIN)/python -m hueandcry.console.main manage makemigrations --name "$(NAME)"

shell: setup ## Python with the project loaded
	@$(BIN)/python -m hueandcry.console.main manage shell

db: setup ## psql on the database
	@$(BIN)/python -m hueandcry.console.main manage dbshell

check: lint ## lint + all tests with coverage: green before a push
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(T)
