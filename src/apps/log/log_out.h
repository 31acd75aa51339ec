// log_out: buffered output to a file or a Unix socket. No call waits for a reader that hangs
// for longer than LOG_OUT_WAIT_MS.
#ifndef APPS_LOG_LOG_OUT_H
#define APPS_LOG_LOG_OUT_H

#include "core/base.h"

#include <sys/types.h>

#define LOG_OUT_WAIT_MS 1000

struct log_out {
	int fd;    // -1: closed
	dev_t dev; // of a file; they show whether its path still names it
	ino_t ino;
	size_t len;
	uint8_t bytes[1 << 16];
};

void log_out_init(struct log_out *out);

// Opens a file for appending, and creates it if it does not exist. 0 or negative errno.
int log_out_open_file(struct log_out *out, const char *path) MUST_CHECK;

// Connects to a Unix stream socket. 0 or negative errno.
int log_out_open_socket(struct log_out *out, const char *path) MUST_CHECK;

// For a file of lines that was just opened: ends its last line, which may have been cut off when
// the machine stopped.
void log_out_end_line(struct log_out *out, const char *path);

// Whether the path names the file that is open.
bool log_out_is_file(const struct log_out *out, const char *path);

// log_out_write buffers bytes, and writes the buffer when they do not fit behind those that it
// holds; log_out_flush writes the buffer. 0 or negative errno; -EAGAIN when the reader did not
// accept the bytes in time. After an error the buffer is empty. A file that took a part of it
// (the disk is full) is cut back to where the buffer began; others have had some of its bytes.
int log_out_write(struct log_out *out, const void *bytes, size_t len) MUST_CHECK;
int log_out_flush(struct log_out *out) MUST_CHECK;

// Flushes, and then reads exactly len bytes from a socket. 0 or negative errno.
int log_out_read(struct log_out *out, void *bytes, size_t len) MUST_CHECK;

// Closes the output and discards buffered bytes. Does nothing when it is closed.
void log_out_close(struct log_out *out);

#endif
