/* Doctor: databases, disk and clock. */
#include "controller/ctl/doctor.h"
#include "controller/ctl/print.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

static const int64_t MEBIBYTE = INT64_C(1) << 20;

static void check_journal(struct doctor *doctor)
{
        const json_t *journal = json_object_get(doctor->status, "journal");
        long long waiting = number_of(journal, "waiting"), lost = number_of(journal, "lost"),
                  late = number_of(journal, "late");
        long long dropped = number_of(journal, "dropped"),
                  budget = number_of(journal, "budget_bytes");
        bool is_over = budget > 0 && number_of(journal, "bytes") > budget + MEBIBYTE;
        if (!journal)
                return;
        if (lost > 0)
                doctor_say(doctor, FINDING_FAIL, "journal", "journalctl -u stiled -g journal",
                           "%lld events were lost: the disk took none for too long", lost);
        if (waiting > 0)
                doctor_say(doctor, FINDING_FAIL, "journal",
                           "is the disk full or read-only? journalctl -u stiled -g journal",
                           "%lld events wait for the disk", waiting);
        if (late > 0)
                doctor_say(doctor, FINDING_WARN, "journal",
                           "a slow card? [record] wait-ms and on-failure say what a lane does",
                           "%lld events were written after the relay had moved", late);
        if (dropped > 0)
                doctor_say(doctor, FINDING_FAIL, "journal",
                           "does the collector acknowledge? [store] budget-mb, when-full",
                           "%lld events were dropped before anybody acknowledged them", dropped);
        if (is_over)
                doctor_say(doctor, FINDING_WARN, "journal",
                           "does the collector acknowledge? [store] budget-mb, when-full",
                           "over its budget, %lld events to send",
                           (long long)number_of(journal, "outbox"));
        if (lost == 0 && waiting == 0 && late == 0 && dropped == 0 && !is_over)
                doctor_say(doctor, FINDING_OK, "journal", "", "%lld events, %lld to send",
                           (long long)number_of(journal, "head"),
                           (long long)number_of(journal, "outbox"));
}

/* A database that was found damaged at a start lies beside the new one. */
static void check_set_aside(struct doctor *doctor, const char *folder)
{
        char pattern[SETTINGS_PATH_MAX + 32];
        glob_t found = { 0 };
        snprintf(pattern, sizeof(pattern), "%s/*.db.damaged-*Z", folder);
        if (access(folder, R_OK | X_OK) < 0) {
                if (!doctor->status || errno != EACCES)
                        doctor_say(doctor, errno == EACCES ? FINDING_WARN : FINDING_FAIL,
                                   "databases",
                                   errno == EACCES ? "run stilectl as root to look into it"
                                                   : "stiled makes it at its first start",
                                   "%s: %s", folder, strerror(errno));
                return;
        }
        int error = glob(pattern, 0, NULL, &found);
        for (size_t i = 0; error == 0 && i < found.gl_pathc; i++)
                doctor_say(doctor, FINDING_WARN, "databases",
                           "keep a copy elsewhere, enrol people again if it is registry.db, then "
                           "delete it",
                           "%s was damaged and set aside", found.gl_pathv[i]);
        if (error == GLOB_NOMATCH)
                doctor_say(doctor, FINDING_OK, "databases", "", "%s: none was set aside", folder);
        globfree(&found);
}

static void check_disk(struct doctor *doctor)
{
        const json_t *disk = json_object_get(doctor->status, "disk");
        int64_t free_bytes = number_of(disk, "free_bytes");
        char text[PRINT_MAX];
        struct statvfs info;
        if (!disk) {
                if (!doctor->settings || statvfs(doctor->settings->store.folder, &info) < 0)
                        return;
                free_bytes = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
        }
        print_bytes(text, free_bytes);
        if (free_bytes < 100 * MEBIBYTE)
                doctor_say(doctor, FINDING_FAIL, "disk", "make room: journalctl --vacuum-size=50M",
                           "%s free: the journal will soon stop", text);
        else if (free_bytes < 500 * MEBIBYTE)
                doctor_say(doctor, FINDING_WARN, "disk", "make room: journalctl --vacuum-size=50M",
                           "%s free", text);
        else
                doctor_say(doctor, FINDING_OK, "disk", "", "%s free", text);
}

static bool is_synchronised(void)
{
        struct timex timex = { .modes = 0 };
        return access("/run/systemd/timesync/synchronized", F_OK) == 0 ||
               (adjtimex(&timex) >= 0 && !(timex.status & STA_UNSYNC));
}

static void check_clock(struct doctor *doctor)
{
        static const char mend[] = "timedatectl status: is NTP on, and a server reachable?";
        const json_t *clock = json_object_get(doctor->status, "clock");
        const char *quality = clock               ? text_of(clock, "quality")
                              : is_synchronised() ? "synchronised"
                                                  : "holdover";
        if (strcmp(quality, "synchronised") == 0)
                doctor_say(doctor, FINDING_OK, "clock", "", "synchronised");
        else if (strcmp(quality, "untrusted") == 0)
                doctor_say(doctor, FINDING_FAIL, "clock", mend,
                           "behind the last recorded event: it cannot be trusted");
        else
                doctor_say(doctor, FINDING_WARN, "clock", mend,
                           "plausible, but nobody vouches for it (%s)", quality);
}

void doctor_records(struct doctor *doctor)
{
        check_journal(doctor);
        if (doctor->settings)
                check_set_aside(doctor, doctor->settings->store.folder);
        check_disk(doctor);
        check_clock(doctor);
}
