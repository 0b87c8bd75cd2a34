#include "dashboard/registry/link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        QUEUE = 64, /* messages, of 16 KiB at the most */
        PREFIX_MAX = 96,
        TOPIC_MAX = PREFIX_MAX + FLOW_ID_MAX + PUBLISHER_LEAF_MAX
};

/* On its way from the registry's thread to the feed's. */
struct outgoing {
        char topic[TOPIC_MAX];
        const char *content_type; /* a constant string */
        uint8_t *payload;         /* heap */
        size_t len;
        bool is_retained;
};

struct registry_link {
        struct feed *feed;
        struct registry_service *service;
        struct mailbox out;
        struct outgoing next; /* taken and not published yet; payload NULL: none */
        char prefix[PREFIX_MAX];
};

/* In the registry's thread. */
static int send_out(void *context, const struct publisher_message *message)
{
        struct registry_link *link = context;
        struct outgoing outgoing = { .content_type = message->content_type,
                                     .len = message->len,
                                     .is_retained = message->is_retained };
        outgoing.payload = malloc(message->len);
        if (!outgoing.payload)
                return -ENOMEM;
        memcpy(outgoing.payload, message->payload, message->len);
        (void)snprintf(outgoing.topic, sizeof(outgoing.topic), "%s%.32s/%.31s", link->prefix,
                       message->gate, message->leaf);
        if (mailbox_put(&link->out, &outgoing))
                return 0;
        free(outgoing.payload);
        return -EAGAIN;
}

int registry_link_open(const struct registry_settings *settings, struct feed *feed,
                       struct registry_link **link)
{
        struct registry_link *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        opened->feed = feed;
        opened->out = MAILBOX_EMPTY;
        (void)snprintf(opened->prefix, sizeof(opened->prefix), "stile/v1/%.32s/%.32s/",
                       settings->org, settings->site);
        int r = mailbox_init(&opened->out, sizeof(struct outgoing), QUEUE);
        if (!r)
                r = registry_service_open(settings, send_out, opened, &opened->service);
        if (r) {
                registry_link_close(opened);
                return r;
        }
        *link = opened;
        return 0;
}

struct registry_link *registry_link_close(struct registry_link *link)
{
        if (!link)
                return NULL;
        registry_service_close(link->service);
        do {
                free(link->next.payload);
                link->next.payload = NULL;
        } while (link->out.ring && mailbox_take(&link->out, &link->next));
        mailbox_deinit(&link->out);
        free(link);
        return NULL;
}

int registry_link_fd(const struct registry_link *link)
{
        return link->out.event_fd;
}

static int publish(struct registry_link *link)
{
        const struct feed_publication publication = { .topic = link->next.topic,
                                                      .payload = link->next.payload,
                                                      .len = link->next.len,
                                                      .content_type = link->next.content_type,
                                                      .is_retained = link->next.is_retained };
        return feed_publish(link->feed, &publication);
}

/* What the feed has no connection for is dropped: when it is up, all gates are told again. */
void registry_link_pump(struct registry_link *link)
{
        bool has_taken = false;
        while (link->next.payload || mailbox_take(&link->out, &link->next)) {
                if (publish(link) == -EAGAIN)
                        break;
                free(link->next.payload);
                link->next.payload = NULL;
                has_taken = true;
        }
        if (has_taken)
                registry_service_hear_room(link->service);
}

void registry_link_hear_up(struct registry_link *link)
{
        registry_service_hear_broker(link->service);
}

void registry_link_change(struct registry_link *link, struct feed *feed)
{
        link->feed = feed;
}

void registry_link_hear(struct registry_link *link, const struct feed_message *message)
{
        char gate[FLOW_ID_MAX];
        size_t prefix_len = strlen(link->prefix);
        if (strncmp(message->topic, link->prefix, prefix_len) != 0)
                return;
        const char *rest = message->topic + prefix_len;
        size_t len = strcspn(rest, "/");
        if (len == 0 || len >= sizeof(gate) || rest[len] == '\0')
                return;
        memcpy(gate, rest, len);
        gate[len] = '\0';
        const char *leaf = rest + len + 1;
        if (strcmp(leaf, "birth") == 0)
                registry_service_hear_birth(link->service, gate);
        else if (strcmp(leaf, "status") == 0)
                registry_service_hear_gate(link->service, gate);
        else if (strcmp(leaf, "want") == 0)
                registry_service_hear_want(link->service, gate, message->payload, message->len);
}
