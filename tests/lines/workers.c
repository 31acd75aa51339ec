// workers: two workers of wadi-dns, each in a thread of its own, take turns with
// queries of all kinds. lines.py reads what each of them stores where; this program tells
// it by marks whose turn it is, and at its end what lies at which address. With --shared
// the device counts in one place for both, as nobody should.
#include "apps/dns_workers.h"
#include "dns/message.h"

#include <malloc.h>
#include <unistd.h>

#define TURNS_BEFORE 5 // until caches, tables and pools are as they will be
#define TURNS        8
#define FRAMES       128

// What lines.py looks for: a store to [n] begins worker n's turn, one to [WORKERS] ends
// it, one to [WORKERS + 1] says that from now on it counts.
static volatile uint8_t marks[WORKERS + 2];

static struct queue {
	CACHE_ALIGNED unsigned next;
	uint64_t replies;
	struct frame frame[FRAMES];
} queues[WORKERS];

static bool sharing;
static uint64_t shared;

static unsigned device_rx(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	struct queue *queue = &queues[number];
	unsigned k;

	for (k = 0; k < n && (pkts[k] = pkt_alloc(netif->pool[number])); k++) {
		const struct frame *frame = &queue->frame[queue->next++ % FRAMES];

		memcpy(pkt_data(pkts[k]), frame->b, frame->len);
		pkt_set_len(pkts[k], (uint16_t)frame->len);
		pkts[k]->port = 0;
	}
	return k;
}

static unsigned device_tx(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pkt_put(pkts[i]);
	queues[number].replies += n;
	if (sharing)
		shared += n;
	return n;
}

static const struct netif_ops ops = {.rx_burst = device_rx, .tx_burst = device_tx};

static const char zone_text[] =
        "$TTL 60\n@ SOA ns host 1 7200 3600 1209600 300\n@ NS ns\nns A 192.0.2.1\n"
        "www A 192.0.2.2\nwww AAAA 2001:db8::2\nalias CNAME www\n"
        "*.wild TXT any\nsub NS ns.sub\nns.sub A 192.0.2.3\n"
        "d DNAME elsewhere.example.\nbig TXT \"%0250d\"\n";

// The nth frame of a worker: what is asked goes round, and so do clients, of which each
// worker has its own, as a device that spreads flows over queues gives it.
static struct frame frame_make(unsigned worker, unsigned n)
{
	static const struct message_query queries[] = {
	        {.name = "www.example.org", .qtype = DNS_TYPE_A},
	        {.name = "www.example.org", .qtype = DNS_TYPE_AAAA, .edns = true, .udp_size = 1232},
	        {.name = "www.example.org", .qtype = DNS_TYPE_MX},
	        {.name = "absent.example.org",
	         .qtype = DNS_TYPE_A,
	         .edns = true,
	         .dnssec_ok = true},
	        {.name = "alias.example.org", .qtype = DNS_TYPE_A},
	        {.name = "x.wild.example.org", .qtype = DNS_TYPE_TXT},
	        {.name = "www.sub.example.org", .qtype = DNS_TYPE_A},
	        {.name = "x.d.example.org", .qtype = DNS_TYPE_A},
	        {.name = "example.org", .qtype = DNS_TYPE_ANY},
	        {.name = "big.example.org", .qtype = DNS_TYPE_TXT},
	        {.name = "www.example.com", .qtype = DNS_TYPE_A},
	        {.name = "www.example.org", .qtype = DNS_TYPE_AXFR},
	        {.name = "version.bind", .qtype = DNS_TYPE_TXT, .qclass = DNS_CLASS_CH},
	        {.name = "www.example.org", .qtype = DNS_TYPE_A, .flags = 0x8000},
	};
	// RFC 7873: a client's cookie alone, as an option of the OPT record.
	static const uint8_t cookie[] = {0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
	struct message_query query = queries[n % ARRAY_LEN(queries)];
	char client[32];
	bool v4 = n % 3;
	struct frame frame;
	uint8_t msg[512];
	size_t len;

	snprintf(client, sizeof(client), v4 ? "10.0.0.%u" : "fd00::%u", 10 + 100 * worker + n % 5);
	if (n % 17 == 0)
		return v4 ? frame_ping(client, "10.0.0.2") : frame_ping(client, "fd00::2");
	len = message_build(msg, sizeof(msg), &query);
	if (query.edns && n % 2) {
		msg[len - 1] = sizeof(cookie);
		memcpy(msg + len, cookie, sizeof(cookie));
		len += sizeof(cookie);
	}
	frame = frame_udp(client, v4 ? "10.0.0.2" : "fd00::2", 1024 + n, DNS_PORT, "");
	frame_add(&frame, msg, len);
	frame_fix(&frame, 17);
	if (n % 29 == 0)
		frame.b[frame.len - 1] ^= 1; // a wrong checksum
	return frame;
}

static void frames_make(unsigned worker)
{
	for (unsigned n = 0; n < FRAMES; n++)
		queues[worker].frame[n] = frame_make(worker, n);
	// Each client asks for our address before, so that the stack knows it.
	for (unsigned n = 0; n < 5; n++) {
		char v4[32], v6[32];

		snprintf(v4, sizeof(v4), "10.0.0.%u", 10 + 100 * worker + n);
		snprintf(v6, sizeof(v6), "fd00::%u", 10 + 100 * worker + n);
		queues[worker].frame[2 * n] = frame_arp(HOST, 1, v4, "10.0.0.2");
		queues[worker].frame[2 * n + 1] =
		        frame_ndp(v6, "ff02::1:ff00:2", 135, 0, "fd00::2", HOST);
	}
}

// A worker's thread has its turn between `go` and `done`.
static struct turn {
	unsigned worker;
	bool end;
	sem_t go, done;
	pthread_t thread;
} turns[WORKERS];

static void *take_turns(void *ctx)
{
	struct turn *turn = ctx;

	for (;;) {
		sem_wait(&turn->go);
		if (turn->end)
			return NULL;
		marks[turn->worker] = 1;
		pipeline_turn(&run.worker[turn->worker].pipeline);
		marks[WORKERS] = 1;
		sem_post(&turn->done);
	}
}

static void run_turns(unsigned n)
{
	for (unsigned i = 0; i < n * WORKERS; i++) {
		sem_post(&turns[i % WORKERS].go);
		sem_wait(&turns[i % WORKERS].done);
	}
}

static void tell(const char *what, unsigned worker, const void *from, size_t bytes)
{
	printf("%p %zu %s of worker %u\n", from, bytes, what, worker);
}

#define TELL(what, worker, pointer)                                                                \
	tell(what, worker, pointer, malloc_usable_size((void *)(uintptr_t)(pointer)))

static void tell_all(void)
{
	printf("%p %zu marks\n", (const void *)marks, sizeof(marks));
	printf("%p %zu what is shared on purpose\n", (void *)&shared, sizeof(shared));
	printf("%p %zu zones\n", (void *)swap_read(&run.dns->served),
	       malloc_usable_size((void *)swap_read(&run.dns->served)));
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *worker = &run.worker[i];

		tell("metric", i, &worker->metric, sizeof(worker->metric));
		tell("pipeline", i, &worker->pipeline, sizeof(worker->pipeline));
		tell("struct worker", i, worker, sizeof(*worker));
		TELL("stack", i, worker->app_worker.stack);
		tell("pages", i, run.pages[i].owned, run.pages[i].owned_bytes);
		tell("page pool", i, &run.pages[i], sizeof(run.pages[i]));
		TELL("packets", i, run.pages[i].meta);
		TELL("free pages", i, run.pages[i].free_index);
		tell("counters", i, &run.dns->workers[i], sizeof(run.dns->workers[i]));
		tell("device's queue", i, &queues[i], sizeof(queues[i]));
	}
}

static char file[] = "/tmp/wadi-lines-XXXXXX";

static void zone_write(void)
{
	int fd = mkstemp(file);
	FILE *out = fdopen(fd, "w");

	assert_non_null(out);
	fprintf(out, zone_text, 0);
	fclose(out);
}

// Everything on that a server has on by itself.
static struct dns_conf conf_make(const struct dns_zone_conf *zone)
{
	static struct dns_rate_limit_conf rate_limit;
	static struct dns_cookies_conf cookies;
	struct dns_conf conf = dns_conf_of(zone, 1);

	rate_limit = (struct dns_rate_limit_conf){.enabled = true,
	                                          .window_s = 15,
	                                          .slip = 2,
	                                          .ipv4_prefix = 24,
	                                          .ipv6_prefix = 56,
	                                          .table_size = 1000};
	for (unsigned i = 0; i < RRL_CLASSES; i++)
		rate_limit.per_s[i] = 200;
	cookies.enabled = true;
	conf.rate_limit = &rate_limit;
	conf.cookies = &cookies;
	return conf;
}

int main(int argc, char **argv)
{
	const struct dns_zone_conf zone = {"example.org", file};
	struct dns_conf conf = conf_make(&zone);

	sharing = argc > 1 && strcmp(argv[1], "--shared") == 0;
	zone_write();
	for (unsigned i = 0; i < WORKERS; i++)
		frames_make(i);
	run_open(&ops, &conf);
	unlink(file);
	for (unsigned i = 0; i < WORKERS; i++) {
		turns[i].worker = i;
		sem_init(&turns[i].go, 0, 0);
		sem_init(&turns[i].done, 0, 0);
		pthread_create(&turns[i].thread, NULL, take_turns, &turns[i]);
	}
	run_turns(TURNS_BEFORE);
	marks[WORKERS + 1] = 1;
	run_turns(TURNS);
	tell_all();
	for (unsigned i = 0; i < WORKERS; i++) {
		turns[i].end = true;
		sem_post(&turns[i].go);
		pthread_join(turns[i].thread, NULL);
		printf("# worker %u sent %ju\n", i, (uintmax_t)queues[i].replies);
	}
	run_close();
	return 0;
}
