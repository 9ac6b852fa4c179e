# The main job on real input: make demo. All tests: make test.
SHELL := /bin/bash
.PHONY: all build setup demo test bench sanitize simulate mutants fuzz chaos deaths test-cgroups format lint man docs clean

all: build

build:
	swift build -c release --product taskhost
	swift build -c release --product proof
	swift build -c release --product exec
	swift build -c release --product ffikind
	swift build -c release --product ffi-verify

# The Debian packages that `demo` and `test` need; does nothing when they are there.
setup:
	@Scripts/setup

SET_MM ?= /usr/share/metamath/databases/set.mm

demo: setup build
	.build/release/taskhost run --kind proof $(SET_MM)

test: setup
	@Scripts/test

bench:
	@Benchmarks/run

# The tests of the library under the thread and the address sanitizer.
sanitize:
	@Scripts/sanitize

simulate:
	swift run -c release simulate --seeds 1000000

mutants:
	@Scripts/mutants

# Ten million changed copies of plugins for the reader of plugin files.
fuzz: setup
	@Scripts/fuzz

# The main job fifty times, with one worker killed in each run.
chaos: setup build
	@Scripts/chaos

# Control groups in a kernel of their own, in qemu.
test-cgroups: build
	@Scripts/test-cgroups

# Workers that die in great numbers.
deaths:
	@Scripts/deaths

format:
	swift format -i -r Package.swift Sources Tests SDK Plugins

lint:
	swift format lint --strict -r Package.swift Sources Tests SDK Plugins

# The manual page comes from the same declarations as --help.
man:
	swift build -c release --product taskhost
	mkdir -p docs/man
	.build/release/taskhost man > docs/man/taskhost.1

# The library's articles and reference as a web site.
docs: build
	@Scripts/docs

clean:
	swift package clean
