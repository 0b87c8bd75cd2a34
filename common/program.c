#include "common/program.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/signalfd.h>

struct request {
        const char *path;
        bool is_check;
};

static void print_usage(const struct program *program, FILE *out)
{
        bool has_sample = program->print_sample != NULL;
        fprintf(out,
                "Usage: %s [--config FILE] [--check-config%s | --version | --help]\n"
                "%s\n"
                "\n"
                "  --config FILE    configuration (default %s)\n"
                "  --check-config   say whether the configuration is good, and stop\n"
                "%s"
                "  --version        print the version, and stop\n"
                "  --help           print this, and stop\n"
                "\n"
                "%s\n",
                program->name, has_sample ? " | --print-config" : "", program->purpose,
                program->config,
                has_sample ? "  --print-config   print a commented sample configuration, and stop\n"
                           : "",
                program->hints);
}

static int parse(const struct program *program, int argc, char **argv, struct request *request)
{
        static const struct option longs[] = { { "config", required_argument, NULL, 'c' },
                                               { "check-config", no_argument, NULL, 'k' },
                                               { "version", no_argument, NULL, 'v' },
                                               { "help", no_argument, NULL, 'h' },
                                               { "print-config", no_argument, NULL, 'p' },
                                               { 0 } };
        int option;
        while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
                if (option == 'c') {
                        request->path = optarg;
                } else if (option == 'k') {
                        request->is_check = true;
                } else if (option == 'v') {
                        printf("%s " STILE_VERSION "\n", program->name);
                        return 0;
                } else if (option == 'h') {
                        print_usage(program, stdout);
                        return 0;
                } else if (option == 'p' && program->print_sample) {
                        program->print_sample(stdout);
                        return fflush(stdout) == 0 ? 0 : 1;
                } else {
                        print_usage(program, stderr);
                        return 2;
                }
        }
        if (optind == argc)
                return PROGRAM_GO;
        fprintf(stderr, "%s: unexpected argument: %s\n", program->name, argv[optind]);
        print_usage(program, stderr);
        return 2;
}

int program_begin(const struct program *program, int argc, char **argv, void *settings,
                  const char **path)
{
        struct request request = { .path = program->config };
        int status = parse(program, argc, argv, &request);
        if (status != PROGRAM_GO)
                return status;
        *path = request.path;
        if (program->load(settings, request.path, stderr) != 0)
                return 2;
        if (!request.is_check)
                return PROGRAM_GO;
        printf("%s: good\n", request.path);
        return 0;
}

int program_signals(void)
{
        sigset_t handled;
        sigemptyset(&handled);
        sigaddset(&handled, SIGTERM);
        sigaddset(&handled, SIGINT);
        sigaddset(&handled, SIGHUP);
        sigaddset(&handled, SIGPIPE); /* never read: a write to a dead peer is an error, no end */
        sigprocmask(SIG_BLOCK, &handled, NULL);
        sigdelset(&handled, SIGPIPE);
        int fd = signalfd(-1, &handled, SFD_CLOEXEC);
        return fd < 0 ? -errno : fd;
}
