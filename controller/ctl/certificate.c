#include "controller/ctl/certificate.h"

#include "common/base64.h"
#include "common/rfc3339.h"

#include <stdio.h>
#include <string.h>

enum {
        DER_MAX = 16384,
        DER_SEQUENCE = 0x30,
        DER_VERSION = 0xa0, /* [0] EXPLICIT */
        DER_UTC_TIME = 0x17,
        DER_GENERALIZED_TIME = 0x18
};

struct der {
        const uint8_t *at, *end;
};

/* Takes the next element of `from`: its tag, and its content as *content. False: none whole. */
static bool take(struct der *from, uint8_t *tag, struct der *content)
{
        size_t left = (size_t)(from->end - from->at), len = 0, head = 2;
        if (left < 2)
                return false;
        *tag = from->at[0];
        uint8_t first = from->at[1];
        if (first < 0x80) {
                len = first;
        } else {
                size_t count = first & 0x7f;
                if (count == 0 || count > 3 || left < 2 + count)
                        return false;
                for (size_t i = 0; i < count; i++)
                        len = len << 8 | from->at[2 + i];
                head += count;
        }
        if (len > left - head)
                return false;
        content->at = from->at + head;
        content->end = content->at + len;
        from->at = content->end;
        return true;
}

static bool enter(struct der *from, struct der *content)
{
        uint8_t tag = 0;
        return take(from, &tag, content) && tag == DER_SEQUENCE;
}

/* "YYMMDDHHMMSSZ" (until 2049) or "YYYYMMDDHHMMSSZ". */
static bool parse_time(uint8_t tag, struct der text, int64_t *us)
{
        char digits[16] = "", whole[RFC3339_MAX];
        size_t len = (size_t)(text.end - text.at);
        bool is_short = tag == DER_UTC_TIME;
        if ((!is_short && tag != DER_GENERALIZED_TIME) || len != (is_short ? 13 : 15))
                return false;
        const char *century = !is_short ? "" : text.at[0] < '5' ? "20" : "19";
        snprintf(digits, sizeof(digits), "%s%.*s", century, (int)len - 1, (const char *)text.at);
        snprintf(whole, sizeof(whole), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", digits, digits + 4,
                 digits + 6, digits + 8, digits + 10, digits + 12);
        return rfc3339_parse(whole, us);
}

/* Certificate → tbsCertificate: [version], serial, algorithm, issuer, validity {from, until}, … */
static bool find_not_after(struct der file, int64_t *us)
{
        struct der certificate, body, skipped, validity, time;
        uint8_t tag = 0;
        if (!enter(&file, &certificate) || !enter(&certificate, &body))
                return false;
        if (!take(&body, &tag, &skipped)) /* the version, or of old ones the serial number */
                return false;
        if (tag == DER_VERSION && !take(&body, &tag, &skipped))
                return false;
        for (int i = 0; i < 2; i++) /* algorithm and issuer */
                if (!enter(&body, &skipped))
                        return false;
        return enter(&body, &validity) && take(&validity, &tag, &time) &&
               take(&validity, &tag, &time) && parse_time(tag, time, us);
}

bool certificate_not_after(const char *pem, size_t len, int64_t *us)
{
        static const char begin[] = "-----BEGIN CERTIFICATE-----";
        uint8_t *der = malloc(DER_MAX);
        const char *from = memmem(pem, len, begin, sizeof(begin) - 1);
        bool is_found = false;
        if (der && from) {
                from += sizeof(begin) - 1;
                size_t size = base64_decode(from, len - (size_t)(from - pem), der, DER_MAX);
                is_found = find_not_after((struct der){ der, der + size }, us);
        }
        free(der);
        return is_found;
}
