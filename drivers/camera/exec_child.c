#include "drivers/camera/exec_child.h"

#include "common/log.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
        TERM_MS = 300,
        KILL_MS = 1000
};

/*
 * In the child, between fork and exec: only what is safe there. Our threads block every signal and
 * we may ignore some (SIGPIPE); both would be inherited.
 */
__attribute__((noreturn)) static void become(const char *command, int null_fd, int output_fd,
                                             pid_t parent)
{
        struct sigaction fallback = { .sa_handler = SIG_DFL };
        for (int number = 1; number < NSIG; number++)
                sigaction(number, &fallback, NULL);
        sigset_t none;
        sigemptyset(&none);

        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        bool is_orphan = getppid() != parent; /* it ended before prctl could see it end */
        if (is_orphan || dup2(null_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0)
                _exit(127);
        /* Every descriptor of ours is close-on-exec already; but one that a library forgot could
         * be a relay's line, and hold it after we are gone. */
        close_range(STDERR_FILENO + 1, ~0U, 0);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
}

int exec_child_start(struct exec_child *child, const char *command)
{
        int r = 0, ends[2], null_fd = -1;
        *child = EXEC_CHILD_NONE;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        child->output_fd = ends[0];
        null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null_fd < 0 || fcntl(child->output_fd, F_SETFL, O_NONBLOCK) < 0) {
                r = -errno;
                goto out;
        }

        pid_t parent = getpid();
        child->pid = fork();
        if (child->pid == 0)
                become(command, null_fd, ends[1], parent);
        if (child->pid < 0) {
                r = -errno;
                child->pid = 0;
                goto out;
        }
        /* Said on both sides, so that the group exists whoever runs first. */
        setpgid(child->pid, child->pid);
        child->life_fd = pidfd_open(child->pid, 0);
        if (child->life_fd < 0)
                r = -errno;
out:
        if (null_fd >= 0)
                close(null_fd);
        close(ends[1]);
        if (r < 0)
                exec_child_end(child);
        return r;
}

/* Without a pidfd (it could not be had) nothing can be waited for: SIGKILL must do. */
static bool has_ended(const struct exec_child *child, int timeout_ms)
{
        struct pollfd life = { .fd = child->life_fd, .events = POLLIN };
        int r;
        do
                r = poll(&life, 1, timeout_ms);
        while (r < 0 && errno == EINTR);
        return r > 0;
}

void exec_child_end(struct exec_child *child)
{
        if (child->pid > 0) {
                kill(-child->pid, SIGTERM);
                bool is_over = child->life_fd >= 0 && has_ended(child, TERM_MS);
                /* Whoever did not listen, and what is left of a pipeline. The group's number
                 * cannot be anybody else's before its leader is reaped. */
                kill(-child->pid, SIGKILL);
                if (!is_over && child->life_fd >= 0 && !has_ended(child, KILL_MS))
                        log_warn("camera command cannot be ended", "pid=%d", (int)child->pid);
                else
                        waitpid(child->pid, NULL, 0);
        }
        if (child->life_fd >= 0)
                close(child->life_fd);
        if (child->output_fd >= 0)
                close(child->output_fd);
        *child = EXEC_CHILD_NONE;
}
