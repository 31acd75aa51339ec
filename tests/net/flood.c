// flood: sends the frames of a pcap file by an interface, over and over and as fast as the
// kernel takes them, for some seconds; prints how many it sent. For flood.sh.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 4096
#define BATCH      64
#define PCAP_HDR   24
#define RECORD_HDR 16

static uint8_t file[1 << 22];
static struct iovec frames[FRAMES_MAX];

// Points at the frames of the file; returns how many there are.
static unsigned frames_read(const char *path)
{
	FILE *in = fopen(path, "rb");
	size_t len = in ? fread(file, 1, sizeof(file), in) : 0;
	unsigned n = 0;

	if (in)
		fclose(in);
	for (size_t at = PCAP_HDR; at + RECORD_HDR < len && n < FRAMES_MAX; n++) {
		uint32_t size;

		memcpy(&size, file + at + 8, sizeof(size));
		frames[n] = (struct iovec){file + at + RECORD_HDR, size};
		at += RECORD_HDR + size;
	}
	return n;
}

static int socket_open(const char *iface)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
	                           .sll_ifindex = (int)if_nametoindex(iface)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) == 0)
		return fd;
	perror(iface);
	return -1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	unsigned len = argc == 4 ? frames_read(argv[1]) : 0, next = 0;
	int fd = len ? socket_open(argv[2]) : -1;
	struct mmsghdr batch[BATCH] = {0};
	unsigned long sent = 0;
	double end;

	if (fd < 0) {
		fprintf(stderr, "Usage: flood FILE.pcap INTERFACE SECONDS\n");
		return 1;
	}
	end = now() + atof(argv[3]);
	while (now() < end) {
		int took;

		for (unsigned i = 0; i < BATCH; i++) {
			batch[i].msg_hdr.msg_iov = &frames[next];
			batch[i].msg_hdr.msg_iovlen = 1;
			next = (next + 1) % len;
		}
		took = sendmmsg(fd, batch, BATCH, 0);
		sent += took > 0 ? (unsigned long)took : 0;
	}
	printf("%lu\n", sent);
	close(fd);
	return 0;
}
