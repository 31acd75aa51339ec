// load: a stream of DNS queries over UDP with a window of outstanding ones, for the
// small dom0 of tests/xen. Each reply is checked: an id that is outstanding, the
// question that was asked, the rcode that was expected. Nothing is asked twice.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES   12
#define QUESTION_BYTES (255 + 4)
#define QUERY_BYTES    (HEADER_BYTES + QUESTION_BYTES)
#define REPLY_BYTES    4096
#define BATCH          32
#define IDS            65536
#define QUESTIONS_MAX  65536

// A question in wire form, and the rcode that its answers have to have.
struct question {
	uint8_t wire[QUESTION_BYTES];
	uint16_t len;
	uint8_t rcode;
};

struct load {
	int fd;
	unsigned window;
	uint64_t wanted;  // queries
	double limit_s;   // for all of it
	double silence_s; // without a reply: what is outstanding is then lost
	struct question *questions;
	size_t questions_len;

	// The question that was asked with an id, while no reply came: its index
	// and one; else 0.
	uint32_t asked[IDS];
	uint64_t outstanding;
	// lost counts those that wait for their reply, too.
	uint64_t sent, lost, received, duplicates, wrong;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *which)
{
	fprintf(stderr, "load: %s %s\n", what, which);
	exit(2);
}

static bool add_name(struct question *question, const char *name)
{
	while (*name) {
		size_t len = strcspn(name, ".");

		if (len == 0 || len > 63 || question->len + len + 2 > QUESTION_BYTES - 4)
			return false;
		question->wire[question->len++] = (uint8_t)len;
		memcpy(question->wire + question->len, name, len);
		question->len += (uint16_t)len;
		name += len + (name[len] == '.');
	}
	question->wire[question->len++] = 0;
	return true;
}

// NAME[/TYPE[/RCODE]], both numbers; %d in the name stands for the number.
static void add_question(struct load *load, const char *text, unsigned number)
{
	struct question *question = &load->questions[load->questions_len++];
	unsigned type = 1, rcode = 0;
	char name[256], *gap;
	size_t len = strcspn(text, "/");

	sscanf(text + len, "/%u/%u", &type, &rcode);
	gap = memmem(text, len, "%d", 2);
	if (gap)
		snprintf(name, sizeof(name), "%.*s%u%.*s", (int)(gap - text), text, number,
		         (int)(text + len - gap - 2), gap + 2);
	else
		snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (len >= sizeof(name) || !add_name(question, name))
		die("this is no name:", text);
	question->wire[question->len++] = (uint8_t)(type >> 8);
	question->wire[question->len++] = (uint8_t)type;
	question->wire[question->len++] = 0;
	question->wire[question->len++] = 1;
	question->rcode = (uint8_t)rcode;
}

static size_t build_query(struct load *load, uint8_t *to)
{
	uint16_t id = (uint16_t)load->sent;
	size_t at = load->sent % load->questions_len;
	const struct question *question = &load->questions[at];
	const uint8_t header[HEADER_BYTES] = {id >> 8, id & 0xff, 0, 0, 0, 1};

	memcpy(to, header, HEADER_BYTES);
	memcpy(to + HEADER_BYTES, question->wire, question->len);
	load->asked[id] = (uint32_t)at + 1;
	load->sent++;
	load->lost++;
	load->outstanding++;
	return HEADER_BYTES + question->len;
}

static void send_batch(struct load *load)
{
	static uint8_t data[BATCH][QUERY_BYTES];
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int n = 0, done = 0;

	while (n < BATCH && load->sent < load->wanted && load->outstanding < load->window) {
		pieces[n] = (struct iovec){data[n], build_query(load, data[n])};
		messages[n].msg_hdr.msg_iov = &pieces[n];
		messages[n].msg_hdr.msg_iovlen = 1;
		n++;
	}
	while (done < n) {
		int sent = sendmmsg(load->fd, messages + done, (unsigned)(n - done), 0);

		// What the other side says by ICMP shows here; the query is then lost.
		if (sent < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH &&
		    errno != ENETUNREACH)
			die("sending:", strerror(errno));
		if (sent > 0)
			done += sent;
	}
}

static void take_reply(struct load *load, const uint8_t *reply, size_t len)
{
	uint16_t id = (uint16_t)(reply[0] << 8 | reply[1]);
	const struct question *question;

	if (len < HEADER_BYTES || !(reply[2] & 0x80)) {
		load->wrong++;
		return;
	}
	if (load->asked[id] == 0) {
		load->duplicates++;
		return;
	}
	question = &load->questions[load->asked[id] - 1];
	load->asked[id] = 0;
	load->lost--;
	if (load->outstanding > 0)
		load->outstanding--;
	if (len < HEADER_BYTES + (size_t)question->len || (reply[3] & 0x0f) != question->rcode ||
	    memcmp(reply + HEADER_BYTES, question->wire, question->len) != 0)
		load->wrong++;
	else
		load->received++;
}

// Waits for a first reply, then takes all that are there. False: there was none.
static bool take_batch(struct load *load)
{
	static uint8_t data[BATCH][REPLY_BYTES];
	struct iovec pieces[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int n;

	for (int i = 0; i < BATCH; i++) {
		pieces[i] = (struct iovec){data[i], REPLY_BYTES};
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(load->fd, messages, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < n; i++)
		take_reply(load, data[i], messages[i].msg_len);
	return n > 0;
}

static double run(struct load *load)
{
	double begin = now_s(), last = begin, now = begin;

	while (load->sent < load->wanted || load->outstanding > 0) {
		send_batch(load);
		if (take_batch(load))
			last = now_s();
		now = now_s();
		if (now - last > load->silence_s)
			load->outstanding = 0;
		if (now - begin > load->limit_s)
			break;
	}
	return now - begin;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool parse_address(const char *text, uint16_t port, union address *to)
{
	*to = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
	if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1)
		return true;
	*to = (union address){.v4 = {.sin_family = AF_INET, .sin_port = htons(port)}};
	return inet_pton(AF_INET, text, &to->v4.sin_addr) == 1;
}

static void connect_to(struct load *load, const char *text, uint16_t port)
{
	const struct timeval patience = {.tv_usec = 100000};
	int room = 4 << 20;
	union address to;

	if (!parse_address(text, port, &to))
		die("this is no address:", text);
	load->fd = socket(to.any.sa_family, SOCK_DGRAM, 0);
	if (load->fd < 0 || connect(load->fd, &to.any, sizeof(to)) < 0)
		die("connecting:", strerror(errno));
	setsockopt(load->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	// Root may go beyond the limit for all.
	if (setsockopt(load->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		setsockopt(load->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

static _Noreturn void usage(void)
{
	printf("Usage: load [-w WINDOW] [-n NAMES] [-t SECONDS] [-s SECONDS] [-p PORT]\n"
	       "            ADDRESS QUERIES NAME[/TYPE[/RCODE]]...\n"
	       "Asks for the names in turn, types and rcodes being numbers (default: 1, 0).\n"
	       "  -w  queries that wait for their reply at most (default: 32)\n"
	       "  -n  each name is asked as so many, %%d in it counting from 0\n"
	       "  -t  the end of it all (default: 60)\n"
	       "  -s  without a reply for so long, those that are waited for are lost (2)\n"
	       "Status 0: each query got its one right reply; 1: not so.\n");
	exit(2);
}

// Reads the options; the index of the first argument behind them.
static int parse(struct load *load, unsigned *numbers, uint16_t *port, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "w:n:t:s:p:")) != -1) {
		switch (option) {
		case 'w':
			load->window = (unsigned)atoi(optarg);
			break;
		case 'n':
			*numbers = (unsigned)atoi(optarg);
			break;
		case 't':
			load->limit_s = atof(optarg);
			break;
		case 's':
			load->silence_s = atof(optarg);
			break;
		case 'p':
			*port = (uint16_t)atoi(optarg);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 3 || load->window == 0 || load->window > IDS / 2 || *numbers == 0 ||
	    *numbers > QUESTIONS_MAX)
		usage();
	return optind;
}

int main(int argc, char **argv)
{
	static struct load load = {.window = 32, .limit_s = 60, .silence_s = 2};
	unsigned numbers = 1;
	uint16_t port = 53;
	int first = parse(&load, &numbers, &port, argc, argv);
	double elapsed_s;

	load.wanted = strtoull(argv[first + 1], NULL, 10);
	load.questions = calloc((size_t)(argc - first - 2) * numbers, sizeof(*load.questions));
	if (!load.questions)
		die("memory is short", "");
	for (unsigned number = 0; number < numbers; number++)
		for (int i = first + 2; i < argc; i++)
			add_question(&load, argv[i], number);
	connect_to(&load, argv[first], port);
	elapsed_s = run(&load);
	printf("sent %ju received %ju lost %ju duplicates %ju wrong %ju in %.3f s: %.0f "
	       "answers/s\n",
	       (uintmax_t)load.sent, (uintmax_t)load.received, (uintmax_t)load.lost,
	       (uintmax_t)load.duplicates, (uintmax_t)load.wrong, elapsed_s,
	       (double)load.received / elapsed_s);
	return load.received == load.wanted && load.duplicates == 0 && load.wrong == 0 ? 0 : 1;
}
