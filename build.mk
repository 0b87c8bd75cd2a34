# What is done with the parts that the Makefile makes: set-up, demo, tests, checks, installation.

# --- Set-up -------------------------------------------------------------------------------------------
BUILD_PACKAGES = gcc make pkg-config libsystemd-dev libjansson-dev libinih-dev libutf8proc-dev libssl-dev libsodium-dev \
                 libgpiod-dev libzbar-dev libv4l-dev libsqlite3-dev libmosquitto-dev librabbitmq-dev libpq-dev libmicrohttpd-dev libgnutls28-dev libpng-dev \
                 libqrencode-dev libcmocka-dev libcbor-dev zlib1g-dev libcairo2-dev libpango1.0-dev fonts-dejavu-core $(if $(WITH_ZXING),g++ libzxing-dev)
DEMO_PACKAGES  = python3 mosquitto mosquitto-clients qrencode
TEST_PACKAGES  = g++ libzxing-dev chromium clang clang-format clang-tidy $(CLANG_RT) mandoc openssl systemd debootstrap poppler-utils nftables iproute2 \
                 python3-jinja2 python3-pika rabbitmq-server postgresql $(shell python3 tests/vm/guest.py --packages 2>/dev/null)
# What the decoder is measured against; nothing else needs it.
BENCH_PACKAGES = zbar-tools python3-numpy python3-pyzbar python3-zxing-cpp
# clang's sanitizers are a package of their own, named after its version.
CLANG_RT       = $(shell apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$$/libclang-rt-\1-dev/p' | head -1)
SUDO           = $(shell test "$$(id -u)" = 0 || echo sudo)

# Asks apt only for what is missing, and says what that is.
define install_packages
	@missing=$$(for p in $(1); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
		echo "installing with apt: "$$missing; \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

.PHONY: deps demo-deps test-deps schema-deps page-deps page print-packages
deps: ## Install what the build needs (apt; asks for sudo when not root)
	$(call install_packages,$(BUILD_PACKAGES))
demo-deps: deps page-deps
	$(call install_packages,$(DEMO_PACKAGES))
test-deps: demo-deps schema-deps
	$(call install_packages,$(TEST_PACKAGES))
# A machine may have its Node from elsewhere. npm asks its registry only when the lock file says something new.
NODE_PACKAGES = $(shell command -v node >/dev/null || echo nodejs) $(shell command -v npm >/dev/null || echo npm) ca-certificates
schema-deps: tests/schema/node_modules/.package-lock.json
tests/schema/node_modules/.package-lock.json: tests/schema/package-lock.json
	$(call install_packages,$(NODE_PACKAGES))
	@echo "installing with npm: what validates the messages' schemas (tests/schema/package.json)"
	@cd tests/schema && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
# What the browser needs is built by node, and then only files.
PAGE_FILES = $(wildcard dashboard/page/*.* dashboard/page/src/*.* dashboard/page/src/pages/*.*) config/openapi.json
page-deps: dashboard/page/node_modules/.package-lock.json
dashboard/page/node_modules/.package-lock.json: dashboard/page/package-lock.json
	$(call install_packages,$(NODE_PACKAGES))
	@echo "installing with npm: what builds the dashboard's page, and tests it (dashboard/page/package.json)"
	@cd dashboard/page && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
page: page-deps $(BUILD)/page/index.html ## Build the dashboard's web page (node and npm)
$(BUILD)/page/index.html: $(PAGE_FILES) dashboard/page/node_modules/.package-lock.json
	@echo "  PAGE $(@D)"
	@node dashboard/page/build.mjs $(@D)
print-packages:
	@echo $(BUILD_PACKAGES)

# pkg-config is asked when a Makefile is read, so the build is another make, after the set-up.
.PHONY: demo
demo: demo-deps ## Set up, build, and watch a gate work for half a minute (KEEP=1: until Ctrl-C)
	@$(MAKE) --no-print-directory -s all page $(BUILD)/demo-render
	@python3 tests/demo/demo.py

# --- Tests --------------------------------------------------------------------------------------------
JOBS = $(shell nproc)

.PHONY: test tests-all-builds
test: test-deps ## Set up, build every variant, run every test (SUITE='name' for some)
	@$(MAKE) --no-print-directory -j$(JOBS) tests-all-builds
	@python3 tests/run.py $(if $(SUITE),'$(SUITE)')

tests-all-builds:
	@$(MAKE) --no-print-directory all page tests-build
	@$(MAKE) --no-print-directory BUILD=build/clang CC=clang all tests-build
	@$(MAKE) --no-print-directory BUILD=build/asan SANITIZE=address,undefined OPTIMISE=-O1 all tests-build
	@$(MAKE) --no-print-directory BUILD=build/zxing WITH_ZXING=1 $(patsubst tests/%.c,build/zxing/tests/%,$(wildcard tests/contract/test_decoder*.c))
	@$(MAKE) --no-print-directory BUILD=build/tsan SANITIZE=thread OPTIMISE=-O1 all tests-build
	@$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang SANITIZE=address,undefined,fuzzer-no-link OPTIMISE=-O1 fuzzers

.PHONY: test-vm test-boot test-trixie test-cluster-4 bench bench-scan bench-scan-report bench-scan-cost bench-scan-endurance bench-journal bench-uplink bench-fleet bench-cluster bench-dashboard bench-live bench-postgres torture-long torture-dashboard
test-vm: test-deps ## The shipped binaries on a real kernel with camera and GPIO chip, in QEMU
	@$(MAKE) --no-print-directory -j$(JOBS) all tests-build
	@python3 tests/run.py kernel
test-boot: test-deps page-deps ## A machine that systemd runs, set up as the documents say, in QEMU
	@$(MAKE) --no-print-directory -j$(JOBS) all page
	@python3 tests/run.py boot
test-trixie: test-deps ## Build and unit tests on Debian 13 with libgpiod 2, in a debootstrap folder
	@tests/trixie/build.sh
test-cluster-4: test-deps ## The cluster's tests with RabbitMQ 4.0 of Debian 13, in a debootstrap folder
	@$(MAKE) --no-print-directory -j$(JOBS) all tests-build
	@root=$$(tests/trixie/rabbit.sh) && STILE_RABBIT_ROOT=$$root python3 tests/run.py cluster
bench: ## Measurements, as ratios to a floor of the same run
	@$(MAKE) --no-print-directory -s all $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/bench_*.c))
	@for b in $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/bench_*.c)); do $$b || exit 1; done
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_gate.py
bench-journal: $(BUILD)/tests/bench/bench_journal ## A durable event against a raw append and the usual designs
	@tests/bench/bench_journal.sh $<
bench-scan: ## Codes read and what they cost, beside one zbar pass, zbarimg, zxing-cpp and pyzbar (SEEDS='101 102', STILE_QR_DATA=folder)
	$(call install_packages,$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory -s $(BUILD)/tests/bench/scan_table
	@$(BUILD)/tests/bench/scan_table $(SEEDS)
bench-scan-report: ## The same, with a picture of every frame and what read it: build/scan-report/index.html
	$(call install_packages,$(BENCH_PACKAGES))
	@$(MAKE) --no-print-directory -s $(BUILD)/tests/bench/scan_table
	@$(BUILD)/tests/bench/scan_table --report $(BUILD)/scan-report $(SEEDS)
bench-scan-cost: ## Instructions a px of the decoder's loops, on x86_64 and arm64, counted by qemu
	$(call install_packages,qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
	@tests/bench/bench_scan_cost.sh $(BUILD)
bench-scan-endurance: $(BUILD)/tests/bench/scan_endurance ## 2,000 cards byte for byte, memory over 100,000 frames
	@$<
bench-uplink: ## A backlog from the gate to the archive, as ratios to mosquitto_pub and to storing nothing
	@$(MAKE) --no-print-directory -s all $(BUILD)/tests/bench/uplink_parts
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_uplink.py
bench-fleet: ## 10,000 simulated gates beside mosquitto_pub -l (GATES=N for fewer)
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_fleet.py
bench-cluster: ## A backlog through three RabbitMQ nodes, as a ratio to one mosquitto
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_cluster.py
bench-dashboard: ## The dashboard's answers over a million stays, as ratios to counting them (VISITS=N ENTRIES=N)
	@$(MAKE) --no-print-directory -s all
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_dashboard.py
bench-live: ## Fleet, broker, collector and dashboard with a live page, beside storing nothing and SQLite alone (GATES=N)
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_live.py
bench-postgres: ## A fleet's backlog into PostgreSQL, beside storing nothing and COPY alone (RUNS=N)
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@STILE_BUILD=$(BUILD) python3 tests/bench/bench_postgres.py
torture-long: ## A fleet and its centre under faults for a million events (EVENTS=N, SEED=N)
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@EVENTS=$(or $(EVENTS),1000000) STILE_BUILD=$(BUILD) python3 tests/e2e/test_torture_fleet.py
torture-dashboard: ## Dashboard, collector, broker and PostgreSQL killed at random 50 times (KILLS=N, SEED=N)
	@$(MAKE) --no-print-directory -s all $(BUILD)/fleet
	@KILLS=$(or $(KILLS),50) STILE_BUILD=$(BUILD) python3 tests/e2e/test_torture_dashboard.py

# --- Checks -------------------------------------------------------------------------------------------
C_FILES    = $(wildcard common/*.[ch] common/*/*.[ch] controller/*.[ch] controller/*/*.[ch] controller/*/*/*.[ch] \
             dashboard/*.[ch] dashboard/*/*.[ch] drivers/*/*.[ch] tests/*.h tests/*/*.[ch] tests/*/*/*.[ch])
TIDY_FILES = $(filter %.c,$(filter-out drivers/lines/gpiod_v1.c drivers/lines/gpiod_v2.c tests/%,$(C_FILES))) drivers/lines/gpiod_$(GPIOD_API).c
DEVICE_HEADERS = linux/videodev2.h gpiod.h zbar.h sqlite3.h mosquitto.h libv4l2.h libv4lconvert.h openssl/ png.h amqp.h amqp_ssl_socket.h amqp_tcp_socket.h rabbitmq-c/ libpq-fe.h microhttpd.h gnutls/

.PHONY: deps-check config-check format format-check tidy man-check install-check
deps-check: ## No device or driver header in controller/, and only wiring.c and stilectl name drivers
	@! grep -rnE '#include [<"]($(subst $(eval) ,|,$(DEVICE_HEADERS)))' common controller dashboard
	@! grep -rln '#include "drivers/' common controller dashboard | grep -vE '^(controller/(wiring\.c|publish/main\.c|ctl/)|dashboard/(collector|forwarder|dashboard)_wiring\.c)'
config-check: $(BUILD)/stiled $(BUILD)/stile-collector $(BUILD)/stile-dashboard $(BUILD)/stilectl ## The samples in config/ are what the programs write
	@$(BUILD)/stiled --print-config | diff -u config/gate.conf -
	@$(BUILD)/stile-collector --print-config | diff -u config/collector.conf -
	@$(BUILD)/stile-dashboard --print-config | diff -u config/dashboard.conf -
	@$(BUILD)/stilectl broker config --out $(BUILD)/broker-sample
	@diff -u config/mosquitto $(BUILD)/broker-sample
format:
	@clang-format -i $(C_FILES)
format-check:
	@clang-format --dry-run --Werror $(C_FILES)
tidy: $(addprefix $(BUILD)/tidy/,$(TIDY_FILES:.c=.ok))
$(BUILD)/tidy/%.ok: %.c
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17 2>/dev/null || { clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17; exit 1; }
	@touch $@
man-check:
	@mandoc -Tlint -Wwarning docs/man/*.[1-8]
	@mkdir -p $(BUILD)/conf-pages
	@tests/system/check_conf_pages.sh $(BUILD)/conf-pages
install-check: $(PROGRAMS)
	@tests/system/check_install.sh

# --- Installation -------------------------------------------------------------------------------------
BINDIR = $(PREFIX)/bin
UNITDIR = $(PREFIX)/lib/systemd/system
substitute = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g'

.PHONY: install
install: $(PROGRAMS) ## Install below DESTDIR and PREFIX (default /usr); the configuration is never overwritten
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(UNITDIR) $(PREFIX)/lib/sysusers.d $(PREFIX)/lib/tmpfiles.d $(PREFIX)/lib/udev/rules.d \
		$(PREFIX)/share/man/man1 $(PREFIX)/share/man/man5 $(PREFIX)/share/man/man8 $(PREFIX)/share/doc/stile/mosquitto $(PREFIX)/share/doc/stile/schema $(PREFIX)/share/doc/stile/rabbitmq $(SYSCONFDIR)/stile/issuers)
	install -m 755 $(PROGRAMS) $(DESTDIR)$(BINDIR)
	for u in stiled stile-uplink stile-renew stile-collector stile-forwarder stile-dashboard; do $(substitute) systemd/$$u.service.in >$(DESTDIR)$(UNITDIR)/$$u.service; done
	install -m 644 systemd/stile-renew.timer $(DESTDIR)$(UNITDIR)
	install -m 644 systemd/stile.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/stile.conf
	install -m 644 systemd/stile.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/stile.conf
	install -m 644 systemd/60-stile-gpio.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d
	install -m 644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 docs/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 config/gate.conf config/collector.conf config/forwarder.conf config/dashboard.conf docs/*.md $(DESTDIR)$(PREFIX)/share/doc/stile
	install -m 644 systemd/*.d/*.example $(DESTDIR)$(PREFIX)/share/doc/stile
	install -m 644 config/mosquitto/* $(DESTDIR)$(PREFIX)/share/doc/stile/mosquitto
	install -m 644 config/asyncapi.yaml $(DESTDIR)$(PREFIX)/share/doc/stile
	install -m 644 config/schema/*.json $(DESTDIR)$(PREFIX)/share/doc/stile/schema
	install -m 644 config/rabbitmq/* $(DESTDIR)$(PREFIX)/share/doc/stile/rabbitmq
	if [ -d $(BUILD)/page ]; then install -d $(DESTDIR)$(PREFIX)/share/stile/page/assets; \
		install -m 644 $(BUILD)/page/*.* $(DESTDIR)$(PREFIX)/share/stile/page; \
		install -m 644 $(BUILD)/page/assets/* $(DESTDIR)$(PREFIX)/share/stile/page/assets; \
	else echo "  the web page is not built: make page"; fi
	test -e $(DESTDIR)$(SYSCONFDIR)/stile/gate.conf || install -m 644 config/gate.conf $(DESTDIR)$(SYSCONFDIR)/stile

.PHONY: clean help
clean: ## Remove everything that was built
	rm -rf build
help: ## This list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile build.mk | expand -t 20
