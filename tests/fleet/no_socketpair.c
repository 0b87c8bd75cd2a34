/*
 * libmosquitto gives every handle a pair of sockets, to wake a thread that the fleet does not have:
 * three descriptors a gate, 30,000 for 10,000 gates, where many machines allow 20,000. This
 * socketpair() stands before libc's in this program only; libmosquitto takes the refusal with a
 * warning that nobody hears and goes on without.
 */
#include <errno.h>
#include <sys/socket.h>

int socketpair(int domain, int type, int protocol, int pair[2])
{
        (void)domain;
        (void)type;
        (void)protocol;
        (void)pair;
        errno = EMFILE;
        return -1;
}
