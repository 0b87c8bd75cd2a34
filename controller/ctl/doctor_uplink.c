/* Doctor: the broker, and the certificates by which it and this gate know each other. */
#include "controller/ctl/certificate.h"
#include "controller/ctl/doctor.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

enum {
        PEM_MAX = 65536,
        SOON_DAYS = 30
};

static void check_broker(struct doctor *doctor)
{
        const json_t *broker = json_object_get(doctor->status, "broker");
        const char *state = text_of(broker, "state"), *detail = text_of(broker, "detail");
        char where[300] = "the broker", mend[400];
        if (!broker)
                return; /* known to stiled only */
        if (doctor->settings)
                snprintf(where, sizeof(where), "%s port %d", doctor->settings->uplink.host,
                         doctor->settings->uplink.port);
        snprintf(mend, sizeof(mend), "is %s reachable? journalctl -u stile-uplink -n 50", where);
        if (strcmp(state, "connected") == 0)
                doctor_say(doctor, FINDING_OK, "broker", "", "%s, connected", where);
        else if (strcmp(state, "no_uplink") == 0)
                doctor_say(doctor, FINDING_FAIL, "broker",
                           "systemctl status stile-uplink; the gate works on without it",
                           "stile-uplink is not there");
        else
                doctor_say(doctor, FINDING_FAIL, "broker", mend, "%s, %s%s%s", where, state,
                           detail[0] != '\0' ? ": " : "", detail);
}

/* True: the file is there and may be looked at; else said. */
static bool is_there(struct doctor *doctor, const char *check, const char *path, struct stat *info)
{
        if (stat(path, info) == 0)
                return true;
        if (errno == EACCES)
                doctor_say(doctor, FINDING_WARN, check, "run stilectl as root to look at it",
                           "%s: %s", path, strerror(errno));
        else
                doctor_say(doctor, FINDING_FAIL, check,
                           "stilectl gate enrol gets it; or mend [uplink]", "%s: %s", path,
                           strerror(errno));
        return false;
}

/* stile-uplink reads its key through its group; nobody else may. */
static void check_key(struct doctor *doctor)
{
        const char *path = doctor->settings->uplink.private_key_file;
        struct stat info;
        if (!is_there(doctor, "private key", path, &info))
                return;
        const struct group *group = getgrgid(info.st_gid);
        bool is_uplinks = group && strcmp(group->gr_name, doctor->settings->local.uplink_user) == 0;
        if (info.st_mode & (S_IRWXO | S_IWGRP))
                doctor_say(doctor, FINDING_FAIL, "private key",
                           "chmod 0640, chown root:stile-uplink; if others had it, make a new one",
                           "%s is open to others (mode %04o)", path,
                           (unsigned)(info.st_mode & 07777));
        else if ((info.st_mode & S_IRGRP) && !is_uplinks)
                doctor_say(doctor, FINDING_WARN, "private key", "chown root:stile-uplink",
                           "the group %s may read %s", group ? group->gr_name : "?", path);
        else
                doctor_say(doctor, FINDING_OK, "private key", "", "%s", path);
}

static void check_certificate(struct doctor *doctor, const char *check, const char *path)
{
        struct stat info;
        int64_t until_us = 0, now_us = when_now_us();
        char day[WHEN_TEXT_MAX];
        if (!is_there(doctor, check, path, &info))
                return;
        char *pem = malloc(PEM_MAX);
        FILE *file = pem ? fopen(path, "re") : NULL;
        size_t len = file ? fread(pem, 1, PEM_MAX, file) : 0;
        bool is_read = certificate_not_after(pem ? pem : "", len, &until_us);
        when_local(day, until_us);
        if (!file)
                doctor_say(doctor, FINDING_WARN, check, "run stilectl as root to look at it",
                           "%s cannot be read", path);
        else if (!is_read)
                doctor_say(doctor, FINDING_FAIL, check, "openssl x509 -text -in FILE",
                           "%s holds no certificate", path);
        else if (until_us < now_us)
                doctor_say(doctor, FINDING_FAIL, check, "stilectl gate enrol gets a new one",
                           "%s expired on %s", path, day);
        else if (until_us < now_us + SOON_DAYS * INT64_C(86400000000))
                doctor_say(doctor, FINDING_WARN, check,
                           "stilectl gate renew; is stile-renew.timer on?", "%s expires on %s",
                           path, day);
        else
                doctor_say(doctor, FINDING_OK, check, "", "%s, until %s", path, day);
        if (file)
                fclose(file);
        free(pem);
}

void doctor_uplink(struct doctor *doctor)
{
        check_broker(doctor);
        if (!doctor->settings || !doctor->settings->uplink.is_tls)
                return;
        check_certificate(doctor, "CA certificate", doctor->settings->uplink.ca_file);
        check_certificate(doctor, "certificate", doctor->settings->uplink.certificate_file);
        check_key(doctor);
}
