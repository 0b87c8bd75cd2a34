/* What the files of the people desk share. */
#pragma once

#include "dashboard/people/people_desk.h"

enum {
        PEOPLE_LIST_MAX = 200,
        PEOPLE_NAMES_MAX = 100,
        PEOPLE_QUERY_MAX = 100 /* bytes of a search */
};

/* One request under way. */
struct people_request {
        const struct people_desk *desk;
        const struct web_request *web;
        const struct principal *who;
        struct web_response *response;
        char holder[FLOW_ID_MAX]; /* "": the list */
        const char *rest;         /* of the path, behind the holder: "", "/credentials" … */
        bool is_manager;          /* of the site; else a guard */
        bool is_revealed;         /* full names were asked for, and it was noted */
};

/* Asks the registry and turns its refusal into an answer. The `ok` (the caller's), or NULL: it has
 * been answered. Takes `fields` over. */
json_t *people_ask(struct people_request *request, const char *verb, json_t *fields);
/* Before a change. False: it could not be noted, and that has been answered. `detail` is taken
 * over. */
MUST_USE bool people_note(struct people_request *request, const char *action, const char *target,
                          json_t *detail);

/* "an/credentials" → an; *rest "/credentials". False: it begins with no id. */
MUST_USE bool people_read_name(const char *path, char name[FLOW_ID_MAX], const char **rest);
void people_refuse_method(struct people_request *request);

void people_import_csv(struct people_request *request);
void people_list(struct people_request *request);
void people_show(struct people_request *request);
void people_put(struct people_request *request);
void people_remove(struct people_request *request);
void people_credentials(struct people_request *request);
void people_credential_add(struct people_request *request);
void people_credential_revoke(struct people_request *request, const char *lookup);
/* One of the lists of rights, which the path is of; *rest is what follows. NULL: it is of none. */
struct people_right;
const struct people_right *people_right_at(const char *path, const char **rest);
/* A guard may read it. */
bool people_right_is_guards(const struct people_right *right, enum web_method method);
void people_right(struct people_request *request, const struct people_right *right,
                  const char *rest);
void people_visitor_add(struct people_request *request);
void people_pass_link(struct people_request *request);
/* {token, expires}. NULL: it has been answered. */
json_t *people_pass_link_of(struct people_request *request, const char *holder);
void people_passes_forget(const struct people_desk *desk, const char *holder);

/* A phone asks, which has no session: what it does is noted without a name. False: no passes are
 * issued here, and that has been answered. */
MUST_USE bool people_phone_begin(struct people_request *request, struct principal *phone,
                                 const char *address);
/* Whose link or pass it is, as the registry knows them now. NULL: it has been answered. */
json_t *people_phone_holder(struct people_request *request, const char *id);
/* -ENOENT: no such link or pass; -EEXIST: another phone's; -EBADMSG: no key; -errno. */
void people_phone_refuse(struct people_request *request, int error);

/* Where the site does not ask for them. */
void people_declarations_refuse(struct people_request *request);
void people_declarations(struct people_request *request);
void people_names(struct people_request *request);
