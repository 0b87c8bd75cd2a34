#include "dashboard/ports/links.h"

#include "drivers/store/shared.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum statement {
        TRIM,
        ADD,
        FIND,
        OF_PASS,
        BIND,
        FORGET,
        STATEMENTS
};

static const char *const steps[] = {
        "CREATE TABLE link (digest BLOB PRIMARY KEY, holder TEXT NOT NULL, expires INTEGER NOT "
        "NULL,"
        "  phone BLOB, pass TEXT) WITHOUT ROWID;"
        "CREATE INDEX link_holder ON link (holder)",
        "CREATE INDEX link_pass ON link (pass)",
};

static const struct database_schema schema = {
        .application_id = 0x53746c6b, /* "Stlk" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

static const char *const sql[STATEMENTS] = {
        [TRIM] = "DELETE FROM link WHERE expires > 0 AND expires < ?1",
        [ADD] = "INSERT INTO link (digest, holder, expires) VALUES (?1, ?2, ?3)",
        [FIND] = "SELECT holder, expires, phone, pass FROM link WHERE digest = ?1"
                 " AND (expires = 0 OR expires > ?2)",
        [OF_PASS] = "SELECT holder, expires, phone, pass FROM link WHERE pass = ?1"
                    " AND (expires = 0 OR expires > ?2)",
        [BIND] = "UPDATE link SET phone = ?2, pass = ?3, expires = ?4 WHERE digest = ?1"
                 " AND phone IS NULL",
        [FORGET] = "DELETE FROM link WHERE holder = ?1",
};

struct links {
        struct shared_database *shared;
};

int links_open(const char *path, struct links **result)
{
        struct links *links = calloc(1, sizeof(*links));
        int r = links ? shared_open(path, &schema, sql, STATEMENTS, &links->shared) : -ENOMEM;
        *result = r ? links_close(links) : links;
        return r;
}

struct links *links_close(struct links *links)
{
        if (links)
                shared_close(links->shared);
        free(links);
        return NULL;
}

int links_add(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN], const char *holder,
              int64_t expires_us, int64_t now_us)
{
        SHARED_LOCKED(links->shared);
        sqlite3_stmt *trim = locked->statement[TRIM], *add = locked->statement[ADD];
        sqlite_bind_int(trim, 1, now_us);
        int r = sqlite_run(trim);
        if (r)
                return r;
        sqlite_bind_blob(add, 1, digest, FLOW_DIGEST_LEN);
        sqlite_bind_text(add, 2, holder);
        sqlite_bind_int(add, 3, expires_us);
        return sqlite_run(add);
}

/* -EBADMSG: it is longer than what is ever written. */
static int read_link(sqlite3_stmt *row, struct link *link)
{
        const char *holder = (const char *)sqlite3_column_text(row, 0);
        const char *pass = (const char *)sqlite3_column_text(row, 3);
        int phone_len = sqlite3_column_bytes(row, 2);
        *link = (struct link){ .expires_us = sqlite3_column_int64(row, 1) };
        if (!holder || strlen(holder) >= sizeof(link->holder) || phone_len > LINKS_PHONE_MAX ||
            (pass && strlen(pass) >= sizeof(link->pass)))
                return -EBADMSG;
        strcpy(link->holder, holder);
        if (phone_len > 0)
                memcpy(link->phone, sqlite3_column_blob(row, 2), (size_t)phone_len);
        link->phone_len = (size_t)phone_len;
        if (pass)
                strcpy(link->pass, pass);
        return 0;
}

static int find_one(sqlite3_stmt *find, struct link *link)
{
        int r = sqlite_step(find);
        return r > 0 ? read_link(find, link) : r == 0 ? -ENOENT : r;
}

int links_find(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN], int64_t now_us,
               struct link *link)
{
        SHARED_LOCKED(links->shared);
        CLEANUP(sqlite_reset)
        sqlite3_stmt *find = locked->statement[FIND];
        sqlite_bind_blob(find, 1, digest, FLOW_DIGEST_LEN);
        sqlite_bind_int(find, 2, now_us);
        return find_one(find, link);
}

int links_of_pass(struct links *links, const char *pass, int64_t now_us, struct link *link)
{
        SHARED_LOCKED(links->shared);
        CLEANUP(sqlite_reset)
        sqlite3_stmt *find = locked->statement[OF_PASS];
        sqlite_bind_text(find, 1, pass);
        sqlite_bind_int(find, 2, now_us);
        return find_one(find, link);
}

int links_bind(struct links *links, const uint8_t digest[FLOW_DIGEST_LEN], const struct link *link)
{
        SHARED_LOCKED(links->shared);
        sqlite3_stmt *bind = locked->statement[BIND];
        sqlite_bind_blob(bind, 1, digest, FLOW_DIGEST_LEN);
        sqlite_bind_blob(bind, 2, link->phone, link->phone_len);
        sqlite_bind_text(bind, 3, link->pass);
        sqlite_bind_int(bind, 4, link->expires_us);
        int r = sqlite_run(bind);
        return r ? r : sqlite3_changes(locked->db) > 0 ? 0 : -EEXIST;
}

int links_forget(struct links *links, const char *holder)
{
        SHARED_LOCKED(links->shared);
        sqlite3_stmt *forget = locked->statement[FORGET];
        sqlite_bind_text(forget, 1, holder);
        return sqlite_run(forget);
}
