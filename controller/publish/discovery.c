#include "controller/publish/discovery.h"

#include "controller/flow_names.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entities that come from `status`. %s is an access point. */
#define IS_ONLINE "{{ 'online' if value_json.data.state == 'online' else 'offline' }}"
#define IS_HEARD  "{{ 'online' }}"
#define LINE(is)  "{{ 'ON' if " is " else 'OFF' }}"
/* The will has no numbers: an empty text leaves the entity as it is. */
#define NUMBER(name, value) "{% if value_json.data." name " is defined %}{{ " value " }}{% endif %}"
#define POINT(tell)                                                                                \
        "{%% for point in value_json.data.access_points | default([]) if point.id == '%s' %%}"     \
        "{{ " tell " }}{%% endfor %%}"

/* Old rows, also a list of them, ring no bell: nothing is rendered, and Home Assistant ignores it.
 */
#define ENTRY                                                                                      \
        "{% set data = value_json.data | default({'historical': true}) %}"                         \
        "{% if not data.historical | default(false) %}"                                            \
        "{\"event_type\": \"{{ data.event }}\", \"seq\": {{ data.seq }}"                           \
        "{% for key in ['access_point', 'direction', 'reason', 'credential_class'] "               \
        "if data[key] is defined %}, \"{{ key }}\": \"{{ data[key] }}\"{% endfor %}}{% endif %}"

/* A command as command.h reads it. %s: more of its data. A nonce need not be secret, only new:
 * microseconds and a little chance. */
#define COMMAND                                                                                    \
        "{%% set nonce = utcnow().strftime('%%Y%%m%%d%%H%%M%%S%%f') ~ '-' ~ "                      \
        "(range(10000, 100000) | random) %%}"                                                      \
        "{\"specversion\": \"1.0\", \"type\": \"stile.command.v1\", \"id\": \"{{ nonce }}\", "     \
        "\"source\": \"/home-assistant\", \"data\": {\"actor\": \"home-assistant\", "              \
        "\"reason\": \"button\", %s\"nonce\": \"{{ nonce }}\", \"not_after\": "                    \
        "\"{{ (utcnow() + timedelta(seconds=30)).strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ') }}\"}}"

struct discovery {
        const struct settings *settings;
        char id[DISCOVERY_TOPIC_MAX]; /* stile_org_site_gate: names hold no underscore */
        char root[DISCOVERY_TOPIC_MAX];
        json_t *components;
};

static void init_names(struct discovery *discovery, const struct settings *settings)
{
        *discovery = (struct discovery){ .settings = settings };
        snprintf(discovery->id, sizeof(discovery->id), "stile_%s_%s_%s", settings->gate.org,
                 settings->gate.site, settings->gate.id);
        snprintf(discovery->root, sizeof(discovery->root), "stile/v1/%s/%s/%s", settings->gate.org,
                 settings->gate.site, settings->gate.id);
}

void discovery_topic(const struct settings *settings, char topic[DISCOVERY_TOPIC_MAX])
{
        struct discovery discovery;
        init_names(&discovery, settings);
        snprintf(topic, DISCOVERY_TOPIC_MAX, "homeassistant/device/%.128s/config", discovery.id);
}

static json_t *topic_of(const struct discovery *discovery, const char *leaf)
{
        return json_sprintf("%s/%s", discovery->root, leaf);
}

/* `point` may be "": of the whole gate. Reference of `more` taken. */
static void add(const struct discovery *discovery, const char *platform, const char *point,
                const char *what, json_t *more)
{
        char key[2 * FLOW_ID_MAX], name[2 * FLOW_ID_MAX];
        const char *separator = point[0] != '\0' ? "_" : "";
        snprintf(key, sizeof(key), "%s%s%s", point, separator, what);
        snprintf(name, sizeof(name), "%s%s%s", point, point[0] != '\0' ? " " : "", what);
        for (char *at = name; (at = strchr(at, '_'));)
                *at = ' ';
        json_t *component = json_pack("{s:s, s:o, s:s}", "p", platform, "unique_id",
                                      json_sprintf("%s_%s", discovery->id, key), "name", name);
        json_object_update(component, more);
        json_decref(more);
        json_object_set_new(discovery->components, key, component);
}

static void add_gate(const struct discovery *discovery)
{
        json_t *heard = json_pack("[{s:o, s:s}]", "topic", topic_of(discovery, "status"),
                                  "value_template", IS_HEARD);
        json_t *types = json_array();
        for (int i = 1; i < EVENT_COUNT; i++)
                json_array_append_new(types, json_string(event_name((enum event)i)));
        add(discovery, "binary_sensor", "", "connectivity",
            json_pack("{s:s, s:s, s:o, s:s}", "device_class", "connectivity", "entity_category",
                      "diagnostic", "availability", heard, "value_template",
                      LINE("value_json.data.state == 'online'")));
        add(discovery, "binary_sensor", "", "fire",
            json_pack("{s:s, s:s}", "device_class", "safety", "value_template",
                      LINE("value_json.data.fire | default('') in ['released', 'holding']")));
        add(discovery, "sensor", "", "inside",
            json_pack("{s:s, s:s}", "state_class", "measurement", "value_template",
                      NUMBER("inside", "value_json.data.inside")));
        add(discovery, "sensor", "", "backlog",
            json_pack("{s:s, s:s, s:s}", "state_class", "measurement", "entity_category",
                      "diagnostic", "value_template",
                      NUMBER("head", "value_json.data.head - value_json.data.acked")));
        add(discovery, "event", "", "entry",
            json_pack("{s:o, s:o, s:s}", "state_topic", topic_of(discovery, "entry"), "event_types",
                      types, "value_template", ENTRY));
}

static void add_point(const struct discovery *discovery, const struct settings_point *point)
{
        add(discovery, "sensor", point->id, "mode",
            json_pack("{s:s, s:[s, s, s, s], s:o}", "device_class", "enum", "options", "normal",
                      "released", "locked_open", "locked_down", "value_template",
                      json_sprintf(POINT("point.mode"), point->id)));
        add(discovery, "binary_sensor", point->id, "door",
            json_pack("{s:s, s:o}", "device_class", "problem", "value_template",
                      json_sprintf(POINT("'OFF' if point.door == 'normal' else 'ON'"), point->id)));
        if (point->tamper_line[0] != '\0')
                add(discovery, "binary_sensor", point->id, "tamper",
                    json_pack("{s:s, s:o}", "device_class", "tamper", "value_template",
                              json_sprintf(POINT("'ON' if point.tamper else 'OFF'"), point->id)));
}

/* Home Assistant's lock has one topic for all that it commands, ours one for each command: buttons
 * it is. QoS 1, or the gate refuses. */
static void add_button(const struct discovery *discovery, const char *point, const char *what,
                       const char *leaf, const char *data)
{
        add(discovery, "button", point, what,
            json_pack("{s:o, s:i, s:b, s:o}", "command_topic", topic_of(discovery, leaf), "qos", 1,
                      "retain", 0, "command_template", json_sprintf(COMMAND, data)));
}

static void add_buttons(const struct discovery *discovery)
{
        for (size_t i = 0; i < discovery->settings->points; i++) {
                char data[64];
                const char *point = discovery->settings->point[i].id;
                snprintf(data, sizeof(data), "\"access_point\": \"%s\", ", point);
                add_button(discovery, point, "open", "cmd/access", data);
        }
        add_button(discovery, "", "lock_down", "cmd/lockdown", "");
        add_button(discovery, "", "end_lock_down", "cmd/release", "\"release\": \"LockDown\", ");
        add_button(discovery, "", "lock_open", "cmd/lockopen", "");
        add_button(discovery, "", "end_lock_open", "cmd/release", "\"release\": \"LockOpen\", ");
}

char *discovery_format(const struct settings *settings)
{
        struct discovery discovery;
        if (settings->uplink.home_assistant == HOME_ASSISTANT_CLEAR)
                return strdup("");
        init_names(&discovery, settings);
        discovery.components = json_object();
        add_gate(&discovery);
        for (size_t i = 0; i < settings->points; i++)
                add_point(&discovery, &settings->point[i]);
        if (settings->uplink.home_assistant == HOME_ASSISTANT_CONTROL)
                add_buttons(&discovery);
        json_t *status = topic_of(&discovery, "status");
        json_t *message =
                json_pack("{s:{s:[s], s:s, s:s, s:s, s:s}, s:{s:s, s:s}, s:[{s:O, s:s}], s:o, s:o}",
                          "dev", "ids", discovery.id, "name", settings->gate.id, "mf", "Stile",
                          "mdl", "gate", "sw", STILE_VERSION, "o", "name", "stile", "sw",
                          STILE_VERSION, "availability", "topic", status, "value_template",
                          IS_ONLINE, "state_topic", status, "cmps", discovery.components);
        char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
        json_decref(message);
        return text;
}
