// What a program begins with: arguments, variables, standard streams; and clocks and random numbers.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "say.h"

extern char **environ;

void environment(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        say_bytes("argument", argv[i], strlen(argv[i]));
    for (char **it = environ; *it; it++)
        say_bytes("variable", *it, strlen(*it));
    SAY_VALUE(getenv("NOT_SET") == NULL);
    SAY(setenv("NEW", "1", 1));
    say_bytes("getenv(\"NEW\")", getenv("NEW"), 1);
    SAY(unsetenv("NEW"));
    SAY_VALUE(getenv("NEW") == NULL);
}

void terminals(void) {
    SAY(isatty(0));
    SAY(isatty(1));
    SAY(isatty(2));
}

void standard_streams(void) {
    char buffer[1000];
    terminals();
    struct pollfd waits[] = {{.fd = 0, .events = POLLIN}, {.fd = 1, .events = POLLOUT}};
    SAY(poll(waits, 2, -1));
    SAY_VALUE((waits[0].revents & POLLIN) != 0);
    SAY_VALUE((waits[1].revents & POLLOUT) != 0);
    fflush(stdout);
    SAY(write(1, "to the output\n", 14));
    SAY(write(2, "to the error\n", 13));
    fprintf(stderr, "more to the %s\n", "error");
    say_bytes("read(0, 5)", buffer, read(0, buffer, 5));
    SAY(read(0, buffer, 0));
    long long sum = 0, count = 0, got;
    while ((got = read(0, buffer, sizeof buffer)) > 0)
        for (long long i = 0; i < got; i++, count++)
            sum += (unsigned char)buffer[i] * (count % 251);
    SAY(got);
    SAY_VALUE(count);
    SAY_VALUE(sum);
    SAY(read(0, buffer, 1));
    SAY(feof(stdin));
    SAY(getchar() == EOF);
    SAY(close(0));
    SAY(read(0, buffer, 1));
    SAY(close(2));
    SAY(write(2, "nobody", 6));
}

static void resolution(const char *what, clockid_t clock) {
    struct timespec time;
    say(what, clock_getres(clock, &time));
    SAY_VALUE(time.tv_sec);
    SAY_VALUE(time.tv_nsec);
}

// Says whether a call takes some time: as long as it should, and not ten times as long.
#define SAY_TIME(millis, call)                                                                                       \
    do {                                                                                                             \
        long long start = nanos(1);                                                                                  \
        SAY(call);                                                                                                   \
        long long took = nanos(1) - start;                                                                           \
        SAY_VALUE(took >= millis * 1000000LL);                                                                       \
        SAY_VALUE(took < millis * 1000000LL + 10000000000LL);                                                        \
    } while (0)

static int wait_for(const struct timespec *time) {
    return clock_nanosleep(CLOCK_MONOTONIC, 0, time, NULL);
}

static int wait_until(const struct timespec *time) {
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, time, NULL);
}

void clocks(void) {
    struct timespec until_time, millis20 = {0, 20000000}, left;
    struct timeval day;
    resolution("clock_getres(CLOCK_REALTIME)", CLOCK_REALTIME);
    resolution("clock_getres(CLOCK_MONOTONIC)", CLOCK_MONOTONIC);
    printf("now: %lld\n", nanos(0));
    SAY(gettimeofday(&day, NULL));
    SAY_VALUE(llabs(day.tv_sec * 1000000000LL + day.tv_usec * 1000LL - nanos(0)) < 10000000000LL);
    SAY_VALUE(llabs((long long)(day.tv_sec - time(NULL))) < 10);
    long long before = nanos(1);
    int is_monotonic = 1;
    for (int i = 0; i < 1000; i++) {
        long long now = nanos(1);
        is_monotonic &= now >= before;
        before = now;
    }
    SAY_VALUE(is_monotonic);
    SAY_TIME(20, nanosleep(&millis20, &left));
    SAY_TIME(20, wait_for(&millis20));
    SAY_TIME(20, usleep(20000));
    long long until = nanos(1) + 20000000;
    until_time = (struct timespec){until / 1000000000, until % 1000000000};
    SAY_TIME(19, wait_until(&until_time));
    SAY_VALUE(nanos(1) >= until);
    // That instant is past.
    SAY(wait_until(&until_time));
    SAY(sleep(0));
}

void random_numbers(void) {
    unsigned char one[256] = {0}, other[256] = {0}, many[257];
    SAY(getentropy(one, sizeof one));
    SAY(getentropy(other, sizeof other));
    SAY_VALUE(memcmp(one, other, sizeof one) != 0);
    int bits = 0;
    for (int i = 0; i < 256; i++)
        bits += __builtin_popcount(one[i]);
    // Of 2048 bits, with 9 standard deviations to both sides.
    SAY_VALUE(bits > 820 && bits < 1228);
    SAY(getentropy(many, sizeof many));
    SAY(getentropy(one, 0));
}
