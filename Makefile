# The two commands of the README, and the steps they are made of.
# `make demo` needs a Rust toolchain; `make test` also installs what it needs from Debian's archive.

.PHONY: demo test test-full test-hermetic lint

demo:
	@scripts/demo

test:
	@scripts/test

# Also what takes minutes: more seeds beside the vendor's tools.
test-full:
	@scripts/test --full

test-hermetic:
	cargo test --workspace --locked

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
