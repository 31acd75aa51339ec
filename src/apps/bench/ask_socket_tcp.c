// ask_socket_tcp: see the header.
#include "apps/bench/ask_socket_tcp.h"

#include "apps/bench/ask_message.h"
#include "apps/bench/ask_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// Connections of single queries, within the usual limit of descriptors.
#define EACH_LANES 400

#define OUT_BYTES   (1 << 14) // queries that wait for the kernel, of one connection
#define IN_BYTES    (1 << 16)
#define EVENTS      64
#define SWEEP_LANES 16 // looked at in a turn

struct lane {
	struct ask_messages messages;
	int fd; // -1: none
	bool open;
	uint16_t number; // the candidate that it stands for
	uint8_t *out;    // OUT_BYTES
	uint32_t out_len;
	struct asker_query query; // of a connection for one
	mono_t begun;
	struct lane *next; // that is free
};

struct ask_socket_tcp {
	struct ask_worker *worker;
	int epoll;
	bool each; // a connection for each query
	uint32_t lanes_len, sweep;
	struct lane *lane;
	struct lane *free; // of those for one query
	uint8_t *buffers;  // of all lanes: messages, then out
	uint8_t in[IN_BYTES];
};

// As ask_tcp.c: connections of the time before the trial are not its own.
static void count(const struct ask_socket_tcp *tcp, const struct lane *lane, bool success)
{
	struct tally *tally = &tcp->worker->asker.tally;

	if (tcp->worker->doing == ASK_TRIAL && lane->begun.us >= tcp->worker->asker.trial.begin.us)
		counter_add(success ? &tally->connections : &tally->connections_failed, 1);
}

// The kernel ends the connection, and forgets it in epoll.
static void lane_close(struct ask_socket_tcp *tcp, struct lane *lane)
{
	close(lane->fd);
	lane->fd = -1;
	lane->open = false;
	lane->out_len = 0;
	ask_message_reset(&lane->messages);
	if (tcp->each) {
		lane->next = tcp->free;
		tcp->free = lane;
	}
}

static int connect_to(const struct ask_way *way, uint16_t number)
{
	struct sockaddr_storage to, from;
	socklen_t len = ask_socket_addr(way->target.addr, way->target.port, &to);
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (way->from_len) {
		socklen_t own = ask_socket_addr(way->from[number % way->from_len], 0, &from);

		// The port is chosen with the connection, so that it may be one that is in use to
		// another host.
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&from, own) != 0) {
			close(fd);
			return -1;
		}
	}
	if (connect(fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool lane_connect(struct ask_socket_tcp *tcp, struct lane *lane, mono_t now)
{
	const struct ask *ask = tcp->worker->ask;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = lane};

	lane->begun = now;
	lane->fd = connect_to(&ask->way[ask->way_of[lane->number]], lane->number);
	if (lane->fd >= 0 && epoll_ctl(tcp->epoll, EPOLL_CTL_ADD, lane->fd, &event) == 0)
		return true;
	count(tcp, lane, false);
	if (lane->fd >= 0)
		close(lane->fd);
	lane->fd = -1;
	return false;
}

static bool put(struct lane *lane, const struct asker_query *query)
{
	uint16_t len = query->query->len;
	uint8_t *to = lane->out + lane->out_len;

	if (DNS_STREAM_LENGTH_BYTES + (uint32_t)len > OUT_BYTES - lane->out_len)
		return false;
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	query_write(query->query, query->id, query->nonce, to + DNS_STREAM_LENGTH_BYTES);
	lane->out_len += DNS_STREAM_LENGTH_BYTES + (uint32_t)len;
	return true;
}

// What the kernel takes of it.
static void push(struct ask_socket_tcp *tcp, struct lane *lane)
{
	ssize_t sent = send(lane->fd, lane->out, lane->out_len, MSG_NOSIGNAL);

	if (sent < 0) {
		if (errno != EAGAIN)
			lane_close(tcp, lane);
		return;
	}
	lane->out_len -= (uint32_t)sent;
	memmove(lane->out, lane->out + sent, lane->out_len);
}

// The connection is complete, or has failed.
static void opened(struct ask_socket_tcp *tcp, struct lane *lane, mono_t now)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = lane};
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(lane->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	count(tcp, lane, err == 0);
	if (err) {
		if (err == ECONNREFUSED)
			ask_worker_refused(tcp->worker, now);
		lane_close(tcp, lane);
		return;
	}
	lane->open = true;
	epoll_ctl(tcp->epoll, EPOLL_CTL_MOD, lane->fd, &event);
	if (tcp->each && put(lane, &lane->query))
		push(tcp, lane);
}

static void readable(struct ask_socket_tcp *tcp, struct lane *lane, mono_t now)
{
	ssize_t len = recv(lane->fd, tcp->in, sizeof(tcp->in), 0);

	if (len > 0) {
		unsigned n =
		        ask_message_take(&lane->messages, lane->number, tcp->in, (size_t)len, now);

		if (n && tcp->each)
			lane_close(tcp, lane);
	} else if (len == 0 || errno != EAGAIN) {
		lane_close(tcp, lane);
	}
}

void ask_socket_tcp_receive(struct ask_socket_tcp *tcp, mono_t now)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(tcp->epoll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		struct lane *lane = events[i].data.ptr;

		if (!lane->open)
			opened(tcp, lane, now);
		else
			readable(tcp, lane, now);
	}
}

static bool send_each(struct ask_socket_tcp *tcp, const struct asker_query *query, mono_t now)
{
	struct lane *lane = tcp->free;

	if (!lane)
		return false;
	lane->number = query->source;
	lane->query = *query;
	if (!lane_connect(tcp, lane, now))
		return false;
	tcp->free = lane->next;
	return true;
}

bool ask_socket_tcp_send(struct ask_socket_tcp *tcp, const struct asker_query *query, mono_t now)
{
	struct lane *lane;

	if (tcp->each)
		return send_each(tcp, query, now);
	if (query->source >= tcp->lanes_len)
		return false;
	lane = &tcp->lane[query->source];
	if (lane->open)
		return put(lane, query);
	if (lane->fd < 0)
		(void)lane_connect(tcp, lane, now); // else again with the next query
	return false;
}

void ask_socket_tcp_flush(struct ask_socket_tcp *tcp, mono_t now)
{
	uint64_t timeout_us = tcp->worker->ask->conf->timeout_ms * MS_US;

	for (uint32_t i = 0; i < tcp->lanes_len; i++)
		if (tcp->lane[i].open && tcp->lane[i].out_len)
			push(tcp, &tcp->lane[i]);
	assert(tcp->lanes_len > 0);
	for (unsigned i = 0; tcp->each && i < SWEEP_LANES; i++) {
		struct lane *lane = &tcp->lane[tcp->sweep++ % tcp->lanes_len];

		if (lane->fd < 0 || mono_until(lane->begun, now) <= timeout_us)
			continue;
		if (!lane->open)
			count(tcp, lane, false);
		lane_close(tcp, lane);
	}
}

static void lane_init(struct ask_socket_tcp *tcp, struct lane *lane, uint32_t number)
{
	uint8_t *buffers = tcp->buffers + (size_t)number * (DNS_MSG_MAX_BYTES + OUT_BYTES);

	*lane = (struct lane){.messages = {.worker = tcp->worker, .buffer = buffers},
	                      .fd = -1,
	                      .number = (uint16_t)number,
	                      .out = buffers + DNS_MSG_MAX_BYTES,
	                      .next = tcp->free};
	tcp->free = lane;
}

struct ask_socket_tcp *ask_socket_tcp_open(struct ask_worker *worker, struct why *why)
{
	const struct ask_conf *conf = worker->ask->conf;
	struct ask_socket_tcp *tcp = calloc(1, sizeof(*tcp));

	if (!tcp) {
		(void)why_no_memory(why, "the connections of a worker");
		return NULL;
	}
	tcp->worker = worker;
	tcp->each = conf->transport == ASK_TCP_EACH;
	tcp->lanes_len = tcp->each ? EACH_LANES : (uint32_t)conf->sources;
	tcp->lane = calloc(tcp->lanes_len, sizeof(*tcp->lane));
	// Its pages only when they are used.
	tcp->buffers = calloc(tcp->lanes_len, DNS_MSG_MAX_BYTES + OUT_BYTES);
	tcp->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!tcp->lane || !tcp->buffers || tcp->epoll < 0) {
		why_set(why, "no memory or no descriptor for the connections of a worker");
		tcp->lanes_len = 0;
		ask_socket_tcp_close(tcp);
		return NULL;
	}
	for (uint32_t i = 0; i < tcp->lanes_len; i++)
		lane_init(tcp, &tcp->lane[i], i);
	return tcp;
}

void ask_socket_tcp_close(struct ask_socket_tcp *tcp)
{
	if (!tcp)
		return;
	for (uint32_t i = 0; i < tcp->lanes_len; i++)
		if (tcp->lane[i].fd >= 0)
			close(tcp->lane[i].fd);
	if (tcp->epoll >= 0)
		close(tcp->epoll);
	free(tcp->lane);
	free(tcp->buffers);
	free(tcp);
}
