#include "dashboard/http/assets.h"

#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct asset {
        char path[128]; /* as asked for: "/assets/app-1a2b.js" */
        const char *type;
        char *bytes;
        size_t len;
};

struct assets {
        struct asset asset[ASSETS_MAX];
        size_t count, bytes;
};

static const char assets_root[] = "/assets/";

static const char *type_of(const char *path)
{
        static const struct {
                const char *end, *type;
        } types[] = {
                { ".html", "text/html; charset=utf-8" },
                { ".js", "text/javascript; charset=utf-8" },
                { ".css", "text/css; charset=utf-8" },
                { ".svg", "image/svg+xml" },
                { ".png", "image/png" },
                { ".json", "application/json" },
                { ".webmanifest", "application/manifest+json" },
        };
        size_t len = strlen(path);
        for (size_t i = 0; i < ARRAY_LEN(types); i++) {
                size_t end_len = strlen(types[i].end);
                if (len > end_len && strcmp(path + len - end_len, types[i].end) == 0)
                        return types[i].type;
        }
        return NULL;
}

static int read_bytes(int fd, struct asset *asset)
{
        struct stat info;
        if (fstat(fd, &info) != 0)
                return -errno;
        if (!S_ISREG(info.st_mode) || info.st_size > ASSETS_BYTES_MAX)
                return -EFBIG;
        asset->bytes = malloc((size_t)info.st_size + 1);
        if (!asset->bytes)
                return -ENOMEM;
        while (asset->len < (size_t)info.st_size) {
                ssize_t got =
                        read(fd, asset->bytes + asset->len, (size_t)info.st_size - asset->len);
                if (got < 0)
                        return -errno;
                if (got == 0)
                        break;
                asset->len += (size_t)got;
        }
        return 0;
}

static int add(struct assets *assets, int folder_fd, const char *prefix, const char *name)
{
        const char *type = type_of(name);
        struct asset *asset = &assets->asset[assets->count];
        if (!type)
                return 0; /* none of the page's */
        if (assets->count == ASSETS_MAX)
                return -E2BIG;
        *asset = (struct asset){ .type = type };
        if (snprintf(asset->path, sizeof(asset->path), "%s%s", prefix, name) >=
            (int)sizeof(asset->path))
                return -ENAMETOOLONG;
        int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        int r = read_bytes(fd, asset);
        close(fd);
        assets->count++; /* with what it has: freed with the others */
        assets->bytes += asset->len;
        return r ? r : assets->bytes > ASSETS_BYTES_MAX ? -EFBIG : 0;
}

/* 0 or -errno. */
static int add_folder(struct assets *assets, const char *folder, const char *prefix)
{
        DIR *files = opendir(folder);
        if (!files)
                return -errno;
        int r = 0;
        const struct dirent *file;
        while (!r && (file = readdir(files)))
                r = add(assets, dirfd(files), prefix, file->d_name);
        closedir(files);
        return r;
}

int assets_open(const char *folder, struct assets **result)
{
        char below[512];
        struct assets *assets = calloc(1, sizeof(*assets));
        *result = NULL;
        if (!assets)
                return -ENOMEM;
        (void)snprintf(below, sizeof(below), "%.480s%s", folder, assets_root);
        int r = add_folder(assets, folder, "/");
        if (!r)
                r = add_folder(assets, below, assets_root);
        if (r == -ENOENT) {
                log_warn("there is no web page", "folder=%s", folder);
                r = 0;
        }
        if (r) {
                log_error("web page not read", "folder=%s error=%s", folder, strerror(-r));
                assets_close(assets);
                return r;
        }
        *result = assets;
        return 0;
}

struct assets *assets_close(struct assets *assets)
{
        if (!assets)
                return NULL;
        for (size_t i = 0; i < assets->count; i++)
                free(assets->asset[i].bytes);
        free(assets);
        return NULL;
}

static const struct asset *find(const struct assets *assets, const char *path)
{
        for (size_t i = 0; i < assets->count; i++)
                if (strcmp(assets->asset[i].path, path) == 0)
                        return &assets->asset[i];
        return NULL;
}

bool assets_answer(const struct assets *assets, const char *path, struct web_response *response)
{
        bool is_hashed = strncmp(path, assets_root, sizeof(assets_root) - 1) == 0;
        const struct asset *asset = find(assets, path);
        if (!asset && !is_hashed && !strchr(path, '.'))
                asset = find(assets, "/index.html");
        if (!asset)
                return false;
        response->status = 200;
        response->content_type = asset->type;
        response->file = asset->bytes;
        response->len = asset->len;
        return web_response_header(
                response, "Cache-Control",
                strdup(is_hashed ? "public, max-age=31536000, immutable" : "no-cache"));
}
