/* stilectl sign-command: a command of the network, signed with a manager's key, for mosquitto_pub
 * and the like. Talks to nobody. */
#include "common/rfc3339.h"
#include "controller/ctl/args.h"
#include "controller/ctl/check.h"
#include "controller/ctl/keys.h"
#include "controller/ctl/print.h"
#include "controller/ctl/when.h"
#include "controller/local/command_event.h"
#include "controller/validate/cose/sign1_write.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
        RANDOM_LEN = 16,
        LIFETIME_S = 10,
        TOPIC_MAX = 192
};

struct wish {
        const char *leaf, *point, *gate, *key, *folder, *reason, *actor, *data, *out;
        int64_t lifetime_s;
};

static bool random_hex(char text[2 * RANDOM_LEN + 1])
{
        uint8_t random[RANDOM_LEN];
        if (getrandom(random, sizeof(random), 0) != sizeof(random))
                return false;
        for (size_t i = 0; i < RANDOM_LEN; i++)
                snprintf(text + 2 * i, 3, "%02x", random[i]);
        return true;
}

/* The CloudEvent's text, heap; NULL: --data is no object, or no memory. */
static char *make_event(const struct wish *wish)
{
        char nonce[2 * RANDOM_LEN + 1], id[2 * RANDOM_LEN + 1], not_after[RFC3339_MAX];
        json_t *more =
                wish->data ? json_loads(wish->data, JSON_REJECT_DUPLICATES, NULL) : json_object();
        if (!json_is_object(more) || !random_hex(nonce) || !random_hex(id)) {
                json_decref(more);
                return NULL;
        }
        rfc3339_format(when_now_us() + INT64_C(1000000) * wish->lifetime_s, not_after);
        json_t *data = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "actor", wish->actor, "reason",
                                 wish->reason, "not_after", not_after, "nonce", nonce,
                                 "access_point", wish->point);
        json_object_update(data, more);
        json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "type",
                                  "stile.command.v1", "id", id, "source", "/stilectl",
                                  "datacontenttype", "application/json", "data", data);
        char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
        json_decref(event);
        json_decref(more);
        return text;
}

/* What a gate would refuse is not signed. */
static int check_event(struct ctl *ctl, const struct args *args, const char *leaf,
                       const char *event)
{
        struct command command;
        command_read_event(&command, leaf, (const unsigned char *)event, strlen(event),
                           when_now_us());
        int code = CTL_OK;
        if (command.verdict == COMMAND_UNSUPPORTED)
                code = args_complain(ctl, args, "\"%s\": there is no such command", leaf);
        else if (command.verdict != COMMAND_GOOD)
                code = args_complain(ctl, args, "a gate would refuse it: %s",
                                     command.complaint[0] != '\0' ? command.complaint : "its time");
        command_deinit(&command);
        return code;
}

static int write_signed(struct ctl *ctl, const struct wish *wish, const char *event)
{
        uint8_t bytes[COMMAND_SIGNED_MAX];
        char topic[TOPIC_MAX];
        struct signing_key *key = NULL;
        int code = keys_load(ctl, wish->folder, wish->key, &key);
        if (code != CTL_OK)
                return code;
        snprintf(topic, sizeof(topic), "stile/v1/%s/cmd/%s", wish->gate, wish->leaf);
        int len =
                sign1_write(key, topic, strlen(topic), event, strlen(event), bytes, sizeof(bytes));
        signing_key_free(key);
        if (len < 0) {
                fprintf(ctl->err, "stilectl: not signed: %s\n", strerror(-len));
                return CTL_CANNOT;
        }
        FILE *out = wish->out ? fopen(wish->out, "we") : ctl->out;
        bool is_written = out && fwrite(bytes, 1, (size_t)len, out) == (size_t)len;
        if (out && wish->out)
                is_written = fclose(out) == 0 && is_written;
        if (is_written)
                return CTL_OK;
        fprintf(ctl->err, "stilectl: %s: %s\n", wish->out ? wish->out : "standard output",
                strerror(errno));
        return CTL_CANNOT;
}

/* org/site/gate, three identifiers. */
static bool is_gate(const char *text)
{
        char part[FLOW_ID_MAX];
        for (int i = 0; i < 3; i++) {
                size_t len = strcspn(text, "/");
                if (len >= sizeof(part) || text[len] != (i < 2 ? '/' : '\0'))
                        return false;
                memcpy(part, text, len);
                part[len] = '\0';
                if (check_id(part))
                        return false;
                text += len + (i < 2);
        }
        return true;
}

int verb_sign_command(struct ctl *ctl, int argc, char **argv)
{
        struct wish wish = { .lifetime_s = LIFETIME_S };
        const struct args_option options[] = {
                { "key", ARGS_TEXT, &wish.key, "NAME", "the manager's private key" },
                { "keys", ARGS_TEXT, &wish.folder, "DIR",
                  "the folder of keys (" KEYS_FOLDER_WORDS ")" },
                { "gate", ARGS_TEXT, &wish.gate, "ORG/SITE/GATE", "whom it is for" },
                { "reason", ARGS_TEXT, &wish.reason, "R", "why; it stands in the journal" },
                { "actor", ARGS_TEXT, &wish.actor, "A", "who; without it the key's name" },
                { "lifetime", ARGS_NUMBER, &wish.lifetime_s, "S",
                  "seconds that it may be on its way (10; 60 at most)" },
                { "data", ARGS_TEXT, &wish.data, "JSON",
                  "more members of its data, such as {\"release\":\"LockDown\"}" },
                { "out", ARGS_TEXT, &wish.out, "FILE", "instead of the standard output" },
        };
        const struct args args = {
                "sign-command LEAF [ACCESS_POINT] --key NAME --gate ORG/SITE/GATE --reason R",
                "Signs a command for the broker's topic stile/v1/ORG/SITE/GATE/cmd/LEAF: access,\n"
                "lockopen, lockdown, release, sync or config (docs/mqtt.md). Publish the bytes\n"
                "with the content type application/cose.",
                options,
                ARRAY_LEN(options),
                1,
                2
        };
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        wish.leaf = argv[1];
        wish.point = operands == 2 ? argv[2] : NULL;
        if (!wish.key || !wish.gate || !wish.reason)
                return args_complain(ctl, &args, "--key, --gate and --reason are wanted");
        if (!is_gate(wish.gate))
                return args_complain(ctl, &args, "--gate: ORG/SITE/GATE is wanted");
        if (ctl->is_terminal && !wish.out)
                return args_complain(ctl, &args, "bytes are not for a terminal: --out FILE");
        if (!wish.actor)
                wish.actor = wish.key;
        char *event = make_event(&wish);
        if (!event)
                return args_complain(ctl, &args, "--data: a JSON object is wanted");
        code = check_event(ctl, &args, wish.leaf, event);
        if (code == CTL_OK)
                code = write_signed(ctl, &wish, event);
        free(event);
        return code;
}
