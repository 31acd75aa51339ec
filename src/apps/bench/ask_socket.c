// ask_socket: see the header.
#include "apps/bench/ask_socket.h"

#include "apps/bench/ask_socket_tcp.h"
#include "core/host/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#define BATCH        64 // datagrams of one system call
#define TAKE         256
#define ANSWER_BYTES 4096
#define BUFFER_BYTES (8 << 20)

// What goes and comes in one turn. Each socket has its own part of the queries.
struct ask_socket_batch {
	struct asker_query queries[TAKE];
	uint16_t len[ASK_SOCKETS_MAX]; // of each socket
	uint16_t at[ASK_SOCKETS_MAX][TAKE];
	struct mmsghdr msgs[BATCH];
	struct iovec vecs[BATCH];
	uint8_t bytes[BATCH][ANSWER_BYTES];
};

socklen_t ask_socket_addr(struct addr addr, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
	struct sockaddr_in *four = (struct sockaddr_in *)to;

	memset(to, 0, sizeof(*to));
	if (addr_is_ipv4(addr)) {
		four->sin_family = AF_INET;
		four->sin_port = be16(port).be;
		four->sin_addr.s_addr = addr_ipv4(addr).be;
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = be16(port).be;
	addr_to_bytes(addr, six->sin6_addr.s6_addr);
	return sizeof(*six);
}

static int open_one(const struct ask *ask, unsigned i, struct why *why)
{
	const struct ask_way *way = &ask->way[ask->way_of[i]];
	struct sockaddr_storage to, from;
	socklen_t len = ask_socket_addr(way->target.addr, way->target.port, &to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = BUFFER_BYTES, err;

	if (fd < 0)
		return why_fail(why, -errno, "no socket: %s", strerror(errno));
	// The first needs a capability; without it the system's limit counts.
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (way->from_len && bind(fd, (struct sockaddr *)&from,
	                          ask_socket_addr(way->from[i % way->from_len], 0, &from)) != 0) {
		err = -errno;
		close(fd);
		return why_fail(why, err, "an address of --from is not this machine's: %s",
		                strerror(-err));
	}
	if (connect(fd, (struct sockaddr *)&to, len) != 0) {
		err = -errno;
		close(fd);
		return why_fail(why, err, "the server cannot be reached: %s", strerror(-err));
	}
	return fd;
}

int ask_socket_open(struct ask_socket *socket, struct why *why)
{
	const struct ask *ask = socket->worker.ask;
	unsigned len = (unsigned)size_min(ask->conf->sources, ASK_SOCKETS_MAX);

	socket->batch = calloc(1, sizeof(*socket->batch));
	if (!socket->batch)
		return why_no_memory(why, "the sockets of a worker");
	for (unsigned i = 0; i < BATCH; i++) {
		socket->batch->vecs[i].iov_base = socket->batch->bytes[i];
		socket->batch->msgs[i].msg_hdr.msg_iov = &socket->batch->vecs[i];
		socket->batch->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	if (ask->conf->transport != ASK_UDP) {
		socket->tcp = ask_socket_tcp_open(&socket->worker, why);
		return socket->tcp ? 0 : -ENOMEM;
	}
	for (; socket->fds_len < len; socket->fds_len++) {
		int fd = open_one(ask, socket->fds_len, why);

		if (fd < 0)
			return fd;
		socket->fd[socket->fds_len] = fd;
	}
	return 0;
}

static void withdraw(struct ask_socket *socket, const uint16_t *at, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		ask_worker_withdraw(&socket->worker, &socket->batch->queries[at[i]]);
}

// Up to BATCH queries by one system call; what the kernel does not take is not sent.
static void send_some(struct ask_socket *socket, unsigned fd, const uint16_t *at, unsigned len,
                      mono_t now)
{
	struct ask_socket_batch *batch = socket->batch;
	int sent;

	for (unsigned i = 0; i < len; i++) {
		const struct asker_query *query = &batch->queries[at[i]];

		query_write(query->query, query->id, query->nonce, batch->bytes[i]);
		batch->vecs[i].iov_len = query->query->len;
	}
	sent = sendmmsg(socket->fd[fd], batch->msgs, len, 0);
	if (sent < 0 && errno == ECONNREFUSED) {
		// Of a query before; the call had no other effect.
		ask_worker_refused(&socket->worker, now);
		sent = sendmmsg(socket->fd[fd], batch->msgs, len, 0);
	}
	sent = sent < 0 ? 0 : sent;
	withdraw(socket, at + sent, len - (unsigned)sent);
}

static void send_all(struct ask_socket *socket, mono_t now)
{
	struct ask_socket_batch *batch = socket->batch;
	unsigned len = ask_worker_take(&socket->worker, now, batch->queries, TAKE);

	memset(batch->len, 0, sizeof(batch->len));
	for (unsigned i = 0; i < len; i++) {
		unsigned fd = batch->queries[i].source;

		if (fd < socket->fds_len)
			batch->at[fd][batch->len[fd]++] = (uint16_t)i;
	}
	for (unsigned fd = 0; fd < socket->fds_len; fd++)
		for (unsigned i = 0; i < batch->len[fd]; i += BATCH)
			send_some(socket, fd, &batch->at[fd][i],
			          (unsigned)size_min(BATCH, batch->len[fd] - i), now);
}

static void receive(struct ask_socket *socket, unsigned fd, mono_t now)
{
	struct ask_socket_batch *batch = socket->batch;
	int len;

	do {
		for (unsigned i = 0; i < BATCH; i++)
			batch->vecs[i].iov_len = ANSWER_BYTES;
		len = recvmmsg(socket->fd[fd], batch->msgs, BATCH, 0, NULL);
		if (len < 0 && errno == ECONNREFUSED)
			ask_worker_refused(&socket->worker, now);
		for (int i = 0; i < len; i++)
			ask_worker_answer(&socket->worker, fd, batch->bytes[i],
			                  batch->msgs[i].msg_len, now);
	} while (len == BATCH);
}

static void turn_tcp(struct ask_socket *socket, mono_t now)
{
	struct asker_query *queries = socket->batch->queries;
	unsigned len;

	ask_socket_tcp_receive(socket->tcp, now);
	len = ask_worker_take(&socket->worker, now, queries, TAKE);
	for (unsigned i = 0; i < len; i++)
		if (!ask_socket_tcp_send(socket->tcp, &queries[i], now))
			ask_worker_withdraw(&socket->worker, &queries[i]);
	ask_socket_tcp_flush(socket->tcp, now);
}

static void turn(struct ask_socket *socket, mono_t now)
{
	if (socket->tcp) {
		turn_tcp(socket, now);
		return;
	}
	for (unsigned fd = 0; fd < socket->fds_len; fd++)
		receive(socket, fd, now);
	send_all(socket, now);
}

static void *run(void *arg)
{
	struct ask_socket *socket = arg;
	struct clock clock;
	cpu_set_t set;

	if (socket->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET((unsigned)socket->cpu, &set);
		pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	}
	clock_init(&clock);
	while (!atomic_load_explicit(&socket->stop, memory_order_acquire))
		turn(socket, clock_now(&clock));
	return NULL;
}

int ask_socket_start(struct ask_socket *socket)
{
	int err = -pthread_create(&socket->thread, NULL, run, socket);

	socket->running = err == 0;
	return err;
}

void ask_socket_close(struct ask_socket *socket)
{
	atomic_store_explicit(&socket->stop, true, memory_order_release);
	if (socket->running)
		pthread_join(socket->thread, NULL);
	ask_socket_tcp_close(socket->tcp);
	while (socket->fds_len)
		close(socket->fd[--socket->fds_len]);
	free(socket->batch);
}

uint64_t ask_socket_missed(const struct ask_socket *socket)
{
	uint64_t missed = 0;

	for (unsigned i = 0; i < socket->fds_len; i++) {
		uint32_t info[SK_MEMINFO_VARS] = {0};
		socklen_t len = sizeof(info);

		if (getsockopt(socket->fd[i], SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
			missed += info[SK_MEMINFO_DROPS];
	}
	return missed;
}
