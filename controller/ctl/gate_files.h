/* Gate files: where a gate's identity is, and what it is to be called. */
#pragma once

#include "controller/ctl/args.h"
#include "controller/enrol/identity.h"

struct gate_files {
        struct identity identity;
        char server[WHOLE_FILE_PATH_MAX]; /* a file with the enrolment server's HOST:PORT */
        char name[3 * FLOW_ID_MAX];       /* ORG/SITE/GATE; "": not known */
};

#define GATE_FILES_OPTION(into)                                                                    \
        {                                                                                          \
                "tls", ARGS_TEXT, into, "DIR",                                                     \
                        "folder of gate.key, gate.crt and ca.crt, not the configuration's"         \
        }

/* In a folder, or (NULL) where the configuration says. CTL_OK, or CTL_CANNOT after saying why. */
MUST_USE int gate_files_find(struct ctl *ctl, const char *folder, struct gate_files *files);
/* Puts a certificate and its CA's in place, and says so. An exit code. */
MUST_USE int gate_files_place(struct ctl *ctl, const struct gate_files *files,
                              const char *certificate, const char *ca_pem);
