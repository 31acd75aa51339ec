// get: asks an HTTP server for a path and prints the body, for the small dom0 of tests/xen, whose
// wget needs the C library's name services. get ADDRESS PORT PATH [TOKEN]; fails unless the
// status is 200, and after 20 s.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int die(const char *what)
{
	fprintf(stderr, "get: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int connected(const char *address, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	                         .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *to;
	int fd;

	if (getaddrinfo(address, port, &hints, &to))
		die(address);
	fd = socket(to->ai_family, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		die("connect");
	freeaddrinfo(to);
	return fd;
}

int main(int argc, char **argv)
{
	char request[1024], *body;
	static char answer[1 << 20];
	size_t len = 0;
	ssize_t got;
	int fd, n;

	if (argc < 4)
		return die("get ADDRESS PORT PATH [TOKEN]");
	alarm(20);
	fd = connected(argv[1], argv[2]);
	n = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s\r\n%s%s%s\r\n", argv[3],
	             argv[1], argc > 4 ? "Authorization: Bearer " : "", argc > 4 ? argv[4] : "",
	             argc > 4 ? "\r\n" : "");
	if (n >= (int)sizeof(request) || write(fd, request, (size_t)n) != n)
		die("write");
	while ((got = read(fd, answer + len, sizeof(answer) - 1 - len)) > 0)
		len += (size_t)got;
	body = strstr(answer, "\r\n\r\n");
	if (got < 0 || !body)
		die("no whole answer");
	printf("%s", body + 4);
	return strncmp(answer, "HTTP/1.1 200 ", 13) != 0;
}
