# Two commands matter: `make up` runs Fanfold on this machine, `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help up down status logs test check unit bench load faults format proto openapi lock clean

PYTHON ?= python3
VENV := .venv/bin

help: ## Say what each command does
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## Start everything and print where it is
	@$(PYTHON) -m local up

down: ## Stop everything; the data stays
	@$(PYTHON) -m local down

status: ## Show every part, its state and its memory
	@$(PYTHON) -m local status

logs: ## Follow the logs; PART=gateway for one of them
	@$(PYTHON) -m local logs $(PART)

test: ## Prove everything, on ports and data of its own
	@$(PYTHON) -m tests.run

check: ## Lint, types, architecture
	@$(PYTHON) -m tests.run check

unit: ## The tests that need nothing started
	@$(PYTHON) -m tests.run unit

bench: ## Measure against peers on this machine; writes docs/benchmarks.md
	@$(VENV)/python -m bench

load: ## Drive a running Fanfold as its readers and writers do; HOST=… for any OpenFaaS
	@$(VENV)/python -m tests.load $(if $(HOST),--host $(HOST))

faults: ## Kill what carries events, amid 100,000 of them; ONLY=name SHORT=1 SEED=n for some of it
	@PYTHONPATH=.:event-connector:event-stream $(VENV)/python -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(SHORT),--short) $(if $(SEED),--seed $(SEED))

format: ## Format the code
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix --exit-zero .

proto: ## Generate the code of proto/, and take what is new into its baseline
	@$(VENV)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. $$(find proto -name '*.proto')
	@$(VENV)/python -m grpc_tools.protoc -I . --grpc_python_out=. $$(grep -rl --include='*.proto' '^service ' proto)
	@$(VENV)/python -m tests.compatibility

openapi: ## Write what follows from stack.yml: docs/openapi.json, the site's types, stack.services.yml
	@$(VENV)/python -m local.merging
	@$(VENV)/python -m shared.openapi
	@npm --prefix frontend run --silent api

lock: ## Resolve requirements.lock anew
	@$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
	    --no-emit-index-url --no-annotate --no-header \
	    --group functions --group gateway --group connector --group stream --group local --group dev \
	    pyproject.toml -o requirements.lock

clean: ## Remove what was built; the data stays
	@rm -rf .venv build frontend/dist frontend/node_modules local/surrealdb/node_modules tests/browser/node_modules tests/tools/bin
