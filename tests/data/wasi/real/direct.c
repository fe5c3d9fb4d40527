// What no library calls.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "direct.h"
#include "say.h"

static void say_file(const char *path) {
    char buffer[200];
    int fd = open(path, O_RDONLY);
    say_bytes(path, buffer, read(fd, buffer, sizeof buffer));
    close(fd);
}

static void numbers(void) {
    unsigned char one[64] = {0}, other[64] = {0};
    unsigned long long seed[2] = {0, 0}, again[2] = {0, 0};
    SAY_VALUE(random_number() != random_number());
    SAY_VALUE(insecure_number() != insecure_number());
    insecure_bytes(one, sizeof one);
    insecure_bytes(other, sizeof other);
    SAY_VALUE(memcmp(one, other, sizeof one) != 0);
    insecure_seed(seed);
    insecure_seed(again);
    SAY_VALUE(seed[0] != seed[1]);
    SAY_VALUE(seed[0] == again[0] && seed[1] == again[1]);
}

static void objects(void) {
    printf("%s %s %s %s %s %s\n", type_of("file"), type_of("folder"), type_of("soft"), type_of("pipe"), type_of("none"),
           type_of("file/"));
    SAY_VALUE(is_same("file", "hard"));
    SAY_VALUE(is_same("file", "folder/../file"));
    SAY_VALUE(is_same("file", "soft"));
    SAY_VALUE(is_same("file", "other"));
    SAY_VALUE(is_same("folder", "folder/."));
    SAY_VALUE(is_same("folder", "."));
    SAY_VALUE(family_of_tcp(4));
    SAY_VALUE(family_of_tcp(6));
    SAY_VALUE(family_of_udp(4));
    SAY_VALUE(family_of_udp(6));
}

static void streams(void) {
    char buffer[100];
    int in, out;
    SAY_FD(reader("folder", 0));
    SAY_FD(writer("folder", 0));
    SAY_FD(in = reader("file", 3));
    SAY(stream_ready(in));
    say_bytes("stream_read(in, 0, 4)", buffer, stream_read(in, 0, buffer, 4));
    SAY(stream_read(in, 0, buffer, 0));
    SAY(stream_skip(in, 0, 0));
    SAY(stream_skip(in, 0, 2));
    SAY(stream_skip(in, 1, 2));
    say_bytes("stream_read(in, 1, 4)", buffer, stream_read(in, 1, buffer, 4));
    SAY(stream_skip(in, 1, 100) > 0);
    SAY(stream_skip(in, 1, 100));
    SAY(stream_skip(in, 0, 100));
    SAY(stream_read(in, 0, buffer, 100));
    SAY(stream_read(in, 1, buffer, 100));
    stream_close(in);
    SAY_FD(in = reader("file", 1000));
    SAY(stream_read(in, 0, buffer, 100));
    stream_close(in);
    SAY_FD(out = writer("other", 2));
    SAY(stream_ready(out));
    SAY(stream_write(out, "written", 7));
    SAY(stream_zeroes(out, 0, 3));
    SAY(stream_flush(out));
    SAY(stream_write(out, "more", 4));
    SAY(stream_zeroes(out, 1, 2));
    SAY_FD(in = reader("file", 0));
    SAY(stream_splice(out, 0, in, 0));
    SAY(stream_splice(out, 0, in, 5));
    SAY(stream_splice(out, 1, in, 100));
    SAY(stream_splice(out, 1, in, 100));
    SAY(stream_splice(out, 0, in, 100));
    SAY(stream_flush(out));
    stream_close(in);
    stream_close(out);
    say_file("other");
    SAY_FD(out = appender("other"));
    SAY(stream_write(out, "the end", 7));
    SAY(stream_zeroes(out, 1, 1));
    stream_close(out);
    say_file("other");
    // No place in a file is as far as that.
    SAY_FD(in = reader("file", (long long)(1ULL << 63)));
    SAY(stream_read(in, 1, buffer, 10));
    stream_close(in);
    SAY_FD(out = writer("other", (long long)(1ULL << 63)));
    SAY(stream_write(out, "nowhere", 7));
    stream_close(out);
}

void direct(void) {
    say_initial_cwd();
    numbers();
    objects();
    streams();
}
