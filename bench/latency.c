// latency: sends a DNS query to a server at a steady rate and tells how long the answers
// took, from when each query was due: a server that stands still for a while is late with
// all that were due meanwhile. usage: latency SERVER RATE SECONDS NAME; NAME is asked for
// as A. Prints queries, lost ones, and microseconds: median, 99th, 99.9th percentile and
// the longest. It sleeps between them: give it real-time priority (chrt -f), so that what
// is measured is not how long it waits for its own core.
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LATE_NS 1000000000 // after so long an answer is lost

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static size_t query_build(uint8_t *to, const char *name)
{
	uint8_t *p = to + 12;

	memcpy(to, "\0\0\0\0\0\1\0\0\0\0\0\0", 12);
	while (*name) {
		size_t len = strcspn(name, ".");

		*p++ = (uint8_t)len;
		memcpy(p, name, len);
		p += len;
		name += len + (name[len] == '.');
	}
	memcpy(p, "\0\0\1\0\1", 5);
	return (size_t)(p + 5 - to);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

// Takes what comes in until then; due_ns is of the last 65,536 queries by their id.
static size_t take(int fd, const uint64_t *due_ns, uint64_t *took_ns, size_t len, uint64_t until)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};
	uint8_t reply[2048];
	uint64_t now = now_ns();

	while (recv(fd, reply, sizeof(reply), MSG_DONTWAIT) >= 12)
		took_ns[len++] = now - due_ns[reply[0] << 8 | reply[1]];
	if (now < until)
		ppoll(&in, 1, &(struct timespec){0, (long)(until - now) % 1000000000}, NULL);
	return len;
}

// A socket for queries to the address, or -1.
static int server_connect(const char *address)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *server;
	int fd;

	if (getaddrinfo(address, "53", &hints, &server) != 0)
		return -1;
	fd = socket(server->ai_family, SOCK_DGRAM, 0);
	if (fd >= 0 && connect(fd, server->ai_addr, server->ai_addrlen) != 0)
		fd = -1;
	freeaddrinfo(server);
	return fd;
}

int main(int argc, char **argv)
{
	static uint64_t due_ns[65536];
	int fd = argc == 5 ? server_connect(argv[1]) : -1;
	uint64_t rate, n, begin, *took_ns;
	uint8_t query[512];
	size_t query_len, len = 0;

	if (fd < 0 || strlen(argv[4]) > 255) {
		fprintf(stderr, "usage: latency SERVER RATE SECONDS NAME\n");
		return 2;
	}
	rate = strtoull(argv[2], NULL, 10);
	n = rate * strtoull(argv[3], NULL, 10);
	took_ns = calloc(n + 65536, sizeof(*took_ns));
	if (n == 0 || !took_ns) {
		fprintf(stderr, "latency: RATE and SECONDS are numbers above 0\n");
		return 2;
	}
	query_len = query_build(query, argv[4]);
	begin = now_ns();
	for (uint64_t i = 0; i < n; i++) {
		due_ns[i % 65536] = begin + i * 1000000000 / rate;
		while (now_ns() < due_ns[i % 65536])
			len = take(fd, due_ns, took_ns, len, due_ns[i % 65536]);
		query[0] = (uint8_t)(i >> 8);
		query[1] = (uint8_t)i;
		if (send(fd, query, query_len, MSG_DONTWAIT) < 0)
			break;
	}
	for (uint64_t end = now_ns() + LATE_NS; len < n && now_ns() < end;)
		len = take(fd, due_ns, took_ns, len, end);
	qsort(took_ns, len, sizeof(*took_ns), compare);
	printf("%" PRIu64 " %" PRIu64, n, n - len);
	for (unsigned i = 0; i < 4; i++) {
		static const double parts[] = {0.5, 0.99, 0.999, 1};
		size_t at = len ? (size_t)(parts[i] * (double)(len - 1)) : 0;

		printf(" %.1f", (double)took_ns[at] / 1000);
	}
	printf("\n");
	free(took_ns);
	return 0;
}
