// log_out: bytes to a file or to a Unix socket, many in one write. Whoever reads at the
// other end may hang: nothing waits longer than LOG_OUT_WAIT_MS.
#ifndef APPS_DNS_LOG_OUT_H
#define APPS_DNS_LOG_OUT_H

#include "core/base.h"

#include <sys/types.h>

#define LOG_OUT_WAIT_MS 1000

struct log_out {
	int fd;    // -1: closed
	dev_t dev; // of a file, to see whether its name still leads to it
	ino_t ino;
	size_t len;
	uint8_t bytes[1 << 16];
};

void log_out_init(struct log_out *out);

// Opens a file to append to, made when it is missing. 0 or negative errno.
int log_out_open_file(struct log_out *out, const char *path) MUST_CHECK;

// Connects to a socket. 0 or negative errno.
int log_out_open_socket(struct log_out *out, const char *path) MUST_CHECK;

// Whether the path leads to the file that is open.
bool log_out_is_file(const struct log_out *out, const char *path);

// Keeps bytes, and writes what was kept when there is no room for more. 0 or negative
// errno; -EAGAIN: nobody took them in time. After an error what was kept is in part
// written, in part not.
int log_out_write(struct log_out *out, const void *bytes, size_t len) MUST_CHECK;
int log_out_flush(struct log_out *out) MUST_CHECK;

// Reads exactly len bytes from a socket, what was kept being written before.
int log_out_read(struct log_out *out, void *bytes, size_t len) MUST_CHECK;

// Forgets what was not flushed. Harmless when it is closed.
void log_out_close(struct log_out *out);

#endif
