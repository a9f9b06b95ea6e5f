# make census: a whole census; make test: every test. Both install first what this machine lacks.
# make            build/mxcensus and the peer of the simulated Internet
# make asan       unit tests and a census of 2,000 domains under ASan and UBSan
# make fuzz T=60  every fuzz target for T seconds, or RUNS=N times, one for each core at once
# make chaos      censuses whose processes are killed, stopped and starved, compared with an undisturbed one
# make model      the queue's contract in Promela, searched whole; and that each broken rule is found
# make bench      what each part costs, against its budget
# make lint       form and static analysis
# make world      keep a simulated Internet up in build/world; make world-stop ends it
BUILD    ?= build
ifeq ($(origin CC),default)
CC       := gcc
endif
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
PACKAGES := ldns openssl libcurl hiredis libzstd zlib libuv libidn2 libpsl yajl libsodium
PREFIX   ?= /usr/local

HARDEN   := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
SANITISE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
WARN     := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Werror=implicit-function-declaration -Werror=int-conversion
OPTIMISE ?= -O2 -g $(HARDEN)
CFLAGS   := -std=c11 -D_GNU_SOURCE $(WARN) $(OPTIMISE) -I. $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDFLAGS  := -pie -Wl,-z,relro,-z,now $(filter -fsanitize=address%,$(OPTIMISE))
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread -lm

# One archive a folder; a folder may use those behind it in its list (checked by `make lint`).
FOLDERS  := base parse queue ingest workers output
base     := $(wildcard scanner/base/*.c)
parse    := $(wildcard workers/parse/*.c)
queue    := $(wildcard scanner/queue/*.c)
ingest   := $(wildcard ingest/*.c)
workers  := $(wildcard workers/*.c workers/dns/*.c workers/domain/*.c)
output   := $(wildcard output/*.c)
archives  = $(patsubst %,$(BUILD)/lib%.a,$(1))

LIBS_base    := base
LIBS_parse   := parse base
LIBS_queue   := queue base
LIBS_ingest  := ingest queue base
LIBS_workers := workers parse queue base
LIBS_output  := output parse queue base

# tests/{unit,fuzz,bench}/FOLDER/NAME.c is a program over FOLDER's archives.
programs  = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard $(FOLDERS:%=tests/$(1)/%/*.c)))
UNITS    := $(call programs,unit)
BENCHES  := $(call programs,bench)
FUZZERS  := $(call programs,fuzz)
REPORT   := scripts/report datasets/reference.csv $(wildcard output/report/*.py output/report/*.css output/report/sections/*.py)
# The longest first: one for each core runs at once.
LONGEST  := $(addprefix tests/system/test_,replay.py census.py resolvers.py quarantine.py)
SYSTEM   := $(LONGEST) $(filter-out $(LONGEST),$(wildcard tests/system/test_*.py))
SHIMS    := $(patsubst tests/chaos/%.c,$(BUILD)/shims/%.so,$(wildcard tests/chaos/*.c))
PEER     := $(patsubst tests/world/peer/%.c,$(BUILD)/peer/%.o,$(wildcard tests/world/peer/*.c))

all: $(BUILD)/mxcensus $(BUILD)/world-peer

$(BUILD)/mxcensus: $(patsubst %.c,$(BUILD)/%.o,$(wildcard scanner/*.c)) $(call archives,ingest workers output parse queue base)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

define archive
$(BUILD)/lib$(1).a: $$($(1):%.c=$(BUILD)/%.o)
	@rm -f $$@
	ar rcsD $$@ $$^
endef
$(foreach folder,$(FOLDERS),$(eval $(call archive,$(folder))))

define test_program
$(BUILD)/tests/$(1)/$(2)/%: tests/$(1)/$(2)/%.c $(call archives,$(LIBS_$(2)))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(3) $(LDFLAGS) -MMD -MP -o $$@ $$< $(call archives,$(LIBS_$(2))) $(LDLIBS)
endef
$(foreach folder,$(FOLDERS),$(eval $(call test_program,unit,$(folder),)))
$(foreach folder,$(FOLDERS),$(eval $(call test_program,bench,$(folder),)))
$(foreach folder,$(FOLDERS),$(eval $(call test_program,fuzz,$(folder),-fsanitize=fuzzer)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DMXCENSUS_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

$(BUILD)/scanner/queue/library.o: scanner/queue/mxcensus_v1.lua
$(BUILD)/output/curated.o: datasets/operators.csv datasets/parking.csv datasets/policy-operators.csv
$(BUILD)/workers/selectors.o: datasets/dkim-selectors.csv
$(BUILD)/scanner/report.o: CFLAGS += -DMXCENSUS_TOP='"$(CURDIR)"'

$(BUILD)/peer/%.o: tests/world/peer/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/world-peer: $(PEER)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What tests preload into processes: a slow disk, a clock that jumps.
$(BUILD)/shims/%.so: tests/chaos/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -shared -o $@ $<

units: $(UNITS)
benches: $(BENCHES)
fuzzers: $(FUZZERS)
shims: $(SHIMS)

# Each starts a fresh make behind install-deps, so that pkg-config is asked when the packages are there; with a job for
# each core where the user did not say how many.
JOBS = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

deps:
	scripts/install-deps

census: deps
	$(MAKE) $(JOBS) all
	BUILD=$(BUILD) scripts/census

test: deps
	$(MAKE) $(JOBS) all units shims
	BUILD=$(BUILD) scripts/run-tests $(UNITS) tests/model/check -- $(SYSTEM)

asan: deps
	$(MAKE) $(JOBS) BUILD=$(BUILD)/asan OPTIMISE='$(SANITISE)' all units
	BUILD=$(BUILD)/asan ASAN_OPTIONS=abort_on_error=1 scripts/run-tests $(UNITS:$(BUILD)/%=$(BUILD)/asan/%) -- tests/system/census_asan.py

# Kills by the hundred: SCENARIO=NAME plays one, SEED draws the moments.
DOMAINS ?= 20000
KILLS   ?= 100
SEED    ?= 1
chaos: deps
	$(MAKE) $(JOBS) all shims
	BUILD=$(BUILD) tests/chaos/chaos.py --domains $(DOMAINS) --kills $(KILLS) --seed $(SEED) $(SCENARIO)

model: deps
	tests/model/check

T ?= 60
fuzz: deps
	$(MAKE) $(JOBS) CC=clang BUILD=$(BUILD)/fuzz OPTIMISE='$(SANITISE) -fsanitize=fuzzer-no-link' fuzzers
	scripts/fuzz $(if $(RUNS),-runs=$(RUNS),-max_total_time=$(T)) $(FUZZERS:$(BUILD)/%=$(BUILD)/fuzz/%)

bench: deps
	$(MAKE) $(JOBS) all benches
	BUILD=$(BUILD) scripts/bench $(BUILD)/bench.json $(BENCHES) tests/bench/output/bench_recount.py tests/bench/census/bench_census.py

lint: deps
	scripts/lint $(BUILD)

world: deps
	$(MAKE) $(JOBS) all
	BUILD=$(BUILD) scripts/world up $(BUILD)/world --list $(or $(LIST),datasets/census-10k.csv)

world-stop:
	scripts/world down $(BUILD)/world

install: all
	install -D $(BUILD)/mxcensus $(DESTDIR)$(PREFIX)/bin/mxcensus
	install -D scripts/nightly $(DESTDIR)$(PREFIX)/libexec/mxcensus/nightly
	install -D -m 644 scanner/queue/redis.acl $(DESTDIR)$(PREFIX)/share/mxcensus/redis.acl
	for f in service timer; do sed 's,/usr/local,$(PREFIX),g' scripts/systemd/mxcensus.$$f | \
		install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/mxcensus.$$f || exit 1; done
	for f in $(REPORT); do install -D $$f $(DESTDIR)$(PREFIX)/libexec/mxcensus/$$f || exit 1; done

print-cflags:
	@echo $(CFLAGS)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all units benches fuzzers shims deps census test asan chaos model fuzz bench lint world world-stop install print-cflags clean
