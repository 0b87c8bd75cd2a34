/*
 * Talk: a verb's conversation with stiled. Whatever goes wrong is said here: what failed, whether
 * anything was changed, what to do. Calls block at most CLIENT_TIMEOUT_MS each.
 */
#pragma once

#include "controller/ctl/args.h"
#include "controller/ctl/verbs.h"
#include "controller/local/client.h"

enum talk_kind {
        TALK_ASK,   /* changes nothing */
        TALK_CHANGE /* may */
};

/* The path of stiled's socket: --socket, STILE_SOCKET, the configuration, the default. CTL_OK or,
 * when the configuration that was named cannot be read, CTL_CANNOT. */
MUST_USE int talk_socket(struct ctl *ctl, char path[static 108]);

/* CTL_OK, or CTL_CANNOT with nothing to close. */
MUST_USE int talk_open(struct ctl *ctl, struct client *client);
/* For a verb whose operands need no look first: its options, then talk_open. ARGS_GO, or the exit
 * code with nothing to close. `operands` may be NULL. */
MUST_USE int talk_begin(struct ctl *ctl, const struct args *args, int argc, char **argv,
                        int *operands, struct client *client);

/*
 * Asks and waits. `fields` is taken. CTL_OK and *ok (the caller's reference); CTL_NO: refused, and
 * said; CTL_CANNOT: it could not be asked or done, and said.
 */
MUST_USE int talk(struct ctl *ctl, struct client *client, enum talk_kind kind, const char *verb,
                  json_t *fields, json_t **ok);
/* For an answer that says nothing more. */
MUST_USE int talk_plain(struct ctl *ctl, struct client *client, enum talk_kind kind,
                        const char *verb, json_t *fields);

/* The same without a word about a refusal: CTL_OK and the whole answer in *answer, which holds `ok`
 * or `error`. */
MUST_USE int talk_raw(struct ctl *ctl, struct client *client, enum talk_kind kind, const char *verb,
                      json_t *fields, json_t **answer);

/* Says what an `error` means, and returns its exit code. */
int talk_refused(struct ctl *ctl, enum talk_kind kind, const json_t *error);

/* Says why nothing can be heard any more: -errno of client_read. CTL_CANNOT. */
int talk_lost(struct ctl *ctl, enum talk_kind kind, int error);

/* The rows of a list verb, page after page: calls row() for each until it returns other than
 * CTL_OK. `list` names the answer's array, `key` the row's member that `after` takes. `fields`
 * (borrowed, may be NULL) goes with each request. */
typedef int talk_row_fn(void *context, const json_t *row);
MUST_USE int talk_pages(struct ctl *ctl, struct client *client, const char *list, const char *key,
                        const json_t *fields, talk_row_fn *row, void *context);

/* The one row of "holders" or "levels" with this id. CTL_OK, *row the caller's or NULL: not there.
 */
MUST_USE int talk_find(struct ctl *ctl, struct client *client, const char *list, const char *id,
                       json_t **row);
