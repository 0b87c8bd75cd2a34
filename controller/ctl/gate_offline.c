/* stilectl gate request and install: the same without a network, by files on a stick. */
#include "controller/ctl/ca.h"
#include "controller/ctl/gate_files.h"

#include <string.h>

int verb_gate_request(struct ctl *ctl, int argc, char **argv)
{
        const char *out = NULL, *folder = NULL;
        const struct args_option options[] = {
                { "out", ARGS_TEXT, &out, "FILE", "instead of the standard output" },
                GATE_FILES_OPTION(&folder),
        };
        const struct args args = {
                "gate request [--out FILE] [--tls DIR]",
                "Makes a key, which waits on this gate, and writes a request for its certificate:\n"
                "for stilectl ca sign. What the gate has now stays until gate install.",
                options,
                ARRAY_LEN(options),
                0,
                0
        };
        struct gate_files files;
        char *request = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = gate_files_find(ctl, folder, &files);
        if (code != CTL_OK)
                return code;
        int error = identity_begin(&files.identity, &request);
        if (!error && out)
                error = whole_file_write(out, request, 0644, (gid_t)-1);
        if (!error && !out)
                fputs(request, ctl->out);
        free(request);
        return error ? ca_complain(ctl, out ? out : files.identity.key, strerror(-error)) : CTL_OK;
}

int verb_gate_install(struct ctl *ctl, int argc, char **argv)
{
        static const char BEGIN[] = "-----BEGIN CERTIFICATE-----";
        const char *folder = NULL;
        const struct args_option options[] = { GATE_FILES_OPTION(&folder) };
        const struct args args = {
                "gate install FILE [--tls DIR]",
                "Puts what stilectl ca sign wrote in its place: this gate's certificate and the\n"
                "CA's. Prints the CA's SHA-256: compare it with stilectl ca list.",
                options,
                ARRAY_LEN(options),
                1,
                1
        };
        struct gate_files files;
        char *both = NULL;
        int operands = 0;
        int code = args_parse(ctl, &args, argc, argv, &operands);
        if (code != ARGS_GO)
                return code;
        code = gate_files_find(ctl, folder, &files);
        if (code != CTL_OK)
                return code;
        int error = whole_file_read(argv[1], &both);
        if (error)
                return ca_complain(ctl, argv[1], strerror(-error));
        const char *first = strstr(both, BEGIN);
        const char *second = first ? strstr(first + 1, BEGIN) : NULL;
        code = second ? gate_files_place(ctl, &files, first, second)
                      : ca_complain(ctl, argv[1], "holds no certificate and its CA's");
        free(both);
        return code;
}
