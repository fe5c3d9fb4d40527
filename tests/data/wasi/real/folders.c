// Folders and names: making, listing, moving, removing, links, and what goes wrong.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static int by_name(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void list(const char *path) {
    char *lines[100], line[300];
    int count = 0;
    DIR *dir = opendir(path);
    printf("%s: %s\n", path, dir ? "" : error_name(errno));
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat stat;
        const char *type = entry->d_type == DT_REG ? "file" : entry->d_type == DT_DIR ? "folder"
            : entry->d_type == DT_LNK ? "link" : "other";
        int found = fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW);
        // The number of the folder above is not the guest's to know.
        int same = !strcmp(entry->d_name, "..") || (found == 0 && stat.st_ino == entry->d_ino);
        snprintf(line, sizeof line, "%s, a %s, known by its number: %d", entry->d_name, type, same);
        lines[count++] = strdup(line);
    }
    qsort(lines, count, sizeof *lines, by_name);
    for (int i = 0; i < count; i++)
        printf("    %s\n", lines[i]);
    SAY(closedir(dir));
}

void folders(void) {
    int fd, other;
    SAY(mkdir("one", 0777));
    SAY(mkdir("one", 0777));
    SAY(mkdir("one/two/", 0777));
    SAY(mkdir("none/two", 0777));
    SAY(mkdir("file", 0777));
    SAY(mkdir("file/two", 0777));
    SAY(mkdir(".", 0777));
    list("one");
    list("none");
    list("file");
    SAY_FD(fd = open("one", O_RDONLY | O_DIRECTORY));
    SAY_FD(other = openat(fd, "inner", O_WRONLY | O_CREAT, 0666));
    SAY(write(other, "inner", 5));
    SAY(close(other));
    SAY(mkdirat(fd, "three", 0777));
    SAY(faccessat(fd, "two/../inner", F_OK, 0));
    SAY(faccessat(fd, "none", F_OK, 0));
    SAY(renameat(fd, "inner", fd, "two/moved"));
    SAY(renameat(fd, "inner", fd, "two/moved"));
    SAY(rename("one/two/moved", "file/x"));
    SAY(rename("file", "one"));
    SAY(rename("one", "file"));
    SAY(rename("one", "one/two/below"));
    SAY(rename("one/three", "one/two"));
    SAY(rename("one/three", "one/four"));
    SAY(rename("one/two", "one/four"));
    SAY(rename("file", "file"));
    SAY(rename("file", "renamed/"));
    SAY(rename("file", "one/"));
    SAY(rename("file/", "renamed"));
    SAY(rename("one/four/", "one/five/"));
    SAY(rename("one/five", "one/none/"));
    SAY(rename("one/none", "one/four//"));
    SAY(rename("file", "renamed"));
    SAY(rename("one/four/moved", "renamed"));
    list("one");
    list("one/four");
    SAY(rmdir("one"));
    SAY(rmdir("renamed"));
    SAY(rmdir("none"));
    SAY(rmdir("one/four/"));
    SAY(rmdir("one/."));
    SAY(rmdir("one/four/.."));
    SAY(unlink("one"));
    SAY(unlink("none"));
    SAY(unlink("renamed/"));
    SAY(unlink("renamed/x"));
    SAY(unlinkat(fd, "two", AT_REMOVEDIR));
    SAY(unlinkat(fd, "two", 0));
    SAY(rmdir("one"));
    SAY(mkdirat(fd, "in what is gone", 0777));
    SAY(close(fd));
    // What is open stays, though its name is gone.
    char buffer[10];
    SAY_FD(fd = open("renamed", O_RDWR));
    SAY(unlink("renamed"));
    struct stat stat;
    SAY(fstat(fd, &stat));
    SAY_VALUE(stat.st_nlink);
    SAY(pwrite(fd, "still", 5, 0));
    say_bytes("pread(fd, 10, 0)", buffer, pread(fd, buffer, 10, 0));
    SAY(close(fd));
    DIR *dir;
    SAY(mkdir("left", 0777));
    SAY_VALUE((dir = opendir("left")) != NULL);
    SAY_VALUE(readdir(dir) != NULL);
    SAY_VALUE(readdir(dir) != NULL);
    SAY_VALUE(readdir(dir) == NULL);
    rewinddir(dir);
    SAY_VALUE(readdir(dir) != NULL);
    SAY(closedir(dir));
}

static void say_link(const char *path) {
    char target[300];
    ssize_t len = readlink(path, target, sizeof target);
    say_bytes(path, target, len);
}

void links(void) {
    char short_one[3];
    struct stat stat;
    int fd;
    SAY_FD(fd = open("target", O_WRONLY | O_CREAT, 0666));
    SAY(write(fd, "12345", 5));
    SAY(symlink("target", "soft"));
    SAY(symlink("target", "soft"));
    SAY(symlink("none", "dangling"));
    SAY(symlink("loop-b", "loop-a"));
    SAY(symlink("loop-a", "loop-b"));
    SAY(symlink("../up", "up"));
    SAY(symlink("", "empty"));
    SAY(symlink("target", "none/soft"));
    SAY(symlink("target", "target/soft"));
    SAY(mkdir("folder", 0777));
    SAY(symlink("folder", "to-folder"));
    SAY(symlinkat("../target", AT_FDCWD, "to-folder/up"));
    say_link("soft");
    say_link("dangling");
    say_link("up");
    say_link("to-folder");
    say_link("to-folder/");
    say_link("to-folder/up");
    say_link("target");
    say_link("folder");
    say_link("none");
    say_bytes("readlink(soft, 3)", short_one, readlink("soft", short_one, 3));
    SAY(lstat("soft", &stat));
    SAY_VALUE(S_ISLNK(stat.st_mode));
    SAY_VALUE(stat.st_size);
    SAY(fstatat(AT_FDCWD, "soft", &stat, 0));
    SAY_VALUE(S_ISREG(stat.st_mode));
    SAY_VALUE(stat.st_size);
    SAY(fstatat(AT_FDCWD, "to-folder/up", &stat, 0));
    SAY_VALUE(stat.st_size);
    SAY(fstatat(AT_FDCWD, "dangling", &stat, 0));
    SAY(fstatat(AT_FDCWD, "loop-a", &stat, 0));
    SAY(fstatat(AT_FDCWD, "loop-a/x", &stat, 0));
    SAY(fstatat(AT_FDCWD, "to-folder/", &stat, AT_SYMLINK_NOFOLLOW));
    SAY_VALUE(S_ISDIR(stat.st_mode));
    SAY(fstatat(AT_FDCWD, "soft/", &stat, 0));
    SAY(fstatat(AT_FDCWD, "soft/", &stat, AT_SYMLINK_NOFOLLOW));
    SAY(fstatat(AT_FDCWD, "dangling/", &stat, AT_SYMLINK_NOFOLLOW));
    SAY(link("target", "hard"));
    SAY(link("target", "hard"));
    SAY(link("none", "hard2"));
    SAY(link("folder", "hard2"));
    SAY(link("target", "none/hard"));
    SAY(link("target", "folder/hard"));
    SAY(link("target/", "hard2"));
    SAY(link("target", "hard2/"));
    SAY(link("to-folder/up", "folder/"));
    SAY(link("soft", "hard-to-soft"));
    say_link("hard-to-soft");
    SAY(fstat(fd, &stat));
    SAY_VALUE(stat.st_nlink);
    SAY(unlink("target"));
    SAY(fstat(fd, &stat));
    SAY_VALUE(stat.st_nlink);
    SAY(rename("hard", "folder/hard"));
    SAY(rmdir("to-folder"));
    SAY(rmdir("to-folder/"));
    SAY(rmdir("moved/"));
    SAY(unlink("soft/"));
    SAY(unlink("none/"));
    SAY(unlink("folder/"));
    SAY(unlink("to-folder/"));
    SAY(unlink("to-folder"));
    SAY(rename("soft", "moved"));
    SAY(unlink("moved"));
    SAY(close(fd));
}

void outside(void) {
    struct stat stat;
    char buffer[10];
    SAY_FD(open("../secret", O_RDONLY));
    SAY_FD(open("folder/../../secret", O_RDONLY));
    SAY_FD(open("link-out", O_RDONLY));
    SAY_FD(open("link-up", O_RDONLY));
    SAY_FD(open("folder-out/secret", O_RDONLY));
    SAY_FD(open("folder-out/new", O_WRONLY | O_CREAT, 0666));
    SAY_FD(open("link-to-new-out", O_WRONLY | O_CREAT, 0666));
    SAY(fstatat(AT_FDCWD, "../secret", &stat, 0));
    SAY(fstatat(AT_FDCWD, "link-out", &stat, 0));
    SAY(fstatat(AT_FDCWD, "folder-out/secret", &stat, AT_SYMLINK_NOFOLLOW));
    SAY(readlink("../link-in", buffer, 10));
    SAY(mkdir("../new", 0777));
    SAY(mkdir("folder-out/new", 0777));
    SAY(rmdir("../empty"));
    SAY(unlink("../secret"));
    SAY(unlink("folder-out/secret"));
    SAY(rename("../secret", "secret"));
    SAY(rename("file", "../file"));
    SAY(rename("file", "folder-out/file"));
    SAY(link("../secret", "secret"));
    SAY(link("file", "folder-out/file"));
    SAY(link("folder-out/secret", "secret"));
    SAY(symlink("/etc/passwd", "passwd"));
    SAY(symlink("x", "../new"));
    SAY(utimensat(AT_FDCWD, "../secret", NULL, 0));
    SAY(utimensat(AT_FDCWD, "link-out", NULL, 0));
    SAY(opendir("..") == NULL ? -1 : 0);
    SAY(opendir("folder-out") == NULL ? -1 : 0);
}
