/* Requests about schedules and special days: when levels count. */
#include "controller/record/requests.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        SCHEDULES_MAX = 20,
        SPECIAL_DAYS_MAX = 400,
        DAY_NAME_MAX = 64
};

json_t *request_schedule_put(struct recorder *recorder, struct fields *fields,
                             const struct request *request)
{
        (void)request;
        struct fields given = fields_of(json_object_get(fields->object, "schedule"));
        struct schedule schedule = { .periods = 0 };
        strcpy(schedule.id, fields_id(&given, "id"));
        const json_t *list = json_object_get(given.object, "periods");
        size_t count = json_array_size(list);
        if (!json_is_array(list) || count > SCHEDULE_PERIODS_MAX)
                fields_complain(&given, "periods", "a list of at most 16 is wanted");
        for (size_t i = 0; i < count && given.why[0] == '\0'; i++) {
                const char *text = json_string_value(json_array_get(list, i));
                const char *why =
                        text ? schedule_parse_period(text, &schedule.period[schedule.periods++])
                             : "texts are wanted such as mon-fri 08:00-17:30";
                if (why)
                        fields_complain(&given, "periods", why);
        }
        if (given.why[0] != '\0')
                return request_bad(&given);
        json_t *refusal =
                request_check_was(recorder, fields, request_schedules, "schedules", schedule.id);
        if (refusal)
                return refusal;
        int error = registry_put_schedule(recorder->registry, &schedule);
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_schedule_remove(struct recorder *recorder, struct fields *fields,
                                const struct request *request)
{
        (void)request;
        const char *id = fields_id(fields, "schedule");
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_remove_schedule(recorder->registry, id);
        return error ? request_failed(error) : fields_ok(NULL);
}

static json_t *schedule_json(const struct schedule *schedule)
{
        json_t *periods = json_array();
        for (size_t i = 0; i < schedule->periods; i++) {
                char text[SCHEDULE_TEXT_MAX];
                schedule_format_period(&schedule->period[i], text);
                json_array_append_new(periods, json_string(text));
        }
        return json_pack("{s:s, s:o}", "id", schedule->id, "periods", periods);
}

json_t *request_schedules(struct recorder *recorder, struct fields *fields,
                          const struct request *request)
{
        (void)request;
        const char *after = fields_have(fields, "after") ? fields_id(fields, "after") : "";
        size_t limit = (size_t)fields_integer(fields, "limit", 1, SCHEDULES_MAX, SCHEDULES_MAX);
        struct schedule rows[SCHEDULES_MAX];
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int count = registry_schedules(recorder->registry, after, rows, limit);
        if (count < 0)
                return request_failed(count);
        json_t *list = json_array();
        for (int i = 0; i < count; i++)
                json_array_append_new(list, schedule_json(&rows[i]));
        return fields_ok(json_pack("{s:o}", "schedules", list));
}

/* So many digits, and what ends them. */
static bool take_number(const char **text, size_t digits, char end, int *number)
{
        *number = 0;
        for (size_t i = 0; i < digits; i++, ++*text) {
                if (**text < '0' || **text > '9')
                        return false;
                *number = 10 * *number + **text - '0';
        }
        bool is_ended = **text == end;
        *text += end != '\0';
        return is_ended;
}

/* "2026-09-02", or "--09-02" for every year (the form of RFC 6350 and ISO 8601:2000). */
static void read_date(struct fields *fields, struct registry_special_day *day)
{
        const char *text = fields_text(fields, "date", FLOW_ID_MAX);
        bool is_yearly = strncmp(text, "--", 2) == 0;
        const char *rest = is_yearly ? text + 2 : text;
        *day = (struct registry_special_day){ .year = 0 };
        bool is_read = (is_yearly || take_number(&rest, 4, '-', &day->year)) &&
                       take_number(&rest, 2, '-', &day->month) &&
                       take_number(&rest, 2, '\0', &day->day) && (is_yearly || day->year >= 1970);
        static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool is_leap = day->year == 0 || (day->year % 4 == 0 && day->year % 100 != 0) ||
                       day->year % 400 == 0;
        bool is_day = is_read && day->month >= 1 && day->month <= 12 && day->day >= 1 &&
                      day->day <= days[day->month - 1] &&
                      (day->month != 2 || day->day < 29 || is_leap);
        if (!is_day)
                fields_complain(fields, "date",
                                "a day is wanted: 2026-09-02, or --09-02 each year");
}

/* All of them are listed at once: more are refused. 0, -ENOSPC, -errno. */
static int check_room(struct recorder *recorder, const struct registry_special_day *day)
{
        struct registry_special_day *rows = calloc(SPECIAL_DAYS_MAX, sizeof(rows[0]));
        int count = rows ? registry_special_days(recorder->registry, NULL, rows, SPECIAL_DAYS_MAX)
                         : -ENOMEM;
        bool is_there = false;
        for (int i = 0; i < count; i++)
                is_there = is_there || (rows[i].year == day->year && rows[i].month == day->month &&
                                        rows[i].day == day->day);
        free(rows);
        if (count < 0)
                return count;
        return count < SPECIAL_DAYS_MAX || is_there ? 0 : -ENOSPC;
}

json_t *request_special_day_put(struct recorder *recorder, struct fields *fields,
                                const struct request *request)
{
        (void)request;
        struct registry_special_day day;
        read_date(fields, &day);
        if (fields_have(fields, "name"))
                strcpy(day.name, fields_text(fields, "name", DAY_NAME_MAX));
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = check_room(recorder, &day);
        if (error == -ENOSPC)
                return fields_error("out_of_range", "there are 400 special days already");
        if (!error)
                error = registry_put_special_day(recorder->registry, &day);
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_special_day_remove(struct recorder *recorder, struct fields *fields,
                                   const struct request *request)
{
        (void)request;
        struct registry_special_day day;
        read_date(fields, &day);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        int error = registry_remove_special_day(recorder->registry, day.year, day.month, day.day);
        return error ? request_failed(error) : fields_ok(NULL);
}

json_t *request_special_days(struct recorder *recorder, struct fields *fields,
                             const struct request *request)
{
        (void)request;
        (void)fields;
        struct registry_special_day *rows = calloc(SPECIAL_DAYS_MAX, sizeof(rows[0]));
        int count = rows ? registry_special_days(recorder->registry, NULL, rows, SPECIAL_DAYS_MAX)
                         : -ENOMEM;
        json_t *list = json_array();
        for (int i = 0; i < count; i++) {
                char date[32];
                if (rows[i].year == 0)
                        snprintf(date, sizeof(date), "--%02d-%02d", rows[i].month, rows[i].day);
                else
                        snprintf(date, sizeof(date), "%04d-%02d-%02d", rows[i].year, rows[i].month,
                                 rows[i].day);
                json_array_append_new(list,
                                      json_pack("{s:s, s:s}", "date", date, "name", rows[i].name));
        }
        free(rows);
        if (count < 0)
                json_decref(list);
        return count < 0 ? request_failed(count)
                         : fields_ok(json_pack("{s:o}", "special_days", list));
}
