# What a person types. `make` alone lists it.

ENV ?= handson
# Read from the environment, for it has words and quotes of its own, and dollars that are not make's.
override ARGS := $(value ARGS)
export ARGS
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Comes before a command, with the programs that are to be on PATH: what a machine has not is fetched.
WITH := $(RUN) -m modules.synthesis.prerequisites

# What tests run as a program of its own, with dependencies that agree with nobody else's, has a folder of its own.
TOOLS := $(patsubst tests/%/requirements.txt,.tools/%/.complete,$(wildcard tests/*/requirements.txt))
# The same for what the benchmarks compare the project with.
PEERS := .tools/peers/.complete
REVIEWERS := .tools/reviewers/.complete
SUPPLY_CHAIN := .tools/supply_chain
LOCKED := requirements.txt $(wildcard tests/*/requirements.txt benchmarks/*/requirements.txt \
	modules/synthesis/toolchain/*/requirements.txt)

.DEFAULT_GOAL := help
.PHONY: help setup synth plan apply destroy release review rehearse site import export copy wp shell logs tunnel \
	bootstrap-state permissions quick changed test tools bench docs pictures snapshots wordpress-versions lock audit \
	sbom clean

help: ## List these commands
	@grep -hE '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-20s %s\n", $$1, $$2}'
	@echo '  ENV=name picks an environment; it is $(ENV) where none is given.'

setup: $(VENV)/.complete ## Install what the commands below need, into this folder

$(VENV)/.complete: requirements.txt
	@command -v $(PYTHON) >/dev/null && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed: install it from https://www.python.org, or name yours: make PYTHON=python3.12' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

node_modules/.complete: package.json package-lock.json | $(VENV)/.complete
	$(WITH) npm -- npm ci --loglevel=error
	@touch $@

synth: setup ## Write the Terraform JSON of every environment into cdktf.out, or of ONLY='shop-*'
	@$(RUN) main.py $(if $(ONLY),--only '$(ONLY)')

plan apply destroy: synth ## Run Terraform on ENV in the sandbox: AWS on this machine
	@$(RUN) -m sandbox $@ $(ENV)

changed: setup ## List the stacks that differ from those of BASE, a git revision
	@$(RUN) -m modules.synthesis.changed --since $(or $(BASE),main)

release: setup ## Wait until every server of ENV serves its release, in your own AWS account
	@$(RUN) -m modules.rollout $(ENV)

review: synth ## Tell what a change does to ENV, compared with BASE
	@$(RUN) -m review --env $(ENV) $(if $(BASE),--base $(BASE)) $(if $(FAIL_ON),--fail-on $(FAIL_ON))

rehearse: setup ## Play the change since BASE on ENV on this machine: DUMP=shop.sql.gz UPLOADS=uploads/ RATE=20
	@$(RUN) -m rehearsal $(ENV) --base $(or $(BASE),main) $(if $(RATE),--rate $(RATE)) \
		$(if $(FAIL_ON),--fail-on $(FAIL_ON)) $(CONTENT)

site: synth ## Run the servers of ENV on this machine, with the real software, for your browser
	@$(RUN) -m testbed $(ENV) $(CONTENT)

# What comes over, in make site and make import: DUMP=shop.sql.gz UPLOADS=uploads/ FROM=https://old.example
CONTENT = $(if $(DUMP),--dump '$(DUMP)') $(if $(UPLOADS),--uploads '$(UPLOADS)') $(if $(FROM),--from '$(FROM)') \
	$(if $(PREFIX),--prefix '$(PREFIX)') $(if $(SKIP_MISSING),--skip-missing)

# HERE=1: on the servers that `make site` runs on this machine.
OPERATIONS = $(if $(HERE),testbed.here,modules.operations)

import: setup ## Bring a site to ENV: DUMP=shop.sql.gz UPLOADS=uploads/ FROM=https://old.example; then FORGET=1 or BACK=1
	@$(RUN) -m $(OPERATIONS) import $(ENV) $(if $(FORGET),--forget) $(if $(BACK),--back) $(CONTENT)

export: setup ## Fetch the content of ENV: DUMP=shop.sql.gz UPLOADS=uploads/
	@$(RUN) -m $(OPERATIONS) export $(ENV) $(if $(DUMP),--dump '$(DUMP)') $(if $(UPLOADS),--uploads '$(UPLOADS)')

copy: setup ## Make TO=staging what FROM=production is
	@$(RUN) -m $(OPERATIONS) copy '$(FROM)' '$(TO)' $(if $(SKIP_MISSING),--skip-missing)

wp: setup ## Ask WP-CLI on a server of ENV: ARGS='plugin list'
	@$(RUN) -m $(OPERATIONS) wp $(ENV) "$$ARGS"

shell: setup ## Open a shell on a server of ENV
	@$(RUN) -m $(OPERATIONS) shell $(ENV)

logs: setup ## Show what the servers of ENV have written, SINCE=1h
	@$(RUN) -m $(OPERATIONS) logs $(ENV) $(if $(SINCE),--since '$(SINCE)')

tunnel: setup ## Lead a port of this machine to the database of ENV, PORT=3306
	@$(RUN) -m $(OPERATIONS) tunnel $(ENV) $(if $(PORT),--port '$(PORT)')

bootstrap-state: setup ## Make the S3 bucket for the state of ENV, in your own AWS account
	@$(RUN) -m modules.synthesis.state_bucket $(ENV)

permissions: synth ## Write the IAM policy with which ENV can be applied into docs/permissions
	@$(RUN) -m sandbox.rights $(ENV)

tools: setup $(TOOLS) ## Install the programs that some tests run, each into a folder of its own
	@$(RUN) -m modules.synthesis.toolchain

define install-apart
$(PYTHON) -m venv --without-pip --clear $(@D)
$(VENV)/bin/uv pip install --quiet --python $(@D) --require-hashes -r $<
@touch $@
endef

.tools/%/.complete: tests/%/requirements.txt $(VENV)/.complete
	$(install-apart)

.tools/%/.complete: benchmarks/%/requirements.txt $(VENV)/.complete
	$(install-apart)

quick: setup ## Run the tests that start no Terraform, no server and no browser
	$(WITH) node -- $(RUN) -m pytest -q -n logical --maxprocesses 4 --dist loadgroup -m 'not slow'

test: setup node_modules/.complete ## Run every test
	$(WITH) npm terraform -- $(RUN) -m pytest -n 5 --dist loadgroup

bench: setup $(PEERS) $(REVIEWERS) ## Measure, and write benchmarks/results
	@$(WITH) npm -- $(RUN) -m benchmarks
	@$(WITH) npm -- $(RUN) -m benchmarks.peers
	@$(RUN) -m benchmarks.reviewers
	@$(WITH) npm -- $(RUN) -O -m benchmarks.scale

docs: setup ## Write docs/environment.md and the JSON schema from the settings
	@$(RUN) -m modules.settings

pictures: setup ## Draw docs/pictures from the environments
	@for file in environments/*.toml; do name=$$(basename $$file .toml); \
		$(RUN) -m review --env $$name --picture docs/pictures/$$name.svg || exit; done

snapshots: setup ## Accept the environments' JSON as it is now
	$(WITH) node -- $(RUN) -m pytest -q tests/site/test_snapshots.py --snapshot-update

wordpress-versions: setup ## Pin the WordPress archives that the environments name, by their SHA-256
	@$(RUN) -m modules.wordpress_versions

lock: setup ## Make requirements.txt and package-lock.json from what is asked for
	for asked in $(LOCKED:.txt=.in); do \
	  { echo '# Made by `make lock` from requirements.in: do not edit.'; \
	    $(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	    --no-emit-index-url --no-header --no-annotate $$asked; } > requirements.lock \
	  && mv requirements.lock $${asked%.in}.txt || exit; \
	done
	$(WITH) npm -- npm install --package-lock-only --silent

audit: setup $(SUPPLY_CHAIN)/.complete ## Ask the public databases of faults about every locked package
	for locked in $(LOCKED); do \
	  $(SUPPLY_CHAIN)/bin/pip-audit --require-hashes --disable-pip --strict -r $$locked || exit; \
	done
	$(WITH) npm -- npm audit --audit-level=high

sbom: setup $(SUPPLY_CHAIN)/.complete ## Write what is installed into sbom/, in CycloneDX's form, and docs/licences.md
	mkdir -p sbom
	$(SUPPLY_CHAIN)/bin/cyclonedx-py environment --output-reproducible --output-file sbom/python.cdx.json $(RUN)
	for name in node terraform; do \
	  $(SUPPLY_CHAIN)/bin/cyclonedx-py requirements --output-reproducible --output-file sbom/$$name.cdx.json \
	  modules/synthesis/toolchain/$$name/requirements.txt || exit; \
	done
	$(WITH) npm -- npm sbom --sbom-format cyclonedx --package-lock-only >sbom/npm.cdx.json
	$(RUN) docs/licences.py sbom/python.cdx.json sbom/npm.cdx.json

clean: ## Delete what was made here, but no Terraform state
	rm -rf $(VENV) .tools node_modules cdktf.out .sandbox sbom
