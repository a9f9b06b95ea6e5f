# make: build; make test: install what is missing, build, run every test; make lint: form and analysis.
BUILD    ?= build
ifeq ($(origin CC),default)
CC       := gcc
endif
VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
PACKAGES := ldns openssl libcurl hiredis libzstd zlib libuv libidn2 libpsl yajl libsodium

HARDEN   := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
WARN     := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
OPTIMISE ?= -O2 -g $(HARDEN)
CFLAGS   := -std=c11 -D_GNU_SOURCE $(WARN) $(OPTIMISE) $(EXTRA) -I. $(shell pkg-config --cflags $(PACKAGES))
LDFLAGS  := -pie -Wl,-z,relro,-z,now $(EXTRA)
LDLIBS   := $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm

# One archive a folder; a later one may use an earlier one (checked by `make lint`).
base    := $(wildcard scanner/base/*.c)
parse   := $(wildcard workers/parse/*.c)
queue   := $(wildcard scanner/queue/*.c)
ingest  := $(wildcard ingest/*.c)
workers := $(wildcard workers/*.c workers/dns/*.c)
output  := $(wildcard output/*.c)
scanner := $(wildcard scanner/*.c)
archives = $(patsubst %,$(BUILD)/lib%.a,$(1))
ALL     := ingest workers output parse queue base

# What is whole so far; the program itself (make program) links once every stage is in the tree.
PARTS    := base parse queue ingest output

LIBS_base    := base
LIBS_parse   := parse base
LIBS_queue   := queue base
LIBS_ingest  := ingest queue base
LIBS_workers := workers parse queue base
LIBS_output  := output parse queue base

# tests/{unit,fuzz,bench}/FOLDER/NAME.c is a program over FOLDER's archives.
programs = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/$(1)/*/*.c))
UNITS     = $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard $(PARTS:%=tests/unit/%/*.c)))
BENCHES  := $(call programs,bench)
FUZZERS  := $(call programs,fuzz)
PEERS    := $(patsubst tests/world/peer/%.c,$(BUILD)/peer/%.o,$(wildcard tests/world/peer/*.c))

all: $(call archives,$(PARTS)) $(BUILD)/world-peer
program: $(BUILD)/mxcensus

$(BUILD)/mxcensus: $(scanner:%.c=$(BUILD)/%.o) $(call archives,$(ALL))
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

define archive
$(BUILD)/lib$(1).a: $$($(1):%.c=$(BUILD)/%.o)
	@rm -f $$@
	ar rcsD $$@ $$^
endef
$(foreach folder,$(ALL),$(eval $(call archive,$(folder))))

define test_program
$(BUILD)/tests/$(1)/$(2)/%: tests/$(1)/$(2)/%.c $(call archives,$(LIBS_$(2)))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(3) $(LDFLAGS) -MMD -MP -o $$@ $$< $(call archives,$(LIBS_$(2))) $(LDLIBS)
endef
$(foreach folder,$(ALL),$(eval $(call test_program,unit,$(folder),)))
$(foreach folder,$(ALL),$(eval $(call test_program,bench,$(folder),)))
$(foreach folder,$(ALL),$(eval $(call test_program,fuzz,$(folder),-fsanitize=fuzzer)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DMXCENSUS_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<

$(BUILD)/scanner/queue/library.o: scanner/queue/mxcensus_v1.lua

$(BUILD)/peer/%.o: tests/world/peer/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/world-peer: $(PEERS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

units: $(UNITS)
benches: $(BENCHES)
fuzzers: $(FUZZERS)

# A fresh make, so that pkg-config is asked after the packages are there.
test:
	scripts/install-deps
	$(MAKE) BUILD=$(BUILD) test-built

test-built: all units
	BUILD=$(BUILD) scripts/run-tests $(UNITS) $(wildcard tests/system/test_*.py)

print-cflags:
	@echo $(CFLAGS)

lint:
	scripts/install-deps
	scripts/lint $(BUILD)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all program test test-built units benches fuzzers print-cflags lint clean
