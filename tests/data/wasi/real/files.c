// Files: opening, reading, writing, places, sizes, times, flags, and what goes wrong.
//
// What the library of C for WASI keeps to itself is not here: empty paths, which it takes for ".", and those that are no
// Unicode.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static void say_stat(const char *what, int result, const struct stat *stat) {
    say(what, result);
    if (result < 0)
        return;
    const char *type = S_ISREG(stat->st_mode) ? "file" : S_ISDIR(stat->st_mode) ? "folder"
        : S_ISLNK(stat->st_mode) ? "link" : S_ISFIFO(stat->st_mode) ? "pipe" : "other";
    printf("    %s of %lld bytes with %lld names\n", type, S_ISDIR(stat->st_mode) ? 0 : (long long)stat->st_size,
           S_ISDIR(stat->st_mode) ? 0 : (long long)stat->st_nlink);
}

static void say_times(const char *path) {
    struct stat stat;
    say(path, lstat(path, &stat));
    printf("    read at %lld.%09ld, written at %lld.%09ld, changed just now: %d\n", (long long)stat.st_atim.tv_sec,
           stat.st_atim.tv_nsec, (long long)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec,
           stat.st_ctim.tv_sec >= nanos(0) / 1000000000 - 60);
}

static void opening(void) {
    int fd, other;
    struct stat stat;
    SAY_FD(open("none", O_RDONLY));
    SAY_FD(open("none/none", O_WRONLY | O_CREAT, 0666));
    SAY_FD(fd = open("new", O_RDWR | O_CREAT | O_EXCL, 0666));
    SAY(write(fd, "0123456789", 10));
    SAY_FD(open("new", O_RDWR | O_CREAT | O_EXCL, 0666));
    SAY_FD(open("new/", O_RDONLY));
    SAY_FD(open("new/below", O_RDONLY));
    SAY_FD(open("new", O_RDONLY | O_DIRECTORY));
    SAY_FD(open("folder", O_WRONLY));
    SAY_FD(open("folder", O_RDWR));
    SAY_FD(open("folder", O_WRONLY | O_CREAT, 0666));
    SAY_FD(open("folder", O_WRONLY | O_CREAT | O_EXCL, 0666));
    SAY_FD(open("folder/new/", O_WRONLY | O_CREAT, 0666));
    SAY_FD(other = open("folder", O_RDONLY));
    SAY(read(other, &stat, 1));
    SAY(ftruncate(other, 0));
    SAY(close(other));
    SAY_FD(other = open("./folder/../new", O_RDONLY));
    SAY(write(other, "x", 1));
    SAY(ftruncate(other, 0));
    SAY(close(other));
    SAY(close(other));
    SAY_FD(other = open("new", O_WRONLY));
    SAY(read(other, &stat, 1));
    SAY(close(other));
    say_stat("fstat(new)", fstat(fd, &stat), &stat);
    SAY_FD(other = open("new", O_WRONLY | O_TRUNC));
    say_stat("fstat(new)", fstat(fd, &stat), &stat);
    SAY(close(other));
    SAY(close(fd));
    SAY_FD(open("link-to-new", O_RDONLY | O_NOFOLLOW));
    SAY_FD(open("link-to-new/", O_RDONLY));
    SAY_FD(other = open("link-to-folder", O_RDONLY));
    SAY(close(other));
    SAY_FD(other = open("link-to-folder/", O_RDONLY | O_NOFOLLOW));
    SAY(close(other));
    SAY_FD(open("link-to-folder", O_RDONLY | O_NOFOLLOW));
    SAY_FD(open("link-to-folder", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
    SAY_FD(other = open("link-to-new", O_RDONLY));
    SAY(close(other));
    SAY_FD(open("link-to-new", O_WRONLY | O_CREAT | O_EXCL, 0666));
    SAY_FD(open("link-to-none", O_RDONLY));
    SAY_FD(open("link-to-itself", O_RDONLY));
    SAY_FD(other = open("link-to-none", O_WRONLY | O_CREAT, 0666));
    SAY(close(other));
    SAY(access("made-by-link", F_OK));
    char name[NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[NAME_MAX + 1] = 0;
    SAY_FD(open(name, O_RDONLY));
    SAY_FD(open(name, O_WRONLY | O_CREAT, 0666));
    SAY_FD(other = open(name + 1, O_WRONLY | O_CREAT, 0666));
    SAY(close(other));
    SAY(unlink(name + 1));
    SAY_FD(other = open("na\xc3\xafve \xe2\x82\xac", O_WRONLY | O_CREAT, 0666));
    SAY(close(other));
    SAY(access("new", F_OK));
    SAY(access("new", R_OK | W_OK));
    SAY(access("none", F_OK));
}

static void places(void) {
    int fd, appending;
    char buffer[100];
    struct stat stat;
    SAY_FD(fd = open("places", O_RDWR | O_CREAT | O_TRUNC, 0666));
    SAY(write(fd, "0123456789", 10));
    SAY(lseek(fd, 0, SEEK_CUR));
    SAY(read(fd, buffer, 10));
    SAY(lseek(fd, 2, SEEK_SET));
    say_bytes("read(fd, 3)", buffer, read(fd, buffer, 3));
    SAY(lseek(fd, -2, SEEK_CUR));
    say_bytes("read(fd, 100)", buffer, read(fd, buffer, 100));
    SAY(read(fd, buffer, 100));
    SAY(lseek(fd, -1, SEEK_SET));
    SAY(lseek(fd, -11, SEEK_END));
    SAY(lseek(fd, 0, 77));
    SAY(lseek(fd, 5, SEEK_END));
    SAY(write(fd, "far", 3));
    say_bytes("pread(fd, 100, 8)", buffer, pread(fd, buffer, 100, 8));
    SAY(pread(fd, buffer, 100, 18));
    SAY(pread(fd, buffer, 100, 1LL << 40));
    SAY(pread(fd, buffer, 100, -1));
    SAY(pwrite(fd, "AB", 2, 1));
    SAY(pwrite(fd, "AB", 2, -1));
    SAY(pwrite(fd, "", 0, 100));
    SAY(lseek(fd, 0, SEEK_CUR));
    say_stat("fstat(places)", fstat(fd, &stat), &stat);
    SAY_FD(appending = open("places", O_RDWR | O_APPEND));
    SAY(write(appending, "end", 3));
    SAY(lseek(appending, 0, SEEK_CUR));
    SAY(lseek(appending, 0, SEEK_SET));
    SAY(write(appending, "END", 3));
    say_bytes("pread(appending, 100, 16)", buffer, pread(appending, buffer, 100, 16));
    SAY_VALUE((fcntl(appending, F_GETFL) & O_APPEND) != 0);
    SAY_VALUE((fcntl(appending, F_GETFL) & O_ACCMODE) == O_RDWR);
    SAY(close(appending));
    SAY(ftruncate(fd, 4));
    SAY(ftruncate(fd, 6));
    say_bytes("pread(fd, 100, 0)", buffer, pread(fd, buffer, 100, 0));
    SAY(ftruncate(fd, -1));
    SAY(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    SAY(posix_fadvise(fd, 0, 4, POSIX_FADV_DONTNEED));
    SAY(fsync(fd));
    SAY(fdatasync(fd));
    SAY(close(fd));
    SAY(pread(fd, buffer, 1, 0));
    SAY(truncate("places", 5));
    SAY(truncate("none", 5));
    SAY(truncate("folder", 5));
}

// Writes and reads more than fits in one call of the host.
static void much(void) {
    static char block[300000];
    int fd;
    FILE *file;
    struct stat stat;
    for (int i = 0; i < (int)sizeof block; i++)
        block[i] = 'a' + i % 23;
    SAY_FD(fd = open("much", O_RDWR | O_CREAT | O_TRUNC, 0666));
    long long written = 0, got = 0, part;
    while (written < (long long)sizeof block && (part = write(fd, block + written, sizeof block - written)) > 0)
        written += part;
    SAY_VALUE(written);
    memset(block, 0, sizeof block);
    SAY(lseek(fd, 0, SEEK_SET));
    while ((part = read(fd, block + got, sizeof block - got)) > 0)
        got += part;
    SAY_VALUE(got);
    int wrong = 0;
    for (int i = 0; i < (int)sizeof block; i++)
        wrong += block[i] != 'a' + i % 23;
    SAY_VALUE(wrong);
    SAY(close(fd));
    SAY_VALUE((file = fopen("text", "w")) != NULL);
    for (int i = 0; i < 10000; i++)
        fprintf(file, "line %d\n", i);
    SAY(fclose(file));
    say_stat("stat(text)", lstat("text", &stat), &stat);
    SAY_VALUE((file = fopen("text", "r+")) != NULL);
    SAY(fseek(file, -10, SEEK_END));
    SAY_VALUE(fgets(block, 100, file) == block);
    say_bytes("fgets", block, strlen(block));
    SAY(ftell(file));
    SAY(fputs("changed\n", file) >= 0);
    SAY(fclose(file));
}

static void times(void) {
    struct timespec both[] = {{1000000000, 123456789}, {1500000000, 987654321}};
    struct timespec omit[] = {{0, UTIME_OMIT}, {7, 5}};
    struct timespec now[] = {{3, 2}, {0, UTIME_NOW}};
    struct timespec wrong[] = {{0, 1000000000}, {0, 0}};
    struct stat stat;
    int fd;
    SAY_FD(fd = open("times", O_RDWR | O_CREAT, 0666));
    SAY(futimens(fd, both));
    say_times("times");
    SAY(futimens(fd, omit));
    say_times("times");
    SAY(futimens(fd, wrong));
    SAY(utimensat(AT_FDCWD, "times", both, 0));
    say_times("times");
    SAY(utimensat(AT_FDCWD, "times", omit, AT_SYMLINK_NOFOLLOW));
    say_times("times");
    SAY(utimensat(AT_FDCWD, "link-to-times", both, AT_SYMLINK_NOFOLLOW));
    say_times("link-to-times");
    SAY(utimensat(AT_FDCWD, "link-to-times", both, 0));
    say_times("times");
    SAY(utimensat(AT_FDCWD, "folder", both, 0));
    say_times("folder");
    SAY(utimensat(AT_FDCWD, "link-to-folder/", omit, AT_SYMLINK_NOFOLLOW));
    say_times("folder");
    SAY(utimensat(AT_FDCWD, "link-to-times/", omit, AT_SYMLINK_NOFOLLOW));
    SAY(utimensat(AT_FDCWD, "times/", both, 0));
    SAY(utimensat(AT_FDCWD, "none", both, 0));
    SAY(utimensat(AT_FDCWD, "times", now, 0));
    SAY(lstat("times", &stat));
    SAY_VALUE(stat.st_atim.tv_sec);
    SAY_VALUE(stat.st_mtim.tv_sec >= nanos(0) / 1000000000 - 60);
    SAY(write(fd, "x", 1));
    SAY(fstat(fd, &stat));
    SAY_VALUE(stat.st_mtim.tv_sec >= nanos(0) / 1000000000 - 60);
    SAY(close(fd));
    SAY_FD(fd = open("times", O_RDONLY));
    SAY(futimens(fd, both));
    say_times("times");
    SAY(close(fd));
    SAY(futimens(fd, both));
}

void files(void) {
    opening();
    places();
    much();
    times();
}
