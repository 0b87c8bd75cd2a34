/* stilectl gate token and serve: how gates get certificates, on the CA's machine. */
#include "common/paper/picture.h"
#include "controller/ctl/ca.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/enrol/reception.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- token ---- */

static int show_code(struct ctl *ctl, const char *text)
{
        struct paper_code code = PAPER_CODE_NONE;
        int error = paper_code_init(&code, text, strlen(text), PAPER_LEVEL_L);
        if (!error)
                error = picture_text(&code, ctl->has_colour, ctl->out);
        paper_code_deinit(&code);
        return error ? ca_complain(ctl, "the code", strerror(-error)) : CTL_OK;
}

static int grant(struct ctl *ctl, struct site_ca *ca, const char *name, int64_t valid_s,
                 int64_t days, bool is_shown)
{
        struct token token;
        char text[TOKEN_TEXT_MAX];
        int error = site_ca_grant(ca, name, valid_s, days, when_now_us(), &token);
        if (error)
                return ca_complain(ctl, ca->folder, strerror(-error));
        token_write(&token, text);
        fprintf(ctl->out, "%s\n", text);
        int code = is_shown ? show_code(ctl, text) : CTL_OK;
        explicit_bzero(&token, sizeof(token));
        explicit_bzero(text, sizeof(text));
        return code;
}

/* "24h" is a span as -24h is a time. */
static bool parse_span(const char *text, int64_t *seconds)
{
        char relative[32];
        int64_t now_us = when_now_us(), us = 0;
        if (text[0] < '0' || text[0] > '9' ||
            snprintf(relative, sizeof(relative), "-%s", text) >= (int)sizeof(relative) ||
            !when_parse(relative, WHEN_FROM, now_us, &us))
                return false;
        *seconds = (now_us - us) / 1000000;
        return *seconds >= 1 && *seconds <= 30 * INT64_C(86400);
}

int verb_gate_token(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL, *valid = "24h";
        int64_t days = 0, valid_s = 0;
        bool is_shown = false;
        const struct args_option options[] = {
                { "ca", ARGS_TEXT, &folder, "DIR", "the CA's folder" },
                { "valid", ARGS_TEXT, &valid, "SPAN", "of the token, to 30d (24h)" },
                { "days", ARGS_NUMBER, &days, "N", "of the certificate's validity (730)" },
                { "terminal", ARGS_FLAG, &is_shown, NULL, "as a QR code, too" },
        };
        const struct args args = {
                "gate token ORG/SITE/GATE --ca DIR [--valid SPAN] [--days N] [--terminal]",
                "Makes a one-time token by which that gate gets its certificate. It is shown\n"
                "this once; an earlier one for the same gate is void.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        const char *why = site_ca_check_name(SITE_CA_GATE, argv[1]);
        if (why)
                return args_complain(ctl, &args, "\"%s\" %s", argv[1], why);
        if (!folder)
                return args_complain(ctl, &args, "--ca is missing");
        if (!parse_span(valid, &valid_s))
                return args_complain(ctl, &args, "--valid: 1s to 30d is wanted");
        if (!ca_days(&days, CA_GATE_DAYS))
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        code = ca_desk_open(ctl, folder, false, &ca);
        if (code != CTL_OK)
                return code;
        code = grant(ctl, &ca, argv[1], valid_s, days, is_shown);
        site_ca_close(&ca);
        return code;
}

/* ---- serve ---- */

/* The desk's own certificate: made at each start, for a key that no file ever holds. */
static int make_end(struct site_ca *ca, struct tls_end **end)
{
        static const char *const hosts[] = { SITE_CA_ENROLMENT_HOST };
        const struct site_ca_order order = { .kind = SITE_CA_ENROLMENT,
                                             .name = "Stile site enrolment",
                                             .hosts = hosts,
                                             .host_count = ARRAY_LEN(hosts),
                                             .days = SITE_CA_DAYS_MAX };
        struct signing_key *key = NULL;
        char *request = NULL, *pem = NULL;
        int error = signing_key_new(SIGNING_P256, &key);
        if (!error)
                error = ca_request(key, &request);
        if (!error)
                error = site_ca_issue(ca, &order, request, when_now_us(), &pem);
        if (!error)
                error = tls_server(pem, key, ca->certificate, end);
        free(request);
        free(pem);
        signing_key_free(key);
        return error;
}

static int listen_at(struct ctl *ctl, const char *at)
{
        const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                        .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
        struct addrinfo *place = NULL;
        char address[64] = "";
        const char *colon = strrchr(at, ':');
        size_t len = colon ? (size_t)(colon - at) : 0;
        bool is_bracketed = len >= 2 && at[0] == '[' && at[len - 1] == ']';
        snprintf(address, sizeof(address), "%.*s", (int)(is_bracketed ? len - 2 : len),
                 at + (is_bracketed ? 1 : 0));
        if (!colon || getaddrinfo(address[0] != '\0' ? address : NULL, colon + 1, &hints, &place)) {
                ca_complain(ctl, at, "is not ADDRESS:PORT");
                return -1;
        }
        int on = 1;
        int fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
                        bind(fd, place->ai_addr, place->ai_addrlen) < 0 || listen(fd, 64) < 0)) {
                int error = errno;
                close(fd);
                fd = -1;
                errno = error;
        }
        freeaddrinfo(place);
        if (fd < 0)
                ca_complain(ctl, at, strerror(errno));
        return fd;
}

static void say(void *context, const char *address, const char *what)
{
        struct ctl *ctl = context;
        fprintf(ctl->out, "%s: ", address);
        print_safe(ctl->out, what);
        fputc('\n', ctl->out);
        fflush(ctl->out);
}

static int serve(struct ctl *ctl, struct site_ca *ca, int listener, int64_t days,
                 const char *granter)
{
        sigset_t ends;
        struct enrolment *enrolment = calloc(1, sizeof(*enrolment));
        struct reception reception = {
                .listener = listener, .enrolment = enrolment, .said = say, .context = ctl
        };
        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        if (!enrolment || sigprocmask(SIG_BLOCK, &ends, NULL) < 0 ||
            signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
                free(enrolment);
                return ca_complain(ctl, "serve", strerror(errno));
        }
        int stop_fd = signalfd(-1, &ends, SFD_CLOEXEC);
        int error = stop_fd < 0 ? -errno : make_end(ca, &reception.end);
        *enrolment = (struct enrolment){ .ca = ca, .renewal_days = days, .granter = granter };
        if (!error) {
                say(ctl, "serve", "ready");
                while (reception_turn(&reception, stop_fd, 1000))
                        ;
        }
        reception_close(&reception);
        tls_end_free(reception.end);
        if (stop_fd >= 0)
                close(stop_fd);
        free(enrolment);
        return error ? ca_complain(ctl, ca->folder, strerror(-error)) : CTL_OK;
}

int verb_gate_serve(struct ctl *ctl, int argc, char **argv)
{
        const char *folder = NULL, *at = NULL, *granter = NULL;
        int64_t days = 0;
        const struct args_option options[] = {
                { "ca", ARGS_TEXT, &folder, "DIR", "the CA's folder" },
                { "granter", ARGS_TEXT, &granter, "NAME",
                  "whose certificate may have tokens made: a dashboard's" },
                { "listen", ARGS_TEXT, &at, "ADDRESS:PORT", "where; [ADDRESS]:PORT for IPv6" },
                { "days", ARGS_NUMBER, &days, "N", "of validity of what is renewed (730)" },
        };
        const struct args args = {
                "gate serve --ca DIR --listen ADDRESS:PORT [--days N] [--granter NAME]",
                "Gives certificates to gates with a token, and new ones to gates with a good\n"
                "certificate, until it is interrupted. Says every answer.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct site_ca ca;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        if (!folder || !at)
                return args_complain(ctl, &args, "--ca and --listen are wanted");
        if (!ca_days(&days, CA_GATE_DAYS))
                return args_complain(ctl, &args, "--days: at most %d", SITE_CA_DAYS_MAX);
        int listener = listen_at(ctl, at);
        if (listener < 0)
                return CTL_CANNOT;
        code = ca_desk_open(ctl, folder, true, &ca);
        if (code == CTL_OK) {
                code = serve(ctl, &ca, listener, days, granter);
                site_ca_close(&ca);
        }
        close(listener);
        return code;
}
