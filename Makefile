# Two commands matter: `make demo` and `make test`. Both install what they need first.

SEED ?= 1
WHAT ?=
export SEED

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench prove

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: libclang, Postgres, stock servers of 13 to 18
	@scripts/setup

demo: setup ## advise on a real server with a real workload (SEED=1 chooses the workload)
	cargo run --release --locked -- demo

test: setup ## everything: the core alone, the unit suite, the live suite against 13 to 18
	cargo check --locked --no-default-features --lib
	cargo test --locked --features live-tests

check: ## format, lints and tests that need no server
	cargo dev check

bench: ## time the parts that need no server
	cargo bench --locked

prove: ## measure one claim again (WHAT=A1), or list the claims
	@prove/run $(WHAT)
