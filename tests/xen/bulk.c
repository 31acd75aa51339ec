// bulk: one TCP connection to wadi-echo, for the small dom0 of tests/xen: every byte that comes
// back is compared. With a file's name it stops in the middle, when nothing is outstanding, makes
// the file NAME.half, and goes on when NAME exists.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PART_BYTES (1 << 18)
#define LIMIT_MS   120000
#define LINE_BYTES 74 // of chargen: 72 characters and the end (RFC 864)
#define RING_CHARS 95

enum { ECHO = 7, DISCARD = 9, CHARGEN = 19 };

static void die(const char *what)
{
	fprintf(stderr, "bulk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int connected(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *to;
	int fd;

	if (getaddrinfo(address, port, &hints, &to))
		die(address);
	fd = socket(to->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		die("connect");
	freeaddrinfo(to);
	return fd;
}

// The byte at a place of the stream that is sent: a hash, so that no shift of it goes unnoticed.
static uint8_t sent_at(uint64_t at)
{
	uint64_t word = (at / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15);

	word ^= word >> 29;
	return (uint8_t)(word >> at % 8 * 8);
}

static uint8_t chargen_at(uint64_t at)
{
	uint64_t line = at / LINE_BYTES, column = at % LINE_BYTES;

	if (column >= LINE_BYTES - 2)
		return column == LINE_BYTES - 2 ? '\r' : '\n';
	return (uint8_t)(' ' + (line + column) % RING_CHARS);
}

static void await(int fd, short events)
{
	struct pollfd entry = {.fd = fd, .events = events};

	if (poll(&entry, 1, LIMIT_MS) <= 0) {
		errno = errno ? errno : ETIMEDOUT;
		die("nothing happens");
	}
}

// Sends up to `until` as far as it goes without a wait; where the stream is then.
static uint64_t send_some(int fd, uint64_t at, uint64_t until)
{
	static uint8_t part[PART_BYTES];
	size_t n = until - at < sizeof(part) ? (size_t)(until - at) : sizeof(part);
	ssize_t sent;

	for (size_t i = 0; i < n; i++)
		part[i] = sent_at(at + i);
	sent = send(fd, part, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN)
		die("send");
	return sent < 0 ? at : at + (uint64_t)sent;
}

static uint64_t take_some(int fd, uint64_t at, uint64_t until, uint8_t (*wanted)(uint64_t))
{
	static uint8_t part[PART_BYTES];
	size_t n = until - at < sizeof(part) ? (size_t)(until - at) : sizeof(part);
	ssize_t got = recv(fd, part, n, MSG_DONTWAIT);

	if (got < 0 && errno == EAGAIN)
		return at;
	if (got <= 0) {
		errno = got ? errno : EPIPE;
		die("receive");
	}
	for (ssize_t i = 0; i < got; i++) {
		if (part[i] == wanted(at + (uint64_t)i))
			continue;
		fprintf(stderr, "bulk: byte %ju is another one\n", (uintmax_t)(at + (uint64_t)i));
		exit(1);
	}
	return at + (uint64_t)got;
}

static void echo(int fd, uint64_t from, uint64_t until)
{
	uint64_t sent = from, got = from;

	while (got < until) {
		await(fd, (short)(POLLIN | (sent < until ? POLLOUT : 0)));
		if (sent < until)
			sent = send_some(fd, sent, until);
		got = take_some(fd, got, sent > got ? sent : until, sent_at);
	}
}

static void discard(int fd, uint64_t bytes)
{
	char byte;

	for (uint64_t sent = 0; sent < bytes;) {
		await(fd, POLLOUT);
		sent = send_some(fd, sent, bytes);
	}
	shutdown(fd, SHUT_WR);
	// The service closes when it has had all.
	await(fd, POLLIN);
	if (recv(fd, &byte, 1, 0) != 0)
		die("discard answers");
}

static void chargen(int fd, uint64_t bytes)
{
	for (uint64_t got = 0; got < bytes;) {
		await(fd, POLLIN);
		got = take_some(fd, got, bytes, chargen_at);
	}
}

static void pause_until(const char *name)
{
	char half[256];
	FILE *file;

	snprintf(half, sizeof(half), "%s.half", name);
	file = fopen(half, "w");
	if (!file)
		die(half);
	fclose(file);
	for (int tries = 0; access(name, F_OK); tries++) {
		if (tries == 2 * LIMIT_MS / 100)
			die(name);
		usleep(100000);
	}
}

int main(int argc, char **argv)
{
	uint64_t bytes;
	double begin;
	int fd, port;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: bulk ADDRESS 7|9|19 BYTES [NAME]\n");
		return 2;
	}
	port = atoi(argv[2]);
	bytes = strtoull(argv[3], NULL, 10);
	fd = connected(argv[1], argv[2]);
	begin = now_s();
	if (port == ECHO) {
		echo(fd, 0, bytes / 2);
		if (argc == 5)
			pause_until(argv[4]);
		echo(fd, bytes / 2, bytes);
	} else if (port == DISCARD) {
		discard(fd, bytes);
	} else if (port == CHARGEN) {
		chargen(fd, bytes);
	}
	printf("%.1f Mbit/s\n", (double)bytes * 8 / (now_s() - begin) / 1e6);
	return 0;
}
