// See `direct.h`: by the functions of WASI.

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/wasip2.h>

#include "direct.h"
#include "say.h"

enum { STREAMS_MAX = 100 };

// The streams that are open, of which one is for reading or for writing.
static struct {
    bool is_input;
    streams_own_input_stream_t input;
    streams_own_output_stream_t output;
} streams[STREAMS_MAX];
static int streams_count;

unsigned long long random_number(void) {
    return random_get_random_u64();
}

unsigned long long insecure_number(void) {
    return random_insecure_get_insecure_random_u64();
}

void insecure_bytes(unsigned char *bytes, int len) {
    wasip2_list_u8_t list;
    random_insecure_get_insecure_random_bytes(len, &list);
    memcpy(bytes, list.ptr, list.len);
    wasip2_list_u8_free(&list);
}

void insecure_seed(unsigned long long seed[2]) {
    wasip2_tuple2_u64_u64_t found;
    random_insecure_seed_insecure_seed(&found);
    seed[0] = found.f0;
    seed[1] = found.f1;
}

void say_initial_cwd(void) {
    wasip2_string_t folder = {0};
    bool is_known = environment_initial_cwd(&folder);
    say_bytes("initial folder", folder.ptr, is_known ? (long long)folder.len : 0);
}

// Notes the error that the host says, in the words of C.
static int fails(filesystem_error_code_t code) {
    switch (code) {
    case FILESYSTEM_ERROR_CODE_NO_ENTRY: errno = ENOENT; break;
    case FILESYSTEM_ERROR_CODE_IS_DIRECTORY: errno = EISDIR; break;
    case FILESYSTEM_ERROR_CODE_NOT_DIRECTORY: errno = ENOTDIR; break;
    case FILESYSTEM_ERROR_CODE_LOOP: errno = ELOOP; break;
    case FILESYSTEM_ERROR_CODE_INVALID: errno = EINVAL; break;
    case FILESYSTEM_ERROR_CODE_FILE_TOO_LARGE: errno = EFBIG; break;
    case FILESYSTEM_ERROR_CODE_OVERFLOW: errno = EOVERFLOW; break;
    default: errno = 1000 + code;
    }
    return -1;
}

static int stream_fails(streams_stream_error_t error) {
    if (error.tag == STREAMS_STREAM_ERROR_CLOSED) {
        errno = EPIPE;
        return -1;
    }
    io_error_borrow_error_t it = io_error_borrow_error(error.val.last_operation_failed);
    wasip2_string_t text;
    io_error_method_error_to_debug_string(it, &text);
    filesystem_error_code_t code;
    bool is_known = filesystem_filesystem_error_code(it, &code);
    io_error_error_drop_own(error.val.last_operation_failed);
    if (is_known && text.len > 0)
        return fails(code);
    errno = 2000;
    return -1;
}

// Opens a path in the first folder.
static bool open_path(const char *path, bool follows, bool writes, filesystem_own_descriptor_t *found) {
    filesystem_preopens_list_tuple2_own_descriptor_string_t folders;
    filesystem_preopens_get_directories(&folders);
    wasip2_string_t name;
    wasip2_string_dup(&name, path);
    filesystem_error_code_t code;
    bool is_open = filesystem_method_descriptor_open_at(
        filesystem_borrow_descriptor(folders.ptr[0].f0), follows ? FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW : 0, &name, 0,
        writes ? FILESYSTEM_DESCRIPTOR_FLAGS_WRITE : FILESYSTEM_DESCRIPTOR_FLAGS_READ, found, &code);
    wasip2_string_free(&name);
    filesystem_preopens_list_tuple2_own_descriptor_string_free(&folders);
    if (!is_open)
        fails(code);
    return is_open;
}

const char *type_of(const char *path) {
    filesystem_own_descriptor_t file;
    filesystem_descriptor_type_t type;
    filesystem_error_code_t code;
    if (!open_path(path, false, false, &file))
        return error_name(errno);
    bool is_known = filesystem_method_descriptor_get_type(filesystem_borrow_descriptor(file), &type, &code);
    filesystem_descriptor_drop_own(file);
    if (!is_known)
        return "unknown";
    switch (type) {
    case FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE: return "file";
    case FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY: return "folder";
    case FILESYSTEM_DESCRIPTOR_TYPE_FIFO: return "pipe";
    default: return "other";
    }
}

int is_same(const char *path, const char *other) {
    filesystem_own_descriptor_t one, two;
    if (!open_path(path, true, false, &one) || !open_path(other, true, false, &two))
        return -1;
    filesystem_borrow_descriptor_t files[] = {filesystem_borrow_descriptor(one), filesystem_borrow_descriptor(two)};
    int result = filesystem_method_descriptor_is_same_object(files[0], files[1]);
    filesystem_descriptor_drop_own(one);
    filesystem_descriptor_drop_own(two);
    return result;
}

int family_of_tcp(int family) {
    tcp_create_socket_own_tcp_socket_t socket;
    tcp_create_socket_error_code_t code;
    if (!tcp_create_socket_create_tcp_socket(family == 4 ? NETWORK_IP_ADDRESS_FAMILY_IPV4 : NETWORK_IP_ADDRESS_FAMILY_IPV6,
                                             &socket, &code))
        return -1;
    int found = tcp_method_tcp_socket_address_family(tcp_borrow_tcp_socket(socket));
    tcp_tcp_socket_drop_own(socket);
    return found == NETWORK_IP_ADDRESS_FAMILY_IPV4 ? 4 : 6;
}

int family_of_udp(int family) {
    udp_create_socket_own_udp_socket_t socket;
    udp_create_socket_error_code_t code;
    if (!udp_create_socket_create_udp_socket(family == 4 ? NETWORK_IP_ADDRESS_FAMILY_IPV4 : NETWORK_IP_ADDRESS_FAMILY_IPV6,
                                             &socket, &code))
        return -1;
    int found = udp_method_udp_socket_address_family(udp_borrow_udp_socket(socket));
    udp_udp_socket_drop_own(socket);
    return found == NETWORK_IP_ADDRESS_FAMILY_IPV4 ? 4 : 6;
}

int reader(const char *path, long long offset) {
    filesystem_own_descriptor_t file;
    filesystem_error_code_t code;
    if (!open_path(path, true, false, &file))
        return -1;
    bool is_open = filesystem_method_descriptor_read_via_stream(filesystem_borrow_descriptor(file), offset,
                                                                &streams[streams_count].input, &code);
    filesystem_descriptor_drop_own(file);
    streams[streams_count].is_input = true;
    return is_open ? streams_count++ : fails(code);
}

static int output(const char *path, bool appends, long long offset) {
    filesystem_own_descriptor_t file;
    filesystem_error_code_t code;
    if (!open_path(path, true, true, &file))
        return -1;
    filesystem_borrow_descriptor_t it = filesystem_borrow_descriptor(file);
    streams_own_output_stream_t *stream = &streams[streams_count].output;
    bool is_open = appends ? filesystem_method_descriptor_append_via_stream(it, stream, &code)
                           : filesystem_method_descriptor_write_via_stream(it, offset, stream, &code);
    filesystem_descriptor_drop_own(file);
    return is_open ? streams_count++ : fails(code);
}

int writer(const char *path, long long offset) {
    return output(path, false, offset);
}

int appender(const char *path) {
    return output(path, true, 0);
}

static streams_borrow_input_stream_t input_of(int stream) {
    return streams_borrow_input_stream(streams[stream].input);
}

static streams_borrow_output_stream_t output_of(int stream) {
    return streams_borrow_output_stream(streams[stream].output);
}

long long stream_read(int stream, int waits, void *buffer, long long len) {
    wasip2_list_u8_t bytes;
    streams_stream_error_t error;
    bool is_done = waits ? streams_method_input_stream_blocking_read(input_of(stream), len, &bytes, &error)
                         : streams_method_input_stream_read(input_of(stream), len, &bytes, &error);
    if (!is_done)
        return stream_fails(error);
    memcpy(buffer, bytes.ptr, bytes.len);
    len = bytes.len;
    wasip2_list_u8_free(&bytes);
    return len;
}

long long stream_skip(int stream, int waits, long long len) {
    uint64_t count;
    streams_stream_error_t error;
    bool is_done = waits ? streams_method_input_stream_blocking_skip(input_of(stream), len, &count, &error)
                         : streams_method_input_stream_skip(input_of(stream), len, &count, &error);
    return is_done ? (long long)count : stream_fails(error);
}

long long stream_write(int stream, const void *bytes, long long len) {
    wasip2_list_u8_t list = {(uint8_t *)bytes, len};
    streams_stream_error_t error;
    bool is_done = streams_method_output_stream_blocking_write_and_flush(output_of(stream), &list, &error);
    return is_done ? len : stream_fails(error);
}

long long stream_zeroes(int stream, int waits, long long len) {
    streams_stream_error_t error;
    uint64_t permitted;
    if (waits) {
        bool is_done = streams_method_output_stream_blocking_write_zeroes_and_flush(output_of(stream), len, &error);
        return is_done ? len : stream_fails(error);
    }
    bool is_done = streams_method_output_stream_check_write(output_of(stream), &permitted, &error) &&
                   streams_method_output_stream_write_zeroes(output_of(stream), len, &error);
    return is_done ? len : stream_fails(error);
}

long long stream_splice(int to, int waits, int from, long long len) {
    uint64_t count;
    streams_stream_error_t error;
    bool is_done =
        waits ? streams_method_output_stream_blocking_splice(output_of(to), input_of(from), len, &count, &error)
              : streams_method_output_stream_splice(output_of(to), input_of(from), len, &count, &error);
    return is_done ? (long long)count : stream_fails(error);
}

int stream_flush(int stream) {
    streams_stream_error_t error;
    return streams_method_output_stream_flush(output_of(stream), &error) ? 0 : stream_fails(error);
}

int stream_ready(int stream) {
    poll_own_pollable_t wait = streams[stream].is_input ? streams_method_input_stream_subscribe(input_of(stream))
                                                        : streams_method_output_stream_subscribe(output_of(stream));
    int is_ready = poll_method_pollable_ready(poll_borrow_pollable(wait));
    poll_pollable_drop_own(wait);
    return is_ready;
}

void stream_close(int stream) {
    if (streams[stream].is_input)
        streams_input_stream_drop_own(streams[stream].input);
    else
        streams_output_stream_drop_own(streams[stream].output);
}
