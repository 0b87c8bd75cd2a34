#include "controller/enrol/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int new_path(const char *path, char fresh[WHOLE_FILE_PATH_MAX])
{
        return snprintf(fresh, WHOLE_FILE_PATH_MAX, "%s.new", path) < WHOLE_FILE_PATH_MAX
                       ? 0
                       : -ENAMETOOLONG;
}

int identity_of_folder(struct identity *identity, const char *folder, const char *name)
{
        int lens[] = { snprintf(identity->key, WHOLE_FILE_PATH_MAX, "%s/%s.key", folder, name),
                       snprintf(identity->certificate, WHOLE_FILE_PATH_MAX, "%s/%s.crt", folder,
                                name),
                       snprintf(identity->ca, WHOLE_FILE_PATH_MAX, "%s/ca.crt", folder) };
        for (size_t i = 0; i < ARRAY_LEN(lens); i++)
                if (lens[i] >= WHOLE_FILE_PATH_MAX)
                        return -ENAMETOOLONG;
        return 0;
}

static int load_key(const char *path, struct signing_key **key)
{
        char *pem = NULL;
        int error = whole_file_read(path, &pem);
        if (error)
                return error;
        error = signing_key_read(pem, NULL, key);
        explicit_bzero(pem, strlen(pem));
        free(pem);
        return error;
}

static bool belong_together(const char *certificate_path, const char *key_path)
{
        char *certificate = NULL;
        struct signing_key *key = NULL;
        bool do_belong = whole_file_read(certificate_path, &certificate) == 0 &&
                         load_key(key_path, &key) == 0 && ca_belongs(certificate, key) == 0;
        signing_key_free(key);
        free(certificate);
        return do_belong;
}

int identity_mend(const struct identity *identity)
{
        char key[WHOLE_FILE_PATH_MAX], certificate[WHOLE_FILE_PATH_MAX];
        int error = new_path(identity->key, key);
        if (!error)
                error = new_path(identity->certificate, certificate);
        if (error || access(certificate, F_OK) != 0)
                return error; /* a key may wait: it was asked for by a file */
        if (belong_together(certificate, key))
                error = whole_file_rename(key, identity->key);
        if (!error && belong_together(certificate, identity->key))
                return whole_file_rename(certificate, identity->certificate);
        unlink(certificate);
        return error;
}

/* Lets the folder's group read a key, where it may read the folder and others may not. */
static int share(const char *path)
{
        char folder[WHOLE_FILE_PATH_MAX];
        struct stat status, own;
        snprintf(folder, sizeof(folder), "%s", path);
        char *slash = strrchr(folder, '/');
        if (slash)
                *slash = '\0';
        if (stat(!slash              ? "."
                 : folder[0] == '\0' ? "/"
                                     : folder,
                 &status) < 0 ||
            stat(path, &own) < 0)
                return -errno;
        if (!(status.st_mode & S_IRGRP) || (status.st_mode & S_IROTH))
                return 0;
        /* stile-renew.service may not chown, and need not. */
        if (own.st_gid != status.st_gid && chown(path, (uid_t)-1, status.st_gid) < 0)
                return -errno;
        return chmod(path, 0640) < 0 ? -errno : 0;
}

int identity_begin(const struct identity *identity, char **request)
{
        char path[WHOLE_FILE_PATH_MAX];
        struct signing_key *key = NULL;
        int error = new_path(identity->key, path);
        if (!error)
                error = signing_key_new(SIGNING_P256, &key);
        if (!error && unlink(path) < 0 && errno != ENOENT)
                error = -errno;
        if (!error)
                error = signing_key_save(key, path, NULL);
        if (!error)
                error = share(path);
        if (!error)
                error = ca_request(key, request);
        signing_key_free(key);
        return error;
}

static int check(const char *certificate, const char *ca_pem, const char *key_path,
                 enum ca_usage usage, const char **why)
{
        struct signing_key *key = NULL;
        int error = load_key(key_path, &key);
        if (!error && (error = ca_belongs(certificate, key)) != 0) {
                *why = "it is not for the key that waits here";
                error = -EKEYREJECTED;
        }
        if (!error)
                error = ca_verify(certificate, ca_pem, usage, why);
        signing_key_free(key);
        return error;
}

/* Only the first certificate of a text. */
static int write_first(const char *path, const char *pem)
{
        static const char END[] = "-----END CERTIFICATE-----\n";
        const char *end = strstr(pem, END);
        char *first = end ? strndup(pem, (size_t)(end - pem) + strlen(END)) : NULL;
        int error = first ? whole_file_write(path, first, 0644, (gid_t)-1) : -EBADMSG;
        free(first);
        return error;
}

static int check_and_place(const struct identity *identity, const char *certificate,
                           const char *ca_pem, bool is_new_ca, enum ca_usage usage,
                           const char **why)
{
        char key_path[WHOLE_FILE_PATH_MAX], path[WHOLE_FILE_PATH_MAX];
        int error = new_path(identity->key, key_path);
        if (!error)
                error = new_path(identity->certificate, path);
        if (!error)
                error = check(certificate, ca_pem, key_path, usage, why);
        if (!error)
                error = write_first(path, certificate);
        if (!error && is_new_ca)
                error = write_first(identity->ca, ca_pem);
        if (!error)
                error = whole_file_rename(key_path, identity->key);
        return error ? error : whole_file_rename(path, identity->certificate);
}

int identity_finish(const struct identity *identity, const char *certificate, const char *ca_pem,
                    enum ca_usage usage, const char **why)
{
        char *known = NULL;
        *why = NULL;
        int error = ca_pem ? 0 : whole_file_read(identity->ca, &known);
        if (!error)
                error = check_and_place(identity, certificate, ca_pem ? ca_pem : known,
                                        ca_pem != NULL, usage, why);
        free(known);
        return error;
}

int identity_load(const struct identity *identity, char **certificate, struct signing_key **key)
{
        int error = whole_file_read(identity->certificate, certificate);
        if (!error)
                error = load_key(identity->key, key);
        if (!error && ca_belongs(*certificate, *key) != 0)
                error = -EKEYREJECTED;
        return error;
}
