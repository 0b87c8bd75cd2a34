#include "controller/stiled.h"

#include "common/log.h"
#include "controller/actuate/gate.h"
#include "controller/capture/eye.h"
#include "controller/local/desk.h"
#include "controller/record/recorder.h"
#include "controller/sync/librarian.h"
#include "controller/trust_source.h"
#include "controller/tuning.h"
#include "controller/wiring.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        GATE_PRIORITY = 10,
        EYE_NICE = 10,
        LIBRARIAN_NICE = 19,
        STACK_BYTES = 1 << 20 /* locked memory is real memory: the default of 8 MiB would be too */
};

struct stiled {
        struct settings *settings;
        const char *path;
        struct overrides overrides; /* desk's */
        struct plan plan;
        struct board board;
        struct lines *lines;
        struct recorder recorder;
        struct gate gate;
        struct desk desk;
        struct librarian librarian;
        struct eye eye[SETTINGS_POINTS_MAX];
        pthread_t recorder_thread, desk_thread, librarian_thread, eye_thread[SETTINGS_POINTS_MAX];
        size_t eyes; /* how many run */
        bool is_recorder_running, is_desk_running, is_librarian_running;
        int stop_fd, reload_fd; /* signalfds */
};

static void *run_recorder(void *context)
{
        struct stiled *stiled = context;
        pthread_setname_np(pthread_self(), "recorder");
        recorder_run(&stiled->recorder);
        return NULL;
}

static void *run_desk(void *context)
{
        struct stiled *stiled = context;
        pthread_setname_np(pthread_self(), "desk");
        desk_run(&stiled->desk);
        return NULL;
}

static void *run_librarian(void *context)
{
        struct stiled *stiled = context;
        pthread_setname_np(pthread_self(), "librarian");
        if (setpriority(PRIO_PROCESS, (id_t)gettid(), LIBRARIAN_NICE) < 0)
                log_warn("librarian keeps its priority", "error=%s", strerror(errno));
        librarian_run(&stiled->librarian);
        return NULL;
}

static void *run_eye(void *context)
{
        pthread_setname_np(pthread_self(), "eye");
        /* On Linux niceness belongs to the thread: decoding yields to everything else. */
        if (setpriority(PRIO_PROCESS, (id_t)gettid(), EYE_NICE) < 0)
                log_warn("eye keeps its priority", "error=%s", strerror(errno));
        eye_run(context);
        return NULL;
}

static void refuse_option(void *context, const char *section, const char *key)
{
        (void)context;
        log_warn("changed option needs a restart", "section=%s key=%s", section, key);
}

static bool has_same_points(const struct settings *a, const struct settings *b)
{
        bool is_same = a->points == b->points;
        for (size_t i = 0; is_same && i < a->points; i++)
                is_same = strcmp(a->point[i].id, b->point[i].id) == 0;
        return is_same;
}

/* Each thread gets its part of the settings by mail. */
static void send_tuning(struct stiled *stiled)
{
        struct to_recorder recorder = { .kind = RECORDER_TUNE,
                                        .tuning = tuning_of_recorder(stiled->settings) };
        bool is_told = mailbox_put(&stiled->recorder.in, &recorder);
        for (size_t i = 0; i < stiled->settings->points; i++) {
                struct to_gate gate = { .kind = GATE_TUNE,
                                        .point = (int)i,
                                        .tuning = tuning_of_gate(stiled->settings, i) };
                is_told = mailbox_put(&stiled->gate.in, &gate) && is_told;
                atomic_store(&stiled->eye[i].hold_off_ms, stiled->settings->decode.hold_off_ms);
                atomic_store(&stiled->eye[i].budget_ms, stiled->settings->decode.budget_ms);
        }
        if (!is_told)
                log_error("reload incomplete: send SIGHUP again", "path=%s", stiled->path);
}

/* Everybody who reads codes gets the keys that are believed now. */
static void send_trust(struct stiled *stiled, const struct settings *settings)
{
        struct trust *trust = trust_source_load(settings);
        if (!trust) {
                log_error("keys not loaded", "error=%s", strerror(ENOMEM));
                return;
        }
        for (size_t i = 0; i < settings->points; i++)
                trust_offer(&stiled->eye[i].trust, trust_ref(trust));
        trust_offer(&stiled->recorder.trust, trust);
}

/* Whose signature on a registry is believed: the same keys that desk has. */
static void send_managers(struct stiled *stiled)
{
        struct to_librarian message = { .kind = LIBRARIAN_RELOAD,
                                        .managers = calloc(1, sizeof(struct managers)) };
        if (message.managers)
                managers_share(&stiled->desk.managers, message.managers);
        if (message.managers && mailbox_put(&stiled->librarian.in, &message))
                return;
        log_error("reload incomplete: send SIGHUP again", "path=%s", stiled->path);
        if (message.managers)
                managers_deinit(message.managers);
        free(message.managers);
}

/* Without it nobody's identity is kept, and everything else goes on; doctor says so, too. */
static void load_seal_key(struct stiled *stiled, const struct settings *settings)
{
        const char *path = settings->privacy.seal_identity_to;
        uint8_t key[SEALING_KEY_LEN];
        int error = path[0] != '\0' ? sealing_key_load(path, key) : -ENOENT;
        if (error && path[0] != '\0')
                log_error("identities are not kept", "path=%s error=%s", path, strerror(-error));
        for (size_t i = 0; i < settings->points && !error; i++) {
                struct eye_config *config = &stiled->eye[i].config;
                memcpy(config->seal_key, key, sizeof(key));
                config->is_sealing = true;
        }
}

/* All of them or, after a log line, none. They are no elements that stay what they are: one may go.
 */
static void take_managers(struct stiled *stiled, struct settings *fresh)
{
        struct settings *settings = stiled->settings;
        bool is_good = managers_load(&stiled->desk.managers, fresh) == 0;
        struct settings *from = is_good ? fresh : settings, *into = is_good ? settings : fresh;
        into->managers = from->managers;
        memcpy(into->manager, from->manager, sizeof(into->manager));
        if (is_good)
                send_managers(stiled);
}

/* Runs in desk's thread; only that thread reads the live options of the settings after start. */
static void reload(void *context)
{
        struct stiled *stiled = context;
        struct settings *fresh = malloc(sizeof(*fresh));
        int error = fresh ? settings_load(fresh, stiled->path, stderr) : -ENOMEM;
        if (!error) {
                overrides_load(&stiled->overrides, stiled->settings->store.folder);
                overrides_lay(&stiled->overrides, fresh, stiled->path);
        }
        if (error) {
                log_error("configuration not reloaded, the old one stays", "path=%s", stiled->path);
        } else if (!has_same_points(stiled->settings, fresh)) {
                log_error("access points changed: restart", "path=%s", stiled->path);
        } else {
                take_managers(stiled, fresh);
                option_apply_live(&settings_table, stiled->settings, fresh, refuse_option, NULL);
                send_tuning(stiled);
                send_trust(stiled, stiled->settings);
                log_info("configuration reloaded", "path=%s", stiled->path);
        }
        free(fresh);
}

/* Signals are read from descriptors; every thread inherits the block. */
static int block_signals(struct stiled *stiled)
{
        sigset_t stop, again, both;
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigaddset(&stop, SIGINT);
        sigemptyset(&again);
        sigaddset(&again, SIGHUP);
        both = stop;
        sigaddset(&both, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &both, NULL);
        signal(SIGPIPE, SIG_IGN);
        /* A file at its size limit is a full disk: an error to handle, not a reason to die. */
        signal(SIGXFSZ, SIG_IGN);
        stiled->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
        stiled->reload_fd = signalfd(-1, &again, SFD_CLOEXEC | SFD_NONBLOCK);
        return stiled->stop_fd < 0 || stiled->reload_fd < 0 ? -errno : 0;
}

/* Both are worth having and neither is needed: a Pi without the right still works. */
static void become_realtime(void)
{
        struct sched_param param = { .sched_priority = GATE_PRIORITY };
        int error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
        if (error)
                log_info("gate runs without real-time priority", "error=%s", strerror(error));
        if (mlockall(MCL_CURRENT) < 0)
                log_info("memory is not locked", "error=%s", strerror(errno));
}

static int start_thread(pthread_t *thread, void *(*run)(void *), void *context)
{
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, STACK_BYTES);
        int error = pthread_create(thread, &attr, run, context);
        pthread_attr_destroy(&attr);
        return error;
}

static int start_threads(struct stiled *stiled)
{
        int error = start_thread(&stiled->recorder_thread, run_recorder, stiled);
        stiled->is_recorder_running = !error;
        if (!error) {
                error = start_thread(&stiled->librarian_thread, run_librarian, stiled);
                stiled->is_librarian_running = !error;
        }
        if (!error) {
                error = start_thread(&stiled->desk_thread, run_desk, stiled);
                stiled->is_desk_running = !error;
        }
        for (size_t i = 0; !error && i < stiled->settings->points; i++) {
                error = start_thread(&stiled->eye_thread[i], run_eye, &stiled->eye[i]);
                stiled->eyes += !error;
        }
        return -error;
}

/* Eyes first: nothing new comes in. Then the librarian, who tells the recorder; the recorder writes
 * what it has, then desk. */
static void stop_threads(struct stiled *stiled)
{
        struct to_recorder stop_recorder = { .kind = RECORDER_STOP };
        struct to_librarian stop_librarian = { .kind = LIBRARIAN_STOP };
        struct to_desk stop_desk = { .kind = DESK_STOP };
        for (size_t i = 0; i < stiled->eyes; i++)
                eye_stop(&stiled->eye[i]);
        for (size_t i = 0; i < stiled->eyes; i++)
                pthread_join(stiled->eye_thread[i], NULL);
        atomic_store(&stiled->librarian.is_stopping, true);
        while (stiled->is_librarian_running && !mailbox_put(&stiled->librarian.in, &stop_librarian))
                sched_yield();
        if (stiled->is_librarian_running)
                pthread_join(stiled->librarian_thread, NULL);
        while (stiled->is_recorder_running && !mailbox_put(&stiled->recorder.in, &stop_recorder))
                sched_yield();
        if (stiled->is_recorder_running)
                pthread_join(stiled->recorder_thread, NULL);
        while (stiled->is_desk_running && !mailbox_put(&stiled->desk.in, &stop_desk))
                sched_yield();
        if (stiled->is_desk_running)
                pthread_join(stiled->desk_thread, NULL);
}

static int make_parts(struct stiled *stiled)
{
        const struct settings *settings = stiled->settings;
        plan_init(&stiled->plan, settings);
        int error = recorder_init(&stiled->recorder, settings, &stiled->board);
        if (!error)
                error = librarian_init(&stiled->librarian, settings, &stiled->board);
        if (!error)
                error = desk_init(&stiled->desk, settings, &stiled->plan, &stiled->board);
        if (!error)
                error = wiring_open_lines(settings, &stiled->plan, &stiled->lines);
        if (!error)
                error = gate_init(&stiled->gate, settings, &stiled->plan, stiled->lines,
                                  &stiled->recorder.in, &stiled->desk.in, &stiled->board,
                                  &stiled->recorder.modes);
        if (error)
                return error;
        stiled->recorder.gate = &stiled->gate.in;
        stiled->recorder.desk = &stiled->desk.in;
        stiled->desk.gate = &stiled->gate.in;
        stiled->desk.librarian = &stiled->librarian.in;
        stiled->librarian.recorder = &stiled->recorder.in;
        stiled->librarian.desk = &stiled->desk.in;
        stiled->desk.recorder = &stiled->recorder.in;
        stiled->desk.is_simulated = stiled->lines->ops->drive != NULL;
        stiled->desk.signal_fd = stiled->reload_fd;
        stiled->desk.reload = reload;
        stiled->desk.config_path = stiled->path;
        stiled->desk.overrides = &stiled->overrides;
        stiled->desk.context = stiled;
        int64_t now_ms = monotonic_ms();
        atomic_store(&stiled->board.recorder_beat_ms, now_ms);
        atomic_store(&stiled->board.desk_beat_ms, now_ms);
        for (size_t i = 0; i < settings->points; i++) {
                struct eye_config config = wiring_eye(settings, i, stiled->recorder.key);
                eye_init(&stiled->eye[i], &config, settings, &stiled->recorder.in, &stiled->gate.in,
                         &stiled->desk.in, &stiled->board.point[i]);
        }
        send_trust(stiled, settings);
        load_seal_key(stiled, settings);
        /* Without them nobody's signature is obeyed, and everything else goes on. */
        managers_share(&stiled->librarian.managers, &stiled->desk.managers);
        if (stiled->desk.managers.count > 0)
                log_info("managers are known", "count=%zu", stiled->desk.managers.count);
        return 0;
}

static int run(struct stiled *stiled)
{
        int error = start_threads(stiled);
        if (error) {
                log_error("threads cannot be started", "error=%s", strerror(-error));
                return error;
        }
        become_realtime();
        sd_notifyf(0, "READY=1\nSTATUS=%zu access points", stiled->settings->points);
        log_info("gate is running", "access_points=%zu version=%s", stiled->settings->points,
                 STILE_VERSION);
        error = gate_run(&stiled->gate, stiled->stop_fd);
        sd_notify(0, "STOPPING=1");
        if (error)
                log_error("gate stopped", "error=%s", strerror(-error));
        return error;
}

/* Before there is a second thread: the environment is everybody's. */
static void use_time_zone(const struct settings *settings)
{
        if (settings->rules.time_zone[0] != '\0')
                setenv("TZ", settings->rules.time_zone, 1);
        tzset();
}

int stiled_run(struct settings *settings, const char *path)
{
        struct stiled *stiled = calloc(1, sizeof(*stiled));
        if (!stiled)
                return -ENOMEM;
        stiled->settings = settings;
        stiled->path = path;
        stiled->recorder.in = stiled->gate.in = stiled->desk.in = MAILBOX_EMPTY;
        stiled->librarian.in = MAILBOX_EMPTY;
        stiled->desk.server.fd = stiled->stop_fd = stiled->reload_fd = -1;
        for (int i = 0; i < SERVER_CLIENTS_MAX; i++)
                stiled->desk.server.client[i].fd = -1;
        atomic_store(&stiled->board.fire_state, "none");
        use_time_zone(settings);
        overrides_load(&stiled->overrides, settings->store.folder);
        overrides_lay(&stiled->overrides, settings, path);
        stiled->recorder.nonces.fd = -1;
        int error = block_signals(stiled);
        if (!error)
                error = make_parts(stiled);
        if (!error)
                error = run(stiled);
        /* Relays off before anything that may take time. */
        stiled->lines = lines_close(stiled->lines);
        stop_threads(stiled);
        desk_deinit(&stiled->desk);
        gate_deinit(&stiled->gate);
        librarian_deinit(&stiled->librarian);
        recorder_deinit(&stiled->recorder);
        for (size_t i = 0; i < settings->points; i++)
                trust_box_deinit(&stiled->eye[i].trust);
        close(stiled->stop_fd);
        close(stiled->reload_fd);
        free(stiled);
        return error;
}
