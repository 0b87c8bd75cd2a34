/* Fuzz: whatever a stranger sends to the enrolment desk is read without harm, and nothing is issued
 * for it: no token is open, and no certificate was shown. */
#include "controller/enrol/enrolment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_request(const json_t *object)
{
        struct enrolment_request request;
        enrolment_read(object, &request);
        if (request.verb == ENROLMENT_BAD)
                return;
        if (strlen(request.request) == 0 || strlen(request.request) >= ENROLMENT_REQUEST_MAX ||
            strlen(request.gate) >= CA_NAME_MAX)
                abort();
}

/* The same bytes as the other things that are read of a stranger. */
static void read_rest(const uint8_t *data, size_t size)
{
        struct token token;
        struct ca_certificate certificate;
        char again[TOKEN_TEXT_MAX], *made = NULL, *text = strndup((const char *)data, size);
        const struct ca_authority nobody = { .certificate = "", .key = NULL };
        const struct ca_subject subject = { .name = "x" };
        if (!text)
                return;
        if (token_read(text, &token)) {
                token_write(&token, again);
                if (!strstr(text, again))
                        abort();
        }
        if (ca_read(text, &certificate) == 0 && certificate.serial[0] == '\0')
                abort();
        if (ca_sign(&nobody, text, &subject, &made) == 0)
                abort();
        (void)!site_ca_check_name(SITE_CA_GATE, text);
        (void)!site_ca_check_name(SITE_CA_CLIENT, text);
        (void)!site_ca_check_host(text);
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct enrolment enrolment;
        struct site_ca ca = { .folder = "/nonexistent" };
        char said[256];
        if (size > ENROLMENT_REQUEST_MAX)
                return 0;
        const struct enrolment_caller caller = { .address = "192.0.2.1", .now_us = 1, .now_ms = 1 };
        json_t *object = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
        read_request(object);
        enrolment.ca = &ca;
        json_t *answer = enrolment_answer(&enrolment, &caller, object, said);
        if (json_object_get(answer, "ok"))
                abort();
        json_decref(answer);
        json_decref(object);
        read_rest(data, size);
        return 0;
}
