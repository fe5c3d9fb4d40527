// Calls as they come: any of those that take paths, with paths of few names, so that they meet.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static unsigned long long state;

// Returns any number below another: the generator `SplitMix64`.
static unsigned below(unsigned limit) {
    state += 0x9e3779b97f4a7c15;
    unsigned long long mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return (mixed ^ (mixed >> 31)) % limit;
}

// Makes any path, which does not lead above the folder that all begin at unless a link does.
static const char *any_path(char *path) {
    static const char *names[] = {"a", "b", "c", "d", ".", ".."};
    static const char *ends[] = {"", "", "", "", "", "/", "//", "/."};
    int count = 1 + below(3);
    *path = 0;
    int depth = 0;
    for (int i = 0; i < count; i++) {
        const char *name = names[below(i ? 6 : 4)];
        depth += !strcmp(name, "..") ? -1 : !!strcmp(name, ".");
        if (depth < 0)
            break;
        strcat(strcat(path, i ? "/" : ""), name);
    }
    return strcat(path, ends[below(8)]);
}

static void any_open(const char *path) {
    static const int modes[] = {O_RDONLY, O_WRONLY, O_RDWR};
    static const int flags[] = {0, O_CREAT, O_CREAT | O_EXCL, O_TRUNC, O_CREAT | O_TRUNC, O_APPEND, O_DIRECTORY};
    int mode = modes[below(3)], flag = flags[below(7)], follow = below(4) ? 0 : O_NOFOLLOW;
    char call[200];
    int fd = open(path, mode | flag | follow, 0666);
    snprintf(call, sizeof call, "open(%s, %s%s%s%s%s%s%s)", path, mode == O_RDONLY ? "r" : mode == O_WRONLY ? "w" : "rw",
             flag & O_CREAT ? ", create" : "", flag & O_EXCL ? ", new" : "", flag & O_TRUNC ? ", empty" : "",
             flag & O_APPEND ? ", append" : "", flag & O_DIRECTORY ? ", folder" : "", follow ? ", no link" : "");
    say_fd(call, fd);
    if (fd < 0)
        return;
    char bytes[100];
    unsigned len = below(100), size = below(200);
    memset(bytes, 'a' + len % 26, len);
    SAY(write(fd, bytes, len));
    // Not by `pread`, in which the library has a bug that ends the program where a folder is read.
    SAY(lseek(fd, below(100), SEEK_SET));
    SAY(read(fd, bytes, sizeof bytes));
    if (!below(4))
        SAY(ftruncate(fd, size));
    struct stat stat;
    SAY(fstat(fd, &stat));
    if (S_ISREG(stat.st_mode)) {
        SAY_VALUE(stat.st_size);
        SAY_VALUE(stat.st_nlink);
    }
    SAY(close(fd));
}

static void any_call(void) {
    char path[100], other[100], call[300];
    struct stat stat;
    any_path(path);
    any_path(other);
    long long result;
    errno = 0;
    switch (below(12)) {
    case 0:
    case 1:
        result = mkdir(path, 0777);
        snprintf(call, sizeof call, "mkdir(%s)", path);
        break;
    case 2:
        result = rmdir(path);
        snprintf(call, sizeof call, "rmdir(%s)", path);
        break;
    case 3:
        result = unlink(path);
        snprintf(call, sizeof call, "unlink(%s)", path);
        break;
    case 4:
        result = rename(path, other);
        snprintf(call, sizeof call, "rename(%s, %s)", path, other);
        break;
    case 5:
        result = link(path, other);
        snprintf(call, sizeof call, "link(%s, %s)", path, other);
        break;
    case 6:
        result = symlink(path, other);
        snprintf(call, sizeof call, "symlink(%s, %s)", path, other);
        break;
    case 7: {
        char target[100];
        result = readlink(path, target, sizeof target);
        snprintf(call, sizeof call, "readlink(%s)", path);
        if (result >= 0) {
            say_bytes(call, target, result);
            return;
        }
        break;
    }
    case 8: {
        int follow = below(2);
        result = fstatat(AT_FDCWD, path, &stat, follow ? 0 : AT_SYMLINK_NOFOLLOW);
        snprintf(call, sizeof call, "stat(%s, %s)", path, follow ? "follow" : "no follow");
        if (result == 0)
            result = S_ISREG(stat.st_mode) ? 1 : S_ISDIR(stat.st_mode) ? 2 : 3;
        break;
    }
    case 9: {
        struct timespec times[] = {{1000000000 + below(1000), 1}, {1500000000 + below(1000), 2}};
        int follow = below(2);
        result = utimensat(AT_FDCWD, path, times, follow ? 0 : AT_SYMLINK_NOFOLLOW);
        snprintf(call, sizeof call, "utimensat(%s, %s)", path, follow ? "follow" : "no follow");
        break;
    }
    default:
        any_open(path);
        return;
    }
    say(call, result);
}

void any(const char *seed) {
    state = strtoull(seed, NULL, 10);
    // Far enough from the root that links to `..` do not lead out of it: there the host has more than a guest.
    for (int i = 0; i < 8; i++) {
        SAY(mkdir("in", 0777));
        SAY(chdir("in"));
    }
    for (int i = 0; i < 300; i++)
        any_call();
}
