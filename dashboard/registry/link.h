/*
 * Link: between a site's registry, which has threads of its own, and the feed, which belongs to one
 * thread (dashboard/ports/feed.h). All but registry_link_open and registry_link_close are called
 * there.
 *
 * The owner polls registry_link_fd beside the feed's fd, and calls registry_link_pump when it is
 * readable and after every turn in which the feed had something.
 */
#pragma once

#include "dashboard/ports/feed.h"
#include "dashboard/registry/service.h"

struct registry_link;

/* Opens the site's registry and starts it. `feed` is borrowed, and outlives the link. 0 or -errno
 * after a log line. */
MUST_USE int registry_link_open(const struct registry_settings *settings, struct feed *feed,
                                struct registry_link **link);
/* Accepts NULL; returns NULL. */
struct registry_link *registry_link_close(struct registry_link *link);

int registry_link_fd(const struct registry_link *link);
/* Publishes what the registry has to say, as far as the feed takes it. */
void registry_link_pump(struct registry_link *link);

/* Another feed, from now on. */
void registry_link_change(struct registry_link *link, struct feed *feed);
/* The feed is up. */
void registry_link_hear_up(struct registry_link *link);
/* A message of the feed: a gate's `want`, or a sign that it is there (`birth`, `status`). What is
 * of another site, or neither, is ignored. */
void registry_link_hear(struct registry_link *link, const struct feed_message *message);
