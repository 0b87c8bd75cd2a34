#include "controller/ctl/broker_text.h"

#include "controller/flow.h"

#include <string.h>

static const char conf[] =
        "# Stile: the broker of one site. mosquitto 2.0 (Debian 12 and 13); run with 2.0.11\n"
        "# and 2.0.21. Written by `stilectl broker config`, which also puts the certificates\n"
        "# beside it. docs/provisioning.md says how they are made.\n"
        "#\n"
        "# Install beside Debian's own /etc/mosquitto/mosquitto.conf, which includes conf.d\n"
        "# and names the persistence folder, the log and the pid file (naming\n"
        "# persistence_location twice stops the start):\n"
        "#\n"
        "#     install -m 0644 stile.conf                          "
        "/etc/mosquitto/conf.d/stile.conf\n"
        "#     install -o mosquitto -g mosquitto -m 0750 -d        FOLDER\n"
        "#     install -o mosquitto -g mosquitto -m 0640 acl       FOLDER/acl\n"
        "#     install -o mosquitto -g mosquitto -m 0644 ca.crt ca.crl server.crt FOLDER/\n"
        "#     install -o mosquitto -g mosquitto -m 0600 server.key        FOLDER/\n"
        "#\n"
        "# The key belongs to mosquitto, not to root: the broker gives up root before it\n"
        "# reads it. tests/system/test_acl.py runs this file and `acl`.\n"
        "#\n"
        "# Gates and collectors speak MQTT v5. mosquitto 2.0 cannot refuse 3.1.1: such a\n"
        "# client needs a certificate as well, `acl` holds it to the same leaves, but a\n"
        "# refused message gets a PUBACK that looks like success.\n"
        "\n"
        "# --- who may connect: whoever has a certificate of our CA, under the name in it ---\n"
        "listener 8883\n"
        "cafile FOLDER/ca.crt\n"
        "certfile FOLDER/server.crt\n"
        "keyfile FOLDER/server.key\n"
        "tls_version tlsv1.2\n"
        "require_certificate true\n"
        "# CN = ORG/SITE/GATE for a gate, \"dashboard\" for the collector: `acl` hangs on it.\n"
        "use_identity_as_username true\n"
        "# Whatever client id a client asks for, it gets its certificate's name: no gate can\n"
        "# throw another one out, take over its session or set off its last will. So: one\n"
        "# certificate, one connection.\n"
        "use_username_as_clientid true\n"
        "allow_anonymous false\n"
        "acl_file FOLDER/acl\n"
        "# What `stilectl ca revoke` refused. Looked at when a client connects, and read anew\n"
        "# by a HUP; a connection that stands is ended by a restart, or by two lines at the\n"
        "# end of `acl` (it says which).\n"
        "crlfile FOLDER/ca.crl\n"
        "\n"
        "# --- limits ---\n"
        "# A gate and a dashboard use QoS 0 and 1. The broker tells v5 clients so, and\n"
        "# refuses 2.\n"
        "max_qos 1\n"
        "# One site; below the 1024 open files that systemd grants by default.\n"
        "max_connections 500\n"
        "# An entry is below 4 KiB, late ones come up to 56 KiB at once; the largest message\n"
        "# is a registry bucket.\n"
        "max_packet_size 1048576\n"
        "# Also the receive maximum that v5 clients are told. The default of 20 slows the\n"
        "# uplink's catching-up after an outage and the collector.\n"
        "max_inflight_messages 200\n"
        "# For a collector that is away a while. Beyond it messages are dropped without a\n"
        "# word, and nothing is lost: the gates keep what the collector has not acknowledged,\n"
        "# and send it again.\n"
        "max_queued_messages 20000\n"
        "max_queued_bytes 67108864\n"
        "# No max_keepalive: with 60 mosquitto 2.0.21 throws out connections in the middle of\n"
        "# their TLS handshake (\"Client <unknown> has exceeded timeout\"). The uplink chooses\n"
        "# a short keepalive itself.\n"
        "max_topic_alias 20\n"
        "# Sessions of gates and dashboards that never came back.\n"
        "persistent_client_expiration 7d\n"
        "\n"
        "# --- what survives a restart of the broker ---\n"
        "# Retained status and registry manifests, sessions, queued commands. The file is\n"
        "# written whole every minute; what a power cut loses of it the gates and the\n"
        "# dashboard publish again when they reconnect. autosave_on_changes would save it\n"
        "# all, at a tenth of the speed.\n"
        "persistence true\n"
        "autosave_interval 60\n"
        "autosave_on_changes false\n"
        "\n"
        "# --- the rest ---\n"
        "set_tcp_nodelay true\n"
        "sys_interval 60\n"
        "log_type error\n"
        "log_type warning\n"
        "log_type notice\n"
        "connection_messages true\n";

static const char gates[] =
        "# Who may do what below stile/v1/ORG/SITE/GATE/. No line, no access.\n"
        "# Written by `stilectl broker config`: write it anew after each new client (and, with\n"
        "# --home-assistant, after each new gate), then send mosquitto a HUP.\n"
        "#\n"
        "# %u is the certificate's common name, and for a gate that is the whole path "
        "ORG/SITE/GATE. So two\n"
        "# gates with the same last name at two sites do not meet.\n"
        "# Leaf by leaf on purpose: \"%u/#\" would let a gate give itself commands and "
        "acknowledgements.\n"
        "# A gate's name cannot hold + or #: mosquitto refuses such user names here.\n"
        "#\n"
        "# Writing is refused with reason 135 (MQTT v5; a v3.1.1 client sees success). Subscribing "
        "is never\n"
        "# refused: what may not be read is not delivered.\n"
        "\n"
        "# --- every gate, its own leaves ---\n"
        "pattern write stile/v1/%u/entry\n"
        "pattern write stile/v1/%u/status\n"
        "pattern write stile/v1/%u/birth\n"
        "pattern write stile/v1/%u/health\n"
        "pattern write stile/v1/%u/want\n"
        "pattern write stile/v1/%u/res/+\n"
        "pattern read stile/v1/%u/ack\n"
        "pattern read stile/v1/%u/cmd/+\n"
        "pattern read stile/v1/%u/registry/+\n";

/* Where "SITE" stands, the gates are that are meant. */
static const char centre_rights[] = "topic read stile/v1/SITE/+/entry\n"
                                    "topic read stile/v1/SITE/+/status\n"
                                    "topic read stile/v1/SITE/+/birth\n"
                                    "topic read stile/v1/SITE/+/health\n"
                                    "topic read stile/v1/SITE/+/want\n"
                                    "topic read stile/v1/SITE/+/res/+\n"
                                    "topic write stile/v1/SITE/+/ack\n"
                                    "topic write stile/v1/SITE/+/cmd/+\n"
                                    "topic write stile/v1/SITE/+/registry/+\n";

static const char home_assistant[] = "topic read homeassistant/device/+/config\n"
                                     "topic read stile/v1/+/+/+/entry\n"
                                     "topic read stile/v1/+/+/+/status\n"
                                     "topic read stile/v1/+/+/+/health\n"
                                     "topic write homeassistant/status\n";

static const char stolen[] = "\n"
                             "# --- gates that were stolen or taken out of service (deny goes "
                             "before every pattern) ---\n"
                             "# user acme/hq/gate-7\n"
                             "# topic deny #\n";

/* With `with` in place of each `mark`. */
static void put_text(FILE *out, const char *text, const char *mark, const char *with)
{
        for (const char *at; (at = strstr(text, mark)); text = at + strlen(mark))
                fprintf(out, "%.*s%s", (int)(at - text), text, with);
        fputs(text, out);
}

void broker_text_conf(FILE *out, const char *folder)
{
        put_text(out, conf, "FOLDER", folder);
}

void broker_text_gates(FILE *out)
{
        fputs(gates, out);
}

/* The gates' patterns are for every user, but a client is no gate. Not "#": an organisation may
 * have a client's name. */
static void put_user(FILE *out, const char *name)
{
        fprintf(out, "user %s\ntopic deny stile/v1/%s/+\ntopic deny stile/v1/%s/+/+\n", name, name,
                name);
}

void broker_text_centre(FILE *out, const char *client)
{
        fprintf(out, "\n# --- %s: reads every gate, answers and commands every gate ---\n", client);
        put_user(out, client);
        put_text(out, centre_rights, "SITE", "+/+");
}

void broker_text_forwarder(FILE *out, const char *client, const char *site)
{
        char place[2 * FLOW_ID_MAX];
        snprintf(place, sizeof(place), "%s", site);
        place[strcspn(place, ".")] = '/';
        fprintf(out, "\n# --- %s: the same for the gates of %s ---\n", client, place);
        put_user(out, client);
        put_text(out, centre_rights, "SITE", place);
}

void broker_text_home_assistant(FILE *out)
{
        fputs("\n# --- Home Assistant: sees how gates are and what passes; commands none ---\n",
              out);
        put_user(out, "homeassistant");
        fputs(home_assistant, out);
}

/* %u has slashes, and the topic of a discovery has none: a line a gate. */
void broker_text_discovery(FILE *out, const char *gate)
{
        fprintf(out, "user %s\ntopic write homeassistant/device/stile_", gate);
        for (; *gate; gate++)
                fputc(*gate == '/' ? '_' : *gate, out);
        fputs("/config\n", out);
}

void broker_text_stolen(FILE *out)
{
        fputs(stolen, out);
}
