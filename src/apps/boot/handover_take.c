// handover_take: the side of the process that takes over; see handover.h. It asks one request
// after the other, by a socket that gives up after a while: the other process may hang.
#include "apps/boot/boot_internal.h"

#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REPLY_BYTES_MAX ((size_t)8 << 20)
#define CHUNK           16384
#define SILENCE_S       20
#define LEAVE_AGAIN_NS  50000000
#define LEAVE_QUIET     4     // tries before it is news
#define LEAVE_TRIES_MAX 12000 // 600 s, which is the most of drain_ms

struct reply {
	char *text;
	size_t len, size;
};

// Keeps the descriptors of a message; those that find no place are closed.
static void fds_keep(struct handover_take *take, struct msghdr *message)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t len = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < len; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
			if (take->fds_len < CONTROL_FDS_MAX)
				take->fds[take->fds_len++] = fd;
			else
				close(fd);
		}
	}
}

static int reply_grow(struct reply *reply)
{
	size_t size = reply->size + CHUNK;
	char *text = reply->size < REPLY_BYTES_MAX ? realloc(reply->text, size) : NULL;

	if (!text)
		return -ENOMEM;
	reply->text = text;
	reply->size = size;
	return 0;
}

// Receives more of the reply, and descriptors. 0, or negative errno.
static int reply_receive(struct handover_take *take, struct reply *reply)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int))];
	struct iovec piece;
	struct msghdr message = {.msg_iov = &piece,
	                         .msg_iovlen = 1,
	                         .msg_control = room,
	                         .msg_controllen = sizeof(room)};
	ssize_t n;

	if (reply->size - reply->len < 2 && reply_grow(reply))
		return -ENOMEM;
	piece = (struct iovec){reply->text + reply->len, reply->size - reply->len - 1};
	n = recvmsg(take->fd, &message, MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (n == 0)
		return -ECONNRESET;
	fds_keep(take, &message);
	reply->len += (size_t)n;
	reply->text[reply->len] = '\0';
	return 0;
}

static int request_send(const struct handover_take *take, const char *step)
{
	char line[96];
	int len = snprintf(line, sizeof(line),
	                   "{\"command\":\"handover\",\"words\":[\"%s\",\"%d\"]}\n", step,
	                   HANDOVER_PROTOCOL);

	return send(take->fd, line, (size_t)len, MSG_NOSIGNAL) == len ? 0 : -errno;
}

// The reply to a step, a new reference; NULL with a sentence in why.
static json_t *take_ask(struct handover_take *take, const char *step, struct why *why)
{
	struct reply reply = {.text = NULL};
	int err = request_send(take, step);
	json_t *object = NULL;
	const char *error;

	while (!err && !(reply.len && reply.text[reply.len - 1] == '\n'))
		err = reply_receive(take, &reply);
	if (!err)
		object = json_loads(reply.text, 0, NULL);
	free(reply.text);
	error = json_string_value(json_object_get(object, "error"));
	if (err)
		why_set(why, "the running process did not answer \"handover %s\": %s", step,
		        strerror(-err));
	else if (!json_is_object(object))
		why_set(why, "the running process did not answer \"handover %s\" by an object",
		        step);
	else if (error)
		why_set(why, "the running process does not hand over: %s", error);
	else
		return object;
	json_decref(object);
	return NULL;
}

// Reads the numbers of a port. False: they are none.
static bool numbers_read(const json_t *row, struct netif_handover *given)
{
	const json_t *numbers = json_object_get(row, "numbers"), *number;
	size_t i;

	given->numbers_len = 0;
	if (!json_is_array(numbers) || json_array_size(numbers) > NETIF_HANDOVER_NUMBERS)
		return false;
	json_array_foreach (numbers, i, number) {
		if (!json_is_integer(number) || json_integer_value(number) < 0)
			return false;
		given->number[given->numbers_len++] = (uint64_t)json_integer_value(number);
	}
	return true;
}

// Reads one port, whose descriptors are the next of those that came, from *fd on.
static bool port_read(const struct handover_take *take, const json_t *row,
                      struct handover_port *port, unsigned *fd)
{
	const char *device = json_string_value(json_object_get(row, "device"));
	const char *error = json_string_value(json_object_get(row, "error"));
	json_int_t fds = json_integer_value(json_object_get(row, "descriptors"));

	if (!device || strlen(device) >= sizeof(port->device))
		return false;
	strcpy(port->device, device);
	why_set(&port->why, "%s", error ? error : "");
	if (error)
		return true;
	if (fds < 0 || fds > NETIF_HANDOVER_FDS || (unsigned)fds > take->fds_len - *fd)
		return false;
	port->given.fds_len = (unsigned)fds;
	memcpy(port->given.fd, take->fds + *fd, (size_t)fds * sizeof(int));
	*fd += (unsigned)fds;
	return numbers_read(row, &port->given);
}

static int offer_read(struct handover_take *take, const json_t *offer, struct why *why)
{
	const json_t *ports = json_object_get(offer, "ports");
	unsigned fd = 1;

	take->workers = (unsigned)json_integer_value(json_object_get(offer, "workers"));
	take->watchdog_us = (uint64_t)json_integer_value(json_object_get(offer, "watchdog_us"));
	take->ports_len = (unsigned)json_array_size(ports);
	take->ports = calloc(take->ports_len + 1, sizeof(*take->ports));
	if (!take->ports)
		return why_no_memory(why, "%u ports", take->ports_len);
	for (unsigned i = 0; i < take->ports_len && fd <= take->fds_len; i++)
		if (!port_read(take, json_array_get(ports, i), &take->ports[i], &fd))
			fd = UINT32_MAX;
	if (fd == take->fds_len)
		return 0;
	return why_fail(why, -EPROTO, "the running process hands over what was not understood");
}

static int take_connect(struct handover_take *take, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval wait = {SILENCE_S, 0};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	take->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (take->fd < 0)
		return -errno;
	setsockopt(take->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(take->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return connect(take->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
}

int handover_take_open(struct handover_take *take, const char *socket, struct why *why)
{
	json_t *offer;
	int err;

	*take = (struct handover_take){.fd = -1};
	err = *socket ? take_connect(take, socket) : -ENOENT;
	if (err == -ENOENT || err == -ECONNREFUSED) {
		handover_take_close(take);
		return 0;
	}
	if (err)
		return why_fail(why, err, "control.socket: %s: %s", socket, strerror(-err));
	offer = take_ask(take, "offer", why);
	err = offer ? offer_read(take, offer, why) : -EPROTO;
	json_decref(offer);
	return err;
}

int handover_take_find(const struct handover_take *take, const char *device,
                       const struct netif_handover **given, struct why *why)
{
	*given = NULL;
	for (unsigned i = 0; i < take->ports_len; i++) {
		const struct handover_port *port = &take->ports[i];

		if (!backends_are_same(port->device, device))
			continue;
		if (*port->why.text)
			return why_fail(why, -EOPNOTSUPP, "%s", port->why.text);
		*given = &port->given;
	}
	return 0;
}

// The numbers as they are since the other process has stopped.
static int device_take(struct handover_take *take, const json_t *row, struct netif *netif,
                       const struct netif_handover *given, struct why *why)
{
	struct netif_handover now = *given;

	if (numbers_read(row, &now) && netif->ops->take(netif, &now) == 0)
		return 0;
	return why_fail(why, -EPROTO, "%s: what was handed over was not understood", netif->device);
}

static void neighbours_take(const struct boot *boot, unsigned port, const json_t *list, mono_t now)
{
	struct stack_neigh neigh;
	const json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		if (!json_is_string(text) || !boot_conf_neighbour(json_string_value(text), &neigh))
			continue;
		for (unsigned w = 0; w < boot->workers_len; w++)
			stack_neighbour_seen(boot->workers[w].self.stack, boot->netifs[port],
			                     &neigh, now);
	}
}

// The rows of the other process's ports are in the order of its offer.
static int devices_take(struct handover_take *take, struct boot *boot, const json_t *reply,
                        struct why *why)
{
	const json_t *rows = json_object_get(reply, "ports");
	const json_t *neighbours = json_object_get(reply, "neighbours");
	int err = 0;

	for (unsigned i = 0; i < boot->values->ports.len && !err; i++) {
		const struct netif_handover *given = boot->taken[i];
		size_t at = 0;

		if (!given)
			continue;
		while (given != &take->ports[at].given)
			at++;
		err = device_take(take, json_array_get(rows, at), boot->netifs[i], given, why);
		if (!err)
			neighbours_take(boot, i, json_array_get(neighbours, at), boot->started);
	}
	return err;
}

// Waits for answers that are in progress, as long as the other process has time for them. One of an
// earlier version does not know the step, and cuts them off.
static void take_leave(struct handover_take *take)
{
	const struct timespec pause = {0, LEAVE_AGAIN_NS};
	json_int_t in_progress, wait_ms;
	struct why why;

	for (unsigned i = 0; i < LEAVE_TRIES_MAX; i++) {
		json_t *reply = take_ask(take, "leave", &why);

		in_progress = json_integer_value(json_object_get(reply, "in_progress"));
		wait_ms = json_integer_value(json_object_get(reply, "wait_ms"));
		json_decref(reply);
		if (in_progress <= 0 || wait_ms <= 0)
			return;
		if (i == LEAVE_QUIET)
			log_info("the running process has %ju ms for %ju TCP connections on which "
			         "a request or its answer is in progress",
			         (uintmax_t)wait_ms, (uintmax_t)in_progress);
		nanosleep(&pause, NULL);
	}
}

int handover_take_stop(struct handover_take *take, struct boot *boot, struct why *why)
{
	json_t *reply;
	int err;

	if (take->fd < 0)
		return 0;
	take_leave(take);
	reply = take_ask(take, "stop", why);
	err = reply ? devices_take(take, boot, reply, why) : -EPROTO;
	json_decref(reply);
	return err;
}

int handover_take_done(struct handover_take *take, struct why *why)
{
	json_t *reply = take_ask(take, "done", why);

	json_decref(reply);
	return reply ? 0 : -EPROTO;
}

void handover_take_close(struct handover_take *take)
{
	if (take->fd >= 0)
		close(take->fd);
	while (take->fds_len)
		close(take->fds[--take->fds_len]);
	free(take->ports);
	*take = (struct handover_take){.fd = -1};
}
