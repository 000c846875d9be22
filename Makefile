# Thin targets over one script; `make` alone lists them.
# Without make: python3 -m scripts.setup run
PYTHON ?= python3
export PORT CITY DETACH DATABASE_URL ARGS UPGRADE

.DEFAULT_GOAL := help
.PHONY: help run test check stop clean lock bench

help:
	@$(PYTHON) -m scripts.setup || true

run test check stop clean lock bench:
	@$(PYTHON) -m scripts.setup $@
