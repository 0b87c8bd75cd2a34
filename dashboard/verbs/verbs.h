/* Verbs: what stile-dashboard does when it is not to serve: `stile-dashboard VERB …`. */
#pragma once

#include "dashboard/dashboard_settings.h"

/* What --help says of them. */
#define VERBS_HELP                                                                                 \
        "Instead of serving, `stile-dashboard VERB ...` does one thing:\n"                         \
        "  verify-audit FILE|CONNECTION   read accounts of SQLite or PostgreSQL: is the audit "    \
        "log whole?\n"                                                                             \
        "  prove-deletion DAY [CONFIG]    say, signed, what became of a day (2026-11-05, UTC)\n"   \
        "  export-person WHO REASON [CONFIG]  everything that is kept of somebody, as JSON\n"      \
        "  erase-person WHO REASON [CONFIG]   take them out of registry and archive\n"             \
        "  reset-password NAME REASON [CONFIG]  the new one is the first line of standard input\n" \
        "  backup FOLDER [CONFIG]         copy accounts, proof key and archive, while they are "   \
        "used\n"                                                                                   \
        "  restore FOLDER [CONFIG]        and back, where nothing is\n"                            \
        "  migrate [CONFIG]               bring the archive to this version\n"                     \
        "  move-archive CONNECTION [CONFIG]  copy an archive from SQLite to PostgreSQL\n"          \
        "  move-registers CONNECTION [CONFIG]  and accounts, audit log, places and requests\n"

/* argv[0] is the verb. The exit status: 0 done and good, 1 not good or not done, 2 not asked well;
 * everything said. */
MUST_USE int dashboard_verb_run(int argc, char **argv);

/* Of a verb that needs the configuration: false: said why not. */
MUST_USE bool verb_load(struct dashboard_options *options, const char *path);
/* The verbs; as dashboard_verb_run. */
MUST_USE int verb_verify_audit(int argc, char **argv);
MUST_USE int verb_prove_deletion(int argc, char **argv);
MUST_USE int verb_export_person(int argc, char **argv);
MUST_USE int verb_erase_person(int argc, char **argv);
MUST_USE int verb_reset_password(int argc, char **argv);
MUST_USE int verb_backup(int argc, char **argv);
MUST_USE int verb_restore(int argc, char **argv);
MUST_USE int verb_migrate(int argc, char **argv);
MUST_USE int verb_move_archive(int argc, char **argv);
MUST_USE int verb_move_registers(int argc, char **argv);
