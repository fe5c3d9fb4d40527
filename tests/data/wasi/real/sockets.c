// Waiting and sockets: all of it within this machine, each end of a connection in this program.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "say.h"

// An address of this machine.
struct address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t len;
};

static struct address loopback(int family, int port) {
    struct address it;
    memset(&it, 0, sizeof it);
    if (family == AF_INET) {
        it.len = sizeof it.v4;
        it.v4.sin_family = AF_INET;
        it.v4.sin_port = htons(port);
        it.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
        it.len = sizeof it.v6;
        it.v6.sin6_family = AF_INET6;
        it.v6.sin6_port = htons(port);
        it.v6.sin6_addr = (struct in6_addr){.s6_addr = {[15] = 1}};
    }
    return it;
}

static struct address no_address(int family, int port) {
    struct address it = loopback(family, port);
    if (family == AF_INET)
        it.v4.sin_addr.s_addr = 0;
    else
        it.v6.sin6_addr.s6_addr[15] = 0;
    return it;
}

static int port(const struct address *it) {
    return ntohs(it->any.sa_family == AF_INET ? it->v4.sin_port : it->v6.sin6_port);
}

// Says an address, and of its port whether there is one.
static void say_address(const char *what, int result, const struct address *it) {
    char text[INET6_ADDRSTRLEN] = "?";
    say(what, result);
    if (result < 0)
        return;
    const void *ip = it->any.sa_family == AF_INET ? (void *)&it->v4.sin_addr : (void *)&it->v6.sin6_addr;
    printf("    %s, port: %d\n", inet_ntop(it->any.sa_family, ip, text, sizeof text), port(it) != 0);
}

static struct address local(int fd) {
    struct address it = {.len = sizeof it};
    say_address("getsockname", getsockname(fd, &it.any, &it.len), &it);
    return it;
}

static struct address remote(int fd) {
    struct address it = {.len = sizeof it};
    say_address("getpeername", getpeername(fd, &it.any, &it.len), &it);
    return it;
}

static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) < 0 ? -1 : value;
}

static int set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

// What can be done with a file.
enum { READS = 1, WRITES = 2 };

// Returns what can be done with a file, after that or after a time.
static int ready(int fd, int events, int millis) {
    struct pollfd wait = {.fd = fd, .events = events};
    int count = poll(&wait, 1, millis);
    int reads = (wait.revents & POLLIN) != 0, writes = (wait.revents & POLLOUT) != 0;
    return count <= 0 ? count : reads * READS + writes * WRITES;
}

// Returns whether this machine has addresses of version 6: where it has none there is nothing to compare.
static int has_v6(void) {
    struct address at = loopback(AF_INET6, 0);
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    int result = fd >= 0 && bind(fd, &at.any, at.len) == 0;
    close(fd);
    return result;
}

void waiting(void) {
    struct pollfd waits[4];
    int file, folder;
    SAY_FD(file = open("file", O_RDWR | O_CREAT, 0666));
    SAY_FD(folder = open("folder", O_RDONLY));
    memset(waits, 0, sizeof waits);
    waits[0] = (struct pollfd){.fd = file, .events = POLLIN | POLLOUT};
    waits[1] = (struct pollfd){.fd = -1, .events = POLLIN};
    SAY(poll(waits, 2, -1));
    SAY_VALUE((waits[0].revents & POLLIN) && (waits[0].revents & POLLOUT));
    SAY_VALUE(waits[1].revents);
    SAY(poll(waits + 1, 1, 0));
    SAY(poll(waits + 1, 1, 10));
    SAY(poll(NULL, 0, 10));
    // The standard input of this section stays empty, and open.
    waits[2] = (struct pollfd){.fd = 0, .events = POLLIN};
    SAY(poll(waits + 2, 1, 0));
    SAY(poll(waits + 2, 1, 10));
    SAY(poll(waits, 3, 0));
    SAY_VALUE(waits[2].revents);
    fd_set reads, writes;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(0, &reads);
    FD_SET(1, &writes);
    struct timeval millis10 = {0, 10000};
    SAY(select(2, &reads, &writes, NULL, &millis10));
    SAY_VALUE(FD_ISSET(0, &reads) != 0);
    SAY_VALUE(FD_ISSET(1, &writes) != 0);
    FD_ZERO(&writes);
    FD_SET(0, &reads);
    SAY(select(1, &reads, &writes, NULL, &millis10));
    SAY(close(file));
    SAY(close(folder));
}

static void tcp_settings(int fd) {
    SAY(option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
    SAY(option(fd, SOL_SOCKET, SO_ERROR));
    SAY(option(fd, SOL_SOCKET, SO_KEEPALIVE));
    SAY(set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
    SAY(option(fd, SOL_SOCKET, SO_KEEPALIVE));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPIDLE));
    SAY(set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 77));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPIDLE));
    SAY(set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 0));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPINTVL));
    SAY(set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 33));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPINTVL));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPCNT));
    SAY(set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 5));
    SAY(option(fd, IPPROTO_TCP, TCP_KEEPCNT));
    SAY(set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 0));
    SAY(option(fd, SOL_SOCKET, SO_ACCEPTCONN));
}

static void buffers_and_hops(int fd, int family) {
    int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    int hops = family == AF_INET ? IP_TTL : IPV6_UNICAST_HOPS;
    SAY(option(fd, level, hops));
    SAY(set_option(fd, level, hops, 9));
    SAY(option(fd, level, hops));
    if (family == AF_INET)
        SAY(set_option(fd, level, hops, 0));
    SAY(set_option(fd, level, hops, 256));
    SAY(option(fd, SOL_SOCKET, SO_RCVBUF) > 0);
    SAY(set_option(fd, SOL_SOCKET, SO_RCVBUF, 40000));
    SAY(option(fd, SOL_SOCKET, SO_RCVBUF) >= 40000);
    SAY(option(fd, SOL_SOCKET, SO_SNDBUF) > 0);
    SAY(set_option(fd, SOL_SOCKET, SO_SNDBUF, 40000));
    SAY(option(fd, SOL_SOCKET, SO_SNDBUF) >= 40000);
}

static void tcp_talk(int family) {
    char buffer[100];
    int listener, client, server, other;
    struct address at = loopback(family, 0), from = {.len = sizeof from};
    SAY_FD(listener = socket(family, SOCK_STREAM, 0));
    buffers_and_hops(listener, family);
    tcp_settings(listener);
    SAY_FD(accept(listener, NULL, NULL));
    SAY(bind(listener, &at.any, at.len));
    SAY(bind(listener, &at.any, at.len));
    remote(listener);
    SAY(listen(listener, 8));
    at = local(listener);
    SAY(option(listener, SOL_SOCKET, SO_ACCEPTCONN));
    SAY(ready(listener, POLLIN, 0));
    SAY(fcntl(listener, F_SETFL, O_NONBLOCK));
    SAY_FD(accept(listener, NULL, NULL));
    SAY(fcntl(listener, F_SETFL, 0));
    SAY_FD(other = socket(family, SOCK_STREAM, 0));
    SAY(bind(other, &at.any, at.len));
    SAY(recv(other, buffer, 1, 0));
    SAY(shutdown(other, SHUT_WR));
    SAY(close(other));
    SAY_FD(client = socket(family, SOCK_STREAM, 0));
    SAY(connect(client, &at.any, at.len));
    SAY(connect(client, &at.any, at.len));
    SAY(ready(listener, POLLIN, 10000));
    SAY_FD(server = accept(listener, &from.any, &from.len));
    say_address("accept", 0, &from);
    struct address client_at = local(client), client_seen = remote(server);
    SAY_VALUE(port(&client_at) == port(&client_seen) && port(&client_at) == port(&from));
    struct address server_at = local(server), server_seen = remote(client);
    SAY_VALUE(port(&server_at) == port(&at) && port(&server_seen) == port(&at));
    buffers_and_hops(server, family);
    tcp_settings(client);
    SAY(set_option(client, IPPROTO_TCP, TCP_NODELAY, 1));
    SAY(ready(server, POLLIN | POLLOUT, 0));
    SAY(send(client, "hello", 5, 0));
    SAY(ready(server, POLLIN, 10000));
    say_bytes("recv(server, 2)", buffer, recv(server, buffer, 2, 0));
    say_bytes("read(server, 100)", buffer, read(server, buffer, 100));
    SAY(recv(server, buffer, 100, MSG_DONTWAIT));
    SAY(write(server, "to the client", 13));
    SAY(ready(client, POLLIN, 10000));
    say_bytes("recv(client, 100)", buffer, recv(client, buffer, 100, 0));
    SAY(shutdown(client, SHUT_WR));
    SAY(send(client, "x", 1, MSG_NOSIGNAL));
    SAY(ready(server, POLLIN, 10000));
    SAY(recv(server, buffer, 100, 0));
    SAY(send(server, "still", 5, 0));
    SAY(ready(client, POLLIN, 10000));
    say_bytes("recv(client, 100)", buffer, recv(client, buffer, 100, 0));
    SAY(close(server));
    SAY(ready(client, POLLIN, 10000));
    SAY(recv(client, buffer, 100, 0));
    SAY(close(client));
    SAY(recv(client, buffer, 100, 0));
    SAY(close(listener));
    SAY_FD(client = socket(family, SOCK_STREAM, 0));
    SAY(connect(client, &at.any, at.len));
    SAY(close(client));
    SAY_FD(client = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));
    // It may be known at once that nobody is there, or later.
    int result = connect(client, &at.any, at.len) < 0 ? errno : 0;
    SAY(ready(client, POLLOUT, 10000) & WRITES);
    if (result == EINPROGRESS)
        result = option(client, SOL_SOCKET, SO_ERROR);
    SAY_VALUE(result == ECONNREFUSED);
    SAY(close(client));
}

// Sends more than the buffers of the system hold, to somebody who does not read yet.
static void tcp_much(void) {
    static char block[100000];
    struct address at = loopback(AF_INET, 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    SAY(bind(listener, &at.any, at.len));
    SAY(listen(listener, 1));
    at = local(listener);
    SAY(fcntl(client, F_SETFL, O_NONBLOCK));
    int result = connect(client, &at.any, at.len);
    SAY_VALUE(result == 0 || errno == EINPROGRESS);
    int server;
    SAY_FD(server = accept(listener, NULL, NULL));
    SAY(ready(client, POLLOUT, 10000));
    SAY(option(client, SOL_SOCKET, SO_ERROR));
    long long sent = 0, got = 0, part, wrong = 0;
    for (;;) {
        for (int i = 0; i < (int)sizeof block; i++)
            block[i] = (sent + i) % 251;
        part = send(client, block, sizeof block, MSG_NOSIGNAL);
        if (part < 0)
            break;
        sent += part;
    }
    SAY(part);
    SAY_VALUE(sent > 100000);
    SAY(shutdown(client, SHUT_WR));
    while ((part = recv(server, block, sizeof block, 0)) > 0)
        for (long long i = 0; i < part; i++, got++)
            wrong += (unsigned char)block[i] != got % 251;
    SAY(part);
    SAY_VALUE(got == sent);
    SAY_VALUE(wrong);
    SAY(close(client));
    SAY(close(server));
    SAY(close(listener));
}

void tcp(void) {
    struct address elsewhere = loopback(AF_INET, 0), nobody = loopback(AF_INET, 0);
    struct address v6 = loopback(AF_INET6, 0), any = no_address(AF_INET, 0), any6 = no_address(AF_INET6, 0);
    int fd;
    tcp_talk(AF_INET);
    if (has_v6())
        tcp_talk(AF_INET6);
    tcp_much();
    // What is for documentation only is not ours: RFC 5737.
    elsewhere.v4.sin_addr.s_addr = htonl(0xc0000201);
    SAY_FD(fd = socket(AF_INET, SOCK_STREAM, 0));
    SAY(bind(fd, &elsewhere.any, elsewhere.len));
    SAY(bind(fd, &v6.any, v6.len));
    SAY(listen(fd, 1));
    local(fd);
    SAY(close(fd));
    SAY_FD(fd = socket(AF_INET, SOCK_STREAM, 0));
    SAY(connect(fd, &v6.any, v6.len));
    SAY(connect(fd, &nobody.any, nobody.len) < 0);
    SAY(close(fd));
    SAY_FD(fd = socket(AF_INET, SOCK_STREAM, 0));
    SAY(bind(fd, &any.any, any.len));
    local(fd);
    SAY(close(fd));
    SAY_FD(fd = socket(AF_INET6, SOCK_STREAM, 0));
    SAY(bind(fd, &any6.any, any6.len));
    local(fd);
    SAY(close(fd));
    SAY_FD(socket(77, SOCK_STREAM, 0));
}

static void udp_talk(int family) {
    static char much[70000];
    char buffer[100];
    int one, other, third;
    struct address at = loopback(family, 0), from = {.len = sizeof from};
    SAY_FD(one = socket(family, SOCK_DGRAM, 0));
    SAY_FD(other = socket(family, SOCK_DGRAM, 0));
    SAY_FD(third = socket(family, SOCK_DGRAM, 0));
    buffers_and_hops(one, family);
    SAY(option(one, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
    SAY(bind(one, &at.any, at.len));
    SAY(bind(one, &at.any, at.len));
    at = local(one);
    remote(one);
    SAY(bind(other, &at.any, at.len));
    SAY(ready(one, POLLIN, 0));
    SAY(recv(one, buffer, 100, MSG_DONTWAIT));
    SAY(send(other, "nowhere", 7, 0));
    SAY(sendto(other, "hello", 5, 0, &at.any, at.len));
    SAY(ready(one, POLLIN, 10000));
    say_bytes("recvfrom(one)", buffer, recvfrom(one, buffer, 100, 0, &from.any, &from.len));
    say_address("    from", 0, &from);
    struct address back = local(other);
    SAY_VALUE(port(&from) == port(&back));
    SAY(sendto(one, "", 0, 0, &from.any, from.len));
    SAY(ready(other, POLLIN, 10000));
    SAY(recv(other, buffer, 100, 0));
    // What does not fit is lost.
    SAY(sendto(one, "0123456789", 10, 0, &from.any, from.len));
    say_bytes("recv(other, 4)", buffer, recv(other, buffer, 4, 0));
    SAY(recv(other, buffer, 4, MSG_DONTWAIT));
    SAY(sendto(one, much, sizeof much, 0, &from.any, from.len));
    SAY(sendto(one, much, 60000, 0, &from.any, from.len));
    SAY(recv(other, much, sizeof much, 0));
    // Who is connected hears nobody else.
    SAY(connect(one, &from.any, from.len));
    remote(one);
    SAY(sendto(third, "ignored", 7, 0, &at.any, at.len));
    SAY(send(other, "x", 1, 0));
    SAY(sendto(other, "heard", 5, 0, &at.any, at.len));
    SAY(ready(one, POLLIN, 10000));
    say_bytes("recvfrom(one)", buffer, recvfrom(one, buffer, 100, 0, &from.any, &from.len));
    SAY_VALUE(port(&from) == port(&back));
    SAY(recv(one, buffer, 100, MSG_DONTWAIT));
    SAY(send(one, "sent", 4, 0));
    say_bytes("recv(other, 100)", buffer, recv(other, buffer, 100, 0));
    SAY(close(other));
    SAY(close(third));
    SAY(close(one));
}

void udp(void) {
    struct address v6 = loopback(AF_INET6, 9), nobody = loopback(AF_INET, 0);
    int fd;
    udp_talk(AF_INET);
    if (has_v6())
        udp_talk(AF_INET6);
    SAY_FD(fd = socket(AF_INET, SOCK_DGRAM, 0));
    SAY(sendto(fd, "x", 1, 0, &v6.any, v6.len));
    SAY(sendto(fd, "x", 1, 0, &nobody.any, nobody.len));
    SAY(bind(fd, &v6.any, v6.len));
    local(fd);
    SAY(close(fd));
}

static int by_text(const void *one, const void *other) {
    return strcmp(one, other);
}

static void look_up(const char *name, int family) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *found = NULL;
    char texts[20][INET6_ADDRSTRLEN];
    int count = 0, result = getaddrinfo(name, "80", &hints, &found);
    printf("getaddrinfo(\"%s\", %s) = %s\n", name, family == AF_INET ? "v4" : family == AF_INET6 ? "v6" : "any",
           result == 0 ? "found" : "not found");
    if (result)
        return;
    for (struct addrinfo *it = found; it && count < 20; it = it->ai_next) {
        struct address *at = (void *)it->ai_addr;
        const void *ip = it->ai_family == AF_INET ? (void *)&at->v4.sin_addr : (void *)&at->v6.sin6_addr;
        inet_ntop(it->ai_family, ip, texts[count++], INET6_ADDRSTRLEN);
    }
    qsort(texts, count, sizeof *texts, by_text);
    for (int i = 0; i < count; i++)
        printf("    %s\n", texts[i]);
    freeaddrinfo(found);
}

void names(void) {
    look_up("127.0.0.1", AF_UNSPEC);
    look_up("::1", AF_UNSPEC);
    look_up("192.0.2.1", AF_INET);
    look_up("localhost", AF_INET);
    look_up("localhost", AF_UNSPEC);
    look_up("not a name", AF_UNSPEC);
}
