#include "controller/validate/formats/other.h"

#include <string.h>
#include <strings.h>

/* An app's address has its scheme alone, or "://" behind it (RFC 3986, 3.1): a badge's text may
 * well hold a colon. */
static const struct {
        const char *begin;
        enum other_kind kind;
} beginnings[] = {
        { "http://", OTHER_LINK },
        { "https://", OTHER_LINK },
        { "WIFI:", OTHER_WIFI },
        { "BEGIN:VCARD", OTHER_CONTACT },
        { "MECARD:", OTHER_CONTACT },
        { "BEGIN:VEVENT", OTHER_EVENT },
        { "BEGIN:VCALENDAR", OTHER_EVENT },
        { "shc:/", OTHER_SMART_HEALTH },
        { "mailto:", OTHER_APP },
        { "matmsg:", OTHER_APP },
        { "tel:", OTHER_APP },
        { "sms:", OTHER_APP },
        { "smsto:", OTHER_APP },
        { "geo:", OTHER_APP },
        { "otpauth:", OTHER_APP },
        { "otpauth-migration:", OTHER_APP },
};

static char small(char c)
{
        if (c >= 'A' && c <= 'Z')
                return (char)(c - 'A' + 'a');
        return c;
}

static bool is_alnum(char c)
{
        return (c >= '0' && c <= '9') || (small(c) >= 'a' && small(c) <= 'z');
}

static size_t scheme_len(const char *bytes, size_t len)
{
        size_t count = 0;
        if (len == 0 || !is_alnum(bytes[0]) || (bytes[0] >= '0' && bytes[0] <= '9'))
                return 0;
        while (count < len && (is_alnum(bytes[count]) || bytes[count] == '+' ||
                               bytes[count] == '-' || bytes[count] == '.'))
                count++;
        return count < len && bytes[count] == ':' ? count : 0;
}

static enum other_kind kind_of(const char *bytes, size_t len, size_t scheme)
{
        static const char slashes[] = "://";
        for (size_t i = 0; i < ARRAY_LEN(beginnings); i++) {
                size_t begin = strlen(beginnings[i].begin);
                if (len >= begin && strncasecmp(bytes, beginnings[i].begin, begin) == 0)
                        return beginnings[i].kind;
        }
        bool is_app = scheme > 1 && len - scheme >= strlen(slashes) &&
                      memcmp(bytes + scheme, slashes, strlen(slashes)) == 0;
        return is_app ? OTHER_APP : OTHER_NONE;
}

/* The part between "//", or an '@' behind it, and a port, path, query or fragment (RFC 3986, 3.2).
 */
static void keep_host(struct other *other, const char *at, size_t len)
{
        size_t end = 0, begin = 0, count = 0;
        for (; end < len && at[end] != '/' && at[end] != '?' && at[end] != '#' && at[end] != '\\';
             end++)
                if (at[end] == '@')
                        begin = end + 1;
        for (size_t i = begin; i < end && at[i] != ':'; i++) {
                bool is_kept = is_alnum(at[i]) || at[i] == '.' || at[i] == '-';
                if (!is_kept || count + 1 == sizeof(other->host)) {
                        count = 0;
                        break;
                }
                other->host[count++] = small(at[i]);
        }
        other->host[count] = '\0';
}

bool other_parse(struct other *other, const char *bytes, size_t len)
{
        size_t scheme = scheme_len(bytes, len);
        *other = (struct other){ .kind = kind_of(bytes, len, scheme) };
        if (other->kind == OTHER_NONE)
                return false;
        bool has_scheme = other->kind == OTHER_LINK || other->kind == OTHER_APP;
        for (size_t i = 0; has_scheme && i < scheme && scheme < sizeof(other->scheme); i++)
                other->scheme[i] = small(bytes[i]);
        if (other->kind == OTHER_LINK)
                keep_host(other, bytes + scheme + strlen("://"), len - scheme - strlen("://"));
        return true;
}
