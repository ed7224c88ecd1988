# `make help` lists what there is to make.
PYTHON_RUN = .venv/bin/python
PYTEST = .venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder
TESTS = tests

.PHONY: help setup setup-test install demo test bench reference coverage lint format clean
.DEFAULT_GOAL := help

help:
	@echo 'make setup    system packages (as root) and .venv/, ready to use'
	@echo 'make install  as root: a service of this machine, with its account and units'
	@echo 'make demo     starts the appliance, builds through koji and copr-cli, installs with dnf'
	@echo 'make test     every test that needs nothing beyond this machine (TESTS=path for some)'
	@echo 'make bench    the benchmarks: a table, and bench/results/latest.json'
	@echo 'make reference   docs/koji-api.md anew, from what the methods say of themselves'
	@echo 'make coverage    which test calls which method of the API: a table'
	@echo 'make lint     format, lint and type checks'
	@echo 'make format   brings the sources into the format that lint wants'
	@echo 'make pictures screenshots of the main pages, into docs/ui'
	@echo 'make clean    removes .venv/ and what the tools cached'

setup: system-run .venv/.ready

# What only the tests need must not keep anybody without root from running the others.
setup-test: setup
	@packaging/system-packages test || echo 'Going on without them: the tests that want them are skipped.'

.PHONY: system-run
system-run:
	@packaging/system-packages run

.venv/.ready: setup.cfg pyproject.toml packaging/make-venv | system-run
	@packaging/make-venv
	@touch $@

install: system-run
	@packaging/install

demo: setup
	@$(PYTHON_RUN) tests/demo.py

test: setup-test
	@$(PYTEST) $(TESTS)

bench: setup
	@$(PYTHON_RUN) -m tests.bench

reference: setup
	@$(PYTHON_RUN) -m tests.reference

coverage: setup
	@$(PYTHON_RUN) -m tests.coverage_table

lint: setup
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy

format: setup
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

pictures: setup
	@packaging/system-packages pictures
	@$(PYTHON_RUN) -m tests.ui.screenshots

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
