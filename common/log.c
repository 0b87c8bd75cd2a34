#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void log_line(enum log_level level, const char *phrase, const char *format, ...)
{
        char line[1024];
        int len;
        if (isatty(STDERR_FILENO))
                len = snprintf(line, sizeof(line), "%s", phrase);
        else
                len = snprintf(line, sizeof(line), "<%d>%s", (int)level, phrase);
        if (len < 0 || (size_t)len >= sizeof(line) - 2)
                len = (int)sizeof(line) - 2;
        if (format[0] != '\0') {
                size_t room = sizeof(line) - 2 - (size_t)len; /* one for ' ', one for the newline */
                va_list args;
                va_start(args, format);
                line[len++] = ' ';
                int fields = vsnprintf(line + len, room, format, args);
                va_end(args);
                if (fields > 0)
                        len += (size_t)fields < room ? fields : (int)room - 1;
        }
        line[len++] = '\n';
        /* One call, so that lines of two threads never mix. journald's end is a socket: when it
         * does not keep up the line is lost, rather than the gate held up. A log that fails has
         * nowhere to say so. */
        ssize_t written = send(STDERR_FILENO, line, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (written < 0 && errno == ENOTSOCK)
                written = write(STDERR_FILENO, line, (size_t)len);
        (void)written;
}
