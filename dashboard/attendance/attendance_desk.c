#include "dashboard/attendance/attendance_desk.h"

#include "common/csv.h"
#include "common/rfc3339.h"
#include "dashboard/api/query.h"
#include "dashboard/attendance/attendance.h"
#include "dashboard/http/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        DAYS_MAX = 62,
        PEOPLE_MAX = 20000,
        STAYS_MAX = 5000 /* of one person */
};

#define MINUTE_US INT64_C(60000000)
#define DAY_US    INT64_C(86400000000)

static const char path[] = "/api/v1/attendance.csv";

struct person {
        char id[FLOW_ID_MAX], name[FLOW_NAME_MAX];
        uint8_t subject[SUBJECT_LEN];
};

/* One export under way. */
struct sheet {
        FILE *out;
        int offset_min;
        int64_t first_day, end_day; /* local */
        struct person *person;
        size_t count;
        const struct person *now; /* whose stays come */
        struct attendance_day day;
};

static bool keep(void *context, const struct roster_person *person)
{
        struct sheet *sheet = context;
        struct person *kept = &sheet->person[sheet->count++];
        snprintf(kept->id, sizeof(kept->id), "%s", person->id);
        snprintf(kept->name, sizeof(kept->name), "%s", person->name);
        memcpy(kept->subject, person->subject, sizeof(kept->subject));
        return sheet->count <= PEOPLE_MAX;
}

/* "2026-11-28 08:01"; nothing for 0. */
static void write_time(const struct sheet *sheet, int64_t us)
{
        char text[RFC3339_MAX] = "";
        if (us) {
                rfc3339_format(us + sheet->offset_min * MINUTE_US, text);
                text[10] = ' ';
                text[16] = '\0';
        }
        csv_write_field(sheet->out, text, false);
}

static void write_day(struct sheet *sheet)
{
        const struct attendance_day *day = &sheet->day;
        char text[RFC3339_MAX];
        if (day->stays == 0 || day->day < sheet->first_day || day->day >= sheet->end_day)
                return;
        csv_write_field(sheet->out, sheet->now->id, true);
        csv_write_field(sheet->out, sheet->now->name, false);
        rfc3339_format(day->day * DAY_US, text);
        text[10] = '\0';
        csv_write_field(sheet->out, text, false);
        write_time(sheet, day->first_us);
        write_time(sheet, day->last_us);
        fprintf(sheet->out, ",%lld,%d,%d", (long long)day->minutes, day->stays, day->open);
        csv_write_end(sheet->out);
}

static bool take(void *context, const struct history_visit *visit)
{
        struct sheet *sheet = context;
        if (attendance_is_other_day(&sheet->day, visit, sheet->offset_min)) {
                write_day(sheet);
                sheet->day = attendance_begin(visit, sheet->offset_min);
        } else {
                attendance_add(&sheet->day, visit);
        }
        return true;
}

static void write_headings(FILE *out, bool is_vietnamese)
{
        static const char *const headings[2][8] = {
                { "Id", "Name", "Day", "First entry", "Last exit", "Minutes", "Stays",
                  "Without entry or exit" },
                { "Mã", "Họ tên", "Ngày", "Vào lần đầu", "Ra lần cuối", "Số phút", "Số lần",
                  "Thiếu lượt vào hoặc ra" },
        };
        fputs("\xef\xbb\xbf", out);
        for (size_t i = 0; i < ARRAY_LEN(headings[0]); i++)
                csv_write_field(out, headings[is_vietnamese][i], i == 0);
        csv_write_end(out);
}

/* 0 or -errno. Stays of the day before may last into the first. */
static int write_all(struct sheet *sheet, struct history *history, const char *site)
{
        int64_t from_us = sheet->first_day * DAY_US - sheet->offset_min * MINUTE_US;
        int64_t until_us = sheet->end_day * DAY_US - sheet->offset_min * MINUTE_US;
        int r = 0;
        for (size_t i = 0; i < sheet->count && !r; i++) {
                sheet->now = &sheet->person[i];
                sheet->day = (struct attendance_day){ .stays = 0 };
                r = history->ops->visits(history, sheet->now->subject, site, from_us, until_us,
                                         STAYS_MAX, take, sheet);
                write_day(sheet);
        }
        return r;
}

static void answer_file(const struct attendance_desk *desk, const struct web_request *request,
                        struct sheet *sheet, const char *site, struct web_response *response)
{
        const char *language = web_request_query(request, "lang");
        char *body = NULL;
        sheet->out = open_memstream(&body, &response->len);
        int r = sheet->out ? 0 : -ENOMEM;
        if (!r) {
                write_headings(sheet->out, !language || strcmp(language, "en") != 0);
                r = write_all(sheet, desk->histories[request->worker], site);
                if (fclose(sheet->out) != 0)
                        r = -ENOMEM;
        }
        if (r) {
                free(body);
                response->len = 0;
                answer_failure(response, r);
                return;
        }
        response->status = 200;
        response->content_type = "text/csv; charset=utf-8";
        response->body = body;
        (void)!web_response_header(response, "Content-Disposition",
                                   strdup("attachment; filename=\"attendance.csv\""));
}

static void give(const struct attendance_desk *desk, const struct web_request *request,
                 const struct principal *who, const char *site, struct web_response *response)
{
        struct query query = query_of(request);
        struct sheet sheet = { .offset_min = desk->offset_min,
                               .first_day = query_day(&query, "from"),
                               .end_day = query_day(&query, "until") + 1 };
        int64_t days = sheet.end_day - sheet.first_day;
        if (query.why[0] == '\0' && (days < 1 || days > DAYS_MAX))
                query_complain(&query, "until", "not before from, and 62 days at the most");
        if (query.why[0] != '\0') {
                answer_error(response, 400, "bad_request", query.why);
                return;
        }
        json_t *detail = json_pack("{s:s, s:s}", "from", web_request_query(request, "from"),
                                   "until", web_request_query(request, "until"));
        int r = desk->audit.note(desk->audit.context, who, "export_attendance", site, detail,
                                 "done");
        json_decref(detail);
        sheet.person = r ? NULL : calloc(PEOPLE_MAX + 1, sizeof(*sheet.person));
        if (!r && !sheet.person)
                r = -ENOMEM;
        if (r)
                answer_failure(response, r);
        else if (roster_search(desk->roster, "", keep, &sheet) != 0)
                answer_error(response, 503, "registry", "the registry does not answer");
        else if (sheet.count > PEOPLE_MAX)
                answer_error(response, 400, "bad_request", "20000 people at the most");
        else
                answer_file(desk, request, &sheet, site, response);
        free(sheet.person);
}

bool attendance_desk_handle(const struct attendance_desk *desk, const struct web_request *request,
                            const struct principal *who, struct web_response *response)
{
        char site[ROSTER_SITE_MAX];
        if (strcmp(request->path, path) != 0)
                return false;
        if (request->method != WEB_GET)
                answer_error(response, 405, "method_not_allowed", "see openapi.json");
        else if (!desk->is_on || !desk->roster)
                answer_error(response, 404, "not_found",
                             "attendance is not exported here ([registry] attendance)");
        else if (roster_site(desk->roster, site) != 0)
                answer_error(response, 503, "registry", "the registry does not answer");
        else if (!principal_is_manager(who, site))
                answer_error(response, 403, "forbidden", "this is for a manager of the site");
        else
                give(desk, request, who, site, response);
        return true;
}
