/* Stands in for site_pass.c, one_time.c and health_cert.c until they are here; to be deleted with
 * the first of them. Knows the prefixes, reads nothing. */
#include "controller/validate/formats/health_cert.h"
#include "controller/validate/formats/one_time.h"
#include "controller/validate/formats/site_pass.h"

#include <string.h>

static bool begins_with(const char *text, size_t len, const char *prefix)
{
        return len >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

bool health_cert_is_like(const char *text, size_t len)
{
        return begins_with(text, len, HEALTH_CERT_PREFIX);
}

enum reason health_cert_read(const char *text, size_t len, const struct trust *trust,
                             struct health_cert_scratch *scratch, struct health_cert *cert,
                             const char **step)
{
        (void)text;
        (void)len;
        (void)trust;
        (void)scratch;
        *cert = (struct health_cert){ .alg = 0 };
        *step = "base45";
        return REASON_UNREADABLE;
}

bool site_pass_is_like(const char *text, size_t len)
{
        return begins_with(text, len, SITE_PASS_PREFIX);
}

enum reason site_pass_read(const char *text, size_t len, const struct trust *trust,
                           struct site_pass *pass)
{
        (void)text;
        (void)len;
        (void)trust;
        *pass = (struct site_pass){ .from_us = 0 };
        return REASON_UNREADABLE;
}

bool one_time_is_like(const char *text, size_t len)
{
        return begins_with(text, len, ONE_TIME_PREFIX);
}

bool one_time_parse(const char *text, size_t len, char id[FLOW_ID_MAX], uint32_t *code)
{
        (void)text;
        (void)len;
        (void)id;
        *code = 0;
        return false;
}
