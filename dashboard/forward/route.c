#include "dashboard/forward/route.h"

#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

const struct route_leaf route_leaves[ROUTE_LEAVES] = {
        { "entry", false, ROUTE_UP },     { "status", false, ROUTE_UP },
        { "birth", false, ROUTE_UP },     { "health", false, ROUTE_UP },
        { "want", false, ROUTE_UP },      { "res", true, ROUTE_UP },
        { "ack", false, ROUTE_DOWN },     { "cmd", true, ROUTE_DOWN },
        { "registry", true, ROUTE_DOWN },
};

void route_root(char root[ROUTE_ROOT_MAX], const char *org, const char *site)
{
        snprintf(root, ROUTE_ROOT_MAX, "stile/v1/%s/%s/", org, site);
}

static size_t id_len(const char *text)
{
        size_t len = strspn(text, ID_CHARACTERS);
        return len < FLOW_ID_MAX ? len : 0;
}

/* What follows the gate's name; NULL: there is no such thing. */
static const char *leaf_of(const char *topic, size_t root_len)
{
        const char *gate = topic + root_len;
        size_t len = id_len(gate);
        return len > 0 && gate[len] == '/' ? gate + len + 1 : NULL;
}

static bool is_leaf(const char *text, const struct route_leaf *leaf)
{
        size_t len = strlen(leaf->name);
        if (strncmp(text, leaf->name, len) != 0)
                return false;
        if (!leaf->has_rest)
                return text[len] == '\0';
        size_t rest = text[len] == '/' ? id_len(text + len + 1) : 0;
        return rest > 0 && text[len + 1 + rest] == '\0';
}

enum route route_of(const char *root, enum route_way way, const char *topic)
{
        size_t root_len = strlen(root);
        if (strncmp(topic, root, root_len) != 0)
                return ROUTE_FOREIGN;
        const char *leaf = leaf_of(topic, root_len);
        for (size_t i = 0; leaf && i < ROUTE_LEAVES; i++)
                if (route_leaves[i].way == way && is_leaf(leaf, &route_leaves[i]))
                        return ROUTE_PASS;
        return ROUTE_WRONG;
}

bool route_is_leaf(const char *root, const char *topic, const char *leaf)
{
        const char *found = leaf_of(topic, strlen(root));
        size_t len = strlen(leaf);
        return found && strncmp(found, leaf, len) == 0 && (found[len] == '\0' || found[len] == '/');
}
