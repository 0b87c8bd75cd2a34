#include "dashboard/people/issuing.h"

#include "common/log.h"
#include "controller/ctl/issue.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct issuing {
        pthread_mutex_t mutex; /* the ledger is one file */
        char folder[KEYS_PATH_MAX], name[FLOW_ID_MAX];
        struct issuer issuer;
};

/* What stilectl would say, to the log. */
struct said {
        struct ctl ctl;
        char *text;
        size_t len;
};

static bool listen(struct said *said)
{
        *said = (struct said){ .text = NULL };
        said->ctl.err = open_memstream(&said->text, &said->len);
        said->ctl.out = said->ctl.err;
        return said->ctl.err != NULL;
}

/* 0, or -EIO and what was said is in the log. */
static int hear(struct said *said, int code, const char *what)
{
        fclose(said->ctl.err);
        if (code != CTL_OK) {
                said->text[strcspn(said->text, "\n")] = '\0';
                log_error(what, "said=%s", said->text);
        }
        free(said->text);
        return code == CTL_OK ? 0 : -EIO;
}

int issuing_open(const char *folder, const char *name, struct issuing **result)
{
        struct said said;
        struct issuing *issuing = calloc(1, sizeof(*issuing));
        *result = NULL;
        if (!issuing || !listen(&said)) {
                free(issuing);
                return -ENOMEM;
        }
        snprintf(issuing->folder, sizeof(issuing->folder), "%s", folder);
        snprintf(issuing->name, sizeof(issuing->name), "%s", name);
        issuing->issuer = (struct issuer){ .folder = issuing->folder, .name = issuing->name };
        int r = hear(&said, issuer_open(&said.ctl, &issuing->issuer),
                     "the key of passes is not there");
        if (!r && pthread_mutex_init(&issuing->mutex, NULL) != 0)
                r = -ENOMEM;
        if (r) {
                issuer_close(&issuing->issuer);
                free(issuing);
                return r;
        }
        *result = issuing;
        return 0;
}

struct issuing *issuing_close(struct issuing *issuing)
{
        if (!issuing)
                return NULL;
        issuer_close(&issuing->issuer);
        pthread_mutex_destroy(&issuing->mutex);
        free(issuing);
        return NULL;
}

int issuing_pass(struct issuing *issuing, const struct issuing_wish *wish,
                 char text[SITE_PASS_TEXT_MAX])
{
        struct said said;
        struct issued issued = { .id = "" };
        int r = site_pass_bind(&issued.pass, wish->phone, wish->phone_len);
        if (r)
                return r;
        if (!listen(&said))
                return -ENOMEM;
        snprintf(issued.pass.claims.holder, sizeof(issued.pass.claims.holder), "%s", wish->holder);
        snprintf(issued.pass.claims.site, sizeof(issued.pass.claims.site), "%s", wish->site);
        issued.pass.from_us = wish->from_us;
        issued.pass.until_us = wish->until_us;
        pthread_mutex_lock(&issuing->mutex);
        int code = issue(&said.ctl, &issuing->issuer, &issued);
        if (code == CTL_OK)
                code = issue_sync(&said.ctl, &issuing->issuer);
        pthread_mutex_unlock(&issuing->mutex);
        r = hear(&said, code, "a pass was not issued");
        if (!r)
                memcpy(text, issued.text, sizeof(issued.text));
        return r;
}
