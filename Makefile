# Whorl's habits in one place. `make help` lists them; CMake and Ninja do the work.
# rosidl's generators are Python modules of the system: the system's python3 must come first on PATH.
export PATH := /usr/bin:/bin:$(PATH)
BUILD := $(CURDIR)/build
JOBS ?= $(shell nproc)
export JOBS

.DEFAULT_GOAL := help
.PHONY: help demo test check conformance sanitize valgrind bench soak format clean library

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: ## a talker and a listener, two processes, messages arriving, a clean Ctrl-C
	@scripts/packages build
	@scripts/build $(BUILD) talker listener
	@scripts/demo $(BUILD)

test: library ## all tests
	@scripts/test $(BUILD)

check: library ## the style as a program; installs the tools it needs
	@scripts/packages check
	@scripts/build $(BUILD) bench
	@scripts/check $(BUILD)

conformance: library ## docs/conformance.md row by row: which hold; writes build/conformance.tsv
	@scripts/conformance $(BUILD)

sanitize: ## all tests under AddressSanitizer with UBSan, then under ThreadSanitizer
	@scripts/packages build
	@scripts/build $(BUILD)/address -DWHORL_SANITIZE=address,undefined
	@scripts/test $(BUILD)/address
	@scripts/build $(BUILD)/thread -DWHORL_SANITIZE=thread
	@scripts/test $(BUILD)/thread

valgrind: ## the tests of tasks, loops and what lies below under memcheck; needs valgrind
	@scripts/packages build
	@scripts/valgrind $(BUILD)/valgrind

bench: library ## figures beside bare Cyclone DDS in the same run; writes build/bench.json
	@scripts/build $(BUILD) bench
	@bench/run.py $(BUILD)

soak: library ## what takes long: ten minutes of fuzzing, every test many times over
	@scripts/soak $(BUILD)

format: ## formats every source file in place
	@scripts/packages check
	@scripts/checks/format --fix

library:
	@scripts/packages build
	@scripts/build $(BUILD)

clean: ## removes everything that was built
	rm -rf $(BUILD)
