// workers: two workers of wadi-dns, each in a thread of its own, take turns with
// queries of all kinds over UDP and TCP. lines.py reads what each of them stores where; this
// program tells it by marks whose turn it is, and at its end what lies at which address. In the
// last turns the device counts in one place for both, as nobody should. Zones are swapped between
// turns, where reading what the control thread wrote is by design. That each way was really gone is
// asserted at the end.
#include "apps/dns/dns_conf.h"
#include "apps/dns_workers.h"
#include "clients.h"
#include "core/host/clock.h"
#include "dns/message.h"

#include <malloc.h>
#include <unistd.h>

#define TURNS_BEFORE 5 // until caches, tables and pools are as they will be
#define TURNS        8
#define SWAPS        2
#define REPLIES_MIN  64
#define FRAMES       128
#define LOG_QUEUE    256 // more than a worker is asked until the log is emptied

// What lines.py looks for: a store to [n] begins worker n's turn, one to [WORKERS] ends
// it, one to [WORKERS + 1] says that from now on it counts, and that what was stored before
// may have been freed, one to [WORKERS + 2] that from now on there is a fault to be found.
static volatile uint8_t marks[WORKERS + 3];

static struct queue {
	CACHE_ALIGNED unsigned next;
	uint64_t replies;
	struct frame frame[FRAMES];
	struct client client[CLIENTS];
} queues[WORKERS];

static struct query_log_worker logs[WORKERS];
static bool sharing;
static uint64_t shared;

static struct pkt *device_pkt(struct netif *netif, unsigned number, const struct frame *frame)
{
	struct pkt *pkt = pkt_alloc(netif->pool[number]);

	assert_non_null(pkt);
	memcpy(pkt_data(pkt), frame->b, frame->len);
	pkt_set_len(pkt, (uint16_t)frame->len);
	pkt->iface = 0;
	return pkt;
}

// As a device that spreads flows over queues gives it, each worker has clients of its own.
static void client_addr(char *text, size_t size, unsigned worker, unsigned n, bool v4)
{
	snprintf(text, size, v4 ? "10.0.0.%u" : "fd00::%u", 10 + 100 * worker + n);
}

static struct pkt *device_segment(struct netif *netif, unsigned number, unsigned n)
{
	struct client *client = &queues[number].client[n];
	struct frame frame;
	bool v4 = n % 2;
	char from[32];

	client_addr(from, sizeof(from), number, n, v4);
	frame = client_segment(client, from, v4 ? "10.0.0.2" : "fd00::2");
	client_sent(client);
	return device_pkt(netif, number, &frame);
}

// First the segments that are due.
static unsigned device_rx(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	struct queue *queue = &queues[number];
	unsigned k = 0;

	for (unsigned i = 0; i < CLIENTS && k < n; i++)
		if (queue->client[i].flags)
			pkts[k++] = device_segment(netif, number, i);
	for (; k < n; k++)
		pkts[k] = device_pkt(netif, number, &queue->frame[queue->next++ % FRAMES]);
	return k;
}

static unsigned device_tx(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		clients_see(queues[number].client, pkt_data(pkts[i]));
		pkt_put(pkts[i]);
	}
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
        "d DNAME elsewhere.example.\nbig TXT \"%1$0250d\"\n"
        "huge TXT \"%1$0250d\" \"%1$0250d\" \"%1$0250d\" \"%1$0250d\" \"%1$0250d\" \"%1$0250d\"\n";

// RFC 7873: a client's cookie alone, and with the server's, as an option of the OPT
// record that ends the query. Returns the query's new length.
static size_t cookie_add(uint8_t *msg, size_t len, const char *client, bool full)
{
	static const uint8_t of_client[COOKIE_CLIENT_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};
	const struct dns_settings *settings = run.dns->settings;
	size_t bytes = full ? COOKIE_BYTES : COOKIE_CLIENT_BYTES;
	uint8_t option[4 + COOKIE_BYTES] = {0, 10, 0, (uint8_t)bytes};
	struct addr addr;

	assert_true(addr_parse(client, &addr));
	memcpy(option + 4, of_client, sizeof(of_client));
	if (full)
		cookie_build(&settings->policy.cookies, of_client, (const uint8_t *)&addr,
		             dns_settings_unix_s(settings, clock_kernel()), option + 4);
	msg[len - 1] = (uint8_t)(4 + bytes);
	memcpy(msg + len, option, 4 + bytes);
	return len + 4 + bytes;
}

// The nth frame of a worker: what is asked goes round, and so do clients.
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
	        {.name = "huge.example.org", .qtype = DNS_TYPE_TXT},
	        {.name = "huge.example.org", .qtype = DNS_TYPE_TXT, .edns = true, .udp_size = 1232},
	};
	struct message_query query = queries[n % ARRAY_LEN(queries)];
	char client[32];
	bool v4 = n % 3;
	struct frame frame;
	uint8_t msg[512];
	size_t len;

	client_addr(client, sizeof(client), worker, n % 5, v4);
	if (n % 17 == 0)
		return v4 ? frame_ping(client, "10.0.0.2") : frame_ping(client, "fd00::2");
	len = message_build(msg, sizeof(msg), &query);
	if (query.edns)
		len = cookie_add(msg, len, client, n / ARRAY_LEN(queries) % 2);
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

		client_addr(v4, sizeof(v4), worker, n, true);
		client_addr(v6, sizeof(v6), worker, n, false);
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

// A log's thread would come in between turns at any time, and who it is no trace tells;
// so its end of the rings is emptied here.
static void logs_empty(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		void *entry;

		while (ring_dequeue(&logs[i].queue.full, &entry, 1))
			assert_int_equal(ring_enqueue(&logs[i].queue.spare, &entry, 1), 1);
	}
}

// What a worker has done of what is to be looked at.
struct done {
	uint64_t replies, logged, truncated, cookies, slipped, dropped;
	uint64_t opened, ended, answered; // over TCP
};

// Of the limits that reloads have thrown away since.
static struct done limited[WORKERS];

static void limits_add(unsigned i, struct done *done)
{
	const struct rrl_metric *rrl = rrl_metric(run.dns->settings->rrl[i]);
	uint64_t slipped = counter_get(&rrl->slipped);

	done->slipped += slipped;
	done->dropped -= slipped;
	for (unsigned class = 0; class < RRL_CLASSES; class ++)
		done->dropped += counter_get(&rrl->limited[class]);
}

// As a reload does it: every file is read again, zones and settings are made anew.
static void reload(const struct dns_conf *conf)
{
	const struct dns_served *served = swap_read(&run.dns->served);
	const struct zone_set *before = served->set;
	json_t *reply = json_object();

	for (unsigned i = 0; i < WORKERS; i++)
		limits_add(i, &limited[i]);
	if (dns_service.reload(run.dns, conf, true, reply, &run.why) != 0)
		fail_msg("%s", run.why.text);
	served = swap_read(&run.dns->served);
	assert_ptr_not_equal(served->set, before);
	json_decref(reply);
}

static struct done done_by(unsigned i)
{
	const counter_t *count = run.dns->workers[i].counts.count;
	struct done done = limited[i];

	done.replies = queues[i].replies;
	done.logged = counter_get(&logs[i].queue.metric.taken);
	done.truncated = counter_get(&count[COUNT_TRUNCATED]);
	done.cookies = counter_get(&count[COUNT_COOKIE_GOOD]);
	limits_add(i, &done);
	for (unsigned n = 0; n < CLIENTS; n++) {
		done.opened += queues[i].client[n].opened;
		done.ended += queues[i].client[n].ended;
		done.answered += queues[i].client[n].replies;
	}
	return done;
}

static uint64_t grown(const char *what, uint64_t now, uint64_t before)
{
	printf("# %ju %s\n", (uintmax_t)(now - before), what);
	return now - before;
}

static void done_check(unsigned i, const struct done *before)
{
	struct done now = done_by(i);
	uint64_t slipped = grown("replies slipped", now.slipped, before->slipped);

	assert_true(slipped > 0);
	assert_true(grown("dropped by the limit", now.dropped, before->dropped) > 0);
	// What slips is counted there, too.
	assert_true(grown("truncated", now.truncated, before->truncated) > slipped);
	assert_true(grown("good cookies", now.cookies, before->cookies) > 0);
	assert_true(grown("logged", now.logged, before->logged) > REPLIES_MIN);
	assert_int_equal(counter_get(&logs[i].queue.metric.lost), 0);
	assert_true(grown("replies sent", now.replies, before->replies) > REPLIES_MIN);
	assert_true(grown("TCP connections opened", now.opened, before->opened) >= CLIENTS);
	assert_true(grown("TCP connections ended", now.ended, before->ended) >= CLIENTS);
	assert_true(grown("replies over TCP", now.answered, before->answered) >= CLIENTS);
}

static void run_counted(const struct dns_conf *conf)
{
	struct done before[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++)
		before[i] = done_by(i);
	for (unsigned i = 0; i < SWAPS; i++) {
		marks[WORKERS + 1] = 1;
		run_turns(TURNS / SWAPS / 2);
		reload(conf);
		logs_empty();
		marks[WORKERS + 1] = 1;
		run_turns(TURNS / SWAPS - TURNS / SWAPS / 2);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		done_check(i, &before[i]);
}

static void tell(const char *what, unsigned worker, const void *from, size_t bytes)
{
	printf("%p %zu %s of worker %u\n", from, bytes, what, worker);
}

#define TELL(what, worker, pointer)                                                                \
	tell(what, worker, pointer, malloc_usable_size((void *)(uintptr_t)(pointer)))

static void tell_all(void)
{
	printf("%p %zu what is shared on purpose\n", (void *)&shared, sizeof(shared));
	printf("%p %zu zones\n", (void *)swap_read(&run.dns->served),
	       malloc_usable_size((void *)swap_read(&run.dns->served)));
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *worker = &run.worker[i];

		tell("metric", i, &worker->metric, sizeof(worker->metric));
		tell("pipeline", i, &worker->pipeline, sizeof(worker->pipeline));
		tell("struct worker", i, worker, sizeof(*worker));
		TELL("stack", i, worker->self.stack);
		tell("pages", i, run.pages[i].owned, run.pages[i].owned_bytes);
		tell("page pool", i, &run.pages[i], sizeof(run.pages[i]));
		TELL("packets", i, run.pages[i].meta);
		TELL("free pages", i, run.pages[i].free_index);
		tell("counters", i, &run.dns->workers[i], sizeof(run.dns->workers[i]));
		tell("device's queue", i, &queues[i], sizeof(queues[i]));
		tell("query log", i, &logs[i], sizeof(logs[i]));
		tell("logged queries", i, logs[i].queue.entries, LOG_QUEUE * QUERY_LOG_ENTRY_BYTES);
		TELL("rate limits", i, run.dns->settings->rrl[i]);
		TELL("TCP clients", i, run.dns->workers[i].conns.conn);
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
	static struct dns_tcp_conf tcp = {.enabled = true,
	                                  .max_connections = 100,
	                                  .max_per_client = 100,
	                                  .ipv4_prefix = 32,
	                                  .ipv6_prefix = 64,
	                                  .idle_timeout_s = 10};
	struct dns_conf conf = dns_conf_of(zone, 1);

	rate_limit = (struct dns_rate_limit_conf){.enabled = true,
	                                          .window_s = 15,
	                                          .slip = 2,
	                                          .ipv4_prefix = 24,
	                                          .ipv6_prefix = 56,
	                                          .table_size = 1000};
	// Little, so that each burst goes beyond.
	for (unsigned i = 0; i < RRL_CLASSES; i++)
		rate_limit.per_s[i] = 5;
	cookies.enabled = true;
	conf.rate_limit = &rate_limit;
	conf.cookies = &cookies;
	conf.tcp = &tcp;
	return conf;
}

static void log_attach(unsigned i)
{
	static const struct query_log_conf conf = {
	        .sample = 1, .queue = LOG_QUEUE, .responses = true};

	assert_int_equal(query_log_worker_open(&logs[i], &conf, i), 0);
	run.dns->workers[i].watching.log = &logs[i];
	run.dns->workers[i].watch = &run.dns->workers[i].watching;
}

int main(void)
{
	const struct dns_zone_conf zone = {"example.org", file};
	struct dns_conf conf = conf_make(&zone);

	// First, so that lines.py need not keep what comes before the first mark.
	printf("%p %zu marks\n", (const void *)marks, sizeof(marks));
	fflush(stdout);
	zone_write();
	run_open(&ops, &conf);
	for (unsigned i = 0; i < WORKERS; i++) {
		frames_make(i);
		clients_open(queues[i].client);
		log_attach(i);
		turns[i].worker = i;
		sem_init(&turns[i].go, 0, 0);
		sem_init(&turns[i].done, 0, 0);
		pthread_create(&turns[i].thread, NULL, take_turns, &turns[i]);
	}
	run_turns(TURNS_BEFORE);
	logs_empty();
	run_counted(&conf);
	sharing = true;
	marks[WORKERS + 2] = 1;
	run_turns(1);
	tell_all();
	for (unsigned i = 0; i < WORKERS; i++) {
		turns[i].end = true;
		sem_post(&turns[i].go);
		pthread_join(turns[i].thread, NULL);
	}
	run_close();
	for (unsigned i = 0; i < WORKERS; i++)
		query_log_worker_close(&logs[i]);
	unlink(file);
	return 0;
}
