// collector: prints each datagram that comes to a UDP port as a line, which the shell's
// own tools in dom0 cannot. Ends when it is killed.
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6,
	                           .sin6_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : ""))};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	char text[2048];
	ssize_t len;

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
		fprintf(stderr, "collector: %s\n", strerror(errno));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((len = recv(fd, text, sizeof(text), 0)) >= 0)
		printf("%.*s\n", (int)len, text);
	return 1;
}
