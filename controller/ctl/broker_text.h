/* Broker text: mosquitto's configuration and access list, in pieces. */
#pragma once

#include <stdio.h>

/* stile.conf; `folder` is where the broker has its files. */
void broker_text_conf(FILE *out, const char *folder);

/* Pieces of the access list, in the order of the file. */
void broker_text_gates(FILE *out);
void broker_text_centre(FILE *out, const char *client);
/* `site` is ORG.SITE. */
void broker_text_forwarder(FILE *out, const char *client, const char *site);
void broker_text_home_assistant(FILE *out);
void broker_text_discovery(FILE *out, const char *gate);
void broker_text_stolen(FILE *out);
