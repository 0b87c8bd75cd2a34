/* What the files of the requests desk share. */
#pragma once

#include "dashboard/requests/requests_desk.h"

/* One call under way. */
struct requests_call {
        const struct requests_desk *desk;
        const struct web_request *web;
        const struct principal *who;
        struct web_response *response;
        int64_t number; /* 0: the list */
        int64_t now_us;
};

/* What is needed of a request to carry it out. */
struct requests_case {
        enum request_kind kind;
        enum request_outcome outcome;
        uint8_t subject[SUBJECT_LEN];
        char text[SUBJECT_TEXT_MAX]; /* "": nobody */
};

/* False: it could not be noted, or there is none; answered. `detail` is taken over. */
MUST_USE bool requests_note(struct requests_call *call, const char *action, const char *target,
                            json_t *detail);
MUST_USE bool requests_find(struct requests_call *call, struct requests_case *found);

/* Who they are by 32 digits, or by the registry's id. False: answered. */
MUST_USE bool requests_whom(struct requests_call *call, const json_t *body,
                            char subject[SUBJECT_TEXT_MAX]);
void requests_dossier(struct requests_call *call);
void requests_erase(struct requests_call *call);
