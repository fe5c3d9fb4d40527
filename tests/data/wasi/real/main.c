// A command that calls what programs call, and says what each call returned. The same source is a component for WASI and
// a program of the system that runs it: what they say differs where one of them is wrong.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "say.h"

const char *error_name(int error) {
    static char unknown[32];
    switch (error) {
#define NAME(name) case name: return #name
        NAME(EACCES); NAME(EADDRINUSE); NAME(EADDRNOTAVAIL); NAME(EAFNOSUPPORT); NAME(EAGAIN); NAME(EALREADY);
        NAME(EBADF); NAME(EBUSY); NAME(ECONNABORTED); NAME(ECONNREFUSED); NAME(ECONNRESET); NAME(EDESTADDRREQ);
        NAME(EEXIST); NAME(EFAULT); NAME(EFBIG); NAME(EILSEQ); NAME(EINPROGRESS); NAME(EINVAL); NAME(EIO);
        NAME(EISCONN); NAME(EISDIR); NAME(ELOOP); NAME(EMFILE); NAME(EMSGSIZE); NAME(ENAMETOOLONG); NAME(ENOENT);
        NAME(ENOMEM); NAME(ENOPROTOOPT); NAME(ENOSPC); NAME(ENOSYS); NAME(ENOTCONN); NAME(ENOTDIR); NAME(ENOTEMPTY);
        NAME(ENOTSOCK); NAME(ENOTSUP); NAME(ENOTTY); NAME(ENXIO); NAME(EOVERFLOW); NAME(EPERM); NAME(EPIPE);
        NAME(EPROTONOSUPPORT); NAME(EPROTOTYPE); NAME(ERANGE); NAME(EROFS); NAME(ESPIPE); NAME(ETIMEDOUT); NAME(ETXTBSY);
        NAME(EXDEV);
#undef NAME
    }
    snprintf(unknown, sizeof unknown, "error %d", error);
    return unknown;
}

void say(const char *call, long long result) {
    if (result < 0)
        printf("%s = %s\n", call, error_name(errno));
    else
        printf("%s = %lld\n", call, result);
}

void say_fd(const char *call, int fd) {
    if (fd < 0)
        printf("%s = %s\n", call, error_name(errno));
    else
        printf("%s = a file\n", call);
}

void say_value(const char *what, long long value) {
    printf("%s is %lld\n", what, value);
}

void say_bytes(const char *what, const void *bytes, long long len) {
    if (len < 0) {
        printf("%s = %s\n", what, error_name(errno));
        return;
    }
    printf("%s = %lld \"", what, len);
    for (const unsigned char *byte = bytes; len > 0; byte++, len--)
        printf(*byte >= ' ' && *byte < 127 ? "%c" : "\\%02x", *byte);
    printf("\"\n");
}

long long nanos(int is_monotonic) {
    struct timespec time;
    clock_gettime(is_monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        void (*run)(void);
    } sections[] = {
        {"terminals", terminals},
        {"standard-streams", standard_streams},
        {"clocks", clocks},
        {"random", random_numbers},
        {"files", files},
        {"folders", folders},
        {"links", links},
        {"outside", outside},
        {"waiting", waiting},
        {"tcp", tcp},
        {"udp", udp},
        {"names", names},
        {"direct", direct},
    };
    const char *section = argc > 1 ? argv[1] : "";
    if (!strcmp(section, "environment"))
        environment(argc, argv);
    if (!strcmp(section, "any"))
        any(argv[2]);
    if (!strcmp(section, "fail"))
        exit(1);
    if (!strcmp(section, "abort"))
        abort();
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (!strcmp(section, sections[i].name))
            sections[i].run();
    return 0;
}
