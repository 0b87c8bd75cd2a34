/*
 * fleet: thousands of simulated gates in one process and one thread (--help says what it can do).
 *
 * Every gate has a session of its own (libmosquitto, through stile-uplink's connection.h), all of
 * them in one epoll. Connecting blocks, as there: on loopback that is a tenth of a millisecond;
 * where packets vanish it would be minutes, so a fleet in a network that is cut wants
 * net.ipv4.tcp_syn_retries = 1 or --cut-every instead.
 */
#include "tests/fleet/account.h"
#include "tests/fleet/sim_gate.h"

#include <assert.h>
#include <errno.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
        TURN_MS = 10,
        EVENTS_A_TURN = 512,
        REVIEW_MS = 50, /* between looks at the whole */
        PROGRESS_MS = 1000,
        OTHER_FILES = 64 /* descriptors that are no gate's */
};

struct fleet {
        struct plan plan;
        struct arrival arrival;
        struct sim_gate *gates;
        int poll_fd, signal_fd;
        struct account account;
        int64_t progress_ms;
        bool is_stopping; /* a second signal came */
};

static int raise_limit(int gates)
{
        struct rlimit limit;
        rlim_t wanted = (rlim_t)gates + OTHER_FILES;
        getrlimit(RLIMIT_NOFILE, &limit);
        if (limit.rlim_cur >= wanted)
                return 0;
        limit.rlim_cur = wanted;
        if (limit.rlim_max < wanted)
                limit.rlim_max = wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
                return 0;
        int error = -errno;
        fprintf(stderr, "fleet: %d gates need ulimit -n %llu\n", gates, (unsigned long long)wanted);
        return error;
}

static int open_signals(void)
{
        sigset_t handled;
        sigemptyset(&handled);
        sigaddset(&handled, SIGTERM);
        sigaddset(&handled, SIGINT);
        sigprocmask(SIG_BLOCK, &handled, NULL);
        signal(SIGPIPE, SIG_IGN);
        int fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

static int begin(struct fleet *fleet)
{
        const struct plan *plan = &fleet->plan;
        int error = raise_limit(plan->gates);
        if (error)
                return error;
        mosquitto_lib_init();
        fleet->signal_fd = open_signals();
        fleet->poll_fd = epoll_create1(EPOLL_CLOEXEC);
        fleet->gates = calloc((size_t)plan->gates, sizeof(struct sim_gate));
        if (fleet->signal_fd < 0 || fleet->poll_fd < 0 || !fleet->gates)
                return -ENOMEM;
        int64_t now_ms = monotonic_ms();
        for (int i = 0; i < plan->gates && !error; i++)
                error = sim_gate_init(&fleet->gates[i], plan, &fleet->arrival, i + 1,
                                      fleet->poll_fd, now_ms);
        fleet->account =
                (struct account){ .plan = plan, .gates = fleet->gates, .begin_ms = now_ms };
        fleet->progress_ms = now_ms;
        /* The fleet's own events; gates' have their gate. */
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
        if (!error && epoll_ctl(fleet->poll_fd, EPOLL_CTL_ADD, fleet->signal_fd, &event) < 0)
                error = -errno;
        return error;
}

static void end_people(struct fleet *fleet, int64_t now_ms)
{
        for (int i = 0; i < fleet->plan.gates; i++)
                fleet->gates[i].is_over = true;
        if (fleet->account.quiet_ms == 0)
                fleet->account.quiet_ms = now_ms;
}

static void on_signal(struct fleet *fleet, int64_t now_ms)
{
        struct signalfd_siginfo info;
        while (read(fleet->signal_fd, &info, sizeof(info)) == sizeof(info)) {
                fleet->is_stopping = fleet->account.quiet_ms > 0;
                end_people(fleet, now_ms);
        }
}

static void turn(struct fleet *fleet)
{
        struct epoll_event events[EVENTS_A_TURN];
        int count = epoll_wait(fleet->poll_fd, events, EVENTS_A_TURN, TURN_MS);
        int64_t now_ms = monotonic_ms();
        int64_t now_us = wall_us();
        for (int i = 0; i < count; i++) {
                if (events[i].data.ptr)
                        sim_gate_step(events[i].data.ptr, (short)events[i].events, now_us, now_ms);
                else
                        on_signal(fleet, now_ms);
        }
        for (int i = 0; i < fleet->plan.gates; i++)
                if (fleet->gates[i].due_ms <= now_ms)
                        sim_gate_step(&fleet->gates[i], 0, now_us, now_ms);
}

/* Looks at the whole; true: it is over. */
static bool review(struct fleet *fleet, int64_t now_ms)
{
        struct account *account = &fleet->account;
        const struct plan *plan = &fleet->plan;
        bool is_quiet = true;
        struct tally tally;
        account_count(account, &tally);
        for (int i = 0; i < plan->gates && is_quiet; i++)
                is_quiet = fleet->gates[i].is_over;
        if (plan->duration_s > 0 && now_ms - account->begin_ms >= plan->duration_s * 1000LL)
                is_quiet = true;
        if (account->all_up_ms == 0 && tally.up == plan->gates)
                account->all_up_ms = now_ms;
        if (is_quiet)
                end_people(fleet, now_ms);
        if (is_quiet && tally.settled == plan->gates)
                account->settled_ms = now_ms;
        return account->settled_ms > 0 || fleet->is_stopping ||
               (account->quiet_ms > 0 && now_ms - account->quiet_ms >= plan->settle_s * 1000LL);
}

static void run(struct fleet *fleet)
{
        int64_t review_ms = 0;
        assert(fleet->gates);
        for (;;) {
                turn(fleet);
                int64_t now_ms = monotonic_ms();
                if (fleet->plan.is_showing_progress && now_ms >= fleet->progress_ms) {
                        account_progress(&fleet->account, now_ms);
                        fleet->progress_ms = now_ms + PROGRESS_MS;
                }
                if (now_ms < review_ms)
                        continue;
                if (review(fleet, now_ms))
                        break;
                review_ms = now_ms + REVIEW_MS;
        }
        /* Whoever follows the progress learns from its last line that this is the end. */
        if (fleet->plan.is_showing_progress)
                account_progress(&fleet->account, monotonic_ms());
}

static int tell(const struct fleet *fleet)
{
        char line[STORY_LINE_MAX];
        struct sim_gate gate = { 0 };
        int error =
                sim_gate_init(&gate, &fleet->plan, &fleet->arrival, fleet->plan.told_gate, -1, 0);
        for (uint64_t seq = 1; !error && seq <= fleet->plan.rows; seq++) {
                story_line(&gate.story, seq, line);
                fputs(line, stdout);
        }
        sim_gate_deinit(&gate);
        return error ? 1 : 0;
}

int main(int argc, char **argv)
{
        static struct fleet fleet = { .poll_fd = -1, .signal_fd = -1 };
        struct plan *plan = &fleet.plan;
        int status = plan_read(plan, argc, argv);
        if (status != PLAN_GO)
                return status;
        if (!arrival_init(&fleet.arrival, plan->pattern, plan->scale, plan->speed)) {
                fprintf(stderr, "fleet: there is no pattern \"%s\"\n", plan->pattern);
                return 2;
        }
        if (plan->told_gate > 0)
                return tell(&fleet);
        int error = begin(&fleet);
        if (!error) {
                run(&fleet);
                error = account_write(&fleet.account, monotonic_ms());
        } else {
                fprintf(stderr, "fleet: not started: %s\n", strerror(-error));
        }
        for (int i = 0; fleet.gates && i < plan->gates; i++)
                sim_gate_deinit(&fleet.gates[i]);
        free(fleet.gates);
        close(fleet.poll_fd);
        close(fleet.signal_fd);
        mosquitto_lib_cleanup();
        return error || fleet.account.settled_ms == 0;
}
