// Saying what calls return, one line each: `mkdir("d", 0777) = 0`, `rmdir("d") = ENOTEMPTY`.

#ifndef SAY_H
#define SAY_H

// Says a call and the number that it returns, or its error.
#define SAY(call) (errno = 0, say(#call, (long long)(call)))

// Says a call that returns a new file, whose number is nobody's business, or its error.
#define SAY_FD(call) (errno = 0, say_fd(#call, (call)))

// Says an expression and a number, which is no error if it is negative.
#define SAY_VALUE(value) say_value(#value, (long long)(value))

void say(const char *call, long long result);
void say_fd(const char *call, int fd);
void say_value(const char *what, long long value);

// Says bytes as text.
void say_bytes(const char *what, const void *bytes, long long len);

// Returns the name of an error.
const char *error_name(int error);

// Returns the nanoseconds of a clock.
long long nanos(int is_monotonic);

// The sections: each is a group of calls.
void environment(int argc, char **argv);
void terminals(void);
void standard_streams(void);
void clocks(void);
void random_numbers(void);
void files(void);
void folders(void);
void links(void);
void outside(void);
void waiting(void);
void tcp(void);
void udp(void);
void names(void);
void direct(void);

// Calls as they come, which follow from a seed.
void any(const char *seed);

#endif
