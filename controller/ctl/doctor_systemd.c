/* Doctor: who starts stiled again when it dies, and the machine when it hangs. */
#include "controller/ctl/doctor.h"
#include "controller/ctl/print.h"

#include <systemd/sd-bus.h>

static const char service[] = "org.freedesktop.systemd1";
static const char unit_path[] = "/org/freedesktop/systemd1/unit/stiled_2eservice";
static const char unit_type[] = "org.freedesktop.systemd1.Service";
static const char manager_path[] = "/org/freedesktop/systemd1";
static const char manager_type[] = "org.freedesktop.systemd1.Manager";

static void check_unit(struct doctor *doctor, sd_bus *bus)
{
        uint64_t watchdog_us = 0;
        uint32_t restarts = 0;
        char text[PRINT_MAX];
        if (sd_bus_get_property_trivial(bus, service, unit_path, unit_type, "WatchdogUSec", NULL,
                                        't', &watchdog_us) < 0 ||
            sd_bus_get_property_trivial(bus, service, unit_path, unit_type, "NRestarts", NULL, 'u',
                                        &restarts) < 0) {
                doctor_say(doctor, FINDING_WARN, "watchdog", "systemctl status stiled",
                           "systemd does not tell about stiled.service");
                return;
        }
        if (watchdog_us == 0 || watchdog_us == UINT64_MAX)
                doctor_say(doctor, FINDING_WARN, "watchdog",
                           "install the unit that comes with stiled: WatchdogSec=10s",
                           "nobody starts stiled again when it hangs");
        else
                doctor_say(doctor, FINDING_OK, "watchdog", "", "stiled is started again after %s",
                           print_us(text, (int64_t)watchdog_us));
        if (restarts > 0)
                doctor_say(doctor, FINDING_WARN, "restarts",
                           "journalctl -u stiled -p warning tells why",
                           "systemd started stiled %u times again", restarts);
}

static void check_machine(struct doctor *doctor, sd_bus *bus)
{
        uint64_t watchdog_us = 0;
        char text[PRINT_MAX];
        if (sd_bus_get_property_trivial(bus, service, manager_path, manager_type,
                                        "RuntimeWatchdogUSec", NULL, 't', &watchdog_us) < 0)
                return;
        if (watchdog_us == 0 || watchdog_us == UINT64_MAX)
                doctor_say(doctor, FINDING_WARN, "hardware watchdog",
                           "RuntimeWatchdogSec=10s in /etc/systemd/system.conf.d/watchdog.conf",
                           "off: a kernel that hangs stays so");
        else
                doctor_say(doctor, FINDING_OK, "hardware watchdog", "", "%s",
                           print_us(text, (int64_t)watchdog_us));
}

void doctor_systemd(struct doctor *doctor)
{
        sd_bus *bus = NULL;
        if (sd_bus_open_system(&bus) < 0) {
                doctor_say(doctor, FINDING_WARN, "watchdog", "",
                           "systemd is not here to be asked: who starts stiled again?");
                return;
        }
        check_unit(doctor, bus);
        check_machine(doctor, bus);
        sd_bus_flush_close_unref(bus);
}
