# Stile: one Makefile, non-recursive. `make help` lists what it can do.
#
# Values flow one way, and the stages below are in flow order:
STAGES = capture decode validate actuate record

VERSION   := 0.1.0
PREFIX    ?= /usr
SYSCONFDIR ?= /etc
DESTDIR   ?=

# A build variant is a folder: `make BUILD=build/asan SANITIZE=address,undefined`.
BUILD     ?= build
SANITIZE  ?=
ifeq ($(origin CC),default)
CC = gcc
endif
OPTIMISE  ?= -O2
# A second decoder (Debian's libzxing-dev, which needs g++) beside zbar: `make WITH_ZXING=1 BUILD=build/zxing`.
WITH_ZXING ?=
GPIOD_API ?= $(shell pkg-config --atleast-version=2 libgpiod && echo v2 || echo v1)

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
CPPFLAGS += -D_GNU_SOURCE -DSTILE_VERSION='"$(VERSION)"' -I. $(shell pkg-config --cflags-only-I $(PKGS))
CFLAGS   += -std=c17 -g $(OPTIMISE) -fstack-protector-strong -pthread $(WARNINGS) \
            $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all $(if $(findstring clang,$(CC)),,-Wno-format-truncation),-D_FORTIFY_SOURCE=2 -fPIE)
LDFLAGS  += -pthread $(if $(SANITIZE),-fsanitize=$(SANITIZE),-pie -Wl,-z,relro,-z,now)

PKGS = libsystemd jansson inih libutf8proc libcbor zlib libcrypto libssl libsodium libgpiod zbar libv4l2 libv4lconvert sqlite3 libmosquitto librabbitmq libpq libmicrohttpd gnutls libpng libqrencode pangocairo fontconfig cmocka

lib = $(shell pkg-config --libs $(1))
CORE_LIBS     := $(call lib,libsystemd jansson inih libutf8proc libcbor zlib)
DRIVER_LIBS   := $(call lib,libgpiod zbar libv4lconvert libv4l2 sqlite3 libcrypto libsodium libpng)
ifneq ($(WITH_ZXING),)
CXX ?= g++
CPPFLAGS    += -DSTILE_WITH_ZXING
CXXFLAGS    += -std=c++17 -g $(OPTIMISE) -fstack-protector-strong -pthread -Wall -Wextra -Werror $(if $(SANITIZE),-fsanitize=$(SANITIZE),-D_FORTIFY_SOURCE=2 -fPIE)
DRIVER_LIBS += $(call lib,zxing) -lstdc++
endif
BUS_LIBS      := $(call lib,libmosquitto)
TLS_LIBS      := $(call lib,libssl libcrypto)
FEED_LIBS     := $(call lib,libmosquitto librabbitmq)
ARCHIVE_LIBS  := $(call lib,sqlite3 libpq)
WEB_LIBS      := $(call lib,libmicrohttpd gnutls)
PAPER_LIBS    := $(call lib,pangocairo fontconfig libqrencode)

STILED_SRC  := controller/main.c controller/stiled.c controller/wiring.c
# core: decides; knows no device. drivers: do. uplink: the other process.
CORE_SRC    := $(wildcard common/*.c common/cbor/*.c controller/*.c) $(foreach s,$(STAGES) local sync enrol,$(wildcard controller/$(s)/*.c controller/$(s)/*/*.c))
CORE_SRC    := $(filter-out $(STILED_SRC),$(CORE_SRC))
DRIVER_SRC  := $(wildcard drivers/links/*.c drivers/camera/*.c drivers/store/*.c drivers/crypto/*.c) \
               $(filter-out $(if $(WITH_ZXING),drivers/decoder/zxing_none.c),$(wildcard drivers/decoder/*.c)) \
               $(filter-out drivers/lines/gpiod_v1.c drivers/lines/gpiod_v2.c,$(wildcard drivers/lines/*.c)) \
               $(wildcard drivers/lines/gpiod_$(GPIOD_API).c)
UPLINK_SRC  := $(filter-out controller/publish/main.c,$(wildcard controller/publish/*.c)) $(wildcard drivers/bus/*.c)
CTL_SRC     := $(filter-out controller/ctl/main.c,$(wildcard controller/ctl/*.c controller/ctl/*/*.c))
# centre: the site's or a province's server.
CENTRE_SRC  := $(wildcard dashboard/registry/*.c dashboard/access/*.c dashboard/api/*.c dashboard/command/*.c dashboard/people/*.c dashboard/places/*.c dashboard/requests/*.c dashboard/enrol/*.c dashboard/attendance/*.c dashboard/http/*.c dashboard/ingest/*.c dashboard/forward/*.c) \
               dashboard/collector_settings.c dashboard/forwarder_settings.c dashboard/dashboard_settings.c dashboard/late_history.c dashboard/loopback.c
# feed: where the centre hears its gates; only its programs link the brokers' libraries.
FEED_SRC      := $(wildcard drivers/feed/*.c)
# archive: where the centre keeps what it heard, and its registers; only its programs link libpq.
ARCHIVE_SRC   := $(wildcard drivers/archive/*.c drivers/postgres/*.c drivers/access/*.c drivers/places/*.c drivers/requests/*.c)
# web: where browsers come to; only the dashboard links the HTTP server.
WEB_SRC       := $(wildcard drivers/web/*.c)
DASHBOARD_SRC := $(wildcard dashboard/verbs/*.c) dashboard/dashboard_main.c dashboard/dashboard_service.c dashboard/dashboard_wiring.c
COLLECTOR_SRC := dashboard/collector_main.c dashboard/collector_service.c dashboard/collector_wiring.c
FORWARDER_SRC := dashboard/forwarder_main.c dashboard/forwarder_service.c dashboard/forwarder_wiring.c
# paper: passes as pictures and printed sheets. Only who issues them needs cairo.
PAPER_SRC   := $(wildcard common/paper/*.c)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

PROGRAMS = $(addprefix $(BUILD)/,stiled stile-uplink stilectl stile-collector stile-forwarder stile-dashboard)

.PHONY: all
all: $(PROGRAMS) ## Build the programs into build/

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# Loops over every px of a frame: what the compiler makes vectors of at -O3 costs a tenth less.
$(call objects,$(wildcard controller/decode/*.c)): CFLAGS += $(if $(SANITIZE),,-O3)

$(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	@echo " CXX $<"
	@$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libcore.a: $(call objects,$(CORE_SRC))
$(BUILD)/libdrivers.a: $(call objects,$(DRIVER_SRC)) $(if $(WITH_ZXING),$(BUILD)/obj/drivers/decoder/zxing_pass.o)
$(BUILD)/libuplink.a: $(call objects,$(UPLINK_SRC))
$(BUILD)/libctl.a: $(call objects,$(CTL_SRC))
$(BUILD)/libcentre.a: $(call objects,$(CENTRE_SRC))
$(BUILD)/libfeed.a: $(call objects,$(FEED_SRC))
$(BUILD)/libarchives.a: $(call objects,$(ARCHIVE_SRC))
$(BUILD)/libweb.a: $(call objects,$(WEB_SRC))
$(BUILD)/libpaper.a: $(call objects,$(PAPER_SRC))
$(BUILD)/lib%.a:
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/stiled: $(call objects,$(STILED_SRC)) $(BUILD)/libcore.a $(BUILD)/libdrivers.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lcore -ldrivers -lcore $(CORE_LIBS) $(DRIVER_LIBS) -lm -o $@
$(BUILD)/stile-uplink: $(call objects,controller/publish/main.c) $(BUILD)/libuplink.a $(BUILD)/libcore.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -luplink -lcore $(CORE_LIBS) $(BUS_LIBS) $(call lib,libcrypto) -o $@
$(BUILD)/stilectl: $(call objects,controller/ctl/main.c) $(BUILD)/libctl.a $(BUILD)/libpaper.a $(BUILD)/libcore.a $(BUILD)/libdrivers.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lctl -lpaper -lcore -ldrivers -lcore $(CORE_LIBS) $(DRIVER_LIBS) $(TLS_LIBS) $(PAPER_LIBS) -lm -o $@

$(BUILD)/stile-collector: $(call objects,$(COLLECTOR_SRC)) $(BUILD)/libcentre.a $(BUILD)/libfeed.a $(BUILD)/libarchives.a $(BUILD)/libuplink.a $(BUILD)/libdrivers.a $(BUILD)/libcore.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lcentre -lfeed -larchives -luplink -lcore -ldrivers -lcore $(CORE_LIBS) $(FEED_LIBS) $(ARCHIVE_LIBS) $(call lib,libcrypto) -lm -o $@

$(BUILD)/stile-dashboard: $(call objects,$(DASHBOARD_SRC)) $(BUILD)/libcentre.a $(BUILD)/libweb.a $(BUILD)/libfeed.a $(BUILD)/libarchives.a $(BUILD)/libuplink.a $(BUILD)/libctl.a $(BUILD)/libdrivers.a $(BUILD)/libcore.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lcentre -lweb -lfeed -larchives -luplink -lctl -lcore -ldrivers -lcore $(CORE_LIBS) $(DRIVER_LIBS) $(TLS_LIBS) $(FEED_LIBS) $(ARCHIVE_LIBS) $(WEB_LIBS) -lm -o $@

$(BUILD)/stile-forwarder: $(call objects,$(FORWARDER_SRC)) $(BUILD)/libcentre.a $(BUILD)/libfeed.a $(BUILD)/libuplink.a $(BUILD)/libcore.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lcentre -lfeed -luplink -lcore $(CORE_LIBS) $(FEED_LIBS) $(call lib,libcrypto) -o $@

# Unit tests link the core alone (with fakes of the ports where they need them); tests of stile-uplink
# and stilectl link those too; contract tests link the drivers.
UNIT_SRC       := $(wildcard tests/unit/test_*.c)
CONTRACT_SRC   := $(wildcard tests/contract/test_*.c)
UNIT_TESTS     := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
CONTRACT_TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(CONTRACT_SRC))
FUZZERS        := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))

$(BUILD)/libfake.a: $(call objects,$(wildcard tests/fake/*.c))
# scene: frames that are drawn, for whoever reads codes.
$(BUILD)/libscene.a: $(call objects,$(wildcard tests/scene/*.c))

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libcentre.a $(BUILD)/libcore.a $(BUILD)/libuplink.a $(BUILD)/libctl.a $(BUILD)/libpaper.a $(BUILD)/libfake.a $(BUILD)/libscene.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $< -L$(BUILD) -lscene -lcentre -lctl -lpaper -luplink -lcore -lfake -lcore $(CORE_LIBS) $(BUS_LIBS) $(PAPER_LIBS) $(call lib,cmocka libcrypto) -lm -o $@
$(BUILD)/tests/contract/%: $(BUILD)/obj/tests/contract/%.o $(BUILD)/libcore.a $(BUILD)/libdrivers.a $(BUILD)/libcentre.a $(BUILD)/libfeed.a $(BUILD)/libarchives.a $(BUILD)/libweb.a $(BUILD)/libuplink.a $(BUILD)/libctl.a $(BUILD)/libpaper.a $(BUILD)/libfake.a $(BUILD)/libscene.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $< -L$(BUILD) -lscene -lcentre -lfeed -larchives -lweb -lctl -lpaper -luplink -lcore -ldrivers -lfake -lcore $(CORE_LIBS) $(DRIVER_LIBS) $(TLS_LIBS) $(FEED_LIBS) $(ARCHIVE_LIBS) $(WEB_LIBS) $(PAPER_LIBS) $(call lib,cmocka) -lm -o $@
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/libcore.a $(BUILD)/libdrivers.a $(BUILD)/libcentre.a $(BUILD)/libweb.a $(BUILD)/libuplink.a $(BUILD)/libctl.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer $< -L$(BUILD) -lcentre -lweb -lctl -luplink -lcore -ldrivers -lcore $(CORE_LIBS) $(DRIVER_LIBS) $(TLS_LIBS) $(BUS_LIBS) $(WEB_LIBS) -lm -o $@
$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/libscene.a $(BUILD)/libcentre.a $(BUILD)/libfeed.a $(BUILD)/libarchives.a $(BUILD)/libcore.a $(BUILD)/libdrivers.a $(BUILD)/libuplink.a $(BUILD)/libctl.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -lscene -lcentre -lfeed -larchives -lctl -luplink -lcore -ldrivers -lcore $(CORE_LIBS) $(DRIVER_LIBS) $(TLS_LIBS) $(FEED_LIBS) $(ARCHIVE_LIBS) $(call lib,libqrencode) -lm -o $@
$(BUILD)/tests/schema/%: $(BUILD)/obj/tests/schema/%.o $(BUILD)/libuplink.a $(BUILD)/libcore.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $< -L$(BUILD) -luplink -lcore $(CORE_LIBS) $(BUS_LIBS) $(call lib,libcrypto) -o $@
$(BUILD)/tests/bench/scan_table: $(call objects,tests/bench/scan_rivals.c tests/bench/scan_child.c tests/bench/scan_report.c tests/bench/scan_video.c)
# The fleet of simulated gates: stile-uplink's own parts around journals that are made up.
$(BUILD)/fleet: $(call objects,$(wildcard tests/fleet/*.c)) $(BUILD)/libuplink.a $(BUILD)/libcore.a
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) $(filter %.o,$^) -L$(BUILD) -luplink -lcore $(CORE_LIBS) $(BUS_LIBS) $(call lib,libcrypto) -lm -o $@
$(BUILD)/demo-render: $(BUILD)/obj/tests/demo/render.o
	@$(CC) $(LDFLAGS) $< $(call lib,libqrencode) -o $@

# Objects are kept: what is built twice is built in vain.
.SECONDARY:

.PHONY: tests-build fuzzers
tests-build: $(UNIT_TESTS) $(CONTRACT_TESTS) $(BUILD)/tests/schema/notices $(BUILD)/fleet
fuzzers: $(FUZZERS)

include build.mk

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
