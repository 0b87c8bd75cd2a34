/*
 * Verbs: what every verb of stilectl has in hand. A verb finds its own name in argv[0], writes its
 * answer to `out` and complaints to `err`, and returns the exit code. Nothing here knows the list
 * of verbs: that is main.c's.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The exit codes, part of the interface (stilectl(1)). */
enum {
        CTL_OK = 0,
        CTL_NO = 1,    /* the answer is no, or it was refused */
        CTL_CANNOT = 2 /* used wrongly, or it could not be tried */
};

#define CTL_CONFIG "/etc/stile/gate.conf"
#define CTL_SOCKET "/run/stile/gate.sock"

struct ctl {
        const char *socket_path; /* NULL: the configuration says it */
        const char *config_path;
        bool is_config_given;
        FILE *in, *out, *err;
        bool is_terminal; /* out is one: data never reaches it raw */
        bool has_colour, has_blocks;
};

typedef int verb_fn(struct ctl *ctl, int argc, char **argv);

/* `run`, or `children` when it is a group ("holder add"). A list ends with a NULL name. */
struct verb {
        const char *name, *summary;
        verb_fn *run;
        const struct verb *children;
};

/* Finds argv[0] among the verbs and runs it. `path` is what stands before it ("stilectl"). */
int verbs_run(struct ctl *ctl, const struct verb *verbs, const char *path, int argc, char **argv);
/* One line a verb, groups with their children. */
void verbs_print(FILE *out, const struct verb *verbs, const char *prefix);

verb_fn verb_status, verb_doctor, verb_events;
verb_fn verb_holder_add, verb_holder_list, verb_holder_remove, verb_holder_block,
        verb_holder_unblock, verb_holder_import, verb_holder_export;
verb_fn verb_credential_add, verb_credential_revoke, verb_credential_list;
verb_fn verb_level_add, verb_level_list, verb_level_remove;
verb_fn verb_open, verb_lock_open, verb_lock_open_release, verb_lock_down, verb_lock_down_release,
        verb_fire_reset;
verb_fn verb_trust_import, verb_trust_list;
verb_fn verb_forgive, verb_lines, verb_line, verb_scan, verb_inspect;
verb_fn verb_schedule_put, verb_schedule_list, verb_schedule_remove;
verb_fn verb_special_day_add, verb_special_day_list, verb_special_day_remove;
verb_fn verb_area_put, verb_area_list, verb_area_remove;
verb_fn verb_visit_add, verb_visit_list, verb_declare, verb_explain;
verb_fn verb_key_new, verb_key_list, verb_key_rotate, verb_key_export_public;
verb_fn verb_pass_issue, verb_pass_batch, verb_pass_revoke, verb_pass_revocations, verb_pass_list,
        verb_pass_prove;
verb_fn verb_one_time, verb_sign_command, verb_unseal;

verb_fn verb_ca_init, verb_ca_server, verb_ca_web, verb_ca_client, verb_ca_sign, verb_ca_renew,
        verb_ca_revoke, verb_ca_list;
verb_fn verb_gate_token, verb_gate_serve, verb_gate_enrol, verb_gate_renew, verb_gate_request,
        verb_gate_install;
verb_fn verb_broker_config;
