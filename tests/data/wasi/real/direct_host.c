// See `direct.h`: by what the host has.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "direct.h"
#include "say.h"

unsigned long long random_number(void) {
    unsigned long long number;
    getentropy(&number, sizeof number);
    return number;
}

unsigned long long insecure_number(void) {
    return random_number();
}

void insecure_bytes(unsigned char *bytes, int len) {
    getrandom(bytes, len, GRND_NONBLOCK);
}

void insecure_seed(unsigned long long seed[2]) {
    static unsigned long long numbers[2];
    if (!numbers[0])
        getentropy(numbers, sizeof numbers);
    memcpy(seed, numbers, sizeof numbers);
}

void say_initial_cwd(void) {
    say_bytes("initial folder", getenv("START"), strlen(getenv("START")));
}

const char *type_of(const char *path) {
    struct stat stat;
    if (lstat(path, &stat) < 0)
        return error_name(errno);
    switch (stat.st_mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "folder";
    // What is opened without following it.
    case S_IFLNK: return "ELOOP";
    case S_IFIFO: return "pipe";
    default: return "other";
    }
}

int is_same(const char *path, const char *other) {
    struct stat one, two;
    if (stat(path, &one) < 0 || stat(other, &two) < 0)
        return -1;
    return one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int family_of(int type, int family) {
    int fd = socket(family == 4 ? AF_INET : AF_INET6, type, 0), value = 0;
    socklen_t len = sizeof value;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len);
    close(fd);
    return value == AF_INET ? 4 : value == AF_INET6 ? 6 : -1;
}

int family_of_tcp(int family) {
    return family_of(SOCK_STREAM, family);
}

int family_of_udp(int family) {
    return family_of(SOCK_DGRAM, family);
}

// Where a stream is: WASI moves that, and nobody else moves it.
static long long places[1000];

static int stream(const char *path, int flags, long long place) {
    int fd = open(path, flags);
    struct stat stat;
    if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (fd >= 0)
        places[fd] = place;
    return fd;
}

int reader(const char *path, long long offset) {
    return stream(path, O_RDONLY, offset);
}

int writer(const char *path, long long offset) {
    return stream(path, O_WRONLY, offset);
}

int appender(const char *path) {
    return stream(path, O_WRONLY | O_APPEND, 0);
}

long long stream_read(int stream, int waits, void *buffer, long long len) {
    (void)waits;
    long long count = pread(stream, buffer, len, places[stream]);
    if (count == 0 && len > 0) {
        errno = EPIPE;
        return -1;
    }
    places[stream] += count > 0 ? count : 0;
    return count;
}

long long stream_skip(int stream, int waits, long long len) {
    char scratch[1000];
    return stream_read(stream, waits, scratch, len);
}

long long stream_write(int stream, const void *bytes, long long len) {
    long long count = pwrite(stream, bytes, len, places[stream]);
    places[stream] += count > 0 ? count : 0;
    return count;
}

long long stream_zeroes(int stream, int waits, long long len) {
    char zeroes[1000] = {0};
    (void)waits;
    return stream_write(stream, zeroes, len);
}

long long stream_splice(int to, int waits, int from, long long len) {
    char scratch[1000];
    long long count = stream_read(from, waits, scratch, len);
    return count < 0 ? count : stream_write(to, scratch, count);
}

int stream_flush(int stream) {
    return fsync(stream);
}

int stream_ready(int stream) {
    struct pollfd wait = {.fd = stream, .events = POLLIN | POLLOUT};
    return poll(&wait, 1, 0) == 1;
}

void stream_close(int stream) {
    close(stream);
}
