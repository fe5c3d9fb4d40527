// What WASI has a function for and no library calls. `direct_wasi.c` calls those functions, `direct_host.c` does the same
// by what the host has.

#ifndef DIRECT_H
#define DIRECT_H

unsigned long long random_number(void);
unsigned long long insecure_number(void);
void insecure_bytes(unsigned char *bytes, int len);
void insecure_seed(unsigned long long seed[2]);

// Says in which folder the program begins.
void say_initial_cwd(void);

// Returns a word for the type of a file, or for what went wrong.
const char *type_of(const char *path);

// Returns whether two paths lead to the same file.
int is_same(const char *path, const char *other);

// Returns the family of addresses that a new socket has: 4 or 6.
int family_of_tcp(int family);
int family_of_udp(int family);

// Opens a stream from or to a place in a file.
int reader(const char *path, long long offset);
int writer(const char *path, long long offset);
int appender(const char *path);

// What streams do: in parts, as much as there is at once, or at least one byte. They return the count of bytes. At the end
// of a stream that is EPIPE; otherwise the error.
long long stream_read(int stream, int waits, void *buffer, long long len);
long long stream_skip(int stream, int waits, long long len);
long long stream_write(int stream, const void *bytes, long long len);
long long stream_zeroes(int stream, int waits, long long len);
long long stream_splice(int to, int waits, int from, long long len);
int stream_flush(int stream);
int stream_ready(int stream);
void stream_close(int stream);

#endif
