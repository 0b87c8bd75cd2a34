/* What the files of the accounts' driver share. */
#pragma once

#include "controller/ports/digest.h"
#include "dashboard/ports/accounts.h"
#include "drivers/store/shared.h"
#include "drivers/store/sqlite.h"

enum accounts_statement {
        ACCOUNTS_FIND,
        ACCOUNTS_LIST,
        ACCOUNTS_GRANTS,
        ACCOUNTS_ADD,
        ACCOUNTS_SET,
        ACCOUNTS_SET_HASH,
        ACCOUNTS_REPLACE_HASH,
        ACCOUNTS_REMOVE,
        ACCOUNTS_ADD_GRANT,
        ACCOUNTS_REMOVE_GRANTS,
        ACCOUNTS_COUNT_ADMINISTRATORS,
        ACCOUNTS_LOGGED_IN,
        ACCOUNTS_ADD_SESSION,
        ACCOUNTS_FIND_SESSION,
        ACCOUNTS_SEE_SESSION,
        ACCOUNTS_REMOVE_SESSION,
        ACCOUNTS_REMOVE_SESSIONS_OF,
        ACCOUNTS_REMOVE_OLD_SESSIONS,
        ACCOUNTS_LAST_LINE,
        ACCOUNTS_ADD_LINE,
        ACCOUNTS_LINES,
        ACCOUNTS_LINES_AFTER,
        ACCOUNTS_STATEMENTS
};

struct accounts {
        struct shared_database *shared;
};
