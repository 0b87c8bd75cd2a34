/* What the files of the site share. */
#pragma once

#include "dashboard/http/answer.h"
#include "dashboard/http/site.h"

#define SITE_COOKIE "stile_session"

/* One request under way. */
struct visit {
        struct site *site;
        const struct web_request *web;
        struct web_response *response;
        char address[WEB_ADDRESS_MAX]; /* of the browser, as far as one knows */
        bool is_forwarded;             /* a proxy told it */
        int64_t now_us;
        bool has_session;
        struct session session;
        struct principal who;
};

/* An error of access as an answer. */
void visit_fail(struct visit *visit, int error);
/* False: the role is missing, which has been answered. */
MUST_USE bool visit_needs(struct visit *visit, unsigned roles);

/* session.c. A password takes long to look at: of all workers some are left for the others. False:
 * as many try already, which has been answered; else session_leave at the end. */
MUST_USE bool session_enter(struct visit *visit);
void session_leave(struct visit *visit);
void session_first_ask(struct visit *visit);
void session_first(struct visit *visit);
void session_begin(struct visit *visit);
void session_show(struct visit *visit);
void session_end(struct visit *visit);
void session_password(struct visit *visit);
/* accounts.c: `name` is behind "accounts/"; "" the list. */
void accounts_answer(struct visit *visit, const char *name);
/* audit.c */
void audit_list(struct visit *visit);
void audit_verify(struct visit *visit);
/* state.c */
void state_health(struct visit *visit);
void state_metrics(struct visit *visit);
