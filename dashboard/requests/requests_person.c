/* The requests desk's persons: who asks, what is kept of them, and taking them out. */
#include "dashboard/requests/requests_private.h"

#include "dashboard/http/answer.h"
#include "dashboard/requests/dossier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void answer_registry(struct requests_call *call)
{
        answer_error(call->response, 503, "registry", "the registry does not answer");
}

/* As the registry has them; *holder NULL: it does not. False: it does not answer, answered. */
static bool ask_holder(struct requests_call *call, const char *id, json_t **holder)
{
        json_t *answer = NULL;
        int r = roster_call(call->desk->people->roster, "holders", json_pack("{s:s}", "holder", id),
                            &answer);
        *holder = json_incref(
                json_array_get(json_object_get(json_object_get(answer, "ok"), "holders"), 0));
        json_decref(answer);
        if (r)
                answer_registry(call);
        return !r;
}

static bool keep_id(void *context, const struct roster_person *person)
{
        snprintf(context, FLOW_ID_MAX, "%s", person->id);
        return false;
}

/* *holder NULL: nobody of the registry's. False: answered. */
static bool find_holder(struct requests_call *call, const struct requests_case *found,
                        json_t **holder)
{
        struct roster *roster = call->desk->people->roster;
        char id[FLOW_ID_MAX] = "";
        *holder = NULL;
        if (!roster)
                return true;
        int r = roster_find(roster, (const uint8_t(*)[SUBJECT_LEN])found->subject, 1, keep_id, id);
        if (r)
                answer_registry(call);
        return !r && (id[0] == '\0' || ask_holder(call, id, holder));
}

bool requests_whom(struct requests_call *call, const json_t *body, char text[SUBJECT_TEXT_MAX])
{
        const char *subject = json_string_value(json_object_get(body, "subject"));
        const char *id = json_string_value(json_object_get(body, "holder"));
        uint8_t bytes[SUBJECT_LEN];
        json_t *holder = NULL;
        if (!subject == !id) {
                answer_error(call->response, 400, "bad_request", "either holder or subject");
                return false;
        }
        if (id && call->desk->people->roster) {
                if (!ask_holder(call, id, &holder))
                        return false;
                subject = json_string_value(json_object_get(holder, "subject"));
        }
        bool is_known =
                subject && strlen(subject) == SUBJECT_TEXT_LEN && subject_parse(subject, bytes);
        if (is_known)
                subject_format(bytes, text);
        else if (id)
                answer_error(call->response, 404, "not_found", "they are not in the registry");
        else
                answer_error(call->response, 400, "bad_request", "subject: 32 hex digits");
        json_decref(holder);
        return is_known;
}

/* An open request of that kind. False: answered. */
static bool find_case(struct requests_call *call, enum request_kind kind,
                      struct requests_case *found)
{
        if (!requests_find(call, found))
                return false;
        bool is_theirs =
                found->kind == kind && found->outcome == REQUEST_OPEN && found->text[0] != '\0';
        if (!is_theirs)
                answer_error(call->response, 409, "managed", "that is no such request, or closed");
        return is_theirs;
}

void requests_dossier(struct requests_call *call)
{
        struct requests_case found;
        json_t *holder = NULL, *dossier = NULL;
        if (!find_case(call, REQUEST_ACCESS, &found) || !find_holder(call, &found, &holder))
                return;
        if (requests_note(call, "person_export", found.text,
                          json_pack("{s:I}", "request", (json_int_t)call->number))) {
                int r = dossier_read(call->desk->histories[call->web->worker], found.subject,
                                     holder, call->now_us, &dossier);
                if (r)
                        answer_failure(call->response, r);
                else
                        answer_json(call->response, 200, dossier);
        }
        json_decref(holder);
}

/* From the registry first, and with it from the gates: or they would name them anew. */
static bool remove_holder(struct requests_call *call, const json_t *holder)
{
        const char *id = json_string_value(json_object_get(holder, "id"));
        json_t *answer = NULL;
        if (!id)
                return true;
        int r = roster_call(call->desk->people->roster, "holder-remove",
                            json_pack("{s:s}", "holder", id), &answer);
        bool is_gone = !r && json_object_get(answer, "ok");
        json_decref(answer);
        if (!is_gone)
                answer_error(call->response, 503, "registry",
                             "the registry did not remove them; nothing is erased");
        return is_gone;
}

/* Links that were given out, and passes fetched by them. */
static int forget_links(const struct requests_call *call, const json_t *holder)
{
        const struct people_passes *passes = call->desk->people->passes;
        const char *id = json_string_value(json_object_get(holder, "id"));
        return passes && id ? links_forget(passes->links, id) : 0;
}

static void erase(struct requests_call *call, const struct requests_case *found,
                  const json_t *holder)
{
        struct archive_deletion erased = { 0 };
        char result[REQUESTS_NOTE_MAX];
        int r = forget_links(call, holder);
        if (!r)
                r = call->desk->erase(call->desk->context, found->subject, &erased);
        snprintf(result, sizeof(result),
                 "%s%" PRIu64 " entries are nobody's, %" PRIu64 " stays deleted",
                 holder ? "out of the registry; " : "", erased.entries, erased.stays);
        if (!r)
                r = requests_conclude(call->desk->requests, call->number, REQUEST_DONE, result,
                                      call->now_us);
        if (r)
                answer_failure(call->response, r);
        else
                answer_json(call->response, 200,
                            json_pack("{s:b, s:I, s:I, s:I}", "holder", holder != NULL, "entries",
                                      (json_int_t)erased.entries, "stays", (json_int_t)erased.stays,
                                      "refusals", (json_int_t)erased.refusals));
}

void requests_erase(struct requests_call *call)
{
        struct requests_case found;
        json_t *holder = NULL;
        if (!find_case(call, REQUEST_ERASE, &found) || !find_holder(call, &found, &holder))
                return;
        if (requests_note(call, "person_erase", found.text,
                          json_pack("{s:I}", "request", (json_int_t)call->number)) &&
            remove_holder(call, holder))
                erase(call, &found, holder);
        json_decref(holder);
}
