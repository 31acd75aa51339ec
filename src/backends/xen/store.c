// store: see the header. The protocol is described in xen/io/xs_wire.h.
#include "backends/xen/store.h"

#include "core/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

struct event {
	char path[STORE_PATH_BYTES], token[STORE_PATH_BYTES];
};

struct store {
	int fd; // -1 after xenstored violated the protocol
	unsigned wait_ms;
	uint32_t req_id;
	// The message that is being received: its header and the part of the body that has arrived.
	struct xsd_sockmsg head;
	size_t len; // bytes received of both
	char body[STORE_PAYLOAD_BYTES + 1];
	bool lost; // at least one event was dropped
	unsigned events_at, events_len;
	struct event event[STORE_EVENTS_MAX];
};

_Static_assert(STORE_PAYLOAD_BYTES == XENSTORE_PAYLOAD_MAX, "xen/io/xs_wire.h");

struct store *store_open(int fd)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store) {
		close(fd);
		return NULL;
	}
	store->fd = fd;
	store->wait_ms = STORE_WAIT_MS;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->fd >= 0)
		close(store->fd);
	free(store);
}

void store_wait(struct store *store, unsigned ms)
{
	store->wait_ms = ms;
}

int store_fd(const struct store *store)
{
	return store->fd;
}

static int store_protocol_error(struct store *store)
{
	close(store->fd); // otherwise the control loop would be woken forever
	store->fd = -1;
	return -EPROTO;
}

static size_t store_missing(const struct store *store)
{
	if (store->len < sizeof(store->head))
		return sizeof(store->head) - store->len;
	return sizeof(store->head) + store->head.len - store->len;
}

// Reads more of the current message. Returns 1 when it is complete, 0 when more has to arrive, or a
// negative errno.
static int store_receive(struct store *store)
{
	while (store_missing(store)) {
		char *to = store->len < sizeof(store->head)
		                   ? (char *)&store->head + store->len
		                   : store->body + (store->len - sizeof(store->head));
		ssize_t n = read(store->fd, to, store_missing(store));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n <= 0)
			return store_protocol_error(store);
		store->len += (size_t)n;
		if (store->len == sizeof(store->head) && store->head.len > STORE_PAYLOAD_BYTES)
			return store_protocol_error(store);
	}
	store->len = 0;
	store->body[store->head.len] = '\0';
	return 1;
}

// Queues the event in body: a path and a token, each terminated by a zero byte.
static int store_keep_event(struct store *store)
{
	const char *path = store->body, *token = path + strlen(path) + 1;
	struct event *event;

	if (token > store->body + store->head.len ||
	    token + strlen(token) >= store->body + store->head.len)
		return store_protocol_error(store);
	if (store->events_len == STORE_EVENTS_MAX || strlen(path) >= STORE_PATH_BYTES ||
	    strlen(token) >= STORE_PATH_BYTES) {
		store->lost = true;
		return 0;
	}
	event = &store->event[(store->events_at + store->events_len++) % STORE_EVENTS_MAX];
	strcpy(event->path, path);
	strcpy(event->token, token);
	return 0;
}

static int store_wait_for(const struct store *store, short what, mono_t until)
{
	struct pollfd fd = {.fd = store->fd, .events = what};
	mono_t now = clock_kernel();

	if (mono_due(until, now))
		return -ETIMEDOUT;
	(void)poll(&fd, 1, (int)(mono_until(now, until) / MS_US) + 1);
	return 0;
}

static int store_send_bytes(struct store *store, const char *bytes, size_t len, mono_t until)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = write(store->fd, bytes + at, len - at);
		int err = 0;

		if (n < 0 && errno == EAGAIN)
			err = store_wait_for(store, POLLOUT, until);
		else if (n < 0 && errno != EINTR)
			err = -errno;
		if (err) // after a part of a message no other can be sent
			return at ? store_protocol_error(store) : err;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int error_of(struct store *store)
{
	for (size_t i = 0; i < ARRAY_LEN(xsd_errors); i++)
		if (strcmp(store->body, xsd_errors[i].errstring) == 0)
			return -xsd_errors[i].errnum;
	return -EIO;
}

// Waits for the next reply, and queues the events that arrive before it.
static int store_next_reply(struct store *store, mono_t until)
{
	for (;;) {
		int got = store_receive(store);

		if (got < 0)
			return got;
		if (got == 0) {
			int err = store_wait_for(store, POLLIN, until);

			if (err)
				return err;
		} else if (store->head.type != XS_WATCH_EVENT) {
			return 0;
		} else if (store_keep_event(store)) {
			return -EPROTO;
		}
	}
}

// Waits for the reply to the last request. Ignores replies to earlier requests, which timed out.
static int store_await(struct store *store, uint32_t type, mono_t until)
{
	for (;;) {
		int err = store_next_reply(store, until);

		if (err)
			return err;
		if (store->head.req_id == store->req_id && store->head.type == XS_ERROR)
			return error_of(store);
		if (store->head.req_id == store->req_id)
			return store->head.type == type ? 0 : store_protocol_error(store);
		if (store->req_id - store->head.req_id > UINT32_MAX / 2)
			return store_protocol_error(store); // a reply to a future request
	}
}

// Sends a request, whose body has up to two parts, and waits for its reply, which is then in body.
static int store_request(struct store *store, uint32_t type, uint32_t tx, const void *a,
                         size_t a_len, const void *b, size_t b_len)
{
	mono_t until = mono_add(clock_kernel(), store->wait_ms * MS_US);
	struct xsd_sockmsg head = {.type = type, .req_id = store->req_id + 1, .tx_id = tx};
	char out[sizeof(head) + STORE_PAYLOAD_BYTES];
	int err;

	if (store->fd < 0)
		return -EPROTO;
	if (a_len + b_len > STORE_PAYLOAD_BYTES)
		return -E2BIG;
	store->req_id++;
	head.len = (uint32_t)(a_len + b_len);
	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), a, a_len);
	if (b_len)
		memcpy(out + sizeof(head) + a_len, b, b_len);
	err = store_send_bytes(store, out, sizeof(head) + head.len, until);
	return err ? err : store_await(store, type, until);
}

static int store_request_path(struct store *store, uint32_t type, uint32_t tx, const char *path)
{
	return store_request(store, type, tx, path, strlen(path) + 1, NULL, 0);
}

int store_read(struct store *store, uint32_t tx, const char *path, char *value, size_t size)
{
	int err = store_request_path(store, XS_READ, tx, path);

	if (err)
		return err;
	if (store->head.len >= size || memchr(store->body, 0, store->head.len))
		return -E2BIG;
	memcpy(value, store->body, store->head.len + 1);
	return 0;
}

// Reads one node after the other: with several requests in flight on one descriptor, the driver
// mixes up their payloads (docs/decisions/0006-xen.md).
int store_read_many(struct store *store, uint32_t tx, const char *const *paths, unsigned n,
                    char (*values)[STORE_SHORT_BYTES])
{
	for (unsigned i = 0; i < n; i++) {
		int err = store_read(store, tx, paths[i], values[i], sizeof(values[i]));

		if (err)
			values[i][0] = '\0';
		if (err == -EPROTO || err == -ETIMEDOUT)
			return err;
	}
	return 0;
}

int store_write(struct store *store, uint32_t tx, const char *path, const char *value)
{
	return store_request(store, XS_WRITE, tx, path, strlen(path) + 1, value, strlen(value));
}

int store_remove(struct store *store, uint32_t tx, const char *path)
{
	int err = store_request_path(store, XS_RM, tx, path);

	return err == -ENOENT ? 0 : err;
}

int store_list(struct store *store, uint32_t tx, const char *path, store_list_fn *fn, void *ctx)
{
	int err = store_request_path(store, XS_DIRECTORY, tx, path);
	size_t len = store->head.len;
	char *names;

	if (err)
		return err;
	names = malloc(len + 1); // fn may send requests, which overwrite body
	if (!names)
		return -ENOMEM;
	memcpy(names, store->body, len + 1);
	for (size_t at = 0; at < len; at += strlen(names + at) + 1)
		if (!fn(ctx, names + at))
			break;
	free(names);
	return 0;
}

int store_begin(struct store *store, uint32_t *tx)
{
	int err = store_request_path(store, XS_TRANSACTION_START, 0, "");
	unsigned long number;
	char *end;

	if (err)
		return err;
	number = strtoul(store->body, &end, 10);
	*tx = (uint32_t)number;
	return *end || number == 0 || number > UINT32_MAX ? store_protocol_error(store) : 0;
}

int store_end(struct store *store, uint32_t tx, bool commit)
{
	return store_request_path(store, XS_TRANSACTION_END, tx, commit ? "T" : "F");
}

static int store_request_watch(struct store *store, uint32_t type, const char *path,
                               const char *token)
{
	return store_request(store, type, 0, path, strlen(path) + 1, token, strlen(token) + 1);
}

int store_watch(struct store *store, const char *path, const char *token)
{
	return store_request_watch(store, XS_WATCH, path, token);
}

int store_unwatch(struct store *store, const char *path, const char *token)
{
	return store_request_watch(store, XS_UNWATCH, path, token);
}

bool store_has_event(const struct store *store)
{
	return store->lost || store->events_len > 0;
}

bool store_event(struct store *store, char path[STORE_PATH_BYTES], char token[STORE_PATH_BYTES])
{
	const struct event *event;

	// Messages other than events are replies to requests that timed out.
	while (store->fd >= 0 && store->events_len < STORE_EVENTS_MAX && store_receive(store) > 0)
		if (store->head.type == XS_WATCH_EVENT)
			(void)!store_keep_event(store);
	path[0] = token[0] = '\0';
	if (store->lost) {
		store->lost = false;
		return true;
	}
	if (store->events_len == 0)
		return false;
	event = &store->event[store->events_at];
	strcpy(path, event->path);
	strcpy(token, event->token);
	store->events_at = (store->events_at + 1) % STORE_EVENTS_MAX;
	store->events_len--;
	return true;
}
