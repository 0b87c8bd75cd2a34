#include "dashboard/ingest/members.h"

#include "common/json_text.h"

#include <string.h>

enum {
        LEVELS = 3,
        DIGITS_MAX = 18 /* any number of so many digits is an int64_t */
};

#define NAME(text)                                                                                 \
        {                                                                                          \
                text, sizeof(text) - 1                                                             \
        }

static const struct {
        const char *text;
        size_t len;
} names[MEMBERS] = { [MEMBER_SPECVERSION] = NAME("specversion"),
                     [MEMBER_SOURCE] = NAME("source"),
                     [MEMBER_TYPE] = NAME("type"),
                     [MEMBER_DATA] = NAME("data"),
                     [MEMBER_ID] = NAME("id"),
                     [MEMBER_TIME] = NAME("time"),
                     [MEMBER_EPOCH] = NAME("epoch"),
                     [MEMBER_SEQ] = NAME("seq"),
                     [MEMBER_EVENT] = NAME("event"),
                     [MEMBER_ACCESS_POINT] = NAME("access_point"),
                     [MEMBER_DIRECTION] = NAME("direction"),
                     [MEMBER_REASON] = NAME("reason"),
                     [MEMBER_CREDENTIAL_CLASS] = NAME("credential_class"),
                     [MEMBER_SUBJECT] = NAME("subject"),
                     [MEMBER_GRANT_SEQ] = NAME("grant_seq"),
                     [MEMBER_LATE] = NAME("late"),
                     [MEMBER_NO_SENSOR] = NAME("no_sensor"),
                     [MEMBER_PASSBACK_SOFT] = NAME("passback_soft"),
                     [MEMBER_INCONSISTENT] = NAME("inconsistent"),
                     [MEMBER_UNDECLARED] = NAME("undeclared"),
                     [MEMBER_DECIDED] = NAME("decided"),
                     [MEMBER_HISTORICAL] = NAME("historical"),
                     [MEMBER_OFFLINE] = NAME("offline"),
                     [MEMBER_CLOCK] = NAME("clock") };

/* What each level has, from `first` to before `end`, and which of them is the level below. */
static const struct {
        enum member_name first, end, below;
} levels[LEVELS] = { { MEMBER_SPECVERSION, MEMBER_EPOCH, MEMBER_DATA },
                     { MEMBER_EPOCH, MEMBER_OFFLINE, MEMBER_DECIDED },
                     { MEMBER_OFFLINE, MEMBERS, MEMBERS } };

/* MEMBERS: another name. Members come in order, mostly: it looks from `next` on. */
static enum member_name find_name(int level, enum member_name next, const char *key, size_t len)
{
        enum member_name first = levels[level].first, end = levels[level].end, name = next;
        for (size_t left = (size_t)(end - first); left > 0; left--, name++) {
                if (name < first || name >= end)
                        name = first;
                if (names[name].len == len && memcmp(names[name].text, key, len) == 0)
                        return name;
        }
        return MEMBERS;
}

/* ---- a plain message ---- */

struct scan {
        const char *at, *end;
};

static bool take(struct scan *scan, char c)
{
        bool is_there = scan->at < scan->end && *scan->at == c;
        scan->at += is_there;
        return is_there;
}

static bool take_word(struct scan *scan, const char *word, size_t len)
{
        bool is_there = (size_t)(scan->end - scan->at) >= len && memcmp(scan->at, word, len) == 0;
        scan->at += is_there ? len : 0;
        return is_there;
}

static bool scan_text(struct scan *scan, struct member *value)
{
        if (!take(scan, '"'))
                return false;
        const char *begin = scan->at;
        while (scan->at < scan->end && json_text_is_plain(*scan->at))
                scan->at++;
        *value = (struct member){ .kind = MEMBER_TEXT,
                                  .text = begin,
                                  .len = (size_t)(scan->at - begin) };
        return take(scan, '"');
}

static bool scan_integer(struct scan *scan, struct member *value)
{
        const char *begin = scan->at;
        *value = (struct member){ .kind = MEMBER_INTEGER };
        for (; scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'; scan->at++) {
                if (scan->at - begin == DIGITS_MAX)
                        return false;
                value->integer = value->integer * 10 + (*scan->at - '0');
        }
        return scan->at > begin && (*begin != '0' || scan->at - begin == 1);
}

static bool scan_value(struct scan *scan, struct member *value)
{
        if (scan->at < scan->end && *scan->at == '"')
                return scan_text(scan, value);
        if (take_word(scan, "true", 4))
                *value = (struct member){ .kind = MEMBER_TRUE };
        else if (take_word(scan, "false", 5))
                *value = (struct member){ .kind = MEMBER_FALSE };
        else
                return scan_integer(scan, value);
        return true;
}

/* False: a key twice, or too many. */
static bool add_extra(struct members *members, const struct member_extra *extra)
{
        for (size_t i = 0; i < members->extra_count; i++) {
                const struct member_extra *other = &members->extras[i];
                if (other->level == extra->level && other->key_len == extra->key_len &&
                    memcmp(other->text, extra->text, extra->key_len) == 0)
                        return false;
        }
        if (members->extra_count == MEMBERS_EXTRA_MAX)
                return false;
        members->extras[members->extra_count++] = *extra;
        return true;
}

/* One member. *level is the one below when the member is that, and was opened. */
static bool scan_member(struct members *members, struct scan *scan, int *level,
                        enum member_name *next)
{
        const char *begin = scan->at;
        struct member key, value = { .kind = MEMBER_OBJECT };
        if (!scan_text(scan, &key))
                return false;
        size_t key_len = (size_t)(scan->at - begin);
        enum member_name name = find_name(*level, *next, key.text, key.len);
        if (!take(scan, ':'))
                return false;
        *next = name + 1;
        if (name != MEMBERS && name == levels[*level].below) {
                if (!take(scan, '{'))
                        return false;
                (*level)++;
        } else if (!scan_value(scan, &value)) {
                return false;
        }
        if (name == MEMBERS)
                return add_extra(members, &(struct member_extra){ .text = begin,
                                                                  .key_len = key_len,
                                                                  .len = (size_t)(scan->at - begin),
                                                                  .level = *level });
        bool is_first = members->of[name].kind == MEMBER_ABSENT;
        members->of[name] = value;
        return is_first;
}

bool members_scan(struct members *members, const char *text, size_t len, size_t *used)
{
        struct scan scan = { .at = text, .end = text + len };
        enum member_name next = MEMBER_SPECVERSION;
        int level = 0;
        *members = (struct members){ 0 };
        if (!take(&scan, '{'))
                return false;
        while (level >= 0) {
                int before = level;
                if (!scan_member(members, &scan, &level, &next))
                        return false;
                if (level > before) /* what it opened has a member, too */
                        continue;
                while (level >= 0 && take(&scan, '}'))
                        level--;
                if (level >= 0 && !take(&scan, ','))
                        return false;
        }
        *used = (size_t)(scan.at - text);
        return true;
}

/* ---- jansson's tree ---- */

static struct member member_of(const json_t *value)
{
        if (json_is_string(value))
                return (struct member){ .kind = MEMBER_TEXT,
                                        .text = json_string_value(value),
                                        .len = json_string_length(value) };
        if (json_is_integer(value))
                return (struct member){ .kind = MEMBER_INTEGER,
                                        .integer = json_integer_value(value) };
        enum member_kind kind = json_is_true(value)     ? MEMBER_TRUE
                                : json_is_false(value)  ? MEMBER_FALSE
                                : json_is_object(value) ? MEMBER_OBJECT
                                : value                 ? MEMBER_OTHER
                                                        : MEMBER_ABSENT;
        return (struct member){ .kind = kind };
}

void members_of_tree(struct members *members, const json_t *event)
{
        const json_t *object = event;
        *members = (struct members){ .tree = event };
        for (int level = 0; level < LEVELS; level++) {
                for (enum member_name i = levels[level].first; i < levels[level].end; i++)
                        members->of[i] = member_of(json_object_get(object, names[i].text));
                if (level + 1 < LEVELS)
                        object = json_object_get(object, names[levels[level].below].text);
        }
}

/* ---- what has another name ---- */

static void keep_unknown(json_t *more, json_t *object, int level)
{
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value)
        {
                if (find_name(level, levels[level].first, key, strlen(key)) == MEMBERS)
                        json_object_set(more, key, value);
        }
}

static char *more_of_tree(const json_t *event)
{
        json_t *data = json_object_get(event, names[MEMBER_DATA].text);
        json_t *more = json_object(), *inner = json_object();
        keep_unknown(more, data, 1);
        keep_unknown(inner, json_object_get(data, names[MEMBER_DECIDED].text), 2);
        if (json_object_size(inner) > 0)
                json_object_set(more, names[MEMBER_DECIDED].text, inner);
        char *text = json_object_size(more) > 0 ? json_dumps(more, JSON_COMPACT) : NULL;
        json_decref(inner);
        json_decref(more);
        return text;
}

static void put_extras(struct json_text *text, const struct members *members, int level)
{
        for (size_t i = 0; i < members->extra_count; i++) {
                const struct member_extra *extra = &members->extras[i];
                if (extra->level == level)
                        json_text_raw(text, extra->text, extra->len);
        }
}

static char *more_of_plain(const struct members *members)
{
        struct json_text text = { 0 };
        size_t counts[LEVELS] = { 0 };
        for (size_t i = 0; i < members->extra_count; i++)
                counts[members->extras[i].level]++;
        if (counts[1] + counts[2] == 0)
                return NULL;
        json_text_open(&text, NULL);
        put_extras(&text, members, 1);
        if (counts[2] > 0) {
                json_text_open(&text, names[MEMBER_DECIDED].text);
                put_extras(&text, members, 2);
                json_text_close(&text);
        }
        json_text_close(&text);
        return json_text_take(&text);
}

char *members_more(const struct members *members)
{
        return members->tree ? more_of_tree(members->tree) : more_of_plain(members);
}
