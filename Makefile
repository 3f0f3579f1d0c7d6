# The verbs of this project. Each makes .venv when it is missing or out of date.
.DEFAULT_GOAL := help
.PHONY: help setup check test test-tools format build serve docs bench soak

BIN := .venv/bin
DOCUMENTS := ontology/*.ttl shapes/*.ttl data/*.trig data/*.ttl data/*/*.ttl
TOOLS := $(shell sed 's/\#.*//' tests/tools.txt | awk 'NF { print $$2 }' | sort -u)

help: ## List the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

setup: .venv/.dev ## Make .venv with all that working on the project needs

serve: .venv/.ready ## Serve the graph at http://127.0.0.1:8000/ (PORT= and HOST= change that)
	@exec $(BIN)/miwdap-kg serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: .venv/.dev ## Run all tests
	@$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS)

test-tools: ## Install the Debian packages that some tests need
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq
	$(if $(filter 0,$(shell id -u)),,sudo) env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(TOOLS)

check: .venv/.dev ## Lint, type-check, and compare layout and generated documents
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --quiet --check && $(BIN)/mypy --no-error-summary
	@$(BIN)/python -m miwdap_kg.workshop.layout --check $(DOCUMENTS) && $(BIN)/python docs/generate.py --check

format: .venv/.dev ## Lay out Python, Turtle and TriG
	@$(BIN)/ruff check --quiet --fix && $(BIN)/ruff format --quiet
	@$(BIN)/python -m miwdap_kg.workshop.layout $(DOCUMENTS)

build: .venv/.ready ## Build the release of the text, unless it is there
	@$(BIN)/miwdap-kg build

docs: .venv/.dev ## Write the reference pages from the tables in the code
	@$(BIN)/python docs/generate.py

bench: .venv/.dev ## Measure next to peers, and keep the report in benchmarks/ (ARGS=--help)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: .venv/.dev ## Load a server for ten minutes, and check every answer (ARGS=--help)
	@$(BIN)/python -m benchmarks.soak $(ARGS)

.venv/.ready: pyproject.toml constraints.txt tools/venv
	@tools/venv && touch $@

.venv/.dev: pyproject.toml constraints.txt tools/venv
	@tools/venv dev && touch .venv/.ready $@
